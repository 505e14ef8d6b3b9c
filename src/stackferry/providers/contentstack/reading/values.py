"""Values of entries in words: what is referred to by its title, blocks as lines of fields. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.reading.labels import is_html, shown_first
from stackferry.providers.contentstack.reading.rich_text import html_words, is_node, rich_words
from stackferry.providers.contentstack.words import view
from stackferry.providers.reading.plain import humanised, lines_of, plain_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.model import Schema
    from stackferry.providers.source import RecordStore

_NO_FIELDS: Final = frozenset(("_metadata", "_version"))
_ASSET_TYPES: Final = ("sys_assets", "built_io_upload")


class Values:
    """Puts values into words; names of what they refer to are looked up in `stores`, the first that knows one."""

    def __init__(self, stores: Sequence[RecordStore]) -> None:
        self._stores = stores
        self._masters = [master_locale(store) for store in stores]
        self._names: dict[tuple[str, str], str] = {}

    def name(self, content_type: str, uid: str) -> str:
        """An entry by its title, an asset (without a content type) by its file; else the uid."""
        key = (content_type, uid)
        if key not in self._names:
            if len(self._names) > 10_000:  # a page about very many entries must not hold all their names
                self._names.clear()
            self._names[key] = self._found(*key) or uid
        return self._names[key]

    def _found(self, content_type: str, uid: str) -> str:
        for store, master in zip(self._stores, self._masters, strict=True):
            is_asset = not content_type or content_type in _ASSET_TYPES
            kind = "assets" if is_asset else "entries"
            row = store.get(Stream("assets") if is_asset else Stream("entries", content_type, master), uid)
            if row is not None and (title := view(kind, row).title):
                return title
        return ""

    def words(self, value: Json, field: JsonObject | None = None, schema: Schema | None = None) -> str:
        """A value as its field says that it is meant; without a field as it looks."""
        if isinstance(value, list) and not all(map(is_node, value)):
            return "\n".join(self.words(item, field, schema) for item in value) or "(empty)"
        if isinstance(value, (dict, list)) and value:
            return self._of_object(value, field, schema) or "(empty)"
        if isinstance(value, str) and value and field is not None:
            if is_html(field):
                return html_words(value)
            if field.get("data_type") == "file":
                return self.name("", value)
        return plain_words(value)

    def _of_object(
        self, value: JsonObject | list[Json], field: JsonObject | None, schema: Schema | None
    ) -> str:
        if isinstance(value, list) or is_node(value):
            return rich_words(value, self.name)
        if found := self._reference(value):
            return found
        fields = None if field is None else self._fields(field, value, schema)
        if fields is None:
            return lines_of(
                f"{humanised(name)}: {self.words(item)}"
                for name, item in value.items()
                if name not in _NO_FIELDS
            )
        known = [(text(one.get("uid")), one) for one in shown_first(fields)]
        return lines_of(
            f"{text(one.get('display_name')) or name}: {self.words(value[name], one, schema)}"
            for name, one in known
            if name in value
        )

    def _fields(self, field: JsonObject, value: JsonObject, schema: Schema | None) -> Json:
        """The fields of an object: those of a group, or of the block that it is."""
        if field.get("data_type") == "blocks":
            return [
                {**block, "display_name": block.get("title"), "data_type": "group"}
                for block in map(as_object, as_list(field.get("blocks")))
                if text(block.get("uid")) in value
            ]
        return None if schema is None else schema.fields_of(field)

    def _reference(self, value: JsonObject) -> str:
        uid = text(value.get("uid"))
        if uid and "_content_type_uid" in value:
            return self.name(text(value["_content_type_uid"]), uid)
        if uid and "filename" in value:
            return text(value["filename"])
        if term := text(value.get("term_uid")):
            return f"{text(value.get('taxonomy_uid'))}: {term}"
        if "href" in value and value.keys() <= {"href", "title"}:
            return f"{text(value.get('title'))} ({text(value['href'])})".strip()
        return ""
