"""What a command does to the world outside: its stdout may be closed or full, its files are its owner's alone."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, ROOT, SOURCE, TARGET

from repository import SAMPLES

if TYPE_CHECKING:
    from command_line import CommandLine

PROGRAM = [sys.executable, "-m", "stackferry"]
SNAPSHOT = str(SAMPLES / "harbour-guide")
SOURCES = str(ROOT / "src")
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full stands for a full disk, and this system has none")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["verify", SNAPSHOT, "--json"], 1),
        (["ls", SNAPSHOT], 1),
        (["--help"], 1),
        (["--version"], 1),
        (["verify", SNAPSHOT], 0),  # prints nothing on stdout
        (["ls", "--nope", "--json"], 2),
    ],
)
def test_a_full_disk_behind_stdout_is_told_in_one_line(words: list[str], code: int) -> None:
    with FULL.open("w") as full:
        found = subprocess.run(  # noqa: S603 - our own program
            [*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    check(found, code)
    assert ("No space left on device" in found.stderr) == (code == 1)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("verify {} --json", 1),
        ("ls {}", 1),
        ("verify {}", 0),
        ("ls --nope", 2),
        ("--help", 1),
        ("ls --help", 1),
    ],
)
def test_a_closed_stdout_is_told_in_one_line(words: str, code: int) -> None:
    """As cron jobs close it: `>&-`."""
    command = " ".join([*map(shlex.quote, PROGRAM), words.format(shlex.quote(SNAPSHOT)), ">&-"])
    found = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False
    )
    check(found, code)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("diff {0} {0} --json", 0),
        ("ls {}", 0),
        ("convert {} out --to csdx --json", 3),
        ("ls --nope --json", 2),
    ],
)
@pytest.mark.parametrize("to", [">&-", ">/dev/full"])
@pytest.mark.skipif(not FULL.exists(), reason="/dev/full stands for a full disk, and this system has none")
def test_a_stderr_that_takes_nothing_changes_no_exit_code(
    words: str, code: int, to: str, tmp_path: Path
) -> None:
    """As cron jobs close it: `2>&-`. What was asked for is on stdout."""
    command = " ".join([*map(shlex.quote, PROGRAM), words.format(shlex.quote(SNAPSHOT)), f"2{to}"])
    found = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", command], stdout=subprocess.PIPE, text=True, check=False, cwd=tmp_path
    )
    assert (found.returncode, bool(found.stdout)) == (code, True)


def test_closed_streams_leave_their_numbers_to_no_file(tmp_path: Path) -> None:
    """Else what is meant for stderr is written into a snapshot, or a question is answered by one."""
    command = " ".join([*map(shlex.quote, PROGRAM), "convert", shlex.quote(SNAPSHOT), "out", "--to", "csdx"])
    found = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", f"{command} <&- >&- 2>&-"], check=False, cwd=tmp_path
    )
    assert found.returncode == 3
    probe = (
        "import os; from stackferry import __main__ as m; m._open_closed_streams(); print(os.open('f', 64))"
    )
    told = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", f"{shlex.quote(sys.executable)} -c {shlex.quote(probe)} <&- 2>&-"],
        stdout=subprocess.PIPE, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": SOURCES},
    )  # fmt: skip
    assert int(told.stdout) > 2


@pytest.mark.parametrize("words", [["--help"], ["ls", "--help"], ["ls", SNAPSHOT]])
def test_a_reader_that_has_gone_is_no_failure(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        found = subprocess.run(  # noqa: S603 - our own program
            [*PROGRAM, *words], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writing)
    assert (found.returncode, found.stderr) == (0, "")


def check(found: subprocess.CompletedProcess[str], code: int) -> None:
    """The exit code, and one line about stdout where the command could not print what was asked for."""
    assert found.returncode == code
    assert "Traceback" not in found.stderr
    about = [
        line for line in found.stderr.splitlines() if line.startswith("Error: stdout cannot be written to: ")
    ]
    assert len(about) == (code == 1)


def test_snapshots_and_state_are_readable_by_their_owner_alone(cli: CommandLine) -> None:
    """Whatever the umask: they hold other people's content."""
    before = os.umask(0o022)
    try:
        assert cli.run("export", cli.place(SOURCE), cli.home / "one", *FAST).code == 0
        assert cli.run("import", cli.home / "one", cli.place(TARGET), *FAST).code == 0
    finally:
        os.umask(before)
    made = [path for name in ("one", "state") for path in (cli.home / name, *(cli.home / name).rglob("*"))]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o600}
