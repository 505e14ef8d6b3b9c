"""Which entries have a value: values that must be unique are looked up without looking at all entries at every write.

The indexes only ever grow: they name every entry that has a value, and some that had it once, so a hit is compared with
what the entry has now. They are made when first needed, and again after entries were loaded past the API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.content.schema import rte_document_uids, schema_of

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.state import Branch, Document, Entry
    from stackferry.model import Json, JsonObject


def entry_with_value(branch: Branch, own: Entry | None, place: tuple[str, str, str], value: Json) -> str:
    """The uid of an entry other than `own` with that value at a place (content type, language, field), or ""."""
    content_type, locale, field = place
    entries = branch.entries.get(content_type, {})
    for uid in _value_index(branch, place).get(repr(value), ()):  # by repr: lists and objects are no keys
        entry = entries.get(uid)
        document = entry.documents.get(locale) if entry is not own and entry else None
        if document is not None and document.latest.get(field) == value:
            return uid
    return ""


def has_rte_document(branch: Branch, rte: str) -> bool:
    """Whether the latest version of any document holds a JSON RTE document with that uid."""
    for content_type, uid, locale in _rte_index(branch).get(rte, ()):
        entry = branch.entries.get(content_type, {}).get(uid)
        document = entry.documents.get(locale) if entry else None
        if document is not None and rte in _rte_uids(branch, content_type, document):
            return True
    return False


def index_version(branch: Branch, content_type: str, stored: JsonObject) -> None:
    """Add a version that was just stored to the indexes that exist."""
    uid, code = str(stored["uid"]), str(stored["locale"])
    for (kind, locale, field), index in branch.value_index.items():
        if kind == content_type and locale == code and field in stored:
            index.setdefault(repr(stored[field]), set()).add(uid)
    if branch.rte_index is not None:
        for rte in rte_document_uids(branch, schema_of(branch, content_type), stored):
            branch.rte_index.setdefault(rte, set()).add((content_type, uid, code))


def _value_index(branch: Branch, place: tuple[str, str, str]) -> dict[str, set[str]]:
    if place not in branch.value_index:
        content_type, locale, field = place
        index = branch.value_index[place] = {}
        for uid, entry in branch.entries.get(content_type, {}).items():
            if locale in entry.documents:
                index.setdefault(repr(entry.documents[locale].latest.get(field)), set()).add(uid)
    return branch.value_index[place]


def _rte_index(branch: Branch) -> dict[str, set[tuple[str, str, str]]]:
    if branch.rte_index is None:
        branch.rte_index = {}
        for content_type, entries in branch.entries.items():
            for uid, entry in entries.items():
                for locale, document in entry.documents.items():
                    for rte in _rte_uids(branch, content_type, document):
                        branch.rte_index.setdefault(rte, set()).add((content_type, uid, locale))
    return branch.rte_index


def _rte_uids(branch: Branch, content_type: str, document: Document) -> list[str]:
    return rte_document_uids(branch, schema_of(branch, content_type), document.latest)
