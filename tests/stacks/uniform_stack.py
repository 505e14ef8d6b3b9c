"""A stack of any size, for counting requests and measuring time: pages in two languages, all of them published.

It holds nothing that makes an import difficult.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from random_stack import STAMPS, TITLE

if TYPE_CHECKING:
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

LIVE = "bltaaaaaaaaaaaaaa01"
CODES = ("en-us", "fr-fr")


def fill_uniform(
    stack: Stack, *, entries: int, assets: int = 0, versions: int = 1, chained: bool = False
) -> None:
    """Fill an empty stack; the latest version of each page and asset is published in one environment.

    Every second page refers to the page before it; with `chained` every page does.
    """
    french: Row = {"code": "fr-fr", "uid": "bltfr", "name": "French", "fallback_locale": "en-us"}
    stack.main.put_locale({**french, **STAMPS})
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": [], **STAMPS})
    for number in range(assets):
        _asset(stack, number)
    link: Row = {"uid": "link", "display_name": "Link", "data_type": "reference", "reference_to": ["page"],
                 "mandatory": False, "multiple": False, "unique": False}  # fmt: skip
    page: Row = {"uid": "page", "title": "Page", "description": "", "schema": [TITLE, link]}
    page["options"] = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    stack.main.put_content_type({**page, **STAMPS})
    for number in range(entries):
        for code in CODES:
            for version in range(1, versions + 1):
                stack.main.put_entry_version("page", code, _page(number, code, version, chained=chained))


def _asset(stack: Stack, number: int) -> None:
    row: Row = {"uid": f"bltasset{number:08}", "filename": f"{number}.txt", "title": f"{number}", "description": "",
                "tags": [], "parent_uid": None, "is_dir": False, "content_type": "text/plain", "_version": 1,
                "file_size": "8", **STAMPS}  # fmt: skip
    row["publish_details"] = [_live("en-us")]
    stack.main.put_asset(row, b"%8d" % number)


def _page(number: int, code: str, version: int, *, chained: bool) -> Row:
    row: Row = {
        "uid": f"bltpage{number:09}",
        "title": f"Page {number} {code}",
        "tags": [],
        "_version": version,
    }
    if number and (number % 2 or chained):
        row["link"] = [{"uid": f"bltpage{number - 1:09}", "_content_type_uid": "page"}]
    return {**row, "publish_details": [_live(code, version)], **STAMPS}


def _live(code: str, version: int = 1) -> Row:
    return {"environment": LIVE, "locale": code, "version": version, "time": "", "user": ""}
