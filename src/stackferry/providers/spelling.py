"""Places that may be named in several ways: letter case, an id in place of a name, another host of the same account.

A system of such places has the methods of `KnowsSpellings`. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Place, Request
    from stackferry.providers.source import RecordStore


@runtime_checkable
class KnowsSpellings(Protocol):
    """A system whose service tells whether two names are of one place."""

    def spelling_request(self, origin: Place, place: Place) -> Request | None:
        """A read that tells whether `place` is `origin`, named otherwise; None where it cannot be."""

    def is_spelling(self, origin: Place, place: Place, source: RecordStore, answer: JsonObject) -> bool:
        """Whether it is, by the answer and by what was exported from `origin`; {}: the service refused the read."""
