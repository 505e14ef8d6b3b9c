"""Pseudonyms are stable, unlike their values, of the same shape, and never shared."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from stackferry.transforms.pseudonyms import Pseudonyms

KEY = b"an invented key of a test"
MINE, OTHER = Pseudonyms(KEY), Pseudonyms(KEY + b"2")


def shape(text: str) -> str:
    return re.sub("[A-Z]", "A", re.sub("[a-z]", "a", re.sub("[0-9]", "0", text)))


@pytest.mark.parametrize(
    "text", ["Ada Quayside", "+44 20 7946 0958", "O'Neill-Smith", "AB-1234", "0049 (30) 1"]
)
def test_names_and_phones_keep_their_shape(text: str) -> None:
    assert shape(MINE.of(text)) == shape(text)
    assert MINE.of(text) != text
    assert MINE.of(text) == Pseudonyms(KEY).of(text) != OTHER.of(text)


def test_an_address_stays_one_and_reaches_nobody() -> None:
    found = MINE.of("ada.quayside@harbour.example.com")
    assert re.fullmatch(r"[a-z]{3}\.[a-z]{8}@[a-z]{7}\.[a-z]{7}\.[a-z]{3}\.example", found)
    # Whoever shares a domain still does.
    assert MINE.of("bo@harbour.example.com").partition("@")[2] == found.partition("@")[2]


@pytest.mark.parametrize(
    ("alphabet", "length"), [("ab", 1), ("0123456789", 2), ("abcdefghijklmnopqrstuvwxyz", 2)]
)
def test_no_two_values_share_a_pseudonym(alphabet: str, length: int) -> None:
    values = ["".join(one) for one in product(alphabet, repeat=length)]
    assert len({MINE.of(value) for value in values}) == len(values)


@given(some.sets(some.text(max_size=90), min_size=2, max_size=20))
@example({"o", "û"})  # letters of two alphabets
def test_what_was_unique_stays_unique(values: set[str]) -> None:
    plain = {value for value in values if not re.match(r"\d{4}-\d{2}-\d{2}", value)}
    assert len({MINE.of(value) for value in plain}) == len(plain)


@pytest.mark.parametrize("text", ["Möwe", "Ширина", "漢字の名前", "منارة", "İstanbul"])
def test_letters_of_any_script_stay_letters_of_it(text: str) -> None:
    found = MINE.of(text)
    assert found != text
    assert len(found) == len(text)
    assert [ord(one) >> 8 for one in found] == [ord(one) >> 8 for one in text]


def test_markup_stays_and_its_texts_go() -> None:
    assert re.fullmatch(
        r"<p class=\"x\">[A-Z][a-z]{2} &amp; <b>[A-Z][a-z]</b></p>",
        MINE.of('<p class="x">Ada &amp; <b>Bo</b></p>'),
    )


@given(some.dates().map(lambda day: day.isoformat()))
@example("0065-10-06")  # of the first century, which has 99 years
def test_a_date_becomes_a_date(day: str) -> None:
    from datetime import date

    assert date.fromisoformat(MINE.of(day)).year // 100 == int(day[:2])
    assert MINE.of(f"{day}T08:15:00.000Z").endswith("T08:15:00.000Z")


@given(some.integers())
def test_a_number_has_as_many_digits(number: int) -> None:
    found = MINE.of_number(number)
    assert len(str(found)) == len(str(number))
    assert (found < 0) is (number < 0)


def test_numbers_stay_unique() -> None:
    assert len({MINE.of_number(number) for number in range(-99, 1000)}) == 1099


def test_letters_of_all_alphabets_stay_unique() -> None:
    """Every letter of the first planes, alone and before another one."""
    letters = [one for one in map(chr, range(0x3000)) if one.isalpha()]
    assert len({MINE.of(one) for one in letters}) == len(letters)
    assert len({MINE.of(f"{one}x") for one in letters}) == len(letters)
