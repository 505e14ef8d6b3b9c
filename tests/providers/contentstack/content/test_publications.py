"""What is published where, read from details that the service repeats, leaves out or spells its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from memory_records import MemoryRecords, details

from stackferry.io.storage.temp_tables import TempTables
from stackferry.providers.contentstack.content import publications
from stackferry.providers.contentstack.content.locales import fallback_chain, locale_fallbacks
from stackferry.providers.contentstack.content.publications import (
    EntryPublications,
    StoredPublications,
    asset_publications,
    entry_publications,
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
        (one.environment, one.locale, one.document_locale, one.version) for one in entry_publications(rows)
    )


def test_master_lists_every_language(rows: MemoryRecords) -> None:
    """The master's document and the language's own list the same publication: it counts once, for its own."""
    rows.entry("a", "en-us", 5, ("live", "en-us", 5), ("live", "fr-fr", 2))
    rows.entry("a", "fr-fr", 2, ("live", "fr-fr", 2))
    assert facts(rows) == [("live", "en-us", "en-us", 5), ("live", "fr-fr", "fr-fr", 2)]


def test_language_that_falls_back(rows: MemoryRecords) -> None:
    """In a language without a document the version is one of the nearest fallback's document."""
    rows.entry("a", "en-us", 9, ("live", "fr-ca", 2))
    rows.entry("a", "fr-fr", 2, ("live", "fr-ca", 2))
    assert facts(rows) == [("live", "fr-ca", "fr-fr", 2)]


def test_version_that_the_nearest_cannot_have(rows: MemoryRecords) -> None:
    """A version beyond the nearest document's latest is one of the document behind it."""
    rows.entry("a", "en-us", 9, ("live", "fr-ca", 7))
    rows.entry("a", "fr-fr", 2)
    assert facts(rows) == [("live", "fr-ca", "en-us", 7)]


def test_entry_without_a_master(rows: MemoryRecords) -> None:
    """An entry that lives in a foreign language only is shown from there."""
    rows.entry("a", "fr-fr", 3, ("live", "fr-fr", 1), ("live", "fr-ca", 3))
    assert facts(rows) == [("live", "fr-ca", "fr-fr", 3), ("live", "fr-fr", "fr-fr", 1)]


def test_case_of_a_code(rows: MemoryRecords) -> None:
    """D7: a detail that spells its language in other capitals means the language of its document."""
    rows.entry("a", "fr-fr", 1, ("live", "FR-fr", 1))
    assert facts(rows) == [("live", "fr-fr", "fr-fr", 1)]


def test_details_that_are_none(rows: MemoryRecords) -> None:
    """Details without an environment, a language or a version say nothing; neither does a text or a truth."""
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


def test_assets_have_no_owner(rows: MemoryRecords) -> None:
    """An asset is shown in every language by itself."""
    rows.put("assets", {"uid": "b", "_version": 4, "publish_details": [*details(("live", "fr-ca", 2))]})
    found = publications.Publication("", "b", "fr-ca", "live", "", 2)
    assert [*asset_publications(rows)] == [found]


def test_ring_of_fallbacks() -> None:
    """Languages that fall back to each other, which no service should say, do not turn for ever."""
    rows = MemoryRecords()
    rows.locale("a", "b")
    rows.locale("b", "a")
    assert [*fallback_chain("a", locale_fallbacks(rows))] == ["a", "b"]


def test_what_is_kept_is_what_was_read(rows: MemoryRecords) -> None:
    """Kept aside, publications come in the same order and as they were, whatever their names and numbers hold."""
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
