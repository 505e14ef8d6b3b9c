"""Where the target shows the terms of a taxonomy: before the import, and each time that they are read. Pure.

A reading lists all terms of one taxonomy and keeps their places as identities, so that a resumed import knows them.
API page: Taxonomy, "Get all terms of a taxonomy".
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.json_values import integer, objects, text
from stackferry.model import Gap, JsonObject
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.taxonomies.term_order import Place, place_of
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackferry.providers.contentstack.importing.taxonomies.term_order import Tree
    from stackferry.providers.target import ImportContext

    Fact = tuple[str, str, str]

_PLACES = "term_places"


class Reading(StrEnum):
    """When the terms of a taxonomy are read, in this order."""

    IMPORTED = "imported"
    WRITTEN = "written"
    MENDED = "mended"


class TermPlaces:
    """The places of one taxonomy's terms in the target. `held` are the terms that it had before."""

    def __init__(self, context: ImportContext, taxonomy: str, tree: Tree, held: Tree) -> None:
        self._identity, self._taxonomy, self._tree, self._held = context.identity, taxonomy, tree, held
        self.imported: Fact = ("term_trees", taxonomy, taxonomy)

    def identity(self, uid: str) -> Fact:
        return kinds.TERMS.name, f"{self._taxonomy}\0{uid}", uid

    @property
    def was_imported(self) -> bool:
        """Whether the taxonomy was sent with all of its terms."""
        return self._identity.target(*self.imported[:2]) is not None

    def now(self) -> Mapping[str, Place] | None:
        """Where the terms stood before any was written singly; None where that was not read."""
        return self._places(Reading.IMPORTED) if self.was_imported else self._held.places

    def latest(self) -> Mapping[str, Place] | None:
        """What the last reading shows; None where there is none."""
        found = (self._places(reading) for reading in reversed(Reading))
        return next((places for places in found if places is not None), None)

    def is_told(self, numbers: Mapping[str, int]) -> bool:
        """Whether the target tells the order of these siblings: numbers begin with 1."""
        return len(numbers) < 2 or 0 not in numbers.values()

    def _places(self, reading: Reading) -> Mapping[str, Place] | None:
        if self._identity.target(_PLACES, f"{reading}\0{self._taxonomy}") is None:
            return None
        found: dict[str, Place] = {}
        for uid in {**self._tree.terms, **self._held.terms}:
            kept = self._identity.target(_PLACES, f"{reading}\0{self._taxonomy}\0{uid}")
            if kept is not None:
                order, _, parent = kept.partition("\0")
                found[uid] = Place(parent, int(order) if order else None)
        return found

    def read(self, reading: Reading) -> Iterator[Await]:
        """All of the taxonomy's terms, page after page."""
        terms = {**self._tree.terms, **self._held.terms}
        there = [uid for uid in terms if uid in self._held.terms or self.is_made(uid)]
        if terms:
            listing = _Listing(self._taxonomy, self._tree, reading, len(there))
            yield Await(
                key=f"places/{self._taxonomy}/{reading}",
                kind=kinds.TERMS.name,
                request=list_objects(
                    kinds.TERMS,
                    *(*kinds.TERMS.params, ("asc", kinds.TERMS.sort_key), *page_params(0)),
                    path=f"{kinds.TAXONOMIES.path}/{quote(self._taxonomy, safe='')}/terms",
                ),
                observe=listing.observe,
                required_key=kinds.TERMS.list_key,
                next_page=partial(next_page, kinds.TERMS.list_key),
                gaps=listing.gaps,
            )

    def is_made(self, uid: str) -> bool:
        """Whether the target took the term."""
        return self._identity.target(*self.identity(uid)[:2]) is not None


class _Listing:
    """One reading. It is read again while the target shows fewer terms than it took."""

    def __init__(self, taxonomy: str, tree: Tree, reading: Reading, expected: int) -> None:
        self._taxonomy, self._tree, self._reading, self._expected = taxonomy, tree, reading, expected
        self._rows: list[JsonObject] | None = None

    def observe(self, answer: JsonObject) -> Observation:
        if not answer:
            return Observation()
        self._rows = objects(answer.get(kinds.TERMS.list_key))
        mark = f"{self._reading}\0{self._taxonomy}"
        found = [(_PLACES, mark, "read")]
        for row in self._rows:
            uid, (parent, order) = text(row.get("uid")), place_of(row)
            found.append((_PLACES, f"{mark}\0{uid}", f"{'' if order is None else order}\0{parent}"))
            # Of a file of which not all terms were imported, nothing else says which ones were.
            if self._reading is Reading.IMPORTED and uid in self._tree.terms:
                found.append((kinds.TERMS.name, f"{self._taxonomy}\0{uid}", uid))
        count = integer(answer.get("count"))
        is_short = count is not None and count < self._expected
        return Observation(found, [("term_counts", mark, str(count))] if is_short else [])

    def gaps(self, _: Sequence[Fact]) -> list[Gap]:
        """Names that differ from those that were sent in a file: no answer showed them. A refusal confirms nothing."""
        if self._rows is None:
            return [self._gap("*", "the target refused to list its terms, so their order was not checked")]
        if self._reading is not Reading.IMPORTED:
            return []
        sent = ((row, self._tree.terms.get(text(row.get("uid")))) for row in self._rows)
        return [
            self._gap(text(row.get("uid")), f"the target stored the name {row.get('name')!r}")
            for row, term in sent
            if term is not None and term.get("name") != row.get("name")
        ]

    def _gap(self, uid: str, reason: str) -> Gap:
        return Gap(kind=kinds.TERMS.name, uid=uid, path=self._taxonomy, reason=reason)
