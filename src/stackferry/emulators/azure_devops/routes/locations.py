"""What the vendor's clients ask before anything else: which hosts and which resources there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import not_there
from stackferry.emulators.azure_devops.call import Call, wrapped
from stackferry.emulators.azure_devops.routes.rule import rule

if TYPE_CHECKING:
    from stackferry.model import JsonObject


class Location(NamedTuple):
    """A resource as clients find it: they know its id, and are told its address."""

    area: str
    resource: str
    uid: str
    template: str
    version: int = 1


_BASE = "{project}/_apis/{area}/{resource}"
_RELEASE = "{project}/_apis/{area}/releases/{releaseId}"
_STAGE = f"{_RELEASE}/environments/{{environmentId}}"
_ATTEMPT = f"{_STAGE}/attempts/{{attemptId}}"
_RECORD = "timelines/{timelineId}/records/{recordId}/attachments/{type}/{name}"
_DEFINITION = "{project}/_apis/{area}/definitions"
_LOCATIONS = (
    Location("Release", "releases", "a166fde7-27ad-408e-ba75-703c2cc9d500", f"{_BASE}/{{releaseId}}", 9),
    Location("Release", "definitions", "d8f96f24-8ea7-4cb6-baab-2df8fc515665", f"{_BASE}/{{definitionId}}", 4),
    Location("Release", "deployments", "b005ef73-cddc-448e-9ba2-5193bf36b19f", _BASE, 2),
    Location("Release", "approvals", "b47c6458-e73b-47cb-a770-4df1e8813a91", _BASE, 3),
    Location("Release", "approvals", "9328e074-59fb-465a-89d9-b09c82ee5109", f"{_BASE}/{{approvalId}}", 3),
    Location("Release", "approvals", "c957584a-82aa-4131-8222-6d47f78bfa7a", _BASE, 3),
    Location("Release", "environments", "a7e426b1-03dc-48af-9dfe-c98bac612dcb",
             f"{_RELEASE}/{{resource}}/{{environmentId}}", 8),
    Location("Release", "folders", "f7ddf76d-ce0c-4d68-94ff-becaec5d9dea", f"{_BASE}/{{*path}}", 2),
    Location("Release", "gates", "2666a539-2001-4f80-bcc7-0379956749d4", f"{_BASE}/{{gateStepId}}"),
    Location("Release", "logs", "c37fbab5-214b-48e4-a55b-cb6b4f6e4038", f"{_RELEASE}/{{resource}}", 2),
    Location("Release", "logs", "e71ba1ed-c0a4-4a28-a61f-2dd5f68cf3fd", f"{_STAGE}/tasks/{{taskId}}/{{resource}}", 2),
    Location("Release", "logs", "17c91af7-09fd-4256-bff1-c24ee4f73bc0",
             f"{_STAGE}/deployPhases/{{releaseDeployPhaseId}}/tasks/{{taskId}}/{{resource}}", 2),
    Location("Release", "logs", "dec7ca5a-7f7f-4797-8bf1-8efc0dc93b28",
             f"{_STAGE}/gates/{{gateId}}/tasks/{{taskId}}/{{resource}}", 2),
    Location("Release", "manualinterventions", "616c46e4-f370-4456-adaa-fbaf79c7b79e",
             f"{_RELEASE}/{{resource}}/{{manualInterventionId}}", 2),
    Location("Release", "revisions", "258b82e0-9d41-43f3-86d6-fef14ddd44bc",
             f"{_DEFINITION}/{{definitionId}}/{{resource}}/{{revision}}", 4),
    Location("Release", "attachments", "a4d06688-0dfa-4895-82a5-f43ec9452306",
             f"{_ATTEMPT}/plan/{{planId}}/{{resource}}/{{type}}"),
    Location("Release", "attachments", "60b86efb-7b8c-4853-8f9f-aa142b77b479", f"{_ATTEMPT}/plan/{{planId}}/{_RECORD}"),
    Location("Release", "attachments", "214111ee-2415-4df2-8ed2-74417f7d61f9",
             f"{_ATTEMPT}/timelines/{{timelineId}}/{{resource}}/{{type}}"),
    Location("Release", "attachments", "c4071f6d-3697-46ca-858e-8b10ff09e52f", f"{_ATTEMPT}/{_RECORD}"),
    Location("Release", "history", "23f461c8-629a-4144-a076-3054fa5f268a", f"{_RELEASE}/{{resource}}"),
    Location("Release", "tags", "c5b602b6-d1b3-4363-8a51-94384f78068f", f"{_RELEASE}/{{resource}}/{{tag}}"),
    Location("Release", "tags", "3d21b4c8-c32e-45b2-a7cb-770a369012f4",
             f"{_DEFINITION}/{{releaseDefinitionId}}/{{resource}}/{{tag}}"),
    Location("Release", "tags", "86cee25a-68ba-4ba3-9171-8ad6ffc6df93", _BASE),
    Location("Release", "releasesettings", "c63c3718-7cfd-41e0-b89b-81c1ca143437", _BASE),
    Location("distributedtask", "variablegroups", "f5b09dd5-9d54-45a1-8b5a-1c8287d634cc", f"{_BASE}/{{groupId}}", 2),
    Location("distributedtask", "taskgroups", "6c08ffbf-dbf1-4f9a-94e5-a1cbd47005e7", f"{_BASE}/{{taskGroupId}}"),
    Location("distributedtask", "queues", "900fa995-c559-4923-aae7-f8424fe4fbea", f"{_BASE}/{{queueId}}"),
    Location("distributedtask", "deploymentgroups", "083c4d89-ab35-45af-aa11-7cf66895c53e",
             f"{_BASE}/{{deploymentGroupId}}"),
    Location("serviceendpoint", "endpoints", "e85f1c62-adfc-4b74-b618-11a150fb195e", f"{_BASE}/{{endpointId}}", 4),
    Location("build", "definitions", "dbeaf647-6167-421a-bda9-c9327b25e2e6", f"{_BASE}/{{definitionId}}", 7),
    Location("build", "builds", "0cd358e1-9217-4d94-8269-1c1ee6f93dcf", f"{_BASE}/{{buildId}}", 7),
    Location("build", "generalsettings", "c4aefd19-30ff-405b-80ad-aca021e7242a", _BASE),
    Location("core", "projects", "603fe2ac-9723-48b9-88ad-09305aa6c6e1", "_apis/{resource}/{projectId}", 4),
    Location("IMS", "identities", "28010c54-d0c0-4c89-a5b0-1c9e188b9fb7", "_apis/{resource}/{identityId}"),
    Location("Location", "ResourceAreas", "e81700f7-3be2-46de-8624-2eb35882fcaa", "_apis/{resource}/{areaId}"),
    Location("Location", "connectionData", "00d9565f-ed9c-4a06-9a50-00e7896ccab4", "_apis/{resource}"),
)  # fmt: skip
_AREAS = {
    "Release": ("efc2f575-36ef-48e9-b672-0c6fb4a48ac5", "vsrm"),
    "build": ("965220d5-5bb9-42cf-8d67-9b146df2a5a4", ""),
    "distributedtask": ("a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd", ""),
    "serviceendpoint": ("1814ab31-2f4f-4a9f-8761-f4d77dc5a5d7", ""),
    "IMS": ("8a3d49b8-91f0-46ef-b33d-dda338c25db3", "vssps"),
    "core": ("79134c72-4a58-4b42-976c-04e7115f32bf", ""),
}
_HOST = re.compile(
    r"(?:(?:vsrm|vssps)\.)?(?P<cloud>dev\.azure\.com)|[^./:]+(?:\.(?:vsrm|vssps))?(?P<old>\.visualstudio\.com)",
    re.IGNORECASE,
)


def _options(call: Call) -> Answer:
    """The resources of one area, or of all."""
    area = call.args.get("area", "").lower()
    return wrapped(
        [
            {
                "id": one.uid,
                "area": one.area,
                "resourceName": one.resource,
                "routeTemplate": one.template,
                "resourceVersion": one.version,
                "minVersion": "1.0",
                "maxVersion": "7.2",
                "releasedVersion": "7.1",
            }
            for one in _LOCATIONS
            if area in ("", one.area.lower())
        ]
    )


def _area_rows(call: Call) -> list[JsonObject]:
    """Where each area is. An own server has an empty list: everything is where the list was."""
    scheme, _, host = call.origin.partition("://")
    name, colon, port = host.partition(":")
    found = _HOST.fullmatch(call.mount or name)
    if found is None:
        return []
    rows: list[JsonObject] = []
    for area, (uid, side) in _AREAS.items():
        part = f"{side}." if side else ""
        own = call.organization.name
        place = f"{part}dev.azure.com/{own}" if found["cloud"] else f"{own}.{part}visualstudio.com"
        before, dot, after = place.partition("/")
        url = (
            f"{scheme}://{host}/{place}/" if call.mount else f"{scheme}://{before}{colon}{port}{dot}{after}/"
        )
        rows.append({"id": uid, "name": area, "locationUrl": url})
    return rows


def _areas(call: Call) -> Answer:
    return wrapped(_area_rows(call))


def _area(call: Call) -> Answer:
    found = next((row for row in _area_rows(call) if row["id"] == call.args["id"].lower()), None)
    if found is None:
        raise not_there("resource area", call.args["id"])
    return Answer(found)


def _connection(call: Call) -> Answer:
    return Answer(
        {
            "authenticatedUser": call.me,
            "authorizedUser": call.me,
            "instanceId": call.organization.id,
            "deploymentType": "hosted" if _area_rows(call) else "onPremises",
        }
    )


RULES = (
    rule("OPTIONS", "", _options, "locations", ""),
    rule("OPTIONS", "{area}", _options, "locations", ""),
    rule("GET", "ResourceAreas", _areas, "locations", ""),
    rule("GET", "ResourceAreas/{id}", _area, "locations", ""),
    rule("GET", "connectionData", _connection, "locations", ""),
)
