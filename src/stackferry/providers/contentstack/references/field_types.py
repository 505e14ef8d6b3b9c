"""How each kind of field holds its references: one handler a kind, in a table.

Sources: the API page "Entries" (create an entry, with custom asset field, with taxonomy); the content types
of real stacks. A handler must never raise: a value whose type is not what the schema says has no references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.providers.contentstack.references.json_edits import Drop, Put
from stackferry.providers.contentstack.references.model import (
    FoundReference,
    Reference,
    ReferenceKind,
    pointer,
)
from stackferry.providers.contentstack.references.rich_text import (
    asset_url_reference,
    html_references,
    json_references,
    markdown_references,
)

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.asset_urls import AssetUrlFinder
    from stackferry.providers.contentstack.references.json_edits import Edit, Path


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field's value, with all that its handler may ask about it."""

    field: JsonObject
    value: Json
    path: Path
    urls: AssetUrlFinder
    for_write: bool

    @property
    def mandatory(self) -> bool:
        return self.field.get("mandatory") is True

    def meta(self, name: str) -> Json:
        metadata = self.field.get("field_metadata")
        return metadata.get(name) if isinstance(metadata, dict) else None

    @property
    def has_extension(self) -> bool:
        return bool(self.field.get("extension_uid") or self.meta("extension"))

    def items(self) -> Iterator[tuple[Json, Path, Edit]]:
        """Each element, or the one value, with its path and the edit that takes it away."""
        if isinstance(self.value, list):
            for index, item in enumerate(self.value):
                at = (*self.path, index)
                yield item, at, Drop(at)
        else:
            yield self.value, self.path, Put(self.path, None)

    def slot(
        self, kind: ReferenceKind, uid: str, path: Path, drop: Edit, *, content_type: str = ""
    ) -> FoundReference:
        """The reference whose uid stands at `path`."""
        reference = Reference(
            kind=kind, uid=uid, content_type=content_type, path=pointer(path), mandatory=self.mandatory
        )
        return FoundReference(reference, partial(Put, path), drop)


FieldHandler: TypeAlias = Callable[[FieldValue], Iterator[FoundReference]]


def references_of_field(held: FieldValue) -> Iterator[FoundReference]:
    """The references that a field holds itself, not in fields of its own."""
    handler = _HANDLERS.get(str(held.field.get("data_type")))
    return handler(held) if handler else iter(())


def _references(held: FieldValue) -> Iterator[FoundReference]:
    """`[{uid, _content_type_uid}]`; in fields that name one content type as a text, bare uids."""
    declared = held.field.get("reference_to")
    old_style = declared if isinstance(declared, str) else ""
    for item, path, drop in held.items():
        if _is_custom_asset(held, item):
            yield from _custom_asset(held, item, path, drop)
        elif isinstance(item, str) and item:
            yield held.slot(ReferenceKind.ENTRY, item, path, drop, content_type=old_style)
        elif isinstance(item, dict) and isinstance(uid := item.get("uid"), str):
            given = item.get("_content_type_uid")
            of = given if isinstance(given, str) else old_style
            if of == "sys_assets":
                yield held.slot(ReferenceKind.ASSET, uid, (*path, "uid"), drop)
            else:
                yield held.slot(ReferenceKind.ENTRY, uid, (*path, "uid"), drop, content_type=of)


def _files(held: FieldValue) -> Iterator[FoundReference]:
    """On read a whole asset object, on write its bare uid."""
    for item, path, drop in held.items():
        if isinstance(item, str) and item:
            yield held.slot(ReferenceKind.ASSET, item, path, drop)
        elif isinstance(item, dict) and isinstance(uid := item.get("uid"), str):
            slot = held.slot(ReferenceKind.ASSET, uid, (*path, "uid"), drop)
            bare = FoundReference(slot.reference, partial(Put, path), drop, Put(path, uid))
            yield bare if held.for_write else slot


def _json(held: FieldValue) -> Iterator[FoundReference]:
    if held.meta("allow_json_rte"):
        yield from json_references(held.urls, held.value, held.path, mandatory=held.mandatory)
        return
    for item, path, drop in held.items():
        if _is_custom_asset(held, item):
            yield from _custom_asset(held, item, path, drop)


def _is_custom_asset(held: FieldValue, item: Json) -> bool:
    if not held.has_extension or not isinstance(item, dict) or not isinstance(item.get("uid"), str):
        return False
    # Other asset stores have JSON fields too, with uids of their own: only the vendor's form will do.
    is_whole = _get(item, "asset", "uid") == item["uid"]
    return is_whole or _get(item, "metadata", "preset") is not None or bool(held.meta("is_asset"))


def _custom_asset(held: FieldValue, item: Json, path: Path, drop: Edit) -> Iterator[FoundReference]:
    """A custom field that holds an asset; its form stays as it is, on write too."""
    for inner in ((), ("asset",)):
        value = _get(item, *inner, "uid")
        if isinstance(value, str):
            yield held.slot(ReferenceKind.ASSET, value, (*path, *inner, "uid"), drop)
    asset, at = _get(item, "asset"), (*path, "asset")
    if isinstance(asset, str) and asset:
        yield held.slot(ReferenceKind.ASSET, asset, at, drop)
    url = _get(item, "asset", "url")
    if isinstance(url, str) and (found := held.urls.whole(url)):
        yield asset_url_reference(found, (*at, "url"), drop, mandatory=held.mandatory)
    extension, at = _get(item, "metadata", "extension_uid"), (*path, "metadata", "extension_uid")
    if isinstance(extension, str) and extension:
        yield held.slot(ReferenceKind.EXTENSION, extension, at, Drop(at))


def _get(value: Json, *steps: str) -> Json:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _texts(held: FieldValue) -> Iterator[FoundReference]:
    """HTML and markdown; a plain text is never looked into."""
    is_html = bool(held.meta("allow_rich_text") or held.meta("rich_text_type"))
    is_markdown = bool(held.meta("markdown"))
    for text, path, _ in held.items():
        if isinstance(text, str) and is_html:
            yield from html_references(held.urls, text, path)
        elif isinstance(text, str) and is_markdown:
            yield from markdown_references(held.urls, text, path, mandatory=held.mandatory)


def _links(held: FieldValue) -> Iterator[FoundReference]:
    for item, path, _ in held.items():
        for name in ("href", "url"):
            address = _get(item, name)
            if isinstance(address, str) and (found := held.urls.whole(address)):
                at = (*path, name)
                yield asset_url_reference(found, at, Put(at, ""), mandatory=held.mandatory)


def _terms(held: FieldValue) -> Iterator[FoundReference]:
    for item, path, drop in held.items():
        term, taxonomy = _get(item, "term_uid"), _get(item, "taxonomy_uid")
        if isinstance(term, str) and isinstance(taxonomy, str):
            yield held.slot(ReferenceKind.TERM, term, (*path, "term_uid"), drop, content_type=taxonomy)


_HANDLERS: Final[dict[str, FieldHandler]] = {
    "reference": _references,
    "file": _files,
    "json": _json,
    "text": _texts,
    "link": _links,
    "taxonomy": _terms,
}
