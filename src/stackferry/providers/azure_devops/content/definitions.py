"""What of a definition people make, and what the service adds; and whether two say the same. Pure.

API pages: "Definitions: Create", "Definitions: Update".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, integer, nested, objects
from stackferry.providers.azure_devops.content.releases import stages, word
from stackferry.providers.secrets.redacted import is_unknown
from stackferry.providers.stored import EMPTY, differences, is_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject

_OF_THE_SERVICE: Final = frozenset({
    "id", "revision", "url", "_links", "createdBy", "createdOn", "modifiedBy", "modifiedOn", "lastRelease", "isDeleted",
    "projectReference", "source",
})  # fmt: skip
_OF_A_STAGE: Final = frozenset({"id", "badgeUrl", "currentRelease"})
_OLD: Final = frozenset({"deployStep", "queueId", "runOptions"})  # of a stage; phases have them since 4.0
_ANY_CASE: Final = frozenset({
    "path", "type", "conditionType", "triggerType", "phaseType", "definitionType", "executionOrder", "reason",
    "parallelExecutionType", "condition", "scheduleType", "status", "uniqueName",
})  # fmt: skip
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RULES: Final = ("preDeployApprovals", "postDeployApprovals", "preDeploymentGates", "postDeploymentGates")


def plain(definition: JsonObject) -> JsonObject:
    """A definition without what the service adds: the body of a new one. Fields that nobody knows stay."""
    made = _without(definition, _OF_THE_SERVICE)
    if "environments" in definition:
        made["environments"] = [_plain_stage(stage) for stage in stages(definition)]
    return made


def _plain_stage(stage: JsonObject) -> JsonObject:
    made = _without(stage, _OF_A_STAGE | (_OLD if objects(stage.get("deployPhases")) else frozenset()))
    for name in _RULES:
        if isinstance(rule := stage.get(name), dict):
            made[name] = _plain_rule(rule)
    if "schedules" in stage:
        made["schedules"] = [_without(one, frozenset({"jobId"})) for one in objects(stage["schedules"])]
    if "environmentTriggers" in stage:
        made["environmentTriggers"] = [
            _without(one, frozenset({"definitionEnvironmentId", "releaseDefinitionId"}))
            for one in objects(stage["environmentTriggers"])
        ]
    return made


def _plain_rule(rule: JsonObject) -> JsonObject:
    made = _without(rule, frozenset({"id"}))
    if "approvals" in rule:
        made["approvals"] = [_without(row, frozenset({"id"})) for row in objects(rule["approvals"])]
    return made


def _without(row: JsonObject, names: frozenset[str]) -> JsonObject:
    return {name: value for name, value in row.items() if name not in names}


def with_ids_of(body: JsonObject, held: JsonObject) -> JsonObject:
    """A body as it takes the place of a definition: with the ids of that and of its stages, by their names."""
    ids = stage_ids(held)
    rows: list[Json] = [
        {**stage, "id": ids[word(stage.get("name"))]} if word(stage.get("name")) in ids else stage
        for stage in stages(body)
    ]
    return {**body, "id": held.get("id"), "revision": held.get("revision"), "environments": rows}


def stage_ids(definition: JsonObject) -> dict[str, int]:
    """The ids of a definition's stages, by their names in lower case."""
    found = {word(stage.get("name")): integer(stage.get("id")) for stage in stages(definition)}
    return {name: number for name, number in found.items() if number is not None}


def says(held: JsonObject, body: JsonObject) -> bool:
    """Whether a definition says what a body would make it say. What the service adds is no difference.

    A credential that the snapshot does not hold is taken to be equal.
    """
    return next(unequal(held, body), None) is None


def unequal(held: JsonObject, body: JsonObject) -> Iterator[str]:
    """Where it does not, as JSON pointers."""
    stored = plain(held)
    for path, sent, found in differences(plain(body), stored, _is_same):
        if not _is_other_case(path, sent, found):
            yield path
    here, there = ([definition, *stages(definition)] for definition in (body, stored))
    for number, (one, other) in enumerate(zip(here, there, strict=False)):
        if as_object(other.get("variables")).keys() - as_object(one.get("variables")).keys():
            yield f"/environments/{number - 1}/variables" if number else "/variables"


def _is_same(sent: Json, stored: Json) -> bool:
    if is_unknown(sent):
        return True
    if sent in EMPTY or sent is False:
        return stored in EMPTY or stored is False or _holds_nothing(stored)
    return is_equal(sent, stored)


def _is_other_case(path: str, sent: Json, stored: Json) -> bool:
    """Whether a text differs in its letter case alone where that means nothing: of enums, ids and folders."""
    if not (isinstance(sent, str) and isinstance(stored, str)) or sent.lower() != stored.lower():
        return False
    return path.rpartition("/")[2] in _ANY_CASE or _GUID.search(sent) is not None


def _holds_nothing(value: Json) -> bool:
    """Whether what the service shows in place of nothing is a default."""
    return isinstance(value, dict) and all(one in EMPTY or one is False or one == 0 for one in value.values())


def variables_of(definition: JsonObject, stage: str = "") -> JsonObject:
    """The variables of a definition, or of its stage of that name."""
    if not stage:
        return as_object(definition.get("variables"))
    found = (one for one in stages(definition) if word(one.get("name")) == word(stage))
    return as_object(nested(next(found, None), "variables"))
