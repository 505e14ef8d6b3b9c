"""Which entries and assets a bulk publish is about: by content type, query and time, or by what is live elsewhere.

API pages: "CMA | Entries", section "Get all entries"; "CMA | Assets"; "Content Delivery API", "Queries". Reads only. A
document counts for its own locale: what a locale only falls back to is no document of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from stackferry.core.batches import batched
from stackferry.json_values import epoch_seconds, integer, objects, text
from stackferry.model import TYPE_KEY
from stackferry.providers.contentstack.api.client import Client, every_row
from stackferry.providers.contentstack.api.entries import Entries
from stackferry.providers.contentstack.requests.assets import list_assets
from stackferry.providers.contentstack.requests.build import given, params

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from stackferry.model import JsonObject

ASSETS = ""  # the content type of assets
_UIDS = 50  # uids that one query names: an address must not grow too long


class Selected(NamedTuple):
    """A version to be published under a locale; `source` is the locale whose document it is."""

    content_type: str
    uid: str
    locale: str
    source: str
    version: int | None
    title: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What can have one live version in an environment: content type, uid, locale."""
        return self.content_type, self.uid, self.locale

    def as_json(self) -> JsonObject:
        """As a report lists it."""
        own = self.source if self.source != self.locale else None
        kind = "assets" if self.content_type == ASSETS else "entries"
        named = given(locale=self.locale, source=own, version=self.version)
        typed: JsonObject = {TYPE_KEY: self.content_type} if self.content_type else {}
        return {"kind": kind, "uid": self.uid, **typed, **named, "title": self.title}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is looked through: content types (`ASSETS` for assets), locales, and conditions on the documents."""

    content_types: Sequence[str]
    locales: Sequence[str]
    query: JsonObject | None = None
    changed_since: str | None = None  # ISO 8601, in UTC

    @property
    def is_narrowed(self) -> bool:
        """Whether a document may be left out by a condition."""
        return self.query is not None or self.changed_since is not None

    def asked(self) -> JsonObject | None:
        """The conditions as one query of the service."""
        since: JsonObject | None = None
        if self.changed_since is not None:
            since = {"updated_at": {"$gte": self.changed_since}}
        if self.query and since:
            return {"$and": [self.query, since]}
        return self.query or since

    def meets(self, row: JsonObject) -> bool:
        """Whether a document is new enough, whatever the service thinks. One that tells no time is."""
        if self.changed_since is None:
            return True
        since, at = epoch_seconds(self.changed_since), epoch_seconds(text(row.get("updated_at")))
        return since is None or at is None or at >= since


class Selector(Client):
    """Reads what a selection takes. Raises the errors of `Client`."""

    async def content_types(self) -> list[str]:
        """The uids of every content type."""
        return [text(row.get("uid")) for row in await self._every("content_types")]

    async def fallbacks(self) -> dict[str, str]:
        """Of every locale the code of the one that it falls back to, empty for the master locale, which comes first."""
        rows = await self._every("locales")
        found = {text(row.get("code")): text(row.get("fallback_locale")) for row in rows}
        return dict(sorted(found.items(), key=lambda pair: bool(pair[1])))

    async def environments(self) -> dict[str, str]:
        """The uids of the environments, by their names and by their uids."""
        rows = await self._every("environments")
        return {text(row.get(field)): text(row.get("uid")) for field in ("uid", "name") for row in rows}

    async def latest(self, scope: Scope) -> list[Selected]:
        """The latest version of every document in scope, in each of the locales that it has one in."""
        found: list[Selected] = []
        async for kind, code, row in self._rows(scope):
            version = integer(row.get("_version"))
            codes = scope.locales if kind == ASSETS else [code]
            found += [_selected(kind, row, locale, locale, version) for locale in codes]
        return found

    async def published(
        self, scope: Scope, environment: str, locales: Sequence[str]
    ) -> tuple[list[Selected], list[Selected]]:
        """What is live in an environment (its uid) under `locales`, in a scope of all locales.

        Second, what is live there of before its locale was localized: the version is one of another document.
        """
        found: dict[tuple[str, str, str], Selected] = {}
        others: dict[tuple[str, str, str], Selected] = {}  # as the document of another locale tells them
        async for kind, code, row in self._rows(scope):
            for detail in objects(row.get("publish_details")):
                locale = text(detail.get("locale"))
                if detail.get("environment") != environment or locale not in locales:
                    continue
                is_own = kind == ASSETS or locale == code
                one = _selected(kind, row, locale, locale if is_own else code, integer(detail.get("version")))
                (found if is_own else others).setdefault(one.place, one)
        unclear: list[Selected] = []
        fallbacks = await self.fallbacks()
        for one in (one for place, one in others.items() if place not in found):
            localized = await self._localized(one)
            if one.locale in localized:
                unclear.append(one)
            else:
                # The master document tells of it, whichever document it was.
                chain = _chain(one.locale, fallbacks)
                source = next((code for code in chain if code in localized), one.source)
                found[one.place] = one._replace(source=source)
        return [*found.values()], [] if scope.is_narrowed else unclear

    async def live(
        self, chosen: Iterable[Selected], environment: str
    ) -> dict[tuple[str, str, str], int | None]:
        """Of what was chosen the versions that are live in an environment (its uid)."""
        rows = [*chosen]
        # The master document lists what other locales fall back to.
        masters = [code for code, fallback in (await self.fallbacks()).items() if not fallback]
        own = (code for one in rows for code in (one.locale, one.source))
        locales = [*dict.fromkeys([*masters, *own])]
        found: dict[tuple[str, str, str], int | None] = {}
        for kind in dict.fromkeys(one.content_type for one in rows):
            uids = dict.fromkeys(one.uid for one in rows if one.content_type == kind)
            for some in batched([*uids], _UIDS):
                scope = Scope(content_types=[kind], locales=locales, query={"uid": {"$in": [*some]}})
                async for _, _, row in self._rows(scope):
                    for detail in objects(row.get("publish_details")):
                        if detail.get("environment") == environment:
                            place = (kind, text(row.get("uid")), text(detail.get("locale")))
                            found[place] = integer(detail.get("version"))
        return found

    async def _localized(self, one: Selected) -> list[str]:
        answer = await Entries(self._call).languages(content_type_uid=one.content_type, entry_uid=one.uid)
        rows = objects(answer.get("locales"))
        return [text(row.get("code")) for row in rows if row.get("localized") is True]

    async def _rows(self, scope: Scope) -> AsyncIterator[tuple[str, str, JsonObject]]:
        """Content type, locale and row of every document in scope; an asset once."""
        for kind in scope.content_types:
            for code in scope.locales[:1] if kind == ASSETS else scope.locales:
                for row in await self._documents(scope, kind, code):
                    is_own = kind == ASSETS or text(row.get("locale")) in ("", code)
                    if is_own and row.get("is_dir") is not True and scope.meets(row):
                        yield kind, code, row

    async def _documents(self, scope: Scope, kind: str, code: str) -> list[JsonObject]:
        async def page(skip: int, limit: int) -> JsonObject:
            if kind == ASSETS:
                return await self._ask(list_assets(*params(**asked, skip=skip, limit=limit)))
            more: dict[str, Any] = {**asked, "locale": code, "skip": skip, "limit": limit}
            return await Entries(self._call).get_all(content_type_uid=kind, **more)

        # In a fixed order, or a document could be on two pages or on none.
        asked: dict[str, Any] = {
            "query": scope.asked(),
            "asc": "uid",
            "include_count": True,
            "include_publish_details": True,
        }
        return await every_row(page, "assets" if kind == ASSETS else "entries")

    async def _every(self, kind: str) -> list[JsonObject]:
        async def page(skip: int, limit: int) -> JsonObject:
            return await self._get(f"/{kind}", params(include_count=True, skip=skip, limit=limit))

        return await every_row(page, kind)


def _selected(kind: str, row: JsonObject, locale: str, source: str, version: int | None) -> Selected:
    title = text(row.get("title") or row.get("filename"))
    return Selected(kind, text(row.get("uid")), locale, source, version, title)


def _chain(locale: str, fallbacks: dict[str, str]) -> list[str]:
    """The locales that one falls back to, the nearest first."""
    found: list[str] = []
    while (locale := fallbacks.get(locale, "")) and locale not in found:
        found.append(locale)
    return found
