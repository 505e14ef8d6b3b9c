"""Bulk operations: many items in one call, carried out by a job; the jobs, and the publish queue of a branch.

Pages: Bulk Operations; CMA | Publish Queue.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack import publishing
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.content.schema import ASSETS, links, schema_of
from stackferry.emulators.contentstack.listing import counted_page, get_one, long_list_answer, page_of
from stackferry.emulators.contentstack.request import checked_locale, find_in_path, not_found
from stackferry.emulators.contentstack.resources import releases, trash
from stackferry.emulators.contentstack.resources.workflows import fire_moved, workflow_record
from stackferry.emulators.contentstack.webhooks import Part, entry_parts, environment_part, fire
from stackferry.emulators.contentstack.workflow_stages import is_locked
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text_items
from stackferry.json_values import as_list, as_object, objects, text
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Document, Job
    from stackferry.model import Json, JsonObject

# The page's limits of one call. How many items a publish takes is a switch: the vendor's CLI sends more.
MAX_LOCALES = 10
MAX_ENVIRONMENTS = 10
MAX_DELETED = 100  # entries and assets together
MAX_STAGED = 10  # entries

MAX_LOCALES_WITH_REFERENCES = 50
NESTED_LEVELS = 5
"""How deep references are published along with `api_version` 3.2; without it one level."""


def _publish(call: Call, action: str) -> Answer:
    body = call.json()
    items = list(_items(call, body, action))
    if body.get("publish_with_reference") is True:
        items = _with_references(call, items)
    items = _allowed(call, body, items)
    if at := text(body.get("scheduled_at")):
        # Page: Publish entries and assets in bulk. The version has to be given where a time is.
        unversioned = (as_object(one).get("version") is None for one in as_list(body.get("entries")))
        if call.switches.bulk_schedule_needs_version and any(unversioned):
            raise invalid(141, "A scheduled entry needs its version.", version=REQUIRED)
        publishing.schedule(call, items, at)
        job = call.start_job(action, list)  # done at once, with no item: the rows of the queue do the work
    else:
        job = call.start_job(action, lambda: _carry_out(call, action, items))
    notice = f"Your bulk {action} request is in progress. Please check publish queue for more details."
    return Answer({"notice": notice, "job_id": job.uid})


def _carry_out(call: Call, action: str, items: list[publishing.PublishItem]) -> list[JsonObject]:
    results = [publishing.apply_and_queue(call, item) for item in items]
    for environment in dict.fromkeys(item.environment for item in items):
        fire(call, [Part("jobs"), environment_part(call, environment)], f"{action}.completed")
    return results


def _check_count(count: int, most: int, name: str) -> None:
    if not 0 < count <= most:
        raise invalid(141, f"A bulk request takes 1 to {most} {name}.", **{name: NOT_VALID})


def _items(call: Call, body: JsonObject, action: str) -> Iterator[publishing.PublishItem]:
    """Every item in every language and environment."""
    entries, assets = objects(body.get("entries")), objects(body.get("assets"))
    _check_count(len(entries) + len(assets), call.switches.bulk_items, "items")
    codes = publishing.requested_locales(call, body.get("locales"))
    environments = publishing.requested_environments(call, body.get("environments"))
    with_references = body.get("publish_with_reference") is True
    _check_count(len(codes), MAX_LOCALES_WITH_REFERENCES if with_references else MAX_LOCALES, "locales")
    _check_count(len(environments), MAX_ENVIRONMENTS, "environments")
    for code in codes:
        for environment in environments:
            template = publishing.PublishItem(
                action=action, kind=ASSETS, uid="", locale=code, environment=environment
            )
            yield from (_entry_item(call, template, sent) for sent in entries)
            for sent in assets:
                yield replace(
                    template,
                    uid=text(sent.get("uid")),
                    version=publishing.requested_version(sent.get("version")),
                )


def _entry_item(call: Call, template: publishing.PublishItem, sent: JsonObject) -> publishing.PublishItem:
    """An entry's version counts for the language that it names, and by a switch for one that falls back to that.

    Elsewhere the latest version of what the language shows is meant.
    """
    kind, uid = text(sent.get("content_type")), text(sent.get("uid"))
    if not kind or not uid:
        raise invalid(141, "An entry needs its uid and content_type.", entries=REQUIRED)
    own = checked_locale(call.branch, text(sent.get("locale")) or call.branch.master_locale)
    item, version = replace(template, kind=kind, uid=uid), publishing.requested_version(sent.get("version"))
    if template.locale == own:
        return replace(item, version=version)
    entry = call.branch.entry(kind, uid)
    is_localized = entry is None or template.locale in entry.documents
    if is_localized or call.switches.bulk_fallback_version == "latest":
        return item
    return replace(item, version=version, source=own)


def _with_references(call: Call, items: list[publishing.PublishItem]) -> list[publishing.PublishItem]:
    """The items and what they refer to, level by level."""
    found = dict.fromkeys(items)
    level = items
    for _ in range(NESTED_LEVELS if call.headers.get("api_version") == "3.2" else 1):
        level = [ref for item in level for ref in _references(call, item) if ref not in found]
        found |= dict.fromkeys(level)
    return list(found)


def _references(call: Call, item: publishing.PublishItem) -> Iterator[publishing.PublishItem]:
    if item.kind == ASSETS or item.uid not in call.branch.entries.get(item.kind, {}):
        return
    _, _, document = publishing.item_document(call, item)
    content = document.versions.get(item.version or document.version, {})
    for link in links(call.branch, schema_of(call.branch, item.kind), content):
        if link.content_type:
            yield replace(item, kind=link.content_type, uid=link.uid, version=0)


def _allowed(
    call: Call, body: JsonObject, items: list[publishing.PublishItem]
) -> list[publishing.PublishItem]:
    """Publish rules refuse the whole request, unless it asks to skip the items that do not satisfy them."""
    violations = publishing.publish_rule_violations(call, items)
    flags = {"workflow": "skip_workflow_stage_check", "approvals": "approvals"}
    skipped = {
        reason
        for reason, flag in flags.items()
        if call.flag(flag)  # in the query, as the vendor's .NET client sends it; its JS client sends headers
        or call.headers.get(flag) == "true"
        or body.get(flag) is True
        or as_object(body.get("rules")).get(flag) in (True, "true")
    }
    if set(violations.values()) - skipped:
        message = "Some items do not satisfy the required publish rules. None was sent."
        # No page names the code of this refusal; the tests of the vendor's .NET client expect it.
        raise invalid(141, message, publish_rules=NOT_VALID)
    return [item for item in items if item not in violations]


def _delete(call: Call) -> Answer:
    body = call.json()
    entries, assets = objects(body.get("entries")), objects(body.get("assets"))
    _check_count(len(entries) + len(assets), MAX_DELETED, "items")

    def work() -> list[JsonObject]:
        results = [_result(sent, done=_remove_entry(call, sent)) for sent in entries]
        return results + [_result(sent, done=_remove_asset(call, sent)) for sent in assets]

    job = call.start_job("delete", work)
    notice = "Your bulk delete request is in progress. Please check bulk task queue for more details."
    return Answer({"notice": notice, "job_id": job.uid})


def _result(sent: JsonObject, *, done: bool) -> JsonObject:
    return {**sent, "publish_status": "success" if done else "failed"}


def _remove_entry(call: Call, sent: JsonObject) -> bool:
    entry = call.branch.entry(text(sent.get("content_type")), text(sent.get("uid")))
    codes = text_items(sent.get("locales")) or [text(sent.get("locale")) or call.branch.master_locale]
    if (
        entry is None
        or not set(codes) <= set(entry.documents)
        or any(is_locked(call, entry, c) for c in codes)
    ):
        return False
    for code in codes:
        trash.delete_document(call, entry, code)
        fire(call, entry_parts(entry.content_type, entry.uid), "delete")
    return True


def _remove_asset(call: Call, sent: JsonObject) -> bool:
    uid = text(sent.get("uid"))
    if is_there := uid in call.branch.assets:
        trash.delete_asset(call, uid)
        fire(call, [Part("assets", uid)], "delete")
    return is_there


def _set_stages(call: Call) -> Answer:
    """All entries move to the stage, or none does; they must be in one stage of one workflow."""
    body = call.json()
    entries = objects(body.get("entries"))
    _check_count(len(entries), MAX_STAGED, "entries")
    stage = as_object(as_object(body.get("workflow")).get("workflow_stage"))
    documents = [_document(call, sent) for sent in entries]
    if len({document.workflow.get("uid") for document, _ in documents}) != 1:
        raise invalid(141, "The entries are not in the same workflow stage.", entries=NOT_VALID)
    records = [workflow_record(call, kind, stage, document.workflow) for document, kind in documents]
    for sent, (document, kind), record in zip(entries, documents, records, strict=True):
        document.workflow = record
        fire_moved(call, kind, text(sent.get("uid")), record)
    return Answer({"notice": "Your request to update workflow stage is complete."})


def _document(call: Call, sent: JsonObject) -> tuple[Document, str]:
    """The document that is meant, and its content type."""
    kind, code = text(sent.get("content_type")), text(sent.get("locale")) or call.branch.master_locale
    item = publishing.PublishItem(
        action="", kind=kind, uid=text(sent.get("uid")), locale=code, environment=""
    )
    return publishing.item_document(call, item)[2], kind


def _add_to_release(call: Call) -> Answer:
    """Each item needs its content type, "sys_assets" for an asset; `reference` adds what the items refer to."""
    _check_bulk_version(call)
    body = call.json()
    release = releases.find_unlocked_release(call, text(body.get("release")))
    template: JsonObject = {"action": body.get("action")}
    items = [
        releases.checked_item(call, {**template, **sent, "locale": code}, asset_kind=ASSETS)
        for sent in objects(body.get("items"))
        for code in publishing.requested_locales(call, _locales_of(sent) or body.get("locale"))
    ]
    if not items:
        raise invalid(141, "At least one item is required.", items=REQUIRED)
    if body.get("reference") is True:
        items = [*_referenced(call, items), *items]  # items that are named come last and so replace others

    def work() -> list[JsonObject]:
        releases.add_items(release, items)
        return [_result(item, done=True) for item in items]

    job = call.start_job("add_to_release", work)
    return Answer({"job_id": job.uid, "notice": "Your add to release request is in progress."}, 201)


def _referenced(call: Call, items: list[JsonObject]) -> Iterator[JsonObject]:
    """What the items refer to, in its latest version; what does not exist is left out."""
    for item in items:
        for ref in _references(call, releases.as_publish_item(item, "")):
            sent: JsonObject = {"action": ref.action, "uid": ref.uid, "locale": ref.locale}
            with suppress(ApiError):
                yield releases.checked_item(call, {**sent, "content_type_uid": ref.kind}, asset_kind=ASSETS)


def _locales_of(item: JsonObject) -> Json:
    """The locales of an item, which go before those of the request."""
    own = item.get("locale")
    return [own] if isinstance(own, str) else own


def _check_bulk_version(call: Call) -> None:
    if call.headers.get("bulk_version") != "2.0":
        raise invalid(141, "The header bulk_version must be 2.0.", bulk_version=REQUIRED)


def _update_release(call: Call) -> Answer:
    """Pin the latest versions of all items of a release."""
    _check_bulk_version(call)
    body = call.json()
    release = releases.find_unlocked_release(call, text(body.get("release")))
    if body.get("items") != ["$all"]:
        raise not_found(call, 141, "Only all items can be updated.", "items")

    def work() -> list[JsonObject]:
        releases.refresh_items(call, release)
        return [_result(item, done=True) for item in release.items]

    job = call.start_job("update_release", work)
    return Answer({"job_id": job.uid, "notice": "Your release update request is in progress."})


def _list_queue(call: Call) -> Answer:
    if not call.switches.queue_queries:
        rows = sorted(call.branch.queue.values(), key=lambda row: text(row.get("created_at")), reverse=True)
        return counted_page(call, "queue", rows, lambda row: row)
    return long_list_answer(call, "queue", call.branch.queue.values, newest="created_at")


def _find_queued(call: Call) -> JsonObject:
    return find_in_path(call, call.branch.queue, "uid", 141, "The publish queue item was not found.")


def _cancel(call: Call) -> Answer:
    row = _find_queued(call)
    if call.args["uid"] not in call.branch.waiting:
        raise invalid(141, "Only what is scheduled can be cancelled.", uid=NOT_VALID)
    call.branch.put_queue_item(publishing.with_status(row, "cancelled"))
    return Answer({"notice": "Publish request unscheduled successfully."})


def _find_job(call: Call) -> Job:
    return find_in_path(call, call.stack.jobs, "job", 141, "The job was not found.", "job_id")


_NUMBERS: Final = {"in_progress": 3, "completed": 4, "completed_with_errors": 5}


def _get_job(call: Call) -> Answer:
    job = _find_job(call)
    items = job.items or []
    failed = sum(item.get("publish_status") == "failed" for item in items)
    summary: JsonObject = {"total_items": len(items), "success": len(items) - failed, "failed": failed}
    status = "in_progress" if job.items is None else "completed" if not failed else "completed_with_errors"
    told = _NUMBERS[status] if call.switches.job_status == "number" else status
    return Answer({"job_id": job.uid, "uid": job.uid, "action": job.kind, "status": told, "summary": summary})


def _list_job_items(call: Call) -> Answer:
    items = _find_job(call).items or []
    return Answer({"items": list(page_of(call, items)), "count": len(items)})


ROUTES = (
    Route("POST", "/bulk/publish", partial(_publish, action="publish"), Budget.BULK),
    Route("POST", "/bulk/unpublish", partial(_publish, action="unpublish"), Budget.BULK),
    Route("POST", "/bulk/delete", _delete, Budget.BULK),
    Route("POST", "/bulk/workflow", _set_stages, Budget.BULK),
    Route("POST", "/bulk/release/items", _add_to_release, Budget.BULK),
    Route("PUT", "/bulk/release/update_items", _update_release, Budget.BULK),
    Route("GET", "/publish-queue", _list_queue),
    Route("GET", "/publish-queue/{uid}", get_one("queue", _find_queued)),
    Route("GET", "/publish-queue/{uid}/unschedule", _cancel),
    Route("GET", "/bulk/jobs/{job}", _get_job),
    Route("GET", "/bulk/jobs/{job}/items", _list_job_items),
    Route("GET", "/bulk/{job}", _get_job),
)
