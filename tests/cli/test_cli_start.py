"""The program before it does anything: help at once, one report whatever is typed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from command_line import ROOT, Desk, start

from stackferry import __version__

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


def test_the_version_is_the_packages() -> None:
    """--version prints the name and the version, and nothing else."""
    out, _ = start("--version").communicate()
    assert out == f"stackferry {__version__}\n"


def test_a_mistyped_option_has_a_report_too() -> None:
    """With --json stdout holds one report even when the command line cannot be read."""
    process = start("export", "--json", "--nope")
    out, err = process.communicate()
    report = json.loads(out)
    assert (process.returncode, report["exit_code"], report["ok"]) == (2, 2, False)
    assert report["command"] == "export"
    assert "--nope" in report["error"]
    assert "--nope" in err


def test_no_command_shows_help(cli: Desk) -> None:
    """Without a command every command is listed, in the order of a first use."""
    said = cli.run("--help")
    names = [line.split()[0] for line in said.out.partition("Commands:\n")[2].splitlines()]
    assert names[:4] == ["export", "import", "copy", "verify"]
