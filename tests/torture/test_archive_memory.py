"""The memory of an archive that grows, of its comparison and its report: the same for four times as many releases."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from command_line import ROOT

from stackferry.emulators.azure_devops import Emulator, serve
from stackferry.emulators.azure_devops.seed.fill_evenly import fill_evenly

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "ado-invented-token"
FEW, MANY, MEGABYTES = 200, 800, 12
_PROGRAM = """
import resource, sys
from stackferry.cli.app import app
try:
    app(sys.argv[1:])
except SystemExit as ended:
    print(ended.code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def most(*words: object) -> int:
    """The most memory of a command in megabytes; it must end well, or tell differences."""
    command = [sys.executable, "-c", _PROGRAM, *map(str, words)]
    env = {**os.environ, "STACKFERRY_TOKEN": TOKEN, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    code, kilobytes = done.stdout.split()[-2:]
    assert code in ("0", "5"), done.stderr
    return int(kilobytes) // 1024


def commands(releases: int, root: Path) -> list[int]:
    root.mkdir()
    emulator = Emulator()
    project = fill_evenly(emulator, "fabrikam", "Web", token=TOKEN, releases=releases)
    first, second, report = root / "first", root / "second", root / "report.csv"
    with serve(emulator) as origin:
        place = f"azure-devops+http://fabrikam@{origin.removeprefix('http://')}/Web"
        found = [most("export", place, first, "--rate", "0", "--quiet")]
        for number in sorted(project.releases)[: releases // 4]:
            project.delete_release(number, emulator.time())
        found.append(most("export", place, second, "--rate", "0", "--quiet", "--base", first))
        found.append(most("diff", first, second, "--quiet"))
        found.append(most("evidence", second, "--csv", report, "--quiet"))
    return found


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_memory_does_not_grow_with_the_number_of_releases(tmp_path: Path) -> None:
    few, many = (commands(number, tmp_path / str(number)) for number in (FEW, MANY))
    assert [after - before < MEGABYTES for before, after in zip(few, many, strict=True)] == [True] * 4, (
        few,
        many,
    )
