"""The gaps of an import: those of its snapshot, and what did not arrive. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject
    from stackferry.providers.target import WriteOptions


_REFERENCES = "references"


def gaps_of(snapshot: Snapshot, options: WriteOptions) -> list[JsonObject]:
    """The snapshot's own gaps; of objects that are named those that are about them.

    Not those of references: the target may hold what the snapshot lacks, so the import finds these out for itself.
    """
    uids = options.selection.uids
    rows = [row for row in snapshot.gaps() if row.get("kind") != _REFERENCES]
    if not uids:
        return rows
    return [
        row
        for row in rows
        if row.get("uid") in uids
        or (row.get("uid") == "*" and options.includes(str(row.get("kind")).partition("/")[0]))
    ]


def merged_gaps(known: list[JsonObject], found: list[JsonObject]) -> list[JsonObject]:
    """Both lists of gaps; a reference that the snapshot lacks and that the import left out is one gap."""
    subjects = {_subject(gap) for gap in found}
    return [*(gap for gap in known if _subject(gap) not in subjects), *found]


def _subject(gap: JsonObject) -> str:
    """What a gap is about: for a reference its place, for anything else all its fields."""
    names = [name for name in gap if name != "reason"] if gap.get("kind") == _REFERENCES else [*gap]
    return str([(name, gap[name]) for name in sorted(names)])
