"""Snapshots of released versions are read by this one, whatever has changed since: for ever, of format 1.

`make_golden.py` made them. They are never made again, and nothing in them changes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from command_line import open_command_line
from small_space import fill_small as fill_small_space
from space_bench import make_space_bench
from workbench import TARGET, file_digests, make_workbench, memory_directory

from repository import ROOT
from stackferry import Snapshot
from stackferry.drivers.transforming import transformed_snapshot
from stackferry.io.storage.files import Files
from stackferry.library.state import system_of_snapshot

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = ROOT / "tests" / "golden"
# Of each snapshot the SHA-256 of its manifest, which has those of all other files.
MANIFESTS = {
    ("0.2.0", "azure-devops"): "4e59a0418c9dcf2a03c958f601bc846d6aba41d49fd9c80550e470d56ad54ca4",
    ("0.2.0", "contentful"): "79c3ef16026654e51d7394f74ca057678a36ae724af65a3346dfcc116e575c40",
    ("0.2.0", "contentstack"): "325d9fd6d2c134e93c9a9e7b0117688519e0e06bc3b798a99881c7aa7047a572",
}
EVERY = pytest.mark.parametrize(("version", "system"), MANIFESTS)


def golden(version: str, system: str) -> Snapshot:
    return Snapshot(GOLDEN / version / system)


def test_every_one_is_listed() -> None:
    made = {
        (path.parent.name, path.name)
        for path in GOLDEN.glob("*/*")
        if path.is_dir() and path.parent != GOLDEN
    }
    assert made == {*MANIFESTS}


@EVERY
def test_nothing_in_it_has_changed(version: str, system: str) -> None:
    snapshot = golden(version, system)
    manifest = (snapshot.root / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == MANIFESTS[version, system]
    assert [*snapshot.verify()] == []


@EVERY
def test_this_version_writes_the_same_bytes(version: str, system: str, tmp_path: Path) -> None:
    """Every record is read, staged and sealed again."""
    snapshot = golden(version, system)
    again = transformed_snapshot(system_of_snapshot(snapshot), snapshot, Files(tmp_path / "again"), [])
    assert file_digests(again.root) == file_digests(snapshot.root)


@EVERY
def test_commands_read_it(version: str, system: str, tmp_path: Path) -> None:
    root = GOLDEN / version / system
    with open_command_line(tmp_path) as line:
        for words in (("verify", root), ("show", root), ("ls", root), ("diff", root, root)):
            done = line.run(*words, "--json")
            assert (done.code, done.report["ok"]) == (0, True), done.err


@pytest.mark.parametrize("version", sorted({version for version, _ in MANIFESTS}))
def test_a_stack_is_restored_from_it(version: str) -> None:
    with memory_directory() as root:
        bench = make_workbench(root / "bench", lambda _: None)
        snapshot = golden(version, "contentstack")
        assert bench.import_snapshot(snapshot, versions="all").gaps == []
        assert bench.verify(snapshot).differences == []
        entries = bench.emulator.stacks[TARGET].main.entries["page"]
        assert len(entries) == len({row["uid"] for stream in snapshot.record_counts() if stream.kind == "entries"
                                    for row in snapshot.objects(stream)})  # fmt: skip


@pytest.mark.parametrize("version", sorted({version for version, _ in MANIFESTS}))
def test_a_space_is_restored_from_it(version: str) -> None:
    with memory_directory() as root:
        bench = make_space_bench(root / "bench", fill_small_space)
        snapshot = golden(version, "contentful")
        assert bench.import_snapshot(snapshot, versions="all").gaps == []


@pytest.mark.parametrize("version", sorted({version for version, _ in MANIFESTS}))
def test_a_project_is_made_anew_from_it(version: str) -> None:
    from project_pair import project_pair

    with project_pair(3) as pair:
        snapshot = golden(version, "azure-devops")
        pair.import_snapshot(snapshot)
        assert len(pair.target.definitions) == snapshot.manifest["counts"]["definitions"]  # type: ignore[index, call-overload]
