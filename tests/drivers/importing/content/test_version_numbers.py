"""The list of versions that have another number in the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_stack import EGG, HEN, PICTURE, fill_small
from workbench import make_workbench, memory_directory

from stackferry import exact_json
from stackferry.providers.contentstack.importing.entries.version_names import renumbered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """The small stack in the source."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def listed(imported: ImportResult) -> list[Any]:
    """The rows of an import's list of changed version numbers."""
    return [exact_json.loads(line) for line in imported.renumbered.read_bytes().splitlines()]


def test_the_additional_version_of_an_entry_in_a_ring_is_listed(workbench: Workbench) -> None:
    """Such an entry is first created without its reference, and so has one version more. No other is listed."""
    imported = workbench.import_snapshot(workbench.export(versions="all"), versions="all")
    rows = listed(imported)
    assert rows
    assert {row["uid"] for row in rows} < {HEN, EGG}  # one of the ring is enough
    for row in rows:
        assert (row["kind"], row["content_type"], row["locale"]) == ("entries", "page", "en-us")
        assert row["to"] == row["from"] + 1
        assert has_equal_version(workbench, row["uid"], row["from"], row["to"])


def has_equal_version(workbench: Workbench, uid: str, before: int, after: int) -> bool:
    """Whether an entry of the target has a version equal to that of the source."""
    source_version = workbench.source.main.entries["page"][uid].documents["en-us"].versions[before]
    target_documents = [
        entry.documents.get("en-us") for entry in workbench.target.main.entries["page"].values()
    ]
    found = [document.versions.get(after, {}) for document in target_documents if document]
    return (source_version["title"], source_version["tags"]) in [
        (row.get("title"), row.get("tags")) for row in found
    ]


def test_the_list_is_empty_where_no_number_changes(workbench: Workbench) -> None:
    workbench.source.main.entries["page"].clear()
    workbench.source.main.releases.clear()
    assert listed(workbench.import_snapshot(workbench.export(versions="all"), versions="all")) == []


def test_omitted_older_versions_give_later_ones_smaller_numbers(workbench: Workbench) -> None:
    """Of entries and of assets."""
    workbench.source.main.assets[PICTURE].live.clear()
    rows = listed(workbench.import_snapshot(workbench.export(versions="latest"), versions="latest"))
    assert {"kind": "assets", "uid": PICTURE, "from": 2, "to": 1} in rows


def test_versions_of_a_filled_target_keep_their_numbers(workbench: Workbench) -> None:
    snapshot = workbench.export(versions="latest")
    workbench.import_snapshot(snapshot, versions="latest")
    branch = workbench.source.main
    document = branch.entries["page"][HEN].documents["en-us"]
    for number in (3, 4):
        branch.put_entry_version(
            "page", "en-us", {**document.latest, "_version": number, "tags": [f"{number}"]}
        )
    rows = listed(
        workbench.import_snapshot(
            workbench.export("later"), "another state", versions="latest", on_conflict="update"
        )
    )
    moved = {(row["uid"], row["from"]): row["to"] for row in rows}
    assert has_equal_version(workbench, HEN, 4, moved[HEN, 4])


def test_a_finished_import_writes_the_same_list_again(workbench: Workbench) -> None:
    snapshot = workbench.export(versions="all")
    first = listed(workbench.import_snapshot(snapshot, versions="all"))
    sent = workbench.writes()
    assert listed(workbench.import_snapshot(snapshot, versions="all")) == first
    assert workbench.writes() == sent


def test_versions_are_listed_in_numerical_order() -> None:
    """Versions whose number did not change are left out."""
    pairs = {
        "versions": [("page\0blt1\0en-us\0" + number, str(int(number) + 1)) for number in ("1", "10", "2")],
        "asset_versions": [("blt2\x001", "1"), ("blt2\x002", "4")],
    }
    rows = list(renumbered(pairs.__getitem__))
    assert [row["from"] for row in rows] == [1, 2, 10, 2]
    assert rows[-1] == {"kind": "assets", "uid": "blt2", "from": 2, "to": 4}
