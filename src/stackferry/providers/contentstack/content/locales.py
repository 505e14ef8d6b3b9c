"""The languages of a branch and how they fall back to one another.

A language in which an entry is not localized shows the content of its `fallback_locale`; one without goes to the
master language, which has none either. API page: "Languages". Pure.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import HEAD, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore


def master_locale(staged: RecordStore) -> str:
    """The code of the master language: as the head of the store says, or as its languages show."""
    rows = [*staged.objects(Stream("locales"))]
    noted = text((staged.get(HEAD, "") or {}).get("master_locale"))
    return noted if any(row.get("code") == noted for row in rows) else master_among(rows)


def master_among(rows: Iterable[JsonObject]) -> str:
    """Of the languages without a fallback the one that most others fall back to, then the oldest; "" without any."""
    fallbacks = {text(row.get("code")): text(row.get("fallback_locale")) for row in rows}
    ends = Counter([*fallback_chain(code, fallbacks)][-1] for code in fallbacks if code)
    born = {text(row.get("code")): text(row.get("created_at")) for row in rows}
    # A stack is created with its master language.
    free = (code for code, fallback in fallbacks.items() if not fallback)
    return min(free, key=lambda code: (-ends[code], not born[code], born[code]), default="")


def locale_fallbacks(staged: RecordStore) -> dict[str, str]:
    """Each language's fallback, by their codes, the master's where it names none; the master has none."""
    rows = {
        text(row.get("code")): text(row.get("fallback_locale")) for row in staged.objects(Stream("locales"))
    }
    master = master_locale(staged)
    return {
        code: fallback or master for code, fallback in rows.items() if (fallback or master) and code != master
    }


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
