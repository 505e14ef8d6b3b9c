"""The places of one account: what a system that lists them brings in its module `places`.

And places that may be named in several ways: letter case, an id in place of a name, another host of the same account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from stackferry.model import JsonObject, Place, Request, Response, Stream

Call: TypeAlias = "Callable[[Request], Awaitable[Response]]"


class FoundPlace(NamedTuple):
    """A place of an account. `alias_of`: the name of the one that it stands for, where it is no place of its own."""

    place: Place
    alias_of: str = ""


class PlaceLister(Protocol):
    """Lists the places of an account: branches of a stack, environments of a space, projects of an organization."""

    def accounts(self, key: str, host: str, path: str, *, secure: bool) -> Sequence[Place]:
        """What a URL may mean, the most likely first, each good for a session; the place in it need not be named.

        Raises UsageError where the URL names no account.
        """

    async def places(self, call: Call, account: Place) -> Sequence[FoundPlace]:
        """The places, then their aliases, each in the order of the service.

        Raises NotOffered where there is no such account, and the error of any other refusal.
        """


class Objects(Protocol):
    """Records that can be read stream by stream, as those of a snapshot that is not indexed."""

    def objects(self, stream: Stream) -> Iterator[JsonObject]: ...


@runtime_checkable
class KnowsSpellings(Protocol):
    """A system whose service tells whether two names are of one place."""

    def place_id(self, source: Objects) -> str:
        """The service's own id of the place that records are of, which no new name changes; empty: none tells it."""

    def spelling_request(self, origin: Place, place: Place) -> Request | None:
        """A read that tells whether `place` is `origin`, named otherwise; None where it cannot be."""

    def is_spelling(self, origin: Place, place: Place, source: Objects, answer: JsonObject) -> bool:
        """Whether it is, by the answer and by what was exported from `origin`; {}: the service refused the read."""
