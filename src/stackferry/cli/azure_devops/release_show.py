"""`stackferry release show` on a project: one release with its stages and who approved them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from stackferry.cli.azure_devops.project_command import project_command
from stackferry.cli.azure_devops.release_group import command
from stackferry.cli.azure_devops.release_options import RELEASE, enum_option
from stackferry.cli.live.command import tabbed
from stackferry.cli.options import bundled, option, repeatable
from stackferry.json_values import as_list, as_object, nested, objects, text
from stackferry.providers.azure_devops.requests.enums import APPROVALS_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.cli.azure_devops.project_command import LiveProject, Project
    from stackferry.cli.report import Report
    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.api import ReleaseDetails

_GATE_RECORDS = 1000  # the service shows five evaluations of gates where nothing is asked for


def _details(tasks: bool, **given: Any) -> ReleaseDetails:
    given["expand"] = ("tasks",) if tasks else ()
    chosen: Any = {name: value for name, value in given.items() if value not in (None, ())}
    return cast("ReleaseDetails", chosen)


@project_command(command, "show")
@RELEASE
@bundled(
    "details",
    _details,
    option(
        "--tasks",
        is_flag=True,
        help="With the tasks of each attempt: what they are called, and how they ended.",
    ),
    enum_option(
        APPROVALS_SHOWN, "--approvals", "approval_filters", metavar="WHICH", what="Only these approvals"
    ),
    repeatable(
        "--property",
        "property_filters",
        metavar="NAME",
        what="With this one of the properties of the release",
    ),
    option(
        "--gates",
        "top_gate_records",
        type=click.IntRange(min=0),
        default=_GATE_RECORDS,
        show_default=True,
        metavar="N",
        help="At most N evaluations of each stage's gates.",
    ),
)
@click.option(
    "--snapshot-revision",
    "revision",
    type=click.IntRange(min=1),
    metavar="N",
    help="Print instead the definition as this release uses it: its copy in this revision.",
)
def show(project: LiveProject, release: int, details: ReleaseDetails, revision: int | None) -> None:
    """Show a release: its artifacts, stages, attempts, approvals; with --json all that the service says.

    Lines begin with what they are about: artifact, stage, attempt, approval, task.
    """
    if revision is not None:
        _show_snapshot(project, release, revision)

    async def send(live: Project) -> JsonObject:
        return await live.releases.get(release_id=release, **details)

    project.answer(send, release_lines)


def _show_snapshot(project: LiveProject, release: int, revision: int) -> None:
    def lines(report: Report) -> Iterator[str]:
        from stackferry.cli.json_format import pretty

        yield pretty(report.facts["answer"])

    async def send(live: Project) -> JsonObject:
        return await live.releases.get_definition_snapshot(release_id=release, revision=revision)

    project.answer(send, lines)


def release_lines(report: Report) -> Iterator[str]:
    """A release for people: a line for itself, and one for each part of it."""
    release = as_object(report.facts.get("answer"))
    definition = nested(release, "releaseDefinition", "name") or nested(release, "releaseDefinition", "id")
    names = ("id", "status", "createdOn")
    yield tabbed(
        *(release.get(name) for name in names), definition, release.get("name"), release.get("description")
    )
    if release.get("keepForever") is True:
        yield tabbed("kept", "forever: retention does not delete it")
    if tags := as_list(release.get("tags")):
        yield tabbed("tags", ", ".join(map(str, tags)))
    for row in objects(release.get("artifacts")):
        yield _artifact_line(row)
    for stage in objects(release.get("environments")):
        yield from _stage_lines(stage)


def _artifact_line(row: JsonObject) -> str:
    reference = row.get("definitionReference")
    parts = (
        nested(reference, part, "name") or nested(reference, part, "id") for part in ("version", "branch")
    )
    return tabbed("artifact", row.get("alias"), row.get("type"), *parts)


def _stage_lines(stage: JsonObject) -> Iterator[str]:
    yield tabbed("stage", stage.get("id"), stage.get("status"), stage.get("name"))
    for step in objects(stage.get("deploySteps")):
        number = step.get("attempt")
        yield tabbed(
            *("attempt", number, step.get("status"), step.get("operationStatus"), step.get("queuedOn")),
            *(step.get("reason"), person(step.get("requestedBy"))),
        )
        for name in ("preDeployApprovals", "postDeployApprovals"):
            for row in objects(stage.get(name)):
                if row.get("attempt") == number:
                    yield tabbed("approval", *approval_cells(row))
        for task in _tasks(step):
            yield tabbed("task", task.get("id"), task.get("status"), task.get("name"))


def _tasks(step: JsonObject) -> Iterator[JsonObject]:
    for phase in objects(step.get("releaseDeployPhases")):
        for job in objects(phase.get("deploymentJobs")):
            yield from objects(job.get("tasks"))


def approval_cells(row: JsonObject) -> Iterator[Json]:
    """An approval: its id, kind, status, who was asked, who answered, when, with which words."""
    yield from (row.get(name) for name in ("id", "approvalType", "status"))
    yield "nobody: it is automated" if row.get("isAutomated") is True else person(row.get("approver"))
    yield person(row.get("approvedBy"))
    yield from (row.get(name) for name in ("modifiedOn", "comments"))


def person(value: Json) -> str:
    """The unique name of a person or a group; the name that is shown, or an id, where it has no other."""
    names = (text(nested(value, name)) for name in ("uniqueName", "displayName", "id"))
    return next(filter(None, names), "")
