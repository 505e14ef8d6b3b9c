"""What is published where, read from entries' and assets' publish details.

The service lists a language's publish details on that language's document, and all languages' on the
master's. A language in which the entry is not localized shows the document that it falls back to, so the
version in its detail is a version of that document. Pure: looks only at rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.model import JsonObject, Shelf
from stackferry.providers.contentstack.answers import integer, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackferry.providers.provider import Staged


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


def fallbacks(staged: Staged) -> dict[str, str]:
    """Each locale's fallback; the master has none."""
    pairs = (
        (text(row.get("code")), text(row.get("fallback_locale"))) for row in staged.objects(Shelf("locales"))
    )
    return {code: fallback for code, fallback in pairs if fallback}


def chain(locale: str, fallback: Mapping[str, str]) -> Iterator[str]:
    """The locale and all that it falls back to, nearest first; a ring ends where it closes."""
    seen: set[str] = set()
    while locale and locale not in seen:
        seen.add(locale)
        yield locale
        locale = fallback.get(locale, "")


def entry_publications(staged: Staged) -> Iterator[Publication]:
    """Every publication of every entry, each once, grouped by content type and language of the listing."""
    fallback = fallbacks(staged)
    shelves = [shelf for shelf in staged.shelves() if shelf.kind == "entries"]
    for shelf in shelves:
        earlier = [other for other in shelves if other.content_type == shelf.content_type and other < shelf]
        for entry in staged.objects(shelf):
            yield from _of_entry(staged, shelf, entry, fallback, earlier)


def asset_publications(staged: Staged) -> Iterator[Publication]:
    for asset in staged.objects(Shelf("assets")):
        uid = text(asset.get("uid"))
        for environment, locale, version in details(asset):
            yield Publication("", uid, locale, environment, "", version)


def details(document: JsonObject) -> Iterator[tuple[str, str, int]]:
    """The well-formed publish details of a document: environment uid, locale, version."""
    for row in objects(document.get("publish_details")):
        version = integer(row.get("version"))
        environment, locale = text(row.get("environment")), text(row.get("locale"))
        if version is not None and environment and locale:
            yield environment, locale, version


def _of_entry(
    staged: Staged, shelf: Shelf, entry: JsonObject, fallback: Mapping[str, str], earlier: Sequence[Shelf]
) -> Iterator[Publication]:
    """A language's publications count on its own document; else on the first document that lists them."""
    uid = text(entry.get("uid"))
    for environment, named, version in details(entry):
        own = named.casefold() == shelf.locale.casefold()
        locale = shelf.locale if own else named
        others = () if own else (*earlier, shelf._replace(locale=locale))
        if any(_lists(staged.get(other, uid), environment, locale) for other in others):
            continue
        owner = _owner(staged, shelf, uid, locale, version, fallback)
        yield Publication(shelf.content_type, uid, locale, environment, owner, version)


def _owner(
    staged: Staged, shelf: Shelf, uid: str, locale: str, version: int, fallback: Mapping[str, str]
) -> str:
    for candidate in chain(locale, fallback):
        document = _document(staged, shelf, candidate, uid)
        if document is not None and version <= (integer(document.get("_version")) or 0):
            return candidate
    return shelf.locale


def _document(staged: Staged, shelf: Shelf, locale: str, uid: str) -> JsonObject | None:
    return staged.get(shelf._replace(locale=locale), uid)


def _lists(document: JsonObject | None, environment: str, locale: str) -> bool:
    if document is None:
        return False
    return any(found[:2] == (environment, locale) for found in details(document))
