"""What a document says, apart from what only the service decides: how two documents are held against each other.

Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import equal

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

_INSTANCE = ("uid", "non_localizable_content")  # how the service tells instances of blocks and groups apart


def normalize(value: Json) -> Json:
    """The value without the identities of block and group instances, and without what holds nothing.

    A null and an empty list say what an absent field says.
    """
    if isinstance(value, list):
        return [normalize(item) for item in value]
    if not isinstance(value, dict):
        return value
    said = {name: normalize(item) for name, item in value.items()}
    metadata = said.pop("_metadata", None)
    if isinstance(metadata, dict):
        rest: JsonObject = {name: item for name, item in metadata.items() if name not in _INSTANCE}
        said |= {"_metadata": rest} if rest else {}
    return {name: item for name, item in said.items() if item is not None and item != []}


def non_empty_fields(document: JsonObject) -> set[str]:
    """The fields that hold something, without a look at what."""
    return {name for name, item in document.items() if item is not None and item != []} - {"_metadata"}


def same_content(left: JsonObject, right: JsonObject) -> bool:
    """Whether two documents say the same once both are normalized."""
    return equal(normalize(left), normalize(right))
