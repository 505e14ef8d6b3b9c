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
    project_id,
    uid_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore, TempTables

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

    def __init__(self, store: RecordStore, scratch: TempTables) -> None:
        self.manifest = store.get(HEAD, "") or {}
        self.project = project_id(store)
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
        self.releases = 0  # how many, once all rows were read
        self.stages: dict[str, str] = {}  # names of stages, as they are written
        self._store = store
        self._held = scratch.table(1)  # ids of releases
        self._told = scratch.table(3)  # keys of the attempts that releases tell of
        self._logs = scratch.table(3, self._log_rows())  # release, version, SHA-256
        self._deployments = scratch.table(4, self._deployment_rows())  # a key, and the uid in the list
        self.definitions: dict[str, str] = {}  # names of definitions by id
        self.names: dict[str, set[str]] = {}  # every name that a definition has or had
        self._read_definitions()

    def _log_rows(self) -> Iterator[tuple[int, int, str]]:
        for row in self._store.objects(Stream(FILES.name)):
            if row.get("of") == _LOGS:
                version = integer(row.get("version")) or 0
                yield integer(row.get("uid")) or 0, version, text(row.get("sha256"))

    def _deployment_rows(self) -> Iterator[tuple[int, int, int, str]]:
        for row in self._store.objects(Stream(DEPLOYMENTS.name)):
            if row.get("id") is not None:
                yield (*_key_of_deployment(row), uid_of(row["id"]))

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
        return not self.selection and not self._held.of(release) and str(release) not in self.unread

    def missing_since(self, release: int) -> str:
        """Since when the service no longer has a release, as this archive says; empty where it says nothing."""
        return self.vanished.get(str(release), "")

    def rows(self) -> Iterator[Row]:
        """A row for each attempt: of the releases, then those that only the list of deployments tells of."""
        for release in self._store.objects(Stream(RELEASES.name)):
            self.releases += 1
            yield from self._of_release(release)
        before: Key | None = None
        for release_uid, stage, attempt, _ in self._deployments:
            key = (release_uid, stage, attempt)
            if key != before and not self._told.of(*key):
                yield self._row(*_as_release(self._deployment(key)), key, None)
            before = key

    def _of_release(self, release: JsonObject) -> Iterator[Row]:
        number = release_id(release)
        self._held.add([(number,)])
        for stage in stages(release):
            self.stages.setdefault(text(stage.get("name")).casefold(), text(stage.get("name")))
        self._told.add((number, *one.key) for one in attempts(release))
        rejected: dict[int, int | None] = {}
        for one in attempts(release):
            if one.key[0] not in rejected:
                rejected[one.key[0]] = first_rejected(one.stage)
            yield self._row(release, one, (number, *one.key), rejected[one.key[0]])

    def _deployment(self, key: Key) -> JsonObject:
        """The row of the list of deployments about an attempt; the last one, where there are several."""
        found = self._deployments.of(*key)
        return (self._store.get(Stream(DEPLOYMENTS.name), found[-1][-1]) or {}) if found else {}

    def _log(self, release: int) -> Json:
        """The SHA-256 of the log of the most attempts."""
        found = self._logs.of(release)
        return found[-1][-1] or None if found else None

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
            "log_sha256": self._log(number),
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
