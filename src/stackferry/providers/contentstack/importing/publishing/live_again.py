"""A last look at what is live where an import is about to publish something else.

To publish makes no version, so no answer tells what somebody has published or taken down since the import looked. What
is shown otherwise by now stays, and is told. What a language falls back to is not looked at. Pure.
API pages: "Get all entries", "Get all assets", `include_publish_details`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.batches import name_of
from stackferry.json_values import objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.publications import document_publications
from stackferry.providers.contentstack.importing.entries.second_look import moved_fact, moved_now
from stackferry.providers.contentstack.importing.publishing.read_back import by_hundreds, shown_listing
from stackferry.providers.contentstack.requests.build import next_page
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication
    from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
    from stackferry.providers.target import ImportContext, Step


def look(context: ImportContext, publishing: PublishPlan) -> Iterator[Step]:
    """One read for each hundred documents of a type and language that were there and shall show something else."""
    if context.options.on_conflict != "update":
        return
    replaced = _replaced(context, publishing)
    for cell, rows in by_hundreds(replaced, lambda one: (one.content_type, one.owner)):
        yield _look(publishing, cell, [one for uid in sorted(rows) for one in rows[uid]])


def _replaced(context: ImportContext, publishing: PublishPlan) -> Iterator[TargetPublication]:
    """What documents of the target are to show, and did not before the import."""
    for one in publishing.translated():
        if isinstance(one, Gap) or publishing.held.has(one):
            continue
        is_own = not one.content_type or one.locale == one.owner
        if is_own and _was_there(context, one):
            yield one


def live_since(context: ImportContext, one: TargetPublication) -> str:
    """What somebody has published in its place since the import looked at that; empty where nobody has."""
    now = moved_now(context, *_seen(one))
    if now is None:
        return ""
    what = f"published version {now} there" if now else "took it down there"
    return f"somebody else {what} since the import looked at it"


def _was_there(context: ImportContext, one: TargetPublication) -> bool:
    stream = Stream("entries", one.content_type, one.owner) if one.content_type else Stream("assets")
    return context.target.get(stream, one.uid) is not None


def _seen(one: TargetPublication) -> tuple[str, str]:
    """What the second look at a place is remembered by."""
    return one.uid, f"{one.owner}\0{one.locale}\0{one.environment_uid}"


def _look(publishing: PublishPlan, cell: tuple[str, str], sought: list[TargetPublication]) -> Await:
    request, name = shown_listing(*cell, {one.uid for one in sought})

    def observe(answer: JsonObject) -> Observation:
        rows = (row for row in objects(answer.get(name)) if not cell[0] or row.get("locale") == cell[1])
        return Observation([*_moved(publishing, sought, {text(row.get("uid")): row for row in rows})])

    return Await(
        key=f"live looked at/{'/'.join(cell)}/{name_of(one.key for one in sought)}",
        kind="publications",
        request=request,
        observe=observe,
        required_key=name,
        next_page=partial(next_page, name),
    )


def _moved(
    publishing: PublishPlan, sought: Iterable[TargetPublication], rows: dict[str, JsonObject]
) -> Iterator[tuple[str, str, str]]:
    """What is remembered of those places that show neither what they did, nor what they are to show."""
    for one in sought:
        row = rows.get(one.uid)
        if row is None:
            continue  # it is gone, and to publish it is refused
        place = (one.environment_uid, one.locale)
        listed = document_publications(one.content_type, one.uid, row)
        now = {found.version for found in listed if (found.environment, found.locale) == place}
        if one.version not in now and now != {found.version for found in publishing.held.shown(one)}:
            yield moved_fact(*_seen(one), max(now, default=0))
