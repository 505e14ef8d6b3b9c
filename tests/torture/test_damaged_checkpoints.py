"""Checkpoints that were damaged between two runs: an error that tells what to do, or the same result."""

from __future__ import annotations

import shutil
from random import Random
from typing import TYPE_CHECKING

import pytest
from small_stack import fill_small
from workbench import (
    SOURCE,
    TARGET,
    Cut,
    RecordingTransport,
    cut_at,
    file_digests,
    make_workbench,
    memory_directory,
)

from oracle import compare
from sampling import sampled
from stackferry.errors import CheckpointCorrupt, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench import Workbench


def truncated(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data))]


def flipped(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def zeroed(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    end = min(len(data), at + random.choice([1, 64, 512, 4096]))
    return data[:at] + bytes(end - at) + data[end:]


def replaced(data: bytes, random: Random) -> bytes:
    return random.randbytes(len(data))


DAMAGES = (truncated, flipped, zeroed, replaced)


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def damage_exports(
    workbench: Workbench, damage: Callable[[bytes, Random], bytes], rounds: int
) -> tuple[int, int]:
    """Count the damaged checkpoints that were refused and those that made no difference. Anything else fails."""
    expected = file_digests(workbench.export("undisturbed", versions="all").root)
    with pytest.raises(Cut):
        workbench.export(
            "cut", versions="all", transport=RecordingTransport(workbench.emulator, cut_at(20, after=False))
        )
    refused = same = 0
    for seed in range(rounds):
        shutil.rmtree(workbench.root / "damaged", ignore_errors=True)
        shutil.copytree(workbench.root / "cut", workbench.root / "damaged")
        damage_file(workbench.root / "damaged" / ".work", "staging.sqlite", damage, Random(seed))
        try:
            snapshot = workbench.export("damaged", versions="all")
        except CheckpointCorrupt as error:
            assert ".work" in str(error)  # noqa: PT017 - either this or the same bytes
            refused += 1
        else:
            assert file_digests(snapshot.root) == expected, (
                f"seed {seed}: the checkpoint was accepted, and the snapshot differs"
            )
            same += 1
    return refused, same


def damage_file(where: Path, name: str, damage: Callable[[bytes, Random], bytes], random: Random) -> None:
    """Damage the database or its write-ahead log, chosen at random by size."""
    files = [path for path in (where / name, where / f"{name}-wal") if path.is_file() and path.stat().st_size]
    path = random.choices(files, weights=[file.stat().st_size for file in files])[0]
    path.write_bytes(damage(path.read_bytes(), random))


@pytest.mark.parametrize("rounds", [12, pytest.param(60, marks=pytest.mark.torture)])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_of_an_export_is_refused_or_harmless(
    workbench: Workbench, damage: Callable[[bytes, Random], bytes], rounds: int
) -> None:
    """A8, I3, I7: truncated, flipped, zeroed or replaced."""
    refused, same = damage_exports(workbench, damage, rounds)
    print(f"\n{damage.__name__}: {refused} refused, {same} made no difference")  # noqa: T201 - the counts
    assert refused or damage is not replaced


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("seed", sampled(range(8), 2))
def test_a_damaged_checkpoint_of_an_import_is_refused_or_harmless(
    workbench: Workbench, damage: Callable[[bytes, Random], bytes], seed: int
) -> None:
    """A8, I4: no object is taken for another, and nothing is written twice."""
    snapshot = workbench.export(versions="all")
    with pytest.raises(Cut):
        workbench.import_snapshot(
            snapshot, versions="all", transport=RecordingTransport(workbench.emulator, cut_at(30, after=True))
        )
    file = workbench.root / "state" / "checkpoint.sqlite"
    intact, writes = file.read_bytes(), workbench.writes()
    damage_file(file.parent, file.name, damage, Random(seed))
    try:
        workbench.import_snapshot(snapshot, versions="all")
    except CheckpointCorrupt as error:
        assert "--on-conflict update" in str(error)  # noqa: PT017 - either this or an equal target
        assert workbench.writes() == writes
        file.write_bytes(intact)
        workbench.import_snapshot(snapshot, versions="all")
    assert compare(workbench.dump(SOURCE), workbench.dump(TARGET)) == []


def test_a_missing_checkpoint_is_not_damage(workbench: Workbench) -> None:
    """A8: but as for any target that holds content, `--on-conflict` must be given."""
    snapshot = workbench.export(versions="all")
    with pytest.raises(Cut):
        workbench.import_snapshot(
            snapshot,
            "cut",
            versions="all",
            transport=RecordingTransport(workbench.emulator, cut_at(30, after=True)),
        )
    shutil.rmtree(workbench.root / "cut")
    with pytest.raises(UsageError, match="--on-conflict update"):
        workbench.import_snapshot(snapshot, "cut", versions="all")
