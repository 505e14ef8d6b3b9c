"""What an emulated organization and its projects hold: plain JSON in plain tables, which a test may read and change."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stackferry import exact_json
from stackferry.json_values import as_object, integer, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from stackferry.model import Json, JsonObject

OtherKind = Literal[
    "variablegroups", "taskgroups", "queues", "deploymentgroups", "securefiles", "endpoints", "builds",
    "build_definitions",
]  # fmt: skip
OTHER_KINDS: tuple[OtherKind, ...] = (
    "variablegroups", "taskgroups", "queues", "deploymentgroups", "securefiles", "endpoints", "builds",
    "build_definitions",
)  # fmt: skip
_NAMES = uuid.UUID("6d1b3f34-8a36-4f5c-9f43-0f6c2f6d5c11")


def guid(*words: object) -> str:
    """A guid that is always the same for the same words."""
    return str(uuid.uuid5(_NAMES, "/".join(map(str, words))))


@dataclass(slots=True)
class Access:
    """What a token may do. Without `scopes` everything; with a `refusal` nothing any more, for this reason."""

    user: str  # the id of a person
    scopes: frozenset[str] | None = None
    kind: Literal["any", "pat", "bearer"] = "any"
    refusal: str = ""


@dataclass(slots=True)
class Revision:
    """One state of a definition: the row of the list, and the bytes of the whole."""

    row: JsonObject
    content: bytes


@dataclass(slots=True)
class Definition:
    """A definition as it is, with every state that it had."""

    raw: JsonObject
    revisions: dict[int, Revision] = field(default_factory=dict)
    names_given: int = 0  # releases count up per definition, deleted ones too
    deleted_at: datetime | None = None


@dataclass(slots=True)
class TaskLog:
    """What a task has written so far."""

    entry: str  # its name in the zip
    content: bytes = b""


@dataclass(slots=True)
class Attachment:
    """A file of a task, under the address that it is asked for with."""

    release: int
    stage: int
    attempt: int
    plan: str
    raw: JsonObject
    content: bytes


@dataclass(slots=True)
class Deleted:
    """A release in the recycle bin."""

    raw: JsonObject
    at: datetime


@dataclass(slots=True)
class Run:
    """A stage that is under way. What it has done stands in the release; this is only where it is."""

    release: int
    stage: int
    attempt: int
    state: Literal["scheduled", "queued", "approval", "gates", "phases", "post gates", "post approval"] = (
        "queued"
    )
    due: datetime | None = None
    phase: int = 0
    began: datetime | None = None  # when its phase did
    requests: int = 0  # how many the service had served then
    waits: bool = False  # for people: it is not looked at before `Project.wake`


TaskKey = tuple[int, int, int, int]
"""Release, stage, phase and task."""


@dataclass(slots=True)
class Project:
    """One project. Releases, definitions and what hangs on them are in tables by id."""

    id: str
    name: str
    description: str = ""
    folders: dict[str, JsonObject] = field(default_factory=dict)
    definitions: dict[int, Definition] = field(default_factory=dict)
    releases: dict[int, JsonObject] = field(default_factory=dict)
    deleted_releases: dict[int, Deleted] = field(default_factory=dict)
    deployments: dict[int, JsonObject] = field(default_factory=dict)
    snapshots: dict[tuple[int, int], bytes] = field(
        default_factory=dict
    )  # release and revision of its snapshot
    logs: dict[TaskKey, TaskLog] = field(default_factory=dict)
    log_files: dict[int, Path] = field(default_factory=dict)  # in place of what `logs` makes, by release
    attachments: list[Attachment] = field(default_factory=list)
    history: dict[int, list[JsonObject]] = field(default_factory=dict)
    others: dict[OtherKind, list[JsonObject]] = field(
        default_factory=lambda: {kind: [] for kind in OTHER_KINDS}
    )
    general_settings: JsonObject = field(default_factory=dict)
    release_settings: JsonObject = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    highest: dict[str, int] = field(default_factory=dict)  # ids that were given, by kind

    def put_definition(self, raw: JsonObject, revisions: Iterable[bytes] = ()) -> Definition:
        """A definition as it is, with the bytes of its revisions, oldest first (without: its present state alone)."""
        number, revision = _number(raw), integer(raw.get("revision")) or 1
        contents = [*revisions]
        first = revision - len(contents) + 1
        held = dict(enumerate(contents, first)) or {revision: revision_bytes(raw)}
        made = {
            at: Revision(revision_row(number, at, as_object(exact_json.loads(content))), content)
            for at, content in held.items()
        }
        self.definitions[number] = Definition(raw, made)
        self._note("definition", number)
        for stage in objects(raw.get("environments")):
            self._note("stage of a definition", integer(stage.get("id")) or 0)
        return self.definitions[number]

    def put_release(self, raw: JsonObject, history: Iterable[JsonObject] = ()) -> None:
        """A release as it is. A stage that is under way stays so: nothing here lets it go on.

        Its definition comes first, where the names of later releases are to count on from it.
        """
        number = _number(raw)
        if definition := self.definitions.get(definition_id(raw)):
            definition.names_given += number not in self.releases
        self.releases[number] = raw
        self.history[number] = [*history]
        self._note("release", number)
        for stage in objects(raw.get("environments")):
            self._note("stage", integer(stage.get("id")) or 0)
        for approval in approvals_of(raw):
            self._note("approval", integer(approval.get("id")) or 0)
        self._note_attempts(raw)

    def _note_attempts(self, raw: JsonObject) -> None:
        """Note the ids of what has happened in a release, so that none is given again."""
        for stage in objects(raw.get("environments")):
            for step in objects(stage.get("deploySteps")):
                self._note("step", integer(step.get("id")) or 0)
                self._note("deployment", integer(step.get("deploymentId")) or 0)
                for name in ("preDeploymentGates", "postDeploymentGates"):
                    self._note("gate", integer(as_object(step.get(name)).get("id")) or 0)
            for _, phase in phases_of(stage):
                self._note("phase", integer(phase.get("id")) or 0)
                for row in objects(phase.get("manualInterventions")):
                    self._note("intervention", integer(row.get("id")) or 0)

    def put_deployment(self, raw: JsonObject) -> None:
        self.deployments[_number(raw)] = raw
        self._note("deployment", _number(raw))

    def put(self, kind: OtherKind, raw: JsonObject) -> JsonObject:
        """An object of another area, as it is."""
        self.others[kind].append(raw)
        self._note(kind, integer(raw.get("id")) or 0)
        return raw

    def put_folder(self, path: str, **more: Json) -> None:
        self.folders[path] = {"path": path, "description": None, **more}

    def wake(self, release: int | None = None) -> None:
        """Let stages look again whether people let them go on: those of a release, or all."""
        for run in self.runs:
            if release in (None, run.release):
                run.waits = False

    def delete_release(self, number: int, now: datetime) -> None:
        """Delete a release as retention does: it is listed among the deleted ones, and cannot be read any more."""
        self.deleted_releases[number] = Deleted(self.releases.pop(number), now)
        self.runs = [run for run in self.runs if run.release != number]

    def destroy_release(self, number: int) -> None:
        """Let nothing be left of a release."""
        self.releases.pop(number, None)
        self.deleted_releases.pop(number, None)
        self.history.pop(number, None)
        self.log_files.pop(number, None)
        self.runs = [run for run in self.runs if run.release != number]
        self.attachments = [one for one in self.attachments if one.release != number]
        self.deployments = {
            uid: row
            for uid, row in self.deployments.items()
            if as_object(row.get("release")).get("id") != number
        }
        self.logs = {key: log for key, log in self.logs.items() if key[0] != number}
        self.snapshots = {key: content for key, content in self.snapshots.items() if key[0] != number}

    def _note(self, kind: str, number: int) -> None:
        self.highest[kind] = max(self.highest.get(kind, 0), number)


@dataclass(slots=True)
class Organization:
    """One organization, or a collection of an own server.

    `release_url` and `web_url` begin the addresses that stand in what is made here.
    """

    name: str
    id: str
    user: str  # who does what nobody else did
    release_url: str
    web_url: str
    tokens: dict[str, Access] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)  # by id
    people: dict[str, JsonObject] = field(default_factory=dict)  # IdentityRefs, groups too, by id

    def project_named(self, name: str) -> Project | None:
        """The project of a name or an id, in any letter case."""
        wanted = name.lower()
        return next(
            (one for one in self.projects.values() if wanted in (one.id.lower(), one.name.lower())), None
        )

    def add_person(self, display: str, unique: str, *, is_group: bool = False) -> JsonObject:
        """A person, or a group such as `[Project]\\Name`, who can be found by both names."""
        person: JsonObject = {
            "displayName": display,
            "url": f"{self.web_url}/_apis/Identities/{guid(self.name, unique)}",
            "id": guid(self.name, unique),
            "uniqueName": unique,
            "imageUrl": f"{self.web_url}/_api/_common/identityImage?id={guid(self.name, unique)}",
            "descriptor": f"{'vssgp' if is_group else 'aad'}.{guid(unique, self.name).replace('-', '')}",
        }
        if is_group:
            person["isContainer"] = True
        self.people[text(person["id"])] = person
        return person

    def person(self, uid: str) -> JsonObject:
        """An IdentityRef. Who left has an id and nothing else."""
        return dict(self.people.get(uid) or {"id": uid})

    def find_person(self, words: JsonObject) -> JsonObject | None:
        """The person that an object names by id or unique name."""
        uid = text(words.get("id"))
        named = text(words.get("uniqueName")) or text(words.get("uniquename"))
        for person in self.people.values():
            if uid and person["id"] == uid:
                return dict(person)
            if not uid and named and text(person.get("uniqueName")).lower() == named.lower():
                return dict(person)
        return None


def _number(raw: JsonObject) -> int:
    found = integer(raw.get("id"))
    if found is None:
        raise ValueError(f"an object without an id: {raw!r:.200}")
    return found


def revision_bytes(raw: JsonObject) -> bytes:
    """A definition as the service keeps it: in the order and layout of its own, numbers to the digit."""
    rows = [b"  " + exact_json.dumps(name) + b": " + exact_json.dumps(value) for name, value in raw.items()]
    return b"{\r\n" + b",\r\n".join(rows) + b"\r\n}"


def revision_row(number: int, revision: int, raw: JsonObject, kind: str = "") -> JsonObject:
    """A row of the list of a definition's revisions."""
    return {
        "definitionId": number,
        "revision": revision,
        "changedDate": raw.get("modifiedOn"),
        "changeType": kind or ("add" if revision == 1 else "update"),
        "comment": raw.get("comment"),
        "definitionUrl": raw.get("url"),
        "apiVersion": "7.1",
        "changedBy": raw.get("modifiedBy"),
    }


def approvals_of(release: JsonObject) -> Iterator[JsonObject]:
    """Every approval of a release."""
    for stage in objects(release.get("environments")):
        yield from objects(stage.get("preDeployApprovals"))
        yield from objects(stage.get("postDeployApprovals"))


def phases_of(stage: JsonObject) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Every attempt of a stage with each of its phases."""
    for step in objects(stage.get("deploySteps")):
        for phase in objects(step.get("releaseDeployPhases")):
            yield step, phase


def stage_of(release: JsonObject, number: int) -> JsonObject | None:
    """A stage of a release by its id."""
    return next((one for one in objects(release.get("environments")) if one.get("id") == number), None)


def definition_id(release: JsonObject) -> int:
    return integer(as_object(release.get("releaseDefinition")).get("id")) or 0
