"""The plan for releases: each with its items at their mapped versions, locked last, never deployed. Pure.

API pages: "Create a Release", "Add multiple items to a Release", "Lock a Release".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.batches import batched
from stackferry.json_values import as_list, as_object, integer, objects, text, texts
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import locale_fallbacks
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES, item_document_locale
from stackferry.providers.contentstack.importing.answers import read_answer, read_notice
from stackferry.providers.contentstack.importing.objects import Payload
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests import releases as requests
from stackferry.providers.contentstack.requests.build import PAGE
from stackferry.providers.contentstack.target_names import target_environment, target_locale
from stackferry.providers.target import Await, ImportContext, Observation, PreparedWrite, Probe, Step, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ITEMS = 25  # "In a single request, you can add maximum 25 items"


def release(_: ImportContext, row: JsonObject) -> Payload:
    """A release, open and empty."""
    return Payload(kinds.RELEASES.own_fields(row))


class ReleasePlan:
    """What is done to the releases of one import when they have been created."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._fallbacks = locale_fallbacks(context.source)

    def items(self) -> Iterator[Step]:
        """The items of every release, as many a request as the service takes."""
        for release, members in self._grouped().items():
            for number, batch in enumerate(batched(members, ITEMS)):
                yield self._add(release, number, batch)

    def confirm_items(self) -> Iterator[Step]:
        """Check that the items are there: the service accepts them first and adds them later."""
        grouped = self._grouped()
        for row in self._context.source.objects(Stream("releases")):
            uid = text(row.get("uid"))
            target = self._target(uid)
            found = [self._translated(uid, item) for item in grouped.get(uid, ())]
            expected = {_item_facts(item) for item in found if not isinstance(item, Gap)}
            if target is not None and expected:
                yield _await_items(uid, target, expected)

    def deployments(self) -> Iterator[Step]:
        """With `--deploy`: every release that was deployed, to the same environments. Otherwise none."""
        if write_options(self._context.options).deploy:
            for row in self._context.source.objects(Stream("releases")):
                places = {text(status.get("environment")) for status in objects(row.get("status"))} - {""}
                if places:
                    yield self._deploy(text(row.get("uid")), sorted(places))

    def locks(self) -> Iterator[Step]:
        for row in self._context.source.objects(Stream("releases")):
            if row.get("locked") is True:
                yield self._lock(text(row.get("uid")))

    def _target(self, release: str) -> str | None:
        return self._context.identity.target("releases", release)

    def _grouped(self) -> Mapping[str, Sequence[JsonObject]]:
        """The items of each release in the source."""
        grouped: dict[str, list[JsonObject]] = {}
        for row in self._context.source.objects(Stream("release_items")):
            grouped.setdefault(text(row.get("release")), []).append(as_object(row.get("item")))
        return grouped

    def _add(self, release: str, number: int, batch: Sequence[JsonObject]) -> Write:
        def build() -> PreparedWrite:
            target = self._target(release)
            if target is None:
                reason = "its release could not be made"
                return PreparedWrite(gaps=[Gap(kind="release_items", uid=release, reason=reason)])
            translated = [self._translated(release, item) for item in batch]
            gaps = [found for found in translated if isinstance(found, Gap)]
            held = {
                item_key(as_object(row.get("item")))
                for row in self._context.target.objects(Stream("release_items"))
                if row.get("release") == target
            }
            bodies = [found for found in translated if not isinstance(found, Gap)]
            fresh = [body for body in bodies if item_key(body) not in held]
            if not fresh:
                return PreparedWrite(gaps=gaps)
            note: JsonObject = {"target": target, "keys": [item_key(body) for body in fresh]}
            # Not repeatable: after a lost answer the probe reads whether the items are there.
            request = requests.add_items(target, fresh, repeatable=False)
            return PreparedWrite(request=request, note=note, gaps=gaps)

        path, reason = f"items {number * ITEMS + 1}…", "the target refused them"
        return Write(
            key=f"release_items/{release}/{number}",
            kind="release_items",
            build=build,
            read=read_notice,
            failed=Gap(kind="release_items", uid=release, path=path, reason=reason),
            probe=_probe_items,
            optional=True,
        )

    def _translated(self, release: str, item: JsonObject) -> JsonObject | Gap:
        """The item with the target's uid and version, or the gap where the target lacks one of them."""
        identity, uid, content_type = self._context.identity, text(item.get("uid")), _type(item)
        version, locale, variant = (item.get(name) for name in ("version", "locale", "variant_id"))
        is_asset = content_type in ASSET_TYPES
        target = identity.target("assets" if is_asset else "entries", uid)
        if target is None:
            return _gap(release, item, "is not there any more")
        kept = (name for name in ("action", "content_type_uid", "variant_id") if item.get(name) is not None)
        body: JsonObject = {**{name: item[name] for name in kept}, "uid": target}
        if variant:
            body["variant_id"] = identity.target("variants", text(variant)) or text(variant)
        if locale:
            body["locale"] = target_locale(self._context, text(locale))
        if (number := integer(version)) is None:
            return body
        if is_asset:
            mapped = identity.target("asset_versions", f"{uid}\0{number}")
        else:
            owner = item_document_locale(
                self._context.source, content_type, uid, text(locale), number, self._fallbacks
            )
            mapped = identity.target("versions", "\0".join((content_type, uid, owner, str(number))))
        if mapped is None:
            return _gap(release, item, f"is in the release at version {number}, which was not imported")
        return {**body, "version": int(mapped)}

    def _deploy(self, release: str, environments: list[str]) -> Write:
        def build() -> PreparedWrite:
            target = self._target(release)
            names = [target_environment(self._context, uid) for uid in environments]
            known = [name for name in names if name]
            if target is None or not known:
                return PreparedWrite()
            request = requests.deploy_release(target, {"environments": [*known]})
            return PreparedWrite(request=request, note={"target": target})

        return Write(
            key=f"deploy/{release}",
            kind="releases",
            build=build,
            read=read_notice,
            failed=Gap(kind="releases", uid=release, path="deploy", reason="the target refused to deploy it"),
            probe=partial(_probe_release, lambda release: bool(objects(release.get("status")))),
            optional=True,
        )

    def _lock(self, release: str) -> Write:
        def build() -> PreparedWrite:
            target = self._target(release)
            held = self._context.target.get(Stream("releases"), target) if target else None
            if target is None or (held is not None and held.get("locked") is True):
                return PreparedWrite()
            return PreparedWrite(request=requests.lock_release(target, locked=True), note={"target": target})

        return Write(
            key=f"lock/{release}",
            kind="releases",
            build=build,
            read=partial(read_answer, kinds.RELEASES),
            failed=Gap(kind="releases", uid=release, reason="the target refused to lock it"),
            # A locked release refuses to be locked again, so after a lost answer it is read.
            probe=partial(_probe_release, lambda release: release.get("locked") is True),
            optional=True,
        )


def _type(item: JsonObject) -> str:
    return text(item.get("content_type_uid"))


def _item_facts(item: JsonObject) -> tuple[str, ...]:
    """What tells items apart: type, uid, language, version, action, variant."""
    return (
        "assets" if _type(item) in ASSET_TYPES else _type(item),
        text(item.get("uid")),
        text(item.get("locale")),
        str(item.get("version")),
        text(item.get("action")),
        text(item.get("variant_id")),
    )


def _await_items(release: str, target: str, expected: set[tuple[str, ...]]) -> Await:
    def observe(answer: JsonObject) -> Observation:
        shown = {_item_facts(row) for row in objects(answer.get("items"))}
        if (integer(answer.get("count")) or 0) > len(shown) >= PAGE:
            return Observation()  # more than one page: what the first one lacks may be on another
        missing = sorted(expected - shown)
        return Observation(pending=[("missing", "/".join((release, *facts)), "1") for facts in missing])

    def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        reason = "the target took it for the release, but does not show it there"
        return [Gap(kind="release_items", uid=release, path=fact, reason=reason) for _, fact, _ in facts]

    return Await(
        key=f"look/{release}",
        kind="release_items",
        request=requests.list_items(target, ("include_count", "true"), ("limit", str(PAGE))),
        observe=observe,
        required_key="items",
        gaps=gaps,
    )


def _gap(release: str, item: JsonObject, what: str) -> Gap:
    uid = text(item.get("uid"))
    return Gap(
        kind="release_items",
        uid=release,
        type=_type(item),
        locale=text(item.get("locale")),
        path=uid,
        reason=f"{text(item.get('title')) or uid} {what}",
    )


def _probe_items(note: JsonObject) -> Probe:
    """Whether the items that were sent are in the release."""
    sent = texts(as_list(note.get("keys")))

    def found(answer: JsonObject) -> list[JsonObject]:
        shown = {item_key(row) for row in objects(answer.get("items"))}
        return [answer] if sent and shown.issuperset(sent) else []

    return Probe(request=requests.list_items(text(note.get("target"))), found=found, required_key="items")


def _probe_release(is_done: Callable[[JsonObject], bool], note: JsonObject) -> Probe:
    """Whether a release shows what was done to it."""

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if is_done(as_object(answer.get("release"))) else []

    request = requests.read_release(text(note.get("target")))
    return Probe(request=request, found=found, required_key="release")
