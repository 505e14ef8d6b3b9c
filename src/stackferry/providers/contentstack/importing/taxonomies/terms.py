"""Taxonomies with their terms: a whole tree in one call where the target lacks it, else term by term.

`POST /taxonomies/import` brings a taxonomy with all of its terms; its answer counts them (`terms_count`) and shows
none. A listing then says which of them are there and where; what is missing is made singly, what stands elsewhere is
moved. Terms that were made or moved are confirmed by one more listing. Pure.
API pages: Taxonomy, "Import a taxonomy", "Create a term", "Move/Reorder a term", "Get all terms of a taxonomy".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry import exact_json
from stackferry.json_values import as_object, integer, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.answers import read_answer, report_gaps
from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload, write_object
from stackferry.providers.contentstack.importing.taxonomies.term_order import (
    Tree,
    arrange,
    leftwards,
    numbers_under,
    out_of_order,
)
from stackferry.providers.contentstack.importing.taxonomies.term_places import Reading, TermPlaces
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests.build import get, sent_body
from stackferry.providers.contentstack.requests.objects import import_taxonomy, move_term
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Step, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackferry.providers.contentstack.importing.taxonomies.term_order import Place

# What a file holds of a taxonomy and of a term: the order is that of the rows. An object with more goes by itself.
_OF_TAXONOMY, _OF_TERM = {"uid", "name", "description"}, {"uid", "name", "parent_uid", "order"}


class TermPlan:
    """The taxonomies of one import; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._rows = {text(row.get("uid")): row for row in context.source.objects(Stream("taxonomies"))}
        terms, held = (
            _by_taxonomy(context.source.objects(Stream("terms"))),
            _by_taxonomy(context.target.objects(Stream("terms"))),
        )
        self._taxonomies = [
            _Taxonomy(context, uid, Tree(terms.get(uid, [])), Tree(held.get(uid, [])))
            for uid in {**self._rows, **terms}
        ]

    def taxonomies(self) -> Iterator[Step]:
        """Every taxonomy; one that the target lacks with all of its terms."""
        for one in self._taxonomies:
            if one.uid in self._rows:
                yield one.write(self._rows[one.uid])

    def read_imported(self) -> Iterator[Step]:
        """What the target shows of the trees that were imported in one call."""
        for one in self._taxonomies:
            if one.places.was_imported:
                yield from one.places.read(Reading.IMPORTED)

    def terms(self) -> Iterator[Step]:
        """Every term that is not there yet, behind the one before it; those that stand elsewhere are moved."""
        for one in self._taxonomies:
            yield from one.terms()

    def read_written(self) -> Iterator[Step]:
        """What the target shows of the taxonomies in which a term was made or moved."""
        for one in self._taxonomies:
            if one.has_placed:
                yield from one.places.read(Reading.WRITTEN)

    def mend(self) -> Iterator[Step]:
        """Siblings that still stand in another order are moved to the left, one after the other."""
        for one in self._taxonomies:
            yield from one.mend()

    def read_mended(self) -> Iterator[Step]:
        for one in self._taxonomies:
            if one.has_mended:
                yield from one.places.read(Reading.MENDED)

    def report(self) -> Iterator[Step]:
        """A gap for each term that stands elsewhere, and for each taxonomy whose order nobody told."""
        for one in self._taxonomies:
            if gaps := list(one.gaps()):
                yield report_gaps(f"places/{one.uid}", kinds.TERMS.name, gaps)


def _by_taxonomy(rows: Iterator[JsonObject]) -> dict[str, list[JsonObject]]:
    found: dict[str, list[JsonObject]] = {}
    for row in rows:
        if isinstance(row.get("term"), dict):
            found.setdefault(text(row.get("taxonomy")), []).append(as_object(row["term"]))
    return found


class _Taxonomy:
    """One taxonomy with its terms."""

    def __init__(self, context: ImportContext, uid: str, tree: Tree, held: Tree) -> None:
        self._context, self.uid, self._tree, self._held = context, uid, tree, held
        self.places = TermPlaces(context, uid, tree, held)
        self.has_placed = self.has_mended = False
        self._path = f"{kinds.TAXONOMIES.path}/{quote(uid, safe='')}"

    # --- the taxonomy ---

    def write(self, row: JsonObject) -> Write:
        """The taxonomy alone, or with all of its terms."""
        # Where it is live is no field: it is published there, when its terms are in place.
        names = {name: value for name, value in row.items() if name != "publish_details"}
        payload = _without_nulls(kinds.TAXONOMIES.own_fields(names))
        planned = ObjectWrite(kind=kinds.TAXONOMIES, uid=self.uid, payload=lambda: payload)
        single = write_object(self._context, planned)
        return _TreeWrite(self, single).write() if self._goes_whole(payload.body) else single

    def _goes_whole(self, body: JsonObject) -> bool:
        """Whether the target lacks the taxonomy, and a file holds all that is known of it and its terms."""
        options, tree = self._context.options, self._tree
        if not tree.terms or self._held.terms or not options.includes(kinds.TAXONOMIES.name):
            return False
        if self._context.once(matches).row(kinds.TAXONOMIES.name, self.uid) is not None:
            return False
        is_plain = all(kinds.TERMS.own_fields(term).keys() <= _OF_TERM for term in tree.terms.values())
        # A term whose parent is not there, or in a circle, is refused by itself.
        return is_plain and body.keys() <= _OF_TAXONOMY and tree.is_whole()

    def file(self, taxonomy: JsonObject) -> bytes:
        """The form in which a taxonomy is exported and imported: itself, and its terms in the order of the tree."""
        terms = (self._tree.terms[uid] for uid in self._tree.depth_first())
        rows = [
            {"uid": one["uid"], "name": one.get("name"), "parent_uid": one.get("parent_uid")} for one in terms
        ]
        return exact_json.dumps({"taxonomy": taxonomy, "terms": [*rows]})

    def all_terms(self) -> list[tuple[str, str, str]]:
        """The identities of all terms, whose uids are the same everywhere."""
        return [self.places.identity(uid) for uid in self._tree.terms]

    # --- its terms ---

    def terms(self) -> Iterator[Step]:
        """Nothing of a tree that was imported in one call, as far as the target shows it where it should be."""
        now = self.places.now()
        if now is None:
            return
        seen: set[str] = set()
        for parent, siblings in self._tree.parents_first():
            seen.update(siblings)
            yield from self._siblings(parent, siblings, now)
        for uid in self._tree.terms.keys() - seen:  # its parents form a circle, which the service refuses
            yield self._object(uid, [], is_new=uid not in now, order=None)

    def _siblings(self, parent: str, siblings: Sequence[str], now: Mapping[str, Place]) -> Iterator[Step]:
        placed = self._placed(parent, siblings, now)
        first = [f"terms/{self.uid}/{parent}", f"place/{self.uid}/{parent}"] if parent else []
        last: list[str] = []
        for uid in siblings:
            is_new, order = uid not in now, placed.get(uid)
            after = [f"taxonomies/{self.uid}", *first, *(last if order else ())]
            if is_new or not self.places.was_imported:
                yield self._object(uid, after, is_new=is_new, order=order)
            if is_new:
                self.has_placed = True
            elif order:
                self.has_placed = True
                yield self._move(f"place/{self.uid}/{uid}", uid, order, [*after, f"terms/{self.uid}/{uid}"])
            if order:
                last = [f"terms/{self.uid}/{uid}", f"place/{self.uid}/{uid}"]

    def _placed(self, parent: str, siblings: Sequence[str], now: Mapping[str, Place]) -> dict[str, int]:
        """The siblings that are to be made or moved, and to which number. Where no order is told none is moved."""
        if not self._tree.is_told(siblings) or not self._context.options.includes(kinds.TERMS.name):
            return {}
        numbers = numbers_under(now, parent)
        if not self.places.is_told(numbers):
            return {uid: number for number, uid in enumerate(siblings, 1) if uid not in now}
        wanted = [uid for uid in siblings if uid in numbers or uid not in now or self._may_move(uid)]
        return dict(arrange(wanted, numbers, self._may_move))

    def _may_move(self, uid: str) -> bool:
        return uid not in self._held.terms or self._context.options.on_conflict == "update"

    def _object(self, uid: str, after: Sequence[str], *, is_new: bool, order: int | None) -> Write:
        """A term that is made, or one that is there: an update names it anew, and another call moves it."""
        body = kinds.TERMS.own_fields(self._tree.terms[uid])
        body.pop("order", None)
        if not is_new:
            body.pop("parent_uid", None)
        elif order is not None:
            body["order"] = order
        planned = ObjectWrite(
            kind=kinds.TERMS,
            uid=uid,
            scope=self.uid,
            path=f"{self._path}/terms",
            payload=partial(_without_nulls, body),
            after=after,
        )
        return write_object(self._context, planned)

    def _move(self, key: str, uid: str, order: int, after: Sequence[str]) -> Write:
        # The page: a term with children is moved only by force.
        force = uid in self._tree.siblings or uid in self._held.siblings
        parent = self._tree.places[uid].parent
        request = move_term(f"{self._path}/terms/{quote(uid, safe='')}", parent, order, force=force)
        return Write(
            key=key,
            kind=kinds.TERMS.name,
            build=lambda: PreparedWrite(request=request),
            read=partial(read_answer, kinds.TERMS),
            failed=self._gap(uid, "the target refused to move it to its place"),
            after=after,
        )

    # --- their order ---

    def mend(self) -> Iterator[Step]:
        """Only where all siblings may be moved; the others are reported."""
        now = self.places.latest()
        if now is None or not (self.has_placed or self.places.was_imported):
            return
        for parent, siblings in self._tree.parents_first():
            numbers = numbers_under(now, parent)
            if not self._tree.is_told(siblings) or not self.places.is_told(numbers):
                continue
            last: list[str] = []
            if any(out_of_order(siblings, numbers)) and all(map(self._may_move, siblings)):
                self.has_mended = True
                for uid, order in leftwards(siblings, numbers):
                    key = f"mend/{self.uid}/{uid}"
                    yield self._move(key, uid, order, last)
                    last = [key]

    def gaps(self) -> Iterator[Gap]:
        """What the last reading shows; without one, as in a dry run, what was found before and left alone."""
        if not self._context.options.includes(kinds.TERMS.name):
            return
        now = self.places.latest()
        is_read, now = now is not None, self._held.places if now is None else now
        for parent, siblings in self._tree.parents_first():
            there = {uid for uid in siblings if uid in now}
            numbers = {uid: number for uid, number in numbers_under(now, parent).items() if uid in there}
            if is_read:
                yield from self._lost(uid for uid in siblings if uid not in there)
            if not self._tree.is_told(siblings):
                yield self._gap("*", f"the snapshot does not tell the order of {len(siblings)} of its terms")
            elif not self.places.is_told(numbers):
                yield self._gap("*", f"the target does not tell the order of {len(siblings)} of its terms")
            else:
                misplaced = {*out_of_order(siblings, numbers)} | there - numbers.keys()
                yield from self._misplaced(misplaced, is_read=is_read)

    def _lost(self, uids: Iterable[str]) -> Iterator[Gap]:
        for uid in uids:
            if self.places.is_made(uid):
                yield self._gap(uid, "the target took it, but does not list it")

    def _misplaced(self, misplaced: set[str], *, is_read: bool) -> Iterator[Gap]:
        for uid in sorted(misplaced):
            if self._may_move(uid):
                if is_read:
                    yield self._gap(uid, "the target shows it at another place among its siblings")
            elif self._context.options.on_conflict != "skip":
                reason = "it stands at another place in the target and was left there (--on-conflict update moves it)"
                yield self._gap(uid, reason)

    def _gap(self, uid: str, reason: str) -> Gap:
        return Gap(kind=kinds.TERMS.name, uid=uid, path=self.uid, reason=reason)


class _TreeWrite:
    """A taxonomy with all of its terms in one call, or alone where the service refuses that."""

    def __init__(self, taxonomy: _Taxonomy, single: Write) -> None:
        self._taxonomy, self._single, self._is_whole = taxonomy, single, True

    def write(self) -> Write:
        return replace(
            self._single, build=self._build, read=self._read, fallback=self._fallback, probe=self._probe
        )

    def _build(self) -> PreparedWrite:
        self._is_whole = True
        built = self._single.build()
        if built.request is None:
            return built
        file = self._taxonomy.file(as_object(sent_body(built.request).get(kinds.TAXONOMIES.object_key)))
        return replace(built, request=import_taxonomy(self._taxonomy.uid, file, ()))

    def _fallback(self) -> PreparedWrite:
        self._is_whole = False
        return self._single.build()

    def _read(self, answer: JsonObject) -> WriteResult:
        """The terms count as made only if the service says that all of them are; a listing says which ones are."""
        result = self._single.read(answer)
        if not self._is_whole:
            return result
        count = integer(as_object(answer.get(kinds.TAXONOMIES.object_key)).get("terms_count"))
        terms = self._taxonomy.all_terms()
        made = terms if count is None or count == len(terms) else []
        return replace(result, identities=[*result.identities, self._taxonomy.places.imported, *made])

    def _probe(self, _: JsonObject) -> Probe:
        path = f"{kinds.TAXONOMIES.path}/{quote(self._taxonomy.uid, safe='')}"
        key = kinds.TAXONOMIES.object_key

        def found(answer: JsonObject) -> list[JsonObject]:
            return [answer] if as_object(answer.get(key)).get("uid") == self._taxonomy.uid else []

        return Probe(request=get(path, ("include_terms_count", "true")), found=found, required_key=key)


def _without_nulls(body: JsonObject) -> Payload:
    return Payload({name: value for name, value in body.items() if value is not None})
