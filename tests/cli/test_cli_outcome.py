"""How whatever happens becomes one message and one exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from command_line import SOURCE, TOKEN, CommandLine

from stackferry.cli.output import Output
from stackferry.cli.run_command import carry_out, failure_of
from stackferry.drivers.events import silent
from stackferry.errors import (
    AccessError,
    BusyError,
    ExitCode,
    SnapshotCorrupt,
    StackferryError,
    Unreachable,
    UsageError,
)
from stackferry.io import redaction
from stackferry.library.connect import Connector, Credential, Endpoint
from stackferry.library.monitor import Monitor
from stackferry.library.speed import Speed
from stackferry.model import Place, Secret
from stackferry.providers.contentstack.system import Contentstack

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.cli.report import Report
    from stackferry.model import JsonObject


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (AccessError("x"), 4),
        (SnapshotCorrupt("x"), 6),
        (BusyError("x"), 7),
        (StackferryError("x"), 1),
        (RuntimeError("x"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_error_has_its_exit_code(error: BaseException, code: int) -> None:
    """Errors of the tree bring their own code; all others are failures; Ctrl-C is an interruption."""
    assert failure_of(error).code == code


def test_a_group_is_one_message() -> None:
    """Of errors that happened together the first of ours decides; the others are mentioned, each once."""
    group = ExceptionGroup(
        "workers",
        [OSError("strange"), ExceptionGroup("more", [AccessError("no right"), AccessError("no right")])],
    )
    failure = failure_of(group)
    assert failure.code == ExitCode.ACCESS
    assert failure.message.startswith("no right; also: unexpected OSError: strange")
    assert failure.message.count("no right") == 1


def test_an_interruption_outweighs_the_errors_that_it_caused() -> None:
    """An error on the way out of an interrupted run does not hide that it was interrupted."""
    group = BaseExceptionGroup("workers", [StackferryError("cut off"), KeyboardInterrupt()])
    assert failure_of(group, command="export") == (
        ExitCode.INTERRUPTED,
        "interrupted; run the same command again to resume",
    )
    assert failure_of(StackferryError("cut off"), interrupted=True, command="ls").message == "interrupted"


def test_an_error_of_the_operating_system_names_the_file() -> None:
    """What the operating system refuses is told in its words, with the file."""
    error = PermissionError(13, "Permission denied", "/backup")
    assert failure_of(error) == (ExitCode.FAILED, "/backup: Permission denied")


def test_a_host_that_does_not_answer_is_named() -> None:
    """A request knows only its path: the message says which host it went to."""
    place = Place(system="contentstack", key="blt_invented", host="127.0.0.1:9", secure=False, name="main")
    endpoint = Endpoint(place, Contentstack(), Credential("token", Secret(TOKEN)))

    async def fail() -> None:
        async with Connector(Speed(), silent, Monitor()).session(endpoint):
            raise ExceptionGroup("workers", [Unreachable("GET /v3/locales: refused")])

    with pytest.raises(ExceptionGroup) as caught:
        anyio.run(fail)
    failure = failure_of(caught.value)
    assert failure == (ExitCode.FAILED, "no answer from http://127.0.0.1:9: GET /v3/locales: refused")


def ended(work: Callable[[Report], ExitCode], output: Output) -> int:
    with pytest.raises(SystemExit) as ending:
        carry_out("export", output, work, lambda _report, _output: None)
    code = ending.value.code
    assert isinstance(code, int)
    return code


def test_an_unexpected_error_is_one_line_without_vv(capsys: pytest.CaptureFixture[str]) -> None:
    """A defect ends with exit code 1 and one line; the place of it is for -vv alone, without credentials."""
    redaction.register(Secret("cs-invented-secret"))

    def work(report: Report) -> ExitCode:
        raise ZeroDivisionError(f"{report.command} cs-invented-secret")

    assert ended(work, Output()) == 1
    quiet = capsys.readouterr().err
    assert quiet.splitlines() == [
        "Error: unexpected ZeroDivisionError: export ***; run it again with -vv to see where"
    ]
    assert ended(work, Output(verbose=2)) == 1
    loud = capsys.readouterr().err
    assert "Traceback" in loud
    assert "cs-invented-secret" not in loud


def test_a_failed_command_prints_its_report_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json a failed command still prints one report, with the error in it."""

    def work(report: Report) -> ExitCode:
        report.monitor.add({"read": 7})
        raise AccessError("no right")

    assert ended(work, Output(as_json=True, quiet=True)) == 4
    result = capsys.readouterr()
    assert '"error":"no right"' in result.out
    assert '"read":7' in result.out
    assert result.err == "Error: no right\n"


def test_a_closed_pipe_on_stdout_ends_a_listing_silently(cli: CommandLine) -> None:
    """A closed pipe on stdout ends a listing quietly, as `ls | head` does."""
    snapshot = cli.home / "snapshot"
    for number in range(3000):
        page: JsonObject = {"uid": f"bltmore{number:05}", "title": f"Pier {number} {'x' * 80}", "_version": 1}
        cli.emulator.stacks[SOURCE].main.put_entry_version("page", "en-us", {**page, "locale": "en-us"})
    assert cli.run("export", cli.place(SOURCE), snapshot, "--rate", "0").code == 0
    process = cli.start("ls", snapshot, "entries")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 0
    process.stderr.close()
