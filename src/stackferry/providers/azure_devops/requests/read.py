"""The reads of an archive. API pages: "Releases", "Definitions", "Deployments", "Folders" and the lists of other areas.

A list gives at most 100 rows whatever is asked for, and the token of its next page in a header alone. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.azure_devops import versions
from stackferry.providers.azure_devops.kinds import BUILDS, SECURE_FILES
from stackferry.providers.azure_devops.requests.build import get_other_area, get_release_area

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import Request
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.kinds import Kind

PAGE: Final = 100
TOKEN: Final = "x-ms-continuationtoken"  # noqa: S105 - the name of a header
_GATE_RECORDS: Final = "1000"  # "$topGateRecords": 5 where nothing is asked for
_EXPANDS_TAGS: Final = (4, 1)
_OLD_TASK_LOGS: Final = (5, 0)  # before this version the path of a task's log has no phase

Pairs = tuple[tuple[str, str], ...]


def paged(cursor: str, rows: int, *params: tuple[str, str]) -> Pairs:
    """The parameters of a page."""
    token = (("continuationToken", cursor),) if cursor else ()
    return (*params, ("$top", str(rows)), *token)


def list_definitions(root: Root, cursor: str, rows: int, *params: tuple[str, str]) -> Request:
    pairs = paged(cursor, rows, *params, ("queryOrder", "idAscending"))
    return get_release_area(root, versions.DEFINITIONS, "definitions", params=pairs)


def get_definition(root: Root, definition: int) -> Request:
    return get_release_area(root, versions.DEFINITIONS, "definitions", definition)


def list_revisions(root: Root, definition: int) -> Request:
    return get_release_area(root, versions.REVISIONS, "definitions", definition, "revisions")


def get_revision(root: Root, definition: int, revision: int) -> Request:
    return get_release_area(root, versions.REVISIONS, "definitions", definition, "revisions", revision)


def list_releases(root: Root, cursor: str, rows: int, *params: tuple[str, str]) -> Request:
    """A page of releases, the oldest first: what appears meanwhile comes last."""
    pairs = paged(cursor, rows, *params, ("queryOrder", "ascending"))
    return get_release_area(root, versions.RELEASES, "releases", params=pairs)


def with_tags(root: Root) -> Pairs:
    """Lets a list of releases show their tags, which no time of it tells of. Servers before 2018 do not know it."""
    return () if versions.is_before(root.version, _EXPANDS_TAGS) else (("$expand", "tags"),)


def get_release(root: Root, release: int, properties: Iterable[str] = ()) -> Request:
    """A release with everything in it; of its properties only those that are named."""
    named = ",".join(sorted(properties))
    filters = (("propertyFilters", named),) if named else ()
    pairs = (("$expand", "tasks"), ("$topGateRecords", _GATE_RECORDS), *filters)
    return get_release_area(root, versions.RELEASES, "releases", release, params=pairs)


def get_definition_snapshot(root: Root, release: int, revision: int) -> Request:
    """The definition as a release uses it."""
    pairs = (("definitionSnapshotRevision", str(revision)),)
    return get_release_area(root, versions.RELEASES, "releases", release, params=pairs)


def list_deployments(root: Root, cursor: str, rows: int, *params: tuple[str, str]) -> Request:
    pairs = paged(cursor, rows, *params, ("queryOrder", "ascending"))
    return get_release_area(root, versions.DEPLOYMENTS, "deployments", params=pairs)


def list_folders(root: Root) -> Request:
    return get_release_area(root, versions.FOLDERS, "folders")


def list_manual_interventions(root: Root, release: int) -> Request:
    return get_release_area(root, versions.MANUAL_INTERVENTIONS, "releases", release, "manualinterventions")


def get_logs(root: Root, release: int) -> Request:
    """The logs of all tasks of a release, as a zip."""
    return get_release_area(root, versions.LOGS, "releases", release, "logs")


def names_phases(root: Root) -> bool:
    """Whether the path of a task's log has a phase; in old versions of the API it has none."""
    return not versions.is_before(root.version, _OLD_TASK_LOGS)


def get_task_log(
    root: Root, release: int, stage: int, phase: int, task: int, *, params: Pairs = ()
) -> Request:
    """The log of one task, as plain text; `startLine` and `endLine` ask for a part of it."""
    of_phase = ("deployPhases", phase) if names_phases(root) else ()
    parts = ("releases", release, "environments", stage, *of_phase, "tasks", task, "logs")
    return get_release_area(root, versions.LOGS, *parts, params=params)


def list_attachments(root: Root, release: int, stage: int, attempt: int, plan: str, type_: str) -> Request:
    """What tasks of one attempt have attached, of one type: no list tells the types."""
    return get_release_area(
        root, versions.ATTACHMENTS,
        *("releases", release, "environments", stage, "attempts", attempt, "plan", plan, "attachments", type_),
    )  # fmt: skip


def get_attachment(
    root: Root, attempt: tuple[int, int, int], plan: str, timeline: str, record: str, type_: str, name: str
) -> Request:
    """The bytes of one of them; `attempt` is the release, the stage and the number of the attempt."""
    release, stage, number = attempt
    parts = ("releases", release, "environments", stage, "attempts", number, "plan", plan)
    of_task = ("timelines", timeline, "records", record, "attachments", type_, name)
    return get_release_area(root, versions.ATTACHMENTS, *parts, *of_task)


def list_pointed_at(root: Root, kind: Kind, cursor: str) -> Request:
    """The list of a kind of another area, whole unless a token says that there is more."""
    resource = {BUILDS: versions.BUILDS, SECURE_FILES: versions.SECURE_FILES}.get(kind, versions.OTHER_AREA)
    token = (("continuationToken", cursor),) if cursor else ()
    return get_other_area(root, resource, kind.path, token)


def list_projects(root: Root, skip: int) -> Request:
    """A page of the projects of an organization, from the one after so many."""
    params = (("$top", str(PAGE)), ("$skip", str(skip)))
    return get_other_area(root, versions.OTHER_AREA, "projects", params)
