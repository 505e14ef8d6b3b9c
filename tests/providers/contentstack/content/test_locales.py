"""Which language is the master, and what the others fall back to."""

from __future__ import annotations

import pytest
from memory_records import MemoryRecords

from stackferry.model import HEAD, Record
from stackferry.providers.contentstack.content.locales import (
    locale_fallbacks,
    locales_fallback_first,
    master_locale,
)


def store(*pairs: tuple[str, str | None], noted: str = "") -> MemoryRecords:
    records = MemoryRecords()
    for code, fallback in pairs:
        records.locale(code, fallback)
    if noted:
        records.put_record(HEAD, Record("", {"master_locale": noted}))
    return records


@pytest.mark.parametrize(
    ("pairs", "noted", "master"),
    [
        ((("en-us", None), ("fr-fr", "en-us")), "", "en-us"),
        # A language without a fallback of its own, whose code comes first, is not the master.
        ((("de-de", None), ("en-us", None), ("fr-fr", "en-us")), "", "en-us"),
        ((("de-de", None), ("en-us", None), ("fr-fr", "en-us"), ("sv-se", "fr-fr")), "", "en-us"),
        ((("de-de", None), ("en-us", None)), "en-us", "en-us"),
        ((("de-de", None), ("en-us", None), ("fr-fr", "de-de")), "en-us", "en-us"),
        ((("en-us", None),), "gone", "en-us"),
        ((), "", ""),
        ((("a", "b"), ("b", "a")), "", ""),
    ],
)
def test_the_master_is_what_the_store_says_or_what_others_fall_back_to(
    pairs: tuple[tuple[str, str | None], ...], noted: str, master: str
) -> None:
    assert master_locale(store(*pairs, noted=noted)) == master


def test_the_oldest_of_two_candidates_is_the_master() -> None:
    """A stack is created with its master language."""
    records = MemoryRecords()
    for code, born in (("de-de", "2024"), ("en-us", "2023"), ("fr-fr", "")):
        records.put("locales", {"code": code, "fallback_locale": None, "created_at": born})
    assert master_locale(records) == "en-us"


def test_a_language_without_a_fallback_goes_to_the_master() -> None:
    records = store(("de-de", None), ("en-us", None), ("fr-fr", "en-us"))
    assert locale_fallbacks(records) == {"de-de": "en-us", "fr-fr": "en-us"}
    assert locales_fallback_first(records)[0] == "en-us"
