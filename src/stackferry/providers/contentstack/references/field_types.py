"""How each type of field holds its references, and which types hold fields of their own.

API page: "CMA | Entries", "Create an entry" with its scenarios, "… with custom asset field", "… with taxonomy".
A function here must never raise: a value whose type is not what the schema states has no references.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.json_values import as_object, nested, text
from stackferry.providers.contentstack.references.json_edits import Drop, Put, Rename
from stackferry.providers.contentstack.references.model import (
    FoundReference,
    Reference,
    ReferenceKind,
    fields_by_uid,
    pointer,
    value_reference,
)
from stackferry.providers.contentstack.references.rich_text import (
    asset_url_reference,
    embedded_references,
    html_references,
    json_references,
    markdown_references,
)
from stackferry.providers.contentstack.references.source_uids import may_be_uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.asset_urls import AssetUrlFinder
    from stackferry.providers.contentstack.references.json_edits import Edit, Path
    from stackferry.providers.contentstack.references.model import Schema

    Instance: TypeAlias = tuple[Json, Json, Path]  # fields, the value that has them, its path in the document

ASSET_CONTENT_TYPE: Final = "sys_assets"  # the content type that entries name for an asset


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The value of a field in a document, with the field's schema. `for_write`: see `rewrite_references`."""

    field: JsonObject
    value: Json
    path: Path
    urls: AssetUrlFinder
    for_write: bool

    @property
    def mandatory(self) -> bool:
        return self.field.get("mandatory") is True

    def metadata(self, name: str) -> Json:
        return nested(self.field, "field_metadata", name)

    @property
    def has_extension(self) -> bool:
        """Whether it is a custom field: an extension of the stack or of an app draws it."""
        return bool(self.field.get("extension_uid") or self.metadata("extension"))

    def items(self) -> Iterator[tuple[Json, Path, Edit]]:
        """Each element of a field marked multiple, else the one value: with its path and the edit that removes it."""
        if isinstance(self.value, list):
            for index, item in enumerate(self.value):
                at = (*self.path, index)
                yield item, at, Drop(at)
        else:
            yield self.value, self.path, Put(self.path, None)

    def reference(
        self, kind: ReferenceKind, uid: str, path: Path, remove: Edit, content_type: str = ""
    ) -> FoundReference:
        """The reference whose uid is the value at `path`."""
        mandatory = self.mandatory
        return value_reference(kind, uid, path, remove, content_type=content_type, mandatory=mandatory)


def references_of_field(value: FieldValue) -> Iterator[FoundReference]:
    """The references that a field holds itself, not in fields of its own."""
    find = _REFERENCES.get(text(value.field.get("data_type")))
    return find(value) if find else iter(())


def nested_instances(schema: Schema, value: FieldValue) -> Iterator[Instance]:
    """The groups, global fields and blocks in a field's value, each with the fields that it has."""
    find = _NESTED.get(text(value.field.get("data_type")))
    return find(schema, value) if find else iter(())


def _reference(value: FieldValue) -> Iterator[FoundReference]:
    """`[{uid, _content_type_uid}]`; a field whose `reference_to` is a text (an old form) holds bare uids."""
    only_type = text(value.field.get("reference_to"))
    for item, path, remove in value.items():
        if _is_custom_asset(value, item):
            yield from _custom_asset(value, item, path, remove)
        elif isinstance(item, str) and item:
            yield value.reference(ReferenceKind.ENTRY, item, path, remove, only_type)
        elif isinstance(item, dict) and isinstance(uid := item.get("uid"), str):
            named, at = item.get("_content_type_uid"), (*path, "uid")
            content_type = named if isinstance(named, str) else only_type
            if content_type == ASSET_CONTENT_TYPE:
                yield value.reference(ReferenceKind.ASSET, uid, at, remove)
            else:
                yield value.reference(ReferenceKind.ENTRY, uid, at, remove, content_type)


def _file(value: FieldValue) -> Iterator[FoundReference]:
    """An answer holds the whole asset object, a write takes its bare uid."""
    for item, path, remove in value.items():
        if isinstance(item, str) and item:
            yield value.reference(ReferenceKind.ASSET, item, path, remove)
        elif isinstance(item, dict) and isinstance(uid := item.get("uid"), str):
            found = value.reference(ReferenceKind.ASSET, uid, (*path, "uid"), remove)
            # A write takes the bare uid, so a reference that is kept is edited too.
            bare = FoundReference(found.reference, partial(Put, path), remove, keep=Put(path, uid))
            yield bare if value.for_write else found


def deleted_files(value: FieldValue) -> Iterator[Drop]:
    """The places of files in a list that were deleted, which a write leaves out."""
    if value.for_write and value.field.get("data_type") == "file" and isinstance(value.value, list):
        yield from (Drop((*value.path, at)) for at, item in enumerate(value.value) if item is None)


def _json(value: FieldValue) -> Iterator[FoundReference]:
    """A JSON rich text, or the value of a custom field: JSON that its extension or app made."""
    if value.metadata("allow_json_rte"):  # without it, `data_type: json` is a custom field
        yield from json_references(value.urls, value.value, value.path, mandatory=value.mandatory)
        return
    for item, path, remove in value.items():
        found = [*_custom_asset(value, item, path, remove)] if _is_custom_asset(value, item) else []
        known = {one.reference.path for one in found}
        yield from found
        yield from (one for one in _app_value(value.urls, item, path) if one.reference.path not in known)


def _app_value(urls: AssetUrlFinder, value: Json, path: Path) -> Iterator[FoundReference]:
    """What only an app understands: every uid in it, at any depth, and every address of an asset's file."""
    pending: list[tuple[Json, Path]] = [(value, path)]
    while pending:
        found, at = pending.pop()
        if isinstance(found, dict):
            pending += [(inner, (*at, name)) for name, inner in reversed(found.items())]
            yield from _app_object(urls, found, at)
        elif isinstance(found, list):
            pending += [(inner, (*at, index)) for index, inner in reversed([*enumerate(found)])]
        elif isinstance(found, str):
            yield from _app_text(urls, found, at)


def _app_object(urls: AssetUrlFinder, value: JsonObject, at: Path) -> Iterator[FoundReference]:
    uid, url = value.get("uid"), urls.match(text(value.get("url")))
    if isinstance(uid, str) and url is not None and url.uid == uid and not may_be_uid(uid):
        yield _object((*at, "uid"), uid)  # the address beside it proves that it is an asset
    yield from (_key(at, name) for name in value if may_be_uid(name))


def _app_text(urls: AssetUrlFinder, value: str, at: Path) -> Iterator[FoundReference]:
    if may_be_uid(value):
        yield _object(at, value)
    elif address := urls.match(value):
        yield asset_url_reference(address, at, Put(at, ""), mandatory=False)
    else:
        yield from embedded_references(urls, value, at)


def _object(at: Path, uid: str) -> FoundReference:
    return value_reference(ReferenceKind.OBJECT, uid, at, Put(at, None))


def _key(at: Path, uid: str) -> FoundReference:
    """A uid that is the key of a value."""
    place = (*at, uid)
    reference = Reference(kind=ReferenceKind.OBJECT, uid=uid, path=pointer(place))
    return FoundReference(reference, partial(Rename, at, uid), Drop(place))


def _is_custom_asset(value: FieldValue, item: Json) -> bool:
    """Whether a custom field's value has the form of "Create an entry with custom asset field".

    Extensions of other asset stores keep JSON with uids of their own, so a uid alone is not enough.
    """
    if not value.has_extension or not isinstance(uid := as_object(item).get("uid"), str):
        return False
    holds_asset = nested(item, "asset", "uid") == uid
    return holds_asset or nested(item, "metadata", "preset") is not None or bool(value.metadata("is_asset"))


def _custom_asset(value: FieldValue, item: Json, path: Path, remove: Edit) -> Iterator[FoundReference]:
    """A custom field that holds an asset: its uid twice, its address, and the extension. The form stays on write."""
    for inner in ((), ("asset",)):  # the field's own uid is the asset's
        uid = nested(item, *inner, "uid")
        if isinstance(uid, str):
            yield value.reference(ReferenceKind.ASSET, uid, (*path, *inner, "uid"), remove)
    if asset_uid := text(nested(item, "asset")):
        yield value.reference(ReferenceKind.ASSET, asset_uid, (*path, "asset"), remove)
    if url := value.urls.match(text(nested(item, "asset", "url"))):
        yield asset_url_reference(url, (*path, "asset", "url"), remove, mandatory=value.mandatory)
    if extension_uid := text(nested(item, "metadata", "extension_uid")):
        at = (*path, "metadata", "extension_uid")
        yield value.reference(ReferenceKind.EXTENSION, extension_uid, at, Drop(at))


def _text(value: FieldValue) -> Iterator[FoundReference]:
    """HTML rich text, markdown, an app's text. A plain text that looks like an address is content and stays."""
    is_html = bool(value.metadata("allow_rich_text") or value.metadata("rich_text_type"))
    is_markdown = bool(value.metadata("markdown"))
    for item, path, _ in value.items():
        if isinstance(item, str) and is_html:
            yield from html_references(value.urls, item, path)
        elif isinstance(item, str) and is_markdown:
            yield from markdown_references(value.urls, item, path, mandatory=value.mandatory)
        elif value.has_extension:
            yield from _app_value(value.urls, item, path)


def _link(value: FieldValue) -> Iterator[FoundReference]:
    """`{title, href}`; `url` instead of `href` occurs in content of older stacks."""
    for item, path, _ in value.items():
        for name in ("href", "url"):
            if url := value.urls.match(text(nested(item, name))):
                at = (*path, name)
                yield asset_url_reference(url, at, Put(at, ""), mandatory=value.mandatory)


def _taxonomy(value: FieldValue) -> Iterator[FoundReference]:
    """`[{taxonomy_uid, term_uid}]`."""
    for item, path, remove in value.items():
        term, taxonomy = nested(item, "term_uid"), nested(item, "taxonomy_uid")
        if isinstance(term, str) and isinstance(taxonomy, str):
            yield value.reference(ReferenceKind.TERM, term, (*path, "term_uid"), remove, taxonomy)


def _group(schema: Schema, value: FieldValue) -> Iterator[Instance]:
    for item, path, _ in value.items():
        yield schema.fields_of(value.field), item, path


def _blocks(schema: Schema, value: FieldValue) -> Iterator[Instance]:
    """Modular blocks: `[{block_uid: {…}}]`; each block has fields of its own, or those of a global field."""
    blocks = fields_by_uid(value.field.get("blocks"))
    for item, path, _ in value.items():
        for uid, instance in as_object(item).items():
            if uid in blocks:  # a block that the schema does not name stays as it is
                yield schema.fields_of(blocks[uid]), instance, (*path, uid)


# To add a type of field: write a function above and add its row, under the `data_type` of the field's schema.
# A type that refers to something itself goes into `_REFERENCES`, a type that has fields of its own into `_NESTED`.
# Types that are in neither hold nothing but their value: number, boolean, isodate and the like.
# A new kind of thing to refer to is a member of `ReferenceKind`, and a case in `Resolver`.
_REFERENCES: Final[dict[str, Callable[[FieldValue], Iterator[FoundReference]]]] = {
    "reference": _reference,
    "file": _file,
    "json": _json,
    "text": _text,
    "link": _link,
    "taxonomy": _taxonomy,
}
_NESTED: Final[dict[str, Callable[[Schema, FieldValue], Iterator[Instance]]]] = {
    "group": _group,
    "global_field": _group,
    "blocks": _blocks,
}
