"""Bulk actions: publish, unpublish or validate up to 200 entries and assets, asynchronously.

Two generations of the call are served: `bulk_actions/publish` and so on, and `bulk_actions` with locales.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import ApiError, bad_request, invalid, problem
from stackferry.emulators.contentful.busy import busy
from stackferry.emulators.contentful.call import find
from stackferry.emulators.contentful.documents import unpublish
from stackferry.emulators.contentful.publishing import Batch, change_live, check, refusal
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, new_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route
from stackferry.json_values import as_list, as_object, nested, objects, text
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import Json, JsonObject

_ACTIONS = ("publish", "unpublish", "validate")
_KINDS = ("Entry", "Asset")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry or asset of an action. `part` is what a publish of it sends: `add`, `remove` or nothing."""

    kind: str
    id: str
    version: Json
    part: JsonObject = field(default_factory=dict)

    def link(self) -> JsonObject:
        sys: JsonObject = {"type": "Link", "linkType": self.kind, "id": self.id}
        return {"sys": {**sys, **({"version": self.version} if self.version is not None else {})}}


def _first(action: str) -> Callable[[Call], Answer]:
    """A handler of the first generation: the path names the action, the items are links."""

    def handler(call: Call) -> Answer:
        body = call.json()
        rows = as_list(nested(body, "entities", "items"))
        items = [_item(as_object(nested(row, "sys")), {}) for row in rows]
        return _begin(call, action, body, items, ["entities", "items"])

    return handler


def _second(call: Call) -> Answer:
    """The second generation: the body names the action; an item may name locales."""
    body = call.json()
    action = text(body.get("action"))
    if action not in _ACTIONS:
        raise invalid([problem("in", ["action"], f"The action is one of {', '.join(_ACTIONS)}.")])
    rows = objects(body.get("entities")) or objects(nested(body, "entities", "items"))
    items = [
        _item(
            as_object(nested(row, "entity", "sys")),
            {name: row[name] for name in ("add", "remove") if name in row},
        )
        for row in rows
    ]
    return _begin(call, action, body, items, ["entities"])


def _item(sys: JsonObject, part: JsonObject) -> Item:
    return Item(text(sys.get("linkType")), text(sys.get("id")), sys.get("version"), part)


def _begin(call: Call, action: str, body: JsonObject, items: list[Item], path: list[str | int]) -> Answer:
    problems = [*_item_problems(call, action, items, path)]
    if len(items) > call.limits.bulk_items or not items:
        problems.append(problem("array.max", path, f"must hold 1 to {call.limits.bulk_items} items"))
    if problems:
        raise invalid(problems)
    running = [
        row
        for environment in call.space.environments.values()
        for row in environment.bulk_actions.values()
        if nested(row, "sys", "status") in ("created", "inProgress")
    ]
    if len(running) >= call.limits.bulk_running:
        raise busy(call, f"At most {call.limits.bulk_running} bulk actions run at a time in a space.")
    raw = new_row(
        call, "BulkAction", call.service.new_id(), {"action": action, "payload": body}, status="created"
    )
    uid = text(as_object(raw["sys"])["id"])
    call.environment.bulk_actions[uid] = raw
    call.service.jobs.start(call.environment, lambda: _carry_out(call, raw, action, items))
    return Answer(show_row(call, raw), call.switches.bulk_status)


def _item_problems(call: Call, action: str, items: list[Item], path: list[str | int]) -> Iterator[JsonObject]:
    for at, item in enumerate(items):
        if action == "publish" and call.switches.bulk_versions and not isinstance(item.version, int):
            name = f"{'.'.join(map(str, path))}[{at}].sys.version"
            yield problem("any.required", [*path, at, "sys", "version"], f'"{name}" is required')
        if item.kind not in _KINDS:
            yield problem("any.only", [*path, at, "sys", "linkType"], "must be one of [Entry, Asset]")


def _carry_out(call: Call, raw: JsonObject, action: str, items: list[Item]) -> None:
    """Do all items, or with the switch none where one is refused; and put the outcome into the action."""
    batch: Batch = frozenset((item.kind, item.id) for item in items)
    failed: list[JsonObject] = []
    if call.switches.bulk_atomic and action != "validate":
        failed = _failures(items, lambda item: _checked(call, item, action, batch))
    if not failed:
        failed = _failures(items, lambda item: _do(call, item, action, batch))
    sys = as_object(raw["sys"])
    sys |= {"status": "failed" if failed else "succeeded", "updatedAt": call.service.now()}
    if failed:
        rows: list[Json] = [*failed]
        sys_error: JsonObject = {"type": "Error", "id": "BulkActionFailed"}
        raw["error"] = {
            "sys": sys_error,
            "message": "Not all entities are valid.",
            "details": {"errors": rows},
        }


def _failures(items: list[Item], do: Callable[[Item], None]) -> list[JsonObject]:
    failed: list[JsonObject] = []
    for item in items:
        try:
            do(item)
        except ApiError as error:
            failed.append({"entity": item.link(), "error": error.body("none")})
    return failed


def _document(call: Call, item: Item) -> Document:
    table = call.environment.assets if item.kind == "Asset" else call.environment.entries
    document = find(table, item.id, item.kind)
    if item.version is not None and item.version != document.version:
        raise ApiError(409, "VersionMismatch", "", {})
    return document


def _checked(call: Call, item: Item, action: str, batch: Batch) -> None:
    """Raises what would refuse the item."""
    document = _document(call, item)
    if action == "unpublish":
        if document.live is None:
            raise bad_request("Not published")
        return
    if document.state == "archived":
        raise bad_request("Cannot publish archived")
    codes = [text(code) for code in as_list(nested(item.part, "add", "fields", "*"))]
    if problems := check(call, document, codes or call.environment.locale_codes, batch):
        raise refusal(problems, item.kind)


def _do(call: Call, item: Item, action: str, batch: Batch) -> None:
    if action == "validate":
        _checked(call, item, action, batch)
    elif action == "unpublish":
        unpublish(_document(call, item), call.stamp)
    else:
        change_live(call, _document(call, item), item.part, batch)


def _get(call: Call) -> Answer:
    raw = find(call.environment.bulk_actions, call.args["action"], "BulkAction")
    shown = show_row(call, raw)
    sys = as_object(raw["sys"])
    if sys["status"] == "created":  # the next look finds it at work
        sys["status"] = "inProgress"
    return Answer(shown)


ROUTES = (
    *(Route("POST", f"{ENVIRONMENT}/bulk_actions/{name}", _first(name), Budget.WRITE) for name in _ACTIONS),
    Route("POST", f"{ENVIRONMENT}/bulk_actions", _second),
    Route("GET", f"{ENVIRONMENT}/bulk_actions/actions/{{action}}", _get),
    Route("GET", f"{ENVIRONMENT}/bulk_actions/{{action}}", _get),
)
