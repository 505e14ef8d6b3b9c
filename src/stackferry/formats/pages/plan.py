"""The page of a plan: what an import or a copy would do, object by object, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, starmap
from typing import TYPE_CHECKING, Final

from stackferry.formats.pages import engine
from stackferry.formats.pages.rows import MOST_FIELDS, MOST_OBJECTS, Card, Cards, Field, field
from stackferry.formats.plan_facts import FACTS, edits
from stackferry.json_values import as_list, objects, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.reading.told import Reader

_LISTED: Final = 200  # rows of each list


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRows:
    """What the page shows. `rows` gives the objects that are written, as lines of a plan, each with the reader that
    puts it into words; it is called twice.

    `actions`: of each kind how many objects there are of each action. `lists`: further lists by their headings.
    """

    source: str
    target: str
    actions: Mapping[str, Mapping[str, int]]
    facts: Sequence[tuple[str, str]]
    rows: Callable[[], Iterable[tuple[JsonObject, Reader]]]
    lists: Sequence[tuple[str, Sequence[JsonObject]]]


def plan_page(plan: PlanRows, labels: Mapping[str, str]) -> Iterator[bytes]:
    """The page, in pieces. `labels`: what people call a kind."""
    made = _Cards(plan, labels)
    names = [*dict.fromkeys(action for counts in plan.actions.values() for action in counts)]
    return engine.page(
        "plan",
        "filters",
        title="What would be written",
        facts=[("From", plan.source), ("To", plan.target), *plan.facts],
        names=names,
        counts=[
            (labels.get(kind, kind.replace("_", " ")), [counts.get(name, 0) for name in names])
            for kind, counts in plan.actions.items()
        ],
        total=made.total,
        most=MOST_OBJECTS,
        sorts=sorted(made.sorts),
        languages=sorted(made.languages),
        changes=sorted(made.changes),
        cards=Cards(starmap(made.card, plan.rows())),
        lists=[(title, [_listed(row) for row in rows[: _LISTED + 1]]) for title, rows in plan.lists],
    )


class _Cards:
    """Rows of a plan as cards; what filters offer is looked for first."""

    def __init__(self, plan: PlanRows, labels: Mapping[str, str]) -> None:
        self._labels, self._cards = labels, 0
        self.total = 0
        self.sorts, self.languages, self.changes = set[str](), set[str](), set[str]()
        for row, reader in plan.rows():
            self.total += 1
            self.sorts.add(self._sort(row, reader))
            self.languages.update(_languages(row))
            self.changes.add(text(row.get("action")))

    def card(self, row: JsonObject, reader: Reader) -> Card:
        self._cards += 1
        is_shown = self._cards <= MOST_OBJECTS
        uid = text(row.get("uid")) or text(row.get("target"))
        return Card(
            title=text(row.get("title")) or uid,
            uid=uid,
            sort=self._sort(row, reader),
            changes=[text(row.get("action"))],
            languages=_languages(row),
            fields=[*_fields(row, reader)] if is_shown else [],
            facts=[words.format(row[name]) for name, words in FACTS.items() if name in row],
            more=max(0, len(objects(row.get("fields"))) - MOST_FIELDS),
        )

    def _sort(self, row: JsonObject, reader: Reader) -> str:
        kind = text(row.get("kind"))
        words = self._labels.get(kind, kind.replace("_", " "))
        of_type = text(row.get("content_type"))
        return f"{words} of {reader.type_name(of_type)}" if of_type else words


def _fields(row: JsonObject, reader: Reader) -> Iterator[Field]:
    """A field for each change; those of one text are one."""
    done = set[str]()
    for edit in islice(edits(row), MOST_FIELDS):
        told = reader.told(edit)
        if told.root in done:
            continue
        sides = told.left, told.right
        if told.root:
            done.add(told.root)
            whole = reader.whole(edit, told.root)
            sides = whole if whole[0] != whole[1] else sides
        note = "moved" if edit.get("change") == "moved" else ""
        yield field(told.label, *sides, locale=told.locale, note=note)


def _languages(row: JsonObject) -> list[str]:
    codes = {text(row.get("locale")), *texts(as_list(row.get("locales")))}
    return sorted(codes - {""})


def _listed(row: JsonObject) -> str:
    """A gap, or an object that stays, in one line."""
    names = ("kind", "of", "content_type", "uid", "locale", "environment", "path", "title")
    shown = " ".join(str(row[name]) for name in names if row.get(name))
    uids = texts(as_list(row.get("uids")))
    several = f" {', '.join(uids[:10])}{f' and {len(uids) - 10:,} more' if len(uids) > 10 else ''}"
    reason = text(row.get("reason"))
    return f"{shown}{several if uids else ''}{f' - {reason}' if reason else ''}"
