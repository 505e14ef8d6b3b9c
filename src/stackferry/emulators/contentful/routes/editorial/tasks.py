"""Tasks of entries. They need the Tasks app: where it is not installed, the space refuses the kind `tasks`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import invalid, not_found, problem
from stackferry.emulators.contentful.call import find_entry, no_content, row_version
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, new_row, updated_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route
from stackferry.json_values import nested, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject


def _checked(call: Call, body: JsonObject) -> JsonObject:
    assignee, kind = (
        text(nested(body, "assignedTo", "sys", "id")),
        nested(body, "assignedTo", "sys", "linkType"),
    )
    problems = []
    if not text(body.get("body")):
        problems.append(problem("required", ["body"], "A task has a text."))
    if not assignee or (kind == "User" and assignee not in call.space.users):
        problems.append(
            problem("notResolvable", ["assignedTo"], "The assignee is no member.", value=assignee)
        )
    if body.get("status", "active") not in ("active", "resolved"):
        problems.append(problem("in", ["status"], "The status is active or resolved."))
    if problems:
        raise invalid(problems)
    return {"status": "active", **body}


def _of_entry(call: Call) -> list[JsonObject]:
    uid = find_entry(call).id
    rows = call.environment.tasks.values()
    return [row for row in rows if nested(row, "sys", "parentEntity", "sys", "id") == uid]


def _list(call: Call) -> Answer:
    rows = _of_entry(call)
    return offset_answer(
        call, Source(lambda: rows, lambda row: row, lambda row: show_row(call, row), order="")
    )


def _found(call: Call) -> JsonObject:
    for row in _of_entry(call):
        if nested(row, "sys", "id") == call.args["task"]:
            return row
    raise not_found("Task", call.args["task"])


def _get(call: Call) -> Answer:
    return Answer(show_row(call, _found(call)))


def _post(call: Call) -> Answer:
    parent = link("Entry", find_entry(call).id)
    row = new_row(call, "Task", call.service.new_id(), _checked(call, call.json()), parentEntity=parent)
    call.environment.tasks[text(nested(row, "sys", "id"))] = row
    return Answer(show_row(call, row), 201)


def _put(call: Call) -> Answer:
    row = _found(call)
    call.check_version(row_version(row))
    changed = updated_row(call, row, _checked(call, call.json()))
    call.environment.tasks[call.args["task"]] = changed
    return Answer(show_row(call, changed))


def _delete(call: Call) -> Answer:
    call.check_version(row_version(_found(call)))
    del call.environment.tasks[call.args["task"]]
    return no_content()


_MANY = f"{ENVIRONMENT}/entries/{{entry}}/tasks"
ROUTES = (
    Route("GET", _MANY, _list),
    Route("POST", _MANY, _post),
    Route("GET", f"{_MANY}/{{task}}", _get),
    Route("PUT", f"{_MANY}/{{task}}", _put),
    Route("DELETE", f"{_MANY}/{{task}}", _delete),
)
