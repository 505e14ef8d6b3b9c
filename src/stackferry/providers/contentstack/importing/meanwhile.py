"""Whether somebody else has written an object between two looks of an import at it. Pure.

The service numbers the versions of an object one after the other, and takes a write whatever version it was made for.
So the number in the answer tells: where it is not the one after the last that this import read or wrote, the versions
in between are somebody else's. They are in the object's history, under what the import wrote.
A number below it is one of an object that was deleted meanwhile, and made anew by the write.
API pages: "Update an entry", "Get details of all versions of an entry".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, integer, text
from stackferry.model import Remark

if TYPE_CHECKING:
    from stackferry.model import Gap, JsonObject


def written_between(failed: Gap, expected: int, answer: JsonObject) -> tuple[Gap, Remark] | None:
    """What is told of an answer whose version is not the `expected` one; `failed` names the object."""
    made = next((as_object(one) for one in answer.values() if "_version" in as_object(one)), {})
    number = integer(made.get("_version")) or 0
    if 0 < number < expected:
        reason = (
            f"somebody else deleted it during the import, after version {expected - 1}: "
            f"it was made anew, as version {number}"
        )
        return _told(failed, reason, made)
    if number <= expected:
        return None
    last = number - 1
    which = f"version {expected}" if last == expected else f"versions {expected} to {last}"
    reason = (
        f"somebody else wrote {which} of it during the import: it is in its history, under version {number}"
    )
    return _told(failed, reason, made)


def _told(failed: Gap, reason: str, made: JsonObject) -> tuple[Gap, Remark]:
    gap = replace(failed, reason=reason)
    return gap, Remark.beside(gap, "meanwhile", text(made.get("title")))
