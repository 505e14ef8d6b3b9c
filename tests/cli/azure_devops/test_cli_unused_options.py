"""Options that would do nothing are refused: they must not look as if they had done something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from project_line import NAME, ORGANIZATION, TOKEN, ProjectLine

from stackferry.emulators.azure_devops import Emulator, serve
from stackferry.emulators.azure_devops.seed.generator import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectLine]:
    """A project of two releases, and two archives of it in `one` and `two`."""
    emulator = Emulator()
    project = generate(emulator, ORGANIZATION, NAME, token=TOKEN, seed=3, releases=2)
    with serve(emulator) as origin:
        made = ProjectLine(emulator, project, origin, home=tmp_path_factory.mktemp("unused"))
        for name in ("one", "two"):
            assert made.shell("export", made.place, made.home / name, "--rate", "0").code == 0
        yield made


@pytest.mark.parametrize("option", ["--versions", "--keep-version-lists"])
def test_of_an_export(line: ProjectLine, tmp_path: Path, option: str) -> None:
    value = ["all"] if option == "--versions" else ["--base", line.home / "one"]
    done = line.shell("export", line.place, tmp_path / "a", option, *value)
    assert (done.code, f"{option} means nothing to Azure DevOps: " in " ".join(done.err.split())) == (2, True)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("command", ["verify", "diff"])
def test_of_comparisons(line: ProjectLine, command: str) -> None:
    sides = ("verify", line.home / "one", "--against", line.place)
    words = sides if command == "verify" else ("diff", line.home / "one", line.home / "two")
    done = line.shell(*words, "--publish", "none")
    assert (done.code, "--publish means nothing to Azure DevOps" in " ".join(done.err.split())) == (2, True)


def test_of_commands_that_reach_no_place(line: ProjectLine) -> None:
    done = line.shell("diff", line.home / "one", line.home / "two", "--api-version", "5.1")
    assert (done.code, "--api-version says how a place is reached" in " ".join(done.err.split())) == (2, True)
    for option, value in (("--api-version", "5.1"), ("--map", "queues:a=b")):
        done = line.shell("verify", line.home / "one", option, value)
        assert (done.code, f"{option} is about a target" in " ".join(done.err.split())) == (2, True)


def test_defaults_of_a_configuration_are_for_those_that_use_them(line: ProjectLine, tmp_path: Path) -> None:
    """A configuration may be of several systems, and so may a backup."""
    file = tmp_path / "stackferry" / "config.toml"
    file.parent.mkdir()
    file.write_text(f'[defaults.export]\nversions = "all"\n[profiles.archive]\nplace = "{line.place}"\n')
    home, line.home = line.home, tmp_path
    assert line.shell("export", line.place, tmp_path / "a", "--rate", "0").code == 0
    assert (
        line.shell("backup", "archive", "--into", tmp_path / "b", "--versions", "all", "--rate", "0").code
        == 0
    )
    line.home = home
