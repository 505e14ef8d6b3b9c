"""A working store becomes the files of a snapshot; the manifest is written last (I1).

Must never change a sealed file.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.io.storage.blob_list import BlobList, is_listed
from stackferry.io.storage.files import PARTIAL, FileDigest, Files, digest_of
from stackferry.io.storage.snapshot import FORMAT, MANIFEST, WORK, stream_file
from stackferry.json_values import integer
from stackferry.model import JsonObject, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.io.storage.staging import Staging


def seal(files: Files, staging: Staging, head: JsonObject, base: Snapshot | None = None) -> None:
    """Write every stream of the working store as a file, then the manifest.

    `head` holds the manifest's other facts: source, options, what the system adds. A file that `base` holds with the
    same bytes is linked or copied from there.
    """
    for name in list(files.walk()):
        if name.endswith(PARTIAL):  # a run was writing it when it died
            files.remove(name)
    base_digests = base.digests() if base else {}
    streams = [_seal_stream(files, staging, stream, base, base_digests) for stream in staging.streams()]
    blobs = _blobs(staging)
    counts: Counter[str] = Counter()
    for entry in streams:
        counts[str(entry["kind"])] += integer(entry["lines"]) or 0
    manifest: JsonObject = {
        "format": FORMAT,
        "tool": "stackferry",
        **head,
        "counts": {**counts},
        "files": [*streams],
        "gaps": [*staging.gaps()],
        "redacted": [*staging.redacted()],
    }
    _remove_others(files, {str(entry["path"]) for entry in streams}, blobs.digests())
    # Last and atomically: with the manifest the snapshot is complete, without it the export is resumed (I1).
    files.write_atomically(MANIFEST, _written(manifest, blobs))


def _written(manifest: JsonObject, blobs: BlobList) -> Iterator[bytes]:
    """A manifest, with files of bytes at the end of its list of files, which is as long as the snapshot has such."""
    # Keys are sorted: "files" is the last one of those that come first.
    before = {name: value for name, value in manifest.items() if name <= "files"}
    after = {name: value for name, value in manifest.items() if name > "files"}
    yield exact_json.dumps(before).removesuffix(b"]}")
    is_first = not before["files"]
    for entry in blobs.entries():
        yield (b"" if is_first else b",") + exact_json.dumps(entry)
        is_first = False
    yield b"]," + exact_json.dumps(after).removeprefix(b"{") + b"\n"


def _remove_others(files: Files, streams: set[str], blobs: set[bytes]) -> None:
    """Remove what a run has written and no longer needs: bytes, or a stream, of what was deleted while it ran."""
    for name in [name for name in files.walk(but=WORK) if not is_listed(name, streams, blobs)]:
        files.remove(name)


def _seal_stream(
    files: Files,
    staging: Staging,
    stream: Stream,
    base: Snapshot | None,
    base_digests: Mapping[str, FileDigest],
) -> JsonObject:
    """Write the file of one stream; return its entry in the manifest."""
    name = stream_file(stream)
    held = base_digests.get(name)
    if base and held is not None and held == digest_of(_lines(staging, stream)):
        digest = held
        files.link_or_copy(base.files, name)
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


def _blobs(staging: Staging) -> BlobList:
    """Each distinct file of asset bytes, once however many assets share it."""
    rows = staging.objects(Stream("files"))
    keys = {bytes.fromhex(str(row["sha256"])) + (integer(row["size"]) or 0).to_bytes(8) for row in rows}
    return BlobList((key[:32].hex(), int.from_bytes(key[32:])) for key in sorted(keys))
