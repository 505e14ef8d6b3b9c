"""Publish and unpublish one entry or one asset. Pages: CMA | Entries, "Publish an entry"; CMA | Assets."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack import metadata, publishing
from stackferry.emulators.contentstack.api_errors import NOT_VALID, ApiError, invalid
from stackferry.emulators.contentstack.content.schema import ASSETS
from stackferry.emulators.contentstack.request import checked_locale, find_asset, find_entry, require_document
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import JsonObject


_DONE = "The requested action has been performed."


def _publish_entry(call: Call, action: str) -> Answer:
    """Versions and publish rules are checked before anything happens."""
    entry, body = find_entry(call), call.json()
    sent = call.section("entry")
    source = checked_locale(call.branch, text(body.get("locale")) or call.branch.master_locale)
    _, document = require_document(call, entry, source)
    version = publishing.requested_version(body.get("version"))
    if version and version not in document.versions:
        raise invalid(141, f"Version {version} was not found.", version=NOT_VALID)
    environments = publishing.requested_environments(call, sent.get("environments"))
    template = publishing.PublishItem(
        action=action, kind=entry.content_type, uid=entry.uid, version=version, source=source,
        locale="", environment="",
    )  # fmt: skip
    items = [
        item
        for code in publishing.requested_locales(call, sent.get("locales"))
        for environment in environments
        for item in _items(call, entry, replace(template, locale=code, environment=environment), sent)
    ]
    if publishing.publish_rule_violations(call, items):
        message = "This entry cannot be published as it does not satisfy the required publish rules."
        # A single call is refused as a whole, while a bulk call may skip what the rules forbid.
        raise invalid(161, message, publish_rules=NOT_VALID)
    if at := text(body.get("scheduled_at")):
        publishing.schedule(call, items, at)
    else:
        for item in items:
            publishing.publish_target(call, item)  # raises 141 before anything happens
        for item in items:
            result = publishing.apply_and_queue(call, item)
            if result["publish_status"] == "failed":
                raise ApiError(422, 141, text(result["error_message"]), {"entry": [NOT_VALID]})
        _with_metadata(call, entry.uid, action, items)
    return Answer({"notice": _DONE})


def _items(
    call: Call, entry: Entry, item: publishing.PublishItem, sent: JsonObject
) -> list[publishing.PublishItem]:
    """What one language of the call means: the variants that it names, if any, else the document.

    A language that is localized is left alone by a call whose source is another language, unless the call says
    `publish_all_localized`: then its own latest version is published.
    """
    if variants := objects(sent.get("variants")):
        return [
            *_base_of_variants(call, entry, item, sent),
            *(
                replace(
                    item,
                    version=publishing.requested_version(row.get("version")),
                    source="",
                    variant=text(row.get("uid")),
                )
                for row in variants
            ),
        ]
    if item.locale == item.source or item.locale not in entry.documents or item.action == "unpublish":
        return [item]
    if call.flag("publish_all_localized") or sent.get("publish_all_localized") is True:
        return [replace(item, version=0, source=item.locale)]
    return []


def _base_of_variants(
    call: Call, entry: Entry, item: publishing.PublishItem, sent: JsonObject
) -> list[publishing.PublishItem]:
    """The entry itself in its latest version, where it is not live; one that is live is left alone."""
    rules = as_object(sent.get("variant_rules"))
    names = ("publish_latest_base", "publish_latest_base_conditionally")
    is_forbidden = all(rules.get(name) is False for name in names)
    if is_forbidden and call.switches.variant_publishes_entry == "unless forbidden":
        return []
    is_live = (item.environment, item.locale) in entry.live
    return [] if is_live or item.action != "publish" else [replace(item, version=0, source="")]


def _publish_asset(call: Call, action: str) -> Answer:
    asset, body, sent = find_asset(call), call.json(), call.section("asset")
    version = publishing.requested_version(body.get("version"))
    if version and version not in asset.versions:
        raise invalid(145, f"Version {version} was not found.", version=NOT_VALID)
    environments = publishing.requested_environments(call, sent.get("environments"))
    template = publishing.PublishItem(
        action=action, kind=ASSETS, uid=asset.uid, version=version, locale="", environment=""
    )
    items = [
        replace(template, locale=code, environment=environment)
        for code in publishing.requested_locales(call, sent.get("locales"))
        for environment in environments
    ]
    if at := text(body.get("scheduled_at")):
        publishing.schedule(call, items, at)
    else:
        for item in items:
            publishing.apply_and_queue(call, item)
        _with_metadata(call, asset.uid, action, items)
    return Answer({"notice": _DONE})


def _with_metadata(call: Call, uid: str, action: str, items: list[publishing.PublishItem]) -> None:
    """What extensions keep for the object goes with it; a bulk call leaves it alone (page: Publish an entry)."""
    takes, switches = action == "publish" or call.switches.unpublish_takes_metadata, call.switches
    for item in items:
        if not takes or (item.variant and not switches.variant_publish_takes_metadata):
            continue
        rows = metadata.records_of(call.branch, uid, item.source or item.locale)
        metadata.publish(call, rows, action, [item.environment], [item.locale])


ROUTES = tuple(
    Route("POST", f"{path}/{action}", partial(publish, action=action))
    for path, publish in (
        ("/content_types/{content_type}/entries/{entry}", _publish_entry),
        ("/assets/{asset}", _publish_asset),
    )
    for action in ("publish", "unpublish")
)
