"""`stackferry release list` and `show` on a project: every parameter of the page, judged by what the service holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_line import NAME, ORGANIZATION, TOKEN, ProjectLine, Sent

from repository import SHARED
from stackferry.emulators.azure_devops import Emulator, Switches, serve
from stackferry.emulators.azure_devops.seed.generator import generate
from stackferry.providers.azure_devops.api.releases import FILTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RELEASES = 40
PAGE = SHARED / "api/vsts-releases.md"


@pytest.fixture(scope="module")
def line() -> Iterator[ProjectLine]:
    emulator = Emulator(switches=Switches(thin_list_has_variables=False))
    project = generate(emulator, ORGANIZATION, NAME, token=TOKEN, seed=3, releases=RELEASES)
    with serve(emulator) as origin:
        opened = ProjectLine(emulator, project, origin)
        emulator.watchers.append(opened.watch)
        yield opened
    assert emulator.defects == []


def listed(line: ProjectLine, *words: object) -> list[int]:
    return [row["id"] for row in line.answer("list", *words)["value"]]


def held(line: ProjectLine, test: Callable[[Any], bool]) -> list[int]:
    """The ids of the releases that are meant, the newest first."""
    return sorted((number for number in line.project.releases if test(line.release(number))), reverse=True)


def stage_statuses(row: Any) -> set[str]:
    return {one["status"] for one in row["environments"]}


def has_artifact(row: Any, **wanted: str) -> bool:
    return any(
        all(wanted[name] in str(one["definitionReference"].get(name, one.get(name))) for name in wanted)
        for one in row["artifacts"]
    )


# A parameter of the page, or of 7.1: what is typed, what is sent, and which releases are meant.
ROWS: list[tuple[str, tuple[str, ...], str, Callable[[Any], bool]]] = [
    ("definitionId", ("--definition", "2"), "2", lambda row: row["releaseDefinition"]["id"] == 2),
    ("definitionId", ("--definition", "nightly"), "3", lambda row: row["releaseDefinition"]["name"] == "Nightly"),
    ("createdBy", ("--created-by", "Ana.Souza@fabrikam.example"), "Ana.Souza@fabrikam.example",
     lambda row: row["createdBy"]["uniqueName"] == "ana.souza@fabrikam.example"),
    ("minCreatedTime", ("--since", "2026-01-08T00:00:00.5"), "2026-01-08T00:00:00.500Z",
     lambda row: row["createdOn"] > "2026-01-08T00:00:00.5"),
    ("maxCreatedTime", ("--until", "2026-01-08T01:00:00+01:00"), "2026-01-08T00:00:00Z",
     lambda row: row["createdOn"] < "2026-01-08T00:00:00"),
    ("statusFilter", ("--status", "Abandoned"), "abandoned", lambda row: row["status"] == "abandoned"),
    ("statusFilter", ("--status", "5"), "draft,abandoned", lambda row: row["status"] != "active"),
    ("statusFilter", ("--status", "draft", "--status", "2"), "draft,active", lambda row: row["status"] != "abandoned"),
    ("environmentStatusFilter", ("--stage-status", "REJECTED"), "16", lambda row: "rejected" in stage_statuses(row)),
    ("environmentStatusFilter", ("--stage-status", "24"), "24",
     lambda row: bool({"rejected", "canceled"} & stage_statuses(row))),
    ("environmentStatusFilter", ("--stage-status", "notStarted", "--stage-status", "succeeded"), "5",
     lambda row: bool({"notStarted", "succeeded"} & stage_statuses(row))),
    ("definitionEnvironmentId", ("--stage", "3"), "3",
     lambda row: any(one["definitionEnvironmentId"] == 3 for one in row["environments"])),
    ("searchText", ("--search", "release-1"), "release-1", lambda row: "release-1" in row["name"].lower()),
    ("artifactTypeId", ("--artifact-type", "Build"), "Build", lambda row: has_artifact(row, type="Build")),
    ("sourceBranchFilter", ("--branch", "refs/heads/main"), "refs/heads/main",
     lambda row: has_artifact(row, branch="'refs/heads/main'")),
    ("tagFilter", ("--tag", "audited", "--tag", "wave 1"), "audited,wave 1",
     lambda row: {"audited", "wave 1"} <= set(row["tags"])),
    ("releaseIdFilter", ("--id", "7", "--id", "4"), "7,4", lambda row: row["id"] in (4, 7)),
    ("path", ("--path", "\\"), "\\", lambda row: row["releaseDefinition"]["path"] == "\\"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words", "value", "meant"), ROWS)
def test_each_filter_finds_what_the_service_holds(
    line: ProjectLine, name: str, words: tuple[str, ...], value: str, meant: Callable[[Any], bool]
) -> None:
    line.sent.clear()
    assert listed(line, *words, "--all") == held(line, meant)
    assert line.sent[-1].query[name] == value


OTHERS = {
    "$expand": "artifacts,variables",
    "$top": "7",
    "queryOrder": "ascending",
    "continuationToken": "9",
    "sourceId": "a:1",
    "artifactVersionId": "12",
    "propertyFilters": "one,two",
}


def test_every_parameter_is_sent_in_the_spelling_of_the_page(line: ProjectLine) -> None:
    line.sent.clear()
    words = "--expand Artifacts --expand 32 --top 7 --order 1 --token 9 --artifact-source a:1 --artifact-version 12"
    listed(line, *words.split(), "--property", "one", "--property", "two")
    assert OTHERS.items() <= line.sent[-1].query.items()
    assert {*OTHERS, "isDeleted", *(row[0] for row in ROWS)} == set(FILTERS.values())


@pytest.mark.skipif(not PAGE.exists(), reason="the page is not here")
def test_no_parameter_of_the_page_is_missing() -> None:
    first = PAGE.read_text("utf-8").partition("## Get a list of releases")[2].partition("## ")[0]
    rows = [line.split("|")[1].strip() for line in first.splitlines() if line.startswith("| ")]
    asked = rows[rows.index("Query") + 1 :]
    assert "definitionId" in asked
    assert set(asked) <= set(FILTERS.values())


def test_without_a_number_it_is_the_first_page_and_says_that_there_are_more(line: ProjectLine) -> None:
    line.emulator.limits.default_rows = 15
    line.sent.clear()
    shown = line.run("list")
    assert [int(row[0]) for row in shown.columns] == held(line, lambda _: True)[:15]
    assert "15 releases, and there are more: --all lists them" in shown.err
    assert "$top" not in line.sent[-1].query
    report = line.ok("list", "--json").report
    more = line.ok("list", "--json", "--token", report["next"], "--all").report
    ids = [row["id"] for one in (report, more) for row in one["answer"]["value"]]
    assert ids == held(line, lambda _: True)
    assert "next" not in more


def test_those_that_were_deleted(line: ProjectLine) -> None:
    line.sent.clear()
    assert listed(line, "--deleted", "--all") == sorted(line.project.deleted_releases, reverse=True)
    assert line.sent[-1].query["isDeleted"] == "true"


@pytest.mark.parametrize("names", ["next", "last"])
def test_more_rows_than_a_page_are_asked_for_page_by_page(names: Any) -> None:
    """No row twice, whichever row the token names; no request more than it takes."""
    emulator = Emulator(switches=Switches(token_names=names))
    project = generate(emulator, ORGANIZATION, NAME, token=TOKEN, seed=3, releases=12)
    emulator.limits.page_rows = 5
    with serve(emulator) as origin:
        line = ProjectLine(emulator, project, origin)
        emulator.watchers.append(line.watch)
        assert listed(line, "--top", "8") == held(line, lambda _: True)[:8]
        assert len(line.sent) == (2 if names == "next" else 3)
        assert listed(line, "--top", "6") == held(line, lambda _: True)[:6]
        assert listed(line, "--all", "--order", "ascending") == sorted(project.releases)


def test_tokens_that_never_end_are_told(line: ProjectLine) -> None:
    from stackferry.emulators.azure_devops import Fault

    body = b'{"count": 1, "value": [{"id": 5}]}'
    for tokens in (["7", "7"], [str(number) for number in range(1, 14)]):
        for token in tokens:
            headers = (("content-type", "application/json"), ("x-ms-continuationtoken", token))
            line.emulator.faults.add(Fault(path="/releases", status=200, body=body, headers=headers))
        said = line.failed(1, "list", "--all")
        line.emulator.faults.clear()
        assert "the list is not complete" in said


@pytest.mark.parametrize("place", ["place", "old_place"])
def test_both_shapes_of_the_address(line: ProjectLine, place: str) -> None:
    where = getattr(line, place)
    more = () if place == "place" else ("--api-version", "3.0-preview.2")
    assert line.answer("list", "--top", "2", *more, place=where)["count"] == 2
    number = max(line.project.releases)
    line.sent.clear()
    assert line.answer("show", number, *more, place=where)["id"] == number
    assert line.sent[-1].query["api-version"] == (more[-1] if more else "7.1")


def test_a_release_is_shown_as_the_service_has_it(line: ProjectLine) -> None:
    number = next(one for one in held(line, lambda row: "succeeded" in stage_statuses(row)))
    shown = line.answer("show", number, "--tasks", "--property", "a", "--approvals", "ALL", "--gates", "9")
    assert {**shown, "properties": {}} == {**line.release(number), "properties": {}}
    asked = {"$expand": "tasks", "$topGateRecords": "9", "approvalFilters": "all", "propertyFilters": "a"}
    assert asked.items() <= line.sent[-1].query.items()
    lines = line.ok("show", number, "--tasks").columns
    raw = line.release(number)
    assert lines[0][:2] == [str(number), raw["status"]]
    stages = [[str(one["id"]), one["status"], one["name"]] for one in raw["environments"]]
    assert [row[1:] for row in lines if row[0] == "stage"] == stages
    assert {row[0] for row in lines[1:]} >= {"stage", "attempt", "approval", "task"}


def test_the_definition_as_a_release_uses_it(line: ProjectLine) -> None:
    from stackferry import exact_json

    (number, revision), content = next(iter(line.project.snapshots.items()))
    raw = exact_json.loads(content)
    assert line.answer("show", number, "--snapshot-revision", revision) == raw
    assert exact_json.loads(line.ok("show", number, "--snapshot-revision", revision).out.encode()) == raw
    assert "snapshot 99 of the definition" in line.failed(1, "show", number, "--snapshot-revision", 99)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "99999"), 1, "release 99999: GET /fabrikam/My%20Web/_apis/release/releases/99999: VS402962"),
        (("show", "Release-1"), 2, "'Release-1' is no id of a release: 'stackferry release list' shows them"),
        (("show", ".."), 2, "no id of a release"),
        (("show", "0"), 2, "no id of a release"),
        (("list", "--status", "closed"), 2, "'closed' is none of undefined (0), draft (1), active (2)"),
        (("list", "--status", "8"), 2, "'8' is none of"),
        (("list", "--order", "sideways"), 2, "'sideways' is none of descending (0), ascending (1)"),
        (("list", "--since", "yesterday"), 2, "'yesterday' is no time: it reads 2026-01-31"),
        (("list", "--since", "2026-02-01", "--until", "2026-01-01"), 2, "nothing lies between them"),
        (("keep", "--since", "2026-02-01", "--until", "2026-02-01"), 2, "nothing lies between them"),
        (("list", "--definition", "=cmd()"), 2, "the project has no definition '=cmd()'"),
        (("list", "--definition", "Nigthly"), 2, "no definition 'Nigthly'; did you mean 'Nightly'?"),
        (("create", ""), 2, "it is empty"),
        (("list", "--stage", "Prod"), 2, "give --definition too"),
        (("list", "--definition", "Nightly", "--stage", "Moon"), 2, "has no stage 'Moon'; it has"),
        (("list", "--all", "--top", "3"), 2, "give one of them"),
        (("list", "--token", "x"), 1, "The token 'x' is not valid"),
        (("list", "--api-version", "new"), 2, "--api-version 'new'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_words(
    line: ProjectLine, words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in line.failed(code, *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "--id", "99999"), "no releases"),
        (("list", "--path", "Moon"), "no releases"),
        (("list", "--created-by", "nobody"), "no releases"),
        (("list", "--top", "1"), "1 release, and there are more"),
        (("approvals", "--release", "99999"), "no approvals are pending; --status names others"),
        (("approvals", "--release", "99999", "--status", "approved"), "no approvals"),
    ],
)
def test_a_list_of_nothing_says_so(line: ProjectLine, words: tuple[str, ...], said: str) -> None:
    assert said in line.ok(*words).err


def test_a_folder_is_named_with_any_slash(line: ProjectLine) -> None:
    path = next(text for one in line.project.definitions.values() if len(text := str(one.raw["path"])) > 1)
    wanted = listed(line, "--path", path)
    assert wanted
    assert listed(line, "--path", path.replace("\\", "/")) == wanted
    assert listed(line, "--path", path.strip("\\")) == wanted


def test_a_name_of_several_definitions_is_told(line: ProjectLine) -> None:
    first = dict(line.project.definitions[1].raw)
    from stackferry.emulators.azure_devops import Definition

    line.project.definitions[900] = Definition({**first, "id": 900, "path": "\\Other"})
    try:
        name = str(first["name"])
        assert "is the name of 2 definitions: give an id, one of 1 (" in line.failed(
            2, "list", "--definition", name
        )
        assert listed(line, "--definition", f"\\Other\\{name}") == []
    finally:
        del line.project.definitions[900]


def test_where_there_is_no_such_project_or_the_token_is_bad(line: ProjectLine) -> None:
    other = line.place.replace("My%20Web", "Moon")
    assert "TF200016" in line.failed(2, "list", place=other)
    line.token = "pat-invented-wrong"
    try:
        said = line.failed(4, "list")
    finally:
        line.token = TOKEN
    assert "the service asks to sign in" in said


def test_sent_requests_name_the_version(line: ProjectLine) -> None:
    line.sent.clear()
    line.ok("list", "--api-version", "5.1")
    assert line.sent == [Sent("GET", "releases", {"api-version": "5.1"}, None)]


def test_a_hostile_name_is_one_cell_of_one_line(line: ProjectLine) -> None:
    """No name can move the cursor of a terminal, or turn the line around; the report has it as it is."""
    number = max(line.project.releases)
    raw, name = line.release(number), line.release(number)["name"]
    try:
        raw["name"] = "a\tb\n\x1b[2J\u202eevil \\ é"
        (row,) = line.ok("list", "--id", number).columns
        assert row[4] == "a b \\x1b[2J\\u202eevil \\ é"
        assert line.answer("list", "--id", number)["value"][0]["name"] == raw["name"]
    finally:
        raw["name"] = name
