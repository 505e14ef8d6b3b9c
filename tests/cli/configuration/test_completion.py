"""What a shell suggests: commands, options, profiles, and names of the snapshot on the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete
from command_line import FAST, ROOT, SOURCE, CommandLine
from terminal import at_prompt

from stackferry.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path


OWN = "stackferry"


def shell_environment(home: Path) -> dict[str, str]:
    """A shell that finds this version of the program."""
    tools = home / "bin"
    tools.mkdir(exist_ok=True)
    program = tools / "stackferry"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT / "src"}" exec "{sys.executable}" -m stackferry "$@"\n', "utf-8"
    )
    program.chmod(0o700)
    return {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(home), "TERM": "dumb"}


def suggested(*words: object) -> list[str]:
    """What is suggested for the last word, which is not finished."""
    *before, last = map(str, words)
    completer = ShellComplete(app, {}, "stackferry", "_STACKFERRY_COMPLETE")
    return [item.value for item in completer.get_completions(before, last)]


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config.toml"
    file.write_text("[profiles.production]\n[profiles.preview]\n[profiles.staging]\n", "utf-8")
    monkeypatch.setenv("STACKFERRY_CONFIG", str(file))
    return file


@pytest.fixture
def snapshot(cli: CommandLine) -> Path:
    path = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), path, *FAST).code == 0
    return path


def test_commands_and_options() -> None:
    assert "export" in suggested("ex")
    assert "--versions" in suggested("export", "--ver")
    assert suggested("export", "--versions", "p") == ["pinned"]


@pytest.mark.parametrize(
    "words",
    [
        ("export", "pr"),
        ("import", "snapshot", "pr"),
        ("copy", "staging", "pr"),
        ("diff", "pr"),
        ("verify", "snapshot", "--against", "pr"),
        ("config", "check", "staging", "pr"),
        ("restore", "blt0123", "--from", "snapshot", "pr"),
    ],
)
def test_profiles(profiles: Path, words: tuple[str, ...]) -> None:
    assert profiles.exists()
    assert {"production", "preview"} <= {*suggested(*words)}
    assert "staging" not in suggested(*words)


def test_a_configuration_that_cannot_be_read(profiles: Path) -> None:
    profiles.write_text("[profiles", "utf-8")
    assert suggested("export", "pr") == []


def test_names_of_a_snapshot(snapshot: Path) -> None:
    assert suggested("ls", snapshot, "ent") == ["entries"]
    assert suggested("cat", snapshot, "content") == ["content_types"]
    assert suggested("ls", snapshot, "entries", "--content-type", "") == ["page"]
    assert suggested("ls", snapshot, "entries", "--locale", "fr") == ["fr-fr"]
    assert suggested("import", snapshot, "--only", "ent") == ["entries"]
    assert "versions" in suggested("ls", snapshot, "")
    assert not {"versions", "files"} & {*suggested("import", snapshot, "--only", "")}
    assert suggested("import", snapshot, "--environment", "pro") == ["production="]
    assert suggested("ls", "no-such-snapshot", "ent") == []


def test_kinds_where_no_snapshot_says_them() -> None:
    """Those of the system of a place; of every system where no place is named yet."""
    assert {"entries", "definitions"} <= {*suggested("copy", "--only", "")}
    source = "contentstack://blt01@eu/main"
    assert "entries" in suggested("copy", source, "--only", "")
    assert "definitions" not in suggested("copy", source, "--only", "")
    assert suggested("copy", "azure-devops://org@services/Web", "--only", "") == ["definitions", "releases"]


def test_a_mistyped_command_of_another_system_is_no_error(profiles: Path) -> None:
    """A shell would print it into the line that is being typed."""
    profiles.write_text('[profiles.stack]\nplace = "contentstack://blt01@eu/main"\n', "utf-8")
    suggested("release", "stage", "stack", "57", "")
    suggested("release", "approve", "stack", "")


def test_fish_completes(profiles: Path, tmp_path: Path) -> None:
    if (fish := shutil.which("fish")) is None:
        pytest.skip("fish is not installed")
    script = f"{OWN} completion fish | source; complete -C 'stackferry export p'"
    done = subprocess.run(  # noqa: S603 - a shell of this machine
        [fish, "--no-config", "-c", script],
        env={**shell_environment(tmp_path), "STACKFERRY_CONFIG": str(profiles)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.split(), done.stderr) == (["preview", "production"], "")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_shell_completes_a_line(profiles: Path, shell: str, tmp_path: Path) -> None:
    """As somebody types it; a name with a blank becomes one word."""
    if (program := shutil.which(shell)) is None:
        pytest.skip(f"{shell} is not installed")
    profiles.write_text('[profiles.production]\n[profiles."my stage"]\n', "utf-8")
    environment = {**shell_environment(tmp_path), "STACKFERRY_CONFIG": str(profiles)}
    plain = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[shell]
    start = {"bash": "", "zsh": "autoload -U compinit; compinit -u -D; "}[shell]
    typed = at_prompt(
        [program, *plain],
        environment,
        f"{start}source <({OWN} completion {shell})",
        ("stackferry export prod\t", "stackferry export my\t"),
    )
    assert [" ".join(line.split()) for line in typed] == [
        "stackferry export production",
        "stackferry export my stage",
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script(cli: CommandLine, shell: str, tmp_path: Path) -> None:
    """It is one that the shell itself takes, where it is installed."""
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("click asks bash for its version")
    done = cli.run("completion", shell)
    assert done.code == 0
    assert f"{shell}_complete" in done.out
    script, program = tmp_path / "script", shutil.which(shell)
    script.write_text(done.out, "utf-8")
    if program is not None:
        subprocess.run([program, "-n", script], check=True)  # noqa: S603 - a shell that only parses
