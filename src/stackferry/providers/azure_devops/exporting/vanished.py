"""What the service no longer lists and an earlier archive holds: it is kept, and the manifest names it. Pure.

The service deletes releases after a while, and nothing tells afterwards what. `missing_since` is the watermark of the
first archive that missed an object: a time of the service, so that the same source and base give the same bytes.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.model import Record, Stream
from stackferry.providers.azure_devops.credentials import record_of
from stackferry.providers.azure_devops.exporting.base import parts_of_record
from stackferry.providers.azure_devops.exporting.deployments import release_of, watermark
from stackferry.providers.azure_devops.exporting.lists import GONE, VANISHED, rows_of, shown_uid, was_read
from stackferry.providers.azure_devops.kinds import (
    DEFINITION_HISTORY,
    DEFINITION_REVISIONS,
    DEFINITION_SNAPSHOTS,
    DEFINITIONS,
    DELETED_DEFINITIONS,
    DELETED_RELEASES,
    DEPLOYMENTS,
    FILES,
    KINDS,
    MANUAL_INTERVENTIONS,
    RELEASES,
    record_key,
)
from stackferry.providers.source import LocalRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.exporting.base import BaseRecords
    from stackferry.providers.azure_devops.kinds import Kind
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.source import GrowingStore, Job, RecordStore

BASE: Final = Stream(".base")
_BATCH: Final = 20  # releases are large
_BROUGHT_BACK: Final = {DELETED_DEFINITIONS.name: DEFINITIONS, DELETED_RELEASES.name: RELEASES}
_OF_DEFINITIONS: Final = (DEFINITION_HISTORY, DEFINITION_REVISIONS)
_OF_RELEASES: Final = (DEFINITION_SNAPSHOTS, FILES)


def kept(staged: GrowingStore, options: AzureReadOptions, base: BaseRecords) -> Iterator[Job]:
    """Everything of the base that no list of today shows, with what belongs to it; and what has not changed since."""
    yield LocalRecords(name="base", records=[(BASE, Record("", {"watermark": base.watermark}))])
    for kind in KINDS:
        if kind.vanishes:
            yield from _vanished_objects(staged, options, base, kind)
    if not options.drop_vanished:
        for kind in _OF_DEFINITIONS:
            yield from _parts(
                base, kind, lambda body: _is_gone(staged, DEFINITIONS, _owner(body, DEFINITIONS))
            )
        for kind in _OF_RELEASES:
            yield from _parts(base, kind, lambda body: _is_gone(staged, RELEASES, _owner(body, RELEASES)))
    yield from _parts(base, MANUAL_INTERVENTIONS, lambda body: _is_answered(staged, options, base, body))
    for kind in (DEFINITIONS, RELEASES):
        yield from _unread(staged, base, kind)
    yield from _parts(base, DEPLOYMENTS, lambda body: _is_unlisted_deployment(staged, options, body))


def redacted(staged: GrowingStore, base: BaseRecords) -> Iterator[Job]:
    """Where credentials were replaced in what is as the base has it."""
    lines = [line for line in base.redacted if _is_as_in_base(staged, base, *record_of(line))]
    if lines:
        yield LocalRecords(name="redacted in the base", redacted=lines)


def _is_as_in_base(staged: GrowingStore, base: BaseRecords, kind: str, uid: str, number: int) -> bool:
    held = base.store.get(Stream(kind), uid, number)
    return held is not None and staged.get(Stream(kind), uid, number) == held


def _vanished_objects(
    staged: GrowingStore, options: AzureReadOptions, base: BaseRecords, kind: Kind
) -> Iterator[Job]:
    is_known = staged.get(*was_read(kind)) is not None
    if is_known and options.drop_vanished:
        return
    yield from _parts(base, kind, lambda body: _is_gone(staged, kind, record_key(kind.name, body)[0]))
    if not is_known:  # its list was refused, or not asked for: what the base holds says nothing of today
        return
    now = watermark(staged, base.watermark)
    notes = (_note(kind, uid, base, now) for uid in _gone(staged, base, kind))
    for number, batch in enumerate(batched(notes, _BATCH)):
        yield LocalRecords(name=f"vanished/{kind.name}/{number}", records=batch)


def _unread(staged: GrowingStore, base: BaseRecords, kind: Kind) -> Iterator[Job]:
    """Objects that are listed and could not be read now, which is a gap: as the base has them."""
    stream = Stream(kind.name)
    for body in base.store.objects(stream):
        uid, _ = record_key(kind.name, body)
        if staged.get(stream, uid) is None and not _is_gone(staged, kind, uid):
            name = f"unread/{kind.name}/{shown_uid(uid)}"
            yield LocalRecords(name=name, records=[(stream, Record(uid, body))], is_reused=True)


def _gone(staged: GrowingStore, base: BaseRecords, kind: Kind) -> Iterator[str]:
    """What the base holds or has missed, and the service has no longer."""
    held = (record_key(kind.name, body)[0] for body in base.store.objects(Stream(kind.name)))
    yield from (uid for uid in chain(held, base.missed_unread(kind)) if _is_gone(staged, kind, uid))


def _note(kind: Kind, uid: str, base: BaseRecords, now: str) -> tuple[Stream, Record]:
    since = base.missing_since(kind, uid) or now
    facts: JsonObject = {"kind": kind.name, "uid": shown_uid(uid), "missing_since": since}
    return VANISHED, Record(f"{kind.name}\0{uid}", facts)


def _parts(base: BaseRecords, kind: Kind, is_kept: Callable[[JsonObject], bool]) -> Iterator[Job]:
    """The records of the base that are kept, in batches."""
    stream = Stream(kind.name)
    records = (
        (stream, Record(*parts_of_record(stream, body)))
        for body in base.store.objects(stream)
        if is_kept(body)
    )
    for number, batch in enumerate(batched(records, _BATCH)):
        yield LocalRecords(name=f"kept/{kind.name}/{number}", records=batch, is_reused=True)


def _is_gone(staged: GrowingStore, kind: Kind, uid: str) -> bool:
    """Whether the service lists an object no longer, or no longer has it."""
    if kind is RELEASES and staged.get(GONE, uid) is not None:
        return True
    # What was deleted may be brought back: then it is there, and no longer among the deleted.
    back = _BROUGHT_BACK.get(kind.name)
    return _row(staged, kind, uid) is None and (back is None or _row(staged, back, uid) is None)


def _row(staged: GrowingStore, kind: Kind, uid: str) -> JsonObject | None:
    return next(iter(staged.of(rows_of(kind), uid)), None)


def _owner(body: JsonObject, kind: Kind) -> str:
    """The uid of the definition or the release that a record belongs to."""
    name = "definition" if kind is DEFINITIONS else "release"
    of = body.get(name, body.get("definitionId", body.get("uid")))
    return kind.key(of)[0]


def _is_answered(
    staged: GrowingStore, options: AzureReadOptions, base: BaseRecords, body: JsonObject
) -> bool:
    """Whether what people answered is as the base has it: its release is, or is gone."""
    uid = release_of(body)
    return base.is_taken(staged, uid) or (not options.drop_vanished and _is_gone(staged, RELEASES, uid))


def _is_unlisted_deployment(staged: GrowingStore, options: AzureReadOptions, body: JsonObject) -> bool:
    """Whether a deployment is as the base has it: it has not changed since, or its release is gone."""
    uid, _ = DEPLOYMENTS.key(body.get("id"))
    if staged.get(rows_of(DEPLOYMENTS), uid) is not None:
        return False
    return not options.drop_vanished or not _is_gone(staged, RELEASES, release_of(body))


def vanished(staged: RecordStore, base_watermark: str) -> list[JsonObject]:
    """As the manifest lists it. A release that went between its list and its turn is among them, with nothing kept."""
    rows = [*staged.objects(VANISHED)]
    noted = {(row.get("kind"), row.get("uid")) for row in rows}
    now = watermark(staged, base_watermark)
    for row in staged.objects(GONE):
        uid = shown_uid(RELEASES.key(row.get("id"))[0])
        if (RELEASES.name, uid) not in noted:
            rows.append({"kind": RELEASES.name, "uid": uid, "missing_since": now})
    return rows
