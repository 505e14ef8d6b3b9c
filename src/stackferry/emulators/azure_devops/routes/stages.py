"""The stages of a release: read, started, scheduled, canceled."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import bad_value, invalid
from stackferry.emulators.azure_devops.deploying.attempts import UNDER_WAY
from stackferry.emulators.azure_devops.deploying.engine import cancel, start
from stackferry.emulators.azure_devops.new_release import note
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.emulators.azure_devops.views import without_secrets
from stackferry.emulators.azure_devops.words import STAGE_STATUS, word
from stackferry.emulators.values import parse_time
from stackferry.json_values import as_list, as_object, text

if TYPE_CHECKING:
    from datetime import datetime

    from stackferry.emulators.azure_devops.call import Call
    from stackferry.model import JsonObject


def _get(call: Call) -> Answer:
    return Answer(dict(call.stage()))


def _patch(call: Call) -> Answer:
    release, stage, body = call.release(), call.stage(), call.json()
    status = word(STAGE_STATUS, body.get("status"), "status")
    name = stage.get("name")
    if text(release.get("status")) != "active":
        raise invalid(f"Stage {name} cannot be changed: release {release['name']} is {release['status']}.")
    is_running = text(stage.get("status")) in UNDER_WAY
    before = as_list(stage.get("deploySteps"))
    if status == "inProgress":
        if is_running and stage["status"] != "scheduled":
            raise invalid(f"A deployment of stage {name} is in progress already.")
        _start(call, release, stage, body)
        note(call, release, "Deploy", text(body.get("comment")), text(name))
    elif status == "canceled":
        if not is_running:
            raise invalid(f"Stage {name} has no deployment that could be canceled.")
        cancel(call.scene, release, stage)
        note(call, release, "Cancel", text(body.get("comment")), text(name))
    else:
        raise invalid(f"A stage cannot be set to {status}: only to inProgress or canceled.")
    # Recorded answers to a start do not show the attempt yet.
    shown = {**stage, "deploySteps": before} if status == "inProgress" else stage
    return Answer(copy.deepcopy(shown))


def _start(call: Call, release: JsonObject, stage: JsonObject, body: JsonObject) -> None:
    variables = as_object(without_secrets(body.get("variables")))
    if variables:
        stage["variables"] = {**as_object(stage.get("variables")), **variables}
    due: datetime | None = None
    if body.get("scheduledDeploymentTime") is not None:
        due = parse_time(body["scheduledDeploymentTime"])
        if due is None:
            raise bad_value("scheduledDeploymentTime", body["scheduledDeploymentTime"])
        stage["scheduledDeploymentTime"] = body["scheduledDeploymentTime"]
        due = due if due > call.service.time() else None
    start(call.scene, release, stage, call.access.user, due)


_ONE = "release/releases/{release}/environments/{stage}"
RULES = (
    rule("GET", _ONE, _get, "environments"),
    rule("PATCH", _ONE, _patch, "environments", "release:execute"),
)
