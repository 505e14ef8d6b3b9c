"""Where taxonomies are live, as their listings show it. Pure.

On no API page: `include_publish_details` is what the vendor's CLI asks for, language by language, and it takes the
details of a row for those of the row's language. A detail that names another language is taken at its word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.locales import master_locale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore


class LiveTaxonomy(NamedTuple):
    """A taxonomy that is live in an environment (its uid) in a language."""

    uid: str
    environment: str
    locale: str


def live_taxonomies(rows: RecordStore) -> set[LiveTaxonomy]:
    """What is live, by the rows of taxonomies in the master language and in the others."""
    master = master_locale(rows)
    found = {one for row in rows.objects(Stream("taxonomies")) for one in live_of(row, master)}
    for row in rows.objects(Stream("translations")):
        if "term" not in row:
            names = {**as_object(row.get("names")), "uid": text(row.get("taxonomy"))}
            found.update(live_of(names, text(row.get("locale"))))
    return found


def live_of(row: JsonObject, locale: str) -> Iterator[LiveTaxonomy]:
    """What a row in a language lists."""
    for detail in objects(row.get("publish_details")):
        if environment := text(detail.get("environment")):
            yield LiveTaxonomy(text(row.get("uid")), environment, text(detail.get("locale")) or locale)
