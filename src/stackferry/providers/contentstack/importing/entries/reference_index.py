"""What the entries of a snapshot refer to, and what they are called: each document is read once.

The index grows as entries are read: in an import from a snapshot all at once, in a copy as they arrive. Pure.
"""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.references.model import Reference, ReferenceKind
from stackferry.providers.contentstack.references.rewrite import find_references
from stackferry.providers.contentstack.schema.rule_violations import breaks_rules, unique_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.entries import Entry, EntryVersion
    from stackferry.providers.source import RecordStore, Table
    from stackferry.providers.target import ImportContext


class ReferenceIndex:
    """What is known of the entries so far.

    `edges`: which entry's first document refers to which other entry: from, to, whether it must. `links`: the same of
    all its documents. `named`: the entries with a version that has a name. `others`: the entries whose first document
    refers to something that is no entry. `lacking`: the entries with a mandatory reference to
    something that cannot be imported. `outdated`: the entries with a version, the latest one included, that may break
    the rules that its type has today. `titles`: a number for each entry, equal where entries of one type that are
    created together have the same title then. `shared`: the content types in which a title belonged to more than one
    entry of a language, at whatever time.
    """

    def __init__(self, context: ImportContext) -> None:
        self._source, self._scratch = context.source, context.scratch
        self._content = context.once(read_content)
        self.edges, self.links = context.scratch.table(3), context.scratch.table(2)
        self.lacking, self.outdated = context.scratch.table(1), context.scratch.table(1)
        self.named, self.others = context.scratch.table(1), bytearray(len(self._content.entries))
        self.titles = array("i", bytes(4 * len(self._content.entries)))
        self._first_titles = array("q", bytes(8 * len(self._content.entries)))
        self.shared: set[str] = set()
        self._numbered = 0
        self._titles, self._unique = context.scratch.table(2), context.scratch.table(2)

    def read(self, numbers: Collection[int]) -> None:
        """Read every document of these entries."""
        for number, entry in zip(numbers, self._content.entries.with_numbers(numbers), strict=True):
            for document in entry.versions:
                self._read_document(number, entry, document)
        # Two entries of a type have had one title in one language.
        same = (number for _, number in _repeated(self._titles))
        self.shared = {self._content.entries.name(number)[0] for number in same}
        self.outdated.add((number,) for pair in _repeated(self._unique) for number in pair)

    def number_titles(self, created: Iterable[int]) -> None:
        """Give entries that are created together their `titles`, once: what is read later does not change them."""
        found = self._scratch.table(2)
        found.add((self._first_titles[number], number) for number in created)
        before = None
        for title, number in found:
            self._numbered += title != before
            self.titles[number], before = self._numbered, title

    def needs(self, number: int) -> list[int]:
        """The entries that an entry's first document refers to."""
        return [other for _, other, _ in self.edges.of(number)]

    def first_edges(self) -> Iterator[tuple[int, int]]:
        """Which entry's first document refers to which other entry."""
        return ((number, other) for number, other, _ in self.edges)

    def _read_document(self, number: int, entry: Entry, document: EntryVersion) -> None:
        body, is_first = document.load(self._source), document is entry.versions[0]
        kind, title = entry.content_type, text(body.get("title"))
        self._titles.add([(hash((kind, document.locale, title)), number)])
        if is_first:
            self._first_titles[number] = hash((kind, title))
        self._read_rules(number, document, body)
        found: dict[int, bool] = {}
        for reference in find_references(self._content.schemas[kind], body):
            other = self._content.entries.number(reference.uid) if reference.may_be_entry else None
            if other is None and is_first:
                self.others[number] = True
            if other is not None:
                found[other] = found.get(other, False) or reference.mandatory
            elif reference.mandatory and not _is_held(self._source, reference):
                self.lacking.add([(number,)])
        if is_first:
            self.edges.add((number, other, must) for other, must in found.items())
        self.links.add((number, other) for other in found)
        if body.get("_version_name"):
            self.named.add([(number,)])

    def _read_rules(self, number: int, document: EntryVersion, body: JsonObject) -> None:
        """Note a document that may break a rule, and its values that no other entry may have."""
        schema = self._content.schemas[document.content_type]
        is_master = document.locale == self._content.master_locale
        if breaks_rules(schema, body, is_master=is_master):
            self.outdated.add([(number,)])
        for path, value in unique_values(schema, body, is_master=is_master):
            # That titles were passed on at different times is looked for by itself (`shared`).
            if path != "/title" or not document.record_number:
                place = (document.content_type, document.locale, path, exact_json.dumps(value))
                self._unique.add([(hash(place), number)])


def _repeated(table: Table) -> Iterator[tuple[int, int]]:
    """The entries, two by two, that have the same value, of a table of values and entries."""
    return ((one, two) for (value, one), (other, two) in pairwise(table) if value == other and one != two)


def _is_held(source: RecordStore, reference: Reference) -> bool:
    """Whether what a reference names can be imported: an asset without its bytes cannot."""
    if reference.kind is ReferenceKind.ASSET:
        asset = source.get(Stream("assets"), reference.uid) or {}
        return source.get(Stream("files"), reference.uid, integer(asset.get("_version")) or 1) is not None
    return reference.kind not in (ReferenceKind.ENTRY,)
