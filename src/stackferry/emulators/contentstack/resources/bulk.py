"""Bulk operations: many items in one call, carried out by a job. Page: Bulk Operations."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, Failure, invalid
from stackferry.emulators.contentstack.content.links import ASSETS, links
from stackferry.emulators.contentstack.content.schema import schema_of
from stackferry.emulators.contentstack.lookup import checked_locale, not_found
from stackferry.emulators.contentstack.publishing import (
    PublishItem,
    item_document,
    process_item,
    publish_rule_violations,
    requested_environments,
    requested_locales,
    requested_version,
)
from stackferry.emulators.contentstack.release_items import (
    add_items,
    checked_item,
    find_open_release,
    pinned_version,
    publish_kind,
    refresh_items,
)
from stackferry.emulators.contentstack.resources.entries import remove_document
from stackferry.emulators.contentstack.schedules import schedule
from stackferry.emulators.contentstack.workflow_stages import workflow_record
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, objs, text, texts
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Document
    from stackferry.model import JsonObject

MAX_PLACES = 10
MAX_DELETED = 100
MAX_STAGED = 10
NESTING = 5


def _publish(call: Call) -> Answer:
    return _act(call, "publish")


def _unpublish(call: Call) -> Answer:
    return _act(call, "unpublish")


def _act(call: Call, action: str) -> Answer:
    body = call.json()
    items = list(_items(call, body, action))
    if body.get("publish_with_reference") is True:
        items = _with_references(call, items)
    items = _allowed(call, body, items)
    if at := text(body.get("scheduled_at")):
        schedule(call, items, at)
        job = call.service.start_job(call.stack, call.branch, action, list)
    else:
        job = call.service.start_job(
            call.stack, call.branch, action, lambda: [process_item(call, item) for item in items]
        )
    notice = f"Your bulk {action} request is in progress. Please check publish queue for more details."
    return Answer({"notice": notice, "job_id": job.uid})


def _limited(count: int, most: int, what: str) -> None:
    if not 0 < count <= most:
        raise invalid(141, f"A bulk request takes 1 to {most} {what}.", **{what: NOT_VALID})


def _items(call: Call, body: JsonObject, action: str) -> Iterator[PublishItem]:
    """Every item in every language and environment; an item's version counts for its own language only."""
    entries, assets = objs(body.get("entries")), objs(body.get("assets"))
    _limited(len(entries) + len(assets), call.switches.bulk_items, "items")
    codes, places = (
        requested_locales(call, body.get("locales")),
        requested_environments(call, body.get("environments")),
    )
    _limited(len(codes), 50 if body.get("publish_with_reference") is True else MAX_PLACES, "locales")
    _limited(len(places), MAX_PLACES, "environments")
    for code in codes:
        for place in places:
            plain = PublishItem(action=action, kind=ASSETS, uid="", locale=code, environment=place)
            yield from (_entry_item(call, plain, sent) for sent in entries)
            for sent in assets:
                yield replace(
                    plain, uid=text(sent.get("uid")), version=requested_version(sent.get("version"))
                )


def _entry_item(call: Call, plain: PublishItem, sent: JsonObject) -> PublishItem:
    kind, uid = text(sent.get("content_type")), text(sent.get("uid"))
    if not kind or not uid:
        raise invalid(141, "An entry needs its uid and content_type.", entries=REQUIRED)
    own = checked_locale(call.branch, text(sent.get("locale")) or call.branch.master_locale)
    version = requested_version(sent.get("version")) if plain.locale == own else 0
    return replace(plain, kind=kind, uid=uid, version=version)


def _with_references(call: Call, items: list[PublishItem]) -> list[PublishItem]:
    """The items and what they refer to: one level deep, or five with `api_version` 3.2."""
    found = dict.fromkeys(items)
    front = items
    for _ in range(NESTING if call.headers.get("api_version") == "3.2" else 1):
        front = [ref for item in front for ref in _references(call, item) if ref not in found]
        found |= dict.fromkeys(front)
    return list(found)


def _references(call: Call, item: PublishItem) -> Iterator[PublishItem]:
    if item.kind == ASSETS or item.uid not in call.branch.entries.get(item.kind, {}):
        return
    _, _, document = item_document(call, item)
    content = document.versions.get(item.version or document.version, {})
    for link in links(call.branch, schema_of(call.branch, item.kind), content):
        if link.content_type:
            yield replace(item, kind=link.content_type, uid=link.uid, version=0)


def _allowed(call: Call, body: JsonObject, items: list[PublishItem]) -> list[PublishItem]:
    """Publish rules refuse the whole request, unless it says to skip what does not satisfy them."""
    violations = publish_rule_violations(call, items)
    asked = {"workflow": "skip_workflow_stage_check", "approvals": "approvals"}
    skips = {
        reason
        for reason, name in asked.items()
        if call.flag(name) or body.get(name) is True or obj(body.get("rules")).get(name) in (True, "true")
    }
    if set(violations.values()) - skips:
        message = "Some items do not satisfy the required publish rules. None was sent."
        raise invalid(161, message, publish_rules=NOT_VALID)
    return [item for item in items if item not in violations]


def _delete(call: Call) -> Answer:
    body = call.json()
    entries, assets = objs(body.get("entries")), objs(body.get("assets"))
    _limited(len(entries) + len(assets), MAX_DELETED, "items")
    job = call.service.start_job(call.stack, call.branch, "delete", lambda: _deleted(call, entries, assets))
    notice = "Your bulk delete request is in progress. Please check bulk task queue for more details."
    return Answer({"notice": notice, "job_id": job.uid})


def _deleted(call: Call, entries: list[JsonObject], assets: list[JsonObject]) -> list[JsonObject]:
    results = [_result(sent, done=_drop(call, sent)) for sent in entries]
    gone = ((sent, call.branch.assets.pop(text(sent.get("uid")), None)) for sent in assets)
    return results + [_result(sent, done=asset is not None) for sent, asset in gone]


def _result(sent: JsonObject, *, done: bool) -> JsonObject:
    return {**sent, "publish_status": "success" if done else "failed"}


def _drop(call: Call, sent: JsonObject) -> bool:
    one = call.branch.entries.get(text(sent.get("content_type")), {}).get(text(sent.get("uid")))
    codes = texts(sent.get("locales")) or [text(sent.get("locale")) or call.branch.master_locale]
    if one is None or not set(codes) <= set(one.documents):
        return False
    for code in codes:
        remove_document(call, one, code)
    return True


def _workflow(call: Call) -> Answer:
    """All entries move to the stage, or none does; they must be in one stage of one workflow."""
    body = call.json()
    entries = objs(body.get("entries"))
    _limited(len(entries), MAX_STAGED, "entries")
    stage = obj(obj(body.get("workflow")).get("workflow_stage"))
    documents = [_staged(call, sent) for sent in entries]
    if len({document.workflow.get("uid") for document, _ in documents}) != 1:
        raise invalid(141, "The entries are not in the same workflow stage.", entries=NOT_VALID)
    moved = [workflow_record(call, kind, stage, document.workflow) for document, kind in documents]
    for (document, _), record in zip(documents, moved, strict=True):
        document.workflow = record
    return Answer({"notice": "Your request to update workflow stage is complete."})


def _staged(call: Call, sent: JsonObject) -> tuple[Document, str]:
    kind, code = text(sent.get("content_type")), text(sent.get("locale")) or call.branch.master_locale
    item = PublishItem(action="", kind=kind, uid=text(sent.get("uid")), locale=code, environment="")
    return item_document(call, item)[2], kind


def _add_to_release(call: Call) -> Answer:
    """Add items to a release by a job; each needs its content type, "sys_assets" for an asset."""
    _needs_bulk_version(call)
    body = call.json()
    found = find_open_release(call, text(body.get("release")))
    plain: JsonObject = {"action": body.get("action")}
    checked = [
        checked_item(call, {**plain, **sent, "locale": code}, asset_kind=ASSETS)
        for sent in objs(body.get("items"))
        for code in _codes(call, body, sent)
    ]
    if not checked:
        raise invalid(141, "At least one item is required.", items=REQUIRED)
    if body.get("reference") is True:
        checked = [*_referenced(call, checked), *checked]  # what is named itself comes last, and so wins

    def work() -> list[JsonObject]:
        add_items(found, checked)
        return [_result(item, done=True) for item in checked]

    job = call.service.start_job(call.stack, call.branch, "add_to_release", work)
    return Answer({"job_id": job.uid, "notice": "Your add to release request is in progress."}, 201)


def _referenced(call: Call, items: list[JsonObject]) -> Iterator[JsonObject]:
    """What the items refer to, at its latest version; what does not exist is passed over."""
    for item in items:
        facts = {name: text(item.get(name)) for name in ("action", "uid", "locale")}
        plain = PublishItem(kind=publish_kind(item), environment="", version=pinned_version(item), **facts)
        for ref in _references(call, plain):
            with suppress(Failure):
                sent: JsonObject = {**facts, "uid": ref.uid, "content_type_uid": ref.kind}
                yield checked_item(call, sent, asset_kind=ASSETS)


def _codes(call: Call, body: JsonObject, sent: JsonObject) -> list[str]:
    own = sent.get("locale")
    return requested_locales(call, [own] if isinstance(own, str) else own or body.get("locale"))


def _needs_bulk_version(call: Call) -> None:
    if call.headers.get("bulk_version") != "2.0":
        raise invalid(141, "The header bulk_version must be 2.0.", bulk_version=REQUIRED)


def _update_release(call: Call) -> Answer:
    _needs_bulk_version(call)
    body = call.json()
    found = find_open_release(call, text(body.get("release")))
    if body.get("items") != ["$all"]:
        raise not_found(call, 141, "Only all items can be updated.", "items")

    def work() -> list[JsonObject]:
        refresh_items(call, found)
        return [_result(item, done=True) for item in found.items]

    job = call.service.start_job(call.stack, call.branch, "update_release", work)
    return Answer({"job_id": job.uid, "notice": "Your release update request is in progress."})


ROUTES = (
    Route("POST", "/bulk/publish", _publish, Budget.BULK),
    Route("POST", "/bulk/unpublish", _unpublish, Budget.BULK),
    Route("POST", "/bulk/delete", _delete, Budget.BULK),
    Route("POST", "/bulk/workflow", _workflow, Budget.BULK),
    Route("POST", "/bulk/release/items", _add_to_release, Budget.BULK),
    Route("PUT", "/bulk/release/update_items", _update_release, Budget.BULK),
)
