"""The enums of filters and bodies: their words and numbers, which people may give either way.

API pages: "Releases", "Approvals"; the numbers are those of the vendor's clients. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Enum(NamedTuple):
    """Words and their numbers. `flags`: the numbers are bits, so that a sum of them means several words."""

    words: Mapping[str, int]
    flags: bool = False

    def parse(self, given: str) -> tuple[str, ...]:
        """The words that are meant, by words in any letter case or by a number. Raises UsageError for none of them."""
        named = [word for word in self.words if word.lower() == given.strip().lower()]
        if named:
            return tuple(named)
        found = self._of_number(given.strip())
        if not found:
            raise UsageError(f"'{given}' is none of {self.listed()}")
        return found

    def _of_number(self, given: str) -> tuple[str, ...]:
        if not (given.isascii() and given.isdigit() and len(given) < 10):
            return ()
        number = int(given)
        exact = tuple(word for word, value in self.words.items() if value == number)
        if exact or not self.flags:
            return exact
        bits = tuple(word for word, value in self.words.items() if value and value & number == value)
        return bits if self.number(bits) == number else ()

    def number(self, words: Iterable[str]) -> int:
        """The sum of the bits of some words."""
        total = 0
        for word in words:
            total |= self.words[word]
        return total

    def listed(self) -> str:
        """All words with their numbers, for messages and help texts."""
        return ", ".join(f"{word} ({number})" for word, number in self.words.items())


RELEASE_STATUS: Final = Enum({"undefined": 0, "draft": 1, "active": 2, "abandoned": 4}, flags=True)
STAGE_STATUS: Final = Enum(
    {
        "undefined": 0, "notStarted": 1, "inProgress": 2, "succeeded": 4, "canceled": 8, "rejected": 16, "queued": 32,
        "scheduled": 64, "partiallySucceeded": 128,
    },
    flags=True,
)  # fmt: skip
DEPLOYMENT_STATUS: Final = Enum(
    {
        "undefined": 0, "notDeployed": 1, "inProgress": 2, "succeeded": 4, "partiallySucceeded": 8, "failed": 16,
        "all": 31,
    },
    flags=True,
)  # fmt: skip
RELEASE_EXPANDS: Final = Enum(
    {
        "none": 0, "environments": 2, "artifacts": 4, "approvals": 8, "manualInterventions": 16, "variables": 32,
        "tags": 64,
    },
    flags=True,
)  # fmt: skip
ORDER: Final = Enum({"descending": 0, "ascending": 1})
APPROVALS_SHOWN: Final = Enum(
    {"none": 0, "manualApprovals": 1, "automatedApprovals": 2, "approvalSnapshots": 4, "all": 7}, flags=True
)
REASON: Final = Enum({"none": 0, "manual": 1, "continuousIntegration": 2, "schedule": 3, "pullRequest": 4})
APPROVAL_STATUS: Final = Enum(
    {
        "undefined": 0, "pending": 1, "approved": 2, "rejected": 4, "reassigned": 6, "canceled": 7, "skipped": 8,
    }
)  # fmt: skip
APPROVAL_TYPE: Final = Enum({"undefined": 0, "preDeploy": 1, "postDeploy": 2, "all": 3})
