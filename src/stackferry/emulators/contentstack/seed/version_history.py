"""The past of entries, where an export holds only their present.

A real stack holds every version of an entry from 1 to the latest, and what is published may be older than the
latest. An export mostly has the latest alone. So that an emulated stack is whole, the rest is made up: each
missing version is the nearest later one under a title that says its number. It never replaces what is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.values import text, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.seed.data import EntrySeed
    from stackferry.model import JsonObject


def with_missing_versions(entries: list[EntrySeed]) -> list[EntrySeed]:
    """The same versions, with every one that is missing below them, each document's oldest first."""
    documents: dict[tuple[str, str, str], dict[int, EntrySeed]] = {}
    for entry in entries:
        key = (entry.content_type, entry.locale, text(entry.raw.get("uid")))
        documents.setdefault(key, {})[whole(entry.raw.get("_version"), 1)] = entry
    return [version for known in documents.values() for version in _filled(known)]


def _filled(known: dict[int, EntrySeed]) -> Iterator[EntrySeed]:
    latest = max(known)
    later = {number: min(other for other in known if other >= number) for number in range(1, latest + 1)}
    for number in sorted({*known, *later}):
        yield known[number] if number in known else _made_up(known[later[number]], number)


def _made_up(later: EntrySeed, number: int) -> EntrySeed:
    apart = ("publish_details", "_workflow", "_version_name")
    raw: JsonObject = {key: value for key, value in later.raw.items() if key not in apart}
    title = text(raw.get("title"))
    changed: JsonObject = {"_version": number, "title": f"{title} (version {number})"}
    return later._replace(raw={**raw, **(changed if title else {"_version": number})})
