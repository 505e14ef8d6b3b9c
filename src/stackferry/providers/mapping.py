"""What objects of a source name and a target knows under another id: which is which, proposed for a user to edit.

A system whose imports need it has the method of `ProposesMapping`. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext


class MappedName(NamedTuple):
    """One thing of a source, by its kind and name, and what it is in the target; empty where it is not there.

    `like`: names of the target that come close. `places`: what of the source needs it.
    """

    kind: str
    name: str
    target: str
    like: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        facts: JsonObject = {"kind": self.kind, "name": self.name, "target": self.target}
        if self.like:
            facts["like"] = [*self.like]
        return {**facts, "places": [*self.places]}


@runtime_checkable
class ProposesMapping(Protocol):
    """A system whose imports map things by name."""

    def proposed_mapping(self, context: ImportContext) -> Sequence[MappedName]:
        """Everything that a snapshot points at, and what it is in the target as far as names tell."""
