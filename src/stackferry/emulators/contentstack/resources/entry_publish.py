"""Publish, unpublish and the workflow stage of one entry. Page: CMA | Entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, Failure, invalid
from stackferry.emulators.contentstack.lookup import document_in, entry, known_locale, locale, missing
from stackferry.emulators.contentstack.publishing import (
    Item,
    environments,
    locales,
    perform,
    rule_violations,
    version_of,
)
from stackferry.emulators.contentstack.schedules import schedule
from stackferry.emulators.contentstack.workflow_stages import stage_record
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
    one, body = entry(call), call.json()
    sent = call.section("entry")
    source = known_locale(call.branch, text(body.get("locale")) or call.branch.master_locale)
    document = document_in(call.branch, one, source)
    if document is None:
        raise missing(call, 141, "The requested object doesn't exist.")
    version = version_of(body.get("version"))
    if version and version not in document[1].versions:
        raise invalid(141, f"Version {version} was not found.", version=NOT_VALID)
    where = environments(call, sent.get("environments"))
    items = [
        item
        for code in locales(call, sent.get("locales"))
        for place in where
        for item in _items(call, one, Item(
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


def _items(call: Call, one: Entry, item: Item, sent: JsonObject) -> list[Item]:
    """What one language of the call means; variants when it names some, else the document."""
    variants = objs(sent.get("variants"))
    if variants:
        return [_variant_item(item, variant) for variant in variants]
    if item.locale == item.source or item.locale not in one.documents or item.action == "unpublish":
        return [item]
    if call.flag("publish_all_localized") or sent.get("publish_all_localized") is True:
        return [_changed(item, version=0, source=item.locale)]
    return []  # existing localized content is not published by this call


def _variant_item(item: Item, variant: JsonObject) -> Item:
    return _changed(
        item, version=version_of(variant.get("version")), source="", variant=text(variant.get("uid"))
    )


def _changed(item: Item, *, version: int, source: str, variant: str = "") -> Item:
    return Item(
        action=item.action,
        kind=item.kind,
        uid=item.uid,
        locale=item.locale,
        environment=item.environment,
        version=version,
        source=source,
        variant=variant,
    )


def _refuse_violations(call: Call, items: list[Item]) -> None:
    if rule_violations(call, items):
        message = "This entry cannot be published as it does not satisfy the required publish rules."
        raise invalid(161, message, publish_rules=NOT_VALID)


def _perform_all(call: Call, items: list[Item]) -> None:
    for item in items:
        result = perform(call, item)
        if result["publish_status"] == "failed":
            raise Failure(422, 141, text(result["error_message"]), {"entry": [NOT_VALID]})


def _set_stage(call: Call) -> Answer:
    """Move a document into a stage of the workflow of its content type."""
    one, code = entry(call), locale(call)
    found = document_in(call.branch, one, code)
    if found is None:
        raise missing(call, 141, "The requested object doesn't exist.")
    _assign(call, found[1], one.content_type, obj(call.section("workflow").get("workflow_stage")))
    return Answer({"notice": "Workflow stage updated successfully."})


def _assign(call: Call, document: Document, kind: str, sent: JsonObject) -> None:
    document.workflow = stage_record(call, kind, sent, document.workflow)


_ENTRY = "/content_types/{content_type}/entries/{entry}"

ROUTES = (
    Route("POST", f"{_ENTRY}/publish", _publish),
    Route("POST", f"{_ENTRY}/unpublish", _unpublish),
    Route("POST", f"{_ENTRY}/workflow", _set_stage),
)
