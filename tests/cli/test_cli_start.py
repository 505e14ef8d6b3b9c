"""The program before it does anything: help at once, one report whatever is typed."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import click
import pytest
from command_line import ROOT, CommandLine, start

from stackferry import __version__
from stackferry.cli.app import app
from stackferry.cli.lazy_group import LazyGroup

HEAVY = ("httpx", "h11", "orjson", "anyio", "asyncio", "sqlite3", "ssl", "tqdm", "platformdirs", "tomllib")
LOOK = f"""
import sys
from stackferry.__main__ import main
sys.argv = ["stackferry", *sys.argv[1:]]
try:
    main()
finally:
    print(sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr)
"""
SHOW = "print(*sys.modules, file=sys.stderr)"


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["import", "--help"], ["demo", "--help"], ["nope"]]
)
def test_help_imports_no_library_but_click(words: list[str]) -> None:
    """Help is there at once, because nothing that a command needs is imported for it."""
    looked = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", LOOK, *words],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert looked.stderr.splitlines()[-1] == "[]"


def test_the_list_of_commands_imports_none_of_them() -> None:
    """--help knows every command's first line without the module that defines it."""
    look = (
        f"from stackferry.cli.app import app; import sys; app.main(['--help'], standalone_mode=False); {SHOW}"
    )
    looked = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", look],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert isinstance(app, LazyGroup)
    assert set(looked.stderr.split()).isdisjoint(f"{app.package}.{one.module}" for one in app.lazy.values())


def test_the_list_of_commands_repeats_the_first_line_of_each_help() -> None:
    """The first line in the list is the first line of the command's own help."""
    assert isinstance(app, LazyGroup)
    for name, lazy in app.lazy.items():
        command = app.get_command(click.Context(app), name)
        assert command is not None
        assert inspect.cleandoc(command.help or "").splitlines()[0] == lazy.summary


def test_version_prints_the_version_of_the_package() -> None:
    """--version prints the name and the version, and nothing else."""
    out, _ = start("--version").communicate()
    assert out == f"stackferry {__version__}\n"


def test_a_mistyped_option_prints_a_report_with_json() -> None:
    """With --json stdout holds one report even when the command line cannot be read."""
    process = start("export", "--json", "--nope")
    out, err = process.communicate()
    report = json.loads(out)
    assert (process.returncode, report["exit_code"], report["ok"]) == (2, 2, False)
    assert report["command"] == "export"
    assert "--nope" in report["error"]
    assert "--nope" in err


def test_no_command_shows_help(cli: CommandLine) -> None:
    """Without a command every command is listed, in the order of a first use."""
    result = cli.run("--help")
    names = [
        line.split()[0] for line in result.out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    ]
    assert names[:5] == ["export", "import", "restore", "copy", "verify"]
