"""Three-way decisions: an object of the source, the target's, and what both were when they were equal.

Each system finds out by its own means on which sides an object was edited since; what follows from that is the same
everywhere, and so is how the last promotion is remembered: as identities of the kind `PROMOTED`. Pure.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from stackferry.providers.identities import EarlierIdentities

PROMOTED: Final = "promoted"
"""Identities: an object and its version in the source → the same in the target, once an import made them equal.

Each side is written with the version behind the last NUL.
"""


class Verdict(Enum):
    """What becomes of an object of the target that differs from the source's."""

    WRITE = auto()
    KEEP = auto()
    CONFLICT = auto()


class Known(NamedTuple):
    """Which sides of an object are as the last promotion left them."""

    source: bool
    target: bool


def known_sides(earlier: EarlierIdentities, here: str, there: str, version: int) -> Known:
    """`here` and `there`: the object as `PROMOTED` names it on both sides; `version`: the target's now."""
    same = earlier.target(PROMOTED, here)
    # A version above the one that was read of the target is one that this import has made.
    is_source_known = same is not None and int(same.rpartition("\0")[2]) <= version
    return Known(is_source_known, earlier.source(PROMOTED, there) is not None)


def verdict_of(*, source: bool, target: bool) -> Verdict:
    """Of what was edited in the source, and in the target, since both were equal."""
    # Edited on neither side it differs for another reason: a type that has changed, a locale that one of them lacks.
    return {(False, True): Verdict.KEEP, (True, True): Verdict.CONFLICT}.get((source, target), Verdict.WRITE)
