"""The release and bulk commands as their help tells them, on a space that is read over plain HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import rich_space as rich
import watched_service
from rich_types import define, field

if TYPE_CHECKING:
    from pathlib import Path

    from plain_space import Space
    from watched_service import Ended, Service


@pytest.fixture(scope="module")
def harbour(emulated_spaces: Service) -> Space:
    """Drafts in four locales; each test makes releases of its own."""
    space = emulated_spaces.space()
    rich.fill_locales(space)
    define(space, "page", field("title", "Symbol", localized=True, required=True), field("text", "Text"))
    for number in range(8):
        rich.write(space, f"e{number}", title=rich.titles(f"e{number}"))
    rich.write_asset(space, "pic", rich.titles("pic"), {"en-US": rich.file(space, b"pic", "p.png")})
    return space


class Releases:
    """`stackferry release …` on one place."""

    def __init__(self, service: Service, space: Space) -> None:
        self.service, self.space = service, space

    def __call__(self, command: str, *words: object) -> Ended:
        parts = command.split()
        return self.service.carry("release", *parts, self.space.place, *words)

    def make(self, title: str, *words: object) -> str:
        ended = self("create", title, *words)
        assert ended.code == 0, ended.said
        return next(str(row["sys"]["id"]) for row in self.space.rows("releases") if row["title"] == title)

    def raw(self, key: str) -> Any:
        return self.space.get(f"releases/{key}")


def items(release: Any) -> dict[str, Any]:
    """What a release does with each of its items."""
    found = {}
    for row in release["entities"]["items"]:
        entity = row.get("entity", row)
        found[entity["sys"]["id"]] = row.get("action") or (
            {side: sorted(row[side]["fields"]["*"]) for side in ("add", "remove")} if "add" in row else None
        )
    return found


def test_create_update_archive_and_delete(service: Service, harbour: Space) -> None:
    releases = Releases(service, harbour)
    key = releases.make("Spring", "--entry", "e0", "--asset", "pic", "--locale", "de", "--locale", "fr")
    made = releases.raw(key)
    assert made["sys"]["schemaVersion"] == "Release.v2"
    some = {"add": ["de", "fr"], "remove": ["en-US", "pt-BR"]}
    assert items(made) == {"e0": some, "pic": some}
    assert releases("update", key, "--title", "Summer", "--entry", "e1", "--remove-asset", "pic").code == 0
    changed = releases.raw(key)
    assert (changed["title"], set(items(changed)), items(changed)["e0"]) == ("Summer", {"e0", "e1"}, some)
    stale = releases("update", key, "--title", "Lost", "--version", made["sys"]["version"])
    assert (stale.code, releases.raw(key)["title"]) == (1, "Summer")
    assert key in stale.said
    assert releases("archive", key).code == 0
    assert releases.raw(key)["sys"]["status"] == "archived"
    assert releases("archive", key).code == 1
    refused = releases("publish", key, "--yes")
    assert refused.code == 1
    assert "archive" in refused.said
    assert releases("unarchive", key).code == 0
    assert releases.raw(key)["sys"]["status"] == "active"
    assert releases("delete", key).code == 2
    assert releases("delete", key, "--yes").code == 0
    assert harbour.ask("GET", f"releases/{key}")[0] == 404
    gone = releases("show", key)
    assert gone.code in (1, 2)
    assert key in gone.said


def test_publish_carries_out_what_the_items_say_and_archives_a_timeline_release(
    service: Service, harbour: Space
) -> None:
    releases = Releases(service, harbour)
    key = releases.make("Now", "--entry", "e2", "--locale", "en-US")
    assert releases("validate", key, "--action", "publish").code == 0
    assert "publishedVersion" not in harbour.get("entries/e2")["sys"]
    assert releases("publish", key, "--yes").code == 0
    assert harbour.get("entries/e2")["sys"]["fieldStatus"]["*"]["en-US"] == "published"
    assert harbour.get("entries/e2")["sys"]["fieldStatus"]["*"]["de"] == "draft"
    assert releases.raw(key)["sys"]["status"] == "archived"
    launch = releases.make("Launch now", "--launch", "--entry", "e3", "--asset", "pic")
    assert "schemaVersion" not in releases.raw(launch)["sys"]
    assert releases("publish", launch, "--yes").code == 0
    assert "publishedVersion" in harbour.get("assets/pic")["sys"]
    assert releases("unpublish", launch, "--yes").code == 0
    assert "publishedVersion" not in harbour.get("assets/pic")["sys"]
    rows = releases("actions", "--release", key, "--release", launch).report
    assert json.dumps(rows).count('"succeeded"') >= 4
    alone = releases("actions", "--release", launch, "--action", "unpublish", "--status", "succeeded")
    action = next(row for row in harbour.rows("release_actions", action="unpublish"))["sys"]["id"]
    assert action in json.dumps(alone.report)
    assert releases("action", launch, action).code == 0


def test_a_release_that_cannot_be_published_says_why(service: Service, harbour: Space) -> None:
    rich.write(harbour, "untitled", text={"en-US": "without the title that it needs"})
    releases = Releases(service, harbour)
    key = releases.make("Never", "--entry", "untitled")
    for words in (("validate", key), ("publish", key, "--yes")):
        ended = releases(*words)
        assert ended.code == 1
        assert key in ended.said
        assert "untitled" in json.dumps(ended.report)
    assert "publishedVersion" not in harbour.get("entries/untitled")["sys"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--entry", "nobody"), "nobody"),
        (("--entry", "e0", "--entry", "e0"), "e0"),
        (("--entry", "e0", "--locale", "xx"), "xx"),
        (tuple(word for n in range(201) for word in ("--entry", f"n{n}")), "200"),
    ],
    ids=["gone", "twice", "locale", "too many"],
)
def test_what_a_release_cannot_hold_is_named(
    service: Service, harbour: Space, words: tuple[str, ...], names: str
) -> None:
    ended = Releases(service, harbour)("create", "Refused", *words)
    assert ended.code in (1, 2)
    assert names in ended.said
    assert "Refused" not in {row["title"] for row in harbour.rows("releases")}


FILTERS: list[tuple[tuple[str, ...], dict[str, str]]] = [
    (("--timeline",), {"sys.schemaVersion": "Release.v2"}),
    (("--id", "A", "--id", "B"), {"sys.id[in]": "A,B"}),
    (("--not-id", "A"), {"sys.id[nin]": "A"}),
    (("--created-by", "invented-user"), {"sys.createdBy.sys.id[in]": "invented-user"}),
    (("--status", "archived"), {"sys.status[in]": "archived"}),
    (("--not-status", "archived"), {"sys.status[nin]": "archived"}),
    (("--entry", "e4"), {"entities.sys.id[in]": "e4", "entities.sys.linkType": "Entry"}),
    (("--asset", "pic"), {"entities.sys.id[in]": "pic", "entities.sys.linkType": "Asset"}),
    (("--holds", "asset"), {"entities.sys.linkType": "Asset"}),
    (("--empty",), {"entities[exists]": "false"}),
    (("--not-empty",), {"entities[exists]": "true"}),
    (("--title", "Filtered"), {"title[match]": "Filtered"}),
    *(
        ((f"--order={order}",), {"order": order})
        for order in ("title", "-title", "sys.createdAt", "-sys.updatedAt")
    ),
]


@pytest.mark.torture
def test_every_filter_of_the_page_lists_what_the_service_lists(service: Service, harbour: Space) -> None:
    releases = Releases(service, harbour)
    one = rich.release(harbour, "Filtered one", [rich.item("Entry", "e4", ("de",))])
    two = rich.release(harbour, "Filtered two", [rich.link("Asset", "pic")], timeline=False)
    rich.archive_release(harbour, rich.release(harbour, "Filtered empty", []))
    for words, query in FILTERS:
        known = {"A": one, "B": two, "A,B": f"{one},{two}"}
        named = [known.get(word, word) for word in words]
        asked = {key: known.get(value, value) for key, value in query.items()}
        expected = [row["sys"]["id"] for row in harbour.rows("releases", **asked)]
        ended = releases("list", *named)
        assert ended.code == 0, ended.said
        assert ids(ended) == expected, words
    pages = releases("list", "--limit", 1, "--order=title")
    following = releases("list", "--limit", 1, "--order=title", "--page-next", pages.report["answer"]["next"])
    first_two = [row["sys"]["id"] for row in harbour.rows("releases", order="title")][:2]
    assert [*ids(pages), *ids(following)] == first_two
    launch = ids(releases("list", "--launch"))
    assert two in launch
    assert one not in launch


def ids(ended: Ended) -> list[str]:
    return [row.get("sys", row)["id"] for row in ended.report["answer"]["items"]]


def test_bodies_in_a_timeline_release(service: Service, harbour: Space, tmp_path: Path) -> None:
    releases = Releases(service, harbour)
    key = releases.make("Bodies", "--entry", "e5")
    inside = f"releases/{key}/entries"
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"fields": {"title": {"en-US": "there"}}}))
    assert releases("entries put", key, "e5", body).code == 0
    assert harbour.get(f"{inside}/e5")["fields"] == {"title": {"en-US": "there"}}
    patch = tmp_path / "patch.json"
    patch.write_text(json.dumps([{"op": "replace", "path": "/fields/title/en-US", "value": "patched"}]))
    assert releases("entries patch", key, "e5", patch).code == 0
    assert harbour.get(f"{inside}/e5")["fields"] == {"title": {"en-US": "patched"}}
    assert releases("entries create", key, body, "--content-type", "page", "--id", "only-there").code == 0
    assert harbour.get(f"{inside}/only-there")["fields"] == {"title": {"en-US": "there"}}
    assert harbour.ask("GET", "entries/only-there")[0] == 404
    assert harbour.get("entries/e5")["fields"]["title"] == rich.titles("e5")
    listed = releases("entries list", key)
    assert all(word in json.dumps(listed.report) for word in ("e5", "only-there"))
    shown = releases("entries get", key, "e5")
    assert "patched" in json.dumps(shown.report)


def test_bulk_commands_wait_and_name_what_was_not_done(service: Service, harbour: Space) -> None:
    def bulk(command: str, *words: object) -> Ended:
        return service.carry("bulk", command, harbour.place, *words)

    assert bulk("publish", "--entry", "e6", "--entry", "e7", "--locale", "de", "--locale", "en-US").code == 0
    status = harbour.get("entries/e6")["sys"]["fieldStatus"]["*"]
    assert status == {"de": "published", "en-US": "published", "fr": "draft", "pt-BR": "draft"}
    assert bulk("unpublish", "--entry", "e6", "--yes").code == 0
    assert "publishedVersion" not in harbour.get("entries/e6")["sys"]
    rich.write(harbour, "no-title", text={"en-US": "x"})
    for command in ("validate", "publish"):
        ended = bulk(command, "--entry", "no-title", "--entry", "e6")
        assert ended.code != 0
        assert "no-title" in ended.said + json.dumps(ended.report)
    gone = bulk("publish", "--entry", "nobody")
    assert gone.code != 0
    assert "nobody" in gone.said


BUSY = json.dumps({"sys": {"type": "Error", "id": "BadRequest"}, "message": "in progress", "requestId": "r"})


def test_a_busy_release_is_asked_again_and_a_lost_answer_is_told(service: Service) -> None:
    """429 without a time is no throttling (§6): the action in progress is waited for."""
    faults = [
        {
            "route": "PUT /spaces/{}/environments/{}/releases/{}/published",
            "times": 1,
            "status": 429,
            "body": BUSY,
        },
        {"route": "POST /spaces/{}/environments/{}/releases", "nth": 3, "then": "reset"},
    ]
    with watched_service.serve(service.home / "busy", faults=faults) as busy:
        space = busy.spare()
        define(space, "page", field("title", "Symbol"))
        rich.write(space, "one", title={"en-US": "one"})
        releases = Releases(replace(busy, home=service.home), space)
        key = releases.make("Busy", "--entry", "one")
        assert releases("publish", key, "--yes").code == 0
        assert "publishedVersion" in space.get("entries/one")["sys"]
        lost = releases("create", "Lost", "--launch", "--entry", "one")
        made = [row for row in space.rows("releases") if row["title"] == "Lost"]
        assert len(made) == 1
        assert lost.code == 0 or "may" in lost.said, lost.said
