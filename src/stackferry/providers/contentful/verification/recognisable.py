"""Documents whose parts can be recognised when they have moved: fields of types and their controls by id, steps by
name; of a rich text the words that stand together are one. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.json_changes import NamedList
from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json

# By what the elements of these lists are known, in the kinds whose bodies have no lists of authors.
_NAMES: Final[Mapping[str, str]] = {
    "fields": "id",
    "controls": "fieldId",
    "groupControls": "groupId",
    "steps": "name",
    "sidebar": "widgetId",
    "editors": "widgetId",
    "headers": "key",
}


def recognisable(value: Json, *, is_document: bool, under: str = "") -> Json:
    """The value with a name for each element of a list that has one, for `json_changes`."""
    if isinstance(value, dict):
        return {name: recognisable(item, is_document=is_document, under=name) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [recognisable(item, is_document=is_document) for item in value]
    key = "" if is_document else _NAMES.get(under, "")
    names = [f"{under} {_text(item, key)}" if key and _text(item, key) else "" for item in value]
    return NamedList(items, names, whole=under == "content" and any(map(_is_words, value)))


def _text(item: Json, key: str) -> str:
    return text(item.get(key)) if isinstance(item, dict) else ""


def _is_words(node: Json) -> bool:
    """Whether a node of a rich text is a part of a running text: the editor splits it wherever a word is marked."""
    return isinstance(node, dict) and node.get("nodeType") == "text"
