"""SIGKILL of the real command on spaces of Contentful: nothing is lost, and nothing is there twice.

`pytest -m torture -s tests/torture/test_space_kills.py` kills STACKFERRY_KILLS (500) exports and imports, and half as
many copies, of made-up spaces that hold something of every kind, and prints the counts.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from command_runner import KillCounts, kill_exports, kill_imports, space_command_runner
from test_kills import KILLS, SEED, check_counts

if TYPE_CHECKING:
    from pathlib import Path

SPACES = (7, 4, 2, 1)  # seeds
SHARE = -(-KILLS // (2 * len(SPACES)))  # kills of one test


def kill(work: str, home: Path, space: int, kills: int) -> None:
    counts = KillCounts()
    with space_command_runner(home, space, latency=0.004) as runner:
        random = Random(f"{SEED}/{space}/{work}")
        if work == "export":
            kill_exports(runner, random, kills, counts)
        else:
            kill_imports(runner, random, kills, counts, copy=work == "copy")
    print(f"\n{work}, space {space}")  # noqa: T201 - the counts are what a person runs this for
    assert counts.kills >= kills
    check_counts(counts)


@pytest.mark.parametrize("work", ["export", "import", "copy"])
def test_a_killed_command_on_a_space_resumes_to_the_same_end(tmp_path: Path, work: str) -> None:
    """A2, C2, I1-I6: two kills, compared with an undisturbed run."""
    kill(work, tmp_path, SPACES[0], 2)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("work", ["export", "import", "copy"])
def test_many_killed_commands_on_spaces_resume_to_the_same_end(tmp_path: Path, work: str, space: int) -> None:
    """A2, C2, I1-I6: half of the kills are exports, half imports, and half as many again copies."""
    kill(work, tmp_path, space, SHARE)
