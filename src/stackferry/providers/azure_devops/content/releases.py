"""What a release tells of itself: its attempts, whether anything of it goes on, the times that the service named.

Enums come in any letter case, and as numbers. Pure.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.exact_json import dumps
from stackferry.json_values import epoch_seconds, integer, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject

# EnvironmentStatus, ApprovalStatus, DeploymentStatus and DeploymentOperationStatus, by their bits.
_STAGE_GOES_ON: Final = frozenset({"inprogress", "queued", "scheduled", "2", "32", "64"})
_PENDING: Final = frozenset({"pending", "1"})
_ATTEMPT_GOES_ON: Final = frozenset({"inprogress", "2"})
_OPERATION_GOES_ON: Final = frozenset({
    "queued", "scheduled", "pending", "deferred", "queuedforagent", "phaseinprogress", "manualinterventionpending",
    "queuedforpipeline", "cancelling", "evaluatinggates",
    "1", "2", "4", "32", "64", "128", "8192", "16384", "32768", "65536",
})  # fmt: skip
_INTERVENTION_PENDING: Final = frozenset({"manualinterventionpending", "8192"})
_MANUAL_INTERVENTION: Final = "bcb64569-d51a-4af0-9c01-ea5d05b3b622"  # the task that asks, on every service
_STARTED: Final = ("startTime", "dateStarted")  # of a task
_DRAFT: Final = frozenset({"draft", "1"})
_STATUSES: Final = {"1": "draft", "2": "active", "4": "abandoned"}
_NO_TIME: Final = -62135596800.0  # 0001-01-01T00:00:00, which stands for none


class Attempt(NamedTuple):
    """One deployment of a release to a stage."""

    stage: JsonObject
    step: JsonObject

    @property
    def has_started(self) -> bool:
        """Old services do not say it: what is listed was begun."""
        return self.step.get("hasStarted") is not False

    @property
    def key(self) -> tuple[int, int]:
        """The id of the stage in this release, and the number of the attempt."""
        return integer(self.stage.get("id")) or 0, integer(self.step.get("attempt")) or 0

    @property
    def goes_on(self) -> bool:
        operation = word(self.step.get("operationStatus"))
        return word(self.step.get("status")) in _ATTEMPT_GOES_ON or operation in _OPERATION_GOES_ON


def word(value: Json) -> str:
    """An enum's value, for a comparison."""
    return text(value).lower() if isinstance(value, str) else str(value)


def release_id(record: JsonObject) -> int:
    return integer(record.get("id")) or 0


def status_of(release: JsonObject) -> str:
    """Draft, active or abandoned."""
    status = word(release.get("status"))
    return _STATUSES.get(status, status)


def stages(release: JsonObject) -> list[JsonObject]:
    return objects(release.get("environments"))


def attempts(release: JsonObject) -> Iterator[Attempt]:
    for stage in stages(release):
        for step in objects(stage.get("deploySteps")):
            yield Attempt(stage, step)


def attempt_count(release: JsonObject) -> int:
    return sum(1 for _ in attempts(release))


def has_started(release: JsonObject) -> bool:
    """Whether any attempt has: only then there can be a log."""
    return any(attempt.has_started for attempt in attempts(release))


def is_unfinished(release: JsonObject) -> bool:
    """Whether it may change without a trace in `modifiedOn`: a stage, an approval, an attempt, or it is a draft."""
    return (
        word(release.get("status")) in _DRAFT
        or any(word(stage.get("status")) in _STAGE_GOES_ON for stage in stages(release))
        or any(word(one.get("status")) in _PENDING for one in approvals(release))
        or any(attempt.goes_on for attempt in attempts(release))
    )


def runs(release: JsonObject) -> bool:
    """Whether an attempt is under way, so that its log still grows. One that waits for an approval has none."""
    return any(attempt.goes_on and attempt.has_started for attempt in attempts(release))


def approvals(release: JsonObject) -> Iterator[JsonObject]:
    """Those that were asked for and given, of all stages."""
    for stage in stages(release):
        for name in ("preDeployApprovals", "postDeployApprovals"):
            yield from objects(stage.get(name))


def lacks_interventions(release: JsonObject) -> bool:
    """Whether people were asked in an attempt, as its stage says, and no phase of it has what they answered."""
    return any(_asks_people(one) and not _answers(one.step) for one in attempts(release) if one.has_started)


def _asks_people(attempt: Attempt) -> bool:
    phases = objects(attempt.stage.get("deployPhasesSnapshot"))
    tasks = (task for phase in phases for task in objects(phase.get("workflowTasks")))
    is_waiting = word(attempt.step.get("operationStatus")) in _INTERVENTION_PENDING
    return is_waiting or any(word(task.get("taskId")) == _MANUAL_INTERVENTION for task in tasks)


def _answers(step: JsonObject) -> list[JsonObject]:
    phases = objects(step.get("releaseDeployPhases"))
    return [one for phase in phases for one in objects(phase.get("manualInterventions"))]


def has_logs(release: JsonObject) -> bool:
    """Whether a task ran whose log the release names, so that there must be one."""
    phases = (phase for one in attempts(release) for phase in objects(one.step.get("releaseDeployPhases")))
    jobs = (job for phase in phases for job in objects(phase.get("deploymentJobs")))
    return any(has_log(task) for job in jobs for task in objects(job.get("tasks")))


def has_log(task: JsonObject) -> bool:
    """Whether a task ran and names its log. One that never ran has an address for it, and no log."""
    return bool(text(task.get("logUrl"))) and any(text(task.get(name)) for name in _STARTED)


def attempts_digest(release: JsonObject) -> str:
    """The same while no attempt has moved: then its log is the same."""
    steps: list[Json] = [stage.get("deploySteps") for stage in stages(release)]
    return hashlib.sha256(dumps(steps)).hexdigest()


def shows(release: JsonObject, deployment: JsonObject) -> bool:
    """Whether a release was read in the state that a row of the list of deployments has."""
    stage = integer(nested(deployment, "releaseEnvironment", "id"))
    key = (stage or 0, integer(deployment.get("attempt")) or 0)
    step = next((one.step for one in attempts(release) if one.key == key), None)
    if step is None:
        return False
    # A finished attempt stays as it is; lists and releases may word its end otherwise.
    goes_on = Attempt({}, step).goes_on
    return not goes_on or _is_as_old(step.get("lastModifiedOn"), deployment.get("lastModifiedOn"))


def _is_as_old(one: Json, other: Json) -> bool:
    times = [epoch_seconds(text(at)) for at in (one, other)]
    return None in times or times[0] == times[1]


def latest(times: Iterable[Json]) -> str:
    """The latest of some times, as the service wrote it; empty where there is none."""
    found = ((epoch_seconds(text(at)), text(at)) for at in times)
    known = ((seconds, at) for seconds, at in found if seconds is not None and seconds > _NO_TIME + 86400)
    return max(known, default=(0.0, ""))[1]
