"""Round trips of real stacks: nothing is lost but what the source itself lacks, and that is a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from round_trip import explain_differences
from workbench import SOURCE, TARGET, file_digests, make_workbench, serve_emulator

from repository import CONTENTSTACK_EXPORTS
from sampling import sampled
from stackferry.emulators.contentstack.seed.load import load, read_seed

if TYPE_CHECKING:
    from pathlib import Path

SETS = CONTENTSTACK_EXPORTS
NAMES = ("compass-starter-stack", "academy-starter-app", "nextJS-CS-modeling", "stack-evtrader")

# What the sources themselves lack, per set: how many assets have no bytes here, and how many differences
# remain where the emulator makes those bytes up.
TRIMMED = {
    "compass-starter-stack": 35,
    "academy-starter-app": 9,
    "nextJS-CS-modeling": 0,
    "stack-evtrader": 0,
}
INBORN = {"compass-starter-stack": 0, "academy-starter-app": 0, "nextJS-CS-modeling": 1, "stack-evtrader": 5}


def dataset(name: str) -> Path:
    if not (SETS / name).is_dir():
        pytest.skip(f"the real exports lie beside the project, in ../shared/datasets; {name} is not there")
    return SETS / name


@pytest.mark.parametrize("name", sampled(NAMES[::-1], 2))
def test_a_real_stack_survives_export_and_import(root: Path, name: str) -> None:
    """G1-G3, I5, I6: over a socket; each difference has a gap, and a second import writes nothing."""
    seed = read_seed(dataset(name))
    workbench = make_workbench(root, lambda stack: load(stack, seed))
    with serve_emulator(workbench):
        before = workbench.dump(SOURCE)
        snapshot = workbench.export()
        assert workbench.writes() == 0
        again = workbench.export("again")
        assert file_digests(snapshot.root) == file_digests(again.root)
        imported = workbench.import_snapshot(snapshot)
        result = explain_differences(before, workbench.dump(TARGET), imported.gaps)
        assert workbench.dump(SOURCE) == before
        sent = workbench.writes()
        workbench.import_snapshot(snapshot)
        assert workbench.writes() == sent
        second = workbench.export("second", key=TARGET)
    assert workbench.emulator.defects == []
    print(f"\n{result.table(name)}")  # noqa: T201 - the table is what a person runs this for
    assert result.unexplained == []
    assert result.unused_gaps == []
    lacking = [gap["uid"] for gap in snapshot.gaps() if gap["kind"] == "files"]
    assert len(lacking) == TRIMMED[name]
    counts, survived = snapshot.manifest["counts"], second.manifest["counts"]
    assert isinstance(counts, dict)
    assert isinstance(survived, dict)
    assert survived["entries"] == counts["entries"]
    assert survived["assets"] == survived["files"] == counts["files"]


@pytest.mark.parametrize("name", NAMES)
def test_a_real_stack_with_all_its_files_arrives_whole(root: Path, name: str) -> None:
    """Missing files are made up: the only differences are references that dangle in the source."""
    seed = read_seed(dataset(name))
    workbench = make_workbench(root, lambda stack: load(stack, seed, invent_files=True))
    imported = workbench.import_snapshot(workbench.export())
    result = explain_differences(
        workbench.dump(SOURCE, versions=False), workbench.dump(TARGET), imported.gaps
    )
    differing = sum(objects - equal for _, objects, _, equal, _ in result.rows)
    assert result.unexplained == []
    assert result.unused_gaps == []
    assert differing == INBORN[name]
