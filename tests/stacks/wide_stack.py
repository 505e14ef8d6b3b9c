"""A stack with many independent objects: some 260 writes, few of which wait for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from every_kind_stack import fill_every_kind
from random_stack import STAMPS, TITLE
from small_stack import LIVE

if TYPE_CHECKING:
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

TYPES, ENTRIES_EACH, ASSETS = 8, 22, 16


def fill_wide(stack: Stack) -> None:
    """Fill an empty stack: one object of every kind, and many entries and assets that are published."""
    fill_every_kind(stack)
    for number in range(TYPES):
        kind: Row = {"uid": f"wide_{number}", "title": f"Wide {number}", "description": "", "schema": [TITLE]}
        kind["options"] = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
        stack.main.put_content_type({**kind, **STAMPS})
        for place in range(ENTRIES_EACH):
            row: Row = {"uid": f"bltwide{number}{place:06}", "title": f"Row {place}", "tags": [], "_version": 1,
                        "publish_details": [_live()], **STAMPS}  # fmt: skip
            stack.main.put_entry_version(f"wide_{number}", "en-us", row)
    for number in range(ASSETS):
        asset: Row = {"uid": f"bltwide{number:08}", "filename": f"wide-{number}.txt", "title": f"Wide {number}",
                      "description": "", "tags": [], "parent_uid": None, "is_dir": False, "content_type": "text/plain",
                      "_version": 1, "file_size": "8", "publish_details": [_live()], **STAMPS}  # fmt: skip
        stack.main.put_asset(asset, b"%8d" % number)


def _live() -> Row:
    return {"environment": LIVE, "locale": "en-us", "version": 1, "time": "", "user": ""}
