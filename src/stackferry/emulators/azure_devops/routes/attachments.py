"""Attachments of tasks, such as summaries: listed by their type, which a client must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import not_there
from stackferry.emulators.azure_devops.call import Call, wrapped
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.json_values import integer, text

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.organization import Attachment


def _found(call: Call) -> list[Attachment]:
    """The attachments of an attempt that have the type in the path."""
    stage = call.stage()
    plan = call.args.get("plan", "").lower()
    return [
        one
        for one in call.project.attachments
        if (one.release, one.stage) == (call.number_in_path("release"), integer(stage["id"]))
        and one.attempt == call.number_in_path("attempt")
        and plan in ("", one.plan.lower())
        and text(one.raw.get("type")).lower() == call.args["type"].lower()
    ]


def _list(call: Call) -> Answer:
    return wrapped([one.raw for one in _found(call)])


def _content(call: Call) -> Answer:
    record = call.args["record"].lower()
    for one in _found(call):
        if text(one.raw.get("recordId")).lower() == record and one.raw.get("name") == call.args["name"]:
            return Answer(one.content, headers={"content-type": "application/octet-stream"}, chunked=True)
    raise not_there("attachment", call.args["name"])


_ATTEMPT = "release/releases/{release}/environments/{stage}/attempts/{attempt}"
_RECORD = "timelines/{timeline}/records/{record}/attachments/{type}/{name}"
RULES = (
    rule("GET", f"{_ATTEMPT}/plan/{{plan}}/attachments/{{type}}", _list, "attachments"),
    rule("GET", f"{_ATTEMPT}/plan/{{plan}}/{_RECORD}", _content, "attachments"),
    rule("GET", f"{_ATTEMPT}/timelines/{{timeline}}/attachments/{{type}}", _list, "attachments"),
    rule("GET", f"{_ATTEMPT}/{_RECORD}", _content, "attachments"),
)
