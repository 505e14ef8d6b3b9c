"""Kinds of a snapshot that a command was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.errors import UsageError

if TYPE_CHECKING:
    from stackferry.io.storage.snapshot import Snapshot


def check_kind(snapshot: Snapshot, kind: str) -> None:
    """Raise UsageError for a kind that the snapshot does not hold, naming those that it holds."""
    held = dict.fromkeys(stream.kind for stream, _ in snapshot.stream_files())
    if kind not in held:
        raise UsageError(f"{snapshot.root} holds no {kind}; it holds {', '.join(held) or 'nothing'}")
