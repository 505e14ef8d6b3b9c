"""What was edited between two snapshots of one place: every edit once, in the words of the people who made it. Pure.

Objects are matched by their uids alone. What follows from an edit by itself is no line of its own: the publications of
an entry that was deleted, a master's value in other languages, the address of a new file. Numbers of versions are
compared as they are. What one of the snapshots cannot tell is left out (`coverage`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.verification.change import Sides
from stackferry.providers.contentstack.verification.changed_assets import asset_changes
from stackferry.providers.contentstack.verification.changed_content import EntryChanges
from stackferry.providers.contentstack.verification.changed_objects import object_changes
from stackferry.providers.contentstack.verification.changed_state import StateChanges
from stackferry.providers.differences import NotCompared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.differences import Change
    from stackferry.providers.target import ImportContext

_DERIVED = (
    NotCompared("entries", "_version", "told where nothing else of the entry has changed"),
    NotCompared("entries", "<older versions>", "a version never changes; their names are compared"),
    NotCompared("assets", "url", "every file has one of its own; the file is compared"),
    NotCompared("assets", "file_size", "bytes are compared by their SHA-256, where both snapshots hold them"),
    NotCompared("*", "publish_details/*/time", "the same version, published again, is no other publication"),
    NotCompared("*", "<credentials>", "snapshots redact them, unless both were made with --keep-secrets"),
)


class SamePlaceChanges:
    """The edits between two snapshots of one place. `gaps` and `compared` are complete when all are told."""

    def __init__(self, context: ImportContext) -> None:
        self._sides, self._scratch = Sides(context.source, context.target), context.scratch
        self.gaps, self.compared = self._sides.gaps, self._sides.compared
        self.not_compared = (*_DERIVED, *(row for one in self._sides.coverage for row in one.not_compared()))

    def mismatches(self) -> Iterator[Change]:
        entries, state = EntryChanges(self._sides), StateChanges(self._sides, self._scratch)
        yield from object_changes(self._sides)
        yield from asset_changes(self._sides)
        yield from entries.entries()
        yield from entries.variants()
        yield from state.version_names()
        yield from state.publications()
        yield from state.release_items()
        yield from state.schedules()
