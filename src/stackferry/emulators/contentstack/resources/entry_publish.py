"""Publish, unpublish and the workflow stage of one entry. Page: CMA | Entries, "Publish an entry"."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, ApiError, invalid
from stackferry.emulators.contentstack.lookup import (
    checked_locale,
    find_entry,
    requested_locale,
    shown_document,
)
from stackferry.emulators.contentstack.publishing import (
    PublishItem,
    process_item,
    publish_rule_violations,
    requested_environments,
    requested_locales,
    requested_version,
    schedule,
)
from stackferry.emulators.contentstack.resources.workflows import workflow_record
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import JsonObject


def _publish(call: Call, action: str) -> Answer:
    """Versions and publish rules are checked before anything happens."""
    entry, body = find_entry(call), call.json()
    sent = call.section("entry")
    source = checked_locale(call.branch, text(body.get("locale")) or call.branch.master_locale)
    _, document = shown_document(call, entry, source)
    version = requested_version(body.get("version"))
    if version and version not in document.versions:
        raise invalid(141, f"Version {version} was not found.", version=NOT_VALID)
    environments = requested_environments(call, sent.get("environments"))
    plain = PublishItem(
        action=action, kind=entry.content_type, uid=entry.uid, version=version, source=source,
        locale="", environment="",
    )  # fmt: skip
    items = [
        item
        for code in requested_locales(call, sent.get("locales"))
        for environment in environments
        for item in _items(call, entry, replace(plain, locale=code, environment=environment), sent)
    ]
    if publish_rule_violations(call, items):
        message = "This entry cannot be published as it does not satisfy the required publish rules."
        raise invalid(161, message, publish_rules=NOT_VALID)
    if at := text(body.get("scheduled_at")):
        schedule(call, items, at)
    else:
        _process_all(call, items)
    return Answer({"notice": "The requested action has been performed."})


def _items(call: Call, entry: Entry, item: PublishItem, sent: JsonObject) -> list[PublishItem]:
    """What one language of the call means: the variants that it names, if any, else the document.

    A language that is localized is left alone by a call whose source is another language, unless the call says
    `publish_all_localized`: then its own latest version is published.
    """
    if variants := objects(sent.get("variants")):
        return [_variant_item(item, variant) for variant in variants]
    if item.locale == item.source or item.locale not in entry.documents or item.action == "unpublish":
        return [item]
    if call.flag("publish_all_localized") or sent.get("publish_all_localized") is True:
        return [replace(item, version=0, source=item.locale)]
    return []


def _variant_item(item: PublishItem, variant: JsonObject) -> PublishItem:
    version = requested_version(variant.get("version"))
    return replace(item, version=version, source="", variant=text(variant.get("uid")))


def _process_all(call: Call, items: list[PublishItem]) -> None:
    for item in items:
        result = process_item(call, item)
        if result["publish_status"] == "failed":
            raise ApiError(422, 141, text(result["error_message"]), {"entry": [NOT_VALID]})


def _set_stage(call: Call) -> Answer:
    """Move a document into a stage of the workflow of its content type."""
    entry, code = find_entry(call), requested_locale(call)
    _, document = shown_document(call, entry, code)
    stage = as_object(call.section("workflow").get("workflow_stage"))
    document.workflow = workflow_record(call, entry.content_type, stage, document.workflow)
    return Answer({"notice": "Workflow stage updated successfully."})


_ENTRY = "/content_types/{content_type}/entries/{entry}"

ROUTES = (
    Route("POST", f"{_ENTRY}/publish", partial(_publish, action="publish")),
    Route("POST", f"{_ENTRY}/unpublish", partial(_publish, action="unpublish")),
    Route("POST", f"{_ENTRY}/workflow", _set_stage),
)
