"""What an earlier archive of the same project holds that the service would answer again. Pure.

A definition is known by its revision. A release is known by its row in the list, but for one that was unfinished: that
changes without a trace there. Revisions and the definitions of releases never change, and the log of a release not
while none of its attempts has moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.errors import UsageError
from stackferry.json_values import as_list, as_object, integer, objects, text, texts
from stackferry.model import HEAD, Record, Stream
from stackferry.providers.azure_devops.content.releases import attempts_digest, is_unfinished
from stackferry.providers.azure_devops.exporting.lists import rows_of, shown_uid
from stackferry.providers.azure_devops.kinds import (
    DEFINITION_HISTORY,
    DEFINITION_REVISIONS,
    DEFINITION_SNAPSHOTS,
    DEFINITIONS,
    DEPLOYMENTS,
    FILES,
    RELEASES,
    record_key,
    uid_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.kinds import Kind
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.source import GrowingStore, RecordKey, RecordStore

# What a row of a list and the whole object both say, and what must be the same for the whole to be so.
_OF_RELEASES: Final = ("name", "status", "modifiedOn", "description", "keepForever", "tags")
_OF_DEFINITIONS: Final = ("revision", "name", "path")
_FILTERS: Final = ("definitions", "since", "until", "statuses", "stages", "tags", "path")


def why_no_base(earlier: JsonObject, options: AzureReadOptions) -> str:
    """Why an archive with these options cannot grow from one with `earlier` ones; empty where it can."""
    if options.is_narrow or any(earlier.get(name) for name in _FILTERS):
        return (
            "an archive that grows is one of the whole project, since what a selection leaves out is not gone: "
            "leave the selection out, or export without --base"
        )
    if earlier.get("keep_secrets") is not options.keep_secrets:
        return "the base keeps credentials otherwise (--keep-secrets): export as it was, or without --base"
    if {*texts(earlier.get("properties"))} != options.properties:
        return "the base holds other properties of releases (--property): export as it was, or without --base"
    return ""


class BaseRecords:
    """The records of an earlier archive, and what its manifest says."""

    def __init__(self, store: GrowingStore) -> None:
        self.store = store
        manifest = store.get(HEAD, "") or {}
        self.options = as_object(manifest.get("options"))
        self.watermark = text(manifest.get("watermark"))
        self.redacted = [*texts(as_list(manifest.get("redacted")))]
        self._vanished = {
            (text(row.get("kind")), text(row.get("uid"))): text(row.get("missing_since"))
            for row in objects(manifest.get("vanished"))
        }
        gaps = [as_object(gap) for gap in as_list(manifest.get("gaps"))]
        self._lost = {(text(gap.get("kind")), text(gap.get("uid"))) for gap in gaps}

    def check(self, options: AzureReadOptions) -> None:
        """Raise UsageError where an archive cannot grow from this one."""
        if reason := why_no_base(self.options, options):
            raise UsageError(reason)

    def missing_since(self, kind: Kind, uid: str) -> str:
        """Since when the base misses an object that it still holds; empty where it was there."""
        return self._vanished.get((kind.name, shown_uid(uid)), "")

    def missed_unread(self, kind: Kind) -> Iterator[str]:
        """Objects of integer ids that went before an earlier archive had read them: nothing but their ids is known."""
        for name, shown in sorted(self._vanished):
            uid = kind.key(int(shown))[0] if name == kind.name and shown.isdecimal() else ""
            if uid and self.store.get(Stream(name), uid) is None:
                yield uid

    # --- what holds today ---

    def definition(self, staged: RecordStore, uid: str) -> JsonObject | None:
        row, held = staged.get(rows_of(DEFINITIONS), uid), self.store.get(Stream(DEFINITIONS.name), uid)
        is_same = row and held and _agree(row, held, _OF_DEFINITIONS) and not self._is_lost(DEFINITIONS, uid)
        return held if is_same else None

    def release(self, staged: RecordStore, uid: str) -> JsonObject | None:
        row, held = staged.get(rows_of(RELEASES), uid), self.store.get(Stream(RELEASES.name), uid)
        is_same = row and held and not is_unfinished(held) and _agree(row, held, _OF_RELEASES)
        return held if is_same and not self._is_lost(RELEASES, uid) else None

    def _is_lost(self, kind: Kind, uid: str) -> bool:
        """Whether the base could not read an object as it was then: it may hold what an earlier one has read."""
        return (kind.name, shown_uid(uid)) in self._lost

    def history(self, staged: RecordStore, row: JsonObject) -> list[tuple[Stream, Record]]:
        """The history of a definition that has not changed; empty where it must be asked for."""
        uid = uid_of(row.get("id"))
        if self.definition(staged, uid) is None or (DEFINITION_HISTORY.name, "*") in self._lost:
            return []
        stream = Stream(DEFINITION_HISTORY.name)
        return [(stream, Record(*parts_of_record(stream, body))) for body in self.store.of(stream, uid)]

    def is_taken(self, staged: RecordStore, uid: str) -> bool:
        """Whether the release that is staged is that of the base."""
        return self.release(staged, uid) is not None

    def has_deployment(self, row: JsonObject) -> bool:
        """Whether the base holds a deployment in the same state."""
        return self.store.get(Stream(DEPLOYMENTS.name), uid_of(row.get("id"))) == row

    def has_log_of(self, release: JsonObject) -> bool:
        """Whether the base has read the log of a release as it is: it holds it, or was told that there is none."""
        uid = uid_of(release.get("id"))
        held = self.store.get(Stream(RELEASES.name), uid)
        if held is None or self._is_lost(FILES, uid) or self.options.get("logs") is not True:
            return False
        return attempts_digest(held) == attempts_digest(release)

    def known(self, staged: RecordStore, key: RecordKey) -> Record | None:
        """The record that would be read."""
        held: JsonObject | None = None
        match key.stream.kind:
            case DEFINITIONS.name:
                held = self.definition(staged, key.uid)
            case RELEASES.name:
                held = self.release(staged, key.uid)
            case DEFINITION_REVISIONS.name | DEFINITION_SNAPSHOTS.name:
                held = self.store.get(key.stream, key.uid, key.number)
            case FILES.name:
                held = self._file(staged, key)
        return None if held is None else Record(key.uid, held, key.number)

    def _file(self, staged: RecordStore, key: RecordKey) -> JsonObject | None:
        release = staged.get(Stream(RELEASES.name), key.uid.partition("\0")[0])
        if release is None or not self.has_log_of(release):
            return None
        return self.store.get(key.stream, key.uid, key.number)


def parts_of_record(stream: Stream, body: JsonObject) -> tuple[str, JsonObject, int]:
    """What makes the record of a body."""
    uid, number = record_key(stream.kind, body)
    return uid, body, number


def _agree(row: JsonObject, held: JsonObject, names: tuple[str, ...]) -> bool:
    return all(row[name] == held.get(name) for name in names if name in row) and integer(
        row.get("id")
    ) == held.get("id")
