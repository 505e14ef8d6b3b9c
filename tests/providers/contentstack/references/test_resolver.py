"""Who is this in the target? What nobody is there is left out with a gap, or left as it is with one."""

from __future__ import annotations

from pathlib import Path

import pytest
from staged_rows import MemoryTables, Rows

from stackferry.providers.contentstack.references.model import KEEP, Reference, ReferenceKind
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.target import Replay, WriteOptions


class Names:
    """Implements `Identity` on a dict."""

    def __init__(self, **known: dict[str, str]) -> None:
        self._known = known

    def target(self, kind: str, source: str) -> str | None:
        return self._known.get(kind, {}).get(source)

    def is_target(self, kind: str, target: str) -> bool:
        return target in self._known.get(kind, {}).values()


def resolver(held: frozenset[str] = frozenset(), **known: dict[str, str]) -> Resolver:
    options = WriteOptions(locales={"en-us": "en-gb"})
    replay = Replay(
        source=Rows(),
        target=Rows(),
        identity=Names(**known),
        options=options,
        bytes_of=Path,
        scratch=MemoryTables(),
    )
    return Resolver(replay, "page", "blt1", "fr-fr", held)


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (ReferenceKind.ENTRY, "entries"),
        (ReferenceKind.ASSET, "assets"),
        (ReferenceKind.EXTENSION, "extensions"),
        (ReferenceKind.ASSET_URL, "asset_urls"),
    ],
)
def test_known_is_renamed(kind: ReferenceKind, table: str) -> None:
    """What the target holds takes its name there, of its own kind only."""
    one = resolver(frozenset(), **{table: {"old": "new"}})
    assert one(Reference(kind=kind, uid="old")) == "new"
    assert one.gaps == []


@pytest.mark.parametrize("kind", [ReferenceKind.ENTRY, ReferenceKind.ASSET, ReferenceKind.EXTENSION])
def test_unknown_is_left_out(kind: ReferenceKind) -> None:
    """A reference to what is not there is taken out, and a gap says from where and to what."""
    one = resolver()
    assert one(Reference(kind=kind, uid="gone", path="/a/0/uid")) is None
    (gap,) = one.gaps
    assert (gap.kind, gap.uid, gap.type, gap.locale, gap.path) == (
        "references", "blt1", "page", "fr-fr", "/a/0/uid",
    )  # fmt: skip
    assert f"{kind.value} gone" in gap.reason


def test_unknown_address_stays() -> None:
    """The address of an asset that is not there stays in the text, with a gap: prose is not cut."""
    one = resolver()
    assert one(Reference(kind=ReferenceKind.ASSET_URL, uid="gone", url="https://x")) is KEEP
    assert ["address of asset gone" in gap.reason for gap in one.gaps] == [True]


def test_terms_belong_to_a_taxonomy() -> None:
    """A term is known by taxonomy and uid; its name does not change; an unknown one is left out with a gap."""
    one = resolver(terms={"colour\0red": "red"})
    assert one(Reference(kind=ReferenceKind.TERM, uid="red", content_type="colour")) is KEEP
    assert one(Reference(kind=ReferenceKind.TERM, uid="red", content_type="size")) is None
    assert len(one.gaps) == 1


def test_languages_are_mapped() -> None:
    """A language takes the name that the user gave, or keeps its own."""
    one = resolver()
    assert one(Reference(kind=ReferenceKind.LOCALE, uid="en-us")) == "en-gb"
    assert one(Reference(kind=ReferenceKind.LOCALE, uid="de-de")) is KEEP


def test_held_entries_leave_no_gap() -> None:
    """C6: what a second write will bring is left out for now, and is no loss."""
    one = resolver(frozenset({"later"}), entries={"later": "known"})
    assert one(Reference(kind=ReferenceKind.ENTRY, uid="later")) is None
    assert one.gaps == []
