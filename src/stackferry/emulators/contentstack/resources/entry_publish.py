"""Publish, unpublish and the workflow stage of one entry. Page: CMA | Entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, Failure, invalid
from stackferry.emulators.contentstack.lookup import (
    checked_locale,
    document_in,
    find_entry,
    not_found,
    requested_locale,
)
from stackferry.emulators.contentstack.publishing import (
    PublishItem,
    process_item,
    publish_rule_violations,
    requested_environments,
    requested_locales,
    requested_version,
)
from stackferry.emulators.contentstack.schedules import schedule
from stackferry.emulators.contentstack.workflow_stages import workflow_record
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, objs, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Document, Entry
    from stackferry.model import JsonObject

_DONE = "The requested action has been performed."


def _publish(call: Call) -> Answer:
    return _act(call, "publish")


def _unpublish(call: Call) -> Answer:
    return _act(call, "unpublish")


def _act(call: Call, action: str) -> Answer:
    """Publish rules and versions are checked before anything happens."""
    one, body = find_entry(call), call.json()
    sent = call.section("entry")
    source = checked_locale(call.branch, text(body.get("locale")) or call.branch.master_locale)
    document = document_in(call.branch, one, source)
    if document is None:
        raise not_found(call, 141, "The requested object doesn't exist.")
    version = requested_version(body.get("version"))
    if version and version not in document[1].versions:
        raise invalid(141, f"Version {version} was not found.", version=NOT_VALID)
    where = requested_environments(call, sent.get("environments"))
    items = [
        item
        for code in requested_locales(call, sent.get("locales"))
        for place in where
        for item in _items(call, one, PublishItem(
            action=action, kind=one.content_type, uid=one.uid, locale=code, environment=place,
            version=version, source=source,
        ), sent)
    ]  # fmt: skip
    _refuse_violations(call, items)
    if at := text(body.get("scheduled_at")):
        schedule(call, items, at)
    else:
        _perform_all(call, items)
    return Answer({"notice": _DONE})


def _items(call: Call, one: Entry, item: PublishItem, sent: JsonObject) -> list[PublishItem]:
    """What one language of the call means; variants when it names some, else the document."""
    variants = objs(sent.get("variants"))
    if variants:
        return [_variant_item(item, variant) for variant in variants]
    if item.locale == item.source or item.locale not in one.documents or item.action == "unpublish":
        return [item]
    if call.flag("publish_all_localized") or sent.get("publish_all_localized") is True:
        return [_changed(item, version=0, source=item.locale)]
    return []  # existing localized content is not published by this call


def _variant_item(item: PublishItem, variant: JsonObject) -> PublishItem:
    return _changed(
        item, version=requested_version(variant.get("version")), source="", variant=text(variant.get("uid"))
    )


def _changed(item: PublishItem, *, version: int, source: str, variant: str = "") -> PublishItem:
    return PublishItem(
        action=item.action,
        kind=item.kind,
        uid=item.uid,
        locale=item.locale,
        environment=item.environment,
        version=version,
        source=source,
        variant=variant,
    )


def _refuse_violations(call: Call, items: list[PublishItem]) -> None:
    if publish_rule_violations(call, items):
        message = "This entry cannot be published as it does not satisfy the required publish rules."
        raise invalid(161, message, publish_rules=NOT_VALID)


def _perform_all(call: Call, items: list[PublishItem]) -> None:
    for item in items:
        result = process_item(call, item)
        if result["publish_status"] == "failed":
            raise Failure(422, 141, text(result["error_message"]), {"entry": [NOT_VALID]})


def _set_stage(call: Call) -> Answer:
    """Move a document into a stage of the workflow of its content type."""
    one, code = find_entry(call), requested_locale(call)
    found = document_in(call.branch, one, code)
    if found is None:
        raise not_found(call, 141, "The requested object doesn't exist.")
    _assign(call, found[1], one.content_type, obj(call.section("workflow").get("workflow_stage")))
    return Answer({"notice": "Workflow stage updated successfully."})


def _assign(call: Call, document: Document, kind: str, sent: JsonObject) -> None:
    document.workflow = workflow_record(call, kind, sent, document.workflow)


_ENTRY = "/content_types/{content_type}/entries/{entry}"

ROUTES = (
    Route("POST", f"{_ENTRY}/publish", _publish),
    Route("POST", f"{_ENTRY}/unpublish", _unpublish),
    Route("POST", f"{_ENTRY}/workflow", _set_stage),
)
