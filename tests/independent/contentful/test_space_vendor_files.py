"""The vendor's export file both ways, and the vendor's own client on what we have written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import contentful_management
import pytest
import raw_state
import rich_space as rich
import snapshot_files
import vendor_file
from plain_space import TOKEN
from rich_types import field

from repository import ROOT
from sampling import sampled

if TYPE_CHECKING:
    from pathlib import Path

    from plain_space import Space
    from watched_service import Service

SHARED = ROOT.parent / "shared" / "datasets" / "contentful"
LISTS = {"contentTypes": "content_types", "entries": "entries", "assets": "assets", "locales": "locales"}


@pytest.mark.parametrize(
    "name", sampled(["gatsby-multi-locale", "covid-19-site-template", "portfolio-garethf89"], 1)
)
def test_a_real_export_comes_in_and_goes_out_unchanged(service: Service, name: str) -> None:
    file = SHARED / f"{name}.json"
    if not file.exists():
        pytest.skip("the shared exports are not here")
    whole = json.loads(file.read_text("utf-8"))
    snapshot, out = service.home / "snapshot", service.home / "out"
    assert service.run("convert", file, snapshot, "--json").code == 3
    for of, kind in LISTS.items():
        rows = {row["sys"]["id"]: row for row in whole[of]}
        assert {row["sys"]["id"]: row for row in snapshot_files.lines(snapshot, kind)} == rows
    service.run("convert", snapshot, out, "--to", "contentful", "--json")
    again = json.loads(next(out.glob("*.json")).read_text("utf-8"))
    for of in ("contentTypes", "entries", "locales", "editorInterfaces"):
        assert sorted(again[of], key=_key) == sorted(whole[of], key=_key), of
    target = service.space(locale=next(row["code"] for row in whole["locales"] if row["default"]))
    ended = service.carry("import", file, target.place)
    assert ended.code == 3, ended.said
    found = {row["sys"]["id"]: row for row in target.rows("entries")}
    assert set(found) == {row["sys"]["id"] for row in whole["entries"]}
    for row in whole["entries"]:
        mine = found[row["sys"]["id"]]
        assert mine["fields"] == row["fields"]
        if row["sys"]["version"] == row["sys"].get("publishedVersion", 0) + 1:
            assert mine["sys"]["version"] == mine["sys"]["publishedVersion"] + 1
        else:
            # What is live of a changed entry is not in the file: its edit must not go live.
            assert "publishedVersion" not in mine["sys"]


def _key(row: Any) -> str:
    return json.dumps([row["sys"].get("contentType"), row["sys"]["id"]])


def test_what_the_file_cannot_hold_is_listed_and_nothing_else_is_lost(
    service: Service, full_space: Space, full_snapshot: Path
) -> None:
    out, back = service.home / "out", service.home / "back"
    ended = service.run("convert", full_snapshot, out, "--to", "contentful", "--json")
    told = {gap["kind"] for gap in ended.gaps()}
    assert ended.code == 3
    lost = {kind for kind, count in snapshot_files.manifest(full_snapshot)["counts"].items() if count}
    file = json.loads(next(out.glob("*.json")).read_text("utf-8"))
    rows = raw_state.read(full_space)
    lists = {**LISTS, "tags": "tags", "roles": "roles", "editorInterfaces": "editor_interfaces"}
    for of, kind in lists.items():
        assert len(file[of]) == len(rows[kind]), of
    held = {*lists.values(), "webhooks", "releases", "files"}
    assert lost - held <= told | {"space"}, lost - held - told
    assert service.run("convert", next(out.glob("*.json")), back, "--json").code == 3
    for kind in lists.values():
        mine, theirs = snapshot_files.lines(back, kind), snapshot_files.lines(full_snapshot, kind)
        assert sorted(map(json.dumps, mine)) == sorted(map(json.dumps, theirs)), kind
    assert stored(back) == stored(full_snapshot) - only_live(full_space, full_snapshot)


def stored(snapshot: Path) -> set[str]:
    return {path.name for path in (snapshot / "files").rglob("*") if path.is_file()}


def only_live(space: Space, snapshot: Path) -> set[str]:
    """Bytes that no asset names as it is edited now."""
    known = {row["uid"].removeprefix("//"): row["sha256"] for row in snapshot_files.lines(snapshot, "files")}
    current = {
        known[file["url"].removeprefix("//")]
        for asset in space.rows("assets")
        for file in asset["fields"].get("file", {}).values()
    }
    return stored(snapshot) - current


def test_odd_content_of_an_old_file_arrives_as_it_is(service: Service) -> None:
    """No tags, no metadata, no state by locale; big numbers, empty texts, odd names, keys in any order."""
    content = vendor_file.small()
    del content["tags"], content["roles"], content["webhooks"]
    for row in content["entries"]:
        del row["metadata"]
    odd = {
        "": "",
        "en-US": 1,
        "__proto__": None,
        "\u2028": "🚀 \u202e",
        "list": [[], {}, [None, 0.1, 1e21]],
    }
    content["contentTypes"][0]["fields"] += [
        {**field("data", "Object"), "futureKey": {"kept": True}},
        field("count", "Integer"),
    ]
    content["entries"][1]["fields"] |= {"data": {"en-US": odd}, "count": {"en-US": 9007199254740991}}
    content["entries"][1]["fields"]["title"]["en-US"] = '\t \\ " </script> e\u0301 \u00e9'
    content["newList"] = [{"sys": {"id": "x"}}]
    source, target = vendor_file.store(service.home / "v", dict(reversed(content.items()))), service.space()
    ended = service.carry("import", source, target.place)
    assert ended.code == 3, ended.said
    live = {row["sys"]["id"]: row["fields"] for row in target.rows("public/entries")}
    assert live == {row["sys"]["id"]: row["fields"] for row in content["entries"]}
    kept = {one["id"]: one for one in target.get("content_types/page")["fields"]}
    assert kept["data"].get("futureKey") == {"kept": True}
    url = target.get("assets/pic")["fields"]["file"]["en-US"]["url"]
    assert target.http.get("http:" + url).content == b"nine byte"
    with service.watched(target) as (watcher, seen):
        again = service.carry("import", source, seen.place, "--on-conflict", "update")
        assert (again.code, watcher.writes) == (3, [])


def test_the_vendors_client_reads_what_we_have_written(
    service: Service, full_space: Space, full_snapshot: Path
) -> None:
    target = service.space(rich.ORGANIZATION)
    assert service.carry("import", full_snapshot, target.place, "--versions", "all").code in (0, 3)
    host = target.origin.removeprefix("http://")
    client = contentful_management.Client(TOKEN, api_url=host, uploads_api_url=host, https=False)
    entries = {one.id: one for one in client.entries(target.key, "master").all({"limit": 100})}
    raw = {row["sys"]["id"]: row for row in full_space.rows("entries")}
    assert set(entries) == set(raw)
    for key, one in entries.items():
        assert one.raw["fields"].get("title") == raw[key]["fields"].get("title")
        assert one.is_published == ("publishedVersion" in raw[key]["sys"])
        assert one.is_archived == ("archivedVersion" in raw[key]["sys"])
    assets = {one.id: one for one in client.assets(target.key, "master").all()}
    assert {row["sys"]["id"] for row in full_space.rows("assets")} == set(assets)
    names = {
        one.id: [each.id for each in one.fields] for one in client.content_types(target.key, "master").all()
    }
    assert names == {
        row["sys"]["id"]: [each["id"] for each in row["fields"]] for row in full_space.rows("content_types")
    }
    assert len(client.snapshots(target.key, "master", "thrice").all()) == 2
    assert {one.id for one in client.tags(target.key, "master").all()} == {"harbour", "inner"}
