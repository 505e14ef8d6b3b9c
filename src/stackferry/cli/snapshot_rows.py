"""The records of a snapshot, each with what a listing shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.errors import SnapshotCorrupt, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject, Stream
    from stackferry.providers.system import RecordView, System


class Row(NamedTuple):
    """One record of a snapshot."""

    stream: Stream
    body: JsonObject
    view: RecordView


def check_kind(snapshot: Snapshot, kind: str) -> None:
    """Raise UsageError for a kind that the snapshot does not hold, naming those that it holds."""
    held = dict.fromkeys(stream.kind for stream, _ in snapshot.stream_files())
    if kind not in held:
        raise UsageError(f"{snapshot.root} holds no {kind}; it holds {', '.join(held) or 'nothing'}")


def rows(
    snapshot: Snapshot, system: System, kind: str, content_type: str = "", locale: str = ""
) -> Iterator[Row]:
    """Every record of a kind, in the order of the files."""
    from stackferry import exact_json

    for stream, path in snapshot.stream_files():
        if stream.kind != kind or content_type not in ("", stream.type) or locale not in ("", stream.locale):
            continue
        for number, line in enumerate(snapshot.files.lines(path), 1):  # a file may not fit in memory
            body = exact_json.loads(line)
            if not isinstance(body, dict):
                raise SnapshotCorrupt(f"{snapshot.root / path}: line {number} is not a JSON object")
            yield Row(stream, body, system.view(kind, body))
