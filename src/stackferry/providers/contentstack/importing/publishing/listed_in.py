"""Which document lists a publication. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry.model import Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication
    from stackferry.providers.contentstack.importing.publishing.fallbacks import Fallbacks
    from stackferry.providers.target import ImportContext

Cell: TypeAlias = tuple[str, str]
"""A content type and a language; both are empty for assets."""


class ListedIn:
    """The documents of one import."""

    def __init__(self, context: ImportContext, fallbacks: Fallbacks) -> None:
        self._context, self._fallbacks = context, fallbacks
        self._master = master_locale(context.source)

    def cell(self, source: Publication) -> Cell:
        """The type and language of the document that surely lists a publication, in the source's terms.

        The master document lists what its entry shows in any language, any other document its own language only.
        """
        content_type, code, own = source.content_type, self._master, source.document_locale
        is_own = not content_type or own == source.locale
        if is_own or self._context.source.get(Stream("entries", content_type, code), source.uid) is None:
            return content_type, own
        return content_type, code

    def surely(self, target: TargetPublication) -> str:
        """The language of that document in the target."""
        return self.in_target(self.cell(target.source))

    def master(self, target: TargetPublication) -> str:
        """The language of the document that lists every language of it: the master one, where there is that."""
        content_type, _ = cell = self.cell(target.source)
        master = Stream("entries", content_type, self._master)
        is_there = content_type and self._context.source.get(master, target.source.uid) is not None
        return self.in_target((content_type, self._master) if is_there else cell)

    def perhaps(self, target: TargetPublication) -> str:
        """Where else it may be listed: no page says which document lists what was live before a localization."""
        is_own = self._fallbacks.hidden_by(target.source) == target.source.locale
        return target.locale if is_own else self.surely(target)

    def in_target(self, cell: Cell) -> str:
        """The target's name of a cell's language."""
        return target_locale(self._context, cell[1]) if cell[1] else ""
