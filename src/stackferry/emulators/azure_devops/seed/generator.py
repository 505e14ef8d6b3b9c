"""A project that is made up by a seed, through the API itself: so whatever it holds, the service could hold.

Of its releases some are drafts, abandoned, or never started; the others were deployed, approved, rejected, retried,
canceled, asked people in between, ignored gates; some have the same name, some a hostile one. The default size has the
numbers of the research: 230 releases, 4 definitions with 6 revisions, 168 releases with logs, 317 deployments.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.organization import Access, Attachment
from stackferry.emulators.azure_devops.seed.api import Api
from stackferry.emulators.azure_devops.seed.furnish import make_builds, make_world
from stackferry.emulators.azure_devops.seed.generated_definitions import (
    GATE,
    bodies,
)
from stackferry.json_values import as_list, as_object, integer, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.emulators.azure_devops.organization import Project
    from stackferry.model import Json, JsonObject

RELEASES = 230
SUMMARY = "Distributedtask.Core.Summary"
_START, _SOONER = datetime(2026, 1, 5, 8, tzinfo=UTC), timedelta(hours=4)
_LOGS, _DEPLOYMENTS = 168 / RELEASES, 317 / RELEASES
_STAGE_SECONDS = 90.0
_HOSTILE = (
    "=cmd()|' /C calc'!A0",
    "<script>alert(1)</script>",
    "..",
    "Release-1",
    "Release-1",
    "a" * 250,
    "päck 🚀\u202e",
)
_SILENT = ("draft", "draft", "abandoned", "abandoned", "quiet", "quiet", "turned down")  # without logs
_LOUD = (
    *("deployed",) * 8,
    *(
        "rejected",
        "retried",
        "waiting",
        "canceled",
        "partial",
        "reassigned",
        "asked",
        "refused",
        "gates",
        "kept",
        "overruled",
    ),
)


class _Clock:
    """A clock that a generator moves."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class _Work:
    """What a generator works with. `fates` says how attempts end, by release, stage's name and attempt."""

    api: Api
    others: list[Api]  # other people's
    chance: Random
    clock: _Clock
    builds: dict[str, list[int]]
    fates: dict[tuple[int, str, int], str] = field(default_factory=dict)

    def outcome(self, release: JsonObject, stage: JsonObject, attempt: int) -> str:
        return self.fates.get((integer(release["id"]) or 0, text(stage["name"]), attempt), "succeeded")

    def release(self, number: int) -> JsonObject:
        """A release after what was under way in it had time to end."""
        self.clock.pass_seconds(_STAGE_SECONDS * 2 + self.chance.randint(1, 500))
        for _ in range(4):  # a stage that ends starts another
            self.api.get("release/releasesettings")
            self.clock.pass_seconds(_STAGE_SECONDS * 2)
        return self.api.get(f"release/releases/{number}?$topGateRecords=100")


def generate(
    service: Emulator, organization: str, project: str, *, token: str, seed: int = 0, releases: int = RELEASES
) -> Project:
    """A new project that is full. The clock and the switches of the service are its own again afterwards."""
    made = service.add_project(organization, project, token=token)
    kept = service.clock, service.switches, service.outcome, service.limits
    # A service whose newest times are those of tomorrow would take what is done today for old.
    clock = _Clock(_START - _SOONER * max(0, releases - 1000))
    service.clock, service.limits = clock, dataclasses.replace(service.limits, tstu=None)
    service.switches = dataclasses.replace(
        service.switches, deploy_seconds=_STAGE_SECONDS, deploy_requests=0, classic_creation="on", retention=False,
        manual_environments_hold=True, scan_variables=False,
    )  # fmt: skip
    try:
        _fill(service, made, organization, token, clock, Random(f"{seed}"), seed, releases)  # noqa: S311 - repeatable
    finally:
        service.clock, service.switches, service.outcome, service.limits = kept
    return made


def _fill(
    service: Emulator,
    project: Project,
    organization: str,
    token: str,
    clock: _Clock,
    chance: Random,
    seed: int,
    releases: int,
) -> None:
    scene = service.scene(organization, project.name)
    world = make_world(scene, seed)
    builds = make_builds(scene)
    others: list[Api] = []
    for number, person in enumerate(world.people.values()):
        # People of the seed whose tokens nobody else knows.
        own = f"generated-{organization}-{project.id}-{number}"
        scene.organization.tokens[own] = Access(text(person["id"]))
        others.append(Api(service, organization, project.name, own))
    work = _Work(Api(service, organization, project.name, token), others, chance, clock, builds)
    service.outcome = work.outcome
    for path in ("\\Web", "\\Web\\Shop", "\\Services", "\\Web\\Äußeres & more"):
        work.api.post("release/folders", {"path": path, "description": "invented"})
    definitions = [work.api.post("release/definitions", body) for body in bodies(scene, world)]
    definitions[0] = _revise(work, definitions[0], "tries", "4")
    definitions[0] = _revise(work, definitions[0], "tries", "5")
    _old_ones(work, definitions.pop())  # one of its releases lives on
    fates = _fates(chance, releases - 1)
    for number, fate in enumerate(fates):
        weights = (3, 3, 4, 3) if fate in _SILENT else (1, 1, 7, 3)
        definition = definitions[_FOR.get(fate, chance.choices(range(4), weights)[0])]
        _one(work, definition, fate, number)
    _renamed(work, definitions)
    _more_attempts(work, project, round(releases * _DEPLOYMENTS))
    _attachments(work, project)
    for own in [one for one in scene.organization.tokens if one.startswith("generated-")]:
        del scene.organization.tokens[own]


# Fates that need a definition which has what they are about: an approval, a gate, an intervention.
_FOR = {
    "overruled": 3,
    "reassigned": 0,
    "asked": 0,
    "refused": 0,
    "gates": 1,
    "waiting": 1,
    "turned down": 3,
    "rejected": 1,
    "canceled": 0,
}


def _fates(chance: Random, releases: int) -> list[str]:
    loud = round((releases + 1) * _LOGS) - 1
    made = [_LOUD[number % len(_LOUD)] for number in range(loud)]
    made += [_SILENT[number % len(_SILENT)] for number in range(releases - loud)]
    chance.shuffle(made)
    return made


def _revise(work: _Work, definition: JsonObject, name: str, value: str) -> JsonObject:
    work.clock.pass_seconds(3600)
    changed: JsonObject = {"value": value, "allowOverride": True}
    variables: JsonObject = {**as_object(definition["variables"]), name: changed}
    body: JsonObject = {**definition, "variables": variables, "comment": f"{name} is {value}"}
    return work.api.put("release/definitions", body)


def _old_ones(work: _Work, definition: JsonObject) -> None:
    """A definition that is deleted, with releases that are deleted, and one that is not."""
    for number in range(4):
        made = _create(work, definition, {})
        work.release(made)
        if number:
            work.api.delete(f"release/releases/{made}?comment=old")
    work.api.delete(f"release/definitions/{definition['id']}?comment=gone")


def _create(work: _Work, definition: JsonObject, more: JsonObject) -> int:
    work.clock.pass_seconds(work.chance.randint(600, 20_000))
    artifacts: list[Json] = [
        {"alias": one["alias"], "instanceReference": _version(work, one)}
        for one in objects(definition["artifacts"])
    ]
    author = work.chance.choice([work.api, *work.others])
    body: JsonObject = {
        "definitionId": definition["id"],
        "description": work.chance.choice(["", "Hotfix", "Sprint 42; see #7", "=1+1", "Zeile 1\nZeile 2"]),
        "artifacts": artifacts,
        "reason": work.chance.choice(["none", "continuousIntegration", "schedule"]),
        **more,
    }
    return integer(author.post("release/releases", body)["id"]) or 0


def _version(work: _Work, artifact: JsonObject) -> JsonObject:
    """A version of an artifact: a build, or a commit."""
    if artifact["type"] != "Build":
        commit = f"{work.chance.getrandbits(160):040x}"
        return {"id": commit, "name": commit[:8], "sourceBranch": "refs/heads/main"}
    name = text(as_object(as_object(artifact["definitionReference"])["definition"])["name"])
    return {"id": str(work.chance.choice(work.builds[name]))}


def _one(work: _Work, definition: JsonObject, fate: str, number: int) -> None:
    """One release and what becomes of it."""
    names: list[Json] = [stage["name"] for stage in objects(definition["environments"])]
    changed: JsonObject = {"tries": {"value": f"{number}", "allowOverride": True}}
    silent: dict[str, JsonObject] = {
        "draft": {"isDraft": True},
        "abandoned": {"manualEnvironments": names},
        "quiet": {"manualEnvironments": names, "variables": changed},
    }
    made = _create(work, definition, silent.get(fate) or {})
    if fate in ("rejected", "retried"):
        work.fates[made, str(names[0]), 1] = "rejected"
    if fate == "partial":
        work.fates[made, str(names[-1]), 1] = "partiallySucceeded"
    if fate == "gates":
        work.api.service.failing_gates.add(GATE)
    if fate not in silent:
        _see_through(work, made, fate)
    if fate == "gates":
        work.api.service.failing_gates.discard(GATE)
    _afterwards(work, f"release/releases/{made}", fate, number)


def _afterwards(work: _Work, path: str, fate: str, number: int) -> None:
    """What is done with a release when nothing of it is under way any more."""
    if fate == "abandoned" or (fate == "canceled" and number % 2):
        work.api.patch(path, {"status": "abandoned", "comment": "not this one"})
    if fate == "kept":
        work.api.patch(path, {"keepForever": True, "comment": "audit"})
    if number % 9 == 0:
        work.api.post(f"{path}/tags", ["audited", f"wave {number % 4}"])
    if number % 100 == 50:
        _change_snapshot(work, path)


def _see_through(work: _Work, made: int, fate: str) -> None:
    """Answer whatever a release waits for, as its fate says, until it waits for nothing."""
    retried = False
    for _ in range(8):
        release = work.release(made)
        rejected = (one for one in objects(release["environments"]) if one["status"] == "rejected")
        failed = next(rejected, None)
        if fate in ("retried", "overruled") and not retried and failed is not None:
            retried = True
            work.others[1].patch(
                f"release/releases/{made}/environments/{failed['id']}",
                {"status": "inProgress", "comment": "once more"},
            )
        elif not _answer(work, release, fate):
            return


def _answer(work: _Work, release: JsonObject, fate: str) -> bool:
    """Answer one thing that a release waits for. False when there is none, or it is to wait for ever."""
    for stage in objects(release["environments"]):
        for row in [*objects(stage["preDeployApprovals"]), *objects(stage["postDeployApprovals"])]:
            if row["status"] == "pending":
                return _answer_approval(work, release, stage, row, fate)
        steps = objects(stage["deploySteps"])
        for phase in objects(steps[-1]["releaseDeployPhases"]) if steps else []:
            for row in objects(phase["manualInterventions"]):
                if row["status"] == "pending":
                    said = "rejected" if fate == "refused" else "approved"
                    work.others[2].patch(
                        f"release/releases/{release['id']}/manualinterventions/{row['id']}",
                        {"status": said, "comment": f"{said} after a look"},
                    )
                    return True
        gates = as_object(steps[-1].get("preDeploymentGates")) if steps else {}
        if gates.get("status") == "inProgress" and not objects(gates.get("ignoredGates")):
            work.others[0].patch(
                f"release/gates/{gates['id']}", {"gatesToIgnore": [GATE], "comment": "known, harmless"}
            )
            return True
    return False


def _answer_approval(work: _Work, release: JsonObject, stage: JsonObject, row: JsonObject, fate: str) -> bool:
    path = f"release/approvals/{row['id']}"
    approver = next((one for one in work.others if _is(one, row)), work.others[0])
    is_last = stage is objects(release["environments"])[-1]
    if fate == "waiting" and is_last:
        return False
    if fate == "canceled":
        work.api.patch(f"release/releases/{release['id']}/environments/{stage['id']}", {"status": "canceled"})
    elif _is_turned_down(fate, row, is_last=is_last):
        approver.patch(path, {"status": "rejected", "comments": "No: =cmd() <b>not</b> before Monday"})
    elif fate == "reassigned" and not as_list(row.get("history")):
        body: JsonObject = {"uniqueName": "chi.nwosu@fabrikam.example"}
        approver.patch(path, {"status": "reassigned", "comments": "Chi knows more", "approver": body})
    else:
        words = work.chance.choice(["", "Good to go!", "ok", "Freigabe: erteilt; siehe Ticket 7"])
        approver.patch(path, {"status": "approved", "comments": words})
    return True


def _is_turned_down(fate: str, row: JsonObject, *, is_last: bool) -> bool:
    if fate == "overruled":
        return row["attempt"] == 1
    return fate == "turned down" or (fate == "rejected" and is_last)


def _is(api: Api, approval: JsonObject) -> bool:
    access = api.service.organizations[api.organization.lower()].tokens[api.token]
    return access.user == as_object(approval.get("approver")).get("id")


def _change_snapshot(work: _Work, path: str) -> None:
    """Change a stage of a release, so that its definition's snapshot has another revision."""
    release = work.api.get(f"{path}?$expand=tasks&$topGateRecords=100")
    if release["status"] == "abandoned":
        return
    stages = objects(release["environments"])
    changed: list[Json] = [{**stage, "variables": {"patched": {"value": "yes"}}} for stage in stages]
    work.api.put(path, {**release, "environments": changed})


def _renamed(work: _Work, definitions: list[JsonObject]) -> None:
    """Names that are the same, and names that are hostile."""
    del definitions
    rows = work.api.rows("release/releases?queryOrder=ascending&$top=100&statusFilter=active")
    for row, name in zip(rows[2::5], _HOSTILE, strict=False):
        work.api.patch(f"release/releases/{row['id']}", {"name": name})


def _more_attempts(work: _Work, project: Project, wanted: int) -> None:
    """Deploy once more, until there are as many deployments as there are to be."""
    live = [
        row for row in project.deployments.values() if as_object(row["release"])["id"] in project.releases
    ]
    missing = wanted - len(live)
    ended = [
        (release["id"], stage["id"])
        for release in project.releases.values()
        for stage in objects(release["environments"])
        if stage["status"] == "succeeded"
        and stage["name"] in ("Dev", "Night")
        and release["status"] == "active"
    ]
    for release, stage in ended[: max(0, missing)]:
        body: JsonObject = {"status": "inProgress", "comment": "again"}
        work.chance.choice(work.others).patch(f"release/releases/{release}/environments/{stage}", body)
        work.release(integer(release) or 0)


def _attachments(work: _Work, project: Project) -> None:
    """Summaries of a few tasks."""
    for release in [*project.releases.values()][::25]:
        for stage in objects(release["environments"]):
            for step in objects(stage["deploySteps"]):
                plan = text(step["runPlanId"])
                jobs = [
                    job
                    for phase in objects(step["releaseDeployPhases"])
                    for job in objects(phase["deploymentJobs"])
                ]
                tasks = [task for job in jobs for task in objects(job["tasks"])]
                if not tasks:
                    continue
                raw: JsonObject = {
                    "type": SUMMARY,
                    "name": "summary.md",
                    "createdOn": work.api.service.now(),
                    "modifiedOn": work.api.service.now(),
                    "timelineId": plan,
                    "recordId": tasks[-1]["timelineRecordId"],
                }
                content = f"# {release['name']}\n\nAll is well.\n".encode()
                numbers = (
                    integer(release["id"]) or 0,
                    integer(stage["id"]) or 0,
                    integer(step["attempt"]) or 0,
                )
                project.attachments.append(Attachment(*numbers, plan, raw, content))
