"""Commands against a service that fails, and commands that are killed: what arrives is the same.

Written from docs/reliability.md alone. The emulator is a process of its own with a file of faults; the target is read
and compared by these tests' own reader.
"""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from compare_stacks import compare
from emulate_command import emulate
from read_stack import Reading, read_stack
from round_trip_bench import FAST, Bench, open_bench
from test_round_trips import PLAIN_HEADER, all_but_the_webhook
from weird_stack import fill_weird

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = "blt_invented_two"
ROUTES = [
    "POST /content_types/{}/entries",
    "POST /content_types/{}/entries/import",
    "PUT /content_types/{}/entries/{}",
    "POST /assets",
    "PUT /assets/{}",
    "POST /assets/folders",
    "POST /releases",
    "POST /releases/{}/items",
    "PUT /releases/{}",
    "POST /bulk/publish",
    "POST /content_types/{}/entries/{}/publish",
    "POST /assets/{}/publish",
    "POST /taxonomies/import",
    "POST /taxonomies/{}",
    "POST /taxonomies/{}/terms/{}",
    "POST /content_types",
    "PUT /content_types/{}",
    "POST /global_fields",
    "POST /extensions",
    "POST /locales",
    "POST /environments",
    "POST /labels",
    "POST /webhooks",
    "POST /workflows",
    "POST /content_types/{}/entries/{}/workflow",
    "POST /content_types/{}/entries/{}/versions/{}/name",
    "GET **",
]
FAULTS: dict[str, dict[str, Any]] = {
    "an empty 200 after": {"status": 200, "act": "after", "body": ""},
    "{} after": {"status": 201, "act": "after", "body": "{}"},
    "null before": {"status": 200, "act": "before", "body": "null"},
    "[] after": {"status": 200, "act": "after", "body": "[]"},
    "a reset after": {"act": "after", "then": "reset"},
    "a gateway after": {"status": 502, "act": "after", "body": "<html>no</html>"},
    "cut": {"act": "after", "then": "truncate"},
    "429": {"status": 429, "headers": {"Retry-After": "0"}},
}
EVERY = [(name, route, nth, times) for name in FAULTS for route in ROUTES for nth, times in ((1, 1), (2, 3))]
SAMPLE = random.Random(11).sample(EVERY, 3)


@pytest.fixture(scope="module")
def exported() -> Iterator[tuple[Bench, Reading]]:
    """A snapshot of the weird stack, and what its source holds."""
    with open_bench(fill_weird) as bench:
        bench.run("export", bench.cli.place(bench.source.key), bench.snapshot, "--versions", "all")
        yield bench, read_stack(bench.source)


def import_with(exported: tuple[Bench, Reading], home: Any, fault: dict[str, Any]) -> None:
    bench, source = exported
    served, bench.cli.origin = bench.cli.origin, ""
    try:
        with emulate(home, TARGET, faults=[fault]) as target:
            bench.cli.origin = target.origin
            place, state = bench.cli.place(TARGET), ("--state", home / "state")
            for _ in range(6):  # a run may stop; the same command goes on
                bench.run("import", bench.snapshot, place, "--versions", "all", "--schedules", *state)
                if bench.codes["import"] == 3:
                    break
            assert bench.codes["import"] == 3, bench.summary()
            gaps = [bench.line(gap) for gap in bench.reports["import"]["gaps"]]
            assert [line for line in gaps if PLAIN_HEADER not in line] == []
            bench.run("verify", bench.snapshot, "--against", place, *state)
            found = all_but_the_webhook(compare(source, read_stack(target)))
            assert found == [], "\n".join(found)
            assert bench.codes["verify"] == 3, bench.summary()
    finally:
        bench.cli.origin = served


@pytest.mark.parametrize(("name", "route", "nth", "times"), SAMPLE)
def test_an_answer_that_fails(
    exported: tuple[Bench, Reading], tmp_path: Any, name: str, route: str, nth: int, times: int
) -> None:
    """A sample of all faults on all routes."""
    import_with(exported, tmp_path, {"route": route, "nth": nth, "times": times, **FAULTS[name]})


@pytest.mark.torture
@pytest.mark.parametrize(("name", "route", "nth", "times"), EVERY)
def test_every_answer_that_fails(
    exported: tuple[Bench, Reading], tmp_path: Any, name: str, route: str, nth: int, times: int
) -> None:
    """All faults on all routes."""
    import_with(exported, tmp_path, {"route": route, "nth": nth, "times": times, **FAULTS[name]})


def killed_then_finished(bench: Bench, chance: random.Random, kills: int, *words: object) -> int:
    """Start a command, kill it at a random instant, again and again; then let it end. The last exit code."""
    for _ in range(kills):
        process = bench.cli.start(*words, *FAST, "--json")
        end = time.monotonic() + 0.4 + chance.random() * 1.5
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode >= 0:
            return int(process.returncode)
    return int(bench.cli.run(*words, *FAST, "--json").code)


def kill_everything(seed: int, kills: int) -> None:
    chance = random.Random(seed)
    with open_bench(fill_weird, latency=0.02) as bench:
        source, target = (bench.cli.place(api.key) for api in (bench.source, bench.target))
        assert (
            killed_then_finished(bench, chance, kills, "export", source, bench.snapshot, "--versions", "all")
            == 0
        )
        words = ("import", bench.snapshot, target, "--versions", "all", "--schedules")
        assert killed_then_finished(bench, chance, kills, *words) == 3
        assert bench.cli.run("verify", bench.snapshot, "--against", target, *FAST).code == 3
        found = all_but_the_webhook(compare(read_stack(bench.source), read_stack(bench.target)))
        assert found == [], "\n".join(found)
        writes = bench.cli.writes
        bench.cli.run(*words, *FAST)
        assert bench.cli.writes == writes, "a finished import that is run again sends no write"


@pytest.mark.parametrize("seed", [1])
def test_killed_commands_are_resumed(seed: int) -> None:
    """Promise 1: killed in any way, the same command resumes; nothing missing, nothing twice."""
    kill_everything(seed, kills=1)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(2, 30))
def test_many_killed_commands_are_resumed(seed: int) -> None:
    """The same for more seeds."""
    kill_everything(seed, kills=6)
