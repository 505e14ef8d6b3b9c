"""`stackferry release`, typed and answered, and what it did to the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from live_command_line import LiveCommandLine, open_live_command_line

from live_stack import FIRST, LIVE, PICTURE, SECOND, SPRING

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def line() -> Iterator[LiveCommandLine]:
    with open_live_command_line() as opened:
        yield opened


def pinned(uid: str, version: int = 1, locale: str = "en-us", action: str = "publish") -> tuple[object, ...]:
    kind = "built_io_upload" if uid == PICTURE else "page"
    return (uid, kind, locale, version, action)


def fill(line: LiveCommandLine) -> None:
    named = ("--entry", f"page/{FIRST}@1", "--entry", f"page/{SECOND}", "--asset", PICTURE)
    line.ok("release", "add", SPRING, *named, "--locale", "en-us")


def test_list_shows_every_release(line: LiveCommandLine) -> None:
    """uid, number of items, lock, name; 150 of them come on two pages."""
    for number in range(149):
        line.live.branch.put_release({"uid": f"blt{number:03}", "name": f"R{number}", "locked": True})
    fill(line)
    rows = line.ok("release", "list").columns
    assert len({row[0] for row in rows}) == 150
    assert [SPRING, "3", "open", "Spring"] in rows
    assert ["blt007", "0", "locked", "R7"] in rows


def test_show_lists_items_and_deployments(line: LiveCommandLine) -> None:
    """The release, a line for each deployment, a line for each item; with --json the release as answered."""
    fill(line)
    line.ok("release", "deploy", SPRING, "-e", "live", "--yes")
    rows = line.ok("release", "show", SPRING).columns
    assert rows[0] == [SPRING, "locked", "Spring", "flowers"]  # as whatever was deployed
    assert rows[1][:3] == ["deployed", LIVE, "success"]
    assert ["item", "publish", "page", FIRST, "en-us", "1", "First"] in rows
    release = line.ok("release", "show", SPRING, "--json").report["answer"]["release"]
    assert (release["description"], len(release["items"])) == ("flowers", 3)


@pytest.mark.parametrize(
    "words",
    [("create", " "), ("clone", "blt01", ""), ("update", "blt01", "--name", "")],
    ids=lambda one: one[0],
)
def test_a_release_without_a_name_is_refused(line: LiveCommandLine, words: tuple[str, ...]) -> None:
    mark = len(line.live.emulator.log)
    result = line.run("release", *words)
    assert (result.code, "it is empty" in result.err) == (2, True)
    assert line.live.emulator.log[mark:] == []


def test_create_update_and_clone(line: LiveCommandLine) -> None:
    """Each prints the uid of what it made; a clone has the items."""
    uid = line.ok("release", "create", "Autumn", "--description", "leaves").columns[0][0]
    made = line.live.branch.releases[uid].raw
    assert (made["name"], made["description"]) == ("Autumn", "leaves")
    line.ok("release", "update", uid, "--name", "Fall")
    made = line.live.branch.releases[uid].raw
    assert (made["name"], made["description"]) == ("Fall", "leaves")
    assert line.run("release", "update", uid).code == 2
    fill(line)
    clone = line.ok("release", "clone", SPRING, "Again").columns[0][0]
    assert line.live.items(clone) == line.live.items()


def test_add_names_items_of_all_kinds(line: LiveCommandLine) -> None:
    """Entries at a version or their latest, assets, in several languages, to publish or unpublish."""
    fill(line)
    assert line.live.items() == {pinned(FIRST), pinned(SECOND), pinned(PICTURE)}
    words = ("--entry", f"page/{FIRST}", "--locale", "fr-fr", "--locale", "de-de", "--action", "unpublish")
    line.ok("release", "add", SPRING, *words)
    french, german = pinned(FIRST, 1, "fr-fr", "unpublish"), pinned(FIRST, 2, "de-de", "unpublish")
    assert line.live.items() == {pinned(FIRST), pinned(SECOND), pinned(PICTURE), french, german}
    for wrong in ((), ("--entry", FIRST), ("--entry", f"page/{FIRST}@0"), ("--asset", f"page/{PICTURE}")):
        assert line.run("release", "add", SPRING, *wrong).code == 2


def test_a_variant_is_an_item_of_its_own(line: LiveCommandLine) -> None:
    """Beside the entry itself, at the variant's version; it is shown, and taken out alone."""
    raw: dict[str, Any] = {"title": "For some", "_variant": {"_uid": "cs_some"}}
    for version in (1, 2, 3):
        line.live.branch.put_variant("page", FIRST, "en-us", {**raw, "_version": version})
    named = ("--entry", f"page/{FIRST}")
    line.ok("release", "add", SPRING, *named)
    line.ok("release", "add", SPRING, *named, "--variant", "cs_some")
    held = [(row.get("variant_id"), row["version"]) for row in line.live.branch.releases[SPRING].items]
    assert held == [(None, 2), ("cs_some", 3)]
    assert line.ok("release", "show", SPRING).columns[-1][-1] == "cs_some"
    assert line.run("release", "add", SPRING, "--asset", PICTURE, "--variant", "cs_some").code == 2
    assert line.run("release", "add", SPRING, *named, "--variant", "cs_none").code == 1
    line.ok("release", "remove", SPRING, *named, "--variant", "cs_some", "--yes")
    assert line.live.items() == {pinned(FIRST, 2)}


def test_add_takes_more_than_a_request_does(line: LiveCommandLine) -> None:
    """26 items: two requests, all items there."""
    for number in range(26):
        line.live.put(f"blt{number}", f"T{number}")
    named = [word for number in range(26) for word in ("--entry", f"page/blt{number}")]
    report = line.ok("release", "add", SPRING, *named, "--json").report
    assert (len(report["answers"]), report["objects"]) == (2, {"release_items": 26})
    assert len(line.live.items()) == 26


def test_remove_takes_out_what_is_named(line: LiveCommandLine) -> None:
    """Items are found in the release, whatever they say beside their uid; one that is not there stops everything."""
    fill(line)
    result = line.run(
        "release", "remove", SPRING, "--entry", f"page/{FIRST}", "--entry", "page/blt0", "--yes"
    )
    assert (result.code, len(line.live.items())) == (2, 3)
    assert line.run("release", "remove", SPRING, "--entry", f"page/{FIRST}@2", "--yes").code == 2
    assert (
        line.run("release", "remove", SPRING, "--entry", f"page/{FIRST}", "--locale", "fr-fr", "--yes").code
        == 2
    )
    line.ok("release", "remove", SPRING, "--entry", f"page/{FIRST}", "--asset", PICTURE, "--yes")
    assert line.live.items() == {pinned(SECOND)}
    assert line.run("release", "remove", SPRING, "--all", "--entry", f"page/{SECOND}", "--yes").code == 2
    line.ok("release", "remove", SPRING, "--all", "--yes")
    assert line.live.items() == set()


def test_update_items_pins_the_latest(line: LiveCommandLine) -> None:
    """Version 1 becomes version 2."""
    fill(line)
    line.ok("release", "update-items", SPRING)
    assert pinned(FIRST, 2) in line.live.items()


def test_lock_and_unlock(line: LiveCommandLine) -> None:
    """A locked release refuses items, in the service's words; an unlocked one takes them."""
    line.ok("release", "lock", SPRING)
    result = line.run("release", "add", SPRING, "--entry", f"page/{FIRST}")
    assert (result.code, "locked" in result.err) == (1, True)
    line.ok("release", "unlock", SPRING)
    line.ok("release", "add", SPRING, "--entry", f"page/{FIRST}")
    assert line.live.items() == {pinned(FIRST, 2)}


def test_deploy_carries_the_items_out(line: LiveCommandLine) -> None:
    """What is pinned is published; later, when asked; not without an environment."""
    fill(line)
    line.ok("release", "deploy", SPRING, "-e", "drafts", "--at", "2999-01-01T00:00:00.000Z", "--yes")
    assert line.live.live(FIRST) == set()
    line.ok("release", "deploy", SPRING, "-e", "live", "--locale", "en-us", "--yes")
    assert line.live.live(FIRST) == {(LIVE, "en-us", 1)}
    assert line.run("release", "deploy", SPRING, "--yes").code == 2
    line.ok("release", "deploy", SPRING, "-e", "live", "--action", "unpublish", "--yes")
    assert line.live.emulator.sent[-1][1] == {"release": {"environments": ["live"], "action": "unpublish"}}


@pytest.mark.parametrize(
    "words", [("delete", SPRING), ("deploy", SPRING, "-e", "live"), ("remove", SPRING, "--all")]
)
def test_without_a_terminal_a_release_is_not_touched(line: LiveCommandLine, words: tuple[str, ...]) -> None:
    """Exit 2 and not one request; with --yes it is done."""
    fill(line)
    before = len(line.live.emulator.log)
    result = line.run("release", *words)
    assert (result.code, len(line.live.emulator.log)) == (2, before)
    assert "--yes" in result.err
    line.ok("release", *words, "--yes")
    written = [one for one in line.live.emulator.log[before:] if one.method != "GET"]
    assert len(written) == 1


def test_delete_leaves_the_entries(line: LiveCommandLine) -> None:
    """The release is gone, its items' entries are not."""
    fill(line)
    assert line.ok("release", "delete", SPRING, "--yes").out == "Release deleted successfully.\n"
    assert line.live.branch.releases == {}
    assert line.live.languages(FIRST) == {"en-us", "fr-fr"}
