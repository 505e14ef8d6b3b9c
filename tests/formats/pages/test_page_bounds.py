"""Names that turn the direction of writing or are very long, and texts that are too long to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parsed_page import Page
from stackferry.formats.pages import engine
from stackferry.formats.pages.diff import DiffPage
from stackferry.formats.pages.directions import balanced
from stackferry.formats.pages.rows import Card, Cards, field
from stackferry.providers.reading.plain import PlainReader

if TYPE_CHECKING:
    from pathlib import Path

    from browser import Browser


def page_of(*cards: Card) -> bytes:
    content: dict[str, Any] = {
        "names": ("a", "b"), "counts": [], "total": len(cards), "cut": 0, "changes": ["changed"], "languages": [],
        "sorts": sorted({card.sort for card in cards}), "gaps": [], "cards": Cards(cards),
    }  # fmt: skip
    return b"".join(engine.page("diff", "filters", title="Differences", **content))


def card(title: str, sort: str = "page") -> Card:
    return Card(title=title, uid="blt01", sort=sort, changes=["changed"], languages=["en-us"], fields=[])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u2066open", "\u2066open\u2069"),
        ("\u2067one\u2068two\u2069", "\u2067one\u2068two\u2069\u2069"),
        ("closed\u2069 too early", "closed too early"),
        ("\u2066line\nnext\u2069", "\u2066line\u2069\nnext"),
        ("\u2067kept\u2069", "\u2067kept\u2069"),
        ("plain", "plain"),
    ],
)
def test_isolates_end_with_the_text_that_opened_them(text: str, shown: str) -> None:
    assert balanced(text) == shown


@pytest.mark.parametrize("title", ["photo\u202egnp\u2066", "photo\u2069\u202egnp"])
def test_a_title_turns_nothing_beside_it(title: str, chromium: Browser, tmp_path: Path) -> None:
    """What follows the title on its line stands there from left to right."""
    file = tmp_path / "page.html"
    file.write_bytes(page_of(card(title)))
    chromium.emulate()
    chromium.open(file)
    places = chromium.run(
        "Array.from(document.querySelectorAll('.card .mark, .card .soft > *')).map((one) => "
        "one.getBoundingClientRect().left)"
    )
    assert len(places) == 4
    assert places == sorted(places)


def test_a_title_of_a_million_letters_is_cut_and_a_blank_one_is_the_uid() -> None:
    content = page_of(card("M" * 1_000_000), card(" "))
    assert len(content) < 50_000
    cut, uid = Page(content.decode()).words["h3"]
    assert cut.endswith("… (1,000,000 letters)")
    assert uid == "blt01"


def test_a_type_with_a_control_character_can_be_chosen(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(page_of(card("one", "odd \x07 type"), card("two", "page")))
    chromium.open(file)
    chromium.choose("#sort", "odd \ufffd type")
    assert chromium.shown(".card h3") == ["one"]


def test_paragraphs_beyond_what_is_shown_do_not_pass_for_deleted() -> None:
    """A very long paragraph was put in front; what follows it is on both sides, whether it is shown or not."""
    old = "Herring in seven ways.\nBring a knife."
    long = field("Story", old, f"{'word ' * 200_000}\n{old}")
    deleted = [piece.text for line in long.lines for piece in line.left or () if piece.is_changed]
    assert deleted == []
    assert "more" in long.cut


def test_a_changed_word_of_a_long_paragraph_is_marked_alone() -> None:
    old = "word " * 30_000
    found = field("Story", old, old.replace("word", "whale", 1))
    assert [piece.text for piece in found.lines[0].right or () if piece.is_changed] == ["whale"]


def test_a_page_of_a_long_text_is_small() -> None:
    row: dict[str, Any] = {
        "kind": "entries", "uid": "blt01", "path": "/story", "change": "changed", "left": "a", "right": "b" * 10**6,
    }  # fmt: skip
    reader = PlainReader()
    pieces = DiffPage([row], [reader.told(row)], reader, {}).written(("a", "b"), [])
    assert sum(map(len, pieces)) < 60_000
