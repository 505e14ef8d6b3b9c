"""What is published where, read from entries' and assets' publish details.

The service lists a language's publish details on that language's document, and all languages' on the
master's. A language in which the entry is not localized shows the document that it falls back to, so the
version in its detail is a version of that document. Pure: looks only at rows, and at one entry at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.values import as_list, integer, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import Row
    from stackferry.providers.source import RecordStore, TempTables
    from stackferry.providers.target import Replay

_ANY = "surrogatepass"  # a hostile name may hold half a character


@dataclass(frozen=True, slots=True, order=True)
class Publication:
    """One document shown in one environment and language.

    `locale` is the language it is published for; `owner` the language of the document whose `version` is
    shown there: the same, or one that `locale` falls back to. Assets have no content type and no owner.
    """

    content_type: str
    uid: str
    locale: str
    environment: str
    owner: str
    version: int

    @property
    def version_key(self) -> str:
        """The name of the version that it shows."""
        if not self.content_type:
            return f"{self.uid}\0{self.version}"
        return "\0".join((self.content_type, self.uid, self.owner, str(self.version)))

    @property
    def place(self) -> str:
        """What is shown in which language, whatever the environment."""
        return "\0".join((self.content_type, self.uid, self.owner, str(self.version), self.locale))


def locale_fallbacks(staged: RecordStore) -> dict[str, str]:
    """Each locale's fallback; the master has none."""
    pairs = (
        (text(row.get("code")), text(row.get("fallback_locale"))) for row in staged.objects(Stream("locales"))
    )
    return {code: fallback for code, fallback in pairs if fallback}


def fallback_chain(locale: str, fallback: Mapping[str, str]) -> Iterator[str]:
    """The locale and all that it falls back to, nearest first; a ring ends where it closes."""
    seen: set[str] = set()
    while locale and locale not in seen:
        seen.add(locale)
        yield locale
        locale = fallback.get(locale, "")


def locales_fallback_first(staged: RecordStore) -> list[str]:
    """All locales, each after those that it falls back to."""
    return [code for _, code in sorted((depth, code) for code, depth in fallback_depths(staged).items())]


def fallback_depths(staged: RecordStore) -> dict[str, int]:
    """How far each locale falls back: 1 for the master."""
    fallback = locale_fallbacks(staged)
    codes = (text(row.get("code")) for row in staged.objects(Stream("locales")))
    return {code: len([*fallback_chain(code, fallback)]) for code in codes}


class EntryPublications:
    """The publications of entries, read one entry at a time."""

    def __init__(self, staged: RecordStore) -> None:
        self._staged = staged
        self._fallback = locale_fallbacks(staged)
        self._streams: dict[str, list[Stream]] = {}
        for stream in sorted(stream for stream in staged.streams() if stream.kind == "entries"):
            self._streams.setdefault(stream.type, []).append(stream)

    def of(self, content_type: str, uid: str) -> Iterator[Publication]:
        """Every publication of one entry, each once.

        A language's publications count on its own document; else on the first document that lists them.
        """
        rows = self._rows(content_type, uid)
        earlier: list[JsonObject] = []
        for code, row in rows.items():
            for environment, named, version in publish_details(row):
                own = named.casefold() == code.casefold()
                locale = code if own else named
                others = () if own else (*earlier, rows.get(locale))
                if any(_lists(other, environment, locale) for other in others):
                    continue
                owner = _owner(rows, locale, version, self._fallback) or code
                yield Publication(content_type, uid, locale, environment, owner, version)
            earlier.append(row)

    def __iter__(self) -> Iterator[Publication]:
        """Those of every entry, one entry after the other."""
        for content_type, _, uid in self.entries():
            yield from self.of(content_type, uid)

    def entries(self) -> Iterator[tuple[str, int, str]]:
        """Every entry once: its type, which of its type's languages is the first that it is in, and its uid."""
        for content_type, streams in self._streams.items():
            for place, stream in enumerate(streams):
                for row in self._staged.objects(stream):
                    uid = text(row.get("uid"))
                    if not any(self._staged.get(other, uid) for other in streams[:place]):
                        yield content_type, place, uid

    @property
    def languages(self) -> int:
        """The most languages that a type has entries in."""
        return max(map(len, self._streams.values()), default=0)

    def _rows(self, content_type: str, uid: str) -> dict[str, JsonObject]:
        """The entry's latest document in each of its languages."""
        found = (
            (stream.locale, self._staged.get(stream, uid)) for stream in self._streams.get(content_type, ())
        )
        return {locale: row for locale, row in found if row is not None}


class StoredPublications:
    """The publications of a snapshot's entries, read once and kept aside, for a plan goes through them many times.

    In the same order as they are read. Names are kept as bytes and facts as JSON: both can be anything.
    """

    def __init__(self, staged: RecordStore, scratch: TempTables) -> None:
        self._read = EntryPublications(staged)
        self._table = scratch.table(5, self._rows())

    def of(self, content_type: str, uid: str) -> Iterator[Publication]:
        """Every publication of one entry, each once."""
        for place in range(self._read.languages):
            rows = self._table.of(_named(content_type), place, _named(uid))
            if rows:
                return map(_publication, rows)
        return iter(())

    def __iter__(self) -> Iterator[Publication]:
        """Those of every entry, one entry after the other."""
        return map(_publication, self._table)

    def _rows(self) -> Iterator[Row]:
        for content_type, place, uid in self._read.entries():
            for number, fact in enumerate(self._read.of(content_type, uid)):
                shown = exact_json.dumps([fact.locale, fact.environment, fact.owner, fact.version])
                yield _named(content_type), place, _named(uid), number, shown


def stored_publications(replay: Replay) -> StoredPublications:
    """Those of the snapshot that is replayed."""
    return StoredPublications(replay.source, replay.scratch)


def _publication(row: Row) -> Publication:
    content_type, _, uid, _, shown = row
    locale, environment, owner, version = as_list(exact_json.loads(shown))
    return Publication(
        content_type.decode(errors=_ANY),
        uid.decode(errors=_ANY),
        text(locale),
        text(environment),
        text(owner),
        integer(version) or 0,
    )


def _named(name: str) -> bytes:
    return name.encode(errors=_ANY)


def entry_publications(staged: RecordStore) -> Iterator[Publication]:
    """Every publication of every entry, each once."""
    return iter(EntryPublications(staged))


def asset_publications(staged: RecordStore) -> Iterator[Publication]:
    """Every publication of every asset, one asset after the other."""
    for asset in staged.objects(Stream("assets")):
        uid = text(asset.get("uid"))
        for environment, locale, version in publish_details(asset):
            yield Publication("", uid, locale, environment, "", version)


def publish_details(document: JsonObject) -> Iterator[tuple[str, str, int]]:
    """The well-formed publish details of a document: environment uid, locale, version."""
    for row in objects(document.get("publish_details")):
        version = integer(row.get("version"))
        environment, locale = text(row.get("environment")), text(row.get("locale"))
        if version is not None and environment and locale:
            yield environment, locale, version


def _owner(
    rows: Mapping[str, JsonObject], locale: str, version: int, fallback: Mapping[str, str]
) -> str | None:
    """The nearest language whose document has got as far as that version."""
    for candidate in fallback_chain(locale, fallback):
        if candidate in rows and version <= (integer(rows[candidate].get("_version")) or 0):
            return candidate
    return None


def _lists(document: JsonObject | None, environment: str, locale: str) -> bool:
    if document is None:
        return False
    return any(found[:2] == (environment, locale) for found in publish_details(document))
