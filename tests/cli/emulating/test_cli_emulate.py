"""The emulator as a command, and the demo that plays on it."""

from __future__ import annotations

import shutil
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from command_line import FAST, SOURCE, CommandLine

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator


@pytest.fixture
def snapshot(cli: CommandLine) -> Path:
    where = cli.home / "harbour guide"
    assert cli.run("export", cli.place(SOURCE), where, *FAST).code == 0
    return where


@pytest.fixture
def emulating(cli: CommandLine, snapshot: Path) -> Iterator[subprocess.Popen[str]]:
    words = (snapshot, snapshot, "--empty", "new:en-us", "--port", 0, "--token", "cs-invented-other")
    process = cli.start("emulate", *words)
    yield process
    process.kill()
    process.communicate()


def test_an_emulated_stack_can_be_exported(
    cli: CommandLine, snapshot: Path, emulating: subprocess.Popen[str]
) -> None:
    """Each stack's place is printed, ready to use; Ctrl-C ends the emulator with exit code 0."""
    assert emulating.stdout is not None
    lines = [emulating.stdout.readline() for _ in range(3)]
    places = [line.split()[0] for line in lines]
    assert [place.split("//")[1].split("@")[0] for place in places] == [
        "harbour-guide",
        "harbour-guide-2",
        "new",
    ]
    cli.token = "cs-invented-other"
    assert cli.run("export", places[0], cli.home / "again", *FAST).code == 0
    ours, theirs = ((one / "entries/page/en-us.jsonl").read_bytes() for one in (snapshot, cli.home / "again"))
    assert ours == theirs
    assert cli.run("import", cli.home / "again", places[2], *FAST).code == 0
    emulating.send_signal(signal.SIGINT)
    _, err = emulating.communicate()
    assert emulating.returncode == 0
    assert "STACKFERRY_TOKEN=cs-invented-other" in err
    assert "Ended after" in err


def test_each_kind_of_credential_opens_a_stack_and_files_have_an_origin_of_their_own(
    cli: CommandLine, snapshot: Path
) -> None:
    """The token is a management token, an authtoken and an OAuth token; addresses of files name another host."""
    words = (
        snapshot,
        "--port",
        0,
        "--token",
        "cs-invented-other",
        "--asset-origin",
        "http://files.invalid:81",
    )
    process = cli.start("emulate", *words)
    try:
        assert process.stdout is not None
        place = process.stdout.readline().split()[0].split("@")[1].removesuffix("/main")
        for name, value in (
            ("authorization", "cs-invented-other"),
            ("authtoken", "cs-invented-other"),
            ("authorization", "Bearer cs-invented-other"),
        ):
            headers = {"api_key": "harbour-guide", name: value}
            answer = httpx.get(f"http://{place}/v3/assets", headers=headers, trust_env=False)
            assert answer.status_code == 200, (name, answer.text)
        addresses = {row["url"].partition("/v3")[0] for row in answer.json()["assets"] if "url" in row}
        assert addresses == {"http://files.invalid:81"}
    finally:
        process.kill()
        process.communicate()


def test_an_emulator_that_others_can_reach_says_so(cli: CommandLine) -> None:
    process = cli.start("emulate", "--empty", "new", "--port", 0, "--host", "0.0.0.0")  # noqa: S104 - on purpose
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert "Anybody who reaches 0.0.0.0 can read and write these stacks" in err


def test_a_port_in_use_is_a_failure_that_names_it(cli: CommandLine) -> None:
    """A port where somebody else listens is exit code 1, and named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = cli.run("emulate", "--empty", "new", "--port", port)
    assert result.code == 1
    assert f"127.0.0.1:{port}" in result.err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--empty", "a b"],
        ["--empty", "contentstac:a"],
        ["--empty", "a", "--empty", "a"],
        ["nowhere"],
        ["--empty", "a", "--asset-origin", "files"],
    ],
)
def test_emulate_without_a_stack_is_a_usage_error(cli: CommandLine, words: list[str]) -> None:
    """Without a stack, or with a name that is none, the emulator does not begin."""
    result = cli.run("emulate", *words, "--port", 0)
    assert result.code == 2
    assert result.out == ""


def test_the_demo_exports_imports_and_verifies(cli: CommandLine, snapshot: Path) -> None:
    """Two imports, nothing left to write, no difference; nothing stays on disk."""
    files = cli.files()
    result = cli.run("demo", "--sample", snapshot)
    assert result.code == 0, result.out + result.err
    assert result.out.count("0 differences") == 2
    assert result.out.count("0 writes") == 2
    assert "Nothing was lost." in result.out
    assert cli.files() == files


def test_the_demo_prints_a_report_with_json(cli: CommandLine, snapshot: Path) -> None:
    """--json counts the requests of every step; --keep leaves the snapshot."""
    report = cli.run("demo", "--sample", snapshot, "--keep", "--json").report
    assert (report["ok"], report["differences"]) == (True, [])
    assert len(report["steps"]) == 7
    assert report["requests"]["read"] == sum(step["requests"]["read"] for step in report["steps"])
    kept = Path(report["snapshot"])
    assert cli.run("verify", kept).code == 0
    shutil.rmtree(kept.parent)


def test_the_demo_of_the_sample_loses_nothing(cli: CommandLine) -> None:
    """The demo that a new user sees ends with exit code 0."""
    result = cli.run("demo")
    assert result.code == 0, result.out + result.err
    assert "harbour-guide" in result.out
    assert "Nothing was lost." in result.out
