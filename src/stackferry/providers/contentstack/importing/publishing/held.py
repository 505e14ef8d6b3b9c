"""What the target showed before the import: whether that is what it should show. Pure.

It is, if it is the version that the snapshot's became, or one of the same content under another number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.providers.contentstack.content.publications import shown_in_target
from stackferry.providers.contentstack.importing.answers import remember
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.same_versions import SameVersions, VersionPair
from stackferry.providers.contentstack.target_names import is_same_stack
from stackferry.providers.target import PreparedWrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication
    from stackferry.providers.target import ImportContext, Step

_FACTS: Final = 500  # that one step remembers


class HeldPublications:
    """The publications of one target, as it was."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._same = context.once(SameVersions)

    def has(self, target: TargetPublication) -> bool:
        """Whether the target showed this version, or one of the same content."""
        versions = [one.version for one in self.shown(target)]
        return target.version in versions or any(map(self._same.is_same, self.instead_of(target)))

    def is_untouched(self, target: TargetPublication) -> bool:
        """Whether the target shows the very publication of the source: in the same stack, since the same moment.

        So it does of a version that the import could not write, if it has not been taken down since.
        """
        source, shown = target.source, self.shown(target) if is_same_stack(self._context) else ()
        return source.time is not None and any(
            (one.version, one.time) == (source.version, source.time) for one in shown
        )

    def right_versions(self, target: TargetPublication) -> set[int]:
        """The versions that may be shown there: one that was shown before and says the same is right, too."""
        return {target.version, *((one.version for one in self.shown(target)) if self.has(target) else ())}

    def instead_of(self, target: TargetPublication) -> Iterator[VersionPair]:
        """Versions of other numbers that the target showed there."""
        one = target.source
        for other in self.shown(target):
            if other.version != target.version:
                yield VersionPair(one.content_type, one.uid, one.document_locale, one.version, other.version)

    def in_both(self, targets: Iterable[TargetPublication]) -> Iterator[Step]:
        """What both branches of a stack showed before the import: remembered for the next one between them."""
        fork = self._context.once(Fork)
        known = (
            fact
            for target in (targets if fork.is_on else ())
            if self.has(target)
            for one in self.shown(target)
            for fact in fork.in_both(target.source, one)
        )
        for number, facts in enumerate(batched(known, _FACTS)):
            yield remember(f"published in both/{number}", "publications", PreparedWrite(identities=facts))

    def shown(self, target: TargetPublication) -> Iterator[Publication]:
        """What the target showed in that environment and language, of the same document."""
        place = (target.environment_uid, target.locale)
        for one in shown_in_target(self._context, target.content_type, target.uid):
            is_its_own = not target.content_type or one.document_locale == target.owner
            if (one.environment, one.locale) == place and is_its_own:
                yield one
