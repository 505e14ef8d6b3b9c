"""`stackferry release validate`, `publish`, `unpublish`, `actions`, `action` on a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from contentful_clients import link, made, release, timeline
from space_command_line import SpaceLine, open_space_line

from stackferry.emulators.contentful import Limits, Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, TWO, BAD = link("Entry", "one"), link("Entry", "two"), link("Entry", "bad")


@pytest.fixture
def line() -> Iterator[SpaceLine]:
    with open_space_line(Switches(release_shapes="both", release_refusal="action")) as opened:
        opened.space.entry("page", "bad", near=link("Entry", "nothing"))
        yield opened


def spring(line: SpaceLine, *entities: object) -> str:
    return str(made(line.space, timeline("Spring", *(entities or (ONE,))))["sys"]["id"])  # type: ignore[arg-type]  # JSON


def test_validate_and_publish_wait_and_report_the_action(line: SpaceLine) -> None:
    """id, action, status, release; the release is then archived, and its entry live."""
    uid = spring(line)
    for what in ("publish", "unpublish"):
        row = line.ok("release validate", uid, "--action", what).columns[0]
        assert row[1:4] == ["validate", "succeeded", uid]
    assert line.space.ids("/public/entries") == []
    row = line.ok("release publish", uid, "--yes").columns[0]
    assert row[1:4] == ["publish", "succeeded", uid]
    assert line.space.ids("/public/entries") == ["one"]
    said = line.failed(1, "release publish", uid, "--yes")
    assert (
        f"release {uid} was not published: it is archived, and then nothing can be done with it; unarchive"
        in said
    )


def test_unpublish_takes_a_launch_release_down(line: SpaceLine) -> None:
    """A Timeline release cannot be: that is said."""
    launch = made(line.space, release("Launch", ONE))["sys"]["id"]
    line.ok("release publish", launch, "--yes")
    assert line.ok("release unpublish", launch, "--yes", "--json").report["answer"]["action"] == "unpublish"
    assert line.space.ids("/public/entries") == []
    said = line.failed(1, "release unpublish", spring(line), "--yes")
    assert "a Timeline release cannot be unpublished as a whole; make a release whose items" in said


@pytest.mark.parametrize("name", ["release publish", "release unpublish", "release delete"])
def test_without_a_terminal_nothing_is_sent(line: SpaceLine, name: str) -> None:
    """Exit 2 and not one request, unless --yes is given."""
    uid = spring(line)
    before = len(line.space.emulator.log)
    assert "--yes" in line.failed(2, name, uid)
    assert len(line.space.emulator.log) == before


def test_an_action_that_fails_is_told_entity_by_entity(line: SpaceLine) -> None:
    """Exit 1; the entity and why; nothing of the release was published."""
    uid = spring(line, ONE, BAD)
    for name, more in (("release validate", []), ("release publish", ["--yes"])):
        result = line.run(name, uid, *more)
        assert result.code == 1
        assert result.columns[0][2] == "failed"
        assert result.columns[1][1].startswith("entry bad: ")
        assert f"release {uid}: {name.split()[1]} failed" in result.err
    assert line.space.ids("/public/entries") == []
    action = line.ok("release actions", "--limit", "1").columns[0][0]
    assert line.ok("release action", uid, action).columns[1][1].startswith("entry bad: ")


def test_a_refusal_at_once_is_told_entity_by_entity() -> None:
    """The page says 429 where entities are not valid."""
    with open_space_line(Switches(release_shapes="both", release_refusal="429")) as line:
        line.space.entry("page", "bad", near=link("Entry", "nothing"))
        said = line.failed(1, "release publish", spring(line, BAD), "--yes")
        assert "it has validation errors: entry bad: " in said


def test_without_waiting_the_action_is_told_as_it_was_begun() -> None:
    with open_space_line(Switches(release_shapes="both", job_seconds=9)) as line:
        uid = spring(line)
        action, _, status, *_ = line.ok("release validate", uid, "--no-wait").columns[0]
        assert status == "created"
        seen = [line.ok("release action", uid, action).columns[0][2] for _ in range(2)]
        assert seen == ["created", "inProgress"]
        line.space.clock.pass_seconds(9)
        assert line.ok("release action", uid, action, "--wait").columns[0][2] == "succeeded"
        said = line.failed(1, "release action", uid, "nothing")
        assert f"action nothing of release {uid} cannot be read: this release has no action 'nothing'" in said


def test_a_busy_release_is_waited_for_and_then_told() -> None:
    """Another action of it is under way: followed to its end; what is in the way is named where it has none."""
    with open_space_line(Switches(release_shapes="both", job_requests=2)) as line:
        uid = spring(line)
        line.ok("release validate", uid, "--no-wait")
        assert line.ok("release publish", uid, "--yes").columns[0][1:3] == ["publish", "succeeded"]
        assert len([one for one in line.writes if "/releases/" in one and "published" in one]) == 2
    with open_space_line(Switches(release_shapes="both"), Limits(release_actions=0)) as line:
        said = line.failed(1, "release publish", spring(line), "--yes")
        assert "as many actions are under way as the space allows; wait until some have ended" in said


@pytest.fixture(scope="module")
def acted() -> Iterator[tuple[SpaceLine, dict[str, str]]]:
    """Two releases: one validated twice and published, one validated with errors; the ids of all."""
    with open_space_line() as line:
        line.space.entry("page", "bad", near=link("Entry", "nothing"))
        ids = {"good": spring(line), "poor": spring(line, BAD)}
        for name, which, what in (
            ("validated", "good", "validate"),
            ("unfit", "poor", "validate"),
            ("again", "good", "validate"),
            ("published", "good", "publish"),
        ):
            line.space.clock.pass_seconds(1)
            more = ["--yes"] if what == "publish" else []
            ids[name] = line.run(f"release {what}", ids[which], *more).columns[0][0]
        yield line, ids


ALL = ["published", "again", "unfit", "validated"]
# A word that names a release or an action stands for its id.
ACTIONS: list[tuple[str, list[str]]] = [
    ("", ALL),
    ("--action validate", ALL[1:]),
    ("--action unpublish", []),
    ("--id again --id unfit", ["again", "unfit"]),
    ("--release poor", ["unfit"]),
    ("--release poor --release good", ALL),
    ("--status failed", ["unfit"]),
    ("--status succeeded --status inProgress", ["published", "again", "validated"]),
    ("--not-status succeeded --not-status created", ["unfit"]),
    ("--unique-by-release", ["published", "unfit"]),
    ("--order sys.createdAt", ALL[::-1]),
    ("--order -sys.createdAt", ALL),
    ("--order sys.updatedAt", ALL[::-1]),
    ("--order -sys.updatedAt", ALL),
    ("--limit 2", ALL[:2]),
]


@pytest.mark.parametrize(("typed", "names"), ACTIONS)
def test_actions_has_every_filter_and_order(
    acted: tuple[SpaceLine, dict[str, str]], typed: str, names: list[str]
) -> None:
    line, ids = acted
    words = [ids.get(word, word) for word in typed.split()]
    rows = line.ok("release actions", *words).columns
    assert [row[0] for row in rows if row != [""]] == [ids[name] for name in names]


def test_actions_follow_cursors_and_begin_at_one(acted: tuple[SpaceLine, dict[str, str]]) -> None:
    """`next` of a report is what --page-next takes, as an address or as the cursor alone."""
    line, ids = acted
    words = ["--order", "sys.createdAt", "--limit", "3"]
    first = line.ok("release actions", *words, "--json").report["answer"]
    cursor = first["next"].partition("pageNext=")[2].partition("&")[0]
    for begin in (first["next"], cursor):
        second = line.ok("release actions", *words, "--page-next", begin, "--json").report["answer"]
        assert [row["sys"]["id"] for row in second["items"]] == [ids["published"]]


@pytest.mark.parametrize("typed", ["--status failed --not-status created", "--order action", "--status done"])
def test_actions_refuses_what_cannot_be_meant(acted: tuple[SpaceLine, dict[str, str]], typed: str) -> None:
    line, _ = acted
    before = len(line.space.emulator.log)
    line.failed(2, "release actions", *typed.split())
    assert len(line.space.emulator.log) == before


def test_actions_of_a_release_that_is_not_there(acted: tuple[SpaceLine, dict[str, str]]) -> None:
    line, _ = acted
    assert "there is no release 'nothing'" in line.failed(1, "release actions", "--release", "nothing")
