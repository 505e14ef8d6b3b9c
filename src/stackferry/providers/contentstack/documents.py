"""The documents of a stack that transforms may change, and the records that repeat or belong to them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.errors import UsageError
from stackferry.json_values import integer, objects, objects_within, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.kinds import kind_of_metadata
from stackferry.transforms.documents import DocumentKind, Role
from stackferry.transforms.transform import About

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.transforms.documents import FieldFacts, Path

_FIXED: Final[tuple[Path, ...]] = (("uid",), ("locale",), ("_version",), ("publish_details",), ("_variant",))
_OF_ENTRIES: Final = frozenset({"entries", "versions", "history", "variants"})
_OF_ASSETS: Final = frozenset({"assets", "asset_versions", "files"})
# Every entry has these, under these names.
_NEVER_RENAMED: Final = frozenset({"title", "url", "uid", "locale", "tags"})


class StackDocuments:
    """Entries with their variants, and assets, each in every version and language."""

    kinds: Mapping[str, DocumentKind] = {
        "entries": DocumentKind(fixed=_FIXED, is_main=True),
        "versions": DocumentKind(fixed=_FIXED),
        "variants": DocumentKind(path=("variant",), fixed=_FIXED),
        "assets": DocumentKind(fixed=_FIXED, is_main=True),
        "asset_versions": DocumentKind(fixed=_FIXED),
        "content_types": DocumentKind(role=Role.SCHEMA, fixed=(("uid",),)),
        "metadata": DocumentKind(role=Role.ECHO, fixed=(("uid",), ("entity_uid",), ("locale",))),
        "release_items": DocumentKind(role=Role.ECHO, path=("item",)),
        "schedules": DocumentKind(role=Role.ECHO),
    }
    kept_names = frozenset(
        {
            *("uid", "_content_type_uid", "content_type_uid", "locale", "_version", "_metadata", "_variant"),
            *("publish_details", "_workflow", "ACL", "created_by", "updated_by", "created_at", "updated_at"),
        }
    )
    describing = frozenset({"content_types"})
    other_names = frozenset(
        {
            *("title", "url", "tags", "filename", "description", "content_type", "file_size", "dimension"),
            *("parent_uid", "href", "permanent_url", "image_meta", "visual_markups"),  # of assets and links
            # Of rich text.
            *("children", "attrs", "text", "alt", "caption", "target"),
            *("asset-name", "asset-alt", "asset-caption"),
        }
    )
    needed_names = frozenset({"title"})

    def belongs_to(self, stream: Stream, record: JsonObject) -> str:
        if stream.kind in _OF_ENTRIES:
            return "\0".join([stream.type, stream.locale, text(record.get("uid"))])
        if stream.kind in _OF_ASSETS:
            return text(record.get("uid"))
        if stream.kind == kinds.METADATA.name:
            uid = text(record.get("entity_uid"))
            names = (record.get("_content_type_uid"), record.get("locale"))
            return uid if kind_of_metadata(record) == "assets" else "\0".join([*map(text, names), uid])
        return ""

    def files_of(self, record: JsonObject) -> Iterator[str]:
        del record  # a file has the uid and the version of its asset
        return iter(())

    def titles(self, store: RecordStore, stream: Stream, document: JsonObject) -> Collection[Path]:
        del store, document
        return (("entry", "title"),) if stream.kind == kinds.SCHEDULES.name else (("title",),)

    def about(self, system: str, stream: Stream, document: JsonObject, uid: str) -> About:
        return About(
            system=system,
            kind=stream.kind,
            content_type=self.content_type(stream, document),
            uid=text(document.get("uid")) or uid,
            locale=stream.locale or text(document.get("locale")),
            version=integer(document.get("_version")) or 0,
        )

    def content_type(self, stream: Stream, document: JsonObject) -> str:
        """The content type of a document; empty for what has none."""
        if stream.kind == kinds.CONTENT_TYPES.name:
            return text(document.get("uid"))
        named = text(document.get("content_type_uid") or document.get("_content_type_uid"))
        return stream.type or ("" if named == "built_io_upload" else named)

    def names_of_type(
        self, store: RecordStore, stream: Stream, document: JsonObject, field_types: Collection[str]
    ) -> frozenset[str]:
        of_type = self.content_type(stream, document)
        schemas: list[Json] = [row.get("schema") for row in store.objects(Stream("global_fields"))]
        schemas += [(store.get(Stream("content_types"), of_type) or {}).get("schema")] if of_type else []
        fields = (field for schema in schemas for field in objects_within(schema))
        return frozenset(text(one.get("uid")) for one in fields if text(one.get("data_type")) in field_types)

    def field_facts(self, store: RecordStore) -> Mapping[str, frozenset[FieldFacts]]:
        shared = {*_facts(row.get("schema") for row in store.objects(Stream("global_fields")))}
        types = ((text(row.get("uid")), row.get("schema")) for row in store.objects(Stream("content_types")))
        return {uid: frozenset({*shared, *_facts([schema])}) for uid, schema in types}

    def with_renamed_field(self, document: JsonObject, old: str, new: str) -> JsonObject:
        fields = objects(document.get("schema"))
        names = [text(field.get("uid")) for field in fields]
        if old not in names:
            return document
        if old in _NEVER_RENAMED or new in names:
            raise UsageError(
                f"'{old}' cannot be renamed to '{new}': a type must have '{old}', or has '{new}' already"
            )
        schema: list[Json] = [{**field, "uid": new} if field.get("uid") == old else field for field in fields]
        renamed: JsonObject = {**document, "schema": schema}
        if "field_rules" in document:
            renamed["field_rules"] = _renamed_operands(document["field_rules"], old, new)
        return renamed


def _facts(schemas: Iterable[Json]) -> Iterator[FieldFacts]:
    for field in (field for schema in schemas for field in objects_within(schema)):
        yield text(field.get("uid")), text(field.get("data_type"))


def _renamed_operands(value: Json, old: str, new: str) -> Json:
    """Rules of fields, in which a path with dots names a field."""
    if isinstance(value, list):
        return [_renamed_operands(one, old, new) for one in value]
    if isinstance(value, dict):
        return {
            name: _renamed_path(text(one), old, new)
            if name in ("operand_field", "target_field")
            else _renamed_operands(one, old, new)
            for name, one in value.items()
        }
    return value


def _renamed_path(path: str, old: str, new: str) -> str:
    first, dot, rest = path.partition(".")
    return f"{new if first == old else first}{dot}{rest}"


DOCUMENTS: Final = StackDocuments()
