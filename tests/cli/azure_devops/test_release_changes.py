"""`stackferry release create`, `status`, `keep` and `tag` on a project, judged by what the service holds then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_client import chain, stage
from project_line import ORGANIZATION, TOKEN, ProjectLine, open_project_line

from stackferry.emulators.azure_devops import Fault, Switches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def line() -> Iterator[ProjectLine]:
    with open_project_line() as opened:
        yield opened


def build_artifact(alias: str) -> Any:
    reference = {"definition": {"id": "7", "name": "CI"}, "project": {"id": "p", "name": "My Web"}}
    return {"alias": alias, "type": "Build", "sourceId": "p:7", "definitionReference": reference}


def with_artifacts(line: ProjectLine) -> int:
    line.project.put("build_definitions", {"id": 7, "name": "CI", "path": "\\"})
    line.project.put(
        "builds", {"id": 41, "buildNumber": "2026.1.3", "definition": {"id": 7}, "sourceBranch": "b"}
    )
    artifacts = [build_artifact("_Shop.CI"), {**build_artifact("Text"), "type": "Git"}]
    return line.definition(artifacts=artifacts)


def test_a_release_is_made_with_everything_that_is_given(line: ProjectLine) -> None:
    number = with_artifacts(line)
    line.emulator.organizations[ORGANIZATION].add_person("Ana", "ana")
    words = "--description Try --reason 4 --manual Prod --created-for ana --draft --property origin=here"
    more = ("--artifact", "_Shop.CI=41:2026.1.3@refs/heads/main", "--artifact", "Text=3f2a")
    variables = ("--variable", "url=https://x/?a=b", "--variable", "empty=", "--stage-variable", "Dev/size=S")
    line.sent.clear()
    answer = line.answer("create", "d1", *words.split(), *more, *variables)
    assert line.writes[0].body == {
        "definitionId": number,
        "description": "Try",
        "artifacts": [
            {
                "alias": "_Shop.CI",
                "instanceReference": {"id": "41", "name": "2026.1.3", "sourceBranch": "refs/heads/main"},
            },
            {"alias": "Text", "instanceReference": {"id": "3f2a"}},
        ],
        "isDraft": True,
        "reason": "pullRequest",
        "manualEnvironments": ["Prod"],
        "variables": {"url": {"value": "https://x/?a=b"}, "empty": {"value": ""}},
        "environmentsMetadata": [{"definitionEnvironmentId": 1, "variables": {"size": {"value": "S"}}}],
        "properties": {"origin": "here"},
        "createdFor": "ana",
    }
    raw = line.release(answer["id"])
    assert (raw["status"], raw["description"], raw["reason"]) == ("draft", "Try", "pullRequest")
    assert raw["variables"] == {"url": {"value": "https://x/?a=b"}, "empty": {"value": ""}}
    assert raw["environments"][0]["variables"] == {"size": {"value": "S"}}
    assert raw["artifacts"][0]["definitionReference"]["branch"]["id"] == "refs/heads/main"


def test_only_what_is_given_is_sent(line: ProjectLine) -> None:
    """As the page has it, in one request; stages start as their conditions say."""
    number = line.definition()
    line.sent.clear()
    made = line.ok("create", number)
    assert [one.body for one in line.sent] == [{"definitionId": number}]
    release = int(made.columns[0][0])
    line.ok("list")
    assert line.stages(release) == {"Dev": "succeeded", "Prod": "succeeded"}


@pytest.mark.parametrize("words", [("--all-manual",), ("--manual", "Dev", "--manual", "Prod")])
def test_stages_are_held(line: ProjectLine, words: tuple[str, ...]) -> None:
    number = line.definition()
    release = line.answer("create", number, *words)["id"]
    line.ok("list")
    assert line.stages(release) == {"Dev": "notStarted", "Prod": "notStarted"}


def test_a_stage_that_starts_although_it_is_held_is_told() -> None:
    with open_project_line(switches=Switches(manual_environments_hold=False)) as line:
        line.definition()
        said = line.failed(1, "create", "D1", "--all-manual")
        assert "release 1: the service took the call, but not that stage 'Dev' waits to be started" in said
        draft = line.made(1, isDraft=True)
        said = line.failed(1, "status", draft, "active", "--manual", "Dev")
        assert f"release {draft}: the service took the call, but not that stage 'Dev'" in said


def test_variables_of_a_file_may_be_secret(line: ProjectLine, tmp_path: Path) -> None:
    file = tmp_path / "variables.json"
    file.write_text('{"password": {"value": "invented", "isSecret": true}, "url": "old"}', "utf-8")
    line.definition()
    answer = line.answer("create", "D1", "--variables", file, "--variable", "url=new")
    assert line.release(answer["id"])["variables"] == {
        "password": {"value": None, "isSecret": True},
        "url": {"value": "new"},
    }
    assert line.run("create", "D1", "--variables", "-", stdin='{"a": "b"}').code == 0
    said = line.failed(2, "create", "D1", "--variables", "-", stdin='[{"name": "a", "value": "b"}]')
    assert "not a JSON object" in said


def test_variables_that_the_service_ignores_are_told(line: ProjectLine) -> None:
    line.definition()
    body = b'{"id": 1, "variables": {"b": {"value": "other"}}, "environments": []}'
    headers = (("content-type", "application/json"),)
    line.emulator.faults.add(Fault(method="POST", status=200, body=body, headers=headers, carried_out=False))
    said = line.failed(1, "create", "D1", "--variable", "a=1", "--variable", "b=2")
    assert "release 1: the service took the call, but not variable 'a'; variable 'b'" in said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("Moon",), 2, "the project has no definition 'Moon'"),
        (("77",), 1, "a release of definition 77: POST"),
        (("D1", "--manual", "Moon"), 2, "definition 1 has no stage 'Moon'; it has Dev, Prod"),
        (("D1", "--stage-variable", "Moon/a=b"), 2, "definition 1 has no stage 'Moon'"),
        (("D1", "--stage-variable", "a=b"), 2, "it reads STAGE/NAME=VALUE"),
        (("D1", "--artifact", "Moon=1"), 2, "definition 1 has no artifact 'Moon'; it has _Shop.CI, Text"),
        (("D1", "--artifact", "_Shop.CI"), 2, "is not of the form ALIAS=ID[:NAME][@BRANCH]"),
        (("D1", "--artifact", "Text=1", "--artifact", "Text=2"), 2, "'Text' is given two versions"),
        (("D1",), 1, "The version of artifact Text, _Shop.CI is not given"),
        (("D1",), 1, "--artifact ALIAS=ID[:NAME][@BRANCH] gives it"),
        (("D1", "--artifact", "Text=1", "--artifact", "_Shop.CI=99"), 1, "Build 99"),
        (("D1", "--reason", "none-such"), 2, "'none-such' is none of none (0), manual (1)"),
        (("D1", "--variable", "x"), 2, "'x' is not of the form NAME=VALUE"),
        (("D1", "--stage-variable", "x"), 2, "'x' is not of the form STAGE/NAME=VALUE"),
        (("D1", "--all-manual", "--manual", "Dev"), 2, "leave out --manual"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_is_made(
    line: ProjectLine, words: tuple[str, ...], code: int, said: str
) -> None:
    with_artifacts(line)
    assert said in line.failed(code, "create", *words)
    assert line.project.releases == {}


@pytest.mark.parametrize("place", ["place", "old_place"])
def test_a_status_is_changed(line: ProjectLine, place: str) -> None:
    more = () if place == "place" else ("--api-version", "3.0-preview.2")
    draft = line.made(line.definition(stage("Dev", by_hand=True)), isDraft=True)
    line.ok("status", draft, "Active", "--comment", "go", *more, place=getattr(line, place))
    assert line.release(draft)["status"] == "active"
    assert line.sent[-1].body == {"status": "active", "comment": "go"}
    line.ok("status", draft, "abandoned", *more, place=getattr(line, place))
    assert line.release(draft)["status"] == "abandoned"
    assert "cannot be changed to active" in line.failed(1, "status", draft, "active", *more)


def test_what_a_status_cannot_be(line: ProjectLine) -> None:
    release = line.made(line.definition(*chain()), isDraft=True)
    line.failed(2, "status", release, "draft")
    assert "--manual and --all-manual are about" in line.failed(
        2, "status", release, "abandoned", "--all-manual"
    )
    assert f"release {release} has no stage 'Moon'" in line.failed(
        2, "status", release, "active", "--manual", "Moon"
    )
    assert "release 99: PATCH" in line.failed(1, "status", 99, "abandoned")
    assert line.release(release)["status"] == "draft"


def test_releases_are_kept_by_id_and_by_filter(line: ProjectLine) -> None:
    one, other = line.definition(), line.definition()
    releases = [line.made(number) for number in (one, one, other)]
    line.ok("keep", releases[0], "--comment", "audit")
    assert [line.release(number)["keepForever"] for number in releases] == [True, False, False]
    line.sent.clear()
    report = line.ok("keep", "--definition", one, "--json").report
    assert (report["changed"], report["unchanged"]) == ([releases[1]], 1)
    assert [line.release(number)["keepForever"] for number in releases] == [True, True, False]
    assert [one.method for one in line.sent] == ["GET", "PATCH"]
    assert line.ok("keep", "--all").columns == [[str(releases[2]), "kept"]]
    line.ok("keep", *releases, "--off")
    assert [line.release(number)["keepForever"] for number in releases] == [False, False, False]


def test_a_release_that_cannot_be_kept_does_not_keep_others_back(line: ProjectLine) -> None:
    release = line.made(line.definition())
    result = line.run("keep", 99, release, "--json")
    assert (result.code, result.report["changed"]) == (1, [release])
    assert "release 99: PATCH" in result.report["failed"]["99"]
    assert line.release(release)["keepForever"] is True
    for words in ((), ("--all", release), ("--all", "--status", "active"), (release, "--tag", "x")):
        assert "one of these" in line.failed(2, "keep", *words)


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_lost_answer_to_keep_is_looked_into(line: ProjectLine, carried_out: bool) -> None:
    """The value is read; it is sent once more where it was not set, since that sets it to the same."""
    release = line.made(line.definition())
    line.emulator.faults.add(Fault(method="PATCH", reset=True, carried_out=carried_out))
    line.ok("keep", release)
    assert line.release(release)["keepForever"] is True
    sent = [one.method for one in line.emulator.log]
    looked = ["GET", "PATCH", "GET"]  # what is kept already is not written
    assert sent == (looked if carried_out else [*looked, "PATCH"])


def test_tags_are_added_and_taken_away(line: ProjectLine) -> None:
    release = line.made(line.definition())
    line.sent.clear()
    assert line.ok("tag", release, "wave 1", "a/b?").out == "wave 1\na/b?\n"
    assert line.release(release)["tags"] == ["wave 1", "a/b?"]
    assert [(one.method, one.body) for one in line.sent] == [("POST", ["wave 1", "a/b?"])]
    assert line.ok("tag", release, "c", "--remove", "a/b?").out == "wave 1\nc\n"
    assert line.answer("tag", release)["value"] == ["wave 1", "c"] == line.release(release)["tags"]
    assert "to be added and to be taken away" in line.failed(2, "tag", release, "x", "--remove", "X")
    assert "the tags of release 99" in line.failed(1, "tag", 99, "x")


@pytest.mark.parametrize("words", [("create", "1"), ("status", "1", "abandoned"), ("tag", "1", "x")])
@pytest.mark.parametrize("harm", ["reset", "500", "malformed"])
def test_a_lost_answer_says_that_the_write_may_have_happened(
    line: ProjectLine, words: tuple[str, ...], harm: str
) -> None:
    """Nothing is sent a second time; the message names the command that shows what became of it."""
    line.made(line.definition())
    as_json = (("content-type", "application/json"),)
    faults: dict[str, Any] = {"reset": {"reset": True}, "500": {"status": 500}}
    faults["malformed"] = {"status": 200, "body": b"{", "headers": as_json}
    for method in ("POST", "PATCH"):
        line.emulator.faults.add(Fault(method=method, **faults[harm]))
    said = line.failed(1, *words)
    assert sum(one.method != "GET" for one in line.emulator.log) == 1
    assert "the write may or may not have been carried out" in said
    look = f"list {line.place} --top 5 --definition 1" if words[0] == "create" else f"show {line.place} 1"
    assert f"look with `stackferry release {look}` before you send it again" in said


def test_a_bad_token_ends_keeping_many_within_one_request(line: ProjectLine) -> None:
    """And what was changed before a token ended is in the report."""
    number = line.definition()
    releases = [line.made(number) for _ in range(12)]
    line.token = "pat-invented-unknown"
    before = len(line.emulator.log)
    assert "sign in" in line.failed(4, "keep", *releases)
    assert len(line.emulator.log) == before + 1
    line.token = TOKEN
    line.emulator.faults.add(Fault(method="PATCH", status=401, after=5, times=99, carried_out=False))
    result = line.run("keep", *releases, "--json")
    kept = [number for number in releases if line.release(number)["keepForever"]]
    assert (result.code, sorted(result.report["changed"])) == (4, kept)
    assert len(kept) == 5
