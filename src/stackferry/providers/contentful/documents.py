"""The documents of a space that transforms may change, and the records that belong to them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.errors import UsageError
from stackferry.json_values import integer, nested, objects, text
from stackferry.model import Stream
from stackferry.providers.contentful.content.files import files_of
from stackferry.providers.contentful.kinds import record_key, sys_id
from stackferry.transforms.documents import DocumentKind, Role
from stackferry.transforms.transform import About

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.transforms.documents import FieldFacts, Path

_SYS: Final[tuple[Path, ...]] = (("sys",), ("metadata",))
_FIELDS: Final[Path] = ("fields",)
_OF_OTHERS: Final = {
    "published_entries": "entries",
    "entry_snapshots": "entries",
    "release_entries": "entries",
    "published_assets": "assets",
    "release_assets": "assets",
}
_NAMING: Final = ("displayField", "fieldId")
_TYPES: Final = frozenset({"content_types", "published_content_types", "content_type_snapshots"})


class SpaceDocuments:
    """Entries and assets: as they are edited, as they are live, as they were, and as a release holds them."""

    kinds: Mapping[str, DocumentKind] = {
        "entries": DocumentKind(fields=_FIELDS, fixed=_SYS, is_main=True),
        "published_entries": DocumentKind(fields=_FIELDS, fixed=_SYS),
        "entry_snapshots": DocumentKind(path=("snapshot",), fields=_FIELDS, fixed=_SYS),
        "release_entries": DocumentKind(fields=_FIELDS, fixed=_SYS),
        "assets": DocumentKind(fields=_FIELDS, fixed=_SYS, is_main=True),
        "published_assets": DocumentKind(fields=_FIELDS, fixed=_SYS),
        "release_assets": DocumentKind(fields=_FIELDS, fixed=_SYS),
        "content_types": DocumentKind(role=Role.SCHEMA, fixed=_SYS),
        "published_content_types": DocumentKind(role=Role.SCHEMA, fixed=_SYS),
        "content_type_snapshots": DocumentKind(role=Role.SCHEMA, path=("snapshot",), fixed=_SYS),
        "editor_interfaces": DocumentKind(role=Role.SCHEMA, fixed=_SYS),
    }
    kept_names = frozenset({"sys", "metadata"})
    describing = frozenset({"content_types"})
    other_names = frozenset(
        {
            *("title", "description", "file", "fileName", "contentType", "details", "size", "url", "upload"),
            *("content", "data", "value", "marks", "target", "uri", "lat", "lon"),  # of rich text, positions
        }
    )
    needed_names = frozenset[str]()  # it saves drafts without any field

    def belongs_to(self, stream: Stream, record: JsonObject) -> str:
        if stream.kind in ("entries", "assets"):
            return f"{stream.kind} {sys_id(record)}"
        if of_kind := _OF_OTHERS.get(stream.kind):
            return f"{of_kind} {record_key(stream.kind, record)[0].rpartition(chr(0))[2]}"
        if stream.kind in ("tasks", "comments", "workflows"):
            entity = nested(record, "sys", "parentEntity", "sys", "id") or nested(
                record, "sys", "entity", "sys", "id"
            )
            return f"entries {text(entity)}"
        return ""

    def files_of(self, record: JsonObject) -> Iterator[str]:
        for name in (), ("snapshot",):
            document = nested(record, *name) if name else record
            if isinstance(document, dict):
                yield from (file.url for file in files_of(document))

    def titles(self, store: RecordStore, stream: Stream, document: JsonObject) -> Collection[Path]:
        of_type = self.content_type(stream, document)
        if not of_type:
            return (("fields", "title"),)
        shown = text((store.get(Stream("content_types"), of_type) or {}).get("displayField"))
        return (("fields", shown),) if shown else ()

    def about(self, system: str, stream: Stream, document: JsonObject, uid: str) -> About:
        return About(
            system=system,
            kind=stream.kind,
            content_type=self.content_type(stream, document),
            uid=sys_id(document) or uid,
            locale=stream.locale,
            version=integer(nested(document, "sys", "version")) or 0,
        )

    def content_type(self, stream: Stream, document: JsonObject) -> str:
        """The content type of a document; empty for what has none."""
        if stream.kind in _TYPES:
            return sys_id(document)
        return text(nested(document, "sys", "contentType", "sys", "id"))

    def names_of_type(
        self, store: RecordStore, stream: Stream, document: JsonObject, field_types: Collection[str]
    ) -> frozenset[str]:
        of_type = self.content_type(stream, document)
        fields = objects((store.get(Stream("content_types"), of_type) or {}).get("fields")) if of_type else []
        return frozenset(
            text(one.get("id"))
            for one in fields
            if {text(one.get("type")), text(nested(one, "items", "type"))} & set(field_types)
        )

    def field_facts(self, store: RecordStore) -> Mapping[str, frozenset[FieldFacts]]:
        types = store.objects(Stream("content_types"))
        return {sys_id(row): frozenset(_facts(objects(row.get("fields")))) for row in types}

    def with_renamed_field(self, document: JsonObject, old: str, new: str) -> JsonObject:
        fields = objects(document.get("fields"))
        if old in (names := [text(field.get("id")) for field in fields]) and new in names:
            raise UsageError(f"'{old}' cannot be renamed: the type has a field '{new}' already")
        renamed = _renamed(document, old, new)
        if "fields" in document:
            own: list[Json] = [_with_id(field, old, new) for field in fields]
            renamed = {**renamed, "fields": own}
        return renamed


def _facts(fields: Iterable[JsonObject]) -> Iterator[FieldFacts]:
    for field in fields:
        for kind in {text(field.get("type")), text(nested(field, "items", "type"))} - {""}:
            yield text(field.get("id")), kind


def _with_id(field: JsonObject, old: str, new: str) -> JsonObject:
    return {
        name: new if name in ("id", "apiName") and value == old else value for name, value in field.items()
    }


def _renamed(document: JsonObject, old: str, new: str) -> JsonObject:
    """A type or its editor interface, in which some keys name a field."""

    def inner(value: Json) -> Json:
        if isinstance(value, list):
            return [inner(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {name: new if name in _NAMING and one == old else inner(one) for name, one in value.items()}

    return {name: new if name in _NAMING and one == old else inner(one) for name, one in document.items()}


DOCUMENTS: Final = SpaceDocuments()
