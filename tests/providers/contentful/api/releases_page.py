"""The page "Timeline releases", read line by line: its sections, filters, orders and errors."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import pytest

from repository import SHARED

# The page's headings, each with the operation that the errors below it are about.
SECTIONS = {
    "Create release": "create",
    "Get all releases": "list",
    "Get a release": "get",
    "Update release": "update",
    "Delete a release": "delete",
    "Create validation release action": "validate",
    "Publish release": "publish",
    "Archive release": "archive",
    "Get all release actions": "actions",
    "Get a release action": "action",
}


class Line(NamedTuple):
    """An error that the page lists: which operation is refused with which status, and when."""

    operation: str
    status: int
    when: str


@cache
def lines() -> tuple[str, ...]:
    page = SHARED / "api/contentful-releases.txt"
    if not page.exists():
        pytest.skip("the page of releases is not beside this project")
    return tuple(page.read_text("utf-8").splitlines())


def errors() -> list[Line]:
    """Every error of the page, in its order."""
    found: list[Line] = []
    operation, status = "", 0
    for line in lines():
        operation = SECTIONS.get(line.strip(), operation)
        if match := re.match(r"\s*• (\d{3}) ", line):
            status = int(match[1])
        elif match := re.match(r"\s+• (.+)", line):
            if status:
                found.append(Line(operation, status, match[1].strip()))
        elif line.strip():
            status = 0
    return found


def filters(section: str) -> list[str]:
    """The lines of a section's table of filters."""
    rows = lines()
    start = rows.index("FilterDescription", rows.index(section))
    end = next(at for at in range(start, len(rows)) if not rows[at].strip())
    return list(rows[start + 1 : end])


def sentences() -> list[str]:
    """The lines of the page that are neither errors nor filters nor the headings of `SECTIONS`."""
    known = {error.when for error in errors()} | {*SECTIONS}
    known |= {*filters("Get all releases"), *filters("Get all release actions")}
    rows = [(line.strip().removeprefix("• "), line.startswith("  • ")) for line in lines()]
    found = [text for text, is_item in rows if text and (is_item or text not in known)]
    return [text for text in found if not re.match(r"\d{3} (\(\w+\) )?Error is returned", text)]
