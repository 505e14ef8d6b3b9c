"""The changes of two snapshots of a space, and the records of one, in words. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import ABSENT
from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Stream
from stackferry.providers.contentful.content.states import locale_states
from stackferry.providers.contentful.content.titles import Titles
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.reading.rich_text import is_node, marks_of, rich_words
from stackferry.providers.contentful.words import view
from stackferry.providers.reading.plain import (
    SEPARATOR,
    humanised,
    in_fields,
    label_of,
    plain_words,
    side_words,
    steps_of,
    value_at,
)
from stackferry.providers.reading.told import Facts, Owner, Published, Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.core.json_diff import Side
    from stackferry.model import Json, JsonObject
    from stackferry.providers.reading.told import TargetUid
    from stackferry.providers.source import RecordStore

_LABELS: Final = {"/sys/version": "Saved again, as version", "/state": "State"}
_OF_ASSETS: Final = {"title": "Title", "description": "Description", "file": "File"}
_NOT_SHOWN: Final = frozenset(("sys", "marks", "data"))
_MANY: Final = 10_000


class SpaceReader:
    """What two snapshots of environments say; one of them may stand on both sides."""

    live_kinds: Sequence[str] = ("entries", "assets")

    def __init__(self, left: RecordStore, right: RecordStore, target_uid: TargetUid) -> None:
        self._stores, self._target_uid = (left, right), target_uid
        self._titles = (Titles(right), Titles(left))
        rows = [row for store in (left, right) for row in store.objects(Stream("content_types"))]
        self._types = {sys_id(row): text(row.get("name")) for row in rows}
        self._fields = {
            (sys_id(row), text(field.get("id"))): text(field.get("name"))
            for row in rows
            for field in objects(row.get("fields"))
        }
        self._codes = tuple(text(row.get("code")) for row in right.objects(Stream("locales")))
        self._document = lru_cache(maxsize=8)(self._read)
        self._name = lru_cache(maxsize=_MANY)(self._found)

    def type_name(self, uid: str) -> str:
        return self._types.get(uid) or uid

    # --- changes ---

    def told(self, row: JsonObject) -> Told:
        path = text(row.get("path"))
        steps = steps_of(path)
        if steps == ["published"]:
            return Told("Published again", *side_words(row, _version), owner=_owner(row), is_live=True)
        if steps[:1] == ["published"] and len(steps) == 2:
            return Told("Published", locale=steps[1], owner=_owner(row), is_live=True)
        if steps[:1] == ["state"] and len(steps) == 2:
            words = side_words(row, plain_words)
            return Told("State", *words, locale=steps[1], owner=_owner(row), is_live=True)
        live = "Live › " if steps[:1] == ["published"] else ""
        steps = steps[1:] if live else steps
        if steps[:1] == ["fields"] and len(steps) > 1 and text(row.get("kind")) != "content_types":
            return self._in_field(row, path, steps, live)
        return Told(_LABELS.get(path) or label_of(path), *side_words(row, self.words), owner=_owner(row))

    def _in_field(self, row: JsonObject, path: str, steps: list[str], live: str) -> Told:
        name, locale = steps[1], steps[2] if len(steps) > 2 else ""
        label = self._label(row, name)
        left, right = side_words(row, self.words)
        values = row.get("left"), row.get("right")
        is_rich = len(steps) > 3 and steps[3] == "content"
        if left == right and left is not None and all(map(is_node, values)):
            left, right = (f"{left} ({marks_of(value)})" for value in values)
        root = "/".join(path.split("/")[: 5 if live else 4]) if is_rich else ""
        rest = [] if is_rich else [*map(humanised, steps[3:])]
        return Told(
            live + SEPARATOR.join([label, *rest]), left, right, "" if live else root, locale, _owner(row)
        )

    def _label(self, row: JsonObject, name: str) -> str:
        of_type = text(row.get("content_type"))
        return self._fields.get((of_type, name)) or _OF_ASSETS.get(name) or humanised(name)

    def whole(self, row: JsonObject, root: str) -> tuple[str | None, str | None]:
        key = text(row.get("kind")), text(row.get("content_type")), text(row.get("uid"))
        steps = steps_of(root) or ["fields"]
        left, right = (value_at(self._document(*key, side), steps) for side in (0, 1))
        return self._side(left), self._side(right)

    def _side(self, value: Side) -> str | None:
        return None if value is ABSENT else self.words(value)

    def _read(self, kind: str, content_type: str, uid: str, side: int) -> Json:
        there = self._target_uid(kind, uid) or uid if side else uid
        stream = Stream(kind, content_type) if kind == "entries" else Stream(kind)
        return self._stores[side].get(stream, there) or {}

    # --- values ---

    def words(self, value: Json) -> str:
        if is_node(value) or (isinstance(value, list) and value and all(map(is_node, value))):
            return rich_words(value, self._linked) or "(empty)"
        if isinstance(value, list):
            return "\n".join(map(self.words, value)) or "(empty)"
        if not isinstance(value, dict):
            return plain_words(value)
        if "sys" in value and len(value) == 1:
            return self._linked(value)
        if name := text(value.get("fileName")):
            return name
        return in_fields(value, _NOT_SHOWN, self.words) or plain_words(value)

    def _linked(self, link: Json) -> str:
        of, uid = text(nested(link, "sys", "linkType")), text(nested(link, "sys", "id"))
        if of in ("Entry", "Asset") and uid:
            return self._name("entries" if of == "Entry" else "assets", uid)
        return uid or text(nested(link, "sys", "urn")) or plain_words(link)

    def _found(self, kind: str, uid: str) -> str:
        for store, titles in zip(reversed(self._stores), self._titles, strict=True):
            for stream in store.streams():
                if stream.kind == kind and (row := store.get(stream, uid)) is not None:
                    return titles.of(kind, row) or uid
        return uid

    # --- records ---

    def facts(self, kind: str, record: JsonObject) -> Facts:
        if kind == "files":
            return Facts(url=text(record.get("uid")))
        document = as_object(record.get("snapshot")) or record
        fields = as_object(document.get("fields"))
        is_document = kind in ("entries", "assets")
        codes = self._codes if is_document else ()
        states = locale_states(record, codes) if is_document else {}
        version = nested(record, "sys", "publishedVersion")
        slug = next(iter(as_object(fields.get("slug")).values()), "") if is_document else ""
        return Facts(
            title=self._titles[0].of(kind, record) or view(kind, record).title,
            url=text(slug) or _address(fields),
            locale=", ".join(sorted({code for values in fields.values() for code in as_object(values)}))
            if is_document
            else "",
            updated_at=text(nested(document, "sys", "updatedAt")),
            published=[
                Published("", code, version) for code in codes if states[code] in ("published", "changed")
            ],
        )

    def releases(self) -> Iterator[str]:
        for row in self._stores[1].objects(Stream("releases")):
            count = len(objects(nested(row, "entities", "items")))
            yield f"{text(row.get('title'))}: {count:,} item{'' if count == 1 else 's'}"


def _version(value: Json) -> str:
    return f"version {plain_words(value)}"


def _owner(row: JsonObject) -> Owner | None:
    """A publication belongs to its entry."""
    if row.get("kind") != "publications":
        return None
    return Owner("entries", text(row.get("uid")), text(row.get("content_type")))


def _address(fields: JsonObject) -> str:
    """The address of an asset's first file."""
    files = as_object(fields.get("file")).values()
    return next((text(as_object(one).get("url")) for one in files if as_object(one).get("url")), "")
