"""Bad input: a message that names it, the exit code of the table in the README, and no write before that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import rich_space as rich
import vendor_file
import watched_service
from rich_types import define, field

from repository import ROOT
from sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Callable

    from plain_space import Space
    from watched_service import Ended, Service


def refused(service: Service, target: Space, *words: object, token: str | None = None) -> Ended:
    """Import, and see that nothing was written."""
    with service.watched(target) as (watcher, seen):
        more = {"token": token} if token else {}
        ended = service.carry("import", *words[:1], seen.place, *words[1:], **more)
        assert watcher.writes == []
    return ended


def test_a_wrong_token_is_an_error_of_access(service: Service, full_space: Space) -> None:
    ended = service.carry("export", full_space.place, service.home / "s", token="CFPAT-another")
    assert ended.code == 4
    assert "token" in ended.said


@pytest.mark.parametrize("wrong", ["space", "environment"])
def test_a_space_and_an_environment_that_are_not_there_are_named(service: Service, wrong: str) -> None:
    space = service.spare()
    lost = space.but(key="no-such-space") if wrong == "space" else space.but(environment="no-such-place")
    source = vendor_file.store(service.home / "v", vendor_file.small())
    for ended in (
        service.carry("export", lost.place, service.home / "s"),
        service.carry("import", source, lost.place),
        service.carry("copy", space.place, lost.place),
    ):
        assert ended.code == 2
        assert "no-such" in ended.said
    assert not (service.home / "s" / "manifest.json").exists()


def test_a_snapshot_of_another_system_is_refused(service: Service) -> None:
    target = service.space()
    ended = refused(service, target, ROOT / "sample_exports" / "harbour-guide")
    assert ended.code == 2
    assert "contentstack" in ended.said.lower()
    place = f"contentstack+http://key@{service.origin.removeprefix('http://')}/main"
    ended = service.carry("import", ROOT / "sample_exports" / "harbour-space", place)
    assert ended.code == 2
    assert "contentful" in ended.said.lower()


def test_a_default_locale_that_differs_is_refused_until_it_is_mapped(service: Service) -> None:
    source, target = vendor_file.store(service.home / "v", vendor_file.small()), service.space(locale="fr")
    ended = refused(service, target, source)
    assert ended.code == 2
    assert all(word in ended.said for word in ("en-US", "fr", "--locale"))
    assert service.carry("import", source, target.place, "--locale", "en-US=fr").code == 3
    assert target.get("entries/two")["fields"]["title"] == {"fr": rich.titles("two", "en-US")["en-US"]}


def test_a_locale_and_a_type_that_only_leaves_out_are_named(service: Service) -> None:
    source, target = vendor_file.store(service.home / "v", vendor_file.small()), service.space()
    ended = refused(service, target, source, "--only", "entries")
    assert ended.code == 2
    assert "page" in ended.said
    ended = refused(service, target, source, "--only", "entries", "--only", "content_types")
    assert ended.code == 2
    assert "de" in ended.said


def test_an_environment_mapping_says_what_to_do_instead(service: Service) -> None:
    source, target = vendor_file.store(service.home / "v", vendor_file.small()), service.space()
    ended = refused(service, target, source, "--environment", "a=b")
    assert ended.code == 2
    assert "place" in ended.said


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    content = vendor_file.small()
    change(content)
    return content


def _doubled(content: dict[str, Any]) -> None:
    content["entries"].append(vendor_file.entry("two", title={"en-US": "another"}))


DAMAGED = {
    "cut short": (json.dumps(vendor_file.small())[:-400], "short"),
    "malformed": (json.dumps(vendor_file.small()).replace('"entries":', '"entries" ', 1), "editorInterfaces"),
    "no object": ("[]", "export"),
    "doubled ids": (json.dumps(changed(_doubled)), "two"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("name", sampled(DAMAGED, 2))
def test_a_damaged_vendor_file_is_named(service: Service, name: str) -> None:
    text, word = DAMAGED[name]
    source = vendor_file.store(service.home / "v", text)
    for ended in (
        refused(service, service.spare(), source),
        service.run("convert", source, service.home / "s", "--json"),
    ):
        assert ended.code in (2, 6), ended.said
        assert word in ended.said
        assert source.name in ended.said, ended.said


def _long_id(content: dict[str, Any]) -> None:
    content["entries"][1]["sys"]["id"] = "x" * 65


def _odd_id(content: dict[str, Any]) -> None:
    content["entries"][1]["sys"]["id"] = "a/b"


def _wide_type(content: dict[str, Any]) -> None:
    content["contentTypes"][0]["fields"] += [field(f"wide{n}", "Symbol") for n in range(51)]


def _full_release(content: dict[str, Any]) -> None:
    items = [{"entity": rich.link("Entry", f"e{n}"), "action": "publish"} for n in range(201)]
    sys = vendor_file.sys("Release", "r", schemaVersion="Release.v2", status="active")
    content["releases"] = [
        {"title": "Too full", "entities": {"sys": {"type": "Array"}, "items": items}, "sys": sys}
    ]


def test_an_id_that_the_service_does_not_take_is_named_before_anything_is_written(service: Service) -> None:
    for number, (change, word) in enumerate(((_long_id, "x" * 65), (_odd_id, "a/b"))):
        source = vendor_file.store(service.home / f"v{number}", changed(change))
        ended = refused(service, service.spare(), source)
        assert ended.code == 2
        assert word in ended.said


@pytest.mark.parametrize(("change", "word"), [(_wide_type, "page"), (_full_release, "Too full")])
def test_what_is_beyond_the_limits_is_named(
    service: Service, change: Callable[[dict[str, Any]], None], word: str
) -> None:
    """Refused before the first write, or a gap that names it; never silence."""
    source = vendor_file.store(service.home / "v", changed(change))
    ended = service.carry("import", source, service.space().place)
    assert ended.code in (1, 2, 3)
    told = json.dumps(ended.report)
    assert word in told or '"r"' in told, ended.said


def test_a_link_to_what_is_gone_stays_in_an_entry_that_arrives(service: Service) -> None:
    content = vendor_file.small()
    content["entries"].pop()
    source, target = vendor_file.store(service.home / "v", content), service.space()
    ended = service.carry("import", source, target.place)
    assert ended.code == 3
    assert target.get("entries/one")["fields"]["to"] == {"en-US": rich.link("Entry", "two")}


def _odd_name(content: dict[str, Any]) -> None:
    content["entries"][0]["fields"]["half \ud83d"] = {"en-US": "words"}


def _odd_address(content: dict[str, Any]) -> None:
    content["assets"][0]["fields"]["file"]["en-US"]["url"] = "//[::1/pic/p.png"


def _not_by_locale(content: dict[str, Any]) -> None:
    content["entries"][0]["fields"]["title"] = "plain"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (_odd_name, "/fields/half \ud83d"),
        (_odd_address, "/fields/file/en-US"),
        (_not_by_locale, "/fields/title"),
    ],
)
def test_what_no_service_would_give_is_a_gap_and_the_rest_arrives(
    service: Service, change: Callable[[dict[str, Any]], None], path: str
) -> None:
    source, target = vendor_file.store(service.home / "v", changed(change)), service.space()
    ended = service.carry("import", source, target.place)
    assert (ended.code, path in {gap.get("path") for gap in ended.gaps()}) == (3, True), ended.said
    assert {row["sys"]["id"] for row in target.rows("public/entries")} == {"one", "two"}


def test_what_is_live_in_a_file_without_locales_becomes_live(service: Service) -> None:
    """An export without the content model, into a space that has one: its locales are those of the space."""
    content = vendor_file.small()
    target = service.space()
    whole = vendor_file.store(service.home / "model", {**content, "entries": [], "assets": []})
    assert service.carry("import", whole, target.place).code == 3
    for name in ("locales", "contentTypes", "editorInterfaces", "tags"):
        content.pop(name, None)
    source = vendor_file.store(service.home / "v", content)
    assert service.carry("import", source, target.place, "--on-conflict", "update").code == 3
    assert {row["sys"]["id"] for row in target.rows("public/entries")} == {"one", "two"}
    assert service.carry("verify", source, "--against", target.place).code == 3


def test_a_missing_asset_folder_is_a_gap_and_the_rest_arrives(service: Service) -> None:
    source, target = service.home / "contentful-export.json", service.space()
    source.write_text(json.dumps(vendor_file.small()), "utf-8")
    ended = service.carry("import", source, target.place)
    assert ended.code == 3
    assert any(gap["kind"] in ("files", "assets") for gap in ended.gaps()), ended.gaps()
    assert target.get("assets/pic")["fields"]["title"] == {"en-US": "pic"}
    assert {row["sys"]["id"] for row in target.rows("public/entries")} == {"one", "two"}


def test_a_file_of_a_refused_type_is_a_gap(service: Service) -> None:
    content = vendor_file.small()
    content["assets"] = [vendor_file.asset("pic", "p.png", "text/html", 9)]
    source, target = vendor_file.store(service.home / "v", content), service.space()
    ended = service.carry("import", source, target.place)
    assert ended.code == 3
    assert any(gap.get("uid") == "pic" for gap in ended.gaps()), ended.gaps()


def test_a_kind_that_is_refused_to_the_token_is_a_gap_and_one_that_is_not_offered_a_limit(
    service: Service,
) -> None:
    """Facts §2: 403 or 404 on a list is never the end of the run, and never silence."""
    denied = json.dumps({"sys": {"type": "Error", "id": "AccessDenied"}, "message": "no", "requestId": "r"})
    missing = json.dumps({"sys": {"type": "Error", "id": "NotFound"}, "message": "no", "requestId": "r"})
    faults: list[dict[str, Any]] = [
        {"route": "GET /spaces/{}/webhook_definitions", "status": 403, "body": denied},
        {"route": "GET /spaces/{}/environments/{}/workflow_definitions", "status": 404, "body": missing},
    ]
    faults = [{**row, "times": "always"} for row in faults]
    with watched_service.serve(service.home / "narrow", faults=faults) as narrow:
        space, snapshot = narrow.spare(), narrow.home / "s"
        define(space, "page", field("title", "Symbol"))
        rich.write(space, "one", title={"en-US": "one"})
        ended = narrow.carry("export", space.place, snapshot)
    assert (ended.code, {gap["kind"] for gap in ended.gaps()}) == (3, {"webhooks"}), ended.said
    assert any(row["kind"].startswith("workflow") for row in ended.report["limits"]), ended.report["limits"]
