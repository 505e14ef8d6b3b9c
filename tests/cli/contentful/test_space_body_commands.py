"""`stackferry release entries` and `assets` on a space: what a Timeline release holds of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from contentful_clients import link, made, release, timeline
from space_command_line import SpaceLine, open_space_line

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE, PICTURE = link("Entry", "one"), link("Asset", "a")


@pytest.fixture
def line() -> Iterator[SpaceLine]:
    with open_space_line() as opened:
        yield opened


@pytest.fixture
def spring(line: SpaceLine) -> str:
    return str(made(line.space, timeline("Spring", ONE, PICTURE))["sys"]["id"])


def title(line: SpaceLine, release: str, kind: str, uid: str) -> Any:
    return line.space.get(f"/releases/{release}/{kind}/{uid}")["fields"]["title"]


def test_list_and_get_show_the_copies(line: SpaceLine, spring: str) -> None:
    """id, content type, version; a body as the release holds it."""
    assert line.ok("release entries list", spring).columns == [["one", "page", "1"]]
    assert line.ok("release assets list", spring).columns == [["a", "", "1"]]
    found = json.loads(line.ok("release entries get", spring, "one").out)
    assert (found["sys"]["release"]["sys"]["id"], found["fields"]["title"]) == (spring, {"en-US": "One"})
    report = line.ok("release assets get", spring, "a", "--json").report
    assert report["answer"]["sys"]["id"] == "a"


def test_list_follows_pages() -> None:
    """More than a page holds."""
    with open_space_line(Switches(release_shapes="both", page_rows=3)) as line:
        for number in range(7):
            line.space.entry("page", f"e{number}", title=str(number))
        uid = made(line.space, timeline("Many", *(link("Entry", f"e{n}") for n in range(7))))["sys"]["id"]
        rows = line.ok("release entries list", uid).columns
        assert [row[0] for row in rows] == [f"e{number}" for number in range(7)]


@pytest.mark.parametrize(("kind", "uid"), [("entries", "one"), ("assets", "a")])
def test_put_and_patch_change_the_copy_alone(
    line: SpaceLine, spring: str, tmp_path: Path, kind: str, uid: str
) -> None:
    """A file that `get` printed carries its version; `fields` alone is written to the version that is there."""
    file = tmp_path / "body.json"
    body = json.loads(line.ok(f"release {kind} get", spring, uid).out)
    body["fields"]["title"] = {"en-US": "Later"}
    file.write_text(json.dumps(body), "utf-8")
    assert line.ok(f"release {kind} put", spring, uid, file).columns == [[uid, "2"]]
    assert title(line, spring, kind, uid) == {"en-US": "Later"}
    said = line.failed(1, f"release {kind} put", spring, uid, file)
    assert (
        f"{uid} of release {spring} was not written: its copy in this release was changed since version 1"
        in said
    )
    file.write_text(json.dumps({"fields": body["fields"]}), "utf-8")
    assert line.ok(f"release {kind} put", spring, uid, file).columns == [[uid, "3"]]
    patch = json.dumps([{"op": "replace", "path": "/fields/title/en-US", "value": "Last"}])
    assert line.ok(f"release {kind} patch", spring, uid, "-", stdin=patch).columns == [[uid, "4"]]
    assert title(line, spring, kind, uid) == {"en-US": "Last"}
    line.failed(1, f"release {kind} patch", spring, uid, "-", "--version", "2", stdin=patch)
    assert line.space.get(f"/{kind}/{uid}")["fields"]["title"] != {"en-US": "Last"}


def test_create_makes_what_exists_in_the_release_alone(line: SpaceLine, spring: str) -> None:
    """With an id or without; it joins the items."""
    body = json.dumps({"fields": {"title": {"en-US": "New"}}})
    typed = ["release entries create", spring, "-", "--content-type", "page"]
    assert line.ok(*typed, "--id", "own", stdin=body).columns == [["own", "1"]]
    named = line.ok(*typed, stdin=body).columns[0][0]
    line.ok("release assets create", spring, "-", "--id", "pic", stdin=body)
    rows = line.ok("release show", spring).columns
    assert {row[3] for row in rows if row[0] == "item"} == {"one", "a", "own", named, "pic"}
    assert "own" not in line.space.ids("/entries")
    line.failed(2, "release entries create", spring, "-", stdin=body)


@pytest.mark.parametrize(
    ("words", "stdin", "code", "said"),
    [
        (["entries get", "{release}", "gone"], None, 1, "entry gone of release {release} cannot be read"),
        (["entries get", "{release}", "gone"], None, 1, "the release does not hold it"),
        (["entries list", "gone"], None, 1, "there is no Timeline release 'gone' in environment 'master'"),
        (["entries list", "{launch}"], None, 1, "the entries of release {launch} cannot be listed"),
        (["entries put", "{release}", "one", "-"], "{}", 2, "the file holds no `fields`"),
        (["entries put", "{release}", "one", "-"], "[]", 2, "not a JSON object"),
        (["entries put", "{release}", "one", "-"], "{", 2, "-: "),
        (["entries put", "{release}", "one", "nowhere.json"], None, 2, "nowhere.json: No such file"),
        (["entries patch", "{release}", "one", "-"], "{}", 2, "not a JSON list of operations"),
        (["entries patch", "{release}", "one", "-"], "[1]", 2, "not a JSON list of operations"),
        (["entries get", "{release}", "no/id"], None, 2, "'no/id' is no id"),
        (
            ["entries patch", "{release}", "one", "-"],
            '[{"op": "replace", "path": "/fields/title/en-US", "value": 1}]',
            1,
            "entry one of release {release} was not changed: what is to be written is not valid; mend",
        ),
        (
            ["entries patch", "{release}", "one", "-"],
            '[{"op": "add", "path": "/fields/near/en-US", "value": 1}]',
            1,
            "entry one of release {release} was not changed: the patch cannot be applied to its copy; what lies below",
        ),
        (
            ["entries put", "{release}", "one", "-"],
            '{"fields": {"nofield": {"en-US": 1}}}',
            1,
            "entry one of release {release} was not written: what is to be written is not valid; mend what is named",
        ),
    ],
)
def test_what_cannot_be_done_is_told(
    line: SpaceLine, spring: str, words: list[str], stdin: str | None, code: int, said: str
) -> None:
    """With the release and the entity; what is wrong with a file before anything is written."""
    names = {"release": spring, "launch": made(line.space, release("Launch", ONE))["sys"]["id"]}
    before = len(line.writes)
    name, *rest = [word.format(**names) for word in words]
    assert said.format(**names) in line.failed(code, f"release {name}", *rest, stdin=stdin)
    assert len(line.writes) - before <= (code == 1)
