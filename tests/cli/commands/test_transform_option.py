"""`--transform` on the command line: exit codes, messages, and what the key never does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET

if TYPE_CHECKING:
    from command_line import CommandLine


def test_what_is_left_out_is_told_as_a_gap(emulated: CommandLine) -> None:
    place, snapshot = emulated.place(SOURCE), emulated.home / "snapshot"
    done = emulated.run(
        "export", place, snapshot, *FAST, "--transform", "own_transforms:leave_out:kind=assets", "--json"
    )
    assert done.code == 3
    assert {gap["reason"] for gap in done.report["gaps"]} == {
        "left out by transform own_transforms:leave_out"
    }
    assert emulated.run("show", snapshot).code == 0
    assert emulated.run("verify", snapshot).code == 0


@pytest.mark.parametrize(
    ("transform", "code", "message"),
    [
        ("own_transforms:raises", 1, "transform own_transforms:raises, assets blt"),
        ("own_transforms:none", 2, "own_transforms has no 'none'"),
        ("anonymise", 2, "needs a key: set STACKFERRY_TRANSFORM_KEY"),
        ("", 2, "it is empty"),
    ],
)
@pytest.mark.parametrize("command", ["export", "copy"])
def test_errors_say_what_is_wrong(
    emulated: CommandLine, command: str, transform: str, code: int, message: str
) -> None:
    into = emulated.home / "snapshot" if command == "export" else emulated.place(TARGET)
    done = emulated.run(command, emulated.place(SOURCE), into, *FAST, "--transform", transform)
    assert (done.code, message in done.err) == (code, True), done.err
    assert emulated.writes == 0


def test_a_dry_run_an_import_and_a_comparison_see_the_same(
    emulated: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKFERRY_TRANSFORM_KEY", "an invented key of a test")
    snapshot, target = emulated.home / "snapshot", emulated.place(TARGET)
    assert emulated.run("export", emulated.place(SOURCE), snapshot, *FAST).code == 0
    how = (*FAST, "--transform", "anonymise:fields=title,body")
    assert emulated.run("import", snapshot, target, "--dry-run", *how).code == 0
    assert emulated.writes == 0
    assert emulated.run("import", snapshot, target, *how).code == 0
    assert emulated.run("verify", snapshot, "--against", target, *how).code == 0
    assert emulated.run("verify", snapshot, "--against", target, *FAST).code == 5
    assert emulated.run("import", snapshot, target, *how).code == 0
    texts = [path.read_bytes() for path in emulated.home.rglob("*") if path.is_file()]
    assert not any(b"an invented key of a test" in text for text in texts)
    assert not [*(emulated.home / "state" / "stackferry" / "transformed").iterdir()]


def test_the_configuration_file_names_transforms_too(emulated: CommandLine) -> None:
    """In the same words; a profile of its own may seed a test environment each time."""
    config = emulated.home / "config" / "stackferry" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        '[defaults.export]\ntransform = ["prefix-title:prefix=Test ", "own_transforms:shout"]\n'
    )
    snapshot = emulated.home / "snapshot"
    assert emulated.run("export", emulated.place(SOURCE), snapshot, *FAST).code == 0
    titles = [row["title"] for row in emulated.run("ls", snapshot, "entries", "--json").report["rows"]]
    assert titles
    assert all(title.startswith("TEST QUA") for title in titles)
