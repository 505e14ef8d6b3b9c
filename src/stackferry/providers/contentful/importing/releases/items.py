"""The items of a release in the target's terms. Pure.

An item of a Launch release is a link. One of a Timeline release names an action, or, where the space publishes single
locales, every locale of the environment in exactly one of two lists. What is not in the target is left out, and told.
API page: "Timeline releases"; the shapes of items: "Locale-based publishing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_list, as_object, nested, objects, text
from stackferry.model import Stream
from stackferry.providers.contentful.importing.documents import BY_LOCALE, WHOLE, Documents
from stackferry.providers.contentful.importing.versions import VERSIONS
from stackferry.providers.contentful.kinds import ASSETS, ENTRIES, LOCALES, link_id
from stackferry.providers.contentful.matching.rule import matches
from stackferry.providers.contentful.requests.documents import LINK_TYPES
from stackferry.providers.contentful.requests.releases import (
    is_timeline,
    locale_item,
    split_locales,
    timeline_item,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

# Identity: "" → the codes of the target's locales as a resumed import found them, with commas.
LOCALES_NOW: Final = "locales_now"
_KINDS: Final = {"Entry": ENTRIES.name, "Asset": ASSETS.name}


class Items(NamedTuple):
    """The items of a release as they are sent, and what of the source they cannot say: path and reason."""

    rows: list[JsonObject]
    lost: list[tuple[str, str]]


class ReleaseItems:
    """How one import translates items."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._documents = context.once(Documents)

    def of(self, release: JsonObject, own: Iterable[str] = (), *, by_mode: bool = False) -> Items:
        """The items of a release. `own`: what exists in the release alone ("entries/ID") and is there by now.

        `by_mode`: in the shape that the target's space takes, where it does not take that of the source.
        """
        found = Items([], [])
        known = frozenset(own)
        for row in objects(nested(release, "entities", "items")):
            entity = as_object(row.get("entity")) or {"sys": as_object(row.get("sys"))}
            key = entity_key(entity)
            if key not in known and not self.is_there(key):
                found.lost.append((item_path(key), "the target does not hold what it names"))
            elif not is_timeline(release):
                found.rows.append({"sys": as_object(entity.get("sys"))})
            elif by_mode:
                found.lost.extend(self._other_locales(row, key))
                found.rows.append(self._by_mode(row, entity, key, found))
            elif "add" in row or "remove" in row:
                found.lost.extend(self._other_locales(row, key))
                found.rows.append({**row, **locale_item(entity, *self._locales(row))})
            else:
                found.rows.append({**row, "entity": entity})
        return found

    def is_there(self, key: str) -> bool:
        """Whether the target has an entry or an asset: since this import, or from before."""
        if self._context.identity.target(VERSIONS, key) is not None:
            return True
        kind, _, uid = key.partition("/")
        return self._context.once(matches).counterpart(kind, uid) is not None

    def _by_mode(self, row: JsonObject, entity: JsonObject, key: str, found: Items) -> JsonObject:
        """An item with an action as one that names locales, and the reverse; what fits already stays."""
        mode = self._documents.mode
        if "add" not in row and "remove" not in row:
            return {**row, "entity": entity} if mode == WHOLE else self._in_all_locales(row, entity)
        if mode == BY_LOCALE:
            return locale_item(entity, *self._locales(row))
        add, remove = self._locales(row)
        if add and remove:
            reason = (
                f"the target's space publishes whole documents only: {', '.join(remove)} would be live, too"
            )
            found.lost.append((item_path(key), reason))
        return timeline_item(entity, "publish" if add else "unpublish")

    def _in_all_locales(self, row: JsonObject, entity: JsonObject) -> JsonObject:
        """An item with an action as one that names every locale."""
        codes, is_down = self.codes(), row.get("action") == "unpublish"
        return locale_item(entity, *(([], codes) if is_down else (codes, [])))

    def _locales(self, row: JsonObject) -> tuple[list[str], list[str]]:
        """The target's locales that an item publishes, and all others."""
        return split_locales(self._named(row, "add"), self._named(row, "remove"), self.codes())

    def _named(self, row: JsonObject, side: str) -> set[str]:
        codes = map(text, as_list(nested(row, side, "fields", "*")))
        return {self._documents.terms.locale(code) for code in codes}

    def _other_locales(self, row: JsonObject, key: str) -> Iterator[tuple[str, str]]:
        """The locales that an item would publish and the target lacks; and what becomes of those of the source that it
        does not name, for it is older than they are."""
        add, remove = self._named(row, "add"), self._named(row, "remove")
        if gone := sorted(add - {*self.codes()}):
            yield item_path(key), f"the target has no locale {', '.join(gone)}"
        here = {self._documents.terms.locale(code) for code in self._documents.terms.locales}
        if (add or remove) and (unnamed := sorted((here - add - remove) & {*self.codes()})):
            outcome = "published" if add and not remove else "not published"
            names = ", ".join(unnamed)
            reason = f"in the source it does not name locale {names}; here it must, and it is {outcome} there"
            yield item_path(key), reason

    def codes(self) -> list[str]:
        """The locales that the target has by then."""
        now = self._context.identity.target(LOCALES_NOW, "")
        rows = self._context.target.objects(Stream(LOCALES.name))
        held = now.split(",") if now else [text(row.get("code")) for row in rows]
        are_written = not held or self._context.options.includes(LOCALES.name)
        return [*dict.fromkeys([*held, *(sorted(self._documents.codes) if are_written else ())])]


def locales_now(present: RecordStore) -> list[tuple[str, str, str]]:
    """The locales that a resumed import finds: somebody may have added one since the target was read."""
    now = [text(row.get("code")) for row in present.objects(Stream(LOCALES.name))]
    return [(LOCALES_NOW, "", ",".join(now))] if now else []


def entity_key(link: JsonObject) -> str:
    """What a link to an entry or an asset is called: "entries/ID"."""
    return f"{_KINDS.get(text(nested(link, 'sys', 'linkType')), '')}/{link_id(link)}"


def item_key(row: JsonObject) -> str:
    """What an item of a release of either generation names: "entries/ID"."""
    return entity_key(as_object(row.get("entity")) or row)


def item_path(key: str) -> str:
    """Where an item stands, by what it names: as comparisons call it, whatever its place in the list."""
    kind, _, uid = key.partition("/")
    return f"/entities/items/{LINK_TYPES.get(kind, '')} {uid}"


def same_items(one: Iterable[JsonObject], other: Iterable[JsonObject], codes: Iterable[str]) -> bool:
    """Whether two lists of items say the same, in whatever order. `codes` are the locales of their environment."""
    every = {*codes}
    return sorted(_named(row, every) for row in one) == sorted(_named(row, every) for row in other)


def _named(row: JsonObject, codes: set[str]) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    """What an item says: all locales published or taken down are the same as an action that says so."""
    add, remove = (
        tuple(sorted(text(code) for code in as_list(nested(row, side, "fields", "*"))))
        for side in ("add", "remove")
    )
    if (add and remove) or ((add or remove) and not codes <= {*add, *remove}):
        return item_key(row), "", add, remove
    by_locale = "publish" if add else "unpublish" if remove else ""
    return item_key(row), text(row.get("action")) or by_locale, (), ()
