"""Objects that an unfinished import had made and somebody has deleted since: what a system says of making them anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from stackferry.model import Gap


class Made(NamedTuple):
    """An object that an import made: `source` is the name under which its identity is kept."""

    kind: str
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What must be forgotten for some objects to be made anew.

    `step` and `identity` say of a step's key, and of an identity's kind and source, whether it is. `facts` are kept as
    identities; `gaps` are what was written before, names such an object and is not written again. Of what is gone
    `uncounted` is what is not made anew but a gap, and what is no object of the target.
    """

    step: Callable[[str], bool]
    identity: Callable[[str, str], bool]
    facts: Sequence[tuple[str, str, str]] = ()
    gaps: Sequence[Gap] = ()
    uncounted: Collection[Made] = ()
