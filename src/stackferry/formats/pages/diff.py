"""The page of `diff`: what two snapshots or places hold differently, for editors."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.formats.pages import engine
from stackferry.formats.pages.rows import MOST_FIELDS, MOST_OBJECTS, Card, Cards, Field, field
from stackferry.json_values import as_list, text, texts
from stackferry.providers.reading.told import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.reading.told import Reader, Told

ADDED, REMOVED, CHANGED, MOVED, PUBLISHED = "only in B", "only in A", "changed", "moved", "publication"
_WORDS: Final = {"added": ADDED, "removed": REMOVED, "changed": CHANGED, "moved": MOVED}
_GAPS: Final = 200


class Count(NamedTuple):
    """How many objects of one sort only one side has, and how many differ."""

    sort: str
    only_a: int
    only_b: int
    changed: int


class _Change(NamedTuple):
    row: JsonObject
    told: Told

    @property
    def owner(self) -> Owner:
        if self.told.owner is not None:
            return self.told.owner
        names = (text(self.row.get(name)) for name in ("kind", "uid", "content_type", "locale"))
        return Owner(*names)

    @property
    def word(self) -> str:
        """What kind of change it is, as the filter has it."""
        if self.told.is_live:
            return PUBLISHED
        word = text(self.row.get("change"))
        if self.row.get("path") and word in ("added", "removed"):
            return CHANGED  # the object is on both sides
        return _WORDS.get(word) or _by_sides(self.row)


class DiffPage:
    """Changes, object by object, in the order of their types and titles. `labels`: what people call a kind."""

    def __init__(
        self,
        rows: Sequence[JsonObject],
        told: Sequence[Told],
        reader: Reader,
        labels: Mapping[str, str],
    ) -> None:
        self._rows, self._told, self._reader, self._labels = rows, told, reader, labels
        changes = self._changes(range(len(rows)))
        keys = [(self._sort(one.owner), *_place(one)) for one in changes]
        self._order = sorted(range(len(rows)), key=keys.__getitem__)

    def written(self, names: Sequence[str], gaps: Sequence[JsonObject]) -> Iterator[bytes]:
        """The page, in pieces. `names` are those of A and of B."""
        counts = [*self._counts()]
        total = sum(one.only_a + one.only_b + one.changed for one in counts)
        return engine.page(
            "diff",
            "filters",
            title="What is different",
            names=names,
            counts=counts,
            total=total,
            cut=max(0, total - MOST_OBJECTS),
            changes=[CHANGED, ADDED, REMOVED, MOVED, PUBLISHED],
            sorts=sorted({one.sort for one in counts}),
            languages=self._languages(),
            gaps=[_gap(gap) for gap in gaps[: _GAPS + 1]],
            cards=Cards(self._cards()),
        )

    def _changes(self, order: Sequence[int]) -> Iterator[_Change]:
        return (_Change(self._rows[at], self._told[at]) for at in order)

    def _sort(self, owner: Owner) -> str:
        if owner.content_type:
            return self._reader.type_name(owner.content_type)
        return self._labels.get(owner.kind, owner.kind.replace("_", " "))

    def _objects(self) -> Iterator[tuple[Owner, list[_Change]]]:
        for owner, changes in groupby(self._changes(self._order), key=lambda one: one.owner):
            yield owner, [*changes]

    def _counts(self) -> Iterator[Count]:
        counts: Counter[tuple[str, str]] = Counter()
        for owner, changes in self._objects():
            words = {one.word for one in changes}
            word = next((one for one in (REMOVED, ADDED) if one in words), CHANGED)
            counts[self._sort(owner), word] += 1
        for sort in sorted({sort for sort, _ in counts}):
            yield Count(sort, counts[sort, REMOVED], counts[sort, ADDED], counts[sort, CHANGED])

    def _languages(self) -> list[str]:
        found = {code for one in self._changes(self._order) for code in _languages([one])}
        return sorted(found)

    def _cards(self) -> Iterator[Card]:
        for number, (owner, changes) in enumerate(self._objects()):
            # What is not shown is not put into words either.
            fields = [*self._fields(changes)] if number < MOST_OBJECTS else []
            titles = (text(one.row.get("title")) for one in changes)
            yield Card(
                title=next(filter(None, titles), "") or owner.uid,
                uid=owner.uid,
                sort=self._sort(owner),
                changes=sorted({one.word for one in changes}),
                languages=_languages(changes),
                fields=fields[:MOST_FIELDS],
                more=max(0, len(fields) - MOST_FIELDS),
            )

    def _fields(self, changes: list[_Change]) -> Iterator[Field]:
        """A field for each change; those of one text are one."""
        done = set[str]()
        for row, told in changes:
            if not row.get("path") and row.get("kind") != "schedules":
                yield from self._whole(row)
            elif not told.root:
                yield field(told.label, told.left, told.right, locale=told.locale, note=_note(row))
            elif told.root not in done:
                done.add(told.root)
                yield from self._text(told, [one for one in changes if one.told.root == told.root])

    def _whole(self, row: JsonObject) -> Iterator[Field]:
        """An object that one side alone has: what it says there."""
        left, right = self._reader.whole(row, "")
        is_left = _WORDS.get(text(row.get("change"))) == REMOVED or ("right" not in row and "left" in row)
        words = left if is_left else right
        if words:
            yield field("", words if is_left else None, None if is_left else words, note=_note(row))

    def _text(self, told: Told, changes: list[_Change]) -> Iterator[Field]:
        """A text as a whole; where its words are the same, what else of it changed."""
        left, right = self._reader.whole(changes[0].row, told.root)
        if left != right:
            yield field(told.label, left, right, locale=told.locale)
            return
        for one in changes:
            yield field(told.label, one.told.left, one.told.right, locale=told.locale, note="not its words")


def _by_sides(row: JsonObject) -> str:
    if row.get("path") or ("left" in row) == ("right" in row):
        return CHANGED
    return REMOVED if "left" in row else ADDED


def _place(one: _Change) -> tuple[str, ...]:
    return text(one.row.get("title")).casefold(), *one.owner


def _languages(changes: list[_Change]) -> list[str]:
    """The languages that changes are about."""
    codes = {
        code
        for row, told in changes
        for code in (text(row.get("locale")), told.locale, *texts(as_list(row.get("locales"))))
    }
    return sorted(codes - {""})


def _note(row: JsonObject) -> str:
    """What else a change names: a variant, what is scheduled, since when something is missing."""
    words = {"variant": "variant {}", "action": "{}", "at": "at {}", "missing_since": "missing since {}"}
    parts = [form.format(row[name]) for name, form in words.items() if row.get(name)]
    if row.get("kind") == "schedules" and row.get("environment"):
        parts.append(f"in {row['environment']}")
    return ", ".join([*parts, *(["moved"] if row.get("change") == "moved" else [])])


def _gap(gap: JsonObject) -> str:
    return " ".join(
        str(gap[name])
        for name in ("kind", "content_type", "uid", "locale", "path", "reason")
        if gap.get(name)
    )
