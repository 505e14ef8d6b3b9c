"""Which gaps of a snapshot are new since another one, and which are accepted. Pure: no clock and no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.model import TYPE_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stackferry.model import JsonObject

FIELDS: Final[tuple[str, ...]] = ("kind", "uid", TYPE_KEY, "locale", "path", "reason")
"""What makes a gap one and the same wherever it is found again."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Gaps that are known: those where all that `says` names is equal. `profile`: only there; empty: everywhere.

    `line` is where it stands in its file.
    """

    says: Mapping[str, str]
    profile: str = ""
    line: int = 0

    def covers(self, gap: JsonObject, profile: str) -> bool:
        """Whether a gap of a profile is one of these."""
        if self.profile not in ("", profile):
            return False
        return all(text(gap.get(name)) == value for name, value in self.says.items())

    def as_json(self) -> JsonObject:
        """The entry as a report names it."""
        facts: JsonObject = {"profile": self.profile, **self.says, "line": self.line}
        return {name: value for name, value in facts.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The gaps of a snapshot beside what was known of them.

    `accepted` and `open` are its gaps, in two parts. `new` and `gone`: compared with the snapshot before it; None where
    there is none.
    """

    accepted: Sequence[JsonObject]
    open: Sequence[JsonObject]
    new: Sequence[JsonObject] | None
    gone: Sequence[JsonObject] | None


def judge(
    gaps: Sequence[JsonObject],
    before: Sequence[JsonObject] | None,
    accepted: Sequence[Accepted],
    profile: str = "",
) -> Judged:
    """Part the gaps of a profile's snapshot; `before` are those of the snapshot before it, None where there is none."""
    covered = [any(one.covers(gap, profile) for one in accepted) for gap in gaps]
    return Judged(
        accepted=[gap for gap, is_known in zip(gaps, covered, strict=True) if is_known],
        open=[gap for gap, is_known in zip(gaps, covered, strict=True) if not is_known],
        new=None if before is None else _beyond(gaps, before),
        gone=None if before is None else _beyond(before, gaps),
    )


def _beyond(gaps: Iterable[JsonObject], others: Iterable[JsonObject]) -> list[JsonObject]:
    known = {_key(gap) for gap in others}
    return [gap for gap in gaps if _key(gap) not in known]


def _key(gap: JsonObject) -> tuple[str, ...]:
    return tuple(text(gap.get(name)) for name in FIELDS)
