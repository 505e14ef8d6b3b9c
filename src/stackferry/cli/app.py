"""The program: its commands by name."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import StringIO
from itertools import pairwise
from typing import NoReturn

import click
from click.core import ParameterSource

from stackferry import __version__
from stackferry.cli.lazy_group import ConfiguredGroup, Lazy
from stackferry.cli.output import Output, discard_stdout, for_terminal, stdout_error, write_stdout
from stackferry.cli.report import Report
from stackferry.errors import ExitCode, StackferryError
from stackferry.io.recursion_limit import make_room


@click.group(
    cls=ConfiguredGroup,
    package="stackferry.cli",
    lazy=[
        Lazy("export", "commands.export", "Back up a place into a snapshot."),
        Lazy("import", "commands.import_", "Write a snapshot into a place."),
        Lazy("restore", "commands.restore", "Put single entries, assets or releases of a snapshot back."),
        Lazy("copy", "commands.copy", "Copy a place into another one."),
        Lazy("verify", "commands.verify", "Check a snapshot, or a place against a snapshot."),
        Lazy("diff", "commands.diff", "Compare two snapshots or places, entry by entry."),
        Lazy("backup", "commands.backup", "Back up one or many profiles every night: dated, checked."),
        Lazy("snapshots", "commands.snapshots", "List the snapshots that backups have made."),
        Lazy("forget", "commands.forget", "Delete the snapshots that a retention policy does not keep."),
        Lazy("show", "commands.show", "Show what a snapshot holds and lacks."),
        Lazy("ls", "commands.ls", "List what a snapshot holds."),
        Lazy("cat", "commands.cat", "Print one object of a snapshot."),
        Lazy(
            "evidence", "commands.evidence", "Report who deployed what and who approved it, from snapshots."
        ),
        Lazy(
            "mapping",
            "commands.mapping",
            "Propose what the things that a snapshot points at are in another place.",
        ),
        Lazy("places", "commands.places", "List the projects, branches or environments of an account."),
        Lazy("identities", "commands.identities", "Tell which object of a place is which of its source."),
        Lazy("convert", "commands.convert", "Make a snapshot of a vendor export, or the other way."),
        Lazy("entry", "live.entry", "Show one entry of a live place, or change it."),
        Lazy(
            "release", "live.release", "Show the releases of a live place, fill them, deploy or publish them."
        ),
        Lazy("queue", "live.queue", "Show what waits to be published in a live place, and cancel it."),
        Lazy("bulk", "live.bulk", "Publish, unpublish or otherwise change many entries and assets at once."),
        Lazy("config", "config.group", "Write and check the configuration file."),
        Lazy("completion", "commands.completion", "Print a script for a shell that completes commands."),
        Lazy("emulate", "commands.emulate", "Serve an emulated Contentstack, Contentful and Azure DevOps."),
        Lazy("demo", "commands.demo", "See all of it on an emulated stack, space or project."),
    ],
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.version_option(__version__, prog_name="stackferry", message="%(prog)s %(version)s")
def app() -> None:
    """Back up, restore and copy headless-CMS content, losing nothing.

    A place is a URL, contentstack://API_KEY@REGION_OR_HOST/BRANCH, or the name of a profile. Credentials come
    from STACKFERRY_SOURCE_TOKEN and STACKFERRY_TARGET_TOKEN, or STACKFERRY_TOKEN for both.

    "stackferry demo" shows all of it on an emulated stack, in a few seconds.
    """


def run(arguments: list[str]) -> NoReturn:
    """Run a command and end the process. With --json even a mistyped option gets its report."""
    make_room()  # content may be nested more deeply than Python's own limit allows
    stdout = sys.stdout
    try:
        code = app.main(arguments, prog_name="stackferry", standalone_mode=False)
        write_stdout("")  # --help and --version end here; click is silent where there is no stdout
    except SystemExit:
        if sys.stdout is stdout:
            raise  # a command's own end
        code = ExitCode.COMPLETE  # nobody reads `--help | head` any more; click would end with 1
    except click.ClickException as error:
        _tell(error, as_json=_is_json_log(arguments))
        if "--json" in arguments:
            _report(error)
        code = error.exit_code
    except click.Abort:
        code = ExitCode.INTERRUPTED
    except (OSError, StackferryError) as error:  # of `--help`: a command tells its own
        discard_stdout()
        told = stdout_error(error) if isinstance(error, OSError) else error
        with suppress(OSError):
            click.echo(for_terminal(f"Error: {told}"), err=True)
        code = ExitCode.FAILED
    sys.exit(code)


class _Kept(StringIO):
    """What an error says. click leaves control sequences out of it where it is not for a terminal."""

    def isatty(self) -> bool:
        return True


def _tell(error: click.ClickException, *, as_json: bool) -> None:
    """Say on stderr what is wrong with the command line: as an event where messages are JSON."""
    if isinstance(error, click.BadParameter) and (variable := _variable_of(error)):
        error.param_hint = variable
    if as_json:
        output = Output(log_format="json")
        output.prepare()
        output.fail(error.format_message())
        return
    told = _Kept()
    error.show(told)
    with suppress(OSError):  # a full or closed stderr does not change the exit code
        click.echo(for_terminal(told.getvalue()), nl=False, err=True)


def _variable_of(error: click.BadParameter) -> str:
    """The variable that a bad value of an option came from; empty where it is on the command line."""
    param, context = error.param, error.ctx
    if param is None or context is None:
        return ""
    if context.get_parameter_source(param.name or "") is not ParameterSource.ENVIRONMENT:
        return ""
    names = [param.envvar] if isinstance(param.envvar, str) else param.envvar or ()
    return next(filter(os.environ.get, names), "")


def _is_json_log(arguments: list[str]) -> bool:
    """Whether messages are to be JSON, of a command line that could not be understood."""
    named = [after for word, after in pairwise([*arguments, ""]) if word == "--log-format"]
    named += [word.partition("=")[2] for word in arguments if word.startswith("--log-format=")]
    return (named[-1] if named else os.environ.get("STACKFERRY_LOG_FORMAT")) == "json"


def _report(error: click.ClickException) -> None:
    from stackferry import exact_json

    context = error.ctx if isinstance(error, click.UsageError) else None
    report = Report(context.info_name or "" if context else "", exit_code=ExitCode(error.exit_code))
    report.error = error.format_message()
    with suppress(StackferryError, BrokenPipeError):  # the error itself is on stderr
        write_stdout(f"{exact_json.dumps(report.as_json()).decode()}\n")
        sys.stdout.flush()
        return
    discard_stdout()
