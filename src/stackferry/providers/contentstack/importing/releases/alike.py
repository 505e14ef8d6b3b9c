"""Items of releases that no import can bring, and that a release of the same stack has already. Pure.

An item pins a version that the snapshot or the target may lack. Where the target's release has the very item, nothing
is missing: that is no gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.importing.branches.deleted import DeletedInTarget
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.releases.items import item_type
from stackferry.providers.contentstack.importing.variants import variant_of_item
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.target_names import is_one_place, is_same_stack
from stackferry.providers.pairs import holds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.target import ImportContext


def is_unchanged(context: ImportContext, release: str, item: JsonObject, held: Mapping[str, Json]) -> bool:
    """Whether the target's release, which has the items `held`, has an item of the source's in the same version."""
    key = item_key(item)
    if not is_same_stack(context) or key not in held or held[key] != item.get("version"):
        return False
    return (
        _is_in_place(context, item)
        or _is_of_both(context, release, item)
        or _leads_nowhere(context, item_type(item), item)
    )


def _is_in_place(context: ImportContext, item: JsonObject) -> bool:
    """Whether the version is what it was: where the snapshot comes from, whatever could not be written since.

    A variant that was made anew begins with version 1 again.
    """
    uid, kind = text(item.get("uid")), _kind(item_type(item))
    if not is_one_place(context) or context.identity.target(kind, uid) != uid:
        return False
    if not item.get("variant_id"):
        return True
    variant, number = variant_of_item(context, item), integer(item.get("version"))
    return variant is not None and variant.has_version(context, number or 1)


def _is_of_both(context: ImportContext, release: str, item: JsonObject) -> bool:
    """Whether two branches have the release from before they parted, and what the item is about: neither release was
    changed since."""
    if context.identity.target(_kind(item_type(item)), text(item.get("uid"))) is None:
        return False
    target = context.identity.target("releases", release) or ""
    rows = (context.source.get(Stream("releases"), release), context.target.get(Stream("releases"), target))
    return all(row is not None and context.once(Fork).is_untouched(row) for row in rows)


def _leads_nowhere(context: ImportContext, content_type: str, item: JsonObject) -> bool:
    """Whether the source lacks what the item is about, too."""
    kind, uid = _kind(content_type), text(item.get("uid"))
    return not holds(context.everything, kind, uid) and not context.once(DeletedInTarget).hides(
        kind, uid, text(item.get("locale"))
    )


def _kind(content_type: str) -> str:
    return "assets" if content_type in ASSET_TYPES else "entries"
