"""SIGKILL at random instants of commands that write into a stack that people work in.

`pytest -m torture -s tests/torture/test_living_kills.py` kills STACKFERRY_KILLS (500) of each, and prints the counts.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from command_runner import KillCounts, command_runner
from living_kills import COMMANDS, LivingStack, RivalCounts, kill_in_living_stack
from test_kills import KILLS, SEED, STACKS, check_counts

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from pathlib import Path

SHARE = -(-KILLS // (2 * len(STACKS)))  # kills of one command in one stack
FORGETFUL = (False, True)  # whether the service keeps nothing in the trash: then other uids are given


def test_killed_commands_resume_to_the_same_living_stack(tmp_path: Path) -> None:
    """A2: a kill of each; compared with the stack after the same command undisturbed.

    A mirror in place does all that a restore in place does.
    """
    counts, commands = KillCounts(), [one for one in COMMANDS if one != "in place"]
    with command_runner(tmp_path, 5, latency=0.002) as runner:
        living = LivingStack(runner, 5)
        for command in commands:
            kill_in_living_stack(living, command, Random(SEED), 1, counts, is_run_again=False)
    assert counts.kills == len(commands)
    check_counts(counts)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("forgetful", FORGETFUL)
@pytest.mark.parametrize("command", COMMANDS)
def test_many_killed_commands_resume_to_the_same_living_stack(
    tmp_path: Path, command: str, forgetful: bool
) -> None:
    """A2: half of the kills; in every other round an editor gives an entry a title that is free by then."""
    counts, rivals = KillCounts(), RivalCounts()
    for seed in STACKS:
        switches = Switches(trash=not forgetful)
        with command_runner(tmp_path / f"{seed}", seed, latency=0.004, switches=switches) as runner:
            living, random = LivingStack(runner, seed), Random(f"{SEED}/{seed}/{command}")
            kill_in_living_stack(living, command, random, -(-SHARE // 2), counts, rivals=rivals)
    print(f"\n{command}, {'no ' if forgetful else ''}trash: {rivals}")  # noqa: T201 - what it is run for
    check_counts(counts)
