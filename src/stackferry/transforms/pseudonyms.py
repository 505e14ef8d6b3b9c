"""Keyed pseudonyms of texts and numbers: the same value always gets the same one, and two values never share one.

Each letter becomes a letter of the same alphabet and case, each digit a digit; all other characters stay. Among texts
of one shape this is a permutation that depends on the key (a Feistel network over the values of the characters), so
what was unique stays unique. A domain of an e-mail address gets the ending `.example`, which no mail reaches. An
address by which people are reached keeps its beginning (`mailto:`). Texts of two or three letters have few pseudonyms,
and may keep their value. Of dates only days up to the 28th stay unique. Pure.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from stackferry.exact_json import dumps, loads
from stackferry.transforms.markup import reached, tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ROUNDS: Final = 10
_LONGEST: Final = 64  # characters that are permuted together; longer texts go piece by piece
_EMAIL: Final = re.compile(r"([^@\s<>()]+)@([^@\s<>()]+\.[^@\s<>()]+)")
_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?=$|T)")
_DECIMAL: Final = re.compile(r"(-?)(\d+)(?:\.(\d+))?([eE][+-]?\d+)?")
_WEB: Final = re.compile(r"(?i)(https?://)(\S+)")
_MARKUP: Final = re.compile(r"(<[^<>]*>|&#?\w+;)")
_UPPER, _LOWER, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
_DAYS: Final = 28  # every month has them


@cache
def _alphabet(letter: str) -> str:
    """The letters that a letter may become; empty for what stays as it is."""
    for known in (_UPPER, _LOWER, _DIGITS):
        if letter in known:
            return known
    kind, block = unicodedata.category(letter), ord(letter) & ~0xFF
    if kind not in ("Lu", "Ll", "Lo"):
        return ""
    # A letter beyond ASCII becomes one of the 256 around it that are of its kind, and never one of an alphabet above:
    # two letters would then have one pseudonym.
    around = (one for one in map(chr, range(block, block + 256)) if one.isprintable() and not one.isascii())
    return "".join(one for one in around if unicodedata.category(one) == kind)


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The pseudonyms of one key."""

    key: bytes

    def of(self, value: str, *, pages: bool = False) -> str:
        """The pseudonym of a text. `pages`: in HTML also of addresses of pages of the same site."""
        if to_reach := reached(value, self.of):
            return to_reach
        if web := _WEB.fullmatch(value):
            return web[1] + self._permuted(web[2], "text")
        if email := _EMAIL.fullmatch(value):
            return f"{self._permuted(email[1], 'local')}@{self._permuted(email[2], 'domain')}.example"
        if date := _DATE.match(value):
            return self._date(date) + value[date.end() :]
        return "".join(
            self._markup(part, pages=pages) if number % 2 else self._permuted(part, "text")
            for number, part in enumerate(_MARKUP.split(value))
        )

    def _markup(self, part: str, *, pages: bool) -> str:
        """A tag, a comment or an entity."""
        return tag(part, self.of, pages=pages) if part.startswith("<") else part

    def of_number(self, value: int) -> int:
        """The pseudonym of a whole number: as many digits, and the same sign."""
        digits = str(abs(value))
        first, rest = digits[0], digits[1:]
        if first == "0":
            return value
        letters, radixes = [int(first) - 1, *map(int, rest)], [9, *[10] * len(rest)]
        found = self._feistel(letters, radixes, f"number {len(digits)}")
        changed = int("".join(map(str, [found[0] + 1, *found[1:]])))
        return -changed if value < 0 else changed

    def of_decimal(self, value: float, *, keeps_whole: bool = False) -> float:
        """The pseudonym of a number with a fraction: as many digits before and behind the point, and the same sign.

        `keeps_whole`: only the fraction changes. A last digit that is none stays so, and no other becomes one: services
        do not keep a 0 at the end.
        """
        found = _DECIMAL.fullmatch(dumps(value).decode())
        if found is None:
            return value
        sign, whole, fraction, rest = found.groups(default="")
        head = whole if keeps_whole else str(self.of_number(int(whole)))
        digits = [int(digit) for digit in fraction.rstrip("0")]
        if digits:
            radixes = [*[10] * (len(digits) - 1), 9]
            changed = self._feistel([*digits[:-1], digits[-1] - 1], radixes, f"fraction {len(digits)}")
            fraction = "".join(map(str, [*changed[:-1], changed[-1] + 1])) + fraction[len(digits) :]
        text = f"{sign}{head}{'.' if fraction else ''}{fraction}{rest}"
        return loads(text.encode())  # type: ignore[return-value]  # it is a number

    def _date(self, date: re.Match[str]) -> str:
        """Another day: of a date in the range that calendars know, and one that every month has."""
        year, month, day = map(int, date.groups())
        century = year - year % 100
        first = century or min(year, 1)  # no calendar has a year 0
        places = [year - first, (month - 1) % 12, min(day, _DAYS) - 1]
        radices = [century + 100 - first, 12, _DAYS]
        changed = self._feistel(places, radices, f"date {century} {day > _DAYS and day}")
        return f"{first + changed[0]:04}-{changed[1] + 1:02}-{changed[2] + 1:02}"

    def _permuted(self, value: str, purpose: str) -> str:
        letters = [*value]
        movable = [(at, alphabet) for at, letter in enumerate(letters) if (alphabet := _alphabet(letter))]
        shape = "".join("-" if not _alphabet(one) else _alphabet(one)[0] for one in letters[: 4 * _LONGEST])
        for start in range(0, len(movable), _LONGEST):
            piece = movable[start : start + _LONGEST]
            places = [alphabet.index(letters[at]) for at, alphabet in piece]
            radixes = [len(alphabet) for _, alphabet in piece]
            changed = self._feistel(places, radixes, f"{purpose} {start} {shape}")
            for (at, alphabet), place in zip(piece, changed, strict=True):
                letters[at] = alphabet[place]
        return "".join(letters)

    def _feistel(self, places: Sequence[int], radixes: Sequence[int], tweak: str) -> list[int]:
        """A permutation of all texts with these radixes, one for each tweak."""
        middle = (len(places) + 1) // 2
        halves = [places[:middle], places[middle:]]
        bases = [radixes[:middle], radixes[middle:]]
        values = [_number(*one) for one in zip(halves, bases, strict=True)]
        sizes = [_size(one) for one in bases]
        if sizes[1] == 1:  # one character: moved by a number that is never a whole turn
            step = 1 + self._hashed(tweak, 0, 0, sizes[0] - 1) if sizes[0] > 1 else 0
            values[0] = (values[0] + step) % sizes[0]
        else:
            for turn in range(_ROUNDS):
                mine = turn % 2
                values[mine] += self._hashed(tweak, turn, values[1 - mine], sizes[mine])
                values[mine] %= sizes[mine]
        return [place for value, base in zip(values, bases, strict=True) for place in _places(value, base)]

    def _hashed(self, tweak: str, turn: int, value: int, size: int) -> int:
        """A number below `size` that only the key tells."""
        length = (
            size.bit_length() + 7
        ) // 8 + 8  # so many more bytes that no number is likelier than another
        data = b"\0".join(
            [self.key, tweak.encode("utf-8", "surrogatepass"), str(turn).encode(), hex(value).encode()]
        )
        return (
            int.from_bytes(hashlib.shake_256(len(self.key).to_bytes(4, "big") + data).digest(length), "big")
            % size
        )


def _size(radixes: Sequence[int]) -> int:
    size = 1
    for radix in radixes:
        size *= radix
    return size


def _number(places: Sequence[int], radixes: Sequence[int]) -> int:
    number = 0
    for place, radix in zip(places, radixes, strict=True):
        number = number * radix + place
    return number


def _places(number: int, radixes: Sequence[int]) -> Iterator[int]:
    found: list[int] = []
    for radix in reversed(radixes):
        number, place = divmod(number, radix)
        found.append(place)
    return reversed(found)
