"""Which taxonomies and terms have names in which other language. Pure.

No page has these listings: their requests are those of the vendor's own CLI and SDK (listings with `locale`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import JsonObject, Record, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.exporting.pages import page_reader
from stackferry.providers.contentstack.requests.build import get, page_params
from stackferry.providers.source import Listing

if TYPE_CHECKING:
    from collections.abc import Iterator

TRANSLATIONS = Stream("translations")


def translations(name: str, path: str, list_key: str, code: str, taxonomy: str = "") -> Listing:
    """The taxonomies that are translated into a language, or the terms of one of them."""
    params = (("locale", code), *((("depth", "0"),) if taxonomy else kinds.TAXONOMIES.params), ("asc", "uid"))

    def records_of(row: JsonObject) -> Iterator[tuple[Stream, Record]]:
        # A service that does not know `locale` here answers with the master's rows.
        if text(row.get("locale")).casefold() == code.casefold():
            yield translation(taxonomy or text(row.get("uid")), code, row, is_term=bool(taxonomy))

    return Listing(
        name=name,
        request=lambda skip: get(path, *params, *page_params(skip)),
        read=page_reader(list_key, name, records_of),
        optional=True,
        of_one_object=bool(taxonomy),
        cell=TRANSLATIONS,
    )


def translation(taxonomy: str, code: str, names: JsonObject, *, is_term: bool) -> tuple[Stream, Record]:
    """The record of a taxonomy's name, or a term's, in one language."""
    body: JsonObject = {"taxonomy": taxonomy, "locale": code, "names": names}
    if is_term:
        body["term"] = text(names.get("uid"))
    return TRANSLATIONS, Record(kinds.TRANSLATIONS.key(body), body)
