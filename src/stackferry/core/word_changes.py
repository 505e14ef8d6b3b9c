"""Which words of a text were changed: paragraphs are paired first, then the words of each pair. Pure.

Texts of any length are compared in bounded time: what is too long to be compared word by word counts as changed.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A word, a run of blanks, a sign; of scripts without blanks between words each letter.
_ALONE: Final = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN: Final = re.compile(rf"[{_ALONE}]|[^\W{_ALONE}]+|\s+|.")
_MOST_PAIRS: Final = 1_000_000  # comparisons of two words, or of two lines
_MOST_LETTERS: Final = 100_000  # of the lines of two texts that are compared word by word
_MOST_LINES: Final = 40  # of a run of lines that are paired by what they have in common
_ALIKE: Final = 0.3  # the part of their words that two lines share which are one line, edited


class Piece(NamedTuple):
    """A part of a line; `is_changed`: the other side does not have it."""

    text: str
    is_changed: bool


class LinePair(NamedTuple):
    """A line of both texts; None where one of them has no such line."""

    left: tuple[Piece, ...] | None
    right: tuple[Piece, ...] | None

    @property
    def is_equal(self) -> bool:
        return self.left == self.right


def line_pairs(left: str, right: str) -> Iterator[LinePair]:
    """Both texts side by side, line by line, with the words that differ."""
    one, other = left.splitlines(), right.splitlines()
    room = _MOST_LETTERS
    for tag, start, end, first, last in _opcodes(one, other):
        here, there = one[start:end], other[first:last]
        if tag == "equal":
            yield from (LinePair(same, same) for line in here for same in [(Piece(line, is_changed=False),)])
            continue
        letters = sum(map(len, here)) + sum(map(len, there))
        is_one = len(here) == len(there) == 1
        yield from (_paired if letters <= room or (is_one and room > 0) else _by_place)(here, there)
        room -= letters


def _by_place(left: list[str], right: list[str]) -> Iterator[LinePair]:
    """Lines as they stand, each changed as a whole."""
    for pair in zip_longest(left, right):
        yield LinePair(*(None if line is None else (Piece(line, is_changed=True),) for line in pair))


def word_changes(left: str, right: str) -> LinePair:
    """Two lines with the words that differ."""
    one, other = _TOKEN.findall(left), _TOKEN.findall(right)
    here, there = list[Piece](), list[Piece]()
    for tag, start, end, first, last in _opcodes(one, other):
        is_changed = tag != "equal"
        _add(here, one[start:end], is_changed=is_changed)
        _add(there, other[first:last], is_changed=is_changed)
    return LinePair(tuple(here), tuple(there))


def _add(pieces: list[Piece], words: Sequence[str], *, is_changed: bool) -> None:
    if words:
        pieces.append(Piece("".join(words), is_changed))


def _opcodes(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """As those of difflib, in bounded time: what both begin and end with is never looked at twice."""
    start = _same(left, right)
    end = _same(left[start:][::-1], right[start:][::-1])
    here, there = left[start : len(left) - end], right[start : len(right) - end]
    if start:
        yield "equal", 0, start, 0, start
    if len(here) * len(there) > _MOST_PAIRS:
        yield "replace", start, start + len(here), start, start + len(there)
    else:
        for tag, *at in SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
            yield tag, start + at[0], start + at[1], start + at[2], start + at[3]
    if end:
        yield "equal", len(left) - end, len(left), len(right) - end, len(right)


def _same(left: Sequence[str], right: Sequence[str]) -> int:
    """With how many equal elements both begin."""
    shorter = min(len(left), len(right))
    return next((at for at in range(shorter) if left[at] != right[at]), shorter)


def _paired(left: list[str], right: list[str]) -> Iterator[LinePair]:
    """Lines that stand for each other: those with words in common, in their order; the others stand alone."""
    at = 0, 0
    for here, there in [*_alike(left, right), (len(left), len(right))]:
        yield from (LinePair((Piece(line, is_changed=True),), None) for line in left[at[0] : here])
        yield from (LinePair(None, (Piece(line, is_changed=True),)) for line in right[at[1] : there])
        if here < len(left):
            yield word_changes(left[here], right[there])
        at = here + 1, there + 1


def _alike(left: list[str], right: list[str]) -> list[tuple[int, int]]:
    """The pairs of places with most in common, ascending on both sides."""
    if len(left) == len(right) == 1:
        return [(0, 0)]
    if max(len(left), len(right)) > _MOST_LINES:
        return [(at, at) for at in range(min(len(left), len(right)))]
    words, others = [_words(line) for line in left], [_words(line) for line in right]
    best: dict[tuple[int, int], tuple[float, list[tuple[int, int]]]] = {}
    nothing: tuple[float, list[tuple[int, int]]] = (0.0, [])
    for here in range(len(left)):
        for there in range(len(right)):
            found = max(best.get((here - 1, there), nothing), best.get((here, there - 1), nothing))
            alike = _likeness(words[here], others[there])
            if alike >= _ALIKE:
                score, pairs = best.get((here - 1, there - 1), nothing)
                found = max(found, (score + alike, [*pairs, (here, there)]))
            best[here, there] = found
    return best.get((len(left) - 1, len(right) - 1), nothing)[1]


def _words(line: str) -> Counter[str]:
    return Counter(word for word in _TOKEN.findall(line) if not word.isspace())


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
