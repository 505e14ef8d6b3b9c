"""The page of `diff`: what an editor sees, clicks and prints; and that hostile names are words and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from edited_snapshot import HOME, HOSTILE, edit_pages, edited_snapshot

from parsed_page import Page, check_policy
from repository import SAMPLES
from stackferry.formats.pages.diff import DiffPage
from stackferry.formats.pages.rows import MOST_OBJECTS
from stackferry.library.verify import diff
from stackferry.providers.reading.plain import PlainReader

if TYPE_CHECKING:
    from pathlib import Path

    from browser import Browser


def edit_german(rows: dict[str, Any]) -> None:
    rows[HOME]["title"] = "Am Hafen"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import anyio

    home = tmp_path_factory.mktemp("nights")
    original = SAMPLES / "harbour-guide"
    edits = {"entries/page/en-us.jsonl": edit_pages, "entries/page/de-de.jsonl": edit_german}
    later, file = edited_snapshot(original, home / "later", edits), home / "diff.html"

    async def written() -> None:
        await diff(original, later, html=file)

    anyio.run(written)
    return file


def test_the_page_has_words_for_every_edit(page: Path) -> None:
    """Names of fields, blocks and environments; rich text as text; no pointer and no JSON."""
    content = page.read_text("utf-8")
    seen = Page(content)
    labels = {" ".join(words.split()) for words in seen.words["th"]}
    assert {
        "Title", "Sections › block Hero › Heading", "Sections › block Text › Body", "Sections › block Teasers moved",
        "Sections › block Practical › Opening › Hours 1 › Closes", "Published in preview",
    } <= labels  # fmt: skip
    assert "Put in front." in seen.words["td"]
    assert "/sections/" not in content


def test_hostile_names_are_words_and_nothing_else(page: Path) -> None:
    content = page.read_text("utf-8")
    check_policy(content)
    assert HOSTILE in Page(content).words["h3"]
    assert not Page(content).of("img")


def test_an_editor_reads_filters_and_prints_it(page: Path, chromium: Browser) -> None:
    chromium.emulate()
    chromium.open(page)
    assert chromium.text("#count") == "4 of 4 shown"
    assert HOSTILE in chromium.shown(".card h3")
    chromium.choose("#change", "only in A")
    assert chromium.shown(".card h3") == ["About this guide"]
    chromium.choose("#change", "all")
    chromium.choose("#language", "de-de")
    assert chromium.shown(".card h3") == ["Am Hafen"]
    chromium.choose("#language", "all")
    chromium.click("#words")
    chromium.type("LIVELY seeing")
    assert chromium.text("#count") == "1 of 4 shown"
    assert {"Put in front.", "and lively "} <= {*chromium.shown(".card:not([hidden]) ins")}
    chromium.click("#close")
    assert chromium.shown(".card ins") == []
    chromium.click("#open")
    assert "Put in front." in chromium.shown(".card ins")
    assert chromium.run("document.title") == "What is different"
    assert (chromium.messages, chromium.requested) == ([], [page.as_uri()])


def test_the_keyboard_reaches_everything(page: Path, chromium: Browser) -> None:
    """Filters in their order, then the objects, each of which Enter closes and opens."""
    chromium.emulate()
    chromium.open(page)
    seen = []
    for _ in range(7):
        chromium.press("Tab")
        seen.append(chromium.run("document.activeElement.id || document.activeElement.tagName"))
    assert seen == ["words", "sort", "language", "change", "open", "close", "SUMMARY"]
    assert chromium.style("summary", "outlineStyle") != "none"
    chromium.press("Enter")
    assert chromium.run("document.querySelector('details').open") is False
    labels = "Array.from(document.querySelectorAll('input, select')).every((one) => one.labels.length === 1)"
    assert chromium.run(labels) is True


def test_on_a_telephone_both_sides_stand_below_their_field(page: Path, chromium: Browser) -> None:
    chromium.emulate(width=400)
    chromium.open(page)
    box = "document.querySelector('.sides {}').getBoundingClientRect()"
    assert chromium.run(f"{box.format('th[scope=rowgroup]')}.bottom <= {box.format('td')}.top + 1")
    assert chromium.run("document.documentElement.scrollWidth <= innerWidth")
    chromium.emulate()


def test_it_is_light_dark_and_printed_whole(page: Path, chromium: Browser) -> None:
    chromium.emulate()
    chromium.open(page)
    light = chromium.style("body", "backgroundColor")
    chromium.emulate(dark=True)
    assert chromium.style("body", "backgroundColor") != light
    chromium.emulate(dark=True, medium="print")
    assert chromium.style("body", "backgroundColor") == light
    assert chromium.shown(".filters") == []
    # Of a short change the name stands on the page of its fields; a long one may go over several pages.
    assert chromium.style(".card:not(:has(tr:nth-child(8)))", "breakInside") == "avoid"
    chromium.emulate()


def changed(number: int) -> dict[str, Any]:
    return {
        "change": "changed", "kind": "entries", "content_type": "page", "uid": f"u{number:06}", "locale": "en-us",
        "title": f"Title {number:06}", "path": "/title", "left": "old words", "right": f"new words {number}",
    }  # fmt: skip


def test_a_page_of_very_many_objects_opens(tmp_path: Path, chromium: Browser) -> None:
    """It shows the first of them, says how many there are, and where the rest is."""
    reader, rows = PlainReader(), [changed(number) for number in range(10_000)]
    file = tmp_path / "many.html"
    pieces = DiffPage(rows, [reader.told(row) for row in rows], reader, {}).written(("a", "b"), [])
    file.write_bytes(b"".join(pieces))
    assert file.stat().st_size < 5_000_000
    chromium.emulate()
    chromium.open(file)
    assert chromium.text("#count") == f"{MOST_OBJECTS} of {MOST_OBJECTS} shown"
    assert "first 2,000 of 10,000 objects" in chromium.text("header .warn")
    assert "8,000 more objects" in chromium.text("main > .warn")


def test_long_texts_show_what_changed_and_not_the_rest() -> None:
    reader = PlainReader()
    left = "\n".join(f"paragraph {number}" for number in range(500))
    row = {**changed(1), "left": left, "right": left.replace("paragraph 250", "another 250")}
    content = b"".join(DiffPage([row], [reader.told(row)], reader, {}).written(("a", "b"), [])).decode()
    assert "… 249 equal lines …" in " ".join(Page(content).words["td"])
    assert "<del>paragraph</del>" in content.replace("\n", "")
