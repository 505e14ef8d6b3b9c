"""Between a snapshot and an export directory of the vendor's CLI: what `convert` and `import EXPORT TARGET` call.

A snapshot made of an export is an ordinary snapshot (docs/format.md). The export is never written into, and a
conversion that fails leaves its output directory as it was.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from stackferry.drivers.events import Emit, Event, silent
from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.formats.csdx.folder import ExportFolder, find_root, is_csdx_export
from stackferry.formats.csdx.read_assets import asset_bytes, assets
from stackferry.formats.csdx.read_entries import entries, generation, locales, missing_objects
from stackferry.formats.csdx.read_structure import source_of, structure
from stackferry.formats.csdx.write_records import asset_metadata, bytes_to_write, json_files, unsupported
from stackferry.formats.output import (
    ExportLayout,
    check_output,
    move_into_place,
    note_of,
    temporary_directory,
    write_export,
)
from stackferry.io.recursion_limit import make_room
from stackferry.io.storage.blob_list import bytes_file
from stackferry.io.storage.sealing import seal
from stackferry.io.storage.snapshot import MANIFEST, STAGING, Snapshot, SnapshotIndex, clear_work
from stackferry.io.storage.staging import Staging
from stackferry.json_values import as_object, nested
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentstack.content.limits import limits
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.kinds import record_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from stackferry.formats.csdx.folder import ExportRoot
    from stackferry.formats.csdx.layout import AssetBytes, ConvertedFile
    from stackferry.io.storage.files import Files

__all__ = ["csdx_to_snapshot", "is_csdx_export", "snapshot_to_csdx"]

_FINISHED = "export-info.json"  # a file that an export has when it is whole


def csdx_to_snapshot(
    directory: Path, into: Path, *, branch: str = "", keep_secrets: bool = False, emit: Emit = silent
) -> Snapshot:
    """Make `into` a snapshot of the export in `directory`, and open it.

    Where `into` is the snapshot that an earlier call made of this export, it is kept if the export is unchanged and
    replaced if not. Raises UsageError for a directory that is no export or has several branches while `branch` names
    none of them, and for an `into` that holds anything else; SnapshotCorrupt, which names the file, for a damaged
    export. After an error `into` is as it was.
    """
    make_room()
    root = find_root(directory, branch)
    folder = ExportFolder(root.path)
    note: JsonObject = {"export": folder.fingerprint(), "branch": root.branch, "keep_secrets": keep_secrets}
    into = into.absolute()
    earlier = note_of(into)
    if earlier == note:
        return Snapshot(into)
    check_output(into, replace=earlier is not None, finished=_FINISHED)
    with temporary_directory(into) as files:
        staging = Staging(files.path(STAGING))
        try:
            conversion = _Conversion(folder, staging, files, emit, keep_secrets)
            seal(files, staging, conversion.run(root))
        finally:
            staging.close()
        clear_work(files)
        note["manifest"] = files.digest(MANIFEST).sha256
        move_into_place(files, into, note)
    return Snapshot(into)


def snapshot_to_csdx(
    snapshot: Snapshot, out: Path, emit: Emit = silent, when_reported: list[Callable[[], None]] | None = None
) -> list[Gap]:
    """Write a snapshot as an export that the vendor's CLI can import; return what the layout cannot hold.

    The same snapshot gives the same bytes. `when_reported`: as in `write_export`. Raises UsageError where `out` holds
    anything else or the snapshot is of another system, SnapshotCorrupt for a damaged snapshot. After an error `out` is
    as it was.
    """
    if (system := nested(snapshot.manifest, "source", "system")) not in (None, "contentstack"):
        raise UsageError(
            f"{snapshot.root} is a snapshot of {system}: only one of Contentstack can become a csdx export"
        )

    def write(source: SnapshotIndex, files: Files) -> Iterator[Gap]:
        yield from _write_export(snapshot, source, files, emit)
        yield from unsupported(source)

    def lost(source: SnapshotIndex) -> Iterator[Gap]:
        yield from (found.gap for found in bytes_to_write(source) if found.gap is not None)
        yield from unsupported(source)

    layout = ExportLayout(record_key, _FINISHED, write, lost)
    return write_export(snapshot, out, layout, when_reported)


def _write_export(snapshot: Snapshot, source: SnapshotIndex, files: Files, emit: Emit) -> Iterator[Gap]:
    origin = as_object(snapshot.manifest.get("source"))
    rows = json_files(source, str(origin.get("key", "")), str(origin.get("branch", "main")))
    for name, data in chain(rows, asset_metadata(source)):
        files.write_atomically(name, [data])
        emit(Event("convert", name.partition("/")[0], done=1))
    for found in bytes_to_write(source):
        if found.file:
            files.write_atomically(found.file, snapshot.files.chunks(bytes_file(found.sha256)))
            emit(Event("convert", "files", done=1))
        if found.gap is not None:
            yield found.gap


@dataclass(slots=True)
class _Conversion:
    """One export that is being read into a working store."""

    folder: ExportFolder
    staging: Staging
    files: Files
    emit: Emit
    keep_secrets: bool
    added: Counter[str] = field(default_factory=Counter)

    def run(self, root: ExportRoot) -> JsonObject:
        """Stage everything; return the head of the manifest.

        The order matters: older versions are recognised by the latest ones, bytes by the versions of their assets,
        and languages by the list of languages, all of which must be staged before.
        """
        self._keep([locales(self.folder)])
        self._keep(structure(self.folder, keep_secrets=self.keep_secrets))
        self._keep(assets(self.folder, self.staging))
        for found in asset_bytes(self.folder, self.staging):
            self._keep_bytes(found)
        self._keep(entries(self.folder, self.staging))
        self._keep([missing_objects(self.staging)])
        key, noted_branch = source_of(self.folder)
        branch = root.branch or noted_branch or "main"
        return {
            "source": {"system": "contentstack", "key": key, "host": "", "branch": branch},
            "export": {"made_by": "csdx", "generation": generation(self.folder), "added": {**self.added}},
            "options": {"versions": "as exported", "assets": True, "keep_secrets": self.keep_secrets},
            "master_locale": master_locale(self.staging),
            "limits": limits(made_by_csdx=True),
        }

    def _keep(self, converted: Iterable[ConvertedFile]) -> None:
        for file in converted:
            self.staging.keep(file.job, file.records, gaps=file.gaps, redacted=file.redacted)
            self.added.update(file.added)
            for stream, _ in file.records:
                self.emit(Event("convert", stream.kind, done=1))

    def _keep_bytes(self, found: AssetBytes) -> None:
        """Copy an asset's bytes under their SHA-256. The size in the asset's row is not used: it is often wrong."""
        job = f"files/{found.uid}/{found.version}"
        if not found.file:
            self.staging.keep(job, gaps=[found.gap])
            return
        digest = self.folder.files.digest(found.file)
        name = bytes_file(digest.sha256)
        if not self.files.exists(name):
            written = self.files.write_atomically(name, self.folder.files.chunks(found.file))
            if written != digest:
                path = self.folder.root / found.file
                raise SnapshotCorrupt(f"{path} changed while it was read; run the command again")
        body: JsonObject = {
            "uid": found.uid,
            "version": found.version,
            "sha256": digest.sha256,
            "size": digest.size,
        }
        self.staging.keep(job, [(Stream("files"), Record(found.uid, body, found.version))])
        self.emit(Event("convert", "files", done=1))
