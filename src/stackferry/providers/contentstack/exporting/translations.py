"""Listings of translated taxonomies: their names, and those of their terms, in each language but the master.

The listing of a language holds the taxonomies that are translated into it; terms are read of these only. Pure.
On no API page; the vendor's CLI and SDK send the same requests (listings with `locale`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.json_values import integer, rows_in, text
from stackferry.model import JsonObject, Record, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.exporting.listings import owned_listing, uids
from stackferry.providers.contentstack.requests.build import get, page_params
from stackferry.providers.source import Listing, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import Job, ReadOptions, RecordStore


TRANSLATIONS = Stream("translations")


def trees(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The terms of every taxonomy, and which taxonomies are translated into which language."""
    taxonomies = [*uids(staged, "taxonomies")]
    for uid in taxonomies:
        yield owned_listing(kinds.TERMS, uid)
    for code in other_languages(staged) if taxonomies else ():
        yield _listing(f"taxonomies/{code}", kinds.TAXONOMIES.path, kinds.TAXONOMIES.list_key, code)


def translated_terms(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The terms of every taxonomy in each language that it is translated into."""
    for row in staged.objects(TRANSLATIONS):
        if "term" not in row:
            uid, code = text(row.get("taxonomy")), text(row.get("locale"))
            path = f"/taxonomies/{quote(uid, safe='')}/terms"
            yield _listing(f"terms/{uid}/{code}", path, kinds.TERMS.list_key, code, uid)


def other_languages(staged: RecordStore) -> list[str]:
    """Every language but the master one."""
    master = master_locale(staged)
    return [code for code in uids(staged, "locales", key="code") if code != master]


def line(taxonomy: str, code: str, names: JsonObject, *, is_term: bool) -> tuple[Stream, Record]:
    """The record of a taxonomy's name, or a term's, in one language."""
    term = text(names.get("uid")) if is_term else ""
    about: JsonObject = {"taxonomy": taxonomy, "locale": code, "names": names}
    key = f"{taxonomy}\0{code}\0{term}"
    return TRANSLATIONS, Record(key, {**about, "term": term} if is_term else about)


def _listing(name: str, path: str, many: str, code: str, taxonomy: str = "") -> Listing:
    """Keeps the rows of that language: a service that does not know `locale` here answers with the master's."""

    def read(answer: JsonObject) -> Page:
        rows = rows_in(answer, many, name)
        own = [row for row in rows if text(row.get("locale")).casefold() == code.casefold()]
        lines = [line(taxonomy or text(row.get("uid")), code, row, is_term=bool(taxonomy)) for row in own]
        return Page(lines, len(rows), integer(answer.get("count")))

    params = (("locale", code), *(kinds.TERMS.params if taxonomy else ()), ("asc", "uid"))
    return Listing(
        name=name, request=lambda skip: get(path, *params, *page_params(skip)), read=read, optional=True
    )
