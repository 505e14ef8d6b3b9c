"""A target that somebody edited after the import: `verify` sees what these tests' own reader sees.

Written from docs/reliability.md, "What verify does not compare", and the vendor's pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from compare_stacks import compare
from read_stack import read_stack
from round_trip_bench import Bench, open_bench
from weird_stack import fill_weird

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from plain_api import Api


def first(api: Api, path: str, name: str, key: str, value: str) -> Any:
    return next(row for row in api.rows(path, name) if row[key] == value)


def article(api: Api, title: str) -> str:
    uid = first(api, "/content_types/article/entries", "entries", "title", title)["uid"]
    return f"/content_types/article/entries/{uid}"


def change_field(name: str, value: Any) -> Callable[[Api], None]:
    def edit(api: Api) -> None:
        path = article(api, "Everything")
        api.put(path, {"entry": {**api.get(path)["entry"], "picture": None, "pictures": [], name: value}})

    return edit


def unpublish(api: Api) -> None:
    body = {"entry": {"environments": ["production"], "locales": ["en-us"]}, "locale": "en-us", "version": 1}
    api.post(f"{article(api, 'Everything')}/unpublish", body)


def publish_another(api: Api) -> None:
    body = {"entry": {"environments": ["staging"], "locales": ["en-us"]}, "locale": "en-us", "version": 3}
    api.post(f"{article(api, 'Everything')}/publish", body)


def publish_in_another_language(api: Api) -> None:
    body = {"entry": {"environments": ["staging"], "locales": ["fr-fr"]}, "locale": "en-us", "version": 1}
    api.post(f"{article(api, 'Empty')}/publish", body)


def unlocalize(api: Api) -> None:
    api.post(f"{article(api, 'Empty')}/unlocalize", {}, locale="ar-sa")


def other_stage(api: Api) -> None:
    flow = api.rows("/workflows", "workflows")[0]
    stage = next(row["uid"] for row in flow["workflow_stages"] if row["name"] == "Draft")
    api.post(
        f"{article(api, 'Everything')}/workflow",
        {"workflow": {"workflow_stage": {"uid": stage}}},
        locale="en-us",
    )


def delete_an_entry(api: Api) -> None:
    api.call("DELETE", article(api, "Quotes \"double\" 'single' \\ back"))


def add_an_item(api: Api) -> None:
    release = first(api, "/releases", "releases", "name", "Spring")["uid"]
    items = api.get(f"/releases/{release}/items")["items"]
    api.call("DELETE", f"/releases/{release}/items", {"items": [items[0]]})


def unlock_a_release(api: Api) -> None:
    release = first(api, "/releases", "releases", "name", "Locked")["uid"]
    api.put(f"/releases/{release}", {"release": {"name": "Locked", "locked": False}})


def rename_an_asset(api: Api) -> None:
    api.put(f"/assets/{asset(api)}", {"asset": {"title": "Other"}})


def asset(api: Api) -> str:
    return str(first(api, "/assets", "assets", "filename", "two.txt")["uid"])


def other_bytes(api: Api) -> None:
    api.call("PUT", f"/assets/{asset(api)}", files={"asset[upload]": ("two.txt", b"x", "text/plain")})


def move_a_term(api: Api) -> None:
    api.put("/taxonomies/places/terms/mid/move", {"term": {"parent_uid": None, "order": 1}}, force="true")


def rename_a_translation(api: Api) -> None:
    api.put("/taxonomies/places/terms/zeta", {"term": {"name": "Anders"}}, locale="de-de")


def change_a_type(api: Api) -> None:
    row = api.get("/content_types/article")["content_type"]
    row["schema"][2]["display_name"] = "Another"
    api.put("/content_types/article", {"content_type": row})


def change_a_label(api: Api) -> None:
    row = first(api, "/labels", "labels", "name", "People")
    api.put(f"/labels/{row['uid']}", {"label": {"name": "People", "parent": [], "content_types": ["author"]}})


def change_an_environment(api: Api) -> None:
    body = {"environment": {"name": "staging", "urls": [{"locale": "en-us", "url": "https://x.invalid"}]}}
    api.put("/environments/staging", body)


def change_a_fallback(api: Api) -> None:
    api.put("/locales/de-at", {"locale": {"name": "DE-AT", "fallback_locale": "en-us"}})


def change_a_hook(api: Api) -> None:
    row = api.rows("/webhooks", "webhooks")[0]
    row["channels"] = ["assets.publish"]
    api.put(f"/webhooks/{row['uid']}", {"webhook": row})


def rename_a_version(api: Api) -> None:
    body = {"entry": {"_version_name": "another", "locale": "en-us", "force": True}}
    api.post(f"{article(api, 'Everything')}/versions/1/name", body)


def cancel_a_schedule(api: Api) -> None:
    row = next(
        row
        for row in api.rows("/publish-queue", "queue")
        if row.get("publish_details", {}).get("status") == "scheduled"
    )
    api.get(f"/publish-queue/{row['uid']}/unschedule")


EDITS: dict[str, Callable[[Api], None]] = {
    "a text": change_field("plain", "x"),
    "an empty text": change_field("lines", "a\nb\n\n"),
    "a digit": change_field("amounts", [0, -1, 10**22, 12345678901234567891]),
    "the order of numbers": change_field("amounts", [-1, 0]),
    "a row of a group": change_field("rows", [{"a": "1", "b": 1}]),
    "the terms": change_field("taxonomies", [{"taxonomy_uid": "places", "term_uid": "mid"}]),
    "the tags": change_field("tags", ["one"]),
    "false to true": change_field("yes", True),
    "the app's value": change_field("colour", {"hex": "#fff"}),
    "a reference": change_field("authors", []),
    **{
        edit.__name__: edit
        for edit in (
            unpublish,
            publish_another,
            publish_in_another_language,
            unlocalize,
            other_stage,
            delete_an_entry,
            add_an_item,
            unlock_a_release,
            rename_an_asset,
            other_bytes,
            move_a_term,
            rename_a_translation,
            change_a_type,
            change_a_label,
            change_an_environment,
            change_a_fallback,
            change_a_hook,
            rename_a_version,
            cancel_a_schedule,
        )
    },
}


@pytest.fixture
def moved() -> Iterator[Bench]:
    with open_bench(fill_weird) as bench:
        bench.move("--schedules")
        yield bench


def judge(bench: Bench, edit: Callable[[Api], None]) -> tuple[bool, int, str]:
    """Whether the reader sees the edit, verify's exit code, and both in words."""
    before = read_stack(bench.target)
    edit(bench.target)
    found = compare(before, read_stack(bench.target))
    bench.gaps.clear()
    bench.run("verify", bench.snapshot, "--against", bench.cli.place(bench.target.key))
    return bool(found), int(bench.codes["verify"]), "\n".join(found)


SAMPLE = ["publish_in_another_language", "rename_a_version"]


@pytest.mark.parametrize("name", SAMPLE)
def test_verify_sees_an_edit(moved: Bench, name: str) -> None:
    """Two of the edits: those that no document of the language shows."""
    seen, code, found = judge(moved, EDITS[name])
    assert seen, "the edit changes something"
    assert code == 5, found


@pytest.mark.torture
@pytest.mark.parametrize("name", [name for name in EDITS if name not in SAMPLE])
def test_verify_sees_every_edit(moved: Bench, name: str) -> None:
    """All the edits."""
    seen, code, found = judge(moved, EDITS[name])
    assert seen, "the edit changes something"
    assert code == 5, found
