"""Bulk jobs followed to their end, and what became of their items."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeAlias

import click

from stackferry.cli.contentstack.stack_command import notices
from stackferry.cli.live.command import answers_of, tabbed
from stackferry.errors import ExitCode
from stackferry.json_values import objects
from stackferry.providers.contentstack.api import BulkJobs
from stackferry.providers.contentstack.api.bulk_jobs import failed, is_ended, state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call
    from stackferry.providers.contentstack.api.bulk_jobs import Sleep
    from stackferry.providers.contentstack.api.client import Answered

SendJobs: TypeAlias = "Callable[[Call, Answered], Awaitable[object]]"

WAIT = click.option("--wait/--no-wait", default=True, show_default=True, help="Follow the job to its end.")


def send_jobs(stack: LiveStack, send: SendJobs, *, wait: bool, question: str = "") -> NoReturn:
    """Send what is to be sent, follow the jobs that the answers name, and tell how they ended."""

    async def run_call(call: Call, report: Report) -> ExitCode:
        answers = answers_of(report)
        await send(call, answers.append)
        return await follow_jobs(call, answers, report, wait=wait)

    stack.run_call(run_call, job_lines, question=question)


async def follow_jobs(call: Call, answers: list[JsonObject], report: Report, *, wait: bool) -> ExitCode:
    """Follow the jobs that the answers name, if there is to be a `wait`."""
    ids = [job for answer in answers if isinstance(job := answer.get("job_id"), str)]
    return await read_jobs(call, ids if wait else [], report, wait=wait)


async def read_jobs(
    call: Call, ids: Sequence[str], report: Report, *, wait: bool, sleep: Sleep | None = None
) -> ExitCode:
    """Ask for jobs, once or until they end; the report gets `jobs`, each with the items that it did not do.

    FAILED when a job did not do everything, or has not ended when patience has. A job that the service does not
    tell of is unknown, which is no failure.
    """
    import anyio

    jobs = BulkJobs(call, sleep or anyio.sleep)
    found: list[JsonObject] = []
    troubles: list[str] = []
    for job_id in ids:
        job = await (jobs.wait(job_id=job_id) if wait else jobs.status(job_id=job_id))
        items = await jobs.all_items(job_id=job_id) if is_ended(job) else {}
        lost = failed(job, items)  # a job may be "complete" and have failed items
        found.append({**job, "job_id": job_id, "failed_items": [*lost]})
        if lost:
            troubles.append(f"job {job_id} did not do everything")
        elif wait and not is_ended(job):
            troubles.append(f"job {job_id} has not ended yet; ask again with: stackferry bulk status")
    report.facts["jobs"] = [*found]
    report.error = "; ".join(troubles)
    return ExitCode.FAILED if troubles else ExitCode.COMPLETE


def job_lines(report: Report) -> Iterator[str]:
    """The notices; a line for each job, its id and its status; and one for each item that it did not do."""
    yield from notices(report)
    for job in objects(report.facts.get("jobs")):
        yield tabbed(job.get("job_id"), state(job))
        for row in objects(job.get("failed_items")):
            if "uid" in row and row.get("uid") != job.get("uid"):
                kind = row.get("content_type_uid") or row.get("content_type")
                why = row.get("error_message") or row.get("publish_status")
                yield tabbed("", kind, row.get("uid"), row.get("locale"), row.get("environment"), why)
