"""What pages show of objects and their fields, and how much of it: whatever is longer is cut, and the page says so."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.core.word_changes import LinePair, Piece, line_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_OBJECTS: Final = 2_000
MOST_FIELDS: Final = 30  # of an object
_MOST_LETTERS: Final = 20_000  # of a text that is compared
_MOST_LINES: Final = 60  # of a field
_AROUND: Final = 1  # equal lines that are shown around those that differ
MOST_PAGE: Final = 12_000_000  # letters of all fields of a page


class Line(NamedTuple):
    """A line of both sides; None where a side has none. `skipped`: how many equal lines stand here instead."""

    left: Sequence[Piece] | None = None
    right: Sequence[Piece] | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """What changed in one field. `cut`: what is not shown of it, in words."""

    label: str
    lines: Sequence[Line]
    locale: str = ""
    note: str = ""
    cut: str = ""

    @property
    def size(self) -> int:
        pieces = (piece for line in self.lines for side in (line.left, line.right) for piece in side or ())
        return sum(len(piece.text) for piece in pieces) + 100 * len(self.lines)


@dataclass(frozen=True, slots=True)
class Card:
    """One object. `sort` is its kind or its type in words; `changes` and `languages` are what filters look for."""

    title: str
    uid: str
    sort: str
    changes: Sequence[str]
    languages: Sequence[str]
    fields: Sequence[Field]
    facts: Sequence[str] = ()
    more: int = 0  # fields that are not shown

    @property
    def size(self) -> int:
        return 1_000 + sum(field.size for field in self.fields)


class Cards:
    """Cards up to the size of a page; `left_out` counts the others when all are read."""

    def __init__(self, cards: Iterable[Card], *, most: int = MOST_OBJECTS) -> None:
        self._cards, self._most = cards, most
        self.left_out = 0

    def __iter__(self) -> Iterator[Card]:
        size = shown = 0
        for card in self._cards:
            if shown == self._most or size > MOST_PAGE:
                self.left_out += 1
                continue
            shown, size = shown + 1, size + card.size
            yield card


def field(label: str, left: str | None, right: str | None, *, locale: str = "", note: str = "") -> Field:
    """A field of which the sides say something else, with the words that differ; equal paragraphs are left out.

    Paragraphs are paired in full, so that none passes for changed because the other side is too long to be shown.
    """
    lines = [*_lines(left, right)]
    shown, letters = _bounded(lines)
    cut = f"{letters:,} more letters are not shown here" if letters else ""
    if len(shown) < len(lines):
        cut = f"{len(lines) - len(shown):,} more lines"
    return Field(label, shown, locale, note, cut)


def _lines(left: str | None, right: str | None) -> Iterator[Line]:
    return _one_sided(left, right) if left is None or right is None else _skipping(line_pairs(left, right))


def _one_sided(left: str | None, right: str | None) -> Iterator[Line]:
    for line in (left or "").splitlines():
        yield Line(left=[Piece(line, is_changed=True)])
    for line in (right or "").splitlines():
        yield Line(right=[Piece(line, is_changed=True)])


def _bounded(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """The first lines, with as many letters as are shown; and how many letters of them are not."""
    shown: list[Line] = []
    room, left_out = _MOST_LETTERS, 0
    for line in lines[:_MOST_LINES]:
        if not room:
            break
        left, right = _cut(line.left, room), _cut(line.right, room)
        fits = max(_letters(left), _letters(right))
        left_out += max(_letters(line.left), _letters(line.right)) - fits
        room -= fits
        shown.append(Line(left, right, line.skipped))
    return shown, left_out


def _cut(pieces: Sequence[Piece] | None, room: int) -> Sequence[Piece] | None:
    if pieces is None or _letters(pieces) <= room:
        return pieces
    kept: list[Piece] = []
    for piece in pieces:
        kept.append(Piece(piece.text[:room], piece.is_changed))
        room -= len(kept[-1].text)
        if not room:
            break
    return kept


def _letters(pieces: Sequence[Piece] | None) -> int:
    return sum(len(piece.text) for piece in pieces or ())


def _skipping(pairs: Iterable[LinePair]) -> Iterator[Line]:
    """The pairs that differ, with what stands around them."""
    runs = [(is_equal, [*run]) for is_equal, run in groupby(pairs, key=lambda pair: pair.is_equal)]
    for number, (is_equal, run) in enumerate(runs):
        before, after = number > 0, number < len(runs) - 1
        head, tail = _AROUND * before, _AROUND * after
        if not is_equal or len(run) <= head + tail + 1:
            yield from (Line(pair.left, pair.right) for pair in run)
            continue
        yield from (Line(pair.left, pair.right) for pair in run[:head])
        yield Line(skipped=len(run) - head - tail)
        yield from (Line(pair.left, pair.right) for pair in run[len(run) - tail :])
