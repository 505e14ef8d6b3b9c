"""Documents whose parts can be recognised when they have moved: blocks and groups by `_metadata.uid`, nodes of rich
text and fields of types by their uid. Pure.

As in `normalize`, what the service sets is left out, and null, empty and absent are one value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_changes import NamedList
from stackferry.json_values import as_object, text
from stackferry.providers.contentstack.content.comparable import own_metadata, without_mark

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

_REFERENCE = {"uid", "_content_type_uid"}


def recognisable(value: Json, *, in_rich_text: bool = False) -> Json:
    """The value with a name for each element of a list that has one, for `json_changes`."""
    if isinstance(value, list):
        items = [recognisable(item, in_rich_text=in_rich_text) for item in value]
        return NamedList(items, [_name(item) for item in value], whole=in_rich_text and _is_words(value))
    if not isinstance(value, dict):
        return value
    has_children = isinstance(value.get("children"), list)
    is_root = has_children and value.get("type") == "doc"
    in_rich_text = in_rich_text or is_root
    left_out = {"_metadata", "_version"} if is_root else {"_metadata"}
    if in_rich_text and has_children:
        left_out |= {"uid"}
        value = {**value, "attrs": without_mark(value.get("attrs"))}
    members = {
        name: recognisable(item, in_rich_text=in_rich_text)
        for name, item in value.items()
        if name not in left_out
    }
    rest = own_metadata(as_object(value.get("_metadata")))
    return _without_empty({**members, "_metadata": recognisable(rest)} if rest else members)


def _without_empty(members: JsonObject) -> JsonObject:
    return {name: item for name, item in members.items() if item is not None and item not in ([], "", {})}


def _name(item: Json) -> str:
    """What tells an element from all others of the document; nothing for a reference, which may be there twice."""
    if not isinstance(item, dict) or item.keys() <= _REFERENCE:
        return ""
    if own := text(as_object(item.get("_metadata")).get("uid")):
        return own
    if uid := text(item.get("uid")):
        return uid
    blocks = [text(as_object(as_object(block).get("_metadata")).get("uid")) for block in item.values()]
    return blocks[0] if len(blocks) == 1 else ""


def _is_words(children: list[Json]) -> bool:
    """Whether these are the parts of one running text: the editor splits them wherever a word is marked."""
    return any(isinstance(child, dict) and "text" in child for child in children)
