"""The kinds of record that a project and its snapshot consist of: one table, in the order of a project's parts.

API pages: the resources of the Release area, and the lists of other areas that definitions point at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stackferry.json_values import integer, nested, text
from stackferry.model import Stream, integer_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.places import Objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record. A column that a row leaves out has the value that most kinds have."""

    name: str
    path: str = ""  # of its list, below `_apis` of the other areas; empty: not of another area
    uid: tuple[str, ...] = ("id",)  # where in a record the first part of its key stands
    number: tuple[str, ...] = ()  # and where its number does
    may_hold_credentials: bool = False
    vanishes: bool = True  # an archive keeps what the service no longer lists, and names it

    def key(self, uid: Json, number: int = 0) -> tuple[str, int]:
        """The key of the record with this id."""
        return uid_of(uid), number


FOLDERS = Kind(name="folders", uid=("path",))
DEFINITIONS = Kind(name="definitions", may_hold_credentials=True)
DEFINITION_HISTORY = Kind(
    name="definition_history", uid=("definitionId",), number=("revision",), vanishes=False
)
DEFINITION_REVISIONS = Kind(
    name="definition_revisions",
    uid=("definition",),
    number=("revision",),
    may_hold_credentials=True,
    vanishes=False,
)
RELEASES = Kind(name="releases", may_hold_credentials=True)
DEFINITION_SNAPSHOTS = Kind(
    name="definition_snapshots",
    uid=("release",),
    number=("revision",),
    may_hold_credentials=True,
    vanishes=False,
)
MANUAL_INTERVENTIONS = Kind(name="manual_interventions", vanishes=False)
DEPLOYMENTS = Kind(name="deployments", may_hold_credentials=True, vanishes=False)
FILES = Kind(name="files", number=("version",), vanishes=False)
DELETED_DEFINITIONS = Kind(name="deleted_definitions", may_hold_credentials=True)
DELETED_RELEASES = Kind(name="deleted_releases", may_hold_credentials=True)
VARIABLE_GROUPS = Kind(
    name="variable_groups", path="distributedtask/variablegroups", may_hold_credentials=True
)
TASK_GROUPS = Kind(
    name="task_groups",
    path="distributedtask/taskgroups",
    number=("version", "major"),
    may_hold_credentials=True,
)
QUEUES = Kind(name="queues", path="distributedtask/queues")
DEPLOYMENT_GROUPS = Kind(name="deployment_groups", path="distributedtask/deploymentgroups")
SECURE_FILES = Kind(name="secure_files", path="distributedtask/securefiles", may_hold_credentials=True)
CONNECTIONS = Kind(name="connections", path="serviceendpoint/endpoints", may_hold_credentials=True)
BUILDS = Kind(name="builds", path="build/definitions", may_hold_credentials=True)

# What an import reads of its target, and no archive holds.
REPOSITORIES = Kind(name="repositories", path="git/repositories")
BUILDS_MADE = Kind(name="builds_made", path="build/builds")
PEOPLE = Kind(name="people", uid=("wanted",))
PROJECTS = Kind(name="projects", uid=("",))
SETTINGS = Kind(name="settings", uid=("",))

POINTED_AT: Final = (
    VARIABLE_GROUPS, TASK_GROUPS, QUEUES, DEPLOYMENT_GROUPS, SECURE_FILES, CONNECTIONS, BUILDS,
)  # fmt: skip
"""What definitions point at: it belongs to other areas, each with rights of its own."""
PROJECT_IDS: Final = (
    (QUEUES, ("projectId",)),
    (BUILDS, ("project", "id")),
    (RELEASES, ("projectReference", "id")),
)
"""Where rows tell the id of the project that they are of."""
MAPPED: Final = (
    *(
        kind.name
        for kind in (QUEUES, DEPLOYMENT_GROUPS, VARIABLE_GROUPS, TASK_GROUPS, CONNECTIONS, SECURE_FILES)
    ),
    *(kind.name for kind in (BUILDS, REPOSITORIES, PROJECTS, PEOPLE)),
)
"""The kinds of things that definitions point at, and that have other ids in a target."""
KINDS: Final = (
    FOLDERS, DEFINITIONS, DEFINITION_HISTORY, DEFINITION_REVISIONS, RELEASES, DEFINITION_SNAPSHOTS,
    MANUAL_INTERVENTIONS, DEPLOYMENTS, FILES, DELETED_DEFINITIONS, DELETED_RELEASES, *POINTED_AT,
)  # fmt: skip
BY_NAME: Final[Mapping[str, Kind]] = {kind.name: kind for kind in KINDS}
# What tells files of one release apart.
_PARTS: Final = ("of", "stage", "attempt", "plan", "phase", "timeline", "record", "task", "type", "name")


_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_guid(value: str) -> bool:
    """Whether a text is an id of the service that is no number."""
    return _GUID.fullmatch(value) is not None


def project_id(store: Objects) -> str:
    """The id of the project that records are of, in lower case, as far as some of them tell it."""
    for kind, path in PROJECT_IDS:
        row = next(iter(store.objects(Stream(kind.name))), None)
        if found := text(nested(row, *path)):
            return found.lower()
    return ""


def uid_of(value: Json) -> str:
    """An id as the uid of a record: integers sort as numbers do."""
    number = integer(value)
    return text(value) if number is None or number < 0 else integer_key(number)


def record_key(kind: str, record: JsonObject) -> tuple[str, int]:
    """The uid and the number of a snapshot's record."""
    row = BY_NAME.get(kind, DEFINITIONS)
    if row is FILES:
        return file_key(record), integer(record.get("version")) or 0
    number = integer(nested(record, *row.number)) if row.number else 0
    return uid_of(nested(record, *row.uid)), number or 0


def file_key(facts: JsonObject) -> str:
    """The uid of a file: its release, then what tells it from other files of that."""
    release = integer(facts.get("uid")) or 0
    parts = [f"{name}={facts[name]}" for name in _PARTS if name in facts and facts[name] != "logs"]
    return "\0".join([integer_key(release), *parts])
