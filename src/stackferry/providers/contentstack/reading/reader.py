"""The changes of two snapshots of a stack, and the records of one, in words. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import ABSENT
from stackferry.json_values import as_list, as_object, nested, objects, text, texts
from stackferry.model import Stream
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.content.recognisable import recognisable
from stackferry.providers.contentstack.reading.labels import spot_of
from stackferry.providers.contentstack.reading.rich_text import is_node, marks_of
from stackferry.providers.contentstack.reading.values import Values
from stackferry.providers.contentstack.references.model import Schema
from stackferry.providers.contentstack.words import view
from stackferry.providers.reading.plain import (
    SEPARATOR,
    label_of,
    plain_words,
    side_words,
    steps_of,
    value_at,
)
from stackferry.providers.reading.told import Facts, Owner, Published, Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.providers.reading.told import TargetUid
    from stackferry.providers.source import RecordStore

_NO_SCHEMA: Final = Schema([])
_DOCUMENTS: Final = frozenset(("entries", "variants", "versions"))
# Kinds that tell something of an entry or an asset.
_PARTS: Final = frozenset(
    ("publications", "asset_publications", "workflow_stages", "version_names", "variants", "schedules")
)
# Paths that name no field, in words.
_LABELS: Final = {
    "/_version": "Saved again, as version",
    "/_workflow": "Workflow stage",
    "/order": "Order",
    "/parent_uid": "Lies in",
    "/locked": "Locked",
}


class StackReader:
    """What two snapshots of stacks say; one of them may stand on both sides."""

    live_kinds: Sequence[str] = ("entries", "assets")

    def __init__(self, left: RecordStore, right: RecordStore, target_uid: TargetUid) -> None:
        self._stores, self._target_uid = (left, right), target_uid
        self._schemas = {**read_schemas(left), **read_schemas(right)}
        self._values = Values((right, left))
        self._types = {
            text(row.get("uid")): text(row.get("title"))
            for store in (left, right)
            for row in store.objects(Stream("content_types"))
        }
        self._environments = {
            text(row.get("uid")): text(row.get("name"))
            for store in (left, right)
            for row in store.objects(Stream("environments"))
        }
        self._document = lru_cache(maxsize=8)(self._read)

    def type_name(self, uid: str) -> str:
        return self._types.get(uid) or uid

    # --- changes ---

    def told(self, row: JsonObject) -> Told:
        path, kind = text(row.get("path")), text(row.get("kind"))
        if kind in _DOCUMENTS and path.startswith("/") and path not in _LABELS and not _is_live(path):
            return self._in_document(row, path)
        if _is_live(path):
            label = f"Published in {path.rpartition('/')[2]}"
            return Told(label, *_versions(row), owner=_owner(row), is_live=True)
        words = plain_words if kind == "release_items" else self._values.words
        label = self._item(row) if kind == "release_items" else _LABELS.get(path) or label_of(path)
        return Told(label, *side_words(row, words), owner=_owner(row))

    def _in_document(self, row: JsonObject, path: str) -> Told:
        schema = self._schemas.get(text(row.get("content_type")), _NO_SCHEMA)
        element = row.get("left") if "right" not in row else None
        spot = spot_of(schema, path, self._document(*_key(row), 1), element)

        def words(value: Json) -> str:
            inner = as_object(value).get(spot.block) if spot.block else value
            return self._values.words(inner, spot.field, schema)

        left, right = side_words(row, words)
        if left == right and left is not None and all(map(is_node, (row.get("left"), row.get("right")))):
            left, right = (f"{left} ({marks_of(row.get(side))})" for side in ("left", "right"))
        return Told(spot.label, left, right, spot.root)

    def whole(self, row: JsonObject, root: str) -> tuple[str | None, str | None]:
        """Blocks and groups on the way are found by their uids: they may stand elsewhere on the left."""
        schema = self._schemas.get(text(row.get("content_type")), _NO_SCHEMA)
        left, right = (self._document(*_key(row), side) for side in (0, 1))
        if not root:
            return self._all(left, schema), self._all(right, schema)
        field, steps = spot_of(schema, root, right).field, steps_of(root)
        values = value_at(left, steps_like(right, left, steps)), value_at(right, steps)
        shown = [None if value is ABSENT else self._values.words(value, field, schema) for value in values]
        return shown[0], shown[1]

    def _all(self, document: Json, schema: Schema) -> str | None:
        as_group: JsonObject = {"data_type": "group", "schema": schema.fields}
        return self._values.words(document, as_group, schema) if document else None

    def _read(self, kind: str, content_type: str, locale: str, uid: str, side: int) -> Json:
        """A document of a side; of the right one by the uid that it has there."""
        if kind != "entries":
            return {}
        there = self._target_uid("entries", uid) or uid if side else uid
        return self._stores[side].get(Stream("entries", content_type, locale), there) or {}

    def _item(self, row: JsonObject) -> str:
        name = text(row.get("item_title")) or text(row.get("item"))
        more = {"version": "version", "action": "action"}.get(text(row.get("path")).rpartition("/")[2], "")
        return SEPARATOR.join(filter(None, (f"Item {name}", more)))

    # --- records ---

    def facts(self, kind: str, record: JsonObject) -> Facts:
        is_document = kind in ("entries", "versions", "assets", "asset_versions")
        live = [
            Published(self._environment(one), text(one.get("locale")), one.get("version"))
            for one in objects(record.get("publish_details"))
        ]
        return Facts(
            title=view(kind, record).title,
            url=text(record.get("url")),
            locale=text(record.get("locale")) if is_document else "",
            updated_at=text(record.get("updated_at")) or text(nested(record, "term", "updated_at")),
            published=live,
            part_of=_part_of(kind, record),
        )

    def _environment(self, details: JsonObject) -> str:
        uid = text(details.get("environment"))
        return self._environments.get(uid) or uid

    def releases(self) -> Iterator[str]:
        counts: dict[str, int] = {}
        for row in self._stores[1].objects(Stream("release_items")):
            counts[text(row.get("release"))] = counts.get(text(row.get("release")), 0) + 1
        for row in self._stores[1].objects(Stream("releases")):
            count = counts.get(text(row.get("uid")), 0)
            locked = ", locked" if row.get("locked") is True else ""
            yield f"{text(row.get('name'))}: {count:,} item{'' if count == 1 else 's'}{locked}"


def _part_of(kind: str, record: JsonObject) -> dict[str, Json]:
    """The taxonomy of a term; the release of an item, and what the item says."""
    if kind == "terms":
        return {"taxonomy": record.get("taxonomy")}
    if kind != "release_items":
        return {}
    item = as_object(record.get("item"))
    said = {name: item.get(name) for name in ("action", "locale", "version")}
    return {
        "release": record.get("release"),
        "item": item.get("uid"),
        "content_type": item.get("content_type_uid"),
        **said,
    }


def _key(row: JsonObject) -> tuple[str, str, str, str]:
    """Of a change of a whole entry its first language."""
    kind, content_type, uid = (text(row.get(name)) for name in ("kind", "content_type", "uid"))
    locale = text(row.get("locale")) or next(iter(texts(as_list(row.get("locales")))), "")
    return kind, content_type, locale, uid


def _owner(row: JsonObject) -> Owner | None:
    """What a change of a part belongs to: a publication to its entry, an item to its release."""
    kind, content_type, uid = (text(row.get(name)) for name in ("kind", "content_type", "uid"))
    if kind == "release_items":
        return Owner("releases", uid)
    if kind not in _PARTS:
        return None
    if content_type:
        return Owner("entries", uid, content_type, text(row.get("locale")))
    return Owner("assets", uid)


def steps_like(here: Json, there: Json, steps: list[str]) -> list[str]:
    """The steps in another document that lead to the same thing: elements with uids go by these, not by their place."""
    found: list[str] = []
    for one in steps:
        step = one
        if isinstance(here, list) and one.isdecimal():
            step = str(_place_of(here, as_list(there), int(one)))
        here, there = _inside(here, one), _inside(there, step)
        found.append(step)
    return found


def _inside(value: Json, step: str) -> Json:
    found = value_at(value, [step])
    return None if found is ABSENT else found


def _place_of(here: list[Json], there: list[Json], place: int) -> int:
    names, others = _names(here), _names(there)
    name = names[place] if place < len(names) else ""
    if not name:
        return place
    return others.index(name) if name in others else len(there)


def _names(items: list[Json]) -> list[str]:
    return getattr(recognisable(items), "names", [])


def _is_live(path: str) -> bool:
    return path.startswith("/publish_details/")


def _versions(row: JsonObject) -> tuple[str | None, str | None]:
    """Which versions are live. Two places number theirs each for itself: equal numbers may be of other content."""
    left, right = side_words(row, _version_words)
    return (f"{left} of A", f"{right} of B, which says something else") if left == right else (left, right)


def _version_words(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(map(_version_words, value))
    return f"version {plain_words(value)}"
