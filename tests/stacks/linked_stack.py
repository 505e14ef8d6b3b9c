"""A stack of entries that refer to each other in rings and chains, some in two languages, and of assets.

front ──► about ──► team ──► door ──► front      (pages; the last one closes the ring)
  │         └─────► note1                        (another type; `team` reaches it from an older version only)
  └───────► lost                                 (an entry that was deleted)
alone                                            (refers to nothing, and nothing refers to it)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from random_stack import STAMPS, TITLE

if TYPE_CHECKING:
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

LIVE = "bltbbbbbbbbbbbbb01"
FRONT, ABOUT, TEAM, DOOR, ALONE = (f"bltbbbbbbbbbbbbb1{number}" for number in range(5))
NOTES = [f"bltbbbbbbbbbbbbb2{number}" for number in range(3)]
LOST = "bltbbbbbbbbbbbbb99"
LOGO, PHOTO, INLINE, UNUSED = (f"bltbbbbbbbbbbbbb3{number}" for number in range(4))
HOST = "http://emulator.invented"  # the origin that the workbench gives the emulator
LEVELS = ({FRONT}, {ABOUT}, {TEAM, NOTES[0]}, {DOOR, NOTES[1], NOTES[2]})


def fill_linked(stack: Stack) -> None:
    """Fill an empty stack."""
    branch = stack.main
    french: Row = {
        "code": "fr-fr",
        "uid": "bltbbbbbbbbbbbbb02",
        "name": "French",
        "fallback_locale": "en-us",
    }
    branch.put_locale({**french, **STAMPS})
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": [], **STAMPS})
    for uid in (LOGO, PHOTO, INLINE, UNUSED):
        _asset(stack, uid)
    for uid in ("page", "note"):
        branch.put_content_type(_type(uid))
    put = branch.put_entry_version
    put("page", "en-us", page(FRONT, "Front", ABOUT, LOST, picture=LOGO))
    put("page", "fr-fr", page(FRONT, "Accueil", ABOUT, LOST))
    address = f'<img src="{HOST}/v3/assets/blt_old/{INLINE}/{1:024x}/file.txt">'
    put("page", "en-us", page(ABOUT, "About", TEAM, NOTES[0], text=address))
    put("page", "en-us", page(TEAM, "Team", NOTES[1], DOOR, picture=PHOTO))
    shown: Row = {"environment": LIVE, "locale": "en-us", "version": 1, "time": "", "user": ""}
    put("page", "en-us", {**page(TEAM, "Team", DOOR), "_version": 2, "publish_details": [shown]})
    put("page", "en-us", page(DOOR, "Door", FRONT))
    put("page", "en-us", page(ALONE, "Alone"))
    put("page", "fr-fr", page(ALONE, "Seul"))
    for number, uid in enumerate(NOTES):
        put("note", "en-us", page(uid, f"Note {number}", *NOTES[2:] if number == 0 else ()))


def _type(uid: str) -> Row:
    links: Row = {"uid": "links", "display_name": "Links", "data_type": "reference", "mandatory": False,
                  "reference_to": ["page", "note"], "multiple": True, "unique": False,
                  "field_metadata": {"ref_multiple": True, "ref_multiple_content_types": True}}  # fmt: skip
    picture: Row = {"uid": "picture", "display_name": "Picture", "data_type": "file", "mandatory": False,
                    "multiple": False, "unique": False}  # fmt: skip
    text: Row = {"uid": "text", "display_name": "Text", "data_type": "text", "mandatory": False, "multiple": False,
                 "unique": False, "field_metadata": {"allow_rich_text": True}}  # fmt: skip
    title = {**TITLE, "unique": False}
    row: Row = {"uid": uid, "title": uid, "description": "", "schema": [title, links, picture, text]}
    row["options"] = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    return {**row, **STAMPS}


def page(uid: str, title: str, *links: str, picture: str | None = None, text: str = "") -> Row:
    """The first version of a page or a note."""
    links_value = [{"uid": one, "_content_type_uid": "note" if one in NOTES else "page"} for one in links]
    row: Row = {
        "uid": uid,
        "title": title,
        "links": links_value,
        "picture": picture,
        "text": text,
        "tags": [],
    }
    return {**row, "_version": 1, "publish_details": [], **STAMPS}


def _asset(stack: Stack, uid: str) -> None:
    row: Row = {"uid": uid, "filename": "file.txt", "title": uid, "description": "", "tags": [], "parent_uid": None,
                "is_dir": False, "content_type": "text/plain", "_version": 1, "file_size": "4", **STAMPS}  # fmt: skip
    row["url"] = f"{HOST}/v3/assets/blt_old/{uid}/{1:024x}/file.txt"
    stack.main.put_asset(row, b"file")
