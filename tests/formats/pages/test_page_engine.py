"""The engine: what goes into a page is words, and the browser runs nothing but the page's own script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackferry.formats.pages import engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from browser import Browser

HOSTILE = "<script>document.title = 'run'</script></script><img src=x onerror=alert(1)> \" ' \u202eevil"


def evidence(**more: Any) -> Iterator[bytes]:
    content = {
        "title": HOSTILE, "head": [(HOSTILE, HOSTILE)], "archives": [], "may": [HOSTILE], "may_not": [],
        "columns": [HOSTILE], "rows": iter(()), **more,
    }  # fmt: skip
    return engine.page("evidence", "sorted_table", **content)


def test_a_page_is_written_in_pieces() -> None:
    many = [f"line {number}" for number in range(300)]
    written = [*evidence(may=many)]
    assert b"line 199</li>" in b"".join(written)
    assert b"and 100 more" in b"".join(written)


def test_half_of_a_surrogate_pair_is_shown_as_a_sign() -> None:
    written = b"".join(evidence()).decode().replace(HOSTILE, "")
    assert "<img" not in written
    found = b"".join(evidence(title="\ud800"))
    assert "<title>\ufffd</title>" in found.decode()


def test_a_browser_runs_nothing_of_a_hostile_name(chromium: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(b"".join(evidence()))
    chromium.open(page)
    assert chromium.text("h1") == HOSTILE
    assert chromium.run("document.title").startswith("<script>")
    assert (chromium.messages, chromium.requested) == ([], [page.as_uri()])


def test_what_the_policy_does_not_name_is_refused(chromium: Browser, tmp_path: Path) -> None:
    """Even if a name were not escaped: the policy of the page lets nothing in."""
    page = tmp_path / "page.html"
    hole = b"<script>document.title = 'run'</script><img src='http://other.invalid/x.png'>"
    page.write_bytes(b"".join(evidence()).replace(b"<body>", b"<body>" + hole))
    chromium.open(page)
    assert chromium.run("document.title") != "run"
    told = " ".join(chromium.messages)
    assert "Executing inline script violates" in told
    assert "Loading the image 'http://other.invalid/x.png' violates" in told
