"""What a dry run of an import into a space counts and tells, and a finished import that is run again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from space_bench import dataset, make_space_bench
from states_space import fill_states
from workbench import memory_directory

from stackferry.errors import Different

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def root() -> Iterator[Path]:
    with memory_directory() as path:
        yield path


def test_a_dry_run_counts_what_an_import_sends(root: Path) -> None:
    bench = make_space_bench(root / "bench", dataset("covid-19-site-template"))
    snapshot = bench.export()
    *lines, foot = bench.plan(snapshot)
    assert bench.writes() == 0
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot)
    sent = Counter("read" if one.method == "GET" else "write" for one in bench.emulator.log)
    planned: Any = foot["requests"]
    assert planned["read"] == sent["read"]
    assert planned["write"] + planned["bulk"] == sent["write"]
    written = [line for line in lines if line["line"] == "write"]
    told = Counter((row["kind"], row["action"]) for row in written)
    assert told["entries", "create"] == 26
    assert told["entries", "update"] == 1
    assert told["publications", "publish"] == 31
    changed = next(row for row in written if (row["kind"], row["action"]) == ("entries", "update"))
    assert changed["fields"]
    assert changed["title"]


def test_a_finished_import_that_is_run_again_looks_and_writes_nothing(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    first = bench.import_snapshot(snapshot)
    bench.emulator.log.clear()
    again = bench.import_snapshot(snapshot)
    assert bench.writes() == 0
    assert (again.gaps, first.gaps) == ([], [])


def test_a_finished_import_says_what_has_changed_since(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    entry = bench.target.master.entries["draft"]
    entry.body = {**entry.body, "fields": {"title": {"en-US": "Edited"}}}
    entry.sys["version"] = entry.version + 1
    bench.target.master.changed()
    with pytest.raises(Different, match="entries page draft"):
        bench.import_snapshot(snapshot)
