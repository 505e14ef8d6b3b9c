"""Which entries may hold what must be unique, without looking at all of them at every write.

The tables only ever grow: they name every entry that holds a value, and some that held it once. Whoever asks looks
at those few. They are made when first asked for, and made again after entries were loaded past the API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.content.links import rte_document_uids
from stackferry.emulators.contentstack.content.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.state import Branch, Document, Entry
    from stackferry.model import Json, JsonObject


def entry_with_value(branch: Branch, own: Entry | None, place: tuple[str, str, str], value: Json) -> str:
    """The uid of another entry with that value at a place (content type, language, field), or nothing."""
    content_type, locale, field = place
    entries = branch.entries.get(content_type, {})
    for uid in _table(branch, place).get(repr(value), ()):
        entry = entries.get(uid)
        document = entry.documents.get(locale) if entry is not own and entry else None
        if document is not None and document.latest.get(field) == value:
            return uid
    return ""


def has_rte_document(branch: Branch, rte: str) -> bool:
    """Whether the latest version of any document holds a JSON RTE document with that uid."""
    return any(
        rte in _rtes(branch, kind, document)
        for kind, uid, locale in _rte_table(branch).get(rte, ())
        if (document := _document(branch, kind, uid, locale)) is not None
    )


def note(branch: Branch, content_type: str, stored: JsonObject) -> None:
    """Remember what a version that was just stored holds."""
    uid, code = str(stored["uid"]), str(stored["locale"])
    for (kind, locale, field), table in branch.value_index.items():
        if kind == content_type and locale == code and field in stored:
            table.setdefault(repr(stored[field]), set()).add(uid)
    if branch.rte_index is not None:
        for rte in rte_document_uids(branch, schema_of(branch, content_type), stored):
            branch.rte_index.setdefault(rte, set()).add((content_type, uid, code))


def _table(branch: Branch, place: tuple[str, str, str]) -> dict[str, set[str]]:
    if place not in branch.value_index:
        content_type, locale, field = place
        table = branch.value_index[place] = {}
        for uid, entry in branch.entries.get(content_type, {}).items():
            if locale in entry.documents:
                table.setdefault(repr(entry.documents[locale].latest.get(field)), set()).add(uid)
    return branch.value_index[place]


def _rte_table(branch: Branch) -> dict[str, set[tuple[str, str, str]]]:
    if branch.rte_index is None:
        branch.rte_index = {}
        for kind, uid, locale, document in _documents(branch):
            for rte in _rtes(branch, kind, document):
                branch.rte_index.setdefault(rte, set()).add((kind, uid, locale))
    return branch.rte_index


def _documents(branch: Branch) -> Iterator[tuple[str, str, str, Document]]:
    for kind, table in branch.entries.items():
        for uid, entry in table.items():
            for locale, document in entry.documents.items():
                yield kind, uid, locale, document


def _document(branch: Branch, kind: str, uid: str, locale: str) -> Document | None:
    entry = branch.entries.get(kind, {}).get(uid)
    return entry.documents.get(locale) if entry else None


def _rtes(branch: Branch, kind: str, document: Document) -> list[str]:
    return rte_document_uids(branch, schema_of(branch, kind), document.latest)
