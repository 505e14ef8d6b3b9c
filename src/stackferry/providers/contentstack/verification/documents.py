"""What the documents of one stack say of versions: what is published where, and which language's version is meant.

The same reading serves both sides of a comparison. It knows nothing of how an import publishes. Pure; looks at one
entry at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import epoch_seconds, integer, objects, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.locales import locale_fallbacks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.providers.source import RecordStore


_ALWAYS = float("inf")  # the time of a publication that tells none: after every other


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
        self._fallback = locale_fallbacks(staged)
        self._streams: dict[str, list[Stream]] = {}
        for stream in sorted(staged.streams()):
            if stream.kind == "entries":
                self._streams.setdefault(stream.type, []).append(stream)

    def published_assets(self) -> Iterator[Published]:
        for asset in self._staged.objects(Stream("assets")):
            for environment, locale, version, _ in _details(asset):
                yield Published("", text(asset.get("uid")), locale, environment, version, "")

    def published_entries(self) -> Iterator[Published]:
        for content_type, streams in self._streams.items():
            for number, stream in enumerate(streams):
                for row in self._staged.objects(stream):
                    uid = text(row.get("uid"))
                    if not any(self._staged.get(earlier, uid) for earlier in streams[:number]):
                        yield from self._published(content_type, uid)

    def _published(self, content_type: str, uid: str) -> Iterator[Published]:
        """What an entry's documents list, of each language and environment what was published last.

        Where two documents list the same, the language's own is believed, and else the first one.
        """
        documents = self._documents(content_type, uid)
        names = {code.casefold(): code for code in documents}
        found: dict[tuple[str, str], dict[str, list[tuple[int, float]]]] = {}
        for code, row in documents.items():
            for environment, spelled, version, when in _details(row):
                place = (names.get(spelled.casefold(), spelled), environment)
                found.setdefault(place, {}).setdefault(code, []).append((version, when))
        for (locale, environment), listed in found.items():
            teller = _teller(listed, locale)
            for version, when in sorted({*listed[teller]}):
                owner = self._shown(documents, locale, version, when, by_itself=teller == locale)
                yield Published(content_type, uid, locale, environment, version, owner or teller)

    def _shown(
        self, documents: dict[str, JsonObject], locale: str, version: int, when: float, *, by_itself: bool
    ) -> str:
        """The language whose document was published: itself, if its own document says so and is not younger than that.

        Any other record says what the language fell back to. A language that was localized later goes on showing that.
        """
        own = documents.get(locale)
        has_come_so_far = own is not None and version <= _version(own)
        if own is not None and has_come_so_far and by_itself and _time(own, "created_at") <= when:
            return locale
        above = {one: documents[one] for one in self._above(locale) if one in documents}
        candidates = {one: row for one, row in above.items() if version <= _version(row)}
        if by_then := _there_by(candidates, version, when):
            return by_then
        if candidates and not (has_come_so_far and by_itself):
            return next(iter(candidates))
        return locale if has_come_so_far else ""

    def _above(self, locale: str) -> list[str]:
        """What a language falls back to, nearest first."""
        found = [locale]
        while (above := self._fallback.get(found[-1], "")) and above not in found:
            found.append(above)
        return found[1:]

    def owner(self, content_type: str, uid: str, locale: str, version: int) -> str:
        """The language whose version an item of a release or of the queue names, which tells no time.

        It is the nearest in which the entry has come so far.
        """
        for code in [locale, *self._above(locale)]:
            row = self._staged.get(Stream("entries", content_type, code), uid)
            if row is not None and version <= _version(row):
                return code
        return ""

    def _documents(self, content_type: str, uid: str) -> dict[str, JsonObject]:
        """The entry's latest document in each of its languages."""
        rows = ((stream.locale, self._staged.get(stream, uid)) for stream in self._streams[content_type])
        return {locale: row for locale, row in rows if row is not None}


def _teller(listed: Mapping[str, list[tuple[int, float]]], locale: str) -> str:
    """The language whose document is believed: of those that list the newest, its own, and else the first one."""
    newest = max(when for rows in listed.values() for _, when in rows)
    tellers = [code for code, rows in listed.items() if any(when == newest for _, when in rows)]
    return locale if locale in tellers else tellers[0]


def _there_by(candidates: Mapping[str, JsonObject], version: int, when: float) -> str:
    """Of the languages that one fell back to, the first that was there by then.

    An older version was there before the latest one was.
    """
    for name in ("updated_at", "created_at"):
        for code, row in candidates.items():
            if _time(row, name if version == _version(row) else "created_at") <= when:
                return code
    return ""


def _details(document: JsonObject) -> Iterator[tuple[str, str, int, float]]:
    """Environment uid, locale, version and time of each well-formed row of publish details."""
    for row in objects(document.get("publish_details")):
        version = integer(row.get("version"))
        environment, locale = text(row.get("environment")), text(row.get("locale"))
        if version is not None and environment and locale:
            when = epoch_seconds(text(row.get("time")))
            yield environment, locale, version, _ALWAYS if when is None else when


def _version(document: JsonObject) -> int:
    return integer(document.get("_version")) or 0


def _time(document: JsonObject | None, name: str) -> float:
    """A time of a document; one that is not known lies before every other."""
    found = epoch_seconds(text((document or {}).get(name)))
    return -_ALWAYS if found is None else found
