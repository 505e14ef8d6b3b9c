"""What the target showed before the import: whether that is what it should show. Pure.

It is, if it is the version that the snapshot's became, or one of the same content under another number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Stream
from stackferry.providers.contentstack.content.publications import EntryPublications, publish_details
from stackferry.providers.contentstack.importing.same_versions import SameVersions, VersionPair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication
    from stackferry.providers.target import ImportContext


class HeldPublications:
    """The publications of one target, as it was."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._entries = EntryPublications(context.target)
        self._same = context.once(SameVersions)

    def has(self, target: TargetPublication) -> bool:
        """Whether the target showed this version, or one of the same content."""
        shown = [*self._shown(target)]
        return target.version in shown or any(map(self._same.is_same, self.instead_of(target)))

    def right_versions(self, target: TargetPublication) -> set[int]:
        """The versions that may be shown there: one that was shown before and says the same is right, too."""
        return {target.version, *(self._shown(target) if self.has(target) else ())}

    def instead_of(self, target: TargetPublication) -> Iterator[VersionPair]:
        """Versions of other numbers that the target showed there."""
        one = target.source
        for number in self._shown(target):
            if number != target.version:
                yield VersionPair(one.content_type, one.uid, one.document_locale, one.version, number)

    def _shown(self, target: TargetPublication) -> Iterator[int]:
        """The version that the target showed in that environment and language, of the same document."""
        place = (target.environment_uid, target.locale)
        if not target.content_type:
            asset = self._context.target.get(Stream("assets"), target.uid) or {}
            yield from (detail[2] for detail in publish_details(asset) if detail[:2] == place)
            return
        for one in self._entries.of(target.content_type, target.uid):
            if (one.environment, one.locale) == place and one.document_locale == target.owner:
                yield one.version
