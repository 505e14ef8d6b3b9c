"""`anonymise`: values of chosen fields become pseudonyms.

A field is chosen by its name at any depth, by a pattern that its whole name matches, or by its type. What a chosen
field holds is replaced wherever a text or a number stands in it, but for names of objects and links to them. Of
rich text the texts are replaced, and attributes that hold words or ways to reach people. Also replaced is what repeats
such a field elsewhere: the title of an entry in a release, a copy of an asset in an entry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stackferry.errors import UsageError
from stackferry.transforms.documents import Role
from stackferry.transforms.fields import edited
from stackferry.transforms.grammar import check_options, listed
from stackferry.transforms.markup import attribute, file_name
from stackferry.transforms.pseudonyms import Pseudonyms
from stackferry.transforms.transform import Named, Transform

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.transforms.grammar import Spec
    from stackferry.transforms.transform import About, Place

OPTIONS: Final = frozenset(
    {"fields", "other-fields", "pattern", "field-types", "content-types", "key-env", "key-file"}
)
LEAST_KEY: Final = 16  # bytes; a shorter one is found by trying
_FILE_NAMES: Final = frozenset({"filename", "fileName"})
_FILE_TYPES: Final = frozenset({"content_type", "contentType"})
_POSITION: Final = frozenset({"lat", "lon"})
_RICH: Final = frozenset({"text", "value"})  # where nodes of rich text have their text
_NODES: Final = frozenset({"children", "content"})  # where they have the nodes below them
_ATTRIBUTES: Final = frozenset({"attrs", "data"})  # where they have what else they say


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which fields, by their names."""

    names: frozenset[str]
    pattern: re.Pattern[str] | None

    def __contains__(self, name: str) -> bool:
        return name in self.names or bool(self.pattern and self.pattern.fullmatch(name))


def anonymise(spec: Spec, source: str, key: bytes) -> Transform:
    """The transform that a spec asks for. `source` is the digest of this code. Raises UsageError."""
    check_options(spec, OPTIONS)
    fields, types, only = (listed(spec, name) for name in ("fields", "field-types", "content-types"))
    others, pattern = listed(spec, "other-fields"), _pattern(spec.options.get("pattern", ""))
    if not (fields or others or types or pattern):
        raise UsageError(
            "--transform anonymise: say which fields: fields=NAME,NAME or pattern=… or field-types=…"
        )
    if len(key) < LEAST_KEY:
        raise UsageError(
            f"--transform anonymise: its key has {len(key)} bytes; it needs {LEAST_KEY} at least"
        )
    pseudonyms = Pseudonyms(key)

    def change(document: JsonObject, about: About, place: Place) -> JsonObject:
        documents = place.source.documents
        kind = documents.kinds[about.kind]
        if only and about.content_type not in only and kind.role is not Role.ECHO:
            return document
        names = _of_types(place, document, types, about) if types else frozenset()
        walk = _Walk(_Chosen(fields | others | names, pattern), documents.kept_names, pseudonyms)
        return edited(document, kind.fields, walk.object)

    shown = {name: value for name, value in spec.options.items() if not name.startswith("key-")}
    named = Named(fields, only, types, pattern, others=others)
    return Transform(spec.label, source, change, shown, frozenset({Role.DOCUMENT, Role.ECHO}), named)


def _of_types(place: Place, document: JsonObject, types: frozenset[str], about: About) -> frozenset[str]:
    """The names of a document's fields of these types, found once for each content type."""
    documents, store, known = place.source
    key = (about.kind, about.content_type, types)
    if key not in known:
        known[key] = documents.names_of_type(store, place.stream, document, types)
    return known[key]


def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise UsageError(f"--transform anonymise: '{text}' is not a regular expression: {error}") from error


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through a document and replaces what chosen fields hold."""

    chosen: _Chosen
    kept: frozenset[str]
    pseudonyms: Pseudonyms

    def object(self, value: JsonObject) -> JsonObject:
        return {name: self._field(name, inner) for name, inner in value.items()}

    def _field(self, name: str, value: Json) -> Json:
        if name in self.kept:
            return value
        if name not in self.chosen:
            return self._unchosen(value)
        if name in _FILE_NAMES and isinstance(value, str):
            return file_name(value, self.pseudonyms.of)
        return self._replaced(value)

    def _unchosen(self, value: Json) -> Json:
        if isinstance(value, dict):
            return self.object(value)
        return [self._unchosen(one) for one in value] if isinstance(value, list) else value

    def _replaced(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.pseudonyms.of(value, pages=self._pages)
        if isinstance(value, int) and not isinstance(value, bool):
            return self.pseudonyms.of_number(value)
        if isinstance(value, float):
            return self.pseudonyms.of_decimal(value)
        if isinstance(value, list):
            return [self._replaced(one) for one in value]
        return self._replaced_object(value) if isinstance(value, dict) else value

    def _replaced_object(self, value: JsonObject) -> JsonObject:
        if _is_link(value):
            return value
        if value.keys() == _POSITION:
            return {name: self._degrees(one) for name, one in value.items()}
        if _is_file(value):
            return {
                name: self._field(name, inner) if name in _FILE_NAMES else inner
                for name, inner in value.items()
            }
        if _is_rich(value):
            return {name: self._rich(name, inner) for name, inner in value.items()}
        return {name: inner if name in self.kept else self._replaced(inner) for name, inner in value.items()}

    def _degrees(self, value: Json) -> Json:
        """A part of a position: only degrees that there are remain valid, so the whole ones stay."""
        return self.pseudonyms.of_decimal(value, keeps_whole=True) if isinstance(value, float) else value

    @property
    def _pages(self) -> bool:
        """Whether a field is chosen that holds addresses of pages: then links to them change with it."""
        return "url" in self.chosen or "href" in self.chosen

    def _rich(self, name: str, value: Json) -> Json:
        if isinstance(value, str):
            return self.pseudonyms.of(value) if name in _RICH else value
        if name in _ATTRIBUTES and isinstance(value, dict):
            return self._attributes(value)
        if name in _NODES and isinstance(value, list):
            return [self._replaced(one) if isinstance(one, dict) else one for one in value]
        return value

    def _attributes(self, value: JsonObject) -> JsonObject:
        """The attributes of a node; links to other objects stay."""
        return value if _is_link(value) else {name: self._attribute(name, one) for name, one in value.items()}

    def _attribute(self, name: str, value: Json) -> Json:
        if isinstance(value, dict):
            return self._attributes(value)
        if not isinstance(value, str) or name in self.kept:
            return value
        return attribute(name, value, self.pseudonyms.of, pages=self._pages)


def _is_rich(value: JsonObject) -> bool:
    """Whether this is a node of rich text: it has a type, and nodes or a text below it."""
    is_node = any(isinstance(value.get(name), list) for name in ("children", "content"))
    is_text = "text" in value and len(value) <= 1 + len(_MARKS & value.keys())
    return is_node or is_text or value.get("nodeType") == "text"


_MARKS: Final = frozenset(
    {
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "superscript",
        "subscript",
        "inlineCode",
        "attrs",
        "id",
        "break",
        "separator",
    }
)


def _is_file(value: JsonObject) -> bool:
    """Whether an object describes a file: of an asset, or a copy of an asset in an entry."""
    return not _FILE_TYPES.isdisjoint(value) and not _FILE_NAMES.isdisjoint(value)


def _is_link(value: JsonObject) -> bool:
    """Whether an object only says which other object is meant."""
    return value.keys() <= {"uid", "_content_type_uid", "sys"}
