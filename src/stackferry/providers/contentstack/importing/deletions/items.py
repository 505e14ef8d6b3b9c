"""Items of the target's releases that name a uid which is gone: replaced by what took its place.

Of every release of the target, imported or not. The new item is there before the old one is taken out. An item names a
version; one that was not made anew has no counterpart, and its item stays, as a gap. Pure.
API pages: "Add multiple items to a Release", "Remove an item from a Release".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from stackferry.json_values import as_object, integer, objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.importing.answers import Noticed, report_gaps
from stackferry.providers.contentstack.importing.deletions.moved import IF_NOT_RESTORED, MovedUids
from stackferry.providers.contentstack.importing.entries.withheld import because, why_not_written
from stackferry.providers.contentstack.importing.mirror.surplus import goes
from stackferry.providers.contentstack.importing.releases.items import item_gap, item_type, probe_items
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests import releases as requests
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.contentstack.target_names import version_key
from stackferry.providers.target import PreparedWrite, Probe, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext, Step

# The identity of an item whose successor is in the release.
_REPLACED: Final = "items_replaced"
_GONE: Final = "was deleted and made anew under another uid"
_NAMED: Final = ("action", "content_type_uid", "locale", "version", "variant_id", "uid")


class _Item(NamedTuple):
    """An item of a release of the target."""

    release: str
    body: JsonObject

    @property
    def kind(self) -> str:
        return "assets" if item_type(self.body) in ASSET_TYPES else "entries"

    @property
    def uid(self) -> str:
        return text(self.body.get("uid"))

    @property
    def key(self) -> str:
        return f"{self.release}/{item_key(self.body)}".replace("\0", "/")


class ItemPlan:
    """What one import does about such items."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._moved = context.once(MovedUids)
        self._releases = context.once(matches).of("releases")

    def replace(self) -> Iterator[Step]:
        """Add the new item to each release, unless the import has done so, and then take the old one out."""
        for row in self._context.target.objects(Stream("release_items")) if self._moved.are_any else ():
            one = _Item(text(row.get("release")), as_object(row.get("item")))
            is_kept = not goes(self._context, "releases", one.release)
            if is_kept and (new := self._moved.new(one.kind, one.uid)) is not None:
                yield from self._replace(one, new)

    def _replace(self, one: _Item, new: str) -> Iterator[Step]:
        if self._is_locked(one.release):
            yield from self._left(one, f"{_GONE}, and its release is locked: unlock it, and import again")
            return
        if self._is_imported(one):
            yield self._remove(one, ())
            return
        number = integer(one.body.get("version"))
        made = None if number is None else self._made(one, number)
        if number is not None and made is None:
            named = (
                item_type(one.body),
                self._moved.source(one.kind, one.uid),
                text(one.body.get("locale")),
                number,
            )
            why = "" if one.kind == "assets" else why_not_written(self._context, *named)
            lacking = f"{_GONE}, without the version {number} that the release holds: replace it by hand"
            yield from self._left(one, because(lacking, why))
            return
        body: JsonObject = {name: one.body[name] for name in _NAMED if one.body.get(name) is not None}
        body |= {"uid": new, **({"version": int(made)} if made else {})}
        key = f"release_items/moved/{one.key}"
        yield Write(
            key=key,
            **self._as(one),
            build=partial(self._added, one, body),
            read=Noticed((_REPLACED, one.key, "yes")),
            failed=item_gap(one.release, one.body, f"{_GONE}, and the target refused the new one as an item"),
            probe=probe_items,
            optional=True,
        )
        yield self._remove(one, (key,))

    def _as(self, one: _Item) -> Any:
        """How a step about an item counts."""
        is_uncertain = self._moved.is_uncertain(one.kind, one.uid)
        return {"kind": IF_NOT_RESTORED if is_uncertain else "release_items", "only_if_refused": is_uncertain}

    def _added(self, one: _Item, body: JsonObject) -> PreparedWrite:
        note: JsonObject = {"target": one.release, "items": [body]}
        return PreparedWrite(request=requests.add_items(one.release, [body], repeatable=False), note=note)

    def _remove(self, one: _Item, after: tuple[str, ...]) -> Write:
        def build() -> PreparedWrite:
            is_there = not after or self._context.identity.target(_REPLACED, one.key) is not None
            body: JsonObject = {name: one.body[name] for name in _NAMED if one.body.get(name) is not None}
            return PreparedWrite(request=requests.remove_items(one.release, [body]) if is_there else None)

        return Write(
            key=f"release_items/gone/{one.key}",
            **self._as(one),
            build=build,
            read=Noticed(),
            failed=item_gap(
                one.release, one.body, f"{_GONE}, and the target refused to take the old item out"
            ),
            after=after,
            probe=lambda _: _probe_gone(one),
            optional=True,
        )

    def _left(self, one: _Item, what: str) -> Iterator[Write]:
        """An item that stays is a gap; none where it only would be if the trash refused something."""
        if not self._moved.is_uncertain(one.kind, one.uid):
            gap = item_gap(one.release, one.body, what)
            yield report_gaps(f"release_items/stays/{one.key}", "release_items", [gap])

    def _is_locked(self, release: str) -> bool:
        """Whether it takes no change. One that the snapshot has locked, too, is open until it is locked at the end."""
        held = self._context.target.get(Stream("releases"), release) or {}
        ours = self._context.source.get(Stream("releases"), self._releases.source(release) or "") or {}
        is_opened = ours.get("locked") is True and self._context.options.includes("releases")
        return held.get("locked") is True and not is_opened

    def _is_imported(self, one: _Item) -> bool:
        """Whether the snapshot's release holds the item: then the import has added it."""
        release, uid = self._releases.source(one.release), self._moved.source(one.kind, one.uid)
        if not release or not self._context.options.includes("releases"):
            return False
        ours = {**one.body, "uid": uid}
        rows = self._context.source.objects(Stream("release_items"))
        held = (as_object(row.get("item")) for row in rows if row.get("release") == release)
        return any(item_key(item) == item_key(ours) for item in held)

    def _made(self, one: _Item, number: int) -> str | None:
        """The number of a version of what is gone, in its successor."""
        target, uid = self._context.identity.target, self._moved.source(one.kind, one.uid)
        if uid != one.uid:
            return None  # the numbers are those of an earlier import
        if variant := text(one.body.get("variant_id")):
            return self._variant_made(one, variant, number)
        if one.kind == "assets":
            return target("asset_versions", f"{uid}\0{number}")
        return target("versions", version_key(item_type(one.body), uid, text(one.body.get("locale")), number))

    def _variant_made(self, one: _Item, variant: str, number: int) -> str | None:
        """The same of a variant, of which an import makes the latest version alone."""
        stream = Stream("variants", item_type(one.body), text(one.body.get("locale")))
        row = self._context.everything.get(stream, f"{one.uid}\0{variant}") or {}
        if integer(as_object(row.get("variant")).get("_version")) != number:
            return None
        named = f"{stream.type}\0{one.uid}\0{stream.locale}\0{variant}"
        return self._context.identity.target("variant_versions", named)


def _probe_gone(one: _Item) -> Probe:
    """Whether the release no longer holds the item."""

    def found(answer: JsonObject) -> list[JsonObject]:
        held = {item_key(row) for row in objects(answer.get("items"))}
        return [] if item_key(one.body) in held else [answer]

    request = requests.list_items(one.release, *page_params(0))
    return Probe(request=request, found=found, required_key="items", next_page=partial(next_page, "items"))
