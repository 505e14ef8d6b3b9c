"""Comparing two branches and merging one into the other: their content types and global fields.

Pages: CMA | Branches, "Compare branches", "Merge branches", "Get all merge jobs". A merge keeps the base branch as it
was in a branch of its own, unless `no_revert` is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.listing import page_of
from stackferry.emulators.contentstack.request import find_in_path, not_found, with_authorship
from stackferry.emulators.routing import Route
from stackferry.json_values import objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Branch, Rows
    from stackferry.model import Json, JsonObject

_OWN = frozenset(
    {"created_at", "updated_at", "created_by", "updated_by", "_version", "last_activity", "DEFAULT_ACL"}
)
_KINDS: dict[str, Callable[[Branch], Rows]] = {
    "content_type": lambda branch: branch.content_types,
    "global_field": lambda branch: branch.global_fields,
}


class Difference(NamedTuple):
    """A type or field that is in one branch only ("base_only", "compare_only"), or "modified"."""

    kind: str
    uid: str
    status: str
    base: JsonObject | None
    compare: JsonObject | None


def _pair(call: Call) -> tuple[Branch, Branch]:
    """The branch that is compared with, and merged into, and the other one. Raises 901 or 904."""
    name = call.param("compare_branch")
    compare = call.stack.branch(name)
    if compare is None:
        raise invalid(904, "The compare branch is not valid.", compare_branch=NOT_VALID if name else REQUIRED)
    base = call.stack.branch(call.param("base_branch") or text(compare.raw.get("source")))
    if base is None or base is compare:
        raise invalid(901, "The base branch is not valid.", base_branch=NOT_VALID)
    return base, compare


def _differences(base: Branch, compare: Branch, kinds: tuple[str, ...]) -> Iterator[Difference]:
    for kind in kinds:
        left, right = _KINDS[kind](base), _KINDS[kind](compare)
        for uid in dict.fromkeys([*left, *right]):
            one, two = left.get(uid), right.get(uid)
            if one is None or two is None:
                yield Difference(kind, uid, "base_only" if two is None else "compare_only", one, two)
            elif _content(one) != _content(two):
                yield Difference(kind, uid, "modified", one, two)


def _content(raw: JsonObject) -> JsonObject:
    """What is compared; the order of fields is not."""
    fields = {text(field.get("uid")): field for field in objects(raw.get("schema"))}
    return {**{name: value for name, value in raw.items() if name not in _OWN}, "schema": {**fields}}


def _row(found: Difference) -> JsonObject:
    title = (found.compare or found.base or {}).get("title")
    return {"uid": found.uid, "title": title, "type": found.kind, "status": found.status}


def _compared(base: Branch, compare: Branch) -> JsonObject:
    return {"branches": {"base_branch": base.uid, "compare_branch": compare.uid}}


def _compare(call: Call, *kinds: str) -> Answer:
    base, compare = _pair(call)
    found = [*_differences(base, compare, kinds or tuple(_KINDS))]
    page = page_of(call, found)
    body: JsonObject = {**_compared(base, compare), "diff": [_row(one) for one in page]}
    end = call.number("skip", 0) + len(page)
    if page and end < len(found):
        query = f"base_branch={base.uid}&compare_branch={compare.uid}&skip={end}&limit={len(page)}"
        body["next_url"] = f"{call.origin}{call.path}?{query}"
    return Answer(body)


def _compare_one(call: Call, kind: str) -> Answer:
    """The fields of one type that only one side has, or that differ, each with its place."""
    base, compare = _pair(call)
    found = next((one for one in _differences(base, compare, (kind,)) if one.uid == call.args["uid"]), None)
    if found is None:
        raise not_found(call, 141, "There is no difference of this uid.")
    sides = {"base_branch": (found.base, found.compare), "compare_branch": (found.compare, found.base)}
    shown: JsonObject = {name: _fields_of_one_side(own, other) for name, (own, other) in sides.items()}
    return Answer({**_compared(base, compare), "diff": {**_row(found), **shown}})


def _fields_of_one_side(own: JsonObject | None, other: JsonObject | None) -> JsonObject:
    known = objects((other or {}).get("schema"))
    rows: list[Json] = [
        {**field, "path": f"schema[{place}]"}
        for place, field in enumerate(objects((own or {}).get("schema")))
        if field not in known
    ]
    return {"differences": rows, "schema": None}


_STRATEGIES: dict[str, dict[str, str]] = {  # which side each status is taken from
    "merge_prefer_base": {"compare_only": "compare", "modified": "both, base first"},
    "merge_prefer_compare": {"compare_only": "compare", "modified": "both, compare first"},
    "overwrite_with_compare": {"compare_only": "compare", "modified": "compare", "base_only": "compare"},
    "merge_new_only": {"compare_only": "compare"},
    "merge_modified_only_prefer_base": {"modified": "both, base first"},
    "merge_modified_only_prefer_compare": {"modified": "both, compare first"},
    "ignore": {},
}


def _merge(call: Call) -> Answer:
    base, compare = _pair(call)
    default = call.param("default_merge_strategy")
    items = objects(call.json().get("item_merge_strategies")) if call.body else []
    named = {
        (text(item.get("type")), text(item.get("uid"))): text(item.get("merge_strategy")) for item in items
    }
    if {default, *named.values()} - {*_STRATEGIES}:
        raise invalid(141, "The merge strategy is not valid.", default_merge_strategy=NOT_VALID)
    found = [*_differences(base, compare, tuple(_KINDS))]
    taken = [(one, _STRATEGIES[named.get((one.kind, one.uid), default)].get(one.status)) for one in found]
    work = [(one, how) for one, how in taken if how]
    if work and call.param("no_revert") != "true":
        uid = call.service.uid("")[:15]
        call.stack.branches[uid] = base.fork(uid, call.service.branch_record(uid, base.uid, call.user))
    for one, how in work:
        _take(call, base, one, how)
    return Answer(_job(call, base, compare, default, [] if work else ["No items available for merge"]))


def _take(call: Call, base: Branch, found: Difference, how: str) -> None:
    table = _KINDS[found.kind](base)
    if found.compare is None:
        del table[found.uid]
        return
    raw = found.compare
    if how.startswith("both") and found.base is not None:
        first, second = (found.base, raw) if how.endswith("base first") else (raw, found.base)
        known = {field.get("uid") for field in objects(first.get("schema"))}
        added = [field for field in objects(second.get("schema")) if field.get("uid") not in known]
        raw = {**first, "schema": [*objects(first.get("schema")), *added]}
    table[found.uid] = with_authorship(call, raw, found.base or {"uid": found.uid})


def _job(call: Call, base: Branch, compare: Branch, strategy: str, errors: list[Json]) -> JsonObject:
    """A merge as its answer and the queue show it. It is done at once."""
    names: JsonObject = {"base_branch": base.uid, "compare_branch": compare.uid}
    comment = call.param("merge_comment")
    configuration: JsonObject = {**names, "default_merge_strategy": strategy, "merge_comment": comment}
    status, now = "failed" if errors else "complete", call.service.now()
    job: JsonObject = {
        "uid": call.service.uid(""),
        "stack": call.stack.api_key,
        "created_at": now,
        "updated_at": now,
        "created_by": call.user,
        "merge_details": {**names, "status": status, "configuration": configuration},
        "merged_at": None if errors else now,
        "errors": errors,
    }
    call.stack.merges[text(job["uid"])] = job
    return job


def _queue(call: Call) -> Answer:
    """The last hundred, the newest first."""
    return Answer({"queue": [*reversed([*call.stack.merges.values()][-100:])]})


def _merge_job(call: Call) -> Answer:
    return Answer(
        {"queue": find_in_path(call, call.stack.merges, "uid", 141, "The merge job was not found.")}
    )


ROUTES: tuple[Route[Call], ...] = (
    Route("GET", "/stacks/branches_compare", _compare),
    Route("GET", "/stacks/branches_compare/content_types", lambda call: _compare(call, "content_type")),
    Route("GET", "/stacks/branches_compare/global_fields", lambda call: _compare(call, "global_field")),
    Route(
        "GET", "/stacks/branches_compare/content_types/{uid}", lambda call: _compare_one(call, "content_type")
    ),
    Route(
        "GET", "/stacks/branches_compare/global_fields/{uid}", lambda call: _compare_one(call, "global_field")
    ),
    Route("POST", "/stacks/branches_merge", _merge),
    Route("GET", "/stacks/branches_queue", _queue),
    Route("GET", "/stacks/branches_queue/{uid}", _merge_job),
)
