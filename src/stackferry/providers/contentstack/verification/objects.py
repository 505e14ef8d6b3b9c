"""Compares the kinds that have one record for each object, driven by the table of kinds. Pure.

The source's object is put into the target's terms: without what the service sets, every name and uid that its kind's
row in `kinds` says it refers to as it is in the target. What a kind needs besides is in `_expected` and `_view`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, objects, text
from stackferry.model import Gap, Json, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.credentials import REDACTED
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.target_names import (
    environment_name,
    is_same_stack,
    target_branch,
    target_locale,
)
from stackferry.providers.contentstack.verification.content_types import ExpectedTypes
from stackferry.providers.contentstack.verification.findings import field_mismatches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.contentstack.verification.findings import Findings, Mismatch
    from stackferry.providers.target import ImportContext

    Rename = Callable[[str], str]

# Every stack has these roles from the beginning; their permissions are not the snapshot's.
_SYSTEM_ROLES = frozenset({"Admin", "Developer", "Content Manager"})


def compare_objects(context: ImportContext, findings: Findings) -> Iterator[Mismatch]:
    """Every object of the kinds that are compared and included."""
    types = ExpectedTypes(context)
    for kind in kinds.KINDS:
        if kind.is_compared and context.options.includes(kind.name):
            for record in context.source.objects(Stream(kind.name)):
                yield from _compare(context, findings, types, kind, record)


def _compare(
    context: ImportContext, findings: Findings, types: ExpectedTypes, kind: Kind, record: JsonObject
) -> Iterator[Mismatch]:
    document = as_object(record.get(kind.object_key)) if kind.owner else record
    uid = text(document.get(kind.sort_key))
    if kind in (kinds.GLOBAL_FIELDS, kinds.CONTENT_TYPES):
        expected, gaps = types.expected(kind, document)
        view = types.without_copies
    else:
        expected, gaps = _expected(context, kind, document), list(_redacted_gaps(kind, uid, document))
        view = partial(_view, kind)
    findings.gaps += gaps
    found = _target_document(context, kind, record)
    if found is None:
        yield from findings.missing(kind.name, uid, expected)
        return
    findings.compared[kind.name] += 1
    seen = view(found)
    for name, value in expected.items():
        yield from field_mismatches(kind.name, uid, name, value, seen.get(name))


def _target_document(context: ImportContext, kind: Kind, record: JsonObject) -> JsonObject | None:
    target = context.identity.target(kind.name, kind.key(record))
    if target is None:
        return None
    if kind.owner:
        found = context.target.get(Stream(kind.name), f"{text(record.get(kind.owner))}\0{target}")
        return None if found is None else as_object(found.get(kind.object_key))
    return context.target.get(Stream(kind.name), target)


def _expected(context: ImportContext, kind: Kind, document: JsonObject) -> JsonObject:
    """An object of the source as a reading of the target should show it."""
    if kind is kinds.FOLDERS:
        parent = text(document.get("parent_uid"))
        target = context.identity.target("folders", parent) if parent else None
        return {"name": document.get("name"), "parent_uid": target}
    if kind is kinds.ROLES and text(document.get("name")) in _SYSTEM_ROLES:
        return {"name": document.get("name")}
    body = kind.own_fields(document)
    if kind is kinds.WEBHOOKS and not write_options(context.options).enable_webhooks:
        body.pop("disabled", None)  # an import disables webhooks, and leaves those that it finds as they are
    for path, referred in kind.refers_to.items():
        body = as_object(_renamed(body, path.split("."), partial(_target_name, context, referred)))
    return _view(kind, body)


def _target_name(context: ImportContext, kind: str, name: str) -> str:
    """What a name or uid of the source is in the target; one that is in neither stays as it is (`$all`)."""
    match kind:
        case "locales":
            return target_locale(context, name)
        case "environment_names":
            return environment_name(context.options, name)
        case "branches":
            return name if is_same_stack(context) else target_branch(context, name)
        case _:
            return context.identity.target(kind, name) or name


def _renamed(value: Json, path: Sequence[str], rename: Rename) -> Json:
    """A value with the texts at the end of a path renamed; lists on the way, and at its end, item by item."""
    if isinstance(value, list):
        return [_renamed(item, path, rename) for item in value]
    if not path:
        # Roles are answered as objects in some places, as uids in others.
        name = value.get("uid") if isinstance(value, dict) else value
        return rename(name) if isinstance(name, str) else value
    if not isinstance(value, dict) or path[0] not in value:
        return value
    return {**value, path[0]: _renamed(value[path[0]], path[1:], rename)}


def _view(kind: Kind, document: JsonObject) -> JsonObject:
    """An object of either side as it is compared."""
    return _with_stage_names(document) if kind is kinds.WORKFLOWS else document


def _with_stage_names(workflow: JsonObject) -> JsonObject:
    """A workflow whose stages go by their names: every stack gives them uids of its own."""
    stages = objects(workflow.get("workflow_stages"))
    names = {text(stage.get("uid")): text(stage.get("name")) for stage in stages}
    return {**workflow, "workflow_stages": [_named_stage(stage, names) for stage in stages]}


def _named_stage(stage: JsonObject, names: Mapping[str, str]) -> JsonObject:
    """A stage without its uid. Its rights always say which roles have them, if only that none has."""
    rights = as_object(_renamed(stage.get("SYS_ACL"), ("roles", "uids"), str))
    roles = as_object(rights.get("roles"))
    return {
        **{name: value for name, value in stage.items() if name != "uid"},
        "next_available_stages": [
            names.get(text(uid), text(uid)) for uid in as_list(stage.get("next_available_stages"))
        ],
        "SYS_ACL": {**rights, "roles": {**roles, "uids": as_list(roles.get("uids"))}},
    }


def _redacted_gaps(kind: Kind, uid: str, document: JsonObject) -> Iterator[Gap]:
    """Credentials that the snapshot does not hold, so nobody can tell whether the target's are the same."""
    if kind.may_hold_credentials:
        reason = "a credential that the snapshot redacted: set it by hand"
        for path in _redacted(kind.own_fields(document)):
            yield Gap(kind=kind.name, uid=uid, path=path, reason=reason)


def _redacted(value: Json, path: str = "") -> Iterator[str]:
    if value == REDACTED:
        yield path
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _redacted(item, f"{path}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _redacted(item, f"{path}/{index}")
