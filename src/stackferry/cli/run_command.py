"""Runs a command and turns its result, or its error, into a message, a report and an exit code."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn, TypeAlias

import click

from stackferry.cli.output import discard_stdout, has_stdout, redacted, stdout_error, write_stdout
from stackferry.cli.report import Report
from stackferry.cli.signals import Interruption
from stackferry.errors import ExitCode, StackferryError, single_errors
from stackferry.library.nights import failures
from stackferry.library.nights.failures import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.cli.output import Output

Work: TypeAlias = Callable[[Report], "ExitCode | Awaitable[ExitCode]"]

Ending: TypeAlias = Callable[[Report, "Output"], None]

# Commands that go on where they stopped. The others begin from the start.
RESUMABLE = frozenset({"export", "import", "copy", "restore", "backup"})


def carry_out(command: str, output: Output, work: Work, ending: Ending | None = None) -> NoReturn:
    """Run a command, print its report, and end the process with its exit code.

    `work` fills the report that it is given and returns the exit code, or a coroutine that does. `ending` prints the
    summary for people; it is called only if the work did not fail.
    """
    output.prepare()
    report, interruption, began = Report(command), Interruption(), time.monotonic()
    with interruption.handled():
        try:
            report.exit_code = _carried_out(work, report, interruption)
            report.seconds = time.monotonic() - began
            _tell_gaps(report, output)
            if ending is not None:
                ending(report, output)
        except BrokenPipeError:
            discard_stdout()  # the reader of stdout has closed it, as in `stackferry ls … | head`
        except BaseException as error:  # noqa: BLE001 - every error ends here as an exit code
            failure = failure_of(error, interrupted=interruption.asked > 0, command=command)
            message = f"{failure.message}; {report.so_far}" if report.so_far else failure.message
            report.exit_code, report.error = failure.code, redacted(message)
            report.take_conflicts(error)
            output.fail(message)
            _say_conflicts(report, output)
            if output.verbose >= 2 and failure.code is not ExitCode.INTERRUPTED:
                output.say("".join(traceback.format_exception(error)).rstrip())
            report.seconds = time.monotonic() - began
        _print(report, output)
        if report.exit_code in (ExitCode.COMPLETE, ExitCode.GAPS):
            report.monitor.reported()
    sys.exit(report.exit_code)


def _tell_gaps(report: Report, output: Output) -> None:
    """Each gap as an event of its own, where messages are JSON."""
    if output.log_format == "json":
        for gap in report.gaps:
            output.event("gap", {"kind": gap.get("kind"), "gap": gap})


def _say_conflicts(report: Report, output: Output) -> None:
    """What was edited on both sides, with its fields, where a command stopped at that."""
    if report.remarks:
        from stackferry.cli.summary import remark_lines

        output.say_lines(*remark_lines(report.remarks, every=output.verbose > 0))


def _carried_out(work: Work, report: Report, interruption: Interruption) -> ExitCode:
    pending = work(report)
    if isinstance(pending, ExitCode):
        return pending
    import anyio

    async def run() -> ExitCode:
        with anyio.CancelScope() as scope, interruption.cancels(scope):
            return await pending
        raise KeyboardInterrupt  # only a cancelled scope ends here

    return anyio.run(run)


def failure_of(error: BaseException, *, interrupted: bool = False, command: str = "") -> Failure:
    """The exit code and the message of an error, or of a group of errors."""
    found = [*single_errors(error)]
    found += [other for one in found if isinstance(one, StackferryError) for other in one.others]
    if interrupted or any(isinstance(leaf, KeyboardInterrupt) for leaf in found):
        again = "; run the same command again to resume" if command in RESUMABLE else ""
        return Failure(ExitCode.INTERRUPTED, f"interrupted{again}")
    if any(isinstance(leaf, click.Abort) for leaf in found):  # the end of the input, such as Ctrl-D
        return Failure(ExitCode.USAGE, "a question was not answered; nothing was done")
    if told := [
        leaf for leaf in found if isinstance(leaf, click.UsageError)
    ]:  # of an option, as others are refused
        return Failure(ExitCode.USAGE, told[0].format_message())
    return failures.failure_of(error)


def _print(report: Report, output: Output) -> None:
    """Print the report where it was asked for. One that cannot be printed is told on stderr, and is a failure."""
    try:
        if output.as_json:
            from stackferry.io import redaction

            for piece in _pieces(report):
                write_stdout(redaction.mask(piece))
        if has_stdout():
            sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()
    except (OSError, StackferryError) as error:
        discard_stdout()
        if not report.error:
            output.fail(str(stdout_error(error) if isinstance(error, OSError) else error))
        report.exit_code = report.exit_code or ExitCode.FAILED


def _pieces(report: Report) -> Iterator[str]:
    """The report as one JSON document; its long lists are written row by row."""
    from stackferry import exact_json
    from stackferry.io.storage.files import Files

    yield exact_json.dumps(report.as_json()).decode().removesuffix("}")
    for name, path in report.lists.items():
        yield from _list(name, Files(path.parent).lines(path.name))
    for name, rows in report.rows.items():
        yield from _list(name, map(exact_json.dumps, rows))
    yield "}\n"


def _list(name: str, lines: Iterable[bytes]) -> Iterator[str]:
    yield f',"{name}":['
    for number, line in enumerate(lines):
        yield f"{',' if number else ''}{line.decode().rstrip()}"
    yield "]"
