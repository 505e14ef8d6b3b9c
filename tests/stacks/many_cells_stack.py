"""A stack of many content types and languages without references: every document is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from random_stack import STAMPS, TITLE
from small_stack import LIVE

if TYPE_CHECKING:
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack


def fill_many_cells(stack: Stack, *, types: int, languages: int, entries_each: int) -> None:
    """Fill an empty stack: each type has so many entries, each with a document in every language."""
    codes = ["en-us", *(f"x{number:02}-zz" for number in range(1, languages))]
    for number, code in enumerate(codes[1:]):
        locale: Row = {"code": code, "uid": f"bltloc{number:02}", "name": code, "fallback_locale": "en-us"}
        stack.main.put_locale({**locale, **STAMPS})
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": [], **STAMPS})
    for number in range(types):
        kind: Row = {"uid": f"kind_{number}", "title": f"Kind {number}", "description": "", "schema": [TITLE]}
        kind["options"] = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
        stack.main.put_content_type({**kind, **STAMPS})
        for place in range(entries_each):
            for code in codes:
                row: Row = {"uid": f"bltcell{number:03}{place:06}", "title": f"Row {number} {place} {code}",
                            "tags": [], "_version": 1, **STAMPS}  # fmt: skip
                live: Row = {"environment": LIVE, "locale": code, "version": 1, "time": "", "user": ""}
                stack.main.put_entry_version(f"kind_{number}", code, {**row, "publish_details": [live]})
