"""A file of contentful-export goes into a space as it is: with its files, with what it cannot say as gaps, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from space_bench import DATASETS, SpaceBench, dataset, make_space_bench
from space_oracle import compare, dump
from workbench import memory_directory

from stackferry.formats.contentful.convert import contentful_file_to_snapshot, snapshot_to_contentful_file

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot


def from_file(bench: SpaceBench, root: Path) -> Snapshot:
    """The source of the bench, by way of a file."""
    snapshot_to_contentful_file(bench.export(), root / "file")
    return contentful_file_to_snapshot(root / "file", root / "from file")


@pytest.mark.parametrize("name", DATASETS)
def test_a_file_fills_an_empty_space(name: str) -> None:
    with memory_directory() as root:
        bench = make_space_bench(root, dataset(name))
        snapshot = from_file(bench, root)
        result = bench.import_snapshot(snapshot)
        changed = {
            uid
            for table in (bench.source.master.entries, bench.source.master.assets)
            for uid, one in table.items()
            if one.state == "changed"
        }
        told = compare(dump(bench.source), dump(bench.target), ignore={"ui_config", "webhooks.active"})
        # What is live of an entity that was edited since is not in the file.
        assert {line.split(" ")[1] for line in told if "webhooks" not in line} <= changed
        assert {str(gap["kind"]) for gap in result.gaps} >= {"workflows", "ui_config"}


def test_a_file_that_is_imported_twice_writes_nothing_the_second_time() -> None:
    with memory_directory() as root:
        bench = make_space_bench(root, dataset("gatsby-multi-locale"))
        snapshot = from_file(bench, root)
        bench.import_snapshot(snapshot)
        bench.emulator.log.clear()
        bench.import_snapshot(snapshot, "another state", on_conflict="update")
        assert bench.writes() == 0


def test_a_file_and_its_space_do_not_differ_but_for_what_it_lacks() -> None:
    with memory_directory() as root:
        bench = make_space_bench(root, dataset("gatsby-multi-locale"))
        found = bench.verify(from_file(bench, root), None, key="invented-source")
        assert found.differences == []
