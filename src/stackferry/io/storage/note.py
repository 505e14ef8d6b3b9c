"""A note beside a snapshot: what somebody wants to know of it later, such as why it was made.

No manifest lists it and no digest covers it, so two snapshots of one source stay byte for byte the same (I6), and a
note may be written long after the snapshot was sealed (I2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stackferry.io.storage.files import Files

NOTE: Final = "note.txt"


def write_note(files: Files, words: str) -> None:
    """Write a note, in place of an earlier one."""
    files.write_atomically(NOTE, [words.strip().encode("utf-8", "replace"), b"\n"])


def note_of(files: Files) -> str:
    """The note beside a snapshot; empty without one."""
    return files.read(NOTE).decode("utf-8", "replace").strip() if files.exists(NOTE) else ""
