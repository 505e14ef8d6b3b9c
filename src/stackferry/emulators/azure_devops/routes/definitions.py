"""Definitions with all their revisions: read, made, replaced, deleted, brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import ApiError, invalid
from stackferry.emulators.azure_devops.call import Call, wrapped
from stackferry.emulators.azure_devops.definition_checks import check_definition, check_folder
from stackferry.emulators.azure_devops.listing import TOKEN
from stackferry.emulators.azure_devops.organization import (
    Definition,
    Revision,
    definition_id,
    revision_bytes,
    revision_row,
)
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.emulators.azure_devops.views import (
    last_releases,
    thin_definition,
    whole_definition,
    without_secrets,
)
from stackferry.emulators.azure_devops.words import DEFINITION_ORDER, word
from stackferry.json_values import as_list, as_object, integer, objects, text

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

_OWN = ("id", "revision", "createdBy", "createdOn", "modifiedBy", "modifiedOn", "url", "_links", "lastRelease",
        "isDeleted", "projectReference")  # fmt: skip


# What the service adds to a rule that asks people.
_OPTIONS: JsonObject = {
    "requiredApproverCount": 0,
    "releaseCreatorCanBeApprover": True,
    "autoTriggeredAndPreviousEnvironmentApprovedCanBeSkipped": False,
    "enforceIdentityRevalidation": False,
    "timeoutInMinutes": 0,
    "executionOrder": "beforeGates",
}


def _list(call: Call) -> Answer:
    found = _from_token(call, _in_order(call))
    limits = [size for size in (call.number("$top"), call.switches.definition_rows) if size]
    size = min(limits, default=len(found))
    headers = {TOKEN: str(found[size].raw["id"])} if len(found) > size else {}
    last = last_releases(call)
    return wrapped([thin_definition(call, one, last) for one in found[:size]], headers)


def _in_order(call: Call) -> list[Definition]:
    """The definitions that are asked for, in the order that is."""
    is_deleted = call.flag("isDeleted")
    found = [one for one in call.project.definitions.values() if (one.deleted_at is not None) is is_deleted]
    found = sorted(
        (one for one in found if _is_wanted(call, one.raw)), key=lambda one: integer(one.raw["id"]) or 0
    )
    order = word(DEFINITION_ORDER, call.param("queryOrder", "idAscending"), "queryOrder")
    if order.startswith("name"):
        found.sort(key=lambda one: text(one.raw.get("name")).lower())
    if order.endswith("Descending"):
        found.reverse()
    return found


def _from_token(call: Call, found: list[Definition]) -> list[Definition]:
    """What is left after the earlier pages: the token names the first of it."""
    after = call.param("continuationToken")
    if not after:
        return found
    numbers = [str(one.raw["id"]) for one in found]
    if after not in numbers:
        raise ApiError(400, "InvalidContinuationTokenException", f"The token '{after}' is not valid.")
    return found[numbers.index(after) :]


def _is_wanted(call: Call, raw: JsonObject) -> bool:
    words, name = call.param("searchText").lower(), text(raw.get("name")).lower()
    is_exact = call.flag("isExactNameMatch")
    ids, tags = set(call.names("definitionIdFilter")), {tag.lower() for tag in call.names("tagFilter")}
    path = call.param("path").lower()
    kind, source = call.param("artifactType").lower(), call.param("artifactSourceId").lower()
    artifacts = objects(raw.get("artifacts"))
    return all(
        (
            not words or (name == words if is_exact else words in name),
            not path or text(raw.get("path")).lower() == path,
            not ids or str(raw["id"]) in ids,
            tags <= {str(tag).lower() for tag in as_list(raw.get("tags"))},
            not kind or any(text(one.get("type")).lower() == kind for one in artifacts),
            not source or any(text(one.get("sourceId")).lower() == source for one in artifacts),
        )
    )


def _get(call: Call) -> Answer:
    return Answer(whole_definition(call, call.definition()))


def _create(call: Call) -> Answer:
    if call.switches.classic_creation != "on":
        place = call.switches.classic_creation
        raise ApiError(
            400, "InvalidRequestException", f"The classic pipelines are disabled for this {place}."
        )
    body = as_object(without_secrets(call.json()))
    check_definition(call, body)
    check_folder(call, body)
    _check_name(call, body, None)
    now, scene = call.service.now(), call.scene
    number = scene.new_id("definition")
    made: JsonObject = {
        "source": "restApi",
        "description": None,
        "isDeleted": False,
        "variables": {},
        "variableGroups": [],
        "artifacts": [],
        "triggers": [],
        "releaseNameFormat": "",
        "tags": [],
        "properties": {},
        "path": "\\",
        **{name: value for name, value in body.items() if name not in _OWN},
        "id": number,
        "revision": 1,
        "createdBy": call.me,
        "createdOn": now,
        "modifiedBy": call.me,
        "modifiedOn": now,
        "projectReference": None,
        **scene.links("definitions", number),
    }
    made["source"] = "restApi"
    made["environments"] = _stages(call, made, {})
    call.project.definitions[number] = Definition(made)
    _keep_revision(call.project.definitions[number])
    return Answer(made)


def _stages(call: Call, definition: JsonObject, known: dict[int, JsonObject]) -> list[Json]:
    """The stages of a body with what the service adds. A stage that it knows keeps its id."""
    made: list[Json] = []
    for rank, stage in enumerate(objects(definition.get("environments")), 1):
        number = integer(stage.get("id")) or 0
        is_known = number in known
        new = number if is_known else call.scene.new_id("stage of a definition")
        made.append(
            {
                "rank": rank,
                "variables": {},
                "variableGroups": [],
                "demands": [],
                "conditions": [],
                "executionPolicy": {"concurrencyCount": 0, "queueDepthCount": 0},
                "schedules": [],
                "properties": {},
                **stage,
                "owner": _owner(call, as_object(stage.get("owner"))),
                "id": new,
                "preDeployApprovals": _numbered(call, stage.get("preDeployApprovals")),
                "deployStep": {"id": call.scene.new_id("step")},
                "postDeployApprovals": _numbered(call, stage.get("postDeployApprovals")),
                "deployPhases": [{"refName": None, **phase} for phase in objects(stage.get("deployPhases"))],
                "currentRelease": {"id": 0, "url": f"{call.scene.home}/releases/0", "_links": {}},
                "badgeUrl": f"{call.organization.release_url}/_apis/public/Release/badge/"
                f"{call.project.id}/{definition['id']}/{new}",
            }
        )
    return made


def _owner(call: Call, given: JsonObject) -> JsonObject:
    """Who owns a stage, as a whole IdentityRef: who is named, else who makes it."""
    return call.organization.find_person(given) or given or call.me


def _numbered(call: Call, rule_: Json) -> JsonObject:
    """The approvals of a stage, each with an id."""
    made = dict(as_object(rule_))
    rows: list[Json] = []
    for row in objects(made.get("approvals")):
        approver = as_object(row.get("approver"))
        whole = call.organization.find_person(approver) if approver else None
        shown: JsonObject = {"isNotificationOn": False, **row, "id": call.scene.new_id("step")}
        if approver:
            shown["approver"] = whole or approver
        rows.append(shown)
    if any("approver" in row for row in objects(rows)):
        made["approvalOptions"] = {**_OPTIONS, **as_object(made.get("approvalOptions"))}
    return {**made, "approvals": rows}


def _put(call: Call) -> Answer:
    """Replace a definition. Its id stands in the body, or in the path of old."""
    body = as_object(without_secrets(call.json()))
    call.args.setdefault("definition", str(body.get("id")))
    found = call.definition()
    _check_revision(call, body, found)
    check_definition(call, body)
    check_folder(call, body)
    _check_name(call, body, found)
    kept = {name: found.raw[name] for name in _OWN if name in found.raw}
    known = {integer(stage["id"]) or 0: stage for stage in objects(found.raw.get("environments"))}
    made = {**{name: value for name, value in body.items() if name not in _OWN}, **kept}
    made["revision"] = (integer(found.raw.get("revision")) or 0) + 1
    made.update({"modifiedBy": call.me, "modifiedOn": call.service.now()})
    made["environments"] = _stages(call, made, known)
    found.raw = made
    _keep_revision(found)
    return Answer(made)


def _check_revision(call: Call, body: JsonObject, found: Definition) -> None:
    if body.get("revision") != found.raw.get("revision"):
        message = (
            "VS402869: You are using an old copy of the release pipeline. Your copy has version "
            f"{body.get('revision')}, the current one is {found.raw.get('revision')}. Refresh your copy and try again."
        )
        raise ApiError(call.switches.revision_conflict, "InvalidRequestException", message)


def _check_name(call: Call, body: JsonObject, mine: Definition | None) -> None:
    """Raises 400 for a name that another definition of the folder has."""
    name, path = text(body.get("name")), text(body.get("path")) or "\\"
    for other in call.project.definitions.values():
        is_same = (text(other.raw.get("name")).lower(), text(other.raw.get("path")).lower()) == (
            name.lower(),
            path.lower(),
        )
        if is_same and other is not mine and other.deleted_at is None:
            message = f"VS402920: Release pipeline '{name}' already exists in folder '{path}'."
            raise ApiError(400, "ReleaseDefinitionAlreadyExistsException", message)


def _keep_revision(found: Definition) -> None:
    """Keep the state that a definition has now, as the bytes that are given for it ever after."""
    number, revision = integer(found.raw["id"]) or 0, integer(found.raw["revision"]) or 1
    found.revisions[revision] = Revision(revision_row(number, revision, found.raw), revision_bytes(found.raw))


def _delete(call: Call) -> Answer:
    found = call.definition()
    number = integer(found.raw["id"])
    busy = [
        run
        for run in call.project.runs
        if definition_id(call.project.releases.get(run.release, {})) == number
    ]
    if busy and not call.flag("forceDelete") and not call.switches.delete_definition_with_releases:
        raise invalid(f"Release pipeline {found.raw['name']} cannot be deleted: it is deploying.")
    found.deleted_at = call.service.time()
    found.raw["isDeleted"] = True
    return Answer(b"", 204)


def _undelete(call: Call) -> Answer:
    found = call.definition(deleted=True)
    _check_name(call, found.raw, found)
    found.deleted_at = None
    found.raw["isDeleted"] = False
    return Answer(dict(found.raw))


def _revisions(call: Call) -> Answer:
    found = call.definition()
    return wrapped([row.row for _, row in sorted(found.revisions.items())])


def _revision(call: Call) -> Answer:
    found = call.definition().revisions.get(call.number_in_path("revision"))
    if found is None:
        message = f"VS402863: Revision {call.args['revision']} of the release pipeline does not exist."
        raise ApiError(404, "ReleaseDefinitionRevisionNotFoundException", message)
    return Answer(found.content, headers={"content-type": "text/plain"}, chunked=True)


_ONE = "release/definitions/{definition}"
RULES = (
    rule("GET", "release/definitions", _list, "definitions"),
    rule("POST", "release/definitions", _create, "definitions", "release:execute"),
    rule("PUT", "release/definitions", _put, "definitions", "release:execute"),
    rule("GET", _ONE, _get, "definitions"),
    rule("PUT", _ONE, _put, "definitions", "release:execute"),
    rule("DELETE", _ONE, _delete, "definitions", "release:manage"),
    rule("PATCH", _ONE, _undelete, "definitions", "release:manage"),
    rule("GET", f"{_ONE}/revisions", _revisions, "revisions"),
    rule("GET", f"{_ONE}/revisions/{{revision}}", _revision, "revisions"),
)
