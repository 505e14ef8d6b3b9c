"""What was deleted and can be had back for 14 days, by the emulator's clock. Guide: Trash.

Branches and stacks have one each; a new branch starts with an empty one. How things are restored is in
`resources/trash.py`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from stackferry.emulators.contentstack.stack import Taxonomy
    from stackferry.emulators.contentstack.state import Asset, Document, Rows
    from stackferry.model import Json, JsonObject

KEPT = timedelta(days=14)

T = TypeVar("T")


@dataclass(slots=True)
class Deleted(Generic[T]):
    """A thing in the trash, and when and by whom it was deleted."""

    thing: T
    at: datetime
    by: str = ""


@dataclass(slots=True)
class Trash:
    """The tables of the trash; the things of each in the order of their deletion."""

    entries: dict[str, dict[tuple[str, str], Deleted[Document]]] = field(
        default_factory=lambda: defaultdict(dict)
    )  # by content type, then by uid and language
    assets: dict[str, Deleted[Asset]] = field(default_factory=dict)  # files and folders
    content_types: dict[str, Deleted[JsonObject]] = field(default_factory=dict)
    global_fields: dict[str, Deleted[JsonObject]] = field(default_factory=dict)
    taxonomies: dict[str, Deleted[Taxonomy]] = field(default_factory=dict)
    terms: dict[str, dict[str, Deleted[tuple[JsonObject, Rows]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )  # by taxonomy; each with its names in other languages

    def _tables(self) -> Iterator[dict[Any, Deleted[Any]]]:
        yield from (self.assets, self.content_types, self.global_fields, self.taxonomies)
        yield from chain(self.entries.values(), self.terms.values())

    def expire(self, now: datetime) -> None:
        """Forget what has been here for 14 days."""
        for table in self._tables():
            while table and now - table[first := next(iter(table))].at >= KEPT:
                del table[first]

    def holds(self, content_type: str, locale: str, name: str, value: Json, *, except_uid: str) -> bool:
        """Whether an entry in the trash, other than the one of that uid, has a value in a field."""
        return any(
            uid != except_uid and code == locale and deleted.thing.latest.get(name) == value
            for (uid, code), deleted in self.entries[content_type].items()
        )
