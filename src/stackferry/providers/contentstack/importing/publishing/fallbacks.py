"""Which fallbacks a bulk call publishes exactly, whatever it makes of an item's version. Pure.

A bulk item has a language and a version of its own, beside the languages that it is published in. The page ("Publish
entries and assets in bulk") does not say whether that version, or the latest one, is shown in a language that falls
back to the item's. Both are the same where the latest version of the nearest document is live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import integer
from stackferry.model import Stream
from stackferry.providers.contentstack.content.locales import fallback_chain, locale_fallbacks
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext


class Fallbacks:
    """The languages of both sides, and what their documents' latest versions are."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._source = locale_fallbacks(context.source)
        self._target = locale_fallbacks(context.target)

    def is_latest_in_source(self, publication: Publication) -> bool:
        """Whether the language shows nothing nearer than this document, and it has no newer version.

        A language that the target had before must fall back there to the same ones.
        """
        chain = [*fallback_chain(publication.locale, self._source)]
        owner, number = publication.document_locale, publication.version
        return self._agrees(chain) and _is_latest(
            self._context.source, publication.content_type, publication.uid, chain, owner, number
        )

    def hidden_by(self, publication: Publication) -> str:
        """The language whose document would be published now instead of what is shown from before; "" for none.

        Of several the one that is written first.
        """
        if not publication.content_type or publication.document_locale == publication.locale:
            return ""
        chain = [*fallback_chain(publication.locale, self._source)]
        end = chain.index(publication.document_locale) if publication.document_locale in chain else 1
        streams = (Stream("entries", publication.content_type, code) for code in chain[:end])
        hidden_by = [one.locale for one in streams if self._context.source.get(one, publication.uid)]
        return hidden_by[-1] if hidden_by else ""

    def is_latest_in_target(self, target: TargetPublication) -> bool:
        """The same of the target, as it was before the import; what was written since is newer than that."""
        chain = [
            target_locale(self._context, code) for code in fallback_chain(target.source.locale, self._source)
        ]
        return _is_latest(
            self._context.target, target.content_type, target.uid, chain, target.owner, target.version
        )

    def _agrees(self, chain: Iterable[str]) -> bool:
        for code in chain:
            held = self._target.get(target_locale(self._context, code))
            wanted = self._source.get(code)
            if held and wanted and held != target_locale(self._context, wanted):
                return False
        return True


def _is_latest(
    store: RecordStore, content_type: str, uid: str, chain: Iterable[str], owner: str, version: int
) -> bool:
    for code in chain:
        document = store.get(Stream("entries", content_type, code), uid)
        if code == owner:
            return document is None or (integer(document.get("_version")) or 0) <= version
        if document is not None:
            return False
    return False
