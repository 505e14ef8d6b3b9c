"""When two branches of a stack were one: each branch is a copy of another one, made at a known time. Pure.

API page: "Get a single branch" (`source`, `created_at`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject

BRANCHES: Final = Stream(".branches")  # what an import reads of its target's stack; no snapshot holds it


def parted(rows: Iterable[JsonObject], one: str, other: str) -> str | None:
    """The time at which the first of the two went its own way, as the service writes times; None if that is not known.

    Branches may be copies of copies: it is when the first branch was made that only one of them comes from.
    """
    known = {text(row.get("uid")): row for row in rows}
    lines = [_line(known, one), _line(known, other)]
    common = next((uid for uid in lines[0] if uid in lines[1]), None)
    if common is None or not {one, other} <= known.keys():
        return None
    firsts = [line[line.index(common) - 1] for line in lines if line.index(common) > 0]
    return _earliest(known, firsts)


def _earliest(known: dict[str, JsonObject], uids: list[str]) -> str | None:
    times = [text(known[uid].get("created_at")) for uid in uids]
    return min(times) if times and all(times) else None


def _line(known: dict[str, JsonObject], uid: str) -> list[str]:
    """A branch, the one that it was made from, and so on."""
    line = [uid]
    while (source := text(known.get(line[-1], {}).get("source"))) and source not in line:
        line.append(source)
    return line
