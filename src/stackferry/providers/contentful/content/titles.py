"""What people know an object by: an entry by the field that its content type shows, others by title or name. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, text
from stackferry.model import Stream
from stackferry.providers.contentful.kinds import sys_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore

_LONGEST: Final = 100  # characters
_NAMES: Final = ("title", "name", "fileName", "url", "code")


def one_line(value: Json) -> str:
    """A text as it is shown beside others: on one line, not too long; empty for anything else."""
    return " ".join(text(value).split())[:_LONGEST]


class Titles:
    """The titles of one side's objects."""

    def __init__(self, store: RecordStore) -> None:
        self._shown = {
            sys_id(row): text(row.get("displayField")) for row in store.objects(Stream("content_types"))
        }
        default = (row for row in store.objects(Stream("locales")) if row.get("default") is True)
        self._locale = next((text(row.get("code")) for row in default), "")

    def of(self, kind: str, record: JsonObject) -> str:
        """The title of a record; empty where it has none."""
        document = as_object(record.get("snapshot")) or record
        if isinstance(document.get("fields"), dict):
            of_type = text(nested(document, "sys", "contentType", "sys", "id"))
            named = self._shown.get(of_type, "") if of_type else "title"
            return self._in_default(nested(document, "fields", named))
        if kind == "concepts" or kind == "concept_schemes":
            return self._in_default(document.get("prefLabel"))
        inner = as_object(document.get("extension")) or document
        return next(filter(None, (one_line(inner.get(name)) for name in _NAMES)), "")

    def all_of(self, record: JsonObject) -> Iterator[str]:
        """Everything that people may call an entry, an asset or a release: in each locale its title, its file."""
        fields = as_object(record.get("fields"))
        of_type = text(nested(record, "sys", "contentType", "sys", "id"))
        named = self._shown.get(of_type, "") if of_type else "title"
        words = [*as_object(fields.get(named)).values(), record.get("title")]
        words += [as_object(file).get("fileName") for file in as_object(fields.get("file")).values()]
        for one in words:
            yield from {text(one), one_line(one)} - {""}

    def _in_default(self, values: Json) -> str:
        """The text that a field holds in the default locale, or else in the first that has one."""
        by_code = as_object(values)
        own = one_line(by_code.get(self._locale))
        return own or next(filter(None, map(one_line, by_code.values())), "")
