"""How many requests an import into an empty space takes, beside the fewest that there could be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from space_bench import DATASETS, dataset, make_space_bench
from space_stopwatch import SpaceStopwatch
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
MOST_LISTS = 30  # of a space with every kind, and a look at each that could have moved


def lists(bench: SpaceBench) -> int:
    """What was read of the target before the first write."""
    return next(at for at, one in enumerate(bench.emulator.log) if one.method != "GET")


def asked(bench: SpaceBench) -> int:
    """Requests to the API; files come from elsewhere."""
    return len(bench.emulator.log) - bench.emulator.count("asset")


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


def real(root: Path, name: str) -> SpaceBench:
    """A bench with a published export, and a target that an import can make the same of."""
    bench = make_space_bench(root / "bench", dataset(name))
    name_locales_alike(bench)
    without_rules(bench)
    with_addresses(bench)
    return bench


@pytest.mark.parametrize("versions", ["pinned", "all"])
@pytest.mark.parametrize("name", DATASETS)
def test_a_real_space_takes_as_many_requests_as_is_known(root: Path, name: str, versions: str) -> None:
    bench = real(root, name)
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


@pytest.mark.parametrize("rate", [7, 10])
@pytest.mark.parametrize(
    ("name", "window"),
    [("covid-19-site-template", "sliding"), ("gatsby-multi-locale", "second"), ("every kind", "sliding")],
)
def test_it_is_as_fast_as_the_limit_lets_it(root: Path, name: str, window: Any, rate: int) -> None:
    """Into an empty space, again, and over what is there, and `verify`: no 429, and only the first writes."""
    bench = bench_of(root) if name == "every kind" else real(root, name)
    bench.emulator.switches = replace(bench.emulator.switches, limit_window=window)
    snapshot = bench.export(versions="all")
    watch = SpaceStopwatch(bench, rate)

    def check() -> None:
        assert watch.seconds <= 1.05 * asked(bench) / rate + 2
        assert watch.refused == 0

    def in_time(state: str = "state", **options: Any) -> ImportResult:
        bench.emulator.log.clear()
        done = watch.import_snapshot(snapshot, state, versions="all", **options)
        check()
        return done

    _within_budget(bench, in_time())
    bench.emulator.log.clear()
    watch.verify(snapshot)
    check()
    for again in ({}, {"state": "other", "on_conflict": "update"}):
        in_time(**again)
        assert (bench.writes(), asked(bench) <= MOST_LISTS) == (0, True)


def test_a_repeated_import_claims_no_request_that_it_does_not_need(root: Path) -> None:
    bench = bench_of(root)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    bench.emulator.log.clear()
    again = bench.import_snapshot(snapshot)
    assert {**again.minimum, "write": 0, "bulk": 0} == again.minimum
    assert sum(again.minimum.values()) <= len(bench.emulator.log)
