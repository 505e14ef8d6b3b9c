"""Progress that ends where it says that it ends: of each phase of a run all is done when the run is over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from three_systems import OTHER, SOURCE, SYSTEMS, TARGET, open_three_systems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from command_line import CommandResult
    from three_systems import ThreeSystems

_MORE = {
    "contentstack": ("--versions", "all"),
    "contentful": ("--versions", "all"),
    "azure-devops": ("--task-logs", "--deleted"),
}
_AS_EVENTS = ("--log-format", "json", "--rate", "0", "--bulk-rate", "0")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[ThreeSystems]:
    with open_three_systems(tmp_path) as systems:
        yield systems


def last_of_each(result: CommandResult) -> dict[tuple[str, str], tuple[int, int]]:
    """What the last event of each phase and kind says: done, and all."""
    assert result.code in (0, 3, 5), result.err
    events = [json.loads(line) for line in result.err.splitlines()]
    found = [one for one in events if one["event"] == "progress"]
    assert found
    return {(one["phase"], one["kind"]): (one["done"], one["total"]) for one in found}


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_phase_of_every_command_ends_full(three: ThreeSystems, system: str) -> None:
    """Also where rows of a listing are of other kinds, jobs bring nothing, or steps of a plan fall away."""
    source, target, other = (three.place(system, key) for key in (SOURCE, TARGET, OTHER))
    first, second = three.home / "first", three.home / "second"
    three.run("backup", source, "--into", three.home / "nights", "--rate", "0")
    commands = {
        "export": ("export", source, first),
        "export of more": ("export", source, three.home / "all", *_MORE[system]),
        "export on top of another": ("export", source, second, "--base", first),
        "check": ("verify", first),
        "dry run": ("import", first, target, "--dry-run"),
        "import": ("import", first, target),
        "import again": ("import", first, target),
        "verify": ("verify", first, "--against", target),
        "diff": ("diff", source, target),
        "dry run of a copy": ("copy", source, target, "--dry-run"),
        "copy": ("copy", source, other),
        "copy again": ("copy", source, other, "--on-conflict", "update"),
        "backup": ("backup", source, "--into", three.home / "nights"),
    }
    unfinished: dict[tuple[str, ...], tuple[int, int]] = {}
    for name, words in commands.items():
        last = last_of_each(three.run(*words, *_AS_EVENTS))
        unfinished |= {(name, *key): count for key, count in last.items() if count[0] != count[1]}
    assert unfinished == {}
