"""Making versions live and taking them down, now or later: one item, in one environment, in one language.

Single calls, bulk jobs and release deployments all end here. Each leaves a row in the publish queue. The queue itself
is the memory of what is scheduled: a row whose status is "scheduled" is carried out by the first request after its
time, whoever put it there. A seeded row whose time is past is carried out at once, like after an outage.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop
from typing import TYPE_CHECKING, NamedTuple

from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.content.schema import ASSETS
from stackferry.emulators.contentstack.request import (
    Call,
    checked_locale,
    document_with_fallback,
    find_environment,
)
from stackferry.emulators.contentstack.state import Document, Entry, Live, Publication
from stackferry.emulators.contentstack.webhooks import Part, entry_parts, fire_published
from stackferry.emulators.values import instances, integer_or, parse_time, text_items
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from stackferry.emulators.contentstack.app import Emulator
    from stackferry.model import Json, JsonObject

UPLOAD_TYPE = "built_io_upload"
"""What release items and the publish queue call an asset; bulk operations call it "sys_assets"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishItem:
    """One thing to publish or unpublish. `version` 0 is the latest; `kind` a content type or "sys_assets"."""

    action: str
    kind: str
    uid: str
    locale: str
    environment: str
    version: int = 0
    source: str = ""  # the language whose document is meant; by default the one that the language shows
    variant: str = ""

    def as_json(self) -> JsonObject:
        result: JsonObject = {
            "action": self.action,
            "content_type_uid": self.kind,
            "uid": self.uid,
            "locale": self.locale,
            "environment": self.environment,
            "version": self.version,
        }
        return {**result, "variant_uid": self.variant} if self.variant else result


class PublishTarget(NamedTuple):
    """What an item means: the table of what is live, the publication that goes there, and the object's title."""

    live: Live
    publication: Publication
    title: Json


def apply_and_queue(call: Call, item: PublishItem, *, queued: bool = True) -> JsonObject:
    """Carry an item out and queue it as done. The result says "success", or "failed" and why; raises nothing.

    `queued`: whether a row of its own tells of it.
    """
    result = item.as_json()
    try:
        target = apply_item(call, item)
    except ApiError as error:
        _fire(call, item, failed=True)
        return {**result, "publish_status": "failed", "error_message": error.message}
    _fire(call, item, failed=False)
    if queued:
        enqueue(call, item, target, status="success")
    return {**result, "version": target.publication.version, "publish_status": "success"}


def _fire(call: Call, item: PublishItem, *, failed: bool) -> None:
    is_asset = item.kind == ASSETS
    parts = [Part("assets", item.uid)] if is_asset else entry_parts(item.kind, item.uid, item.variant or None)
    fire_published(call, parts, item.action, item.environment, failed=failed)


def apply_item(call: Call, item: PublishItem) -> PublishTarget:
    """Make an item live, or take it down. Raises 141 or 145 for what does not exist."""
    target = publish_target(call, item)
    key = (item.environment, item.locale)
    if item.action == "publish":
        # One version is live in an environment and a locale: publishing replaces what was there.
        target.live[key] = target.publication
    else:
        target.live.pop(key, None)  # unpublishing what is not live is no error
    return target


def publish_target(call: Call, item: PublishItem) -> PublishTarget:
    """What an item means now. Raises 141 or 145 for what does not exist."""
    if item.kind == ASSETS:
        asset = call.branch.assets.get(item.uid)
        if asset is None or (item.version or asset.version) not in asset.versions:
            raise invalid(145, f"Asset '{item.uid}' was not found.", uid=NOT_VALID)
        # An asset is one document for all languages: each language is its own source.
        publication = _publication(call, item, item.version or asset.version, item.locale)
        return PublishTarget(asset.live, publication, asset.latest.get("title"))
    entry, source, document = item_document(call, item)
    if item.variant:
        return _resolve_variant(call, item, entry)
    version = item.version or document.version
    if version not in document.versions:
        raise invalid(141, f"Version {version} of entry '{item.uid}' was not found.", version=NOT_VALID)
    # A locale without a document of its own publishes the document that it falls back to.
    publication = _publication(call, item, version, source)
    return PublishTarget(entry.live, publication, document.latest.get("title"))


def _resolve_variant(call: Call, item: PublishItem, entry: Entry) -> PublishTarget:
    variant = entry.variants.get((item.variant, item.locale))
    version = item.version or (variant.version if variant else 0)
    if variant is None or version not in variant.versions:
        raise invalid(141, f"Variant '{item.variant}' was not found.", variants=NOT_VALID)
    publication = _publication(call, item, version, item.locale)
    return PublishTarget(variant.live, publication, variant.latest.get("title"))


def _publication(call: Call, item: PublishItem, version: int, source: str) -> Publication:
    now = call.service.now()
    return Publication(item.environment, item.locale, version, now, call.user, source, item.variant)


def item_document(call: Call, item: PublishItem) -> tuple[Entry, str, Document]:
    """The entry of an item, and the document that is meant with its language. Raises 141."""
    entry = call.branch.entry(item.kind, item.uid)
    shown = document_with_fallback(call.branch, entry, item.source or item.locale) if entry else None
    if entry is None or shown is None:
        raise invalid(141, f"Entry '{item.uid}' was not found.", uid=NOT_VALID)
    return entry, shown[0], shown[1]


def enqueue(call: Call, item: PublishItem, target: PublishTarget, *, status: str, at: str = "") -> None:
    """Add a row to the publish queue; `at` is the time of a scheduled one."""
    kind, publication = "asset" if item.kind == ASSETS else "entry", target.publication
    thing: JsonObject = {"uid": item.uid, "title": target.title}
    thing |= {"locale": publication.source, "version": publication.version}
    if item.variant:
        thing["variant_uid"] = item.variant
    uid, now = call.service.uid(), call.service.now()
    row: JsonObject = {
        "uid": uid,
        "type": kind,
        kind: thing,
        "content_type": {"uid": UPLOAD_TYPE if item.kind == ASSETS else item.kind},
        "action": item.action,
        "environment": [item.environment],  # a list of one, like the language
        "locale": [item.locale],
        "scheduled": bool(at),
        "scheduled_at": at or None,
        "published_at": at or now,
        "created_at": now,
        "created_by": call.user,
    }
    call.branch.put_queue_item(with_status(row, status))


def with_status(row: JsonObject, status: str) -> JsonObject:
    """A row of the queue with its status, in both places where the API answers it."""
    return {**row, "publish_status": status, "publish_details": {"status": status}}


def requested_environments(call: Call, given: Json) -> list[str]:
    """The uids of the environments of a request, at least one. Raises 141."""
    names = text_items(given)
    if not names:
        raise invalid(141, "At least one environment is required.", environments=REQUIRED)
    return [find_environment(call, name) for name in names]


def requested_locales(call: Call, given: Json) -> list[str]:
    """The languages of a request; by default the master one. Raises 141."""
    return [checked_locale(call.branch, code) for code in text_items(given)] or [call.branch.master_locale]


def requested_version(given: Json) -> int:
    """A version in a request: an integer, or 0 for the latest where none is named. Raises 141."""
    if given is None:
        return 0
    number = integer_or(given, -1)
    if number < 1:
        raise invalid(141, "The version is not valid.", version=NOT_VALID)
    return number


def publish_rule_violations(call: Call, items: list[PublishItem]) -> dict[PublishItem, str]:
    """The items that a publish rule forbids: "workflow" for a wrong stage, "approvals" for a missing one.

    Rules hold for entries only.
    """
    violations: dict[PublishItem, str] = {}
    for item in items:
        if item.kind != ASSETS:
            reasons = (_violation(call, item, rule) for rule in call.stack.publish_rules.values())
            if reason := next(filter(None, reasons), ""):
                violations[item] = reason
    return violations


def _violation(call: Call, item: PublishItem, rule: JsonObject) -> str:
    if not _is_about(call, item, rule):
        return ""
    try:
        _, _, document = item_document(call, item)
    except ApiError:
        return ""  # carrying the item out reports it
    stage = text(rule.get("workflow_stage"))
    if stage and document.workflow.get("uid") != stage:
        return "workflow"
    approvers = as_object(rule.get("approvers"))
    named = [*text_items(approvers.get("users")), *text_items(approvers.get("roles"))]
    return "approvals" if named and call.user not in named else ""


def _is_about(call: Call, item: PublishItem, rule: JsonObject) -> bool:
    """Whether a rule is about an item: its type, its language, the branch, the environment and what is done."""
    scopes = {"content_types": item.kind, "locales": item.locale, "branches": call.branch.uid}
    for name, value in scopes.items():
        allowed = text_items(rule.get(name))
        if allowed and "$all" not in allowed and value not in allowed:
            return False
    actions = text_items(rule.get("actions")) or ["publish"]  # a rule without actions is about publishing
    return item.environment == rule.get("environment") and item.action in actions


def schedule(call: Call, items: list[PublishItem], at: str) -> None:
    """Queue items for a later time, each in the version that it has now. Raises 141 for a time that is past."""
    future_time(call, at)
    for item in items:
        # An item that does not exist waits all the same, and fails when it is due.
        unknown = _publication(call, item, item.version, item.source or item.locale)
        target = PublishTarget({}, unknown, None)
        with suppress(ApiError):
            target = publish_target(call, item)
        enqueue(call, item, target, status="scheduled", at=at)


def future_time(call: Call, given: Json) -> datetime:
    """The time in a request. Raises 141 when it is none, or past."""
    when = parse_time(given)
    if when is None or when <= call.service.time():
        raise invalid(141, "The scheduled time must lie in the future.", scheduled_at=NOT_VALID)
    return when


def apply_due_items(service: Emulator) -> None:
    """Carry out the rows of all queues that are due, in the order of their times."""
    now = service.time()
    for stack in service.stacks.values():
        for branch in stack.branches.values():
            while branch.due_times and branch.due_times[0][0] <= now:
                when, uid = heappop(branch.due_times)
                # A row that was cancelled, or put again with another time, has left its old time behind.
                if uid in branch.waiting and parse_time(branch.queue[uid].get("scheduled_at")) == when:
                    # No client made this call: it has no request, only the branch.
                    _apply_row(Call(service=service, stack=stack, branch=branch), branch.queue[uid])


def _apply_row(call: Call, row: JsonObject) -> None:
    status = "success"
    for item in _items(row):
        try:
            apply_item(call, item)
            _fire(call, item, failed=False)
        except ApiError:
            status = "failed"
            _fire(call, item, failed=True)
    call.branch.changed()
    call.branch.put_queue_item({**with_status(row, status), "published_at": call.service.now()})


def _items(row: JsonObject) -> Iterator[PublishItem]:
    """The items of a row: one for each language and environment that it names.

    None for a release: its deployment is a job.
    """
    if row.get("type") == "release":
        return
    is_asset = row.get("type") == "asset"
    thing = as_object(row.get("asset" if is_asset else "entry"))
    for locale in text_items(instances(row.get("locale"))):
        for environment in text_items(instances(row.get("environment"))):
            yield PublishItem(
                action=text(row.get("action")),
                kind=ASSETS if is_asset else text(as_object(row.get("content_type")).get("uid")),
                uid=text(thing.get("uid")),
                locale=locale,
                environment=environment,
                version=integer_or(thing.get("version")),
                source="" if is_asset else text(thing.get("locale")),
                variant=text(thing.get("variant_uid")),
            )
