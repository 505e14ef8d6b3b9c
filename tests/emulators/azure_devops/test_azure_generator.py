"""The project that is made up: the same by its seed, of the size of the research, with something of everything."""

from __future__ import annotations

import zipfile
from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from project_client import TOKEN, Clock

from stackferry import exact_json
from stackferry.emulators.azure_devops import Emulator, Project, Switches
from stackferry.emulators.azure_devops.log_files import release_zip
from stackferry.emulators.azure_devops.organization import OTHER_KINDS
from stackferry.emulators.azure_devops.seed.api import Api
from stackferry.emulators.azure_devops.seed.fill_evenly import fill_evenly
from stackferry.emulators.azure_devops.seed.furnish import furnish
from stackferry.emulators.azure_devops.seed.generator import SUMMARY, generate
from stackferry.json_values import as_list, as_object, objects

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject


def made(seed: int, releases: int) -> Project:
    return generate(Emulator(clock=Clock()), "fabrikam", "My Web", token=TOKEN, seed=seed, releases=releases)


@pytest.fixture(scope="module")
def project() -> Project:
    return made(0, 230)


def stages(project: Project) -> list[JsonObject]:
    return [stage for release in project.releases.values() for stage in objects(release["environments"])]


def steps(project: Project) -> list[JsonObject]:
    return [step for stage in stages(project) for step in objects(stage["deploySteps"])]


def state(project: Project) -> bytes:
    rows: list[Json] = [*project.releases.values(), *project.deployments.values()]
    rows += [definition.raw for definition in project.definitions.values()]
    return exact_json.dumps(rows) + b"".join(log.content for log in project.logs.values())


def test_it_has_the_size_of_the_research(project: Project) -> None:
    live = [one for one in project.definitions.values() if one.deleted_at is None]
    assert (len(project.releases), len(live), sum(len(one.revisions) for one in live)) == (230, 4, 6)
    assert len({key[0] for key in project.logs if key[0] in project.releases}) == 168
    shown = [
        row for row in project.deployments.values() if as_object(row["release"])["id"] in project.releases
    ]
    assert len(shown) == 317
    assert sum(release["definitionSnapshotRevision"] != 1 for release in project.releases.values()) == 2


def test_it_has_something_of_everything(project: Project) -> None:
    assert set(Counter(str(one["status"]) for one in project.releases.values())) == {
        "draft",
        "active",
        "abandoned",
    }
    wanted = {"succeeded", "notStarted", "rejected", "canceled", "partiallySucceeded", "inProgress"}
    assert {stage["status"] for stage in stages(project)} == wanted
    approvals = [
        row
        for stage in stages(project)
        for side in ("pre", "post")
        for row in objects(stage[f"{side}DeployApprovals"])
    ]
    assert {row["status"] for row in approvals} == {"approved", "rejected", "canceled", "pending", "skipped"}
    assert any(as_list(row.get("history")) for row in approvals)
    assert any("<b>" in str(row["comments"]) for row in approvals)
    gates = [as_object(step.get("preDeploymentGates")) for step in steps(project)]
    assert any(as_list(one.get("ignoredGates")) for one in gates)
    phases = [phase for step in steps(project) for phase in objects(step["releaseDeployPhases"])]
    asked = [row for phase in phases for row in objects(phase["manualInterventions"])]
    assert {row["status"] for row in asked} == {"approved", "rejected"}
    overruled = [
        stage
        for stage in stages(project)
        if stage["status"] == "succeeded" and len(as_list(stage["deploySteps"])) > 1
    ]
    assert any(
        row["status"] == "rejected" for stage in overruled for row in objects(stage["preDeployApprovals"])
    )
    gone = {uid for uid, one in project.definitions.items() if one.deleted_at}
    assert any(as_object(one["releaseDefinition"])["id"] in gone for one in project.releases.values())
    assert (
        b'"futureField":{"big":12345678901234567890,"exponent":1E2,"nothing":null,"ratio":0.1000}'
        in state(project)
    )
    assert any(step["attempt"] == 2 for step in steps(project))
    names = Counter(str(one["name"]) for one in project.releases.values())
    assert names["Release-1"] >= 3
    assert {"..", "<script>alert(1)</script>"} <= set(names)
    assert any(one["keepForever"] for one in project.releases.values())
    assert any(as_list(one["tags"]) for one in project.releases.values())
    assert project.deleted_releases
    assert any(one.deleted_at for one in project.definitions.values())
    assert all(project.others.values())
    assert {one.raw["type"] for one in project.attachments} == {SUMMARY}
    assert len({str(as_object(one["createdBy"]).get("id")) for one in project.releases.values()}) > 3
    assert b'invented"' not in state(project)  # the values of secret variables


def test_it_can_be_read_with_the_fewest_requests_of_the_research() -> None:
    """Its list: definitions, revisions, pages of releases, each release and its logs, deployments, folders."""
    service = Emulator(clock=Clock())
    generate(service, "fabrikam", "My Web", token=TOKEN)
    api = Api(service, "fabrikam", "My Web", TOKEN)
    asked: list[str] = []

    def get(path: str) -> JsonObject:
        asked.append(path)
        return api.get(path)

    for row in objects(get("release/definitions?$top=1000")["value"]):
        path = f"release/definitions/{row['id']}"
        get(path)
        for one in objects(get(f"{path}/revisions")["value"]):
            get(f"{path}/revisions/{one['revision']}")
    numbers = [int(str(one["id"])) for one in pages(api, asked, "release/releases")]
    for number in numbers:
        whole = get(f"release/releases/{number}?$expand=tasks&$topGateRecords=1000")
        tried = [step for stage in objects(whole["environments"]) for step in objects(stage["deploySteps"])]
        if any(step["hasStarted"] for step in tried):
            get(f"release/releases/{number}/logs")
    assert len(pages(api, asked, "release/deployments")) == 317
    get("release/folders")
    assert (len(numbers), len(asked)) == (230, 421)


def pages(api: Api, asked: list[str], path: str) -> list[JsonObject]:
    """All rows of a list; the token of the next page stands in a header."""
    rows: list[JsonObject] = []
    token = ""
    while True:
        asked.append(path)
        url = f"{path}?$top=100&queryOrder=ascending"
        answer = api.answer("GET", f"{url}&continuationToken={token}" if token else url)
        assert isinstance(answer.body, dict)
        rows += objects(answer.body["value"])
        token = answer.headers.get("x-ms-continuationtoken", "")
        if not token:
            return rows


def test_a_furnished_project_takes_the_definitions_by_their_names() -> None:
    """What a definition points at is there under the same names, with other ids."""
    service = Emulator(clock=Clock())
    source = generate(service, "fabrikam", "Source", token=TOKEN, releases=12)
    target = furnish(service, "contoso", "Target", token=TOKEN, seed=5)
    assert (len(target.definitions), len(target.releases)) == (0, 0)
    for kind in OTHER_KINDS:
        names = [
            sorted(str(row.get("name") or row["buildNumber"]) for row in one.others[kind])
            for one in (source, target)
        ]
        assert names[0] == names[1]
        if kind not in ("builds", "build_definitions"):
            assert [row["id"] for row in source.others[kind]] != [row["id"] for row in target.others[kind]]
    people = [
        {one["uniqueName"] for one in service.organizations[name].people.values()}
        for name in ("fabrikam", "contoso")
    ]
    assert {one for one in people[0] if "@" in str(one)} == {one for one in people[1] if "@" in str(one)}


def test_very_many_releases_are_there_at_once() -> None:
    service = Emulator(clock=Clock())
    project = fill_evenly(service, "fabrikam", "Even", token=TOKEN, releases=1_230)
    api, asked = Api(service, "fabrikam", "Even", TOKEN), list[str]()
    rows = pages(api, asked, "release/releases")
    assert ([row["name"] for row in rows], len(asked)) == (
        [f"Release-{number}" for number in range(1, 1_231)],
        13,
    )
    assert len(pages(api, asked, "release/deployments")) == 1_230
    last = api.get("release/releases/1230?$expand=tasks")
    assert [stage["status"] for stage in objects(last["environments"])] == ["succeeded"]
    assert api.answer("GET", "release/releases/1230/logs").body
    assert api.post("release/releases", {"definitionId": 1})["name"] == "Release-1231"
    assert len({row["id"] for row in project.deployments.values()}) == 1_231


def test_every_zip_can_be_read(project: Project) -> None:
    for release in {key[0] for key in project.logs}:
        content = release_zip(project, release, None)
        assert content is not None
        assert zipfile.ZipFile(BytesIO(content)).testzip() is None


def test_a_seed_gives_the_same_and_another_one_something_else() -> None:
    first, again, other = made(1, 24), made(1, 24), made(2, 24)
    assert state(first) == state(again)
    assert state(first) != state(other)
    assert len(first.releases) == len(other.releases) == 24
    queues = [{str(row["name"]): row["id"] for row in one.others["queues"]} for one in (first, other)]
    assert set(queues[0]) == set(queues[1])
    assert queues[0] != queues[1]  # ids of equal names differ


def test_the_service_is_its_own_again() -> None:
    clock, switches = Clock(), Switches(deploy_seconds=5, token_names="last")
    service = Emulator(clock=clock, switches=switches)
    project = generate(service, "fabrikam", "My Web", token=TOKEN, releases=12)
    assert (service.clock, service.switches) == (clock, switches)
    assert set(service.organizations["fabrikam"].tokens) == {TOKEN}
    before = state(project)
    for _ in range(3):
        Api(service, "fabrikam", "My Web", TOKEN).get("release/releases")
    assert state(project) == before  # nothing of it goes on by itself
