"""Releases: listed, read, made, changed, deleted and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import ApiError, invalid, no_release
from stackferry.emulators.azure_devops.call import Call, wrapped
from stackferry.emulators.azure_devops.deploying.attempts import UNDER_WAY
from stackferry.emulators.azure_devops.deploying.engine import cancel, hold, start_by_itself
from stackferry.emulators.azure_devops.listing import page
from stackferry.emulators.azure_devops.new_release import add_release, note
from stackferry.emulators.azure_devops.organization import approvals_of, definition_id, revision_bytes
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.emulators.azure_devops.views import is_named, thin_release, whole_release, without_secrets
from stackferry.emulators.azure_devops.words import RELEASE_STATUS, STAGE_STATUS, bits, word
from stackferry.emulators.values import parse_time
from stackferry.json_values import as_list, as_object, integer, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json, JsonObject


def _list(call: Call) -> Answer:
    projects = [call.project] if call.project_ else [*call.organization.projects.values()]
    rows: list[JsonObject] = []
    for project in projects:
        deleted = (one.raw for one in project.deleted_releases.values())
        rows += deleted if call.flag("isDeleted") else project.releases.values()
    tests = _filters(call)
    return page(
        call, [row for row in rows if all(test(row) for test in tests)], lambda row: thin_release(call, row)
    )


def _filters(call: Call) -> list[Callable[[JsonObject], bool]]:
    """A test for each filter that the query has."""
    tests: list[Callable[[JsonObject], bool]] = []
    if (number := call.number("definitionId")) is not None:
        tests.append(lambda row: definition_id(row) == number)
    if statuses := bits(RELEASE_STATUS, call.param("statusFilter"), "statusFilter"):
        tests.append(lambda row: text(row.get("status")) in statuses)
    if creator := call.param("createdBy"):
        tests.append(lambda row: is_named(row.get("createdBy"), creator))
    if words := call.param("searchText").lower():
        tests.append(lambda row: words in text(row.get("name")).lower())
    if tags := {tag.lower() for tag in call.names("tagFilter")}:
        tests.append(lambda row: tags <= {str(tag).lower() for tag in _tags(row)})
    if ids := set(call.names("releaseIdFilter")):
        tests.append(lambda row: str(row["id"]) in ids)
    if path := call.param("path"):
        tests.append(lambda row: _path(call, row).lower() == path.lower())
    return [*tests, *_times(call), *_stage_filters(call), *_artifact_filters(call)]


def _times(call: Call) -> list[Callable[[JsonObject], bool]]:
    tests: list[Callable[[JsonObject], bool]] = []
    if after := call.moment("minCreatedTime"):
        tests.append(lambda row: (moment := parse_time(row.get("createdOn"))) is not None and moment >= after)
    if before := call.moment("maxCreatedTime"):
        tests.append(
            lambda row: (moment := parse_time(row.get("createdOn"))) is not None and moment <= before
        )
    return tests


def _stage_filters(call: Call) -> list[Callable[[JsonObject], bool]]:
    number = call.number("definitionEnvironmentId")
    statuses = bits(STAGE_STATUS, call.param("environmentStatusFilter"), "environmentStatusFilter")
    if number is None and not statuses:
        return []

    def is_wanted(row: JsonObject) -> bool:
        return any(
            (number is None or stage.get("definitionEnvironmentId") == number)
            and (not statuses or text(stage.get("status")) in statuses)
            for stage in objects(row.get("environments"))
        )

    return [is_wanted]


def _artifact_filters(call: Call) -> list[Callable[[JsonObject], bool]]:
    wanted = {
        "artifactTypeId": ("type",),
        "sourceId": ("sourceId",),
        "artifactVersionId": ("definitionReference", "version", "id"),
        "sourceBranchFilter": ("definitionReference", "branch", "id"),
    }
    asked = {names: call.param(name).lower() for name, names in wanted.items() if call.param(name)}
    if not asked:
        return []

    def is_wanted(row: JsonObject) -> bool:
        return any(
            all(str(nested(one, *names)).lower() == value for names, value in asked.items())
            for one in objects(row.get("artifacts"))
        )

    return [is_wanted]


def _tags(row: JsonObject) -> list[object]:
    tags = row.get("tags")
    return [*tags] if isinstance(tags, list) else []


def _path(call: Call, row: JsonObject) -> str:
    definition = call.project.definitions.get(definition_id(row))
    return text((definition.raw if definition else as_object(row.get("releaseDefinition"))).get("path"))


def _get(call: Call) -> Answer:
    release = call.release()
    if (revision := call.number("definitionSnapshotRevision")) is not None:
        content = call.project.snapshots.get((integer(release["id"]) or 0, revision))
        if content is None:
            message = f"There is no snapshot {revision} of the definition of release {release['id']}."
            raise ApiError(404, "ReleaseDefinitionSnapshotRevisionNotFoundException", message)
        return Answer(content, headers={"content-type": "application/octet-stream"}, chunked=True)
    return Answer(whole_release(call, release))


def _create(call: Call) -> Answer:
    release = add_release(call, call.json())
    return Answer(whole_release(call, release))


def _patch(call: Call) -> Answer:
    """Change status, name, keepForever; several at once."""
    release, body = call.release(), call.json()
    if body.get("status") is not None:
        _set_status(call, release, word(RELEASE_STATUS, body["status"], "status"), body)
    if isinstance(body.get("keepForever"), bool):
        release["keepForever"] = body["keepForever"]
        note(call, release, "Retain" if body["keepForever"] else "StopRetain", text(body.get("comment")))
    if text(body.get("name")):
        if call.version.number < (4, 0):
            raise invalid("The name of a release cannot be changed in this version; PUT the release.")
        _rename(call, release, text(body["name"]))
        note(call, release, "Rename", text(body.get("comment")))
    release.update({"modifiedOn": call.service.now(), "modifiedBy": call.me})
    if text(body.get("comment")):
        release["comment"] = body["comment"]
    return Answer(whole_release(call, release))


def _rename(call: Call, release: JsonObject, name: str) -> None:
    """Give a release another name, wherever it is shown."""
    release["name"] = name
    shown = [
        *objects(release.get("environments")),
        *approvals_of(release),
        *call.project.deployments.values(),
    ]
    for row in shown:
        reference = as_object(row.get("release"))
        if reference.get("id") == release["id"]:
            row["release"] = {**reference, "name": name}


def _set_status(call: Call, release: JsonObject, status: str, body: JsonObject) -> None:
    """Start a draft, or abandon a release; nothing leads back."""
    before = text(release.get("status"))
    if status == before:
        return
    if (
        before == "abandoned"
        or status not in ("active", "abandoned")
        or (before, status) == ("undefined", "active")
    ):
        raise invalid(f"The status of a release that is {before} cannot be changed to {status}.")
    if status == "abandoned":
        _cancel_running(call, release)
    release["status"] = status
    note(call, release, "Abandon" if status == "abandoned" else "Start", text(body.get("comment")))
    if status == "active":
        hold(call.scene, release, as_list(body.get("manualEnvironments")))
        start_by_itself(call.scene, release, call.access.user)


def _cancel_running(call: Call, release: JsonObject) -> None:
    """Cancel what is being deployed; raises 400 where a switch forbids it."""
    stages = objects(release.get("environments"))
    running = [one for one in stages if text(one.get("status")) in UNDER_WAY]
    if running and call.switches.abandon_running == "refused":
        raise invalid(f"Release {release['name']} cannot be abandoned: a deployment is in progress.")
    for stage in running:
        cancel(call.scene, release, stage)


_FIXED = (
    "id",
    "createdOn",
    "createdBy",
    "createdFor",
    "releaseDefinition",
    "url",
    "_links",
    "logsContainerUrl",
)


def _put(call: Call) -> Answer:
    """Replace a release; without a body and with it deleted: bring it back."""
    number = call.number_in_path("release")
    body = call.json_or_none()
    if number in call.project.deleted_releases and not body:
        found = call.project.deleted_releases.pop(number)
        call.project.releases[number] = found.raw
        note(call, found.raw, "Undelete", call.param("comment"))
        return Answer(b"", 204)
    release = call.release()
    sent = as_object(without_secrets(call.json()))
    if text(release.get("status")) == "abandoned":
        raise invalid("A release that is abandoned cannot be changed.")
    stages = _changed_stages(release, sent)
    sent["environments"] = stages
    if stages != release.get("environments"):
        _new_snapshot(call, release, stages)
    kept = {
        name: release[name] for name in (*_FIXED, "definitionSnapshotRevision", "status") if name in release
    }
    sent["properties"] = {**as_object(release.get("properties")), **as_object(sent.get("properties"))}
    _rename(call, release, text(sent.get("name")) or text(release["name"]))
    release.update({**sent, **kept, "modifiedOn": call.service.now(), "modifiedBy": call.me})
    note(call, release, "Update", text(sent.get("comment")))
    return Answer(whole_release(call, release))


_DONE = ("id", "releaseId", "status", "deploySteps", "preDeployApprovals", "postDeployApprovals", "createdOn",
         "modifiedOn", "timeToDeploy", "definitionEnvironmentId")  # fmt: skip


def _changed_stages(release: JsonObject, sent: JsonObject) -> list[Json]:
    """The stages of a release as a body changes them: what has happened in them nobody can change."""
    wanted = {integer(one.get("id")): one for one in objects(sent.get("environments"))}
    made: list[Json] = []
    for stage in objects(release.get("environments")):
        kept = {name: stage[name] for name in _DONE if name in stage}
        made.append({**wanted.get(integer(stage["id"]), stage), **kept})
    return made


_SNAPSHOT = ("variables", "schedules", "owner")  # of a stage, what a release can have otherwise


def _new_snapshot(call: Call, release: JsonObject, stages: list[Json]) -> None:
    """Keep the definition as this release now has it: the one before, with the stages' changes."""
    number, before = integer(release["id"]) or 0, integer(release.get("definitionSnapshotRevision")) or 1
    content = call.project.snapshots.get((number, before))
    definition: JsonObject = {"id": definition_id(release)}
    if content:
        definition = as_object(exact_json.loads(content))
    changed = {stage.get("definitionEnvironmentId"): stage for stage in objects(stages)}
    rows: list[Json] = []
    for stage in objects(definition.get("environments")):
        new = changed.get(stage.get("id"), {})
        rows.append({**stage, **{name: new[name] for name in _SNAPSHOT if name in new}})
    definition["environments"] = rows
    release["definitionSnapshotRevision"] = before + 1
    call.project.snapshots[number, before + 1] = revision_bytes(definition)


def _delete(call: Call) -> Answer:
    release = call.release()
    if any(text(one.get("status")) in UNDER_WAY for one in objects(release.get("environments"))):
        raise invalid(f"Release {release['name']} cannot be deleted: a deployment is in progress.")
    if release.get("keepForever") is True:
        raise invalid(f"Release {release['name']} cannot be deleted: it is retained.")
    note(call, release, "Delete", call.param("comment"))
    call.project.delete_release(integer(release["id"]) or 0, call.service.time())
    return Answer(b"", 204)


def _history(call: Call) -> Answer:
    number = call.number_in_path("release")
    if number not in call.project.releases:
        raise no_release(number)
    return wrapped(call.project.history.get(number, []))


_ONE = "release/releases/{release}"
RULES = (
    rule("GET", "release/releases", _list, "releases"),
    rule("POST", "release/releases", _create, "releases", "release:execute"),
    rule("GET", _ONE, _get, "releases"),
    rule("PATCH", _ONE, _patch, "releases", "release:execute"),
    rule("PUT", _ONE, _put, "releases", "release:execute"),
    rule("DELETE", _ONE, _delete, "deletion", "release:manage"),
    rule("GET", f"{_ONE}/history", _history, "history"),
)
