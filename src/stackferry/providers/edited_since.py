"""Whether an object of the target is known to have been edited since a finished import left it.

A system whose objects have versions, and whose imports keep them, has the method of `KeepsVersions`. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Stream
    from stackferry.providers.identities import Identity
    from stackferry.providers.target import ImportContext


@runtime_checkable
class KeepsVersions(Protocol):
    """A system that can tell."""

    def edited_since(self, context: ImportContext, left: Identity, stream: Stream, uid: str) -> bool:
        """Whether the target holds a later version of an object than the import left. False where that is not known.

        `left` are the identities of that import; `uid` is the source's.
        """

    def without_file(self, gap: JsonObject) -> JsonObject | None:
        """The object, as a gap names it, that a gap says the import left without its file; None where it does not.

        Nothing more of it is written before that has come.
        """
