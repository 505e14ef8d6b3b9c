"""Which older versions an export fetches: those that something points at, each once, none that it has."""

from __future__ import annotations

import pytest
from memory_records import MemoryRecords, details

from stackferry.providers.contentstack.content.pinned_versions import PinnedVersions


@pytest.fixture
def rows() -> MemoryRecords:
    staged = MemoryRecords()
    staged.locale("en-us")
    staged.locale("fr-fr", "en-us")
    staged.entry("a", "en-us", 5, ("live", "en-us", 3), ("test", "en-us", 3), ("live", "fr-fr", 5))
    staged.put("assets", {"uid": "b", "_version": 3, "publish_details": [*details(("live", "en-us", 1))]})
    return staged


def item(kind: str, uid: str, locale: str, version: int | None) -> dict[str, object]:
    return {"content_type_uid": kind, "uid": uid, "locale": locale, "version": version}


def pins(rows: MemoryRecords, versions: str = "pinned") -> list[tuple[str, str, str, int, str]]:
    return [
        (pin.kind, pin.uid, pin.locale, pin.version, pin.reason) for pin in PinnedVersions(rows, versions)
    ]


def test_latest_fetches_no_older_version(rows: MemoryRecords) -> None:
    """Published or not."""
    assert pins(rows, "latest") == []


def test_a_published_version_is_fetched_once(rows: MemoryRecords) -> None:
    """Though it is published twice; the latest one, which the listing gave, not at all."""
    assert pins(rows) == [("entries", "a", "en-us", 3, "published"), ("assets", "b", "", 1, "published")]


@pytest.mark.parametrize("kind", ["built_io_upload", "sys_assets"])
def test_items_of_releases_pin_versions(rows: MemoryRecords, kind: str) -> None:
    """Of entries in the language that is shown, of assets by either name of their type."""
    for one in (item("page", "a", "fr-fr", 2), item(kind, "b", "en-us", 2), item("page", "gone", "en-us", 1)):
        rows.put("release_items", {"release": "r", "item": {**one}})  # type: ignore[dict-item]  # JSON all the same
    found = pins(rows)
    assert ("entries", "a", "en-us", 2, "in a release") in found
    assert ("assets", "b", "", 2, "in a release") in found
    assert not any(pin[1] == "gone" for pin in found)


def test_an_item_without_a_version_pins_none(rows: MemoryRecords) -> None:
    rows.put("release_items", {"release": "r", "item": {**item("page", "a", "en-us", None)}})  # type: ignore[dict-item]  # as above
    assert not any(pin[4] == "in a release" for pin in pins(rows))


def test_all_fetches_every_version_once(rows: MemoryRecords) -> None:
    """Those of the lists of versions, and every earlier one of an asset."""
    rows.put("history", {"uid": "a", "versions": [{"_version": n} for n in (5, 4, 3, 2, 1)]}, "page", "en-us")
    found = pins(rows, "all")
    assert sorted(pin[3] for pin in found if pin[0] == "entries") == [1, 2, 3, 4]
    assert sorted(pin[3] for pin in found if pin[0] == "assets") == [1, 2]
