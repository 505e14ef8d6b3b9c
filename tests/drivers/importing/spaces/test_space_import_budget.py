"""How many requests an import into an empty space takes, beside the fewest that there could be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from space_bench import DATASETS, dataset, make_space_bench
from states_space import fill_states
from test_space_every_kind import bench_of

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.drivers.import_outcome import ImportResult

# With two of the target's lists, and one look a wait: latest and live versions, and all.
MARKS = {
    "covid-19-site-template": {"pinned": 69, "all": 81},
    "gatsby-multi-locale": {"pinned": 66, "all": 86},
    "portfolio-garethf89": {"pinned": 312, "all": 352},
}
COUNTED_LISTS = 2


def lists(bench: SpaceBench) -> int:
    """What was read of the target before the first write."""
    return next(at for at, one in enumerate(bench.emulator.log) if one.method != "GET")


def name_locales_alike(bench: SpaceBench) -> None:
    """A new space calls its default locale as people do; an emulated one by its code."""
    names = {raw["code"]: raw["name"] for raw in bench.source.master.locales.values()}
    for raw in bench.target.master.locales.values():
        raw["name"] = names[raw["code"]]


def without_rules(bench: SpaceBench) -> None:
    """The older versions are made up, and break some rules of their types."""
    for document in bench.source.master.content_types.values():
        for body in (document.body, document.live or {}):
            for field in cast("Any", body["fields"]):
                field |= {"validations": [], "required": False}
                if "items" in field:
                    field["items"]["validations"] = []


def with_addresses(bench: SpaceBench) -> None:
    """The published exports have a word in place of a webhook's address, which no import writes."""
    for raw in bench.source.webhooks.values():
        raw["url"] = "https://hooks.example.invalid/build"


@pytest.mark.parametrize("versions", ["pinned", "all"])
@pytest.mark.parametrize("name", DATASETS)
def test_a_real_space_takes_as_many_requests_as_is_known(root: Path, name: str, versions: str) -> None:
    bench = make_space_bench(root / "bench", dataset(name))
    name_locales_alike(bench)
    without_rules(bench)
    with_addresses(bench)
    snapshot = bench.export(versions=versions)
    bench.emulator.log.clear()
    done = bench.import_snapshot(snapshot, versions=versions)
    assert done.gaps == []
    assert len(bench.emulator.log) - lists(bench) + COUNTED_LISTS == MARKS[name][versions]
    _within_budget(bench, done)


def _within_budget(bench: SpaceBench, done: ImportResult) -> None:
    fewest, sent = sum(done.minimum.values()), len(bench.emulator.log)
    assert fewest <= sent <= 1.02 * fewest, (done.minimum, sent)


@pytest.mark.parametrize("versions", ["pinned", "all"])
def test_every_kind(root: Path, versions: str) -> None:
    bench = bench_of(root)
    snapshot = bench.export(versions=versions, editorial=True)
    bench.emulator.log.clear()
    _within_budget(bench, bench.import_snapshot(snapshot, versions=versions))


def test_states_by_locale(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.emulator.log.clear()
    _within_budget(bench, bench.import_snapshot(snapshot))


def test_what_cannot_be_made_is_not_counted(root: Path) -> None:
    """A webhook whose address is redacted is not written."""
    bench = bench_of(root)
    bench.source.webhooks["deploy"]["url"] = "https://hooks.example.invalid/?token=Zx81qWpLm03-invented"
    snapshot = bench.export(editorial=True)
    bench.emulator.log.clear()
    done = bench.import_snapshot(snapshot)
    assert "deploy" not in bench.target.webhooks
    _within_budget(bench, done)


def test_a_repeated_import_claims_no_request_that_it_does_not_need(root: Path) -> None:
    bench = bench_of(root)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    bench.emulator.log.clear()
    again = bench.import_snapshot(snapshot)
    assert {**again.minimum, "write": 0, "bulk": 0} == again.minimum
    assert sum(again.minimum.values()) <= len(bench.emulator.log)
