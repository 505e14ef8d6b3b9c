"""What each reference of a document becomes in the target, and the gaps where nothing corresponds."""

from __future__ import annotations

from pathlib import Path

import pytest
from memory_records import MemoryIdentities, MemoryRecords, MemoryTables

from stackferry.providers.contentstack.references.model import KEEP, Reference, ReferenceKind
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.target import ImportContext, WriteOptions


def resolver(not_yet_created: frozenset[str] = frozenset(), **known: dict[str, str]) -> Resolver:
    options = WriteOptions(locales={"en-us": "en-gb"})
    context = ImportContext(
        source=MemoryRecords(),
        target=MemoryRecords(),
        identity=MemoryIdentities(**known),
        options=options,
        bytes_of=Path,
        scratch=MemoryTables(),
    )
    return Resolver(context, "page", "blt1", "fr-fr", not_yet_created)


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (ReferenceKind.ENTRY, "entries"),
        (ReferenceKind.ASSET, "assets"),
        (ReferenceKind.EXTENSION, "extensions"),
        (ReferenceKind.ASSET_URL, "asset_urls"),
    ],
)
def test_a_reference_gets_the_uid_of_its_kind_in_the_target(kind: ReferenceKind, table: str) -> None:
    one = resolver(frozenset(), **{table: {"old": "new"}})
    assert one(Reference(kind=kind, uid="old")) == "new"
    assert one.gaps == []


@pytest.mark.parametrize("kind", [ReferenceKind.ENTRY, ReferenceKind.ASSET, ReferenceKind.EXTENSION])
def test_a_reference_to_what_the_target_lacks_is_left_out_with_a_gap(kind: ReferenceKind) -> None:
    one = resolver()
    assert one(Reference(kind=kind, uid="gone", path="/a/0/uid")) is None
    (gap,) = one.gaps
    assert (gap.kind, gap.uid, gap.type, gap.locale, gap.path) == (
        "references", "blt1", "page", "fr-fr", "/a/0/uid",
    )  # fmt: skip
    assert f"{kind.value} gone" in gap.reason


def test_the_address_of_an_asset_that_the_target_lacks_stays_with_a_gap() -> None:
    one = resolver()
    assert one(Reference(kind=ReferenceKind.ASSET_URL, uid="gone", url="https://x")) is KEEP
    assert ["address of asset gone" in gap.reason for gap in one.gaps] == [True]


def test_a_term_is_looked_up_by_taxonomy_and_uid() -> None:
    one = resolver(terms={"colour\0red": "red"})
    assert one(Reference(kind=ReferenceKind.TERM, uid="red", content_type="colour")) is KEEP
    assert one(Reference(kind=ReferenceKind.TERM, uid="red", content_type="size")) is None
    assert len(one.gaps) == 1


def test_a_locale_is_mapped_as_the_options_say() -> None:
    one = resolver()
    assert one(Reference(kind=ReferenceKind.LOCALE, uid="en-us")) == "en-gb"
    assert one(Reference(kind=ReferenceKind.LOCALE, uid="de-de")) is KEEP


def test_an_entry_that_is_not_yet_created_is_left_out_without_a_gap() -> None:
    """C6: a second write of the same entry adds the reference."""
    one = resolver(frozenset({"later"}), entries={"later": "known"})
    assert one(Reference(kind=ReferenceKind.ENTRY, uid="later")) is None
    assert one.gaps == []
