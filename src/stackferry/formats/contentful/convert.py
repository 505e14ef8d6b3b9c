"""Between a snapshot and a file of contentful-export: what `convert`, `import FILE`, `show FILE` and `diff FILE` call.

A snapshot made of a file is an ordinary snapshot (docs/format.md). The file is never written into, and a conversion
that fails leaves its output directory as it was.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import equal
from stackferry.drivers.events import Emit, Event, silent
from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.formats.contentful.asset_folder import AssetFolder
from stackferry.formats.contentful.completed import completed
from stackferry.formats.contentful.gaps import FileGaps
from stackferry.formats.contentful.layout import KINDS, MADE_BY, PASSED
from stackferry.formats.contentful.read_assets import asset_bytes, files_of, missing_bytes
from stackferry.formats.contentful.read_file import VendorFile, find_file
from stackferry.formats.contentful.write_file import FILE_ENDING, lost, write_files
from stackferry.formats.output import (
    ExportLayout,
    check_output,
    move_into_place,
    note_of,
    temporary_directory,
    write_export,
)
from stackferry.io.recursion_limit import make_room
from stackferry.io.storage.sealing import seal
from stackferry.io.storage.snapshot import MANIFEST, STAGING, WORK, Snapshot, clear_work
from stackferry.io.storage.sqlite import TempTables
from stackferry.io.storage.staging import Staging
from stackferry.json_values import nested, text
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentful.content.limits import NEVER_GIVEN
from stackferry.providers.contentful.credentials import redact
from stackferry.providers.contentful.exporting.listings import record_of
from stackferry.providers.contentful.kinds import record_key, sys_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.io.storage.files import Files
    from stackferry.providers.source import Table

__all__ = ["contentful_file", "contentful_file_to_snapshot", "snapshot_to_contentful_file"]

_BATCH: Final = 500  # objects that become durable together

contentful_file = find_file


def contentful_file_to_snapshot(
    path: Path, into: Path, *, keep_secrets: bool = False, emit: Emit = silent
) -> Snapshot:
    """Make `into` a snapshot of the export that `path` means, and open it.

    Where `into` is the snapshot that an earlier call made of it, it is kept if the export is unchanged and replaced if
    not. Raises UsageError for what is no export, and for an `into` that holds anything else; SnapshotCorrupt, which
    names the file, for a damaged one. After an error `into` is as it was.
    """
    make_room()
    file = find_file(path)
    if file is None:
        raise UsageError(f"{path} is no file of contentful-export")
    folder = AssetFolder(file.parent)
    note: JsonObject = {"file": _fingerprint(file), "keep_secrets": keep_secrets}
    into = into.absolute()
    earlier = note_of(into)
    if earlier is not None and earlier == {**note, "folder": _of_files(Snapshot(into), folder)}:
        return Snapshot(into)
    check_output(into, replace=earlier is not None)
    with temporary_directory(into) as files:
        with (
            closing(Staging(files.path(STAGING))) as staging,
            closing(TempTables(files.path(f"{WORK}/seen.sqlite"))) as scratch,
        ):
            reading = _Reading(VendorFile(file), folder, staging, files, scratch.table(2), emit, keep_secrets)
            seal(files, staging, reading.run())
        clear_work(files)
        note["folder"] = _of_files(Snapshot(files.root), folder)
        note["manifest"] = files.digest(MANIFEST).sha256
        move_into_place(files, into, note)
    return Snapshot(into)


def snapshot_to_contentful_file(
    snapshot: Snapshot, out: Path, emit: Emit = silent, when_reported: list[Callable[[], None]] | None = None
) -> list[Gap]:
    """Write a snapshot as a file that contentful-import takes, with its files beside it; return what that cannot hold.

    The same snapshot gives the same bytes. `when_reported`: as in `write_export`. Raises UsageError where `out` holds
    anything else or the snapshot is of another system, SnapshotCorrupt for a damaged snapshot.
    """
    system = nested(snapshot.manifest, "source", "system")
    if system != "contentful":
        raise UsageError(
            f"{snapshot.root} is a snapshot of {system}: only one of Contentful can become its export"
        )
    layout = ExportLayout(
        record_key,
        FILE_ENDING,
        lambda source, files: write_files(snapshot, source, files, emit),
        lambda source: lost(snapshot, source),
    )
    return write_export(snapshot, out, layout, when_reported)


def _fingerprint(file: Path) -> str:
    """What tells cheaply that a file is unchanged."""
    facts = file.stat()
    return f"{file.resolve()}\0{facts.st_size}\0{facts.st_mtime_ns}"


def _of_files(snapshot: Snapshot, folder: AssetFolder) -> str:
    """A digest of which files of the snapshot's assets are in the folder, with their sizes and times."""
    digester = hashlib.sha256()
    for asset in snapshot.objects(Stream("assets")):
        for _, file in files_of(asset):
            name = folder.file_of(text(file.get("url")), text(file.get("fileName")))
            facts = folder.files.path(name).stat() if name else None
            known = f"{facts.st_size}\0{facts.st_mtime_ns}" if facts else "missing"
            digester.update(f"{file.get('url')}\0{name}\0{known}\n".encode("utf-8", "surrogatepass"))
    return digester.hexdigest()


@dataclass(slots=True)
class _Reading:
    """One file that is being read into a working store."""

    file: VendorFile
    folder: AssetFolder
    staging: Staging
    files: Files
    seen: Table
    emit: Emit
    keep_secrets: bool
    added: Counter[str] = field(default_factory=Counter)
    missing: FileGaps = field(default_factory=FileGaps)
    batch: list[tuple[Stream, Record]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    redacted: list[str] = field(default_factory=list)
    batches: int = 0
    source: tuple[str, str] = ("", "")
    default_locale: str = ""

    def run(self) -> JsonObject:
        """Stage everything; return the head of the manifest."""
        for row in self.file.rows():
            if row.number:
                self._add(row.key, row.number, row.body)
            else:
                self.missing.begin(row.key)
            if len(self.batch) >= _BATCH:
                self._keep()
        self._keep()
        self.gaps += [*self.missing.gaps(), *self._unknown(), *missing_bytes(self.staging, self.folder)]
        self._keep()
        limits: list[JsonObject] = [
            {"kind": kind, "reason": reason} for kind, reason in sorted(NEVER_GIVEN.items())
        ]
        space, environment = self.source
        return {
            "source": {
                "system": "contentful",
                "key": space,
                "host": "",
                "environment": environment or "master",
            },
            "export": {"made_by": MADE_BY, "added": {**self.added}},
            "options": {"versions": "as exported", "assets": True, "keep_secrets": self.keep_secrets},
            "master_locale": self.default_locale,
            "limits": [*self.missing.limits(), *limits],
        }

    def _add(self, key: str, number: int, body: JsonObject) -> None:
        row = completed(key, body, self.added)
        stream, record = self._record(key, number, row)
        self.missing.see(key, row)
        if self._is_repeated(key, stream, record):
            return
        self.seen.add([(stream.kind, record.uid)])
        self.batch.append((stream, record))
        if key == "locales" and row.get("default") is True:
            self.default_locale = text(row.get("code"))
        if not all(self.source):
            names = (nested(row, "sys", name, "sys", "id") for name in ("space", "environment"))
            self.source = tuple(map(text, names))  # type: ignore[assignment]  # it is made of two
        for found in asset_bytes(row, self.folder, self.files) if key == "assets" else ():
            self.batch.append((Stream("files"), found))

    def _record(self, key: str, number: int, row: JsonObject) -> tuple[Stream, Record]:
        if key in PASSED:
            stream, record = Stream(PASSED[key]), Record(sys_id(row), row)
        else:
            clean, places = redact(KINDS[key].name, row, keep_secrets=self.keep_secrets)
            self.redacted += places
            stream, record = record_of(KINDS[key], clean)
        if not record.uid or not isinstance(row.get("sys"), dict) or not _is_typed(key, stream):
            raise SnapshotCorrupt(f"{self.file.path}: {key}, item {number}, does not say which object it is")
        return stream, record

    def _is_repeated(self, key: str, stream: Stream, record: Record) -> bool:
        """Whether the same object was read before. Raises SnapshotCorrupt where it was another one of that id."""
        if not self.seen.of(stream.kind, record.uid):
            return False
        self._keep()
        held = self.staging.get(stream, record.uid)
        if held is None or not equal(held, record.body):
            raise SnapshotCorrupt(
                f"{self.file.path}: '{key}' holds two objects of the id {record.uid} that differ: remove the wrong one"
            )
        reason = "the file holds it twice, both times alike: it is kept once"
        self.gaps.append(Gap(kind=stream.kind, uid=record.uid, type=stream.type, reason=reason))
        return True

    def _unknown(self) -> Iterator[Gap]:
        for name in self.file.unknown:
            yield Gap(
                kind=name, uid="*", reason=f"'{name}' of the file is no list of an export: it was left out"
            )

    def _keep(self) -> None:
        """Make what was read durable."""
        self.batches += 1
        self.staging.keep(f"batch {self.batches}", self.batch, gaps=self.gaps, redacted=self.redacted)
        for stream, _ in self.batch:
            self.emit(Event("convert", stream.kind, done=1))
        self.batch, self.gaps, self.redacted = [], [], []


def _is_typed(key: str, stream: Stream) -> bool:
    return key != "entries" or bool(stream.type)
