"""One archive as evidence: its rows, and which releases it can speak of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from stackferry.json_values import as_list, as_object, integer, nested, objects, text
from stackferry.model import HEAD, Stream
from stackferry.providers.azure_devops.content.releases import Attempt, attempts, release_id, stages
from stackferry.providers.azure_devops.evidence.marks import first_rejected, marks_of
from stackferry.providers.azure_devops.evidence.parts import (
    approval,
    approvals_of,
    artifacts_of,
    gates_of,
    interventions_of,
)
from stackferry.providers.azure_devops.evidence.values import (
    OPERATIONS,
    REASONS,
    STAGE_STATUSES,
    STATUSES,
    at,
    earliest,
    first_time,
    person,
    worded,
)
from stackferry.providers.azure_devops.kinds import (
    DEFINITIONS,
    DELETED_DEFINITIONS,
    DEPLOYMENTS,
    FILES,
    RELEASES,
    uid_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore

_FILTERS: Final = ("definitions", "since", "until", "statuses", "stages", "tags", "path")
_LOGS: Final = "logs"
Key: TypeAlias = tuple[int, int, int]
"""A release, a stage in it, an attempt."""


class Row(NamedTuple):
    """An attempt, by its key. `definition` is the id of its definition."""

    key: Key
    definition: str
    facts: JsonObject


class Archive:
    """The records of one snapshot."""

    def __init__(self, store: RecordStore) -> None:
        self.manifest = store.get(HEAD, "") or {}
        self.vanished = {
            text(row.get("uid")): text(row.get("missing_since"))
            for row in objects(self.manifest.get("vanished"))
            if row.get("kind") == RELEASES.name
        }
        self.unread = {
            text(row.get("uid"))
            for row in objects(self.manifest.get("gaps"))
            if row.get("kind") == RELEASES.name
        }
        self.releases = set[int]()
        self.stages: dict[str, str] = {}  # names of stages, as they are written
        self._store = store
        self._logs: dict[int, tuple[int, str]] = {}
        self._deployments: dict[Key, Json] = {}
        self.definitions: dict[str, str] = {}  # names of definitions by id
        self.names: dict[str, set[str]] = {}  # every name that a definition has or had
        self._read()

    def _read(self) -> None:
        self._read_definitions()
        for row in self._store.objects(Stream(FILES.name)):
            if row.get("of") == _LOGS:
                number = integer(row.get("uid")) or 0
                found = (integer(row.get("version")) or 0, text(row.get("sha256")))
                self._logs[number] = max(found, self._logs.get(number, (0, "")))
        for row in self._store.objects(Stream(DEPLOYMENTS.name)):
            self._deployments[_key_of_deployment(row)] = row.get("id")

    def _read_definitions(self) -> None:
        for kind in (DELETED_DEFINITIONS, DEFINITIONS):
            for row in self._store.objects(Stream(kind.name)):
                self._name(str(release_id(row)), text(row.get("name")))
                names = [text(stage.get("name")) for stage in stages(row)]
                self.stages |= {name.casefold(): name for name in names}

    def _name(self, definition: str, name: str) -> None:
        self.definitions[definition] = name
        self.names.setdefault(definition, set()).add(name)

    @property
    def selection(self) -> JsonObject:
        """What the archive was narrowed to; empty for one of the whole project."""
        options = as_object(self.manifest.get("options"))
        return {name: options[name] for name in _FILTERS if options.get(name)}

    def lacks(self, release: int) -> bool:
        """Whether the service no longer had a release when this archive was made."""
        return not self.selection and release not in self.releases and str(release) not in self.unread

    def missing_since(self, release: int) -> str:
        """Since when the service no longer has a release, as this archive says; empty where it says nothing."""
        return self.vanished.get(str(release), "")

    def rows(self) -> Iterator[Row]:
        """A row for each attempt: of the releases, then those that only the list of deployments tells of."""
        told = set[Key]()
        for release in self._store.objects(Stream(RELEASES.name)):
            number = release_id(release)
            self.releases.add(number)
            for stage in stages(release):
                self.stages.setdefault(text(stage.get("name")).casefold(), text(stage.get("name")))
            rejected: dict[int, int | None] = {}
            for one in attempts(release):
                key = (number, *one.key)
                told.add(key)
                if one.key[0] not in rejected:
                    rejected[one.key[0]] = first_rejected(one.stage)
                yield self._row(release, one, key, rejected[one.key[0]])
        for key in self._deployments:
            if key not in told and (row := self._deployment(key)):
                yield self._row(*_as_release(row), key, None)

    def _deployment(self, key: Key) -> JsonObject:
        """The row of the list of deployments about an attempt."""
        uid = self._deployments.get(key)
        return (self._store.get(Stream(DEPLOYMENTS.name), uid_of(uid)) or {}) if uid is not None else {}

    def _row(self, release: JsonObject, one: Attempt, key: Key, rejected: int | None) -> Row:
        listed, step, (number, _, attempt) = self._deployment(key), one.step, key
        definition = as_object(release.get("releaseDefinition"))
        approvals = approvals_of(one.stage, attempt, objects(one.stage.get("deploySteps")))
        status = _status(one, listed)
        requesters = [step.get(name) or listed.get(name) for name in ("requestedBy", "requestedFor")]
        uid = str(integer(definition.get("id")) or "")
        # A release whose definition was deleted may lack its name; what refers to it may have it.
        references = [release, listed, *approvals]
        named = (text(nested(row, "releaseDefinition", "name")) for row in references)
        name = next(filter(None, named), "") or self.definitions.get(uid, "") or uid
        self.names.setdefault(uid, set()).add(name)
        facts: JsonObject = {
            "release_id": number,
            "release": release.get("name"),
            "definition": name or None,
            "definition_revision": release.get("releaseDefinitionRevision"),
            "stage": one.stage.get("name"),
            "attempt": attempt,
            "deployment_id": step.get("deploymentId") or listed.get("id"),
            "reason": worded(step.get("reason", listed.get("reason")), REASONS),
            "requested_by": person(requesters[0]),
            "requested_for": person(requesters[1]),
            **_times(one, listed),
            "status": status,
            "operation_status": worded(
                step.get("operationStatus", listed.get("operationStatus")), OPERATIONS
            ),
            "artifacts": [*artifacts_of(release)],
            "approvals": [approval(row) for row in approvals],
            "gates": [*gates_of(step)],
            "interventions": [*interventions_of(step)],
            "log_sha256": self._logs.get(number, (0, ""))[1] or None,
            "keep_forever": release.get("keepForever"),
            "vanished": self.missing_since(number) or None,
            "marks": [*marks_of(approvals, requesters, status, rejected, attempt)],
        }
        return Row(key, uid, facts)


def _status(one: Attempt, listed: JsonObject) -> Json:
    """How an attempt ended. Where an old server says it of neither, its stage does, which shows its last attempt."""
    found = one.step.get("status", listed.get("deploymentStatus"))
    steps = objects(one.stage.get("deploySteps"))
    if found is None and steps and one.step is steps[-1]:
        return worded(one.stage.get("status"), STAGE_STATUSES)
    return worded(found, STATUSES)


def _times(one: Attempt, listed: JsonObject) -> JsonObject:
    """When it was queued, started and over. Releases do not tell the last two: the list of deployments does.

    Old servers list less; there the times of its jobs, and when an attempt that is over was last changed, are the same.
    """
    step = one.step
    is_over = "status" in step and not one.goes_on
    return {
        "queued_on": first_time(step.get("queuedOn"), listed.get("queuedOn")),
        "started_on": at(listed.get("startedOn")) or earliest([*_job_times(step)]),
        "completed_on": at(listed.get("completedOn"))
        or (at(step.get("lastModifiedOn")) if is_over else None),
    }


def _job_times(step: JsonObject) -> Iterator[Json]:
    for phase in objects(step.get("releaseDeployPhases")):
        for job in objects(phase.get("deploymentJobs")):
            facts = as_object(job.get("job"))
            yield from (facts.get("startTime"), facts.get("dateStarted"))


def _key_of_deployment(row: JsonObject) -> Key:
    release, stage = nested(row, "release", "id"), nested(row, "releaseEnvironment", "id")
    return integer(release) or 0, integer(stage) or 0, integer(row.get("attempt")) or 0


def _as_release(row: JsonObject) -> tuple[JsonObject, Attempt]:
    """What the list of deployments tells of a release that could not be read, in a release's own form."""
    approvals = {name: [*as_list(row.get(name))] for name in ("preDeployApprovals", "postDeployApprovals")}
    stage: JsonObject = {**as_object(row.get("releaseEnvironment")), **approvals}
    release = {**as_object(row.get("release")), "releaseDefinition": row.get("releaseDefinition")}
    return release, Attempt(stage, {})
