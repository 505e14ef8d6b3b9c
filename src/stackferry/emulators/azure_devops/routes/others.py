"""The other areas: what definitions point at, read only; people; projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import no_project
from stackferry.emulators.azure_devops.call import Call, find_row, wrapped
from stackferry.emulators.azure_devops.routes.rule import Rule, rule
from stackferry.emulators.azure_devops.views import without_secrets
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.azure_devops.organization import OtherKind, Project
    from stackferry.model import JsonObject

# The path of a table, the parameter that asks for a name, and its field.
_TABLES: tuple[tuple[OtherKind, str, str, str, str], ...] = (
    ("variablegroups", "distributedtask/variablegroups", "groupName", "name", "variable group"),
    ("taskgroups", "distributedtask/taskgroups", "", "name", "task group"),
    ("queues", "distributedtask/queues", "queueName", "name", "queue"),
    ("deploymentgroups", "distributedtask/deploymentgroups", "name", "name", "deployment group"),
    ("securefiles", "distributedtask/securefiles", "namePattern", "name", "secure file"),
    ("endpoints", "serviceendpoint/endpoints", "endpointNames", "name", "service connection"),
    ("builds", "build/builds", "buildNumber", "buildNumber", "build"),
    ("build_definitions", "build/definitions", "name", "name", "build definition"),
)


# The parameters that ask for ids, and where these stand in a row.
_BY_ID = {
    "definitions": ("definition", "id"),
    "buildIds": ("id",),
    "definitionIds": ("id",),
    "ids": ("id",),
    "endpointIds": ("id",),
}


def _in_folder(rows: list[JsonObject], path: str) -> list[JsonObject]:
    return [row for row in rows if not path or text(row.get("path")).lower() == path]


def _lister(kind: OtherKind, parameter: str, field: str) -> Callable[[Call], Answer]:
    def list_rows(call: Call) -> Answer:
        rows = [as_object(without_secrets(row)) for row in call.project.others[kind]]
        names = {name.lower() for name in call.names(parameter)} if parameter else set()
        if names:
            rows = [row for row in rows if any(_fits(text(row.get(field)).lower(), name) for name in names)]
        for name, path in _BY_ID.items():
            if wanted := set(call.names(name)):
                rows = [row for row in rows if str(nested(row, *path)) in wanted]
        if kind == "build_definitions":
            rows = _in_folder(rows, call.param("path").lower())
        return wrapped(rows[: call.number("$top") or len(rows)])

    return list_rows


def _fits(value: str, name: str) -> bool:
    """Whether a name is meant; a star at its end stands for anything."""
    return value.startswith(name[:-1]) if name.endswith("*") else value == name


def _getter(kind: OtherKind, words: str) -> Callable[[Call], Answer]:
    def get_row(call: Call) -> Answer:
        return Answer(as_object(without_secrets(find_row(call.project.others[kind], call.args["id"], words))))

    return get_row


def _tables() -> list[Rule]:
    made: list[Rule] = []
    for kind, path, parameter, field, words in _TABLES:
        scope = "build" if kind in ("builds", "build_definitions") else kind
        made.append(rule("GET", path, _lister(kind, parameter, field), kind, scope))
        made.append(rule("GET", f"{path}/{{id}}", _getter(kind, words), kind, scope))
    return made


def _identities(call: Call) -> Answer:
    """People and groups by a part of their names, or by ids."""
    wanted, ids = call.param("filterValue").lower(), {one.lower() for one in call.names("identityIds")}
    rows: list[JsonObject] = []
    for uid, person in call.organization.people.items():
        names = {text(person.get(name)).lower() for name in ("displayName", "uniqueName")}
        if uid.lower() in ids or (wanted and any(wanted in name for name in names)):
            rows.append(_identity(call, uid, person))
    return wrapped(rows)


def _identity(call: Call, uid: str, person: JsonObject) -> JsonObject:
    unique = text(person.get("uniqueName"))
    name = text(person.get("displayName"))
    return {
        "id": uid,
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{call.organization.id}\\{unique}",
        "subjectDescriptor": person.get("descriptor"),
        "providerDisplayName": name,
        "isActive": True,
        "isContainer": person.get("isContainer") is True,
        "members": [],
        "memberOf": [],
        "properties": {
            "SchemaClassName": {
                "$type": "System.String",
                "$value": "Group" if person.get("isContainer") else "User",
            },
            "Account": {"$type": "System.String", "$value": unique},
            "Mail": {"$type": "System.String", "$value": unique if "@" in unique else ""},
        },
        "resourceVersion": 2,
        "metaTypeId": 0,
    }


def show_project(call: Call, project: Project) -> JsonObject:
    """A project as the list of projects shows it."""
    return {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "url": f"{call.organization.web_url}/_apis/projects/{project.id}",
        "state": "wellFormed",
        "revision": 1,
        "visibility": "private",
        "lastUpdateTime": "2020-01-01T00:00:00Z",
    }


def _projects(call: Call) -> Answer:
    rows = [show_project(call, one) for one in call.organization.projects.values()]
    skipped = call.number("$skip") or 0
    return wrapped(rows[skipped : skipped + (call.number("$top") or len(rows))])


def _project(call: Call) -> Answer:
    found = call.organization.project_named(call.args["id"])
    if found is None:
        raise no_project(call.args["id"])
    return Answer(show_project(call, found))


RULES = (
    *_tables(),
    rule("GET", "identities", _identities, "identities", "identities"),
    rule("GET", "projects", _projects, "projects", "projects"),
    rule("GET", "projects/{id}", _project, "projects", "projects"),
)
