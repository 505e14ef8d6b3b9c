"""`stackferry release approvals`, `approve` and `reject` on a project."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, cast

import click

from stackferry.cli.azure_devops.project_command import columns, project_command
from stackferry.cli.azure_devops.release_group import command
from stackferry.cli.azure_devops.release_options import APPROVAL_ID, RELEASE_ID, enum_option
from stackferry.cli.azure_devops.release_show import person
from stackferry.cli.live.command import answers_of, tabbed
from stackferry.cli.live.several import Several, several_lines
from stackferry.cli.options import bundled, named, option, repeatable
from stackferry.cli.summary import plural
from stackferry.json_values import nested, objects
from stackferry.providers.azure_devops.api import Found
from stackferry.providers.azure_devops.requests.enums import APPROVAL_STATUS, APPROVAL_TYPE, ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.cli.azure_devops.project_command import LiveProject, Project
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode
    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.api import ApprovalFilters


def _filters(
    statuses: tuple[str, ...], kinds: tuple[str, ...], order: tuple[str, ...], **given: Any
) -> tuple[tuple[str, ...], ApprovalFilters]:
    """The statuses that are asked for, one list each, and the other filters as the client names them."""
    given["type_filter"] = next(iter(kinds), None)
    given["query_order"] = next(iter(order), None)
    given["include_my_group_approvals"] = given["include_my_group_approvals"] or None
    if len(statuses) > 1 and given["continuation_token"]:
        raise click.UsageError("--token goes on in the list of one --status")
    chosen: Any = {name: value for name, value in given.items() if value not in (None, (), "")}
    return statuses, cast("ApprovalFilters", chosen)


filter_options = bundled(
    "filters",
    _filters,
    repeatable(
        "--release",
        "release_ids_filter",
        type=RELEASE_ID,
        metavar="ID",
        what="Only approvals of this release",
    ),
    enum_option(
        APPROVAL_STATUS,
        "--status",
        "statuses",
        several=True,
        metavar="STATUS",
        what="Only approvals with this status, pending ones if none is given",
    ),
    enum_option(APPROVAL_TYPE, "--type", "kinds", metavar="TYPE", what="Only approvals of this kind"),
    option(
        "--assigned-to",
        "assigned_to_filter",
        default="",
        metavar="USER",
        callback=named,
        help="Only those that ask this user.",
    ),
    option(
        "--my-groups",
        "include_my_group_approvals",
        is_flag=True,
        help="Also those that ask a group of the user.",
    ),
    enum_option(ORDER, "--order", metavar="ORDER", what="In this order"),
    option(
        "--token",
        "continuation_token",
        metavar="TOKEN",
        callback=named,
        help="Begin at the page that `next` of a report leads to, which had the same filters.",
    ),
)


@project_command(command, "approvals")
@filter_options
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="At most N approvals of each status.")
@click.option("--all", "every", is_flag=True, help="All of them, however many pages they are.")
def approvals(
    project: LiveProject,
    filters: tuple[tuple[str, ...], ApprovalFilters],
    top: int | None,
    every: bool,
) -> None:
    """List approvals, those that are pending if no --status is given: id, status, kind, release, stage, who is asked.

    Then who answered, when, and with which words. Without --top and --all it is the first page, and a message says
    when there are more; the report's `next` is the token of the page that follows.
    """
    if every and top:
        raise click.UsageError("--all lists every approval, and --top so many: give one of them")
    statuses, others = filters

    async def work(live: Project, report: Report) -> None:
        rows: list[JsonObject] = []
        tokens: list[str] = []
        for status in statuses or ("",):
            asked: ApprovalFilters = {**others, "status_filter": status} if status else others
            is_read_on = every or top is not None
            page = None if is_read_on else await live.approvals.get_all(**asked)
            found = page.found if page else await live.approvals.find(top, **asked)
            rows += found.rows
            tokens += [found.token] if found.token else []
        report.facts["answer"] = Found(rows, "").as_json()
        if tokens:
            report.facts["next"] = tokens[0] if len(statuses) < 2 else [*tokens]
            project.output.say(
                f"{plural(len(rows), 'approval')}, and there are more: --all lists them, --top N lists N"
            )
        elif not rows:
            project.output.say(
                "no approvals" if statuses else "no approvals are pending; --status names others"
            )

    project.run(work, columns(*_CELLS))


def _asked(row: JsonObject) -> str:
    return "nobody: it is automated" if row.get("isAutomated") is True else person(row.get("approver"))


_CELLS: tuple[Callable[[JsonObject], Json], ...] = (
    lambda row: row.get("id"),
    lambda row: row.get("status"),
    lambda row: row.get("approvalType"),
    lambda row: nested(row, "release", "id"),
    lambda row: nested(row, "release", "name"),
    lambda row: nested(row, "releaseEnvironment", "name"),
    _asked,
    lambda row: person(row.get("approvedBy")),
    lambda row: row.get("modifiedOn"),
    lambda row: row.get("comments"),
)


@project_command(command, "approve")
@click.argument("approvals", type=APPROVAL_ID, nargs=-1, required=True, metavar="APPROVAL...")
@click.option("--comment", default="", metavar="TEXT", help="The words that stand beside the approval.")
def approve(project: LiveProject, approvals: tuple[int, ...], comment: str) -> None:
    """Give approvals, named by their ids: what waits for them goes on."""
    _decide(project, approvals, "approved", comment)


@project_command(command, "reject")
@click.argument("approvals", type=APPROVAL_ID, nargs=-1, required=True, metavar="APPROVAL...")
@click.option("--comment", default="", metavar="TEXT", help="The words that stand beside the rejection.")
def reject(project: LiveProject, approvals: tuple[int, ...], comment: str) -> None:
    """Refuse approvals, named by their ids: the deployments that wait for them end as rejected."""
    _decide(project, approvals, "rejected", comment)


def _decide(project: LiveProject, approvals: tuple[int, ...], status: str, comment: str) -> NoReturn:
    """Answer approvals one after the other. One that has this answer already is not answered again."""

    async def work(live: Project, report: Report) -> ExitCode:
        answers, numbers = answers_of(report), [*dict.fromkeys(approvals)]
        several = Several(report, "approval", status, numbers)

        async def decide(number: int) -> None:
            answers.append(await live.approvals.decide(approval_id=number, status=status, comments=comment))

        for number in numbers:
            await several.write(number, partial(decide, number))
        return several.ended()

    project.run(work, _answer_lines)


def _answer_lines(report: Report) -> Iterator[str]:
    for row in objects(report.facts.get("answers")):
        yield tabbed(*(cell(row) for cell in _CELLS))
    yield from several_lines(report)
