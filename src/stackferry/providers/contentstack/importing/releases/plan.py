"""The plan for releases: each with its items at their mapped versions, locked last. Pure.

API pages: "Create a Release", "Add multiple items to a Release", "Lock a Release".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from stackferry.core.batches import batched
from stackferry.json_values import as_object, integer, text
from stackferry.model import Gap, JsonObject, Remark, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import locale_fallbacks
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES, item_document_locale
from stackferry.providers.contentstack.importing.answers import read_answer, read_notice
from stackferry.providers.contentstack.importing.branches.fork import Fork, promoted_item
from stackferry.providers.contentstack.importing.entries.second_look import moved_since
from stackferry.providers.contentstack.importing.entries.withheld import (
    because,
    why_no_entry,
    why_not_written,
)
from stackferry.providers.contentstack.importing.objects import Payload, object_seen
from stackferry.providers.contentstack.importing.releases.alike import is_unchanged
from stackferry.providers.contentstack.importing.releases.deployments import was_deployed
from stackferry.providers.contentstack.importing.releases.items import (
    SentItem,
    await_items,
    item_gap,
    item_type,
    probe_items,
    probe_release,
)
from stackferry.providers.contentstack.importing.releases.items_again import item_seen, look_again
from stackferry.providers.contentstack.importing.same_versions import SameVersions, VersionPair
from stackferry.providers.contentstack.importing.variants import number_in_target, variant_of_item
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.requests import releases as requests
from stackferry.providers.contentstack.target_names import target_locale, version_key
from stackferry.providers.target import ImportContext, PreparedWrite, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import Json

_SENT = "release_batches"  # the identity that remembers which requests were accepted
UNLOCKED = "releases_unlocked"  # the identity of one that was opened for its items or its name
ITEMS = 25  # "In a single request, you can add maximum 25 items"


def release(_: ImportContext, row: JsonObject) -> Payload:
    """A release, open and empty."""
    return Payload(kinds.RELEASES.own_fields(row))


@dataclass(frozen=True, slots=True)
class ItemBatch:
    """What one request adds to a release, in the source's terms."""

    name: str
    release: str
    items: tuple[JsonObject, ...]

    def singly(self) -> Iterator[ItemBatch]:
        for number, item in enumerate(self.items):
            yield ItemBatch(f"{self.name}/{number}", self.release, (item,))


class ReleasePlan:
    """What is done to the releases of one import when they have been created."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._fallbacks = locale_fallbacks(context.source)
        self._same = context.once(SameVersions)
        self._grouped: dict[str, list[JsonObject]] | None = None
        self._items_held: dict[str, dict[str, Json]] | None = None

    def pairs(self) -> Iterator[VersionPair]:
        """The items that both releases hold, in versions of other numbers."""
        for batch in self._batches():
            held = self._held(batch.release)
            for item in batch.items if held else ():
                body = self._translated(batch.release, item)
                if not isinstance(body, Gap) and (pair := self._pair(item, body, held)) is not None:
                    yield pair

    def unlock(self) -> Iterator[Step]:
        """Open what the source has open, and what is locked on both sides where items are to be added: `locks` locks
        that again."""
        for row in self._context.source.objects(Stream("releases")):
            release, target = text(row.get("uid")), self._target(text(row.get("uid")))
            held = self._context.target.get(Stream("releases"), target) if target else None
            is_updated = held is not None and self._context.options.on_conflict == "update"
            if is_updated and held is not None and held.get("locked") is True:
                yield self._unlock(release, is_open=row.get("locked") is not True)

    def look_again(self) -> Iterator[Step]:
        """Look at the items of the target that `items` is about to replace."""
        return look_again(self._replaced() if self._context.options.on_conflict == "update" else ())

    def _replaced(self) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """Such items of each release, with their versions."""
        for release, batches in groupby(self._batches(), key=lambda one: one.release):
            held, target = self._held(release), self._target(release)
            sent = (one.body for batch in batches for one in self._sendable(batch)[0]) if held else ()
            if target and (known := {key: held[key] for key in map(item_key, sent) if key in held}):
                yield target, known

    def items(self) -> Iterator[Step]:
        """The items of every release, as many a request as the service takes."""
        for batch in self._batches():
            # A refusal does not say which item it is about; `items_again` finds out.
            yield replace(self._add(batch), reported_later=len(batch.items) > 1)

    def items_again(self) -> Iterator[Step]:
        """What was refused together, one by one."""
        for batch in self._batches():
            if len(batch.items) > 1 and not self._is_sent(batch):
                for one in batch.singly():
                    yield self._add(one, gaps_are_reported=True)

    def confirm_items(self) -> Iterator[Step]:
        """Check that what was sent is there: the service accepts items first and adds them later."""
        sent: dict[str, list[SentItem]] = {}
        for batch in self._batches():
            for one in [batch, *(batch.singly() if len(batch.items) > 1 else ())]:
                if self._is_sent(one):
                    sent.setdefault(one.release, []).extend(self._sendable(one)[0])
        for release, items in sorted(sent.items()):
            if items and (target := self._target(release)) is not None:
                yield await_items(release, target, items, is_promotion=self._context.once(Fork).is_on)

    def locks(self) -> Iterator[Step]:
        """Each release as the source has it: locked, or open although the service locked what it has deployed."""
        for row in self._context.source.objects(Stream("releases")):
            uid = text(row.get("uid"))
            yield self._lock(uid) if row.get("locked") is True else self._open_again(uid)

    def replaces(self, target: str, held: JsonObject) -> bool:
        """Whether an item of the target's release gives way to the source's, which pins another version."""
        if not self._context.options.includes("releases"):
            return False
        batches = (one for one in self._batches() if self._target(one.release) == target)
        for item in (item for batch in batches for item in batch.items):
            body = self._translated(target, item)
            if not isinstance(body, Gap) and item_key(body) == item_key(held):
                return not self._is_held(item, body, {item_key(held): held.get("version")})
        return False

    def _target(self, release: str) -> str | None:
        return self._context.in_target("releases", release)

    def _batches(self, only: str = "") -> Iterator[ItemBatch]:
        """The items of each release in the source (or of one), as many as the service takes in a request."""
        if self._grouped is None:
            self._grouped = {}
            for row in self._context.source.objects(Stream("release_items")):
                self._grouped.setdefault(text(row.get("release")), []).append(as_object(row.get("item")))
        grouped = {only: self._grouped.get(only, [])} if only else self._grouped
        for release, members in grouped.items():
            for number, items in enumerate(batched(members, ITEMS)):
                yield ItemBatch(f"{release}/{number}", release, tuple(items))

    def _is_sent(self, batch: ItemBatch) -> bool:
        return self._context.identity.target(_SENT, batch.name) is not None

    def _sendable(self, batch: ItemBatch) -> tuple[list[SentItem], list[Gap], list[Remark]]:
        """The items that the target's release lacks, in its terms, and the gaps for those that it cannot hold.

        One that it holds in another version is sent again, unless that has the same content: to add an item once more
        replaces it.
        """
        held = self._held(batch.release)
        sent, gaps, remarks = list[SentItem](), list[Gap](), list[Remark]()
        for item in batch.items:
            body = self._translated(batch.release, item)
            if isinstance(body, Gap):
                gaps += [] if is_unchanged(self._context, batch.release, item, held) else [body]
            elif self._is_held(item, body, held):
                continue
            elif item_key(body) in held and self._context.options.on_conflict != "update":
                number = held[item_key(body)]
                what = f"is in the target's release at version {number} instead of {body.get('version')}"
                gaps.append(item_gap(batch.release, item, what))
            elif moved := moved_since(
                self._context, item_seen(self._target(batch.release) or "", item_key(body)), ""
            ):
                gaps.append(item_gap(batch.release, item, f"stays, because {moved}: run the import again"))
                remarks.append(Remark.beside(gaps[-1], "conflicts", text(item.get("title"))))
            else:
                sent.append(SentItem(item, body))
        return sent, gaps, remarks

    def _in_both(self, batch: ItemBatch, target: str) -> Iterator[tuple[str, str, str]]:
        """The items that both releases hold: the base of the next promotion between the branches."""
        held = self._held(batch.release) if self._context.once(Fork).is_on else {}
        for item in batch.items if held else ():
            body = self._translated(batch.release, item)
            if not isinstance(body, Gap) and self._is_held(item, body, held):
                yield promoted_item(batch.release, item, target, body)

    def _held(self, release: str) -> dict[str, Json]:
        """The items of the target's release before the import, with their versions."""
        if self._items_held is None:
            self._items_held = {}
            for row in self._context.target.objects(Stream("release_items")):
                item = as_object(row.get("item"))
                held = self._items_held.setdefault(text(row.get("release")), {})
                held[item_key(item)] = item.get("version")
        return self._items_held.get(self._target(release) or "", {})

    def _is_held(self, item: JsonObject, body: JsonObject, held: Mapping[str, Json]) -> bool:
        if (key := item_key(body)) not in held:
            return False
        pair = self._pair(item, body, held)
        return held[key] == body.get("version") or (pair is not None and self._same.is_same(pair))

    def _pair(self, item: JsonObject, body: JsonObject, held: Mapping[str, Json]) -> VersionPair | None:
        """The item's version in the source, and that of the target's item where it is another one."""
        version, number = integer(item.get("version")), integer(held.get(item_key(body)))
        # Of a variant only the latest version is known.
        if version is None or number is None or number == body.get("version") or item.get("variant_id"):
            return None
        content_type, uid = item_type(item), text(item.get("uid"))
        if content_type in ASSET_TYPES:
            return VersionPair("", uid, "", version, number)
        owner = self._owner(content_type, uid, text(item.get("locale")), version)
        return VersionPair(content_type, uid, owner, version, number)

    def _owner(self, content_type: str, uid: str, locale: str, version: int) -> str:
        return item_document_locale(self._context.source, content_type, uid, locale, version, self._fallbacks)

    def _add(self, batch: ItemBatch, *, gaps_are_reported: bool = False) -> Write:
        """`gaps_are_reported`: the request for the whole batch has reported what the target cannot hold."""
        release, first = batch.release, batch.items[0]

        def build() -> PreparedWrite:
            target = self._target(release)
            if target is None:
                reason = "its release could not be made"
                gaps = [Gap(kind="release_items", uid=release, reason=reason)]
                return PreparedWrite(identities=[(_SENT, batch.name, "none")], gaps=gaps)
            found, gaps, remarks = self._sendable(batch)
            fresh = [one.body for one in found]
            written = PreparedWrite(
                identities=[(_SENT, batch.name, "yes"), *self._in_both(batch, target)],
                gaps=() if gaps_are_reported else gaps,
                remarks=() if gaps_are_reported else remarks,
            )
            if not fresh:
                return written
            note: JsonObject = {"target": target, "items": [*fresh]}
            # Not repeatable: after a lost answer the probe reads whether the items are there.
            request = requests.add_items(target, fresh, repeatable=False)
            return replace(written, request=request, note=note)

        return Write(
            key=f"release_items/{batch.name}",
            kind="release_items",
            build=build,
            read=read_notice,
            failed=item_gap(release, first, "was refused by the target"),
            probe=probe_items,
            optional=True,
        )

    def _translated(self, release: str, item: JsonObject) -> JsonObject | Gap:
        """The item with the target's uid and version, or the gap where the target lacks one of them."""
        uid, content_type = text(item.get("uid")), item_type(item)
        is_asset = content_type in ASSET_TYPES
        target = self._context.identity.target("assets" if is_asset else "entries", uid)
        if target is None:
            return item_gap(release, item, self._why_missing(content_type, uid))
        body = self._body_without_version(item, target)
        if (number := integer(item.get("version"))) is None:
            return body
        owner, mapped = self._version(item, number)
        if mapped is not None:
            return {**body, "version": int(mapped)}
        named = ("" if is_asset else content_type, uid, owner, number)
        reason = "" if item.get("variant_id") else why_not_written(self._context, *named)
        lacking = because(f"is in the release at version {number}, which was not imported", reason)
        return item_gap(release, item, lacking)

    def _why_missing(self, content_type: str, uid: str) -> str:
        reason = "" if content_type in ASSET_TYPES else why_no_entry(self._context, content_type, uid)
        return because("is not there" if reason else "is not there any more", reason)

    def _body_without_version(self, item: JsonObject, target: str) -> JsonObject:
        kept = (name for name in ("action", "content_type_uid", "variant_id") if item.get(name) is not None)
        body: JsonObject = {**{name: item[name] for name in kept}, "uid": target}
        if variant := item.get("variant_id"):
            body["variant_id"] = self._context.identity.target("variants", text(variant)) or text(variant)
        if locale := item.get("locale"):
            body["locale"] = target_locale(self._context, text(locale))
        return body

    def _version(self, item: JsonObject, number: int) -> tuple[str, str | None]:
        """The language of the document that has this version ("" without one), and the version in the target."""
        uid, content_type, identity = text(item.get("uid")), item_type(item), self._context.identity
        if content_type in ASSET_TYPES:
            return "", identity.target("asset_versions", f"{uid}\0{number}")
        if item.get("variant_id"):
            return "", self._variant_version(item, number)
        owner = self._owner(content_type, uid, text(item.get("locale")), number)
        return owner, identity.target("versions", version_key(content_type, uid, owner, number))

    def _variant_version(self, item: JsonObject, number: int) -> str | None:
        """The number of a variant's own version; of a variant only the latest one is imported."""
        one, made = variant_of_item(self._context, item), None
        if one is None:
            return None
        if integer(one.document.get("_version")) == number:
            made = number_in_target(self._context, one)
        older = one.in_history(self._context, number)
        return made or (str(older) if older else None)

    def _unlock(self, release: str, *, is_open: bool) -> Write:
        """`is_open`: the source has it open, so it stays open."""

        def build() -> PreparedWrite:
            target = self._target(release)
            is_opened = self._context.identity.target(UNLOCKED, release) is not None
            is_needed = is_open or any(self._sendable(one)[0] for one in self._batches(release))
            if target is None or is_opened or not is_needed:
                return PreparedWrite()
            return PreparedWrite(request=requests.lock_release(target, locked=False), note={"target": target})

        # A release that was deployed may refuse it: then its items are refused, and that is told.
        why = "it" if is_open else "it for its items"
        return Write(
            key=f"unlock/{release}",
            kind="releases",
            build=build,
            read=lambda answer: replace(
                read_answer(kinds.RELEASES, answer), identities=[(UNLOCKED, release, "yes")]
            ),
            failed=Gap(kind="releases", uid=release, reason=f"the target refused to unlock {why}"),
            optional=True,
            reported_later=not is_open,
            prepares=not is_open,
        )

    def _open_again(self, release: str) -> Write:
        """Where this import had it deployed, it is locked since (page: Deploy a Release)."""

        def build() -> PreparedWrite:
            target = self._target(release)
            if target is None or not was_deployed(self._context, release):
                return PreparedWrite()
            return PreparedWrite(request=requests.lock_release(target, locked=False), note={"target": target})

        reason = "it was deployed, which locks it, and the target refused to unlock it"
        return Write(
            key=f"open/{release}",
            kind="releases",
            build=build,
            read=partial(read_answer, kinds.RELEASES),
            failed=Gap(kind="releases", uid=release, reason=reason),
            optional=True,
        )

    def _lock(self, release: str) -> Write:
        held = self._context.target.get(Stream("releases"), self._target(release) or "")
        was_locked = held is not None and held.get("locked") is True

        def build() -> PreparedWrite:
            target = self._target(release)
            is_closed = was_locked and self._context.identity.target(UNLOCKED, release) is None
            moved = moved_since(self._context, object_seen(kinds.RELEASES, {"uid": target}), "")
            if target is None or is_closed or moved:  # what somebody has changed since is not closed to him
                return PreparedWrite()
            return PreparedWrite(request=requests.lock_release(target, locked=True), note={"target": target})

        def is_locked_already() -> PreparedWrite | None:
            # The service locks what it has deployed (page: Deploy a Release), and a locked release takes no lock.
            return PreparedWrite() if was_deployed(self._context, release) else None

        return Write(
            key=f"lock/{release}",
            kind="releases",
            build=build,
            read=partial(read_answer, kinds.RELEASES),
            fallback=is_locked_already,
            failed=Gap(kind="releases", uid=release, reason="the target refused to lock it"),
            # A locked release refuses to be locked again, so after a lost answer it is read.
            probe=partial(probe_release, lambda release: release.get("locked") is True),
            optional=True,
            prepares=was_locked,
        )
