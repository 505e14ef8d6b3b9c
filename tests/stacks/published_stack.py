"""The stack with an object of every kind, in which much is published: in several languages, versions and environments.

What is live in one language alone, in an older version, from another language's document; items of a release in
every form; documents of an entry in different stages; taxonomies and metadata in some places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from editors import edit_page
from every_kind_stack import STAGES, SUMMER, fill_every_kind
from random_stack import STAMPS
from small_stack import EGG, FOLDER, HEN, LIVE, NEW_YEAR, PICTURE, page

from stackferry.json_values import objects, text

if TYPE_CHECKING:
    from editors import Editors
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack
    from stackferry.emulators.contentstack.state import Entry, Live

STAGING, PLAN, SOLO, NEST, DRAWING = (f"bltaaaaaaaaaaaaaa{number}" for number in (60, 61, 62, 63, 64))


def fill_published(stack: Stack) -> None:
    """Fill an empty stack."""
    fill_every_kind(stack)
    branch = stack.main
    branch.put_locale({"code": "fr-ca", "uid": "bltaaaaaaaaaaaaaa65", "name": "French, Canada",
                       "fallback_locale": "fr-fr", **STAMPS})  # fmt: skip
    stack.put("environments", {"uid": STAGING, "name": "staging", "urls": [], **STAMPS})
    _files(stack)
    _entries(stack)
    _release(stack)


def _live(locale: str, version: int, environment: str = LIVE) -> Row:
    return {"environment": environment, "locale": locale, "version": version, "time": "", "user": ""}


def _files(stack: Stack) -> None:
    """A file that is live in French alone."""
    row: Row = {"uid": DRAWING, "filename": "drawing.png", "title": "Drawing", "description": "", "tags": [],
                "parent_uid": FOLDER, "is_dir": False, "content_type": "image/png", "_version": 1, "file_size": "4",
                **STAMPS}  # fmt: skip
    row["url"] = f"https://images.invented.example/v3/assets/blt_old/{DRAWING}/{1:024x}/drawing.png"
    row["publish_details"] = [_live("fr-fr", 1)]
    stack.main.put_asset(row, b"draw")


def _entries(stack: Stack) -> None:
    """SOLO is live in French alone; NEST in its first English version, its second French one, and in Canada in the
    first French one."""
    put = stack.main.put_entry_version
    put("page", "en-us", page(SOLO, 1, "Solo", HEN))
    put("page", "fr-fr", page(SOLO, 1, "Seul", HEN, shown=[_live("fr-fr", 1), _live("fr-fr", 1, STAGING)]))
    put("page", "en-us", page(NEST, 1, "Nest", HEN))
    shown = [_live("en-us", 1), _live("fr-fr", 2), _live("fr-ca", 1)]
    put("page", "en-us", page(NEST, 2, "Nest, revised", HEN, shown=shown))
    put("page", "fr-fr", page(NEST, 1, "Nid", HEN))
    put("page", "fr-fr", page(NEST, 2, "Nid, revu", HEN, shown=[_live("fr-fr", 2)]))
    nest = stack.main.entries["page"][NEST].documents
    nest["fr-fr"].workflow = {"uid": STAGES[1], "name": "Done"}
    egg = stack.main.entries["page"][EGG].documents
    egg["fr-fr"].workflow = {"uid": STAGES[0], "name": "Draft", "due_date": NEW_YEAR, "comment": "soon"}


def _release(stack: Stack) -> None:
    def item(uid: str, version: int, locale: str = "en-us", **other: Any) -> Row:
        named: Row = {"uid": uid, "version": version, "locale": locale, "title": "x"}
        return {"action": "publish", "content_type_uid": "page", **named, **other}

    items = [
        item(HEN, 1),
        item(NEST, 1),
        item(EGG, 1, "fr-fr"),
        item(SOLO, 1, action="unpublish"),
        item(PICTURE, 1, "fr-fr", content_type_uid="built_io_upload"),
        item(HEN, 1, variant_id=SUMMER),
    ]
    release: Row = {"uid": PLAN, "name": "Autumn", "description": "", "locked": False, "status": []}
    stack.main.put_release({**release, "_deploy_latest": False, **STAMPS}, [*items])


def edit_target(target: Editors) -> None:
    """What people do in a target that was filled by an import: some is live elsewhere, some is not any more."""
    main, of = target.content, "/content_types/page/entries/"
    uids = {title: uid for uid, one in main.entries["page"].items() for title in titles(one)}
    files = {str(one.latest.get("title")): uid for uid, one in main.assets.items()}

    def call(path: str, body: Row) -> None:
        target.call("POST", path, json=body).raise_for_status()

    def entry(action: str, title: str, locale: str, source: str, environment: str = "live") -> None:
        where: Row = {"locales": [locale], "environments": [environment]}
        call(f"{of}{uids[title]}/{action}", {"entry": where, "locale": source})

    def file(action: str, title: str, locale: str) -> None:
        call(f"/assets/{files[title]}/{action}", {"asset": {"locales": [locale], "environments": ["live"]}})

    rules, target.stack.publish_rules = target.stack.publish_rules, {}
    file("publish", "Hen and egg", "fr-fr")
    file("publish", "Drawing", "fr-ca")
    file("unpublish", "Drawing", "fr-fr")
    entry("publish", "Egg", "fr-ca", "fr-fr")
    entry("publish", "Solo", "en-us", "en-us")
    entry("publish", "Nest", "fr-fr", "fr-fr", "staging")
    entry("unpublish", "Solo", "fr-fr", "fr-fr", "staging")
    french: Row = {"environments": ["live"], "locales": ["fr-fr"]}
    for uid, row in main.metadata.items():
        if row["type"] == "entry":
            call(f"/metadata/{uid}/publish", {"metadata": french})
    call(
        "/taxonomies/publish",
        {"locales": ["fr-fr"], "environments": ["staging"], "items": [{"uid": "places"}]},
    )
    target.stack.publish_rules = rules


def edit_source(stack: Stack) -> None:
    """Entries in other stages, and new versions."""
    pages = stack.main.entries["page"]
    for code in ("en-us", "fr-fr"):
        pages[EGG].documents[code].workflow = {"uid": STAGES[1], "name": "Done"}
    edit_page(stack.main, HEN, picture=None)
    edit_page(stack.main, NEST, "fr-fr", picture=None)


def titles(entry: Entry) -> set[str]:
    """Every title that any version of an entry has."""
    return {str(row["title"]) for one in entry.documents.values() for row in one.versions.values()}


def shown_state(stack: Stack) -> set[tuple[Any, ...]]:
    """What the service itself knows of what is live, in releases, in stages and to come; uids as titles and names."""
    main, places = stack.main, {uid: row["name"] for uid, row in stack.environments.items()}
    stages: dict[Any, Any] = {
        row["uid"]: row["name"]
        for flow in stack.workflows.values()
        for row in objects(flow["workflow_stages"])
    }
    found: set[tuple[Any, ...]] = set()

    def live(table: Live, *of: Any) -> None:
        found.update(
            (*of, places[where], code, one.version, one.source) for (where, code), one in table.items()
        )

    for entry in (one for of_type in main.entries.values() for one in of_type.values()):
        title = min(titles(entry))
        live(entry.live, title)
        for variant in entry.variants.values():
            live(variant.live, "variant", title)
        for code, document in entry.documents.items():
            flow = document.workflow
            found.add((title, code, stages.get(flow.get("uid")), flow.get("due_date"), flow.get("comment")))
    for asset in main.assets.values():
        live(asset.live, asset.latest.get("title"))
    for release in main.releases.values():
        found.add((release.raw["name"], release.raw.get("locked")))
        names = ("title", "locale", "version", "action")
        found |= {
            (release.raw["name"], *(one.get(name) for name in names), bool(one.get("variant_id")))
            for one in release.items
        }
    for row in main.metadata.values():
        details = objects(row.get("publish_details"))
        found |= {(row["type"], places[text(one["environment"])], one["locale"]) for one in details}
    for taxonomy in stack.taxonomies.values():
        found |= {(taxonomy.raw["uid"], places[where], code) for where, code in taxonomy.live}
    waiting = (row for row in main.queue.values() if row.get("publish_status") == "scheduled")
    return found | {(row["action"], str(row["locale"]), row["scheduled_at"]) for row in waiting}
