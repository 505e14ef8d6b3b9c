"""The plan for releases: each with its items at their mapped versions, locked last, never deployed. Pure.

API pages: "Create a Release", "Add multiple items to a Release", "Lock a Release".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.batches import batched
from stackferry.json_values import as_object, integer, objects, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import locale_fallbacks
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES, item_document_locale
from stackferry.providers.contentstack.importing.answers import read_answer, read_notice
from stackferry.providers.contentstack.importing.objects import Payload
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests.build import PAGE
from stackferry.providers.contentstack.requests.releases import (
    add_items,
    deploy_release,
    list_items,
    lock_release,
    read_release,
)
from stackferry.providers.contentstack.target_names import target_environment, target_locale
from stackferry.providers.target import (
    Await,
    ImportContext,
    Observation,
    PreparedWrite,
    Probe,
    Step,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ITEMS = 25  # "In a single request, you can add maximum 25 items"


def release(_: ImportContext, row: JsonObject) -> Payload:
    """A release, open and empty."""
    return Payload(kinds.RELEASES.own_fields(row))


def items(context: ImportContext) -> Iterator[Step]:
    """The items of every release that was made here, as many a request as the service takes."""
    fallback = locale_fallbacks(context.source)
    grouped: dict[str, list[JsonObject]] = {}
    for row in context.source.objects(Stream("release_items")):
        grouped.setdefault(text(row.get("release")), []).append(as_object(row.get("item")))
    for release, members in grouped.items():
        for number, batch in enumerate(batched(members, ITEMS)):
            yield _add(context, release, number, batch, fallback)


def expected_items(context: ImportContext, release: str) -> tuple[set[tuple[str, ...]], list[Gap]]:
    """The items that a release should have in the target, and those that it cannot have."""
    fallback = locale_fallbacks(context.source)
    rows = (row for row in context.source.objects(Stream("release_items")) if row.get("release") == release)
    translated = [_translated(context, release, _item(row), fallback) for row in rows]
    facts = {item_facts(found) for found in translated if not isinstance(found, Gap)}
    return facts, [found for found in translated if isinstance(found, Gap)]


def item_facts(item: JsonObject) -> tuple[str, ...]:
    """What tells items apart: type, uid, language, version, action, variant."""
    content_type = text(item.get("content_type_uid"))
    return (
        "assets" if content_type in ASSET_TYPES else content_type,
        text(item.get("uid")),
        text(item.get("locale")),
        str(item.get("version")),
        text(item.get("action")),
        text(item.get("variant_id")),
    )


def locks(context: ImportContext) -> Iterator[Step]:
    for row in context.source.objects(Stream("releases")):
        if row.get("locked") is True:
            yield _lock(context, text(row.get("uid")))


def confirm_items(context: ImportContext) -> Iterator[Step]:
    """Look that the items are there: the service takes them first and adds them later."""
    for row in context.source.objects(Stream("releases")):
        uid = text(row.get("uid"))
        target = context.identity.target("releases", uid)
        wanted, _ = expected_items(context, uid)
        if target is not None and wanted:
            yield _look(uid, target, wanted)


def _look(release: str, target: str, wanted: set[tuple[str, ...]]) -> Await:
    def observe(answer: JsonObject) -> Observation:
        there = {item_facts(row) for row in objects(answer.get("items"))}
        if (integer(answer.get("count")) or 0) > len(there) >= PAGE:
            return Observation()  # more than one page: what the first one lacks may be on another
        return Observation(
            pending=[("missing", "/".join((release, *fact)), "1") for fact in sorted(wanted - there)]
        )

    def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        reason = "the target took it for the release, but does not show it there"
        return [Gap(kind="release_items", uid=release, path=fact, reason=reason) for _, fact, _ in facts]

    request = list_items(target, ("include_count", "true"), ("limit", str(PAGE)))
    return Await(
        key=f"look/{release}",
        kind="release_items",
        request=request,
        observe=observe,
        required_key="items",
        gaps=gaps,
    )


def deployments(context: ImportContext) -> Iterator[Step]:
    """With `--deploy`: every release that was deployed, to the same environments. Otherwise none."""
    for row in context.source.objects(Stream("releases")) if write_options(context.options).deploy else ():
        environments = sorted(
            {text(status.get("environment")) for status in objects(row.get("status"))} - {""}
        )
        if environments:
            yield _deploy(context, text(row.get("uid")), environments)


def _deploy(context: ImportContext, release: str, environments: list[str]) -> Write:
    def build() -> PreparedWrite:
        target = context.identity.target("releases", release)
        names = [target_environment(context, uid) for uid in environments]
        known = [name for name in names if name]
        if target is None or not known:
            return PreparedWrite()
        request = deploy_release(target, {"environments": [*known]})
        return PreparedWrite(request=request, note={"target": target})

    return Write(
        key=f"deploy/{release}",
        kind="releases",
        build=build,
        read=read_notice,
        failed=Gap(kind="releases", uid=release, path="deploy", reason="the target refused to deploy it"),
        probe=_probe_deployed,
        optional=True,
    )


def _probe_deployed(note: JsonObject) -> Probe:
    """Whether the release shows that it was deployed."""

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if objects(as_object(answer.get("release")).get("status")) else []

    return Probe(request=read_release(text(note.get("target"))), found=found, required_key="release")


def _add(
    context: ImportContext, release: str, number: int, batch: tuple[JsonObject, ...], fallback: dict[str, str]
) -> Write:
    def build() -> PreparedWrite:
        target = context.identity.target("releases", release)
        if target is None:
            return PreparedWrite(
                gaps=[Gap(kind="release_items", uid=release, reason="its release could not be made")]
            )
        translated = [_translated(context, release, item, fallback) for item in batch]
        bodies = [found for found in translated if not isinstance(found, Gap)]
        gaps = [found for found in translated if isinstance(found, Gap)]
        held = {
            item_key(_item(row))
            for row in context.target.objects(Stream("release_items"))
            if row.get("release") == target
        }
        fresh = [body for body in bodies if item_key(body) not in held]
        if not fresh:
            return PreparedWrite(gaps=gaps)
        # Not repeatable: after a lost answer the probe looks whether the items are there.
        request = add_items(target, fresh, repeatable=False)
        return PreparedWrite(
            request=request, note={"target": target, "keys": [item_key(body) for body in fresh]}, gaps=gaps
        )

    return Write(
        key=f"release_items/{release}/{number}",
        kind="release_items",
        build=build,
        read=read_notice,
        failed=Gap(
            kind="release_items",
            uid=release,
            path=f"items {number * ITEMS + 1}…",
            reason="the target refused them",
        ),
        probe=_probe_items,
        optional=True,
    )


def _item(row: JsonObject) -> JsonObject:
    return as_object(row.get("item"))


def _translated(
    context: ImportContext, release: str, item: JsonObject, fallback: dict[str, str]
) -> JsonObject | Gap:
    """The item with the target's uid and version, or the gap where the target lacks one of them."""
    uid, content_type = text(item.get("uid")), text(item.get("content_type_uid"))
    kind = "assets" if content_type in ASSET_TYPES else "entries"
    target = context.identity.target(kind, uid)
    if target is None:
        return _gap(release, item, "is not there any more")
    body: JsonObject = {
        name: item[name]
        for name in ("action", "content_type_uid", "variant_id")
        if item.get(name) is not None
    }
    body["uid"] = target
    if item.get("variant_id"):
        variant = text(item.get("variant_id"))
        body["variant_id"] = context.identity.target("variants", variant) or variant
    if item.get("locale"):
        body["locale"] = target_locale(context, text(item.get("locale")))
    version = integer(item.get("version"))
    if version is not None:
        mapped = _version(context, item, kind, version, fallback)
        if mapped is None:
            return _gap(release, item, f"is in the release at version {version}, which was not imported")
        body["version"] = int(mapped)
    return body


def _version(
    context: ImportContext, item: JsonObject, kind: str, version: int, fallback: dict[str, str]
) -> str | None:
    uid, content_type = text(item.get("uid")), text(item.get("content_type_uid"))
    if kind == "assets":
        return context.identity.target("asset_versions", f"{uid}\0{version}")
    owner = item_document_locale(
        context.source, content_type, uid, text(item.get("locale")), version, fallback
    )
    return context.identity.target("versions", "\0".join((content_type, uid, owner, str(version))))


def _gap(release: str, item: JsonObject, what: str) -> Gap:
    return Gap(
        kind="release_items",
        uid=release,
        type=text(item.get("content_type_uid")),
        locale=text(item.get("locale")),
        path=text(item.get("uid")),
        reason=f"{text(item.get('title')) or text(item.get('uid'))} {what}",
    )


def _probe_items(note: JsonObject) -> Probe:
    """Whether the items that were sent are in the release."""

    def found(answer: JsonObject) -> list[JsonObject]:
        there = {item_key(row) for row in objects(answer.get("items"))}
        sent = note.get("keys")
        return [answer] if isinstance(sent, list) and there.issuperset(text(key) for key in sent) else []

    return Probe(
        request=list_items(text(note.get("target"))),
        found=found,
        required_key="items",
    )


def _lock(context: ImportContext, release: str) -> Write:
    def build() -> PreparedWrite:
        target = context.identity.target("releases", release)
        held = context.target.get(Stream("releases"), target) if target else None
        if target is None or (held is not None and held.get("locked") is True):
            return PreparedWrite()
        return PreparedWrite(request=lock_release(target, locked=True), note={"target": target})

    return Write(
        key=f"lock/{release}",
        kind="releases",
        build=build,
        read=partial(read_answer, kinds.RELEASES),
        failed=Gap(kind="releases", uid=release, reason="the target refused to lock it"),
        probe=_probe_lock,
        optional=True,
    )


def _probe_lock(note: JsonObject) -> Probe:
    """A locked release refuses to be locked again, so a lost lock is looked for."""

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if as_object(answer.get("release")).get("locked") is True else []

    return Probe(request=read_release(text(note.get("target"))), found=found, required_key="release")
