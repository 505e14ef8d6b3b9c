"""The eight scenarios of the research facts (§15): what users of the vendor's tools have lost, each by its name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import raw_state
import rich_space as rich
import snapshot_files
import watched_service
from rich_types import define, field, link

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import Popen

    from plain_space import Space
    from watched_service import Call, Service


def same_in(source: Space, target: Space) -> list[str]:
    return raw_state.differences(
        raw_state.moved(raw_state.look(source), source, target), raw_state.look(target)
    )


def test_1_after_an_accident(service: Service) -> None:
    space, snapshot = service.space(), service.home / "snapshot"
    rich.fill_locales(space)
    define(space, "page", field("title", "Symbol", localized=True), field("pic", "Link", linkType="Asset"))
    rich.write_asset(space, "pic", rich.titles("pic"), {"en-US": rich.file(space, b"as it was", "p.png")})
    rich.publish(space, "assets/pic")
    for key in ("archived", "deleted", "edited", "hidden", "untouched"):
        rich.write(space, key, title=rich.titles(key), pic={"en-US": rich.link("Asset", "pic")})
        rich.publish(space, f"entries/{key}")
    service.carry("export", space.place, snapshot)
    before = raw_state.look(space)
    for key in ("archived", "deleted", "hidden"):
        rich.take_down(space, f"entries/{key}")
    space.put("entries/archived/archived", None)
    space.delete("entries/deleted")
    rich.write(space, "edited", title=rich.titles("by mistake"))
    rich.write_asset(space, "pic", rich.titles("pic"), {"en-US": rich.file(space, b"another", "q.png")})
    rich.publish(space, "assets/pic")
    untouched = space.version("entries/untouched")
    with service.watched(space) as (watcher, seen):
        place = seen.place
        # The watcher has another address than the place that the snapshot names.
        ended = service.carry("import", snapshot, space.place, "--in-place")
        assert ended.code == 0, ended.said
        assert raw_state.differences(before, raw_state.look(space)) == []
        assert space.version("entries/untouched") == untouched
        rows = raw_state.versions(raw_state.read(space))
        again = service.carry("import", snapshot, space.place, "--in-place")
        assert (again.code, raw_state.versions(raw_state.read(space))) == (0, rows)
        elsewhere = service.carry("import", snapshot, place, "--on-conflict", "update")
        assert (elsewhere.code, watcher.writes) == (0, [])


def test_2_locale_by_locale(service: Service) -> None:
    space, target, snapshot = service.space(), service.space(), service.home / "snapshot"
    rich.fill_locales(space)
    define(
        space,
        "page",
        field("title", "Symbol", localized=True, required=True),
        field("text", "Text", localized=True),
    )
    codes = rich.LOCALES
    for number in range(1, 16):
        live = [code for bit, code in enumerate(codes) if number >> bit & 1]
        key = "live-" + "-".join(live).lower()
        rich.write(space, key, title=rich.titles("one", *live), text=rich.titles("a draft has text only"))
        rich.publish(space, f"entries/{key}", *live)
        if number % 2:
            rich.write(space, key, title=rich.titles("two", *live), text=rich.titles("one", *live[:1]))
    for some in (["en-US"], ["de", "fr"]):
        key = "asset-" + "-".join(some).lower()
        files = {code: rich.file(space, f"{key} {code}".encode(), "f.png") for code in ("en-US", "de", "fr")}
        rich.write_asset(space, key, rich.titles("asset"), files)
        rich.publish(space, f"assets/{key}", *some)
    service.carry("export", space.place, snapshot)
    ended = service.carry("import", snapshot, target.place)
    assert (ended.code, ended.gaps()) == (0, [])
    assert same_in(space, target) == []


def test_3_nightly_and_again(service: Service) -> None:
    space, target, snapshot = service.space(), service.space(), service.home / "snapshot"
    rich.fill_locales(space)
    define(space, "page", field("title", "Symbol", localized=True))
    rich.write(space, "one", title=rich.titles("one"))
    space.put("tags/t", {"name": "T", "sys": {"id": "t", "type": "Tag", "visibility": "public"}})
    hook = {"name": "H", "url": "https://hook.invalid/", "topics": ["*.*"], "headers": [], "active": False}
    space.put(f"/spaces/{space.key}/webhook_definitions/h", hook)
    rich.release(space, "Spring", [rich.item("Entry", "one", ("de",))])
    rich.release(space, "Spring launch", [rich.link("Entry", "one")], timeline=False)
    service.carry("export", space.place, snapshot)
    with service.watched(target) as (watcher, seen):
        process = service.start("import", snapshot, seen.place, "--rate", 0)

        def crash(call: Call) -> None:
            if call.method == "POST" and call.path.endswith("/releases"):
                process.kill()

        watcher.after = crash
        process.communicate(timeout=60)
        assert process.returncode == -9
        watcher.forget()
        assert service.carry("import", snapshot, seen.place).code == 0
        assert same_in(space, target) == []
        watcher.forget()
        assert service.carry("import", snapshot, seen.place).code == 0
        # The next night: another snapshot of the same space.
        service.carry("export", space.place, service.home / "next", "--base", snapshot)
        night = service.carry("import", service.home / "next", seen.place, "--on-conflict", "update")
        assert (night.code, watcher.writes) == (0, [])


@pytest.mark.torture
def test_4_big(service: Service) -> None:
    """Pages of more than 7 MB; how memory grows is measured by the benchmarks."""
    space, target, snapshot = service.space(), service.space(), service.home / "snapshot"
    define(space, "page", field("title", "Symbol"), *(field(f"text{n}", "Text") for n in range(8)))
    for number in range(60):
        texts: dict[str, Any] = {f"text{n}": {"en-US": f"{number} {n} " * 5000} for n in range(8)}
        rich.write(space, f"e{number}", title={"en-US": str(number)}, **texts)
        rich.publish(space, f"entries/e{number}")
    assert service.carry("export", space.place, snapshot).code == 0
    assert service.carry("import", snapshot, target.place).code == 0
    assert same_in(space, target) == []


BROKEN = {
    "cut": {"then": "truncate", "times": 2},
    "empty": {"status": 200, "body": "", "times": 2},
    "gone": {"status": 404, "body": "gone"},
}


def test_5_files_that_fail(service: Service) -> None:
    """What comes cut or empty is asked for again; what is gone is named, and is all that the next run reads."""
    faults = [{"route": f"GET /{watched_service.SPARE}/{name}/**", **how} for name, how in BROKEN.items()]
    with watched_service.serve(service.home / "broken", faults=faults) as broken:
        space = broken.spare()
        contents = {
            name: f"the bytes of {name}, and more than twenty of them".encode() for name in (*BROKEN, "whole")
        }
        for name, content in contents.items():
            rich.write_asset(
                space, name, rich.titles(name, "en-US"), {"en-US": rich.file(space, content, "f.bin")}
            )
            rich.publish(space, f"assets/{name}")
        snapshot, repaired = broken.home / "snapshot", broken.home / "repaired"
        ended = broken.carry("export", space.place, snapshot)
        assert (ended.code, len(ended.gaps())) == (3, 1), ended.said
        assert "/gone/" in ended.gaps("files")[0]["uid"]
        assert stored(snapshot) == {content for name, content in contents.items() if name != "gone"}
        target = broken.space()
        imported = broken.carry("import", snapshot, target.place)
        assert (imported.code, {gap["uid"] for gap in imported.gaps("assets")}) == (3, {"gone"}), (
            imported.said
        )
        assert {row["sys"]["id"] for row in target.rows("assets")} == {*contents}
        ended = broken.carry("export", space.place, repaired, "--base", snapshot)
        assert (ended.code, ended.report["requests"]["asset"]) == (0, 1)
        assert stored(repaired) == {*contents.values()}


def stored(snapshot: Path) -> set[bytes]:
    return {path.read_bytes() for path in (snapshot / "files").rglob("*") if path.is_file()}


def test_6_one_page_with_everything(service: Service) -> None:
    """Its closure through fields and rich text, with a cycle, into a space that holds half of it already."""
    space, target, snapshot = service.space(), service.space(), service.home / "snapshot"
    page = (
        field("title", "Symbol"),
        field("body", "RichText"),
        field("to", "Link", linkType="Entry"),
        field("more", "Array", items=link("Entry")),
    )
    for one in (space, target):
        define(one, "page", *page)
    define(space, "note", field("name", "Symbol"), field("pic", "Link", linkType="Asset"))
    rich.write_asset(space, "pic", rich.titles("pic", "en-US"), {"en-US": rich.file(space, b"pic", "p.png")})
    space.put("tags/t", {"name": "T", "sys": {"id": "t", "type": "Tag", "visibility": "public"}})
    rich.write(space, "apart", title={"en-US": "apart"})
    rich.write(space, "note", "note", name={"en-US": "N"}, pic={"en-US": rich.link("Asset", "pic")})
    rich.write(space, "child", title={"en-US": "child"}, to={"en-US": rich.link("Entry", "root")})
    hyperlink = {"nodeType": "entry-hyperlink", "data": {"target": rich.link("Entry", "note")}, "content": []}
    body = {"nodeType": "document", "data": {}, "content": [rich.text("see", hyperlink)]}
    tagged = {"tags": [rich.link("Tag", "t")]}
    children = {"en-US": [rich.link("Entry", "child")]}
    rich.write(space, "root", title={"en-US": "root"}, body={"en-US": body}, more=children, metadata=tagged)
    for path in ("assets/pic", "entries/note", "entries/child", "entries/root"):
        rich.publish(space, path)
    rich.write(target, "child", title={"en-US": "the target's own"})
    rich.write(target, "other", title={"en-US": "other"})
    other = target.version("entries/other")
    query = ("--query", json.dumps({"sys.id": "root"}), "--with-references", "all")
    assert service.carry("export", space.place, snapshot, *query).code == 0
    assert {row["sys"]["id"] for row in snapshot_files.lines(snapshot, "entries")} == {
        "root",
        "child",
        "note",
    }
    ended = service.carry("import", snapshot, target.place, "--on-conflict", "update")
    assert (ended.code, ended.gaps()) == (0, [])
    found, wanted = raw_state.look(target), raw_state.look(space)
    for name in (
        "entries/root",
        "entries/child",
        "entries/note",
        "assets/pic",
        "tags/t",
        "public/entries/root",
    ):
        assert raw_state.differences({name: wanted[name]}, {name: found[name]}) == []
    assert target.version("entries/other") == other
    assert "entries/apart" not in found


def test_7_shared_space_app_space(service: Service) -> None:
    """Resource links to the own space follow, those to another one stay or are mapped; so do rules of types."""
    space, snapshot = service.space(), service.home / "snapshot"

    def rule(of: str) -> dict[str, object]:
        return {
            "type": "Contentful:Entry",
            "source": f"crn:contentful:::content:spaces/{of}",
            "contentTypes": ["page"],
        }

    rules = {"allowedResources": [rule(space.key), rule("shared"), rule("third")]}
    items = {"type": "ResourceLink", "validations": []}
    define(
        space,
        "page",
        field("title", "Symbol"),
        field("one", "ResourceLink", **rules),
        field("many", "Array", items=items, **rules),
        field("body", "RichText"),
    )
    inside, shared, third = (rich.resource(of, "x") for of in (space.key, "shared", "third"))
    block = {"nodeType": "embedded-resource-block", "data": {"target": inside}, "content": []}
    foreign = {"nodeType": "resource-hyperlink", "data": {"target": shared}, "content": []}
    body = {"nodeType": "document", "data": {}, "content": [block, rich.text("x", foreign)]}
    # A text that merely looks like an address of the space is no link.
    words = f"crn:contentful:::content:spaces/{space.key}/entries/x"
    rich.write(space, "x", title={"en-US": words}, one={"en-US": inside}, body={"en-US": body})
    rich.write(space, "y", many={"en-US": [inside, shared, third]})
    for key in ("x", "y"):
        rich.publish(space, f"entries/{key}")
    service.carry("export", space.place, snapshot)
    for mapped, words_of_it in (("shared", ()), ("ours", ("--space", "shared=ours"))):
        target = service.space()
        assert service.carry("import", snapshot, target.place, *words_of_it).code == 0
        text = json.dumps(raw_state.moved(raw_state.look(space), space, target)).replace(
            "spaces/shared", f"spaces/{mapped}"
        )
        lines = raw_state.differences(json.loads(text), raw_state.look(target))
        titles = [f"/{of}/x/fields/title/en-US: " for of in ("entries", "public/entries")]
        assert all(line.startswith(tuple(titles)) for line in lines), lines
        assert target.get("entries/x")["fields"]["title"]["en-US"] == words


def test_8_campaign(service: Service) -> None:
    """Releases of both generations with bodies of their own, crashed in the middle, scheduled, verified, converted."""
    space, target, snapshot = service.space(), service.space(), service.home / "snapshot"
    rich.fill_locales(space)
    define(space, "page", field("title", "Symbol", localized=True), field("text", "Text", localized=True))
    for key in ("published", "by-locale", "changed", "full", "draft"):
        rich.write(space, key, title=rich.titles(key))
        rich.publish(space, f"entries/{key}")
    rich.write_asset(space, "quay", rich.titles("quay"), {"en-US": rich.file(space, b"quay", "q.png")})
    rich.fill_releases(space)
    campaign = next(row["sys"]["id"] for row in space.rows("releases") if row["title"] == "Campaign")
    rich.schedule(space, "Release", campaign, 31)
    service.carry("export", space.place, snapshot)
    with service.watched(target) as (watcher, seen):
        for written in ("releases", "published", "archived"):
            process = service.start("import", snapshot, seen.place, "--schedules", "--rate", 0)

            def crash(call: Call, process: Popen[str] = process, written: str = written) -> None:
                inside = "/releases" in call.path and call.path.endswith(written)
                if call.method != "GET" and inside:
                    process.kill()

            watcher.forget()
            watcher.after = crash
            process.communicate(timeout=60)
        watcher.forget()
        ended = service.carry("import", snapshot, seen.place, "--schedules")
        assert ended.code == 0, ended.said
        assert same_in(space, target) == []
        assert service.carry("verify", snapshot, "--against", seen.place).code == 0
    converted = service.home / "vendor"
    ended = service.run("convert", snapshot, converted, "--to", "contentful", "--json")
    assert ended.code == 3
    gone = {gap["kind"] for gap in ended.gaps()}
    assert {"release_entries", "release_assets", "scheduled_actions"} <= gone
    file = next(converted.glob("*.json"))
    titles = {row["title"] for row in json.loads(file.read_text("utf-8"))["releases"]}
    assert titles == {"Campaign", "Last year", "Nothing yet"}
