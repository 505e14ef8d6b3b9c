"""`stackferry release stage` on a project: a stage started, at once or later, or canceled; followed to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli.azure_devops.project_command import project_command
from stackferry.cli.azure_devops.release_group import command
from stackferry.cli.azure_devops.release_options import COMMENT, RELEASE, time_option
from stackferry.cli.azure_devops.release_show import person
from stackferry.cli.azure_devops.variable_options import variable_options
from stackferry.cli.live.command import tabbed
from stackferry.errors import ExitCode
from stackferry.io.clock import SystemClock
from stackferry.json_values import as_object, epoch_seconds, integer, text
from stackferry.providers.azure_devops.api.stages import last_attempt
from stackferry.providers.azure_devops.api.variables import ignored
from stackferry.providers.azure_devops.api.variables import variables as as_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.cli.azure_devops.project_command import LiveProject, Project
    from stackferry.cli.report import Report
    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.api import Attempt

_FAILED = frozenset({"rejected", "canceled"})


@project_command(command, "stage")
@RELEASE
@click.argument("stage")
@click.argument("action", type=click.Choice(["start", "cancel"], case_sensitive=False))
@time_option("--at", help="With start: not now, but at this time.").add
@COMMENT
@variable_options("of the stage, with start")
@click.option("--wait", is_flag=True, help="Follow the deployment to its end; exit code 1 if it fails.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="With --wait: no longer than this; exit code 1 if it has not ended by then.",
)
def stage_(
    project: LiveProject,
    release: int,
    stage: str,
    action: str,
    at: str | None,
    comment: str,
    variables: dict[str, Json],
    wait: bool,
    timeout: float | None,
) -> None:
    """Start or cancel STAGE of a release, named by its name or its id there.

    A start may wait for approvals: `stackferry release approvals` shows those that are pending.
    """
    if action == "cancel" and (at or variables):
        raise click.UsageError("--at, --variable and --variables are about a start")
    if at and (epoch_seconds(at) or 0) < SystemClock().wall():
        raise click.UsageError(f"--at {at} is over: without --at the stage starts now")
    if timeout and not wait:
        raise click.UsageError("--timeout is about --wait")
    more: JsonObject = {
        "scheduledDeploymentTime": at,
        "comment": comment,
        "variables": as_variables(variables),
    }
    changes: JsonObject = {
        "status": "inProgress" if action == "start" else "canceled",
        **{name: value for name, value in more.items() if value},
    }

    async def work(live: Project, report: Report) -> ExitCode:
        found = await live.stages.find(release_id=release, named=stage)
        uid = integer(found.get("id")) or 0
        answer = await live.stages.update(release_id=release, stage_id=uid, changes=changes)
        report.facts["answer"] = answer
        if lost := [*ignored(variables, as_object(answer.get("variables")))]:
            report.error = f"stage '{stage}': the service took the call, but not variable {', '.join(lost)}"
        if wait:
            attempt = last_attempt(found) + (action == "start")
            seen = _teller(project)
            ended = await live.stages.follow(
                release_id=release, stage_id=uid, attempt=attempt, seen=seen, longest=timeout
            )
            report.facts |= {"answer": ended.stage, "attempt": attempt}
            report.error = report.error or _failure(ended, action, stage)
        return ExitCode.FAILED if report.error else ExitCode.COMPLETE

    project.run(work, _stage_lines, about=str(release))


def _teller(project: LiveProject) -> Callable[[Attempt], None]:
    """Tells how far an attempt has come, each time that this is news."""
    last = ""

    def seen(attempt: Attempt) -> None:
        nonlocal last
        words = [attempt.status, text(attempt.step.get("operationStatus"))]
        asked = [f"{person(row.get('approver'))} (approval {row.get('id')})" for row in attempt.pending]
        waits = f"; waits for {', '.join(asked)}" if asked else ""
        now = f"attempt {attempt.number}: {', '.join(filter(None, words))}{waits}"
        if now != last:
            project.output.say(now)
        last = now

    return seen


def _failure(ended: Attempt, action: str, stage: str) -> str:
    """What is wrong with the end of an attempt; empty where nothing is."""
    said = f"stage '{stage}', attempt {ended.number}"
    if not ended.is_ended:
        return f"{said}: it has not ended yet, it is {ended.status}"
    if action == "cancel":
        return "" if ended.status == "canceled" else f"{said}: it was not canceled, it is {ended.status}"
    return f"{said}: it was {ended.status}" if ended.status in _FAILED else ""


def _stage_lines(report: Report) -> Iterator[str]:
    stage = as_object(report.facts.get("answer"))
    yield tabbed(*(stage.get(name) for name in ("id", "status", "name")), report.facts.get("attempt"))
