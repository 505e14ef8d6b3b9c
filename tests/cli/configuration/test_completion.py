"""What a shell suggests: commands, options, profiles, and names of the snapshot on the command line."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete
from command_line import FAST, SOURCE, CommandLine

from stackferry.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path


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
