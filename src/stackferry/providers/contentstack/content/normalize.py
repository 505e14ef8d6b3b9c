"""The content of an entry without what the service sets, to be written or compared.

API page: "CMA | Entries". Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import equal
from stackferry.json_values import as_object
from stackferry.providers.contentstack.kinds import SERVICE_KEYS
from stackferry.providers.contentstack.references.model import Schema, fields_by_uid

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

# Keys at the top of an entry that the service sets, or that name the entry's place instead of its content.
SERVER_KEYS: Final = SERVICE_KEYS.union((
    "_applied_variants", "_content_type_uid", "_embedded_items", "_in_progress", "_owner", "_rules", "_variant",
    "_version_name", "_workflow", "content_type_uid", "locale", "publish_details", "published",
    "entryOldUid", "sourceEntryFilePath",  # left behind by the vendor's own CLI
))  # fmt: skip

# The service gives each instance of a group or block a uid of its own, and marks whether its non-localizable fields
# follow the master. API pages: "Localize an entry", "Update a localized entry".
_INSTANCE_METADATA = ("uid", "non_localizable_content")


def strip_for_write(document: JsonObject, schema: Schema | None = None) -> JsonObject:
    """The document without the keys that the service sets at its top. Deeper ones stay, `_version` too.

    With a schema, a key that is one of its fields is content and stays, whatever its name.
    """
    # An author may call a field "locale".
    stays = fields_by_uid(schema.fields).keys() if schema else frozenset[str]()
    result = {name: value for name, value in document.items() if name in stays or name not in SERVER_KEYS}
    metadata = result.get("_metadata")
    if isinstance(metadata, dict) and "_metadata" not in stays:
        del result["_metadata"]
        if "extensions" in metadata:  # the service sets the rest of it, like a variant's list of references
            result["_metadata"] = {"extensions": metadata["extensions"]}
    return result


def normalize(value: Json) -> Json:
    """The value without the uids of group and block instances, and without fields that are null or an empty list.

    The service answers null or an empty list for a field that a write left out, so both count as absent.
    """
    if isinstance(value, list):
        return [normalize(item) for item in value]
    if not isinstance(value, dict):
        return value
    members = {name: normalize(item) for name, item in value.items()}
    metadata = as_object(members.pop("_metadata", None))
    rest: JsonObject = {name: item for name, item in metadata.items() if name not in _INSTANCE_METADATA}
    members |= {"_metadata": rest} if rest else {}
    return {name: item for name, item in members.items() if item is not None and item != []}


def non_empty_fields(document: JsonObject) -> set[str]:
    """The names of the fields that are neither null nor an empty list."""
    return {name for name, item in document.items() if item is not None and item != []} - {"_metadata"}


def same_content(left: JsonObject, right: JsonObject) -> bool:
    """Whether two documents are equal once both are normalized."""
    return equal(normalize(left), normalize(right))
