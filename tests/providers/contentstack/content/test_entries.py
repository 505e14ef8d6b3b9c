"""The order in which documents are replayed, and the graph between entries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from memory_records import MemoryIdentities, MemoryRecords, MemoryTables

from stackferry.providers.contentstack.content.entries import Content, read_content
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.entries.reference_index import ReferenceIndex
from stackferry.providers.target import ImportContext, WriteOptions

if TYPE_CHECKING:
    from stackferry.model import JsonObject

PARTNER: JsonObject = {
    "uid": "partner",
    "data_type": "reference",
    "reference_to": ["page"],
    "mandatory": True,
}
PICTURE: JsonObject = {"uid": "picture", "data_type": "file", "mandatory": True}


@pytest.fixture
def rows() -> MemoryRecords:
    staged = MemoryRecords()
    for code, fallback in (("fr-ca", "fr-fr"), ("fr-fr", "en-us"), ("en-us", None)):
        staged.locale(code, fallback)
    staged.put("content_types", {"uid": "page", "schema": [PARTNER, PICTURE]})
    return staged


def put(
    rows: MemoryRecords, uid: str, locale: str, version: int, *, older: bool = False, **values: object
) -> None:
    row: JsonObject = {"uid": uid, "_version": version, "locale": locale}
    row |= values  # type: ignore[arg-type]  # JSON all the same
    rows.put("versions" if older else "entries", row, "page", locale, number=version if older else 0)


def context(rows: MemoryRecords, versions: str = "all") -> ImportContext:
    options = WriteOptions(versions=versions)
    return ImportContext(
        source=rows,
        target=MemoryRecords(),
        identity=MemoryIdentities(),
        options=options,
        bytes_of=Path,
        scratch=MemoryTables(),
    )


def content(rows: MemoryRecords, versions: str = "all") -> Content:
    return read_content(context(rows, versions))


def surveyed(one: ImportContext) -> ReferenceIndex:
    found = ReferenceIndex(one)
    found.read(range(len(one.once(read_content).entries)))
    return found


def test_versions_of_an_entry_are_ordered(rows: MemoryRecords) -> None:
    """The master's versions first, then each language after the one that it falls back to."""
    put(rows, "a", "fr-ca", 1)
    put(rows, "a", "fr-fr", 3)
    put(rows, "a", "fr-fr", 2, older=True)
    put(rows, "a", "en-us", 4)
    put(rows, "a", "en-us", 1, older=True)
    (entry,) = content(rows).entries
    order = [(document.locale, document.version, document.record_number) for document in entry.versions]
    assert order == [("en-us", 1, 1), ("en-us", 4, 0), ("fr-fr", 2, 2), ("fr-fr", 3, 0), ("fr-ca", 1, 0)]
    assert [document.load(rows)["_version"] for document in entry.versions] == [1, 4, 2, 3, 1]


def test_a_version_number_may_be_of_any_size_or_type(rows: MemoryRecords) -> None:
    """Whatever a hostile snapshot holds as the version, the document is listed."""
    put(rows, "a", "en-us", 10**30)
    (entry,) = content(rows).entries
    (document,) = entry.versions
    assert (document.key, document.record_number) == (f"entries/page/a/en-us/{10**30}", 0)
    assert document.load(rows)["_version"] == 10**30


def test_latest_leaves_out_older_versions(rows: MemoryRecords) -> None:
    """With `--versions latest` an entry has one version a language."""
    put(rows, "a", "en-us", 4)
    put(rows, "a", "en-us", 1, older=True)
    (entry,) = content(rows, "latest").entries
    assert [document.record_number for document in entry.versions] == [0]


def test_entries_without_a_content_type_are_left_out(rows: MemoryRecords) -> None:
    """Without a schema their references cannot be found."""
    rows.put("entries", {"uid": "a", "_version": 1}, "unknown", "en-us")
    assert [*content(rows).entries] == []


def test_the_first_version_alone_makes_edges(rows: MemoryRecords) -> None:
    """What the version that creates the entry refers to must exist before; a ring and a self reference are edges."""
    here = [{"uid": "b", "_content_type_uid": "page"}]
    put(rows, "a", "en-us", 1, older=True, partner=here)
    put(rows, "a", "en-us", 2, partner=[{"uid": "a", "_content_type_uid": "page"}])
    put(rows, "b", "en-us", 1, partner=[{"uid": "a", "_content_type_uid": "page"}, *here])
    assert [edge[:2] for edge in surveyed(context(rows)).edges] == [(0, 1), (1, 0), (1, 1)]


def test_a_mandatory_reference_to_what_the_snapshot_lacks_is_found(rows: MemoryRecords) -> None:
    """A missing entry, or an asset without bytes."""
    put(rows, "a", "en-us", 1, partner=[{"uid": "gone", "_content_type_uid": "page"}])
    put(rows, "b", "en-us", 1, picture={"uid": "dark", "filename": "x"})
    put(rows, "c", "en-us", 1, picture={"uid": "held", "filename": "x"})
    for uid in ("dark", "held"):
        rows.put("assets", {"uid": uid, "_version": 1})
    rows.put("files", {"uid": "held", "version": 1, "sha256": "0"}, number=1)
    looked = context(rows)
    entries = looked.once(read_content).entries
    assert [entries[here].uid for (here,) in surveyed(looked).lacking] == ["a", "b"]


def test_the_master_locale_falls_back_to_no_other(rows: MemoryRecords) -> None:
    """A snapshot without locales has none."""
    assert master_locale(rows) == "en-us"
    assert master_locale(MemoryRecords()) == ""
