"""The plan for entries' workflow stages: entries that stand in the same stage move there together. Pure.

API page: "Update workflow details in bulk" (ten entries a request); where it is refused, singly.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from stackferry import jsonio
from stackferry.core.batches import batched
from stackferry.model import Budget, Gap, JsonObject, Request, Shelf
from stackferry.providers.contentstack.answers import own_row, text
from stackferry.providers.contentstack.reading import API, entries_path
from stackferry.providers.contentstack.small_kinds import to_locale
from stackferry.providers.replaying import Built, Outcome, Replay, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Row

BULK_ENTRIES = 10
_BULK = (("bulk_version", "2.0"),)
Standing = tuple[Shelf, str]  # one document: where, and of which entry


def stages(replay: Replay) -> Iterator[Step]:
    """Every document that stands in a stage, moved into what that stage became."""
    standing = replay.scratch.table(4, _standing(replay))
    for (stage, content_type), rows in groupby(standing, key=itemgetter(0, 1)):
        members = ((Shelf("entries", content_type, locale), uid) for _, _, locale, uid in rows)
        for number, some in enumerate(batched(members, BULK_ENTRIES)):
            yield _move(replay, stage, number, some)


def _standing(replay: Replay) -> Iterator[Row]:
    """Each document that stands in a stage: stage, content type, locale, uid."""
    for shelf in replay.source.shelves():
        if shelf.kind == "entries":
            for row in replay.source.objects(shelf):
                if stage := stage_of(row):
                    yield stage, shelf.content_type, shelf.locale, text(row.get("uid"))


def stage_of(document: JsonObject) -> str:
    """The uid of the stage that a document stands in, or nothing."""
    return text(own_row(document.get("_workflow")).get("uid"))


def _move(replay: Replay, stage: str, number: int, members: tuple[Standing, ...]) -> Write:
    shelf, first = members[0]

    def build() -> Built:
        target = replay.identity.target("stages", stage)
        entries = [found for member in members if (found := _entry(replay, member)) is not None]
        if target is None:
            return Built(
                gaps=[_gap(shelf, uid, "its workflow is not in the target") for shelf, uid in members]
            )
        if not entries:
            return Built()
        body: JsonObject = {"entries": [*entries], "workflow": _stage(target)}
        request = Request(
            method="POST",
            path=f"{API}/bulk/workflow",
            headers=_BULK,
            body=jsonio.dumps(body),
            budget=Budget.BULK,
        )
        return Built(request=request)

    return Write(
        key=f"stage/{stage}/{shelf.content_type}/{shelf.locale}/{first}/{number}",
        kind="workflow_stages",
        build=build,
        read=lambda _: Outcome(),
        otherwise=partial(_singly, replay, stage, members[0]) if len(members) == 1 else None,
        failed=_gap(
            shelf, first, f"the target refused to move it and {len(members) - 1} others into their stage"
        ),
        optional=True,
        budget=Budget.BULK,
    )


def _entry(replay: Replay, member: Standing) -> JsonObject | None:
    shelf, uid = member
    target = replay.identity.target("entries", uid)
    if target is None:
        return None
    return {"content_type": shelf.content_type, "uid": target, "locale": to_locale(replay, shelf.locale)}


def _stage(target: str) -> JsonObject:
    return {"workflow_stage": {"uid": target, "notify": False}}


def _singly(replay: Replay, stage: str, member: Standing) -> Built:
    shelf, uid = member
    target, entry = replay.identity.target("stages", stage), replay.identity.target("entries", uid)
    if target is None or entry is None:
        return Built()
    request = Request(
        method="POST",
        path=f"{API}{entries_path(shelf.content_type, entry)}/workflow",
        params=(("locale", to_locale(replay, shelf.locale)),),
        body=jsonio.dumps({"workflow": _stage(target)}),
        budget=Budget.WRITE,
    )
    return Built(request=request)


def _gap(shelf: Shelf, uid: str, reason: str) -> Gap:
    return Gap(
        kind="workflow_stages", uid=uid, content_type=shelf.content_type, locale=shelf.locale, reason=reason
    )
