"""A finished snapshot: sealed once, then only read. docs/format.md is its contract.

`seal` turns a working store into files and writes the manifest last (I1). `Snapshot` opens what has a
manifest and nothing else, and `verify` believes no record that it has not recomputed.
This module must never change a sealed file, and never talk to a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import JsonRefused, SnapshotCorrupt, UsageError
from stackferry.io.recursion_limit import make_room
from stackferry.io.storage.files import PARTIAL, Digester, FileDigest, Files
from stackferry.io.storage.snapshot_layout import FORMAT, MANIFEST, WORK, bytes_file, stream_file
from stackferry.model import Json, JsonObject, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from stackferry.io.storage.staging import Staging


def seal(files: Files, staging: Staging, head: JsonObject, base: Snapshot | None = None) -> JsonObject:
    """Write every stream of the working store as a file, then the manifest; tell the manifest.

    `head` is what the manifest says besides its files, counts, gaps and redactions. A file that `base` holds byte
    for byte is taken over from there.
    """
    _sweep(files)
    known = base.digests() if base else {}
    listed = [_seal_stream(files, staging, stream, base, known) for stream in staging.streams()]
    blobs: list[JsonObject] = [
        {"path": bytes_file(sha256), "size": size, "sha256": sha256} for sha256, size in _blobs(staging)
    ]
    counts: dict[str, int] = {}
    for entry in listed:
        counts[str(entry["kind"])] = counts.get(str(entry["kind"]), 0) + _number(entry["lines"])
    gaps, redacted = staging.gaps(), staging.redacted()
    manifest: JsonObject = {
        "format": FORMAT,
        "tool": "stackferry",
        **head,
        "counts": {**counts},
        "files": [*listed, *blobs],
        "gaps": [*gaps],
        "redacted": [*redacted],
    }
    files.write_atomically(MANIFEST, [exact_json.dumps(manifest), b"\n"])
    return manifest


def _sweep(files: Files) -> None:
    """Remove what a run that died was writing."""
    for name in list(files.walk()):
        if name.endswith(PARTIAL):
            files.remove(name)


def clear_work(files: Files) -> None:
    """Remove the checkpoint of an export that is complete."""
    files.remove_tree(WORK)
    files.fsync_dir()


def _seal_stream(
    files: Files, staging: Staging, stream: Stream, base: Snapshot | None, known: Mapping[str, FileDigest]
) -> JsonObject:
    name = stream_file(stream)
    if base and name in known and known[name] == _digest(staging, stream):
        digest = known[name]
        files.take_over(base.files, name)
    else:
        digest = files.write_atomically(name, _lines(staging, stream))
    return {
        "path": name,
        **stream.as_json(),
        "lines": staging.count(stream),
        "size": digest.size,
        "sha256": digest.sha256,
    }


def _lines(staging: Staging, stream: Stream) -> Iterator[bytes]:
    return (line + b"\n" for line in staging.encoded(stream))


def _digest(staging: Staging, stream: Stream) -> FileDigest:
    digester = Digester()
    for line in _lines(staging, stream):
        digester.update(line)
    return digester.digest()


def _blobs(staging: Staging) -> list[tuple[str, int]]:
    """Each distinct file of bytes once, however many assets share it."""
    rows = staging.objects(Stream("files"))
    return sorted({(str(row["sha256"]), _number(row["size"])) for row in rows})


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


class Snapshot:
    """A complete snapshot in a directory.

    Raises UsageError where there is none, and SnapshotCorrupt where its manifest cannot be read.
    """

    def __init__(self, root: Path) -> None:
        make_room()
        self.files = Files(root)
        self.root = root
        self.manifest = self._read_manifest()

    def _read_manifest(self) -> JsonObject:
        if not self.root.is_dir() or not self.files.exists(MANIFEST):
            raise UsageError(f"{self.root} is not a complete snapshot: it has no {MANIFEST}{self._hint()}")
        try:
            manifest = exact_json.loads(self.files.read(MANIFEST))
        except JsonRefused as refused:
            raise SnapshotCorrupt(f"{self.root / MANIFEST} cannot be read: {refused}") from refused
        if not isinstance(manifest, dict) or manifest.get("tool") != "stackferry":
            raise UsageError(f"{self.root} is not a snapshot: its {MANIFEST} is somebody else's")
        if manifest.get("format") != FORMAT:
            raise UsageError(
                f"{self.root} is a snapshot of format {manifest.get('format')}; this version reads {FORMAT}"
            )
        return manifest

    def _hint(self) -> str:
        if (self.root / WORK).is_dir():
            return "; its export is unfinished: run the same export again to finish it"
        return ""

    def listed(self) -> Iterator[JsonObject]:
        """The manifest's files."""
        entries = self.manifest.get("files")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict):
                yield entry

    def stream_files(self) -> Iterator[tuple[Stream, str]]:
        """The files that hold lines, with the stream that each is."""
        for entry in self.listed():
            if "kind" in entry:
                yield Stream.from_json(entry), str(entry["path"])

    def lines(self) -> dict[Stream, int]:
        """How many lines each stream has, as the manifest says."""
        named = {str(entry.get("path")): _number(entry.get("lines")) for entry in self.listed()}
        return {stream: named[path] for stream, path in self.stream_files()}

    def rows(self, stream: Stream) -> Iterator[JsonObject]:
        """The objects of one stream, one at a time."""
        for known, path in self.stream_files():
            if known == stream:
                for line in self.files.lines(path):
                    row = exact_json.loads(line)
                    if isinstance(row, dict):
                        yield row

    def digests(self) -> dict[str, FileDigest]:
        """What the manifest says of the files that hold lines."""
        return {
            str(entry.get("path")): FileDigest(str(entry.get("sha256")), _number(entry.get("size")))
            for entry in self.listed()
            if "kind" in entry
        }

    def bytes_of(self, sha256: str) -> Path:
        return self.files.path(bytes_file(sha256))

    def gaps(self) -> list[JsonObject]:
        found = self.manifest.get("gaps")
        return [gap for gap in found if isinstance(gap, dict)] if isinstance(found, list) else []

    def verify(self) -> Iterator[str]:
        """Every way in which the directory is not what the manifest says, each as one line for a person."""
        known = {MANIFEST}
        for entry in self.listed():
            path = str(entry.get("path"))
            known.add(path)
            yield from self._damage(path, entry)
        yield from self._strangers(known)

    def _damage(self, path: str, entry: JsonObject) -> Iterator[str]:
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

    def _strangers(self, known: set[str]) -> Iterator[str]:
        try:
            for name in self.files.walk():
                if name not in known and not name.startswith(f"{WORK}/"):
                    yield f"{name}: not in the manifest"
        except SnapshotCorrupt as corrupt:  # a link, or what else has no place in a snapshot
            yield str(corrupt)

    def check(self) -> None:
        """Raise SnapshotCorrupt, naming every damaged file, unless all is as the manifest says."""
        damage = list(self.verify())
        if damage:
            raise SnapshotCorrupt(f"{self.root} is damaged: {'; '.join(damage[:20])}")
