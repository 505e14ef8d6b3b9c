"""A project from a snapshot of stackferry, past the emulated API: ids, times and states are the source's.

What an archive keeps although the service no longer has it is served like the rest. A stage that was under way stays
so. The manifest says which file holds what; digests are not checked here: that is what `verify` is for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.azure_devops.organization import (
    Access,
    Attachment,
    Deleted,
    Project,
    Revision,
    TaskLog,
    guid,
)
from stackferry.emulators.snapshot_files import SnapshotFiles, system_of
from stackferry.json_values import as_object, integer, nested, objects, objects_within, text

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.emulators.azure_devops.organization import Organization, OtherKind
    from stackferry.model import JsonObject

_OTHERS: dict[str, OtherKind] = {
    "variable_groups": "variablegroups",
    "task_groups": "taskgroups",
    "queues": "queues",
    "deployment_groups": "deploymentgroups",
    "secure_files": "securefiles",
    "connections": "endpoints",
    "builds": "build_definitions",
}
_DELETED_AT = datetime(2000, 1, 1, tzinfo=UTC)  # a snapshot does not say when


def names_in(folder: Path) -> tuple[str, str] | None:
    """The organization and the project that a snapshot is of; None for what is no snapshot of a project."""
    if system_of(folder) != "azure-devops":
        return None
    source = as_object(SnapshotFiles(folder).manifest.get("source"))
    # The key of an own server may be a path, of which the collection is the last part.
    return text(source.get("key")).rpartition("/")[2], text(source.get("project")).rpartition("/")[2]


def add_project(service: Emulator, folder: Path, organization: str, name: str, *, token: str) -> Project:
    """A new project that holds a snapshot. Raises `SnapshotCorrupt` naming a file that cannot be read."""
    home = service.organizations.get(organization.lower()) or service.add_organization(
        organization, token=token
    )
    home.tokens.setdefault(token, Access(home.user))
    files = SnapshotFiles(folder)
    project = Project(_project_id(files) or guid("project", organization, name), name)
    if project.id in home.projects:
        project.id = guid("project", organization, name)
    home.projects[project.id] = project
    _Loader(home, project, files).load()
    return project


def _project_id(files: SnapshotFiles) -> str:
    ids = (text(nested(row, "projectReference", "id")) for row in files.rows("releases"))
    return next(filter(None, ids), "")


class _Loader:
    """Puts what a snapshot holds into one project."""

    def __init__(self, home: Organization, project: Project, files: SnapshotFiles) -> None:
        self._home, self._project, self._files = home, project, files

    def load(self) -> None:
        for kind, other in _OTHERS.items():
            for row in self._files.rows(kind):
                self._project.put(other, self._with_people(row))
        for row in self._files.rows("folders"):
            self._project.folders[text(row.get("path"))] = row
        self._definitions()
        self._releases()
        for row in self._files.rows("deployments"):
            self._project.put_deployment(self._with_people(row))
        self._logs()

    def _with_people(self, row: JsonObject) -> JsonObject:
        """The row; whom it names can be found in the organization."""
        for one in objects_within(row):
            uid = text(one.get("id"))
            if uid and text(one.get("uniqueName")):
                self._home.people.setdefault(uid, one)
        return row

    def _definitions(self) -> None:
        revisions = dict[int, dict[int, Revision]]()
        for row in self._files.rows("definition_revisions"):
            held = revisions.setdefault(integer(row.get("definition")) or 0, {})
            content = exact_json.dumps(row.get("body"))
            held[integer(row.get("revision")) or 0] = Revision({}, content)
        for row in self._files.rows("definition_history"):
            of = revisions.get(integer(row.get("definitionId")) or 0, {})
            if one := of.get(integer(row.get("revision")) or 0):
                one.row = row
        for row in self._files.rows("definitions"):
            made = self._project.put_definition(self._with_people(row))
            made.revisions = revisions.get(integer(row.get("id")) or 0) or made.revisions
        for row in self._files.rows("deleted_definitions"):
            self._project.put_definition(row).deleted_at = _DELETED_AT

    def _releases(self) -> None:
        for row in self._files.rows("releases"):
            self._project.put_release(self._with_people(row))
            self._note_builds(row)
        for row in self._files.rows("deleted_releases"):
            self._project.deleted_releases[integer(row.get("id")) or 0] = Deleted(row, _DELETED_AT)
        for row in self._files.rows("definition_snapshots"):
            key = integer(row.get("release")) or 0, integer(row.get("revision")) or 0
            self._project.snapshots[key] = exact_json.dumps(row.get("body"))

    def _note_builds(self, release: JsonObject) -> None:
        """The builds that a release was made of: no list of an archive has them."""
        for artifact in objects(release.get("artifacts")):
            reference = as_object(artifact.get("definitionReference"))
            number = text(nested(reference, "version", "id"))
            if artifact.get("type") != "Build" or not number.isdecimal():
                continue
            build: JsonObject = {
                "id": int(number),
                "buildNumber": nested(reference, "version", "name"),
                "definition": reference.get("definition"),
            }
            if all(one["id"] != build["id"] for one in self._project.others["builds"]):
                self._project.put("builds", build)

    def _logs(self) -> None:
        for row in self._files.rows("files"):
            release = integer(row.get("uid")) or 0
            if row.get("of") == "logs":  # in the order of attempts: the last one has all
                self._project.log_files[release] = self._files.content(row)
            elif row.get("of") == "task_log":
                key = (release, *(integer(row.get(name)) or 0 for name in ("stage", "phase", "task")))
                content = self._files.content(row).read_bytes()
                self._project.logs[key] = TaskLog("/".join(map(str, key)), content)  # type: ignore[index]  # four numbers
            elif row.get("of") == "attachment":
                self._attachment(release, row)

    def _attachment(self, release: int, row: JsonObject) -> None:
        stage, attempt = (integer(row.get(name)) or 0 for name in ("stage", "attempt"))
        content = self._files.content(row).read_bytes()
        raw: JsonObject = {"type": row.get("type"), **as_object(row.get("listed"))}
        made = Attachment(release, stage, attempt, text(row.get("plan")), raw, content)
        self._project.attachments.append(made)
