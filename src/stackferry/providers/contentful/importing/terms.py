"""A document's body in the target's terms: its locales and the spaces it names; and what the target has no place for.

Ids stay: the service keeps those that a write names. All of a body but `sys` is sent as the snapshot has it, also keys
that this version does not know. Pure.
API pages: "Entries", "Assets", "Localization", "Resource links".
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.file_addresses import names_files_of
from stackferry.providers.contentful.content.resource_links import Spaces, holds_names, in_value
from stackferry.providers.contentful.content.source_names import (
    NAMES_SOURCE,
    is_data,
    is_data_of,
    names_space_of,
)
from stackferry.providers.contentful.importing.environments.promotion import Promotion
from stackferry.providers.contentful.importing.selected.needed import is_asked
from stackferry.providers.contentful.importing.unknown_parts import NO_LINKED, UnknownParts
from stackferry.providers.contentful.kinds import link_id
from stackferry.providers.contentful.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

REFERENCES: Final = "references"  # the kind of gaps of values that arrive and lead elsewhere
SETTLED: Final = ("locales_settled", "", "yes")  # the identity that is there once every locale was written
Fields = dict[str, "JsonObject"]  # the fields of a content type, by id
# What is live of a type, where that is another body than its draft; else the type.
_PUBLISHED_FIRST: Final = (kinds.PUBLISHED_CONTENT_TYPES.name, kinds.CONTENT_TYPES.name)
OTHER_TYPE: Final = (
    "the target's field is of the type {}, and no call changes that: it stays as it is; delete it there first"
)
NO_LOCALE: Final = "the target has no such locale"
_NOT_BY_LOCALE: Final = "its value is not given by locale, so the service does not take it"
_NO_FIELD: Final = "the content type has no such field any more"
_SOURCE_FILE: Final = "it holds the address of a file of the source's space, and was written as it is"


class Lost(NamedTuple):
    """What a body holds and the target has no place for; `path` is a JSON pointer.

    `is_sent`: the target gets it, and it is not there what it is in the source.
    """

    path: str
    reason: str
    locale: str = ""
    is_sent: bool = False

    def gap(self, kind: str, uid: str, of_type: str = "") -> Gap:
        """The gap of an object. One of what is sent explains no difference: so it is of another kind."""
        named = REFERENCES if self.is_sent else kind
        return Gap(kind=named, uid=uid, type=of_type, path=self.path, locale=self.locale, reason=self.reason)


class Terms:
    """What the snapshot's locales, spaces and types are in the target."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        options = write_options(context.options)
        self.spaces = Spaces(context.origin, context.place, options.spaces)
        self._names_files = names_files_of(context.origin, context.place)
        self._names_space = names_space_of(self.spaces)
        self._codes = options.locales
        self._types: dict[str, Fields] = {}
        self._kept: dict[str, frozenset[str]] = {}
        self._others: dict[str, Fields] = {}
        self._target_locales: dict[bool, frozenset[str]] = {}  # before and after they are settled

    def locale(self, code: str) -> str:
        """A locale's code in the target."""
        return self._codes.get(code, code)

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """The codes of the snapshot's locales."""
        rows = self._context.source.objects(Stream(kinds.LOCALES.name))
        known = tuple(text(row.get("code")) for row in rows)
        if known:
            return known
        # A file that was exported without the content model has none: its documents are in those of the target.
        own = {target: source for source, target in self._codes.items()}
        held = self._context.target.objects(Stream(kinds.LOCALES.name))
        return tuple(own.get(code := text(row.get("code")), code) for row in held)

    @property
    def target_locales(self) -> frozenset[str]:
        """The codes that the target has once the locales are written. Without a list of them, every code is taken.

        One that it refuses, for its plan has no room for it or the token no right, it has not.
        """
        is_settled = self._context.identity.target(*SETTLED[:2]) is not None
        if is_settled not in self._target_locales:
            self._target_locales[is_settled] = self._with_made(is_settled=is_settled)
        return self._target_locales[is_settled]

    def _with_made(self, *, is_settled: bool) -> frozenset[str]:
        known = self._context.identity.target
        held = {text(row.get("code")) for row in self._context.target.objects(Stream(kinds.LOCALES.name))}
        asked = (one for one in self.locales if is_asked(self._context, kinds.LOCALES, one, is_held=False))
        made = (one for one in asked if not is_settled or known(kinds.LOCALES.name, one) is not None)
        return frozenset(held | {*map(self.locale, made)})

    def has(self, locale: str) -> bool:
        """Whether the target has a locale of the snapshot, as far as that is known."""
        return not self.target_locales or self.locale(locale) in self.target_locales

    def fields_of(self, content_type: str) -> Fields:
        """The fields that the target's type has after the import, by id; empty where nobody knows the type.

        A type that is not written has the fields that the target publishes.
        """
        if content_type not in self._types:
            theirs = _fields(self._context.target, content_type, *_PUBLISHED_FIRST)
            stays = theirs and not (self._writes_types and not self._is_kept(content_type))
            self._types[content_type] = theirs if stays else self._own_fields(content_type)
        return self._types[content_type]

    @property
    def _writes_types(self) -> bool:
        """Whether types that the target holds are written over."""
        options = self._context.options
        return options.includes(kinds.CONTENT_TYPES.name) and options.on_conflict == "update"

    def _is_kept(self, content_type: str) -> bool:
        """Whether the target's type stays, if it differs, because it was edited there."""
        stream = Stream(kinds.CONTENT_TYPES.name)
        row, held = (
            store.get(stream, content_type) or {}
            for store in (self._context.everything, self._context.target)
        )
        return self._context.once(Promotion).keeps(f"{kinds.CONTENT_TYPES.name}/{content_type}", row, held)

    def _own_fields(self, content_type: str) -> Fields:
        """The fields that the snapshot knows of a type, in its draft or in what is published."""
        found: Fields = {}
        for kind in _PUBLISHED_FIRST:
            found |= _fields(self._context.everything, content_type, kind)
        return found

    def kept_fields(self, content_type: str) -> frozenset[str]:
        """The fields that only the target's type has, or has otherwise, and that it keeps: so entries keep their values
        in them."""
        if content_type not in self._kept:
            options, known = self._context.options, self._own_fields(content_type)
            held = _fields(self._context.target, content_type, kinds.CONTENT_TYPES.name)
            stays = known and not (options.mirror and options.in_place)
            own = held.keys() - known.keys() if stays else frozenset[str]()
            self._kept[content_type] = frozenset(own | self.other_fields(content_type).keys())
        return self._kept[content_type]

    def other_fields(self, content_type: str) -> Fields:
        """The fields that the target has published with values of another type, as it has them.

        No call changes the type of a field: they stay, and what the snapshot has in them is left out.
        """
        if content_type not in self._others:
            theirs = _fields(self._context.target, content_type, *_PUBLISHED_FIRST)
            own = self._own_fields(content_type) if theirs else {}
            self._others[content_type] = {
                name: field
                for name, field in theirs.items()
                if name in own and _of_values(field) != _of_values(own[name])
            }
        return self._others[content_type]

    def entry(self, body: JsonObject, content_type: str) -> tuple[JsonObject, list[Lost]]:
        """The body of an entry, and what of it the target has no field or no locale for."""
        fields, others = self.fields_of(content_type), self.other_fields(content_type)
        refused = self._context.once(UnknownParts).refused_fields(content_type)
        kept: JsonObject = {}
        lost: list[Lost] = []
        for name, values in as_object(body.get("fields")).items():
            if fields and name not in fields:
                lost.append(Lost(f"/fields/{name}", _NO_FIELD))
            elif name in others:
                lost.append(Lost(f"/fields/{name}", OTHER_TYPE.format(others[name].get("type"))))
            elif name in refused:
                lost.append(Lost(f"/fields/{name}", refused[name]))
            else:
                kept[name] = self._values(name, values, fields.get(name, {}), lost)
                lost += self._addresses(name, as_object(values))
                lost += self._names(f"/fields/{name}", kept[name]) if is_data(fields.get(name, {})) else ()
        return {**self._beside_fields(body, lost), "fields": kept}, lost

    def _addresses(self, name: str, values: Mapping[str, Json]) -> Iterator[Lost]:
        """The locales in which a field holds addresses of the source's files."""
        for code, value in values.items() if self._names_files else ():
            if self._names_files and self._names_files(value):
                yield Lost(f"/fields/{name}/{code}", _SOURCE_FILE, code, is_sent=True)

    def _names(self, path: str, value: Json) -> Iterator[Lost]:
        """The values in data of a document that name the source's space."""
        for inner in self._names_space(value) if self._names_space else ():
            yield Lost(f"{path}{inner}", NAMES_SOURCE, is_sent=True)

    def names_of_source(self, kind: str, uid: str, body: JsonObject) -> Iterator[Gap]:
        """A gap for each value in the body of another object that names the source's space."""
        found = (one for one in self._names("", body) if is_data_of(kind, one.path))
        named = (one._replace(reason=f"{kind}: {one.reason}") for one in found)
        return (one.gap(kind, uid) for one in named)

    def of_clone(self, body: JsonObject, content_type: str) -> JsonObject:
        """An entry's body as the target holds it; where a clone names the first environment, it means itself."""
        fields = self.fields_of(content_type)
        if not any(map(holds_names, fields.values())):
            return body
        own = as_object(body.get("fields"))
        values: JsonObject = {
            name: {
                code: in_value(value, fields.get(name, {}), self.spaces.of_clone)
                for code, value in as_object(of_field).items()
            }
            for name, of_field in own.items()
        }
        return {**body, "fields": values}

    def asset(self, body: JsonObject) -> tuple[JsonObject, list[Lost]]:
        """The body of an asset, its files as the snapshot has them, and what the target has no locale for."""
        lost: list[Lost] = []
        fields = as_object(body.get("fields"))
        kept: JsonObject = {name: self._values(name, values, {}, lost) for name, values in fields.items()}
        return {**self._beside_fields(body, lost), "fields": kept}, lost

    def _beside_fields(self, body: JsonObject, lost: list[Lost]) -> JsonObject:
        """A body without `sys`, and without tags and concepts that the target lacks and does not get."""
        found: JsonObject = {name: value for name, value in body.items() if name != "sys"}
        metadata = as_object(body.get("metadata"))
        for kind in (kinds.TAGS, kinds.CONCEPTS):
            links = objects(metadata.get(kind.name))
            gone = [one for one in links if not self._has(kind, link_id(one))]
            if gone:
                lost += [Lost(f"/metadata/{kind.name}/{link_id(one)}", NO_LINKED[kind.name]) for one in gone]
                metadata = {**metadata, kind.name: [one for one in links if one not in gone]}
                found["metadata"] = metadata
        return found

    def _has(self, kind: Kind, uid: str) -> bool:
        """Whether the target has a tag or a concept once this import has written them."""
        if self._context.once(UnknownParts).was_refused(kind.name, uid):
            return False
        stores, stream = (self._context.target, self._context.everything), Stream(kind.name)
        is_held, is_known = (store.get(stream, uid) is not None for store in stores)
        # Of one that the snapshot does not know nobody can tell.
        return is_held or not is_known or is_asked(self._context, kind, uid, is_held=False)

    def _values(self, name: str, values: Json, of_field: JsonObject, lost: list[Lost]) -> JsonObject:
        """A field's values by the target's locales."""
        if values is not None and not isinstance(values, dict):
            lost.append(Lost(f"/fields/{name}", _NOT_BY_LOCALE))
        renamed = self.spaces.renamed if holds_names(of_field) else None
        found: JsonObject = {}
        for code, value in as_object(values).items():
            target = self.locale(code)
            if not self.has(code):
                lost.append(Lost(f"/fields/{name}/{code}", NO_LOCALE, code))
            else:
                found[target] = value if renamed is None else in_value(value, of_field, renamed)
        return found


def _of_values(field: JsonObject) -> tuple[Json, Json, Json]:
    """What sort of values a field is for."""
    items = as_object(field.get("items"))
    return field.get("type"), field.get("linkType") or items.get("linkType"), items.get("type")


def _fields(store: RecordStore, content_type: str, *of_kinds: str) -> Fields:
    """The fields of a type as the first of these kinds has it."""
    rows = (store.get(Stream(kind), content_type) for kind in of_kinds)
    row = next((one for one in rows if one is not None), {})
    return {text(field.get("id")): field for field in objects(row.get("fields"))}
