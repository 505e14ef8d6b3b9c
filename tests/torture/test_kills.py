"""SIGKILL of the real command at random instants: nothing is lost, and nothing is there twice.

`pytest -m torture -s tests/torture` kills STACKFERRY_KILLS (500) exports and imports, and half as many copies, and
prints the counts.
"""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

import pytest
from command_runner import KillCounts, command_runner, kill_exports, kill_imports, kill_mirrors

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("STACKFERRY_KILLS", "500"))
SEED = int(os.environ.get("STACKFERRY_SEED", "1"))
STACKS = (9, 5, 3, 1)  # seeds of stacks with versions, languages, assets and releases
SHARE = -(-KILLS // (2 * len(STACKS)))  # kills of one test
EXPORTS, IMPORTS, COPIES = KillCounts(), KillCounts(), KillCounts()  # of all stacks


def check_counts(counts: KillCounts) -> None:
    print(f"\n{counts}")  # noqa: T201 - the counts are what a person runs this for
    assert not counts.lost
    assert not counts.duplicated
    assert not counts.changed
    assert not counts.unexpected
    assert counts.most_writes <= 0, "more was repeated after a kill than was under way"


def test_a_killed_export_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    """A2, I1-I3, I6: a few kills."""
    counts = KillCounts()
    with command_runner(tmp_path, 9, latency=0.004) as runner:
        kill_exports(runner, Random(SEED), 2, counts)
    assert counts.kills == 2
    check_counts(counts)


def test_a_killed_import_resumes_to_the_same_target(tmp_path: Path) -> None:
    """A2, C2, I3-I5: a few kills; compared with the target of an undisturbed import."""
    counts = KillCounts()
    with command_runner(tmp_path, 9, latency=0.004) as runner:
        kill_imports(runner, Random(SEED), 2, counts)
    assert counts.kills == 2
    check_counts(counts)


def test_a_killed_copy_resumes_to_the_same_target(tmp_path: Path) -> None:
    """A2, C2, I3-I5: a few kills, while it exports and while it imports."""
    counts = KillCounts()
    with command_runner(tmp_path, 9, latency=0.004) as runner:
        kill_imports(runner, Random(SEED), 2, counts, copy=True)
    assert counts.kills == 2
    check_counts(counts)


def test_a_killed_mirror_resumes_to_the_same_target(tmp_path: Path) -> None:
    """Nothing lost or doubled; compared with the target of an undisturbed mirror."""
    counts = KillCounts()
    with command_runner(tmp_path, 9, latency=0.004, switches=Switches(trash=False)) as runner:
        kill_mirrors(runner, 9, Random(SEED), 2, counts)
    assert counts.kills == 2
    check_counts(counts)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("stack", STACKS)
def test_many_killed_mirrors_resume_to_the_same_target(tmp_path: Path, stack: int) -> None:
    """Half of the kills."""
    counts = KillCounts()
    with command_runner(tmp_path, stack, latency=0.004, switches=Switches(trash=False)) as runner:
        kill_mirrors(runner, stack, Random(f"{SEED}/{stack}"), SHARE, counts)
    check_counts(counts)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("stack", STACKS)
def test_many_killed_exports_resume_to_the_same_bytes(tmp_path: Path, stack: int) -> None:
    """A2: half of the kills, in equal parts for each stack."""
    counts = KillCounts()
    with command_runner(tmp_path, stack, latency=0.004) as runner:
        kill_exports(runner, Random(f"{SEED}/{stack}"), SHARE, counts)
    EXPORTS.add(counts)
    print(f"\nexports so far: {EXPORTS}")  # noqa: T201 - see above
    check_counts(counts)


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_many_killed_incremental_exports_resume_to_the_same_bytes(tmp_path: Path) -> None:
    """A2: a tenth of the kills, with `--base`."""
    counts = KillCounts()
    with command_runner(tmp_path, STACKS[0], latency=0.004) as runner:
        kill_exports(runner, Random(SEED), KILLS // 10 + 1, counts, base=True)
    check_counts(counts)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("stack", STACKS)
def test_many_killed_imports_resume_to_the_same_target(tmp_path: Path, stack: int) -> None:
    """A2: half of the kills."""
    counts = KillCounts()
    with command_runner(tmp_path, stack, latency=0.004) as runner:
        kill_imports(runner, Random(f"{SEED}/{stack}"), SHARE, counts)
    IMPORTS.add(counts)
    print(f"\nimports so far: {IMPORTS}")  # noqa: T201 - see above
    check_counts(counts)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("stack", STACKS)
def test_many_killed_copies_resume_to_the_same_target(tmp_path: Path, stack: int) -> None:
    """A2: half as many kills again, of copies."""
    counts = KillCounts()
    with command_runner(tmp_path, stack, latency=0.004) as runner:
        kill_imports(runner, Random(f"{SEED}/{stack}"), SHARE, counts, copy=True)
    COPIES.add(counts)
    print(f"\ncopies so far: {COPIES}")  # noqa: T201 - see above
    check_counts(counts)
