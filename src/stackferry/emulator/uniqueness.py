"""Which entries may hold a value that must be unique, without looking at all of them at every write.

The table only ever grows: it names every entry that holds a value, and some that held it once. Whoever asks looks
at those few. It is made when first asked for, and made again after entries were loaded past the API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackferry.emulator.state import Branch, Entry
    from stackferry.model import Json, JsonObject


def holder(branch: Branch, own: Entry | None, place: tuple[str, str, str], value: Json) -> str:
    """The uid of another entry with that value at a place (content type, language, field), or nothing."""
    content_type, locale, field = place
    entries = branch.entries.get(content_type, {})
    for uid in _table(branch, place).get(repr(value), ()):
        entry = entries.get(uid)
        document = entry.documents.get(locale) if entry is not own and entry else None
        if document is not None and document.latest.get(field) == value:
            return uid
    return ""


def note(branch: Branch, content_type: str, stored: JsonObject) -> None:
    """Remember what a version that was just stored holds."""
    for (kind, locale, field), table in branch.holders.items():
        if kind == content_type and locale == stored["locale"] and field in stored:
            table.setdefault(repr(stored[field]), set()).add(str(stored["uid"]))


def _table(branch: Branch, place: tuple[str, str, str]) -> dict[str, set[str]]:
    if place not in branch.holders:
        content_type, locale, field = place
        table = branch.holders[place] = {}
        for uid, entry in branch.entries.get(content_type, {}).items():
            if locale in entry.documents:
                table.setdefault(repr(entry.documents[locale].latest.get(field)), set()).add(uid)
    return branch.holders[place]
