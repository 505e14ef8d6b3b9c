"""Objects without versions: what people set of one, when it was last edited, and what it is as it is now. Pure.

Pages show `updated_at` of each: languages, folders (assets), extensions, labels, releases, metadata, groups of
variants, and of each variant in a group. That a group counts as edited when one of its variants is no page says, nor
that a link to a type is dated. So the content tells what a group is now, and where no time tells who has edited an
object both may have. API pages: the "Get all" call of each kind.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import epoch_seconds, objects, text
from stackferry.providers.contentstack.content.variants import linked_types
from stackferry.providers.contentstack.kinds import BY_NAME, VARIANT_GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json, JsonObject

DATED: Final = ("locales", "folders", "extensions", "labels", "releases", "metadata", "variant_groups")
"""Kinds whose objects are one write each, have no versions, and are promoted three-way."""

# Of others it is all that the service does not set itself.
_SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "locales": ("name", "fallback_locale"),
    "folders": ("name", "parent_uid"),
}
_NOT_SAID: Final = ("publish_details", "refers_to", "branches", "variant_count")


def said(kind: str, row: JsonObject) -> JsonObject:
    """What people set of an object: not where it is live, nor the branch that it names."""
    if names := _SAID.get(kind):
        return {name: row.get(name) for name in names}
    own = {name: value for name, value in BY_NAME[kind].own_fields(row).items() if name not in _NOT_SAID}
    return own | _said_of_group(row) if kind == VARIANT_GROUPS.name else own


def _said_of_group(row: JsonObject) -> JsonObject:
    variants: list[Json] = [{"uid": one.get("uid"), "name": one.get("name")} for one in _variants(row)]
    return {"content_types": [*sorted(linked_types([row]))], "variants": variants}


def _variants(row: JsonObject) -> list[JsonObject]:
    return sorted(objects(row.get("variants")), key=lambda one: text(one.get("uid")))


def edited_at(kind: str, row: JsonObject) -> str:
    """When an object was last edited; empty where nothing tells it. A group of variants is edited with one of them."""
    inner = objects(row.get("variants")) if kind == VARIANT_GROUPS.name else []
    times = [text(one.get("updated_at")) for one in (row, *inner)]
    return max(times, key=lambda time: epoch_seconds(time) or 0.0)


def mark(kind: str, row: JsonObject) -> str:
    """What an object without versions is as it is now: its time, or its content where that may have none."""
    time = edited_at(kind, row)
    if kind not in DATED or (time and kind != VARIANT_GROUPS.name):
        return time
    return "#" + sha256(exact_json.dumps(said(kind, row))).hexdigest()[:16]  # it looks like no time
