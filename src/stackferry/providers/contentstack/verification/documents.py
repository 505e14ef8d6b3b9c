"""What the documents of one stack say of versions: what is published where, and which language's version is meant.

The same reading serves both sides of a comparison. It knows nothing of how an import publishes. Pure; looks at one
entry at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import integer, objects, text
from stackferry.model import JsonObject, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore


class Published(NamedTuple):
    """One version that is published in one environment and language.

    `owner` is the language of the document whose version it is. Of an asset `content_type` and `owner` are empty.
    """

    content_type: str
    uid: str
    locale: str
    environment: str
    version: int
    owner: str


class Documents:
    """The entries and assets of one stack."""

    def __init__(self, staged: RecordStore) -> None:
        self._staged = staged
        rows = list(staged.objects(Stream("locales")))
        self._fallback = {text(row.get("code")): text(row.get("fallback_locale")) for row in rows}
        self._streams: dict[str, list[Stream]] = {}
        for stream in sorted(staged.streams()):
            if stream.kind == "entries":
                self._streams.setdefault(stream.type, []).append(stream)

    def published_assets(self) -> Iterator[Published]:
        for asset in self._staged.objects(Stream("assets")):
            for environment, locale, version in _details(asset):
                yield Published("", text(asset.get("uid")), locale, environment, version, "")

    def published_entries(self) -> Iterator[Published]:
        for content_type, streams in self._streams.items():
            for number, stream in enumerate(streams):
                for row in self._staged.objects(stream):
                    uid = text(row.get("uid"))
                    if not any(self._staged.get(earlier, uid) for earlier in streams[:number]):
                        yield from self._published(content_type, uid)

    def _published(self, content_type: str, uid: str) -> Iterator[Published]:
        """What an entry's documents list.

        A language that has a document is published as that document lists it. Any other language is published as the
        first document that lists it says: what it falls back to.
        """
        documents = self._documents(content_type, uid)
        found: dict[tuple[str, str], set[int]] = {}
        # Own documents first: what a language's own document lists wins over what the master lists for it.
        for own in (True, False):
            for code, row in documents.items():
                listed: dict[tuple[str, str], set[int]] = {}
                for environment, locale, version in _details(row):
                    if (locale.casefold() == code.casefold()) is own:
                        listed.setdefault((environment, code if own else locale), set()).add(version)
                found = {**listed, **found}  # what was listed before counts
        for (environment, locale), versions in found.items():
            for version in sorted(versions):
                owner = self.owner(content_type, uid, locale, version) or next(iter(documents))
                yield Published(content_type, uid, locale, environment, version, owner)

    def owner(self, content_type: str, uid: str, locale: str, version: int) -> str:
        """The language whose document a version belongs to: the nearest in which the entry has come so far."""
        seen: set[str] = set()
        while locale and locale not in seen:
            row = self._staged.get(Stream("entries", content_type, locale), uid)
            if row is not None and version <= (integer(row.get("_version")) or 0):
                return locale
            seen.add(locale)
            # A language that has not come as far shows what it falls back to.
            locale = self._fallback.get(locale, "")
        return ""

    def _documents(self, content_type: str, uid: str) -> dict[str, JsonObject]:
        """The entry's latest document in each of its languages."""
        rows = ((stream.locale, self._staged.get(stream, uid)) for stream in self._streams[content_type])
        return {locale: row for locale, row in rows if row is not None}


def _details(document: JsonObject) -> Iterator[tuple[str, str, int]]:
    """Environment uid, locale and version of each well-formed row of publish details."""
    for row in objects(document.get("publish_details")):
        version = integer(row.get("version"))
        environment, locale = text(row.get("environment")), text(row.get("locale"))
        if version is not None and environment and locale:
            yield environment, locale, version
