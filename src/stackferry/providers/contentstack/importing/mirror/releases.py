"""The deletions of a mirror: items of releases, and releases. Pure.

A locked release takes no change, so it is opened first; one that the source locks, too, is locked again at the end.
API pages: "Remove an item from a Release", "Delete a Release", "Unlock a Release".
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.json_values import as_list, as_object, objects, text, texts
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.mirror.looks import GONE, REMOVED, looks, now
from stackferry.providers.contentstack.importing.mirror.surplus import Surplus, SurplusObjects
from stackferry.providers.contentstack.importing.mirror.writes import gap, moved, not_as_read
from stackferry.providers.contentstack.importing.releases.items import probe_release
from stackferry.providers.contentstack.importing.releases.plan import UNLOCKED
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests import releases as requests
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext, Step

_ITEMS: Final = 25  # of one request, as many as one may add
_SENT: Final = ("uid", "version", "locale", "content_type_uid", "action", "variant_id")
_OPENED: Final = "mirror_opened"  # by release: when it was changed by being opened
_REFUSED: Final = "the source has not got it, and the target refused to delete it"
_LOCKED: Final = "the target refused to unlock it for that"


def look_at_items(context: ImportContext) -> Iterator[Step]:
    return looks(context, context.once(SurplusObjects).of("release_items"))


def look(context: ImportContext) -> Iterator[Step]:
    return looks(context, context.once(SurplusObjects).of("releases"))


def open_for_items(context: ImportContext) -> Iterator[Step]:
    """Unlock the paired releases from which items go."""
    found = context.once(SurplusObjects).of("release_items")
    for release, items in groupby(found, key=attrgetter("release")):
        one = next(items)
        row = context.target.get(Stream("releases"), release) or {}
        is_open = context.identity.target(UNLOCKED, _source(context, release)) is not None
        if row.get("locked") is True and not is_open:
            yield _unlock(context, release, one._replace(kind="releases", uid=release, type="", item=""))


def remove_items(context: ImportContext) -> Iterator[Step]:
    """What goes from a release, as many items a request as may be added in one."""
    found = context.once(SurplusObjects).of("release_items")
    for release, items in groupby(found, key=attrgetter("release")):
        for number, batch in enumerate(batched(items, _ITEMS)):
            yield _remove(context, release, number, batch)


def open_for_deletion(context: ImportContext) -> Iterator[Step]:
    for one in context.once(SurplusObjects).of("releases"):
        row = context.target.get(Stream("releases"), one.uid) or {}
        if row.get("locked") is True and not_as_read(one, {"": _now(context, one)}) is None:
            yield _unlock(context, one.uid, one)


def delete_releases(context: ImportContext) -> Iterator[Step]:
    return (_delete(context, one) for one in context.once(SurplusObjects).of("releases"))


def _source(context: ImportContext, release: str) -> str:
    return context.once(matches).of("releases").source(release) or ""


def _now(context: ImportContext, one: Surplus) -> str:
    """When it was changed last; to be opened by this import does not count."""
    shown = now(context, one, "")
    return one.versions[""] if shown == context.identity.target(_OPENED, one.uid) else shown


def _unlock(context: ImportContext, release: str, one: Surplus) -> Write:
    def read(answer: JsonObject) -> WriteResult:
        at = text(object_in(answer, kinds.RELEASES.object_key, "uid").get("updated_at"))
        opened = [(_OPENED, release, at)]
        if source := _source(context, release):
            opened.append((UNLOCKED, source, "yes"))
        return WriteResult(identities=opened)

    return Write(
        key=f"mirror/open/{release}",
        kind="releases",
        build=lambda: PreparedWrite(request=requests.lock_release(release, locked=False)),
        read=read,
        failed=gap(one, _LOCKED),
        optional=True,
        reported_later=True,
    )


def _remove(context: ImportContext, release: str, number: int, batch: tuple[Surplus, ...]) -> Write:
    def build() -> PreparedWrite:
        gone, sent, kept = list[Surplus](), list[Surplus](), list[PreparedWrite]()
        for one in batch:
            version = now(context, one, one.locale)
            moved_item = not_as_read(one, {one.locale: version})
            if moved_item is not None:
                kept.append(moved_item)
            else:
                (gone if version == GONE else sent).append(one)
        told = PreparedWrite(
            identities=[(REMOVED, one.key, one.title) for one in gone],
            gaps=[one for result in kept for one in result.gaps],
            remarks=[one for result in kept for one in result.remarks],
        )
        if not sent:
            return told
        items = [_sendable(one.item_body) for one in sent]
        request = requests.remove_items(release, items)
        identities = [*told.identities, *((REMOVED, one.key, one.title) for one in sent)]
        note: JsonObject = {"release": release, "keys": [item_key(one.item_body) for one in sent]}
        return PreparedWrite(
            request=request, identities=identities, gaps=told.gaps, remarks=told.remarks, note=note
        )

    return Write(
        key=f"mirror/release_items/{release}/{number}",
        kind="release_items",
        build=build,
        read=lambda _: WriteResult(),
        failed=gap(batch[0], _REFUSED),
        probe=_probe_items,
        optional=True,
    )


def _sendable(item: JsonObject) -> JsonObject:
    return {name: item[name] for name in _SENT if item.get(name) is not None}


def _probe_items(note: JsonObject) -> Probe:
    """Whether the release holds none of them any more."""
    sent = texts(as_list(note.get("keys")))

    def found(answer: JsonObject) -> list[JsonObject]:
        shown = {item_key(row) for row in objects(answer.get("items"))}
        return [] if shown & {*sent} else [{}]

    request = requests.list_items(text(note.get("release")), *page_params(0))
    return Probe(request=request, found=found, required_key="items", next_page=partial(next_page, "items"))


def _delete(context: ImportContext, one: Surplus) -> Write:
    def build() -> PreparedWrite:
        shown = _now(context, one)
        kept = not_as_read(one, {"": shown})
        if kept is not None:
            return kept
        if shown == GONE:
            return PreparedWrite(identities=[(REMOVED, one.key, one.title)])
        return PreparedWrite(request=requests.delete_release(one.uid), note={"target": one.uid})

    def read(answer: JsonObject) -> WriteResult:
        changed = as_object(answer.get("release")).get("updated_at")
        return moved(one, "") if changed else WriteResult(identities=[(REMOVED, one.key, one.title)])

    return Write(
        key=f"mirror/releases/{one.uid}",
        kind="releases",
        build=build,
        read=read,
        failed=gap(one, _REFUSED),
        probe=partial(_probe_release, context, one),
        optional=True,
    )


def _probe_release(context: ImportContext, one: Surplus, note: JsonObject) -> Probe:
    def is_over(release: JsonObject) -> bool:
        at = text(release.get("updated_at"))
        return at not in (one.versions[""], context.identity.target(_OPENED, one.uid))

    return probe_release(is_over, note)
