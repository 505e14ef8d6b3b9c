"""Links in documents: found in link fields, lists of links and rich text, never in JSON that authors wrote. Pure.

API pages: "Links", "Rich text": a link is `{"sys": {"type": "Link", "linkType": "Entry"|"Asset", "id"}}`; rich text
holds them as `data.target` of its nodes. Values of type `Object` are an author's own, whatever they look like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject

ENTRY, ASSET = "Entry", "Asset"


class Link(NamedTuple):
    """A link, and where it stands: the locale and a JSON pointer in the document."""

    kind: str
    uid: str
    locale: str
    path: str


def opaque_fields(content_type: JsonObject) -> frozenset[str]:
    """The fields of a type whose values are JSON of authors."""
    return frozenset(
        text(field.get("id"))
        for field in objects(content_type.get("fields"))
        if field.get("type") == "Object"
    )


def localized_fields(content_type: JsonObject) -> frozenset[str]:
    """The fields of a type that have a value for each language."""
    return frozenset(
        text(field.get("id"))
        for field in objects(content_type.get("fields"))
        if field.get("localized") is True
    )


def links_of(document: JsonObject, opaque: Iterable[str] = ()) -> Iterator[Link]:
    """The links in the fields of an entry, but for `opaque` ones."""
    skipped = frozenset(opaque)
    for name, values in as_object(document.get("fields")).items():
        for locale, value in as_object(values).items() if name not in skipped else ():
            yield from _in_value(value, locale, f"/fields/{name}/{locale}")


def _in_value(value: Json, locale: str, path: str) -> Iterator[Link]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _in_value(item, locale, f"{path}/{number}")
    elif isinstance(value, dict):
        if nested(value, "sys", "type") == "Link":
            kind, uid = text(nested(value, "sys", "linkType")), text(nested(value, "sys", "id"))
            if uid and kind in (ENTRY, ASSET):
                yield Link(kind, uid, locale, path)
            return
        for name, item in value.items():
            yield from _in_value(item, locale, f"{path}/{name}")
