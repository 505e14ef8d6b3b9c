"""Releases filled and changed as people mean it: an entity and what becomes of it, whatever shape the space wants.

A space that publishes by locale wants items that name every locale, others want an action; which kind a space is, only
a refusal shows. Built on the calls of `Releases`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from stackferry.errors import UsageError
from stackferry.json_values import as_list, as_object, integer, nested, objects, text
from stackferry.providers.contentful.api.client import Call, Client, Sleep
from stackferry.providers.contentful.api.reasons import SHAPE
from stackferry.providers.contentful.api.refused import About, Explained
from stackferry.providers.contentful.api.releases import Releases
from stackferry.providers.contentful.requests.build import PAGE, get
from stackferry.providers.contentful.requests.releases import (
    RELEASE_ITEMS,
    is_timeline,
    link,
    locale_item,
    release_body,
    split_locales,
    timeline_item,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root


class Wanted(NamedTuple):
    """An "Entry" or "Asset" in a release, and what its publication does: "publish" or "unpublish" the entity.

    With `locales`, publish these and take all others down.
    """

    link_type: str
    uid: str
    action: str = "publish"
    locales: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.link_type, self.uid

    def __str__(self) -> str:
        return f"{self.link_type.lower()} {self.uid}"


class ReleaseEditor(Client):
    """Makes and changes releases of one environment."""

    def __init__(self, call: Call, root: Root, sleep: Sleep | None = None) -> None:
        super().__init__(call, root)
        self._releases = Releases(call, root, sleep)

    async def create(self, *, title: str, items: Sequence[Wanted] = (), timeline: bool = True) -> JsonObject:
        """A new release that holds these items; `timeline` false makes a Launch release.

        Raises UsageError for what no release can hold, before anything is sent.
        """
        _check(items, timeline=timeline)

        async def send(rows: Sequence[JsonObject]) -> JsonObject:
            body = release_body(title, rows, timeline=timeline)
            return await self._releases.create(release=body)

        return await self._in_either_shape(items, send, timeline=timeline)

    async def update(
        self,
        *,
        release_id: str,
        title: str | None = None,
        add: Sequence[Wanted] = (),
        remove: Collection[tuple[str, str]] = (),
        version: int | None = None,
        told: Callable[[str], None] = lambda _: None,
    ) -> JsonObject:
        """Give a release another title, put items in (in place of those of the same entities) or take items out.

        `remove` names link types and ids. Its other items and its metadata stay. Without a difference nothing is sent.
        `version`: only if the release still has it. The service wants every locale of today in an item that names any:
        `told` hears, in words, of each that is published or taken down by an item which left it out.
        Raises UsageError for an item that is to be taken out and is not there, and for what no release can hold.
        """
        there = await self._releases.get(release_id=release_id)
        timeline = is_timeline(there)
        _check(add, timeline=timeline)
        held = {_key(row): row for row in objects(nested(there, "entities", "items"))}
        if gone := [f"{kind.lower()} {uid}" for kind, uid in remove if (kind, uid) not in held]:
            raise UsageError(f"release {release_id} does not hold {', '.join(gone)}; nothing was changed")
        kept = {key: row for key, row in held.items() if key not in remove}
        new_title = text(there.get("title")) if title is None else title

        async def send(rows: Sequence[JsonObject]) -> JsonObject:
            wanted = {**kept, **{_key(row): row for row in rows}}
            _check_number(len(wanted))
            if [*wanted.values()] == [*held.values()] and new_title == there.get("title"):
                return there
            # Others were made when the environment had other locales: the service wants those of today.
            codes = await self.locales() if any(map(_is_by_locale, kept.values())) else []
            today = {key: _today(row, codes) if key in kept else row for key, row in wanted.items()}
            merged = [*today.values()]
            more = {name: value for name, value in there.items() if name not in ("sys", "title", "entities")}
            body = release_body(new_title, merged, timeline=timeline, more=more)
            current = integer(nested(there, "sys", "version")) if version is None else version
            changed = await self._releases.update(release_id=release_id, release=body, version=current)
            for key, row in kept.items():
                for words in _added(row, today[key]):
                    told(words)
            return changed

        by_locale = any(map(_is_by_locale, held.values()))
        return await self._in_either_shape(add, send, timeline=timeline, by_locale=by_locale)

    async def locales(self) -> list[str]:
        """The codes of all locales of the environment."""
        request = get(self._root.in_environment("/locales"), ("limit", str(PAGE)))
        pages = [page async for page in self._pages(request, About("locales"))]
        return [text(row.get("code")) for page in pages for row in objects(page.get("items"))]

    async def _in_either_shape(
        self,
        items: Sequence[Wanted],
        send: Callable[[Sequence[JsonObject]], Awaitable[JsonObject]],
        *,
        timeline: bool,
        by_locale: bool = False,
    ) -> JsonObject:
        """Send items that name an action; where the space refuses that shape, items that name every locale."""
        if not timeline:
            return await send([link(item.link_type, item.uid) for item in items])
        if not (by_locale or any(item.locales for item in items)):
            try:
                return await send(
                    [timeline_item(link(item.link_type, item.uid), item.action) for item in items]
                )
            except Explained as refused:
                if not items or SHAPE not in refused.reasons:
                    raise
        codes = await self.locales() if items else []
        return await send([_by_locale(item, codes) for item in items])


def _is_by_locale(row: JsonObject) -> bool:
    return "add" in row or "remove" in row


def _today(row: JsonObject, codes: Sequence[str]) -> JsonObject:
    """An item that a release holds, with the locales that the environment has now."""
    if not _is_by_locale(row):
        return row
    return {**row, **locale_item(as_object(row.get("entity")), *split_locales(*_sides(row), codes))}


def _sides(row: JsonObject) -> tuple[list[str], list[str]]:
    """The locales that an item publishes, and those that it takes down."""
    add, remove = ([*map(text, as_list(nested(row, side, "fields", "*")))] for side in ("add", "remove"))
    return add, remove


def _added(row: JsonObject, today: JsonObject) -> Iterator[str]:
    """What an item does by now with the locales that it left out, in words."""
    named = {code for codes in _sides(row) for code in codes}
    for action, codes in zip(("publishes", "takes down"), _sides(today), strict=True):
        if more := [code for code in codes if code not in named]:
            kind, uid = _key(row)
            yield f"{kind.lower()} {uid} named no {', '.join(more)}: the release {action} that, too"


def _by_locale(item: Wanted, codes: Sequence[str]) -> JsonObject:
    if unknown := [code for code in item.locales if code not in codes]:
        raise UsageError(f"'{unknown[0]}' is not a locale of the environment; it has {', '.join(codes)}")
    published = item.locales or (codes if item.action == "publish" else ())
    sides: dict[bool, list[str]] = {True: [], False: []}
    for code in codes:
        sides[code in published].append(code)
    return locale_item(link(item.link_type, item.uid), sides[True], sides[False])


def _check(items: Sequence[Wanted], *, timeline: bool) -> None:
    """Raises UsageError for what is refused in any case."""
    twice = [item for item, count in Counter(item.key for item in items).items() if count > 1]
    if twice:
        raise UsageError(f"{twice[0][0].lower()} {twice[0][1]} is named twice")
    _check_number(len(items))
    for item in items:
        _check_item(item, timeline=timeline)


def _check_item(item: Wanted, *, timeline: bool) -> None:
    if not timeline and (item.action != "publish" or item.locales):
        raise UsageError(f"{item}: a Launch release publishes what it holds, in all locales")
    if item.locales and item.action != "publish":
        raise UsageError(f"{item}: an item names the locales that are published; all others are taken down")


def _check_number(count: int) -> None:
    if count > RELEASE_ITEMS:
        raise UsageError(
            f"a release holds at most {RELEASE_ITEMS} entities, not {count}: make several releases"
        )


def _key(row: JsonObject) -> tuple[str, str]:
    """Link type and id of an item's entity, in either generation."""
    sys = as_object(nested(row, "entity", "sys") or row.get("sys"))
    return text(sys.get("linkType")), text(sys.get("id"))
