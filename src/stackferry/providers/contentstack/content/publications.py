"""What is published where, read from the publish details of entries and assets.

The document of the master language lists the publications of every language, any other document those of its own
language (the API pages do not state it; no real export differs). The `version` in a detail is a version of the
document that is shown: a language in which the entry is not localized shows the one that it falls back to, and goes on
showing it when it is localized, until it is published itself. So the number alone does not tell whose version it is:
what a language's own document does not list, or lists from before there was that document, is of one that the language
falls back to. Details give only the present state; the service keeps no history of it. Pure: reads records, one entry
at a time.
API page: "Get a single entry", `include_publish_details`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stackferry import exact_json
from stackferry.json_values import as_list, epoch_seconds, integer, objects, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.locales import fallback_chain, locale_fallbacks
from stackferry.providers.contentstack.target_names import version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from stackferry.model import Row
    from stackferry.providers.source import RecordStore, TempTables
    from stackferry.providers.target import ImportContext

_LONE_SURROGATES = "surrogatepass"  # JSON may escape half a surrogate pair, which UTF-8 refuses


@dataclass(frozen=True, slots=True, order=True)
class Publication:
    """A version of an entry or an asset, published in one environment for one language.

    `locale` is the language that it is published for, `document_locale` the language of the document whose `version`
    is shown there: the same, or one that `locale` falls back to. `environment` is a uid. Of an asset, which is the
    same in every language, `content_type` and `document_locale` are empty. `time` is when it went live, in seconds
    since 1970; None where nobody says. It does not tell one publication from another.
    """

    content_type: str
    uid: str
    locale: str
    environment: str
    document_locale: str
    version: int
    time: float | None = field(default=None, compare=False)

    @property
    def version_key(self) -> str:
        """The version's name in the identities of kind `versions` or `asset_versions`."""
        if not self.content_type:
            return f"{self.uid}\0{self.version}"
        return version_key(self.content_type, self.uid, self.document_locale, self.version)

    @property
    def shown_version_key(self) -> str:
        """The version and the language that it is published for, whatever the environment."""
        return "\0".join((self.content_type, self.uid, self.document_locale, str(self.version), self.locale))


class EntryPublications:
    """The publications of entries, read one entry at a time."""

    def __init__(self, staged: RecordStore) -> None:
        self._staged = staged
        self._fallbacks = locale_fallbacks(staged)
        # By content type. Sorted, so that every reading of a store comes in the same order.
        self._streams: dict[str, list[Stream]] = {}
        for stream in sorted(stream for stream in staged.streams() if stream.kind == "entries"):
            self._streams.setdefault(stream.type, []).append(stream)
        # In how many languages one content type has entries, at most.
        self.most_locales = max(map(len, self._streams.values()), default=0)

    def of(self, content_type: str, uid: str) -> Iterator[Publication]:
        """Every publication of one entry, each once.

        Two documents can list what is live in one place. The newer record counts; of two that are equally old the
        language's own, else that of the first document.
        """
        documents = self._documents(content_type, uid)
        spelled = {code.casefold(): code for code in documents}
        places: dict[tuple[str, str], dict[str, list[_Detail]]] = {}
        for code, document in documents.items():
            for detail in _details(document):
                # A detail may spell a language's code in another case than the document does.
                locale = spelled.get(detail.locale.casefold(), detail.locale)
                places.setdefault((detail.environment, locale), {}).setdefault(code, []).append(detail)
        for (environment, locale), listed in places.items():
            by_age = sorted(
                listed, key=lambda code: (max(_times(listed[code])), code == locale), reverse=True
            )
            for detail in listed[by_age[0]]:
                owner = self._owner(documents, locale, detail, listed_by=by_age[0])
                yield Publication(content_type, uid, locale, environment, owner, detail.version, detail.time)

    def _owner(
        self, documents: Mapping[str, JsonObject], locale: str, detail: _Detail, listed_by: str
    ) -> str:
        """The language of the document whose version is live: the nearest that had come so far at the time.

        If the times fit no document, which is so only where they are not those of the service, the number decides.
        A localized document has a `created_at` of its own, and publishing changes no `updated_at` (both by the sample
        answers of the API pages "Localize an entry" and "Get all entries").
        """
        chain = [code for code in fallback_chain(locale, self._fallbacks) if code in documents]
        others = [code for code in chain if code != locale]
        likely = chain if listed_by == locale else others
        reached = [code for code in (*likely, *chain) if _has_reached(documents[code], detail.version)]
        there = [
            code for code in reached if code in likely and _is_before(documents[code], "created_at", detail)
        ]
        # What a language's own document lists needs no further proof.
        made = [code for code in there if code == locale or _had_version(documents[code], detail)]
        return next(iter([*made, *there, *reached]), listed_by)

    def are_listed(self, content_type: str, uid: str) -> bool:
        """Whether the documents of an entry say where it is published; a record without the list says nothing."""
        documents = self._documents(content_type, uid).values()
        return all(isinstance(one.get("publish_details"), list) for one in documents)

    def __iter__(self) -> Iterator[Publication]:
        """Those of every entry, one entry after the other."""
        for content_type, _, uid in self.entries():
            yield from self.of(content_type, uid)

    def entries(self) -> Iterator[tuple[str, int, str]]:
        """Every entry once: its type, the position of its first language among those of the type, and its uid."""
        for content_type, streams in self._streams.items():
            for position, stream in enumerate(streams):
                for document in self._staged.objects(stream):
                    uid = text(document.get("uid"))
                    # Looked up instead of remembered: memory does not grow with the number of entries.
                    if not any(self._staged.get(earlier, uid) for earlier in streams[:position]):
                        yield content_type, position, uid

    def _documents(self, content_type: str, uid: str) -> dict[str, JsonObject]:
        """The entry's latest document in each of its languages."""
        found: dict[str, JsonObject] = {}
        for stream in self._streams.get(content_type, ()):
            row = self._staged.get(stream, uid)
            if row is not None:
                found[stream.locale] = row
        return found


class StoredPublications:
    """The publications of a snapshot's entries, read once into a scratch table: a plan goes through them many times.

    They come in the order of `EntryPublications`. Names are stored as bytes and the rest as JSON, because SQLite cannot
    store a text with a lone surrogate.
    """

    def __init__(self, staged: RecordStore, scratch: TempTables) -> None:
        self._read = EntryPublications(staged)
        self._table = scratch.table(5, self._rows())

    def of(self, content_type: str, uid: str) -> Iterator[Publication]:
        """Every publication of one entry, each once."""
        for position in range(self._read.most_locales):
            rows = self._table.of(_as_bytes(content_type), position, _as_bytes(uid))
            if rows:
                return map(_publication, rows)
        return iter(())

    def __iter__(self) -> Iterator[Publication]:
        """Those of every entry, one entry after the other."""
        return map(_publication, self._table)

    def _rows(self) -> Iterator[Row]:
        for content_type, position, uid in self._read.entries():
            for number, one in enumerate(self._read.of(content_type, uid)):
                rest = exact_json.dumps(
                    [one.locale, one.environment, one.document_locale, one.version, one.time]
                )
                yield _as_bytes(content_type), position, _as_bytes(uid), number, rest


def stored_publications(context: ImportContext) -> StoredPublications:
    """Those of the snapshot that is imported."""
    return StoredPublications(context.source, context.scratch)


def target_publications(context: ImportContext) -> EntryPublications:
    """Those of the target, as it was when the import began."""
    return EntryPublications(context.target)


def shown_in_target(context: ImportContext, content_type: str, uid: str) -> Iterator[Publication]:
    """What the target showed of an entry, or without a content type of an asset, when the import began."""
    if content_type:
        return context.once(target_publications).of(content_type, uid)
    return document_publications("", uid, context.target.get(Stream("assets"), uid) or {})


def _publication(row: Row) -> Publication:
    content_type, _, uid, _, rest = row
    locale, environment, document_locale, version, time = as_list(exact_json.loads(rest))
    return Publication(
        content_type.decode(errors=_LONE_SURROGATES),
        uid.decode(errors=_LONE_SURROGATES),
        text(locale),
        text(environment),
        text(document_locale),
        integer(version) or 0,
        float(time) if isinstance(time, int | float) else None,
    )


def _as_bytes(name: str) -> bytes:
    return name.encode(errors=_LONE_SURROGATES)


def asset_publications(staged: RecordStore) -> Iterator[Publication]:
    """Every publication of every asset, one asset after the other.

    An asset has one document for all languages, so its details list several languages for one version.
    """
    for asset in staged.objects(Stream("assets")):
        yield from document_publications("", text(asset.get("uid")), asset)


def document_publications(content_type: str, uid: str, document: JsonObject) -> Iterator[Publication]:
    """What an asset, or a variant of an entry, lists of itself: it is of no other language's document."""
    for one in _details(document):
        yield Publication(content_type, uid, one.locale, one.environment, "", one.version, one.time)


class _Detail(NamedTuple):
    """A well-formed row of publish details; `time` is in seconds since 1970, None where the row tells none."""

    environment: str
    locale: str
    version: int
    time: float | None


def _details(document: JsonObject) -> Iterator[_Detail]:
    for row in objects(document.get("publish_details")):
        version = integer(row.get("version"))
        environment, locale = text(row.get("environment")), text(row.get("locale"))
        # A row without one of them names nothing that could be published again.
        if version is not None and environment and locale:
            yield _Detail(environment, locale, version, epoch_seconds(text(row.get("time"))))


def publish_details(document: JsonObject) -> Iterator[tuple[str, str, int]]:
    """The well-formed publish details of a document: environment uid, locale, version."""
    return (detail[:3] for detail in _details(document))


def _times(details: Iterable[_Detail]) -> Iterator[float]:
    return (detail.time or 0.0 for detail in details)


def _has_reached(document: JsonObject, version: int) -> bool:
    return version <= (integer(document.get("_version")) or 0)


def _is_before(document: JsonObject, name: str, detail: _Detail) -> bool:
    """Whether a time of the document lies before a publication; an unknown time excludes nothing."""
    time = epoch_seconds(text(document.get(name)))
    return time is None or detail.time is None or time <= detail.time


def _had_version(document: JsonObject, detail: _Detail) -> bool:
    """Whether the version was there when it was published, as far as the latest version's time tells it."""
    is_latest = detail.version == integer(document.get("_version"))
    return not is_latest or _is_before(document, "updated_at", detail)


def locale_of_version(
    document_in: Callable[[str], JsonObject | None],
    locale: str,
    version: int,
    fallbacks: Mapping[str, str],
) -> str:
    """The language of the document that an item of a release or of the queue means; empty if there is none.

    An item tells no time. It is the nearest one in the fallback chain whose latest document has reached the version.
    `document_in` answers the latest document in a language.
    """
    for candidate in fallback_chain(locale, fallbacks):
        document = document_in(candidate)
        if document is not None and _has_reached(document, version):
            return candidate
    return ""
