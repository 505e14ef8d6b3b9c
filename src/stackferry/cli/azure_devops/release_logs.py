"""`stackferry release logs` and `task-log` on a project."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackferry.cli.azure_devops.project_command import project_command
from stackferry.cli.azure_devops.release_group import command
from stackferry.cli.azure_devops.release_options import RELEASE
from stackferry.cli.live.command import FILE, nothing, tabbed
from stackferry.cli.options import DIRECTORY
from stackferry.errors import UsageError
from stackferry.json_values import integer, objects
from stackferry.providers.azure_devops.api.logs import find_task_log
from stackferry.providers.azure_devops.api.stages import find_stage, last_attempt
from stackferry.safe_names import display_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.cli.azure_devops.project_command import LiveProject, Project
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.api import TaskLog

Lines = tuple[int | None, int | None]
_LINES = re.compile(r"(?P<first>[1-9]\d{0,9})?(?P<dash>-)?(?P<last>[1-9]\d{0,9})?")


def _no_file(context: click.Context, option: click.Parameter, directory: Path | None) -> Path | None:
    if directory is not None and directory.exists() and not directory.is_dir():
        raise click.BadParameter(f"{directory} is a file, and no directory", context, option)
    return directory


@project_command(command, "logs")
@RELEASE
@click.option("-o", "--output", "file", type=FILE, metavar="FILE", help="Save the zip here; - is stdout.")
@click.option(
    "--extract",
    "directory",
    type=DIRECTORY,
    metavar="DIR",
    callback=_no_file,
    help="Write each log as a file below this directory, under a name that is safe.",
)
def logs(project: LiveProject, release: int, file: Path | None, directory: Path | None) -> None:
    """Read the logs of all tasks of a release, a zip; without an option list them: size in bytes, and name.

    The zip is checked before it is saved or extracted. A release of which nothing has run has none, and then nothing is
    written.
    """
    if str(file) == "-" and project.output.as_json:
        raise click.UsageError("--json prints the report on stdout: save the zip in a file")

    async def work(live: Project, report: Report) -> None:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(prefix="stackferry-logs-") as home:
            zipped = file if file and str(file) != "-" else Path(home) / "logs.zip"
            if not await _save_zip(live, release, zipped, report):
                project.output.say(f"release {release} has no log: nothing of it has run yet")
                return
            count = len(objects(report.facts["members"]))
            if directory is not None:
                _extract(zipped, directory, report)
                project.output.say(f"Wrote {count} logs below {directory}")
            if str(file) == "-":
                _copy_to_stdout(zipped)
            elif file is not None:
                report.facts["file"] = str(file)
                project.output.say(f"Wrote {file}: {count} logs")

    project.run(work, nothing if file or directory else _member_lines)


async def _save_zip(live: Project, release: int, file: Path, report: Report) -> bool:
    """Save the zip and tell what it holds. False where there is none."""
    from stackferry.cli.azure_devops.log_files import members, save_zip

    digest = await live.logs.get(release_id=release, keep=lambda pieces: save_zip(pieces, file))
    if digest is None:
        report.facts["members"] = []
        return False
    report.facts |= {"sha256": digest.sha256, "size": digest.size}
    report.facts["members"] = [
        {"name": one.name, "size": one.size, "path": one.path} for one in members(file)
    ]
    return True


def _extract(file: Path, directory: Path, report: Report) -> None:
    from stackferry.cli.azure_devops.log_files import extract

    extract(file, directory)
    report.facts["extracted"] = str(directory)


def _copy_to_stdout(file: Path) -> None:
    from stackferry.io.storage.files import Files

    sys.stdout.flush()
    for piece in Files(file.parent).chunks(file.name):
        sys.stdout.buffer.write(piece)


def _member_lines(report: Report) -> Iterator[str]:
    for row in objects(report.facts.get("members")):
        yield tabbed(row.get("size"), display_name(str(row.get("name")), width=250))


def _lines(context: click.Context, option: click.Parameter, value: str | None) -> Lines:
    """`A-B`, `A-`, `-B` or `A`: the first and the last line, counted from 1."""
    match = _LINES.fullmatch(value or "-")
    first, dash, last = match.groups() if match else (None, None, None)
    if match is None or not (first or dash) or (first and last and int(first) > int(last)):
        raise click.BadParameter(
            f"'{value}' is not of the form A-B: the first and the last line", context, option
        )
    end = last if dash else first
    return int(first) if first else None, int(end) if end else None


@project_command(command, "task-log")
@RELEASE
@click.argument("stage")
@click.argument("task")
@click.option(
    "--lines", metavar="A-B", callback=_lines, help="Only these lines, counted from 1: A-B, A- or -B."
)
@click.option(
    "--attempt", type=click.IntRange(min=1), metavar="N", help="Of this attempt; without it of the last one."
)
@click.option("--phase", default="", metavar="NAME|ID", help="Of this phase, where several have such a task.")
@click.option("-o", "--output", "file", type=FILE, metavar="FILE", help="Save the log here, byte by byte.")
def task_log(
    project: LiveProject,
    release: int,
    stage: str,
    task: str,
    lines: Lines,
    attempt: int | None,
    phase: str,
    file: Path | None,
) -> None:
    """Print the log of one TASK of a STAGE, both named by name or id."""

    async def work(live: Project, report: Report) -> None:
        shown = await live.releases.get(release_id=release, expand=("tasks",))
        log = find_task_log(shown, stage, task, phase=phase, attempt=attempt)
        _check_attempt(live, shown, stage, attempt)
        report.facts |= {"release": release, "stage": log.stage, "phase": log.phase, "task": log.task}
        await _deliver(live, project, report, log, lines, file)

    project.run(work, nothing)


def _check_attempt(live: Project, release: JsonObject, stage: str, attempt: int | None) -> None:
    last = last_attempt(find_stage(release, stage))
    if attempt not in (None, last) and not live.logs.takes_lines:
        raise UsageError(f"this version of the API gives the log of the last attempt alone, which is {last}")


async def _deliver(
    live: Project, project: LiveProject, report: Report, log: TaskLog, lines: Lines, file: Path | None
) -> None:
    """Save the lines of a log, or print them; with --json they are in the report."""
    from tempfile import TemporaryDirectory

    from stackferry.cli.azure_devops.log_files import save, some_lines
    from stackferry.io.storage.named_file import write_named

    release = integer(report.facts.get("release")) or 0
    with TemporaryDirectory(prefix="stackferry-log-") as home:
        whole = Path(home) / "task.log"
        await live.logs.task(
            release_id=release, log=log, keep=lambda pieces: save(pieces, whole), lines=lines
        )
        # Old versions of the API give all lines, whatever is asked for.
        wanted = some_lines(whole, *((None, None) if live.logs.takes_lines else lines))
        if file is not None and str(file) != "-":
            digest = write_named(file, wanted)
            report.facts |= {"file": str(file), "sha256": digest.sha256, "size": digest.size}
            project.output.say(f"Wrote {file}")
            return
        texts = (line.decode("utf-8", "replace").rstrip("\r\n") for line in wanted)
        if project.output.as_json:
            report.facts["lines"] = [*texts]
            return
        for line in texts:
            project.output.show(line)
