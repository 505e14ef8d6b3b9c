"""The report in a real browser, of a project whose names are hostile: an auditor sorts, filters and prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from test_evidence_page import HOSTILE, evidence_of

from stackferry.formats.evidence.page import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from browser import Browser

ROWS = ".attempts tbody tr"
FIRST = f"{ROWS} td:first-child > div > div:first-child"
_ALL = len(HOSTILE)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = evidence_of(*HOSTILE)
    for number, one in enumerate(found.rows):
        one["release_id"], one["queued_on"] = _ALL - number, f"2026-01-{number + 1:02}T00:00:00.5Z"
        one["marks"] = ["approval skipped"] if number % 2 else ["no approval at all"]
    file = tmp_path_factory.mktemp("evidence") / "report.html"
    file.write_bytes(b"".join(page(found, {})))
    return file


@pytest.fixture
def shown(chromium: Browser, report: Path) -> Iterator[Browser]:
    chromium.emulate()
    chromium.open(report)
    yield chromium
    assert (chromium.messages, chromium.requested) == ([], [report.as_uri()])


def releases(shown: Browser) -> list[Any]:
    """The ids of the releases that are shown, from the top."""
    script = f"Array.from(document.querySelectorAll('{ROWS}')).filter((row) => row.checkVisibility())"
    return list(shown.run(f"{script}.map((row) => Number(row.cells[0].dataset.key))"))


def test_every_name_is_shown_as_it_is(shown: Browser) -> None:
    assert shown.shown(FIRST) == [*HOSTILE]
    assert shown.run("document.querySelectorAll('img, [onerror], [onmouseover], [onfocus]').length") == 0


def test_a_click_sorts_and_another_one_the_other_way(shown: Browser) -> None:
    assert releases(shown) == [*range(_ALL, 0, -1)]
    shown.click(".attempts thead th:nth-child(1) button")
    assert releases(shown) == [*range(1, _ALL + 1)]
    assert shown.run("document.querySelector('thead th').getAttribute('aria-sort')") == "ascending"
    shown.click(".attempts thead th:nth-child(1) button")
    assert releases(shown) == [*range(_ALL, 0, -1)]
    shown.click(".attempts thead th:nth-child(3) button")
    assert releases(shown) == [*range(_ALL, 0, -1)]
    assert shown.run("document.querySelectorAll('[aria-sort]').length") == 1


def test_a_column_is_sorted_from_the_keyboard(shown: Browser) -> None:
    shown.run("document.querySelector('.attempts thead button').focus()")
    shown.press("Enter")
    assert releases(shown) == [*range(1, _ALL + 1)]


def test_a_time_is_one_line(shown: Browser) -> None:
    """Beside names of any length, and nothing but the table is wider than the window."""
    height = (
        "document.querySelector('.attempts tbody td:nth-child(3) > div > div').getBoundingClientRect().height"
    )
    for width in (1280, 400):
        shown.emulate(width=width)
        assert shown.run(height) < 30
        assert shown.run("document.documentElement.scrollWidth <= innerWidth")
    shown.emulate()


def test_filters_narrow_the_rows_together(shown: Browser) -> None:
    shown.choose("#mark", "=approval skipped")
    assert releases(shown) == [_ALL - number for number in range(1, _ALL, 2)]
    assert shown.text("#count") == f"{_ALL // 2} of {_ALL} attempts"
    shown.choose("#mark", "all")
    shown.choose("#stage", "=" + HOSTILE[0])
    assert releases(shown) == [_ALL]
    shown.choose("#stage", "all")
    shown.click("#words")
    shown.type("ONERROR img")
    assert releases(shown) == [_ALL - 1]
    shown.run("document.querySelector('#words').value = ''")
    for name, value in (("since", "2026-01-03"), ("until", "2026-01-05")):
        shown.choose(f"#{name}", value)
    assert releases(shown) == [_ALL - 2, _ALL - 3]


def test_it_is_printed_whole_and_without_its_controls(shown: Browser) -> None:
    shown.emulate(medium="print")
    assert shown.style(".filters", "display") == "none"
    assert shown.style(".wide", "overflow") == "visible"
    cut = f"Array.from(document.querySelectorAll('{ROWS} td > div'))"
    assert shown.run(f"{cut}.filter((one) => getComputedStyle(one).overflow !== 'visible').length") == 0
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert shown.run(wide) is True
    printed = shown.printed()
    assert printed.startswith(b"%PDF-")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") > 1


def test_only_what_is_filtered_is_printed(shown: Browser) -> None:
    shown.choose("#stage", "=" + HOSTILE[0])
    shown.emulate(medium="print")
    assert releases(shown) == [_ALL]
