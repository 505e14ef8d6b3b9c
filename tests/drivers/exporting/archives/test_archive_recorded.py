"""Archives of the projects that the vendor's recorded answers are of: odd and partial, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_bench import SYSTEM, TOKEN, ProjectBench, edits, ids
from workbench import memory_directory

from repository import SHARED
from stackferry.emulators.azure_devops import Emulator
from stackferry.emulators.azure_devops.seed.recorded import add_recorded
from stackferry.model import Stream

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.azure_devops import Project

_ANSWERS = SHARED / "datasets" / "azure"
pytestmark = pytest.mark.skipif(not _ANSWERS.is_dir(), reason="the recorded answers are not here")


def benches(emulator: Emulator, root: Path) -> list[tuple[str, ProjectBench]]:
    found: list[tuple[str, Project]] = [
        (name, project)
        for name, organization in emulator.organizations.items()
        for project in organization.projects.values()
    ]
    return [(name, ProjectBench(root, emulator, project)) for name, project in found]


@pytest.mark.parametrize("folder", ["vsts-docs", "rest-api-specs-7.1"])
def test_recorded_projects_are_archived(folder: str) -> None:
    emulator = Emulator()
    add_recorded(emulator, _ANSWERS / folder, token=TOKEN)
    with memory_directory() as root:
        for number, (organization, bench) in enumerate(benches(emulator, root)):
            place = SYSTEM.parse_place(organization, "emulator.invented", bench.project.id, secure=False)
            snapshot = bench.export(f"{number}", place=place)
            assert ids(snapshot, "releases") == sorted(bench.project.releases)
            assert ids(snapshot, "definitions") == sorted(bench.project.definitions)
            # The recordings name revisions, and copies of definitions, that they do not hold.
            lost = {gap["kind"] for gap in snapshot.gaps()}
            assert lost <= {"definition_revisions", "definition_snapshots"}
            _every_deployment_has_its_release(snapshot)
            again = bench.export(f"{number} again", place=place, base=snapshot)
            assert ids(again, "releases") == ids(snapshot, "releases")
            assert len(bench.log) <= 15
            assert edits(snapshot, snapshot) == edits(snapshot, again) == []
            assert bench.verify(snapshot, place=place).differences == []


def _every_deployment_has_its_release(snapshot: Any) -> None:
    gone = {row["uid"] for row in snapshot.manifest.get("vanished", [])}
    held = {str(number) for number in ids(snapshot, "releases")} | gone
    assert {str(row["release"]["id"]) for row in snapshot.objects(Stream("deployments"))} <= held
