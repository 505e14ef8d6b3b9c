"""Commands against targets that are in use that cannot be meant: a sentence, an exit code, nothing written.

Written from docs/living-targets.md, the README and the vendor's pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from living_stack import Newsroom, changes, do, state_of
from round_trip_bench import Bench, open_bench

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES: dict[str, tuple[tuple[str, ...], int, str]] = {
    "where it comes from": (("import", "SNAP", "HERE"), 2, "--in-place"),
    "in place elsewhere": (("import", "SNAP", "THERE", "--in-place"), 2, "where it comes from"),
    "a mirror unasked": (("import", "SNAP", "HERE", "--in-place", "--mirror"), 2, "--yes"),
    "a mirror of a part": (
        ("import", "SNAP", "HERE", "--in-place", "--mirror", "--yes", "--content-type", "page"),
        2,
        "selected",
    ),
    "nothing of that name": (("restore", "bltnothing", "--from", "SNAP", "HERE"), 2, "bltnothing"),
    "no plan": (("import", "SNAP", "HERE", "--apply", "SNAP/manifest.json"), 2, "no plan"),
    "a plan for another place": (
        ("import", "SNAP", "THERE", "--apply", "PLAN"),
        2,
        "is a plan for an import into",
    ),
    "one place": (("copy", "HERE", "HERE", "--on-conflict", "update"), 2, "both source and target"),
    "two languages in one": (("import", "SNAP", "THERE", "--locale", "de-de=en-us"), 2, "de-de and en-us"),
    "two environments in one": (
        ("import", "SNAP", "THERE", "--environment", "test=live"),
        2,
        "live and test",
    ),
    "another language in place": (
        ("import", "SNAP", "HERE", "--in-place", "--locale", "de-de=en-us"),
        2,
        "--locale is not for --in-place",
    ),
    "no such kind": (("import", "SNAP", "HERE", "--in-place", "--only", "pages"), 2, "pages"),
}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with open_bench() as one:
        room = Newsroom(one.source).fill()
        assert do(one, "export", one.cli.place(one.source.key), one.snapshot).code == 0
        room.save("One", body="edited since")
        plan = ("--in-place", "--plan", one.cli.home / "plan.jsonl")
        assert do(one, "import", one.snapshot, one.cli.place(one.source.key), *plan).code == 0
        yield one


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(bench: Bench, name: str) -> None:
    words, code, told = CASES[name]
    real = {
        "SNAP": str(bench.snapshot),
        "HERE": bench.cli.place(bench.source.key),
        "THERE": bench.cli.place(bench.target.key),
        "PLAN": str(bench.cli.home / "plan.jsonl"),
        "SNAP/manifest.json": str(bench.snapshot / "manifest.json"),
    }
    before = state_of(bench.source)
    done = do(bench, *(real.get(word, word) for word in words))
    assert (done.code, done.sent) == (code, []), done
    assert told in done.err
    assert changes(before, state_of(bench.source)) == []
