"""Comments on entries, content types and workflows, as plain text or as rich text, with replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import invalid, not_found, problem
from stackferry.emulators.contentful.call import find, no_content, row_version
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, new_row, updated_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route
from stackferry.emulators.values import objects_within
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentful.call import Call
    from stackferry.model import Json, JsonObject

_FORMAT = "x-contentful-comment-body-format"
_KINDS = {"entries": "Entry", "content_types": "ContentType", "workflows": "Workflow"}
_WORKFLOW_BYTES = 512


def _parent(call: Call, table: str) -> JsonObject:
    """The link to what is commented on. Raises 404."""
    uid, kind = call.args["parent"], _KINDS[table]
    find(getattr(call.environment, table), uid, kind)
    return link(kind, uid)


def _of_parent(call: Call, table: str) -> list[JsonObject]:
    wanted = as_object(_parent(call, table)["sys"])
    return [
        row
        for row in call.environment.comments.values()
        if all(nested(row, "sys", "parentEntity", "sys", name) == wanted[name] for name in ("linkType", "id"))
    ]


def _document(words: str) -> JsonObject:
    run: JsonObject = {"nodeType": "text", "value": words, "marks": [], "data": {}}
    paragraph: JsonObject = {"nodeType": "paragraph", "data": {}, "content": [run]}
    return {"nodeType": "document", "data": {}, "content": [paragraph]}


def _show(call: Call, row: JsonObject) -> JsonObject:
    """With the body in the format that a header asks for: plain text, or rich text."""
    body: Json = row.get("body")
    if call.headers.get(_FORMAT) == "rich-text":
        body = body if isinstance(body, dict) else _document(text(body))
    elif isinstance(body, dict):
        body = "".join(
            text(node.get("value")) for node in reversed([*objects_within(body)]) if "value" in node
        )
    return show_row(call, {**row, "body": body})


def _checked(body: JsonObject, table: str) -> JsonObject:
    words = body.get("body")
    if not words or not isinstance(words, str | dict):
        raise invalid([problem("required", ["body"], "A comment has a text.")])
    if table == "workflows" and len(text(words).encode()) > _WORKFLOW_BYTES:
        raise invalid(
            [problem("size", ["body"], f"A comment on a workflow has at most {_WORKFLOW_BYTES} bytes.")]
        )
    return {"status": "active", **body}


def _list(table: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        rows = _of_parent(call, table)
        return offset_answer(
            call, Source(lambda: rows, lambda row: row, lambda row: _show(call, row), order="")
        )

    return handler


def _found(call: Call, table: str) -> JsonObject:
    for row in _of_parent(call, table):
        if nested(row, "sys", "id") == call.args["comment"]:
            return row
    raise not_found("Comment", call.args["comment"])


def _get(table: str) -> Callable[[Call], Answer]:
    return lambda call: Answer(_show(call, _found(call, table)))


def _post(table: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        parent, body = _parent(call, table), _checked(call.json(), table)
        sys = as_object(parent["sys"])
        if reference := call.headers.get("x-contentful-parent-entity-reference"):
            sys["ref"] = reference
        if "version" in call.args:
            sys["version"] = int(call.args["version"]) if call.args["version"].isdigit() else 0
        above: Json = None
        if answered := call.headers.get("x-contentful-parent-id"):
            find(call.environment.comments, answered, "Comment")
            above = link("Comment", answered)
        row = new_row(call, "Comment", call.service.new_id(), body, parentEntity=parent, parent=above)
        call.environment.comments[text(nested(row, "sys", "id"))] = row
        return Answer(_show(call, row), 201)

    return handler


def _put(table: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        row = _found(call, table)
        call.check_version(row_version(row))
        changed = updated_row(call, row, _checked(call.json(), table))
        call.environment.comments[call.args["comment"]] = changed
        return Answer(_show(call, changed))

    return handler


def _delete(table: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        call.check_version(row_version(_found(call, table)))
        del call.environment.comments[call.args["comment"]]
        return no_content()

    return handler


def _routes(table: str) -> tuple[Route[Call], ...]:
    many = f"{ENVIRONMENT}/{table}/{{parent}}/comments"
    return (
        Route("GET", many, _list(table)),
        Route("POST", many, _post(table)),
        Route("GET", f"{many}/{{comment}}", _get(table)),
        Route("PUT", f"{many}/{{comment}}", _put(table)),
        Route("DELETE", f"{many}/{{comment}}", _delete(table)),
    )


ROUTES = (
    *(route for table in _KINDS for route in _routes(table)),
    Route("POST", f"{ENVIRONMENT}/workflows/{{parent}}/versions/{{version}}/comments", _post("workflows")),
    Route("GET", f"{ENVIRONMENT}/workflows/{{parent}}/versions/{{version}}/comments", _list("workflows")),
)
