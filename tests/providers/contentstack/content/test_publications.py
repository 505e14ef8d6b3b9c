"""What is published where, from details that are repeated, missing or spelled differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from memory_records import MemoryRecords, details

from stackferry.io.storage.sqlite import TempTables
from stackferry.providers.contentstack.content import publications
from stackferry.providers.contentstack.content.locales import fallback_chain, locale_fallbacks
from stackferry.providers.contentstack.content.publications import (
    EntryPublications,
    StoredPublications,
    asset_publications,
)

if TYPE_CHECKING:
    from stackferry.model import Json


@pytest.fixture
def rows() -> MemoryRecords:
    staged = MemoryRecords()
    staged.locale("en-us")
    staged.locale("fr-fr", "en-us")
    staged.locale("fr-ca", "fr-fr")
    return staged


def facts(rows: MemoryRecords) -> list[tuple[str, str, str, int]]:
    """Environment, language, language of the document, version."""
    return sorted(
        (one.environment, one.locale, one.document_locale, one.version) for one in EntryPublications(rows)
    )


def test_a_publication_that_two_documents_list_counts_once(rows: MemoryRecords) -> None:
    """The master's document and the language's own list it; it belongs to the language's own."""
    rows.entry("a", "en-us", 5, ("live", "en-us", 5), ("live", "fr-fr", 2))
    rows.entry("a", "fr-fr", 2, ("live", "fr-fr", 2))
    assert facts(rows) == [("live", "en-us", "en-us", 5), ("live", "fr-fr", "fr-fr", 2)]


def test_what_a_language_does_not_list_itself_is_what_it_fell_back_to(rows: MemoryRecords) -> None:
    """Without any time too, as in exports of the vendor's own CLI; unless no fallback has that version."""
    rows.entry("a", "en-us", 1, ("live", "en-us", 1), ("live", "fr-fr", 1))
    rows.entry("a", "fr-fr", 1)
    rows.entry("b", "en-us", 1, ("live", "fr-fr", 2))
    rows.entry("b", "fr-fr", 2)
    expected = [("live", "en-us", "en-us", 1), ("live", "fr-fr", "en-us", 1), ("live", "fr-fr", "fr-fr", 2)]
    assert facts(rows) == expected


def test_a_language_without_a_document_shows_the_nearest_fallback(rows: MemoryRecords) -> None:
    rows.entry("a", "en-us", 9, ("live", "fr-ca", 2))
    rows.entry("a", "fr-fr", 2, ("live", "fr-ca", 2))
    assert facts(rows) == [("live", "fr-ca", "fr-fr", 2)]


def test_a_version_beyond_the_nearest_documents_latest_is_of_the_next_one(rows: MemoryRecords) -> None:
    rows.entry("a", "en-us", 9, ("live", "fr-ca", 7))
    rows.entry("a", "fr-fr", 2)
    assert facts(rows) == [("live", "fr-ca", "en-us", 7)]


def test_an_entry_without_a_master_document_shows_its_own_language(rows: MemoryRecords) -> None:
    rows.entry("a", "fr-fr", 3, ("live", "fr-fr", 1), ("live", "fr-ca", 3))
    assert facts(rows) == [("live", "fr-ca", "fr-fr", 3), ("live", "fr-fr", "fr-fr", 1)]


def test_a_language_code_in_other_capitals_is_the_same_language(rows: MemoryRecords) -> None:
    """D7: as details may spell it."""
    rows.entry("a", "fr-fr", 1, ("live", "FR-fr", 1))
    assert facts(rows) == [("live", "fr-fr", "fr-fr", 1)]


def test_malformed_details_are_left_out(rows: MemoryRecords) -> None:
    """Without an environment, a language or a version, or of another type."""
    bad: list[Json] = [
        {"environment": "live", "locale": "en-us"},
        {"environment": "", "locale": "en-us", "version": 1},
        3,
        None,
    ]
    odd: list[Json] = [
        {"environment": "live", "locale": "en-us", "version": True},
        *details(("live", "en-us", 1)),
    ]
    rows.put("entries", {"uid": "a", "_version": 1, "publish_details": [*bad, *odd]}, "page", "en-us")
    rows.put("assets", {"uid": "b", "_version": 1, "publish_details": "REDACTED"})
    assert facts(rows) == [("live", "en-us", "en-us", 1)]
    assert [*asset_publications(rows)] == []


def test_an_asset_is_shown_in_every_language_by_itself(rows: MemoryRecords) -> None:
    rows.put("assets", {"uid": "b", "_version": 4, "publish_details": [*details(("live", "fr-ca", 2))]})
    found = publications.Publication("", "b", "fr-ca", "live", "", 2)
    assert [*asset_publications(rows)] == [found]


def test_a_ring_of_fallbacks_ends() -> None:
    """No service should answer one."""
    rows = MemoryRecords()
    rows.locale("a", "b")
    rows.locale("b", "a")
    assert [*fallback_chain("a", locale_fallbacks(rows))] == ["a", "b"]


def test_stored_publications_are_those_that_were_read(rows: MemoryRecords) -> None:
    """In the same order, whatever their names and numbers hold."""
    rows.entry("b", "en-us", 9, ("live", "fr-ca", 2), ("live", "en-us", 9), ("half \ud800", "en-us", 2**70))
    rows.entry("a", "fr-fr", 3, ("live", "fr-fr", 1), ("live", "fr-ca", 3))
    rows.entry("c", "en-us", 1)
    rows.entry("half \udfff", "en-us", 1, ("live", "en-us", 1), kind="a")
    scratch = TempTables()
    kept, read = StoredPublications(rows, scratch), EntryPublications(rows)
    assert [*kept] == [*read]
    for kind, uid in [("page", "a"), ("page", "b"), ("page", "c"), ("a", "half \udfff"), ("a", "none")]:
        assert [*kept.of(kind, uid)] == [*read.of(kind, uid)]
    scratch.close()
