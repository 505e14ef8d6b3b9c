"""The kinds of record that a space's environment and its snapshot consist of: one table, in dependency order.

API pages: the collections of the Content Management API.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject


class Scope(Enum):
    """Whose objects a kind's are: a path is below that of their owner."""

    ENVIRONMENT = auto()
    SPACE = auto()
    ORGANIZATION = auto()


class Paging(Enum):
    """How the pages of a listing are asked for."""

    OFFSET = auto()  # `skip` and `limit`, with the total
    CURSOR = auto()  # `pages.next` of each answer is the address of the next page
    SINGLE = auto()  # one object, no list


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record. A column that a row leaves out has the value that most kinds have."""

    name: str

    # Requests.
    path: str = ""  # of the collection, below its scope; by default the name
    scope: Scope = Scope.ENVIRONMENT
    paging: Paging = Paging.OFFSET
    params: tuple[tuple[str, str], ...] = ()  # of a listing
    order: str = "sys.id"  # of a listing; empty where the service has none
    is_listed: bool = True  # one listing holds all objects, and needs nothing that another one gives
    optional: bool = True  # a space or a token without this kind leaves a gap or a limit
    keeps_id: bool = True  # a PUT with an id makes the object; else the service chooses one at each POST

    # Snapshot.
    key_path: tuple[str, ...] = ("sys", "id")  # of what names an object in its stream
    may_hold_credentials: bool = False

    # What an import is asked for.
    part_of: str = ""  # the kind that this one is imported with
    selectable: bool = True  # `--only` can name it
    is_content: bool = False  # a target that holds any is written to only when that is asked for
    is_written: bool = True  # an import writes it; else it is recorded
    match_fields: tuple[str, ...] = ()  # by which an object is recognised whose id the service chose

    def __post_init__(self) -> None:
        if not self.path and self.name != "space":
            object.__setattr__(self, "path", f"/{self.name}")

    def key(self, record: JsonObject) -> str:
        """What a record is called in its stream: most often its id."""
        return text(nested(record, *self.key_path))


SPACE = Kind(
    name="space",
    path="",
    scope=Scope.SPACE,
    paging=Paging.SINGLE,
    optional=False,
    selectable=False,
    is_written=False,
    order="",
)
LOCALES = Kind(name="locales", optional=False, keeps_id=False, key_path=("code",), order="")
CONCEPTS = Kind(
    name="concepts",
    path="/taxonomy/concepts",
    scope=Scope.ORGANIZATION,
    paging=Paging.CURSOR,
    order="",
    is_listed=False,
)
CONCEPT_SCHEMES = Kind(
    name="concept_schemes",
    path="/taxonomy/concept-schemes",
    scope=Scope.ORGANIZATION,
    paging=Paging.CURSOR,
    order="",
    is_listed=False,
)
EXTENSIONS = Kind(name="extensions", may_hold_credentials=True)
APP_INSTALLATIONS = Kind(
    name="app_installations",
    key_path=("sys", "appDefinition", "sys", "id"),
    may_hold_credentials=True,
    order="",
)
TAGS = Kind(name="tags")
CONTENT_TYPES = Kind(name="content_types", optional=False, is_content=True)
PUBLISHED_CONTENT_TYPES = Kind(
    name="published_content_types",
    path="/public/content_types",
    part_of="content_types",
    selectable=False,
    is_listed=False,
    is_written=False,
)
CONTENT_TYPE_SNAPSHOTS = Kind(
    name="content_type_snapshots",
    path="/content_types/{id}/snapshots",
    part_of="content_types",
    selectable=False,
    is_listed=False,
    is_written=False,
    order="",
)
EDITOR_INTERFACES = Kind(
    name="editor_interfaces",
    key_path=("sys", "contentType", "sys", "id"),
    part_of="content_types",
    order="",
    may_hold_credentials=True,
)
ASSETS = Kind(name="assets", is_content=True)
PUBLISHED_ASSETS = Kind(
    name="published_assets", path="/public/assets", part_of="assets", selectable=False, is_listed=False
)
FILES = Kind(name="files", part_of="assets", selectable=False, is_listed=False, key_path=("uid",))
ENTRIES = Kind(name="entries", is_content=True)
PUBLISHED_ENTRIES = Kind(
    name="published_entries", path="/public/entries", part_of="entries", selectable=False, is_listed=False
)
ENTRY_SNAPSHOTS = Kind(
    name="entry_snapshots",
    path="/entries/{id}/snapshots",
    part_of="entries",
    selectable=False,
    is_listed=False,
    order="",
)
UI_CONFIG = Kind(name="ui_config", paging=Paging.SINGLE, key_path=("sys", "type"), order="")
RELEASES = Kind(
    name="releases",
    paging=Paging.CURSOR,
    keeps_id=False,
    is_listed=False,
    match_fields=("title",),
    order="sys.createdAt",
)
RELEASE_ENTRIES = Kind(
    name="release_entries",
    path="/releases/{id}/entries",
    part_of="releases",
    selectable=False,
    is_listed=False,
    key_path=("release", "entity"),
)
RELEASE_ASSETS = Kind(
    name="release_assets",
    path="/releases/{id}/assets",
    part_of="releases",
    selectable=False,
    is_listed=False,
    key_path=("release", "entity"),
)
RELEASE_ACTIONS = Kind(
    name="release_actions",
    paging=Paging.CURSOR,
    keeps_id=False,
    part_of="releases",
    selectable=False,
    is_listed=False,
    is_written=False,
    order="sys.createdAt",
)
SCHEDULED_ACTIONS = Kind(
    name="scheduled_actions",
    scope=Scope.SPACE,
    paging=Paging.CURSOR,
    keeps_id=False,
    is_listed=False,
    order="",
)
WORKFLOW_DEFINITIONS = Kind(
    name="workflow_definitions",
    keeps_id=False,
    match_fields=("name",),
    order="",
    may_hold_credentials=True,
)
WORKFLOWS = Kind(name="workflows", keeps_id=False, order="")
TASKS = Kind(name="tasks", path="/entries/{id}/tasks", keeps_id=False, is_listed=False, order="")
COMMENTS = Kind(name="comments", path="/entries/{id}/comments", keeps_id=False, is_listed=False, order="")
ROLES = Kind(name="roles", scope=Scope.SPACE, order="", match_fields=("name",))
WEBHOOKS = Kind(
    name="webhooks", path="/webhook_definitions", scope=Scope.SPACE, may_hold_credentials=True, order=""
)
API_KEYS = Kind(
    name="api_keys", scope=Scope.SPACE, keeps_id=False, may_hold_credentials=True, is_written=False, order=""
)
PREVIEW_API_KEYS = Kind(
    name="preview_api_keys",
    scope=Scope.SPACE,
    keeps_id=False,
    may_hold_credentials=True,
    is_written=False,
    order="",
)
ENVIRONMENT_ALIASES = Kind(name="environment_aliases", scope=Scope.SPACE, is_written=False, order="")

KINDS: Final = (
    SPACE, LOCALES, CONCEPTS, CONCEPT_SCHEMES, EXTENSIONS, APP_INSTALLATIONS, TAGS, CONTENT_TYPES,
    PUBLISHED_CONTENT_TYPES,
    CONTENT_TYPE_SNAPSHOTS, EDITOR_INTERFACES, ASSETS, PUBLISHED_ASSETS, FILES, ENTRIES, PUBLISHED_ENTRIES,
    ENTRY_SNAPSHOTS, UI_CONFIG, RELEASES, RELEASE_ENTRIES, RELEASE_ASSETS, RELEASE_ACTIONS, SCHEDULED_ACTIONS,
    WORKFLOW_DEFINITIONS, WORKFLOWS, TASKS, COMMENTS, ROLES, WEBHOOKS, API_KEYS, PREVIEW_API_KEYS, ENVIRONMENT_ALIASES,
)  # fmt: skip
BY_NAME: Final[Mapping[str, Kind]] = {kind.name: kind for kind in KINDS}

# Of these all environments of a space have the same objects.
SHARED: Final = frozenset({ROLES.name, WEBHOOKS.name})


def sys_id(document: JsonObject) -> str:
    """The id of an object."""
    return text(nested(document, "sys", "id"))


def link_id(value: object) -> str:
    """The id that a `Link` names; empty for anything else."""
    return text(nested(value, "sys", "id")) if isinstance(value, dict) else ""


def record_key(kind: str, record: JsonObject) -> tuple[str, int]:
    """The uid and the number of a snapshot's record."""
    if kind.endswith("_snapshots"):
        number = nested(record, "snapshot", "sys", "version")
        return text(nested(record, "snapshot", "sys", "id")), number if isinstance(number, int) else 0
    if kind in (RELEASE_ENTRIES.name, RELEASE_ASSETS.name):
        release, entity = (nested(record, "sys", name, "sys", "id") for name in ("release", "entity"))
        return f"{text(release)}\0{text(entity) or sys_id(record)}", 0
    row = BY_NAME.get(kind)
    return (row.key(record) if row else sys_id(record)) or kind, 0
