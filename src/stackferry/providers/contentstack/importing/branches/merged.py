"""The source as an import from branch to branch sees it: without what the target's branch alone has done away with.

That is what stays deleted there, and what is live there as the target's branch has decided. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, objects, text
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.branches.deleted import DeletedInTarget
from stackferry.providers.contentstack.importing.branches.fork import item_name
from stackferry.providers.contentstack.importing.branches.gone_variants import OF_GROUP, hidden_with
from stackferry.providers.contentstack.importing.branches.published import PublishedInTarget
from stackferry.providers.contentstack.importing.selected.store import OF_ASSETS, OF_ENTRIES, Selected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject, Stream
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext


def merged(context: ImportContext) -> RecordStore:
    """To be asked before the plan is made; what the import matches is still the whole source."""
    deleted = context.once(DeletedInTarget)
    left = _Merged(context.source, deleted) if deleted.hides_any else context.source
    published = replace(context, source=left).once(PublishedInTarget)
    return _Published(left, published) if published.keeps_any else left


class _Merged(Selected):
    """Implements `RecordStore`."""

    def __init__(self, source: RecordStore, deleted: DeletedInTarget) -> None:
        super().__init__(source, ())
        self._deleted = deleted
        self._types, self._languages = deleted.hidden("content_types"), deleted.hidden("locales")

    def streams(self) -> list[Stream]:
        return [
            one
            for one in super().streams()
            if one.type not in self._types and one.locale not in self._languages
        ]

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return (self._shown(stream, row) for row in super().objects(stream))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        row = self._source.get(stream, uid, number)
        return self._shown(stream, row) if row is not None and self._is_here(stream, row) else None

    def _is_here(self, stream: Stream, row: JsonObject) -> bool:
        return not any(self._deleted.hides(*one) for one in _parts(stream, row))

    def _shown(self, stream: Stream, row: JsonObject) -> JsonObject:
        """Without what an object shows in a language that stays deleted: the master document lists all languages."""
        details = objects(row.get("publish_details")) if stream.kind in ("entries", "assets") else []
        if not details:
            return row
        hidden = self._languages | self._deleted.hidden_languages(text(row.get("uid")))
        kept: list[Json] = [one for one in details if one.get("locale") not in hidden]
        return row if len(kept) == len(details) else {**row, "publish_details": kept}


class _Published(Selected):
    """Implements `RecordStore`."""

    def __init__(self, source: RecordStore, published: PublishedInTarget) -> None:
        super().__init__(source, ())
        self._published = published

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return (self._shown(stream, row) for row in self._source.objects(stream))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        row = self._source.get(stream, uid, number)
        return None if row is None else self._shown(stream, row)

    def _shown(self, stream: Stream, row: JsonObject) -> JsonObject:
        if stream.kind in ("entries", "assets"):
            return self._without(row, stream.kind, text(row.get("uid")))
        if stream.kind == kinds.METADATA.name:
            return self._without(row, kinds.kind_of_metadata(row), text(row.get("entity_uid")))
        if stream.kind != "variants":
            return row
        variant = as_object(row.get("variant"))
        name = f"{text(row.get('uid'))}\0{text(as_object(variant.get('_variant')).get('_uid'))}"
        return {**row, "variant": self._without(variant, stream.kind, name)}

    def _without(self, document: JsonObject, kind: str, uid: str) -> JsonObject:
        details = objects(document.get("publish_details"))
        places = self._published.places(kind, uid) if details else set()
        if not places:
            return document
        kept: list[Json] = [one for one in details if _place(one) not in places]
        is_published: JsonObject = {"is_published": bool(kept)} if "is_published" in document else {}
        return {**document, **is_published, "publish_details": kept}


def _place(detail: JsonObject) -> tuple[str, str]:
    return text(detail.get("environment")), text(detail.get("locale")).casefold()


def _parts(stream: Stream, row: JsonObject) -> Iterator[tuple[str, str, str]]:
    """What a row belongs to: it goes with that."""
    uid = text(row.get("uid"))
    if stream.kind in OF_ENTRIES:
        yield "entries", uid, stream.locale
        if stream.kind == kinds.VARIANTS.name:
            yield from hidden_with(stream, row)
    elif stream.kind in OF_ASSETS:
        yield "assets", uid, ""
    elif stream.kind == kinds.RELEASE_ITEMS.name:
        release = text(row.get("release"))
        yield "releases", release, ""
        yield OF_GROUP, text(as_object(row.get("item")).get("variant_id")), ""
        yield stream.kind, item_name(release, as_object(row.get("item"))), ""
    elif stream.kind == kinds.METADATA.name:
        kind = kinds.kind_of_metadata(row)
        yield kind, text(row.get("entity_uid")), text(row.get("locale")) if kind == "entries" else ""
    elif stream.kind == kinds.SCHEDULES.name:
        for name, kind in (("entry", "entries"), ("asset", "assets")):
            thing = as_object(row.get(name))
            yield kind, text(thing.get("uid")), text(thing.get("locale")) if kind == "entries" else ""
    else:
        yield stream.kind, text(row.get("code")) if stream.kind == kinds.LOCALES.name else uid, ""
