"""Snapshots: written once by `seal`, then only read. docs/format.md describes the format.

`Snapshot` opens only a directory that has a manifest, which `sealing.py` writes last (I1), and `verify` recomputes
every size and digest in it. `SnapshotIndex` finds records by their keys. Must never change a sealed file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from stackferry import exact_json
from stackferry.errors import JsonRefused, SnapshotCorrupt, UsageError
from stackferry.io.recursion_limit import make_room
from stackferry.io.storage.blob_list import BlobList, bytes_file, digest_in, is_listed
from stackferry.io.storage.files import FileDigest, Files
from stackferry.io.storage.lock_file import opened_shared, shared
from stackferry.io.storage.note import NOTE
from stackferry.io.storage.sqlite import TempTables
from stackferry.json_values import as_object, integer, objects
from stackferry.model import HEAD, Json, JsonObject, Stream
from stackferry.safe_names import path_segment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


FORMAT = 1
MANIFEST = "manifest.json"

_URL = re.compile(r"[a-z-]+(\+http)?:/")  # of a place; a path has no two slashes in a row

# The working directory of an unfinished export; a complete snapshot has none.
WORK = ".work"
STAGING = f"{WORK}/staging.sqlite"
LOCK = f"{WORK}/lock"
BASE = f"{WORK}/base.sqlite"  # the index of the base snapshot


def stream_file(stream: Stream) -> str:
    """The name of a stream's file: one for each type and locale where the kind has these, else one for the kind."""
    if stream.type and not stream.locale:
        return f"{stream.kind}/{path_segment(stream.type)}.jsonl"
    if stream.type or stream.locale:
        return f"{stream.kind}/{path_segment(stream.type)}/{path_segment(stream.locale)}.jsonl"
    return f"{stream.kind}.jsonl"


def bytes_within(files: Files) -> Callable[[str], Path]:
    """Gives the file that holds an asset's bytes."""
    return lambda sha256: files.path(bytes_file(sha256))


def clear_work(files: Files) -> None:
    """Remove the working directory of an export that is complete."""
    files.remove_tree(WORK)
    files.fsync_dir()


def _why_not(root: Path) -> str:
    """Why this is no snapshot. A place is not repeated: a credential may be in it."""
    if _URL.match(str(root)) and not root.exists():
        return (
            "a place is given where a snapshot is asked for: 'stackferry export' makes a snapshot of a place"
        )
    return f"{root} is not a complete snapshot: it has no {MANIFEST}{_hint(root)}"


def _hint(root: Path) -> str:
    """What a directory that is no snapshot is instead."""
    if not root.exists():
        return "; there is no such directory"
    if (root / WORK).is_dir():
        return "; its export is unfinished: run the same export again to finish it"
    # Directly, or in a directory for each profile.
    found = (path.parent for depth in ("*/", "*/*/") for path in sorted(root.glob(depth + MANIFEST)))
    held = next(found, None) if root.is_dir() else None
    return "" if held is None else f"; it holds snapshots: name one of them, such as {held}"


class Snapshot:
    """A complete snapshot in the directory `root`.

    `manifest` is what the file of this name says; of its list of files the streams alone, all are `file_entries`.

    Raises UsageError where there is none, and SnapshotCorrupt where its manifest cannot be read.
    """

    def __init__(self, root: str | Path) -> None:
        make_room()
        self.root = Path(root)
        self.files = Files(self.root)
        self._blobs = BlobList()
        self.manifest = self._read_manifest()

    def _read_manifest(self) -> JsonObject:
        if not self.root.is_dir() or not self.files.exists(MANIFEST):
            raise UsageError(_why_not(self.root))
        try:
            manifest = self._parsed(self.files.read(MANIFEST))
        except JsonRefused as refused:
            raise SnapshotCorrupt(f"{self.root / MANIFEST} cannot be read: {refused}") from refused
        if not isinstance(manifest, dict) or manifest.get("tool") != "stackferry":
            raise UsageError(f"{self.root} is not a snapshot: stackferry did not write its {MANIFEST}")
        if manifest.get("format") != FORMAT:
            raise UsageError(
                f"{self.root} is a snapshot of format {manifest.get('format')}; this version reads {FORMAT}"
            )
        return manifest

    def _parsed(self, written: bytes) -> Json:
        """The manifest without its files of bytes, which `_blobs` takes."""
        manifest = exact_json.loads(self._blobs.take_written(written))
        if isinstance(manifest, dict) and not len(self._blobs) and isinstance(manifest.get("files"), list):
            rest = objects(manifest["files"])
            others = next((at for at, entry in enumerate(rest) if self._blobs.take_entry(entry)), len(rest))
            if all(self._blobs.take_entry(entry) for entry in rest[others + 1 :]):
                manifest["files"] = [*rest[:others]]
            else:
                self._blobs = BlobList()
        return manifest

    def file_entries(self) -> Iterator[JsonObject]:
        """The files that the manifest lists: `path`, `size`, `sha256`; of a stream also what stream, and `lines`."""
        yield from objects(self.manifest.get("files"))
        yield from self._blobs.entries()

    def _stream_entries(self) -> Iterator[JsonObject]:
        return (entry for entry in objects(self.manifest.get("files")) if "kind" in entry)

    def stream_files(self) -> Iterator[tuple[Stream, str]]:
        """The streams of the snapshot, each with the name of its file."""
        for entry in self._stream_entries():
            yield Stream.from_json(entry), str(entry["path"])

    def record_counts(self) -> dict[Stream, int]:
        """How many records each stream has, according to the manifest."""
        return {Stream.from_json(entry): integer(entry.get("lines")) or 0 for entry in self._stream_entries()}

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        """The records of one stream in their order, one at a time in memory; none where it has no such stream."""
        name = dict(self.stream_files()).get(stream)
        with shared(self.root / MANIFEST):
            for line in self.files.lines(name) if name else ():
                yield decode_record(line, name or "")

    def digests(self) -> dict[str, FileDigest]:
        """The digest of each stream's file, by name, according to the manifest."""
        return {
            str(entry.get("path")): FileDigest(str(entry.get("sha256")), integer(entry.get("size")) or 0)
            for entry in self._stream_entries()
        }

    def bytes_of(self, sha256: str) -> Path:
        """The file that holds an asset's bytes."""
        return self.files.path(bytes_file(sha256))

    def limits(self) -> list[JsonObject]:
        """What nobody can tell of the source; none in snapshots of earlier versions."""
        return objects(self.manifest.get("limits"))

    def gaps(self) -> list[JsonObject]:
        return objects(self.manifest.get("gaps"))

    def verify(
        self, *, only: Collection[str] | None = None, each: Callable[[str], None] = lambda _: None
    ) -> Iterator[str]:
        """Compare every file with the manifest; yield each difference as one line of a message.

        `only`: of the bytes of assets only those of these digests. `each` is called with the name of each file.
        """
        names = {MANIFEST, NOTE, *(str(entry.get("path")) for entry in objects(self.manifest.get("files")))}
        with shared(self.root / MANIFEST):
            for entry in self.file_entries():
                name = str(entry.get("path"))
                each(name)
                if only is None or "kind" in entry or entry.get("sha256") in only:
                    yield from self._verify_file(name, entry)
            yield from self._manifest_damage()
            blobs = self._blobs.digests()
            yield from self._unlisted_files(names, blobs)
            yield from self._bytes_and_records(names, blobs)

    def _verify_file(self, path: str, entry: JsonObject) -> Iterator[str]:
        try:
            digest = self.files.digest(path)
        except SnapshotCorrupt as corrupt:
            yield str(corrupt)
            return
        if digest.size != entry.get("size"):
            yield f"{path}: {digest.size} bytes where the manifest says {entry.get('size')}"
        elif digest.sha256 != entry.get("sha256"):
            yield f"{path}: its SHA-256 is {digest.sha256}, the manifest says {entry.get('sha256')}"
        elif "lines" in entry:
            lines = sum(1 for _ in self.files.lines(path))
            if lines != entry["lines"]:
                yield f"{path}: {lines} lines where the manifest says {entry['lines']}"

    def _manifest_damage(self) -> Iterator[str]:
        """What of the manifest contradicts itself: it was made anew, by hand or by another program."""
        sums: Counter[str] = Counter()
        for entry in self.file_entries():
            if "kind" in entry:
                sums[str(entry["kind"])] += integer(entry.get("lines")) or 0
            elif entry.get("path") != bytes_file(str(entry.get("sha256"))):
                yield f"{entry.get('path')}: bytes that its name does not say, by the manifest {entry.get('sha256')}"
        told = as_object(self.manifest.get("counts"))
        for kind in sorted({*sums, *told}):
            if told.get(kind, 0) != sums[kind]:
                yield f"{MANIFEST}: it counts {told.get(kind, 0)} {kind}, and lists {sums[kind]}"

    def _bytes_and_records(self, listed: set[str], blobs: set[bytes]) -> Iterator[str]:
        """Assets whose bytes the manifest does not list, and bytes of no asset."""
        others = objects(self.manifest.get("files"))
        unnamed = {str(entry["path"]) for entry in others if "kind" not in entry}
        named = set[bytes | None]()
        for stream, name in self.stream_files():
            try:
                for record in self.objects(stream) if stream.kind == "files" else ():
                    path = bytes_file(str(record.get("sha256")))
                    unnamed.discard(path)
                    named.add(digest_in(path))
                    if not is_listed(path, listed, blobs):
                        yield f"{name}: the bytes of asset {record.get('uid')} are missing: {path}"
            except SnapshotCorrupt as corrupt:
                yield str(corrupt)
        unnamed |= {bytes_file(digest.hex()) for digest in blobs - named}
        for path in sorted(unnamed):
            yield f"{path}: the bytes of no asset"

    def _unlisted_files(self, listed: set[str], blobs: set[bytes]) -> Iterator[str]:
        try:
            # What lies in the working directory belongs to a run, which may remove it at any moment.
            for name in self.files.walk(but=WORK):
                if not is_listed(name, listed, blobs):
                    yield f"{name}: not in the manifest"
        except SnapshotCorrupt as corrupt:  # a link or a device, of which the walk cannot go on
            yield str(corrupt)

    def check(self, *, only: Collection[str] | None = None) -> None:
        """Raise SnapshotCorrupt, naming the first 20 differences, unless every file is what the manifest says.

        `only`: of the bytes of assets only those of these digests.
        """
        if damage := [*self.verify(only=only)]:
            raise SnapshotCorrupt(f"{self.root} is damaged: {'; '.join(damage[:20])}")


def decode_record(line: bytes, name: str) -> JsonObject:
    """The record on one line of the file `name`. Raises SnapshotCorrupt for anything but an exact JSON object."""
    try:
        value = exact_json.loads(line)
    except JsonRefused as refused:
        raise SnapshotCorrupt(f"{name}: a line cannot be read: {refused}") from refused
    if not isinstance(value, dict):
        raise SnapshotCorrupt(f"{name}: a line is not a JSON object")
    return value


def shown_key(uid: str) -> str:
    """A record's key in a message: its parts are separated by NUL."""
    return uid.replace("\0", " / ")


KeyOf: TypeAlias = Callable[[str, JsonObject], tuple[str, int]]
"""The key (uid and number, as in `Record`) that an export gave a record of a kind."""

_MAX_OPEN = 32  # files of the snapshot at a time; a stack has one for each content type and locale


class SnapshotIndex:
    """The records of a snapshot. `key_of` is the system's: only it knows what identifies a record of a kind.

    The offsets are in the database `scratch` at `path`, which a plan may use for its own tables too.
    """

    def __init__(self, snapshot: Snapshot, key_of: KeyOf, path: Path | None = None) -> None:
        self._snapshot = snapshot
        self._key_of = key_of
        self._files = dict(snapshot.stream_files())
        self._numbers = {stream: number for number, stream in enumerate(self._files)}
        self._open: dict[str, BinaryIO] = {MANIFEST: opened_shared(snapshot.root / MANIFEST)}
        self.scratch = TempTables(path)
        try:
            self._offsets = self.scratch.table(4)
            for stream in self._files:
                self._offsets.add(self._rows(stream))
            self._refuse_doubles()
        except BaseException:
            self.close()
            raise

    def _refuse_doubles(self) -> None:
        """Raise SnapshotCorrupt where two records have one key. No export writes such a file: it was edited since."""
        names = list(self._files.values())
        for (file, uid, number, _), (other, *key, _) in pairwise(self._offsets):
            if (file, uid, number) == (other, *key):
                version = f", version {number}" if number else ""
                raise SnapshotCorrupt(f"{names[file]}: two records have the key {shown_key(uid)}{version}")

    def close(self) -> None:
        for file in self._open.values():
            file.close()
        self.scratch.close()

    def streams(self) -> list[Stream]:
        return sorted(self._files)

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        """The records of a stream, in the order of their keys; none where the snapshot has no such stream."""
        name = self._files.get(stream)
        for line in self._snapshot.files.lines(name) if name else ():
            yield decode_record(line, name or "")

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        """A record by its key. The manifest is the only record of the stream `.manifest`."""
        if stream == HEAD:
            return self._snapshot.manifest
        file = self._numbers.get(stream)
        found = None if file is None else self._offsets.of(file, uid, number)
        if not found:
            return None
        name = self._files[stream]
        opened = self._opened(name)
        opened.seek(found[-1][-1])
        return decode_record(opened.readline(), name)

    def of(self, stream: Stream, uid: str) -> Iterator[JsonObject]:
        """All records of a stream with that uid, by number."""
        file = self._numbers.get(stream)
        for found in self._offsets.of(file, uid) if file is not None else ():
            opened = self._opened(self._files[stream])
            opened.seek(found[-1])
            yield decode_record(opened.readline(), self._files[stream])

    def _opened(self, name: str) -> BinaryIO:
        """The file, open for reading; the last `_MAX_OPEN` that were opened stay open."""
        if name not in self._open:
            # The one that was opened first: records are mostly asked for stream by stream.
            if len(self._open) == _MAX_OPEN:
                self._open.pop(next(iter(self._open))).close()
            self._open[name] = self._snapshot.files.reader(name)
        return self._open[name]

    def _rows(self, stream: Stream) -> Iterator[tuple[int, str, int, int]]:
        """For each record: the number of its file, its key, and its offset in bytes."""
        name, offset = self._files[stream], 0
        for line in self._snapshot.files.lines(name):
            yield self._numbers[stream], *self._key_of(stream.kind, decode_record(line, name)), offset
            offset += len(line)
