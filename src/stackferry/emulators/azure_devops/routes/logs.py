"""Logs: all of a release as a zip, and those of a task as text, under the addresses of old and of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import ApiError, not_there
from stackferry.emulators.azure_devops.log_files import log_in_zip, release_zip, some_lines, zip_of
from stackferry.emulators.azure_devops.organization import phases_of
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.json_values import as_object, integer, objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.azure_devops.call import Call
    from stackferry.emulators.azure_devops.organization import TaskKey
    from stackferry.model import JsonObject

_ZIP = {"content-type": "application/zip"}


def _zip(call: Call) -> Answer:
    number = integer(call.release()["id"]) or 0
    content: bytes | Path | None = call.project.log_files.get(number)
    if content is None:
        random = None if call.switches.zip_bytes_stable else call.service.random
        content = release_zip(call.project, number, random)
    if content is not None:
        return Answer(content, headers=_ZIP, chunked=True)
    if call.switches.empty_logs == 204:
        return Answer(b"", 204)
    if call.switches.empty_logs == 404:
        raise ApiError(404, "ReleaseLogsNotFoundException", f"There are no logs of release {number}.")
    return Answer(zip_of({}), headers=_ZIP, chunked=True)


def _task_log(call: Call) -> Answer:
    phase = call.number_in_path("phase")
    stage = integer(call.stage()["id"]) or 0
    key = (call.number_in_path("release"), stage, phase, call.number_in_path("task"))
    return _text(call, key)


def _old_task_log(call: Call) -> Answer:
    """A task of the last attempt, without its phase."""
    number, stage = call.number_in_path("task"), call.stage()
    keys = [
        (call.number_in_path("release"), integer(stage["id"]) or 0, integer(phase["id"]) or 0, number)
        for step, phase in phases_of(stage)
        if step is objects(stage["deploySteps"])[-1]
    ]
    return _text(call, next((key for key in keys if key in call.project.logs), (0, 0, 0, number)))


def _text(call: Call, key: TaskKey) -> Answer:
    log = call.project.logs.get(key)
    written = log_in_zip(call.project, key) if log is None else log.content
    if written is None:
        raise not_there("task log", key[3])
    content = some_lines(written, call.number("startLine"), call.number("endLine"))
    return Answer(content, headers={"content-type": "text/plain"}, chunked=True)


def _gate_log(call: Call) -> Answer:
    gate, task = call.number_in_path("gate"), call.number_in_path("task")
    for gates in _gates(call.stage()):
        rows = [one for job in objects(gates.get("deploymentJobs")) for one in objects(job.get("tasks"))]
        found = next((row for row in rows if row.get("id") == task), None)
        if gates.get("id") == gate and found is not None:
            content = f"{found['startTime']} evaluating {found['name']}: {found['status']}\r\n".encode()
            return Answer(content, headers={"content-type": "text/plain"}, chunked=True)
    raise not_there("gate log", task)


def _gates(stage: JsonObject) -> Iterator[JsonObject]:
    """The gates before and after each attempt to deploy a stage."""
    for step in objects(stage.get("deploySteps")):
        for name in ("preDeploymentGates", "postDeploymentGates"):
            yield as_object(step.get(name))


_STAGE = "release/releases/{release}/environments/{stage}"
RULES = (
    rule("GET", "release/releases/{release}/logs", _zip, "logs"),
    rule("GET", f"{_STAGE}/tasks/{{task}}/logs", _old_task_log, "logs"),
    rule("GET", f"{_STAGE}/deployPhases/{{phase}}/tasks/{{task}}/logs", _task_log, "logs"),
    rule("GET", f"{_STAGE}/gates/{{gate}}/tasks/{{task}}/logs", _gate_log, "logs"),
)
