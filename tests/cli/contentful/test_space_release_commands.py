"""`stackferry release` on a space: typed and answered, and what it did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from contentful_clients import items_of, link, made, release, timeline
from space_client import MASTER, connect
from space_command_line import SpaceLine, open_space_line

from stackferry.emulators.contentful import Access, Fault, Limits, Switches, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, TWO, PICTURE = link("Entry", "one"), link("Entry", "two"), link("Asset", "a")
ACTION_MODE = Switches(release_shapes="both")


@pytest.fixture
def line() -> Iterator[SpaceLine]:
    with open_space_line() as opened:
        yield opened


def spring(line: SpaceLine, *entities: Any) -> str:
    return str(made(line.space, timeline("Spring", *(entities or (ONE,))))["sys"]["id"])


@pytest.fixture(scope="module")
def listed() -> Iterator[tuple[SpaceLine, dict[str, str]]]:
    """Four releases, a second apart, by their titles; the unfiltered list holds Launch releases only."""
    with open_space_line(Switches(release_shapes="both", release_list="v1")) as line:
        space, ids = line.space, {}
        space.space.tokens["second"] = Access("second-user")
        with serve(space.emulator) as origin, connect(origin, "second") as other:
            for title, client, body in (
                ("Spring sale", space.http, timeline("Spring sale", ONE)),
                ("Summer sale", other, timeline("Summer sale", PICTURE)),
                ("Autumn", space.http, timeline("Autumn")),
                ("Launch day", space.http, release("Launch day", TWO)),
            ):
                space.clock.pass_seconds(1)
                ids[title] = client.post(f"{MASTER}/releases", json=body).json()["sys"]["id"]
        space.clock.pass_seconds(1)
        space.ok("PUT", f"/releases/{ids['Autumn']}/archived", version=1)
        yield line, ids


NEWEST = ["Autumn", "Launch day", "Summer sale", "Spring sale"]
# A word that is the title of a release stands for its id.
LISTS: list[tuple[str, list[str]]] = [
    ("", NEWEST),
    ("--timeline", ["Autumn", "Summer sale", "Spring sale"]),
    ("--launch", ["Launch day"]),
    ("--id Autumn --id Launch_day", ["Autumn", "Launch day"]),
    ("--not-id Autumn --not-id Launch_day", ["Summer sale", "Spring sale"]),
    ("--created-by second-user --created-by nobody", ["Summer sale"]),
    ("--status archived", ["Autumn"]),
    ("--status archived --status active", NEWEST),
    ("--not-status archived", NEWEST[1:]),
    ("--entry one", ["Spring sale"]),
    ("--entry one --entry two", ["Launch day", "Spring sale"]),
    ("--asset a", ["Summer sale"]),
    ("--holds asset", ["Summer sale"]),
    ("--holds entry --entry two", ["Launch day"]),
    ("--empty", ["Autumn"]),
    ("--not-empty", NEWEST[1:]),
    ("--title sale", ["Summer sale", "Spring sale"]),
    ("--order title", sorted(NEWEST)),
    ("--order -title", sorted(NEWEST)[::-1]),
    ("--order sys.createdAt", ["Spring sale", "Summer sale", "Autumn", "Launch day"]),
    ("--order -sys.createdAt", ["Launch day", "Autumn", "Summer sale", "Spring sale"]),
    ("--order sys.updatedAt", NEWEST[::-1]),
    ("--order -sys.updatedAt", NEWEST),
    ("--limit 2", NEWEST[:2]),
    ("--timeline --order title --limit 1", ["Autumn"]),
    ("--launch --title sale", []),
]


@pytest.mark.parametrize(("typed", "titles"), LISTS)
def test_list_has_every_filter_and_order(
    listed: tuple[SpaceLine, dict[str, str]], typed: str, titles: list[str]
) -> None:
    """Both generations in one order, also where the service lists them apart; --json has the releases as answered."""
    line, ids = listed
    words = [ids.get(word.replace("_", " "), word) for word in typed.split()]
    assert [row[4] for row in line.ok("release list", *words).columns if row != [""]] == titles
    found = line.ok("release list", *words, "--json").report["answer"]["items"]
    assert [row["title"] for row in found] == titles


def test_list_shows_the_generation_the_state_and_the_number_of_items(
    listed: tuple[SpaceLine, dict[str, str]],
) -> None:
    line, ids = listed
    rows = line.ok("release list").columns
    assert [ids["Autumn"], "timeline", "archived", "0", "Autumn"] in rows
    assert [ids["Launch day"], "launch", "active", "1", "Launch day"] in rows


def test_list_follows_cursors_and_begins_at_one(listed: tuple[SpaceLine, dict[str, str]]) -> None:
    """`next` of a report is what --page-next takes, as an address or as the cursor alone."""
    line, _ = listed
    words = ["--timeline", "--order", "title", "--limit", "1"]
    first = line.ok("release list", *words, "--json").report["answer"]
    assert "pageNext=" in first["next"]
    cursor = first["next"].partition("pageNext=")[2].partition("&")[0]
    for begin in (first["next"], cursor):
        second = line.ok("release list", *words, "--page-next", begin, "--json").report["answer"]
        assert [row["title"] for row in second["items"]] == ["Spring sale"]


@pytest.mark.parametrize(
    "typed",
    ["--entry one --asset a", "--holds asset --entry one", "--order sys.id", "--status open", "--entry no/id",
     "--limit 0", "--holds tag"],
)  # fmt: skip
def test_list_refuses_what_cannot_be_meant(listed: tuple[SpaceLine, dict[str, str]], typed: str) -> None:
    """Exit 2 and no request."""
    line, _ = listed
    before = len(line.space.emulator.log)
    line.failed(2, "release list", *typed.split())
    assert len(line.space.emulator.log) == before


@pytest.mark.parametrize("switch", ["mixed", "v1"])
def test_list_reads_no_more_than_it_must(switch: Any) -> None:
    """A list that shows both generations is enough; else the other one is asked for, too."""
    with open_space_line(Switches(release_shapes="both", release_list=switch)) as line:
        spring(line)
        before = len(line.space.emulator.log)
        assert len(line.ok("release list").columns) == 1
        assert len(line.space.emulator.log) - before == (1 if switch == "mixed" else 2)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_plan_without_timeline_lists_its_launch_releases(status: int) -> None:
    """That Timeline releases are not listed is said, with the service's words, and in the report."""
    with open_space_line(Switches(release_shapes="both", release_list="v1")) as line:
        uid = made(line.space, release("Launch", TWO))["sys"]["id"]
        body = b'{"sys": {"type": "Error", "id": "Unheard"}, "message": "no such plan"}'
        line.space.emulator.faults.add(Fault(path="schemaVersion", status=status, body=body, times=9))
        result = line.ok("release list")
        assert [row[0] for row in result.columns] == [uid]
        assert "Timeline releases are not listed: the releases cannot be listed" in result.err
        assert "no such plan" in line.ok("release list", "--json").report["answer"]["refused"]
        assert line.run("release list", "--timeline").code == (4 if status == 403 else 1)


@pytest.mark.parametrize("words", [[], ["--timeline"], ["--launch"]])
def test_pages_that_are_too_large_are_asked_for_with_fewer_rows(words: list[str]) -> None:
    """The service refuses an answer above 7 MB; here above 8 kB."""
    with open_space_line(Switches(release_shapes="both"), Limits(answer_bytes=8_000)) as line:
        for number in range(30):
            body = release(f"L{number}", ONE) if "--launch" in words else timeline(f"T{number}", ONE, PICTURE)
            made(line.space, body)
        assert len(line.ok("release list", *words).columns) == 30


def test_show_tells_what_becomes_of_each_item(line: SpaceLine) -> None:
    """The release, its last action, a line for each item; locales where items name them."""
    uid = spring(line, ONE, PICTURE)
    line.ok("release validate", uid)
    rows = line.ok("release show", uid).columns
    assert rows[0] == [uid, "timeline", "active", "1", "Spring"]
    assert rows[1][0] == "last action"
    assert rows[2:] == [["item", "publish", "entry", "one", ""], ["item", "publish", "asset", "a", ""]]
    launch = made(line.space, release("Launch", TWO))["sys"]["id"]
    assert line.ok("release show", launch).columns[1] == ["item", "publish", "entry", "two", ""]
    found = line.ok("release show", uid, "--json").report["answer"]
    assert found == line.space.get(f"/releases/{uid}")


@pytest.mark.parametrize("by_locale", [False, True])
def test_create_makes_either_generation_in_the_shape_that_the_space_wants(by_locale: bool) -> None:
    """A space that publishes by locale refuses items with an action: then they name every locale."""
    with open_space_line(Switches()) as line:
        line.space.locale("de")
        line.space.space.locale_publishing = by_locale
        words = ["--entry", "one", "--asset", "a", "--action", "unpublish"]
        row = line.ok("release create", "Fall", *words).columns[0]
        assert row[1:] == ["timeline", "active", "1", "Fall"]
        found = line.space.get(f"/releases/{row[0]}")
        assert items_of(found) == ["one", "a"]
        item = found["entities"]["items"][0]
        codes = {"add": {"fields": {"*": []}}, "remove": {"fields": {"*": ["en-US", "de"]}}}
        assert item == {"entity": ONE, **(codes if by_locale else {"action": "unpublish"})}
        launch = line.ok("release create", "Day", "--launch", "--entry", "two").columns[0]
        assert launch[1] == "launch"
        assert line.space.get(f"/releases/{launch[0]}")["entities"]["items"] == [TWO]
        assert line.ok("release create", "Empty").columns[0][1] == "timeline"


def test_create_and_update_by_locale() -> None:
    """The locales named are published, all others taken down; other items keep theirs."""
    with open_space_line(Switches()) as line:
        for code in ("de", "fr"):
            line.space.locale(code)
        uid = line.ok("release create", "Spring", "--entry", "one", "--locale", "de").columns[0][0]
        rows = line.ok("release show", uid).columns
        assert rows[1:] == [
            ["item", "publish", "entry", "one", "de"],
            ["item", "unpublish", "entry", "one", "en-US, fr"],
        ]
        line.ok("release update", uid, "--entry", "two", "--locale", "fr", "--locale", "en-US")
        assert len(line.ok("release show", uid).columns) == 5
        line.ok("release update", uid, "--entry", "one", "--action", "unpublish")
        assert ["item", "unpublish", "entry", "one", "en-US, de, fr"] in line.ok("release show", uid).columns
        said = line.failed(2, "release create", "Other", "--entry", "one", "--locale", "it")
        assert "'it' is not a locale of the environment; it has en-US, de, fr" in said


def test_update_after_a_locale_was_added_and_another_one_went() -> None:
    """Items that stay get the locales of today: what is published as a whole stays so, what in part as it was."""
    with open_space_line(Switches()) as line:
        for code in ("de", "fr"):
            line.space.locale(code)
        uid = line.ok("release create", "Spring", "--entry", "one", "--locale", "de").columns[0][0]
        line.ok(
            "release update", uid, "--entry", "two", "--locale", "de", "--locale", "fr", "--locale", "en-US"
        )
        line.space.locale("it")
        locales = line.space.space.master.locales
        del locales[next(key for key, row in locales.items() if row["code"] == "fr")]
        said = line.ok("release update", uid, "--title", "Fall").err
        assert "entry one named no it: the release takes down that, too" in said
        assert "entry two named no it: the release publishes that, too" in said
        rows = [row[1:] for row in line.ok("release show", uid).columns[1:]]
        assert rows == [
            ["publish", "entry", "one", "de"],
            ["unpublish", "entry", "one", "en-US, it"],
            ["publish", "entry", "two", "en-US, de, it"],
        ]


def test_update_changes_what_is_named_and_keeps_the_rest(line: SpaceLine) -> None:
    """Title, items put in, items taken out; metadata stays; without a difference nothing is sent."""
    body = {**timeline("Spring", ONE, TWO), "metadata": {"withReferences": [{"entity": ONE, "filter": {}}]}}
    uid = made(line.space, body)["sys"]["id"]
    line.ok("release update", uid, "--title", "Fall")
    line.ok("release update", uid, "--asset", "a", "--remove-entry", "two")
    found = line.space.get(f"/releases/{uid}")
    assert (found["title"], items_of(found), found["sys"]["version"]) == ("Fall", ["one", "a"], 3)
    assert found["metadata"] == body["metadata"]
    line.ok("release update", uid, "--entry", "one", "--action", "unpublish")
    assert line.space.get(f"/releases/{uid}")["entities"]["items"][0]["action"] == "unpublish"
    before = len(line.writes)
    for same in (["--title", "Fall"], ["--entry", "one", "--action", "unpublish"]):
        assert line.ok("release update", uid, *same).columns[0][3] == "4"
    assert len(line.writes) == before


@pytest.mark.parametrize("kind", ["Entry", "Link"])
def test_what_a_create_lacks_is_named(line: SpaceLine, kind: str) -> None:
    """Also where the refusal names it as the thing itself, and not among its errors."""
    missing: dict[str, Any] = {**ONE["sys"], "type": kind}
    body = json.dumps({"sys": {"id": "NotFound"}, "message": "not found", "details": {"sys": missing}})
    fault = Fault(method="POST", path="/releases$", status=404, body=body.encode(), carried_out=False)
    line.space.emulator.faults.add(fault)
    said = line.failed(1, "release create", "Spring", "--entry", "one", "--entry", "two")
    assert "entry one does not exist" in said


def test_update_is_refused_before_anything_is_written(line: SpaceLine) -> None:
    """What is not there, what contradicts itself, what no release can hold, a version that is past."""
    uid = spring(line)
    launch = made(line.space, release("Launch", TWO))["sys"]["id"]
    before = len(line.writes)
    many = [word for number in range(201) for word in ("--entry", f"e{number}")]
    for words, said in (
        ([uid], "give a --title"),
        ([uid, "--remove-entry", "two"], f"release {uid} does not hold entry two; nothing was changed"),
        ([uid, "--entry", "one", "--remove-entry", "one"], "to be put in and to be taken out"),
        ([uid, "--entry", "one", "--entry", "one"], "entry one is named twice"),
        ([uid, *many], "a release holds at most 200 entities, not 201"),
        ([uid, "--asset", "a", *many[:-4]], "a release holds at most 200 entities, not 201"),
        ([launch, "--entry", "one", "--action", "unpublish"], "a Launch release publishes what it holds"),
        ([launch, "--entry", "one", "--locale", "en-US"], "a Launch release publishes what it holds"),
        ([uid, "--entry", "one", "--action", "unpublish", "--locale", "en-US"], "all others are taken down"),
    ):
        assert said in line.failed(2, "release update", *words)
    assert len(line.writes) == before
    said = line.failed(1, "release update", uid, "--title", "Late", "--version", "7")
    assert f"release {uid} was not changed: it was changed since version 7 was read; look at it" in said


def test_delete_archive_and_unarchive(line: SpaceLine) -> None:
    uid = spring(line)
    assert line.ok("release archive", uid).columns[0][2:4] == ["archived", "2"]
    said = line.failed(1, "release archive", uid)
    assert f"release {uid} was not archived: it is archived already" in said
    assert line.ok("release unarchive", uid, "--version", "2").columns[0][2:4] == ["active", "3"]
    said = line.failed(1, "release unarchive", uid)
    assert f"release {uid} was not unarchived: it is not archived" in said
    said = line.failed(2, "release delete", uid)
    assert "--yes" in said
    assert line.ok("release delete", uid, "--yes").out == ""
    assert line.space.ids("/releases") == []
    assert "there is no release" in line.failed(1, "release delete", uid, "--yes")


def test_an_alias_is_told(line: SpaceLine) -> None:
    """A place may name an alias; the environment that it leads to is said, and in the report."""
    line.space.space.put(
        "aliases",
        {"sys": {"id": "live", "type": "EnvironmentAlias"}, "environment": link("Environment", "master")},
    )
    uid = spring(line)
    result = line.run("release show", uid, "--json", place=line.place(environment="live"))
    assert (result.code, result.report["environment"]) == (0, "master")
    assert "'live' is an alias of environment 'master'" in result.err
    assert "environment" not in line.ok("release show", uid, "--json").report
