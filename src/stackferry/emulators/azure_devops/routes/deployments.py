"""The list of deployments: one row for each attempt at a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.listing import page
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.emulators.azure_devops.views import is_named
from stackferry.emulators.azure_devops.words import DEPLOYMENT_STATUS, OPERATION_STATUS, bits
from stackferry.emulators.values import parse_time
from stackferry.json_values import as_object, integer, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.application import Answer
    from stackferry.emulators.azure_devops.call import Call
    from stackferry.model import JsonObject

_TIMES = {
    "minModifiedTime": ("lastModifiedOn", 1),
    "maxModifiedTime": ("lastModifiedOn", -1),
    "minStartedTime": ("startedOn", 1),
    "maxStartedTime": ("startedOn", -1),
}


def _list(call: Call) -> Answer:
    deployments = call.project.deployments
    gone = set(call.project.deleted_releases)
    rows = [
        row for row in deployments.values() if integer(as_object(row.get("release")).get("id")) not in gone
    ]
    tests = _filters(call)
    rows = [row for row in rows if all(test(row) for test in tests)]
    if call.flag("latestAttemptsOnly"):
        latest = {nested(row, "releaseEnvironment", "id"): row for row in sorted(rows, key=_attempt)}
        rows = [*latest.values()]
    return page(call, rows)


def _attempt(row: JsonObject) -> int:
    return integer(row.get("attempt")) or 0


def _filters(call: Call) -> list[Callable[[JsonObject], bool]]:
    tests: list[Callable[[JsonObject], bool]] = []
    if (definition := call.number("definitionId")) is not None:
        tests.append(lambda row: nested(row, "releaseDefinition", "id") == definition)
    if (stage := call.number("definitionEnvironmentId")) is not None:
        tests.append(lambda row: row.get("definitionEnvironmentId") == stage)
    statuses = bits(DEPLOYMENT_STATUS, call.param("deploymentStatus"), "deploymentStatus")
    if statuses and "all" not in statuses:
        tests.append(lambda row: text(row.get("deploymentStatus")) in statuses)
    if operations := {
        one.lower() for one in bits(OPERATION_STATUS, call.param("operationStatus"), "operationStatus")
    }:
        tests.append(lambda row: text(row.get("operationStatus")).lower() in operations)
    if creator := call.param("createdBy"):
        tests.append(lambda row: is_named(row.get("requestedBy"), creator))
    if wanted := call.param("createdFor"):
        tests.append(lambda row: is_named(row.get("requestedFor"), wanted))
    if branch := call.param("sourceBranch"):
        tests.append(
            lambda row: any(_branch(one) == branch for one in objects(nested(row, "release", "artifacts")))
        )
    return [*tests, *_times(call)]


def _branch(artifact: JsonObject) -> object:
    return nested(artifact, "definitionReference", "branch", "id")


def _times(call: Call) -> list[Callable[[JsonObject], bool]]:
    tests: list[Callable[[JsonObject], bool]] = []
    for name, (field, sign) in _TIMES.items():
        wanted = call.moment(name)
        if wanted is None:
            continue
        edge = wanted.timestamp() * sign

        def is_within(row: JsonObject, field: str = field, sign: int = sign, edge: float = edge) -> bool:
            moment = parse_time(row.get(field))
            return moment is not None and moment.timestamp() * sign >= edge

        tests.append(is_within)
    return tests


RULES = (rule("GET", "release/deployments", _list, "deployments"),)
