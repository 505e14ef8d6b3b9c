"""A stack small enough to cut its import at every request, with one of each thing that makes an import difficult.

Two languages, two entries with mandatory references to each other, an old version that is still published, an entry
without a master document, an asset of two versions in a folder, a locked release, an entry that is scheduled to be
published and an asset that is scheduled to be unpublished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from random_stack import NAMES, STAMPS, TITLE

if TYPE_CHECKING:
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

LIVE, FOLDER, PICTURE = "bltaaaaaaaaaaaaaa01", "bltaaaaaaaaaaaaaa02", "bltaaaaaaaaaaaaaa03"
HEN, EGG, ABROAD, RELEASE = (f"bltaaaaaaaaaaaaaa{number}" for number in ("11", "12", "13", "21"))
LATER, DOWN, NEW_YEAR = "bltaaaaaaaaaaaaaa31", "bltaaaaaaaaaaaaaa32", "2099-01-01T00:00:00.000Z"


def fill_small(stack: Stack) -> None:
    """Fill an empty stack."""
    branch = stack.main
    french: Row = {
        "code": "fr-fr",
        "uid": "bltaaaaaaaaaaaaaa04",
        "name": "French",
        "fallback_locale": "en-us",
    }
    branch.put_locale({**french, **STAMPS})
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": [], **STAMPS})
    folder: Row = {
        "uid": FOLDER,
        "name": "Pictures",
        "is_dir": True,
        "parent_uid": None,
        "tags": [],
        "_version": 1,
    }
    branch.put_asset({**folder, "content_type": "application/vnd.contenstack.folder", **STAMPS})
    _picture(stack)
    partner: Row = {"uid": "partner", "display_name": "Partner", "data_type": "reference", "mandatory": True,
                    "reference_to": ["page"], "multiple": False, "unique": False}  # fmt: skip
    picture: Row = {"uid": "picture", "display_name": "Picture", "data_type": "file", "mandatory": False,
                    "multiple": False, "unique": False}  # fmt: skip
    page: Row = {"uid": "page", "title": "Page", "description": "", "schema": [TITLE, partner, picture]}
    page["options"] = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    branch.put_content_type({**page, **STAMPS})
    _entries(stack)
    release: Row = {"uid": RELEASE, "name": "Spring", "description": "", "locked": True, "status": []}
    item: Row = {"action": "publish", "content_type_uid": "page", "uid": HEN, "locale": "en-us", "version": 1}
    branch.put_release({**release, "_deploy_latest": False, **STAMPS}, [{**item, "title": "Hen"}])
    _schedules(stack)


def fill_small_without_schedule(stack: Stack) -> None:
    """Fill an empty stack: the small one, but no entry is scheduled to be published."""
    fill_small(stack)
    del stack.main.queue[LATER]
    stack.main.waiting.remove(LATER)


def fill_small_with_owners(stack: Stack) -> None:
    """Fill an empty stack: the small one, and something of every kind that other objects are listed for."""
    fill_small(stack)
    stack.put_taxonomy({"uid": "tags", "name": "Tags"})
    group: Row = {"uid": "bltgroup1", "name": "Readers", "content_types": ["page"], "variants": []}
    stack.main.put("variant_groups", group)


def _schedules(stack: Stack) -> None:
    hen: Row = {"type": "entry", "entry": {"uid": HEN, "locale": "en-us", "version": 2}}
    picture: Row = {"type": "asset", "asset": {"uid": PICTURE, "locale": "en-us", "version": 1}}
    where: Row = {"environment": [LIVE], "publish_status": "scheduled", **STAMPS}
    published: Row = {"uid": LATER, "action": "publish", "locale": ["fr-fr"], "scheduled_at": NEW_YEAR}
    down: Row = {"uid": DOWN, "action": "unpublish", "locale": ["en-us"], "scheduled_at": NEW_YEAR}
    stack.main.put_queue_item({**hen, **published, "content_type": {"uid": "page"}, **where})
    stack.main.put_queue_item({**picture, **down, "content_type": {"uid": "built_io_upload"}, **where})


def _picture(stack: Stack) -> None:
    name = "photo (1).png"
    for version in (1, 2):
        row: Row = {"uid": PICTURE, "filename": name, "title": "Hen and egg", "description": "", "tags": [],
                    "parent_uid": FOLDER, "is_dir": False, "content_type": NAMES[name], "_version": version,
                    "file_size": "9", **STAMPS}  # fmt: skip
        row["url"] = f"https://images.invented.example/v3/assets/blt_old/{PICTURE}/{version:024x}/photo.png"
        if version == 2:
            row["publish_details"] = [_live("en-us", 1)]
        stack.main.put_asset(row, b"picture %d" % version)


def _live(locale: str, version: int) -> Row:
    return {"environment": LIVE, "locale": locale, "version": version, "time": "", "user": ""}


def _entries(stack: Stack) -> None:
    put = stack.main.put_entry_version
    put("page", "en-us", page(HEN, 1, "Hen", EGG))
    put("page", "en-us", page(HEN, 2, "Hen, revised", EGG, shown=[_live("en-us", 1), _live("fr-fr", 2)]))
    put("page", "en-us", page(EGG, 1, "Egg", HEN, shown=[_live("en-us", 1)]))
    put("page", "fr-fr", page(EGG, 1, "Œuf", HEN, shown=[_live("fr-fr", 1)]))
    put("page", "fr-fr", page(ABROAD, 1, "À l'étranger", HEN))


def page(uid: str, version: int, title: str, partner: str, *, shown: list[Row] | None = None) -> Row:
    """One version of a page that refers to another page and to the picture."""
    row: Row = {"uid": uid, "title": title, "partner": [{"uid": partner, "_content_type_uid": "page"}]}
    facts: Row = {"picture": PICTURE, "tags": [], "_version": version, "publish_details": shown or []}
    return {**row, **facts, **STAMPS}
