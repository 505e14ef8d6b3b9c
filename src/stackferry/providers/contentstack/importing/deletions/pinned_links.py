"""Items of the target's releases at versions that refer to a uid which is gone: they stay, and are told.

An item names a version by its number; what is written with the new uid has another one. So whoever deploys the release
publishes the old version, whose link leads nowhere. Pure. API page: "Get all items in a Release".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.importing.answers import report_gaps
from stackferry.providers.contentstack.importing.deletions.moved import MovedUids
from stackferry.providers.contentstack.importing.deletions.scheduled_links import HeldVersion, VersionLinks
from stackferry.providers.contentstack.importing.mirror.surplus import goes
from stackferry.providers.contentstack.importing.releases.items import item_gap, item_type
from stackferry.providers.contentstack.importing.releases.plan import ReleasePlan
from stackferry.providers.contentstack.kinds import item_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext, Step

_STALE: Final = (
    "is in the release at version {}, which refers to what was deleted and made anew under another uid: "
    "put its newest version in the release by hand"
)
_UNREAD: Final = (
    "is in the release at version {}, which could not be read: where it refers to what was deleted and made anew under "
    "another uid, it still does"
)


class PinnedLinks:
    """What one import finds out about such items."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._moved = context, context.once(MovedUids)
        self._links = context.once(VersionLinks)

    def read(self) -> Iterator[Step]:
        """The versions that are not the latest."""
        return self._links.read_versions(version for _, _, version in self._items())

    def tell(self) -> Iterator[Step]:
        for release, item, version in self._items():
            if reason := self._reason(version):
                key = f"release_items/links/{release}/{item_key(item)}".replace("\0", "/")
                yield report_gaps(key, "release_items", [item_gap(release, item, reason)])

    def _reason(self, version: HeldVersion) -> str:
        if self._links.is_unread(version):
            return _UNREAD.format(version.number)
        return _STALE.format(version.number) if self._links.is_stale(version) else ""

    def _items(self) -> Iterator[tuple[str, JsonObject, HeldVersion]]:
        """The entries that a release pins, but those that have another uid: these are replaced."""
        if not self._moved.are_any_surely:
            return
        releases = self._context.once(ReleasePlan)
        for row in self._context.target.objects(Stream("release_items")):
            release, item = text(row.get("release")), as_object(row.get("item"))
            version = None if goes(self._context, "releases", release) else self._version(item)
            if version is not None and not releases.replaces(release, item):
                yield release, item, version

    def _version(self, item: JsonObject) -> HeldVersion | None:
        number, uid, kind = integer(item.get("version")), text(item.get("uid")), item_type(item)
        if (
            not number
            or kind in ASSET_TYPES
            or item.get("action") == "unpublish"
            or self._moved.new("entries", uid)
        ):
            return None
        variant = text(item.get("variant_id"))
        return self._links.named(kind, uid, text(item.get("locale")), number, variant)
