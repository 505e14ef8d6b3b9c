"""The languages of a branch and how they fall back to one another.

A language in which an entry is not localized shows the content of its `fallback_locale`. The master language is the
one without a fallback. API page: "Languages". Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.providers.source import RecordStore


def master_locale(staged: RecordStore) -> str:
    """The code of the language that falls back to no other."""
    for row in staged.objects(Stream("locales")):
        # Every other language has a fallback, the master where none was chosen.
        if not row.get("fallback_locale"):
            return text(row.get("code"))
    return ""


def locale_fallbacks(staged: RecordStore) -> dict[str, str]:
    """Each language's fallback, by their codes; the master has none."""
    pairs = (
        (text(row.get("code")), text(row.get("fallback_locale"))) for row in staged.objects(Stream("locales"))
    )
    return {code: fallback for code, fallback in pairs if fallback}


def fallback_chain(locale: str, fallbacks: Mapping[str, str]) -> Iterator[str]:
    """The language and all that it falls back to, nearest first. A cycle, which only a broken answer has, ends."""
    seen: set[str] = set()
    while locale and locale not in seen:
        seen.add(locale)
        yield locale
        locale = fallbacks.get(locale, "")


def fallback_depths(staged: RecordStore) -> dict[str, int]:
    """How many languages each one's chain has: 1 for the master."""
    fallbacks = locale_fallbacks(staged)
    codes = (text(row.get("code")) for row in staged.objects(Stream("locales")))
    return {code: len([*fallback_chain(code, fallbacks)]) for code in codes}


def locales_fallback_first(staged: RecordStore) -> list[str]:
    """All languages, each after those that it falls back to."""
    return [code for _, code in sorted((depth, code) for code, depth in fallback_depths(staged).items())]
