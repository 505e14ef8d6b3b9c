"""`stackferry queue`: the publish queue of a live stack, and the cancelling of what is scheduled in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from stackferry.cli.contentstack.stack_command import columns, notices, stack_command
from stackferry.cli.json_format import pretty
from stackferry.cli.live.command import YES, answers_of
from stackferry.errors import ExitCode, Refused
from stackferry.json_values import as_list, nested, objects, text
from stackferry.providers.contentstack.api import PublishQueue
from stackferry.providers.contentstack.api.client import every_row

if TYPE_CHECKING:
    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call

# As the vendor's page about the queue names them, and as its rows write them; "scheduled" is said of three actions.
_STATUSES: Final = ("scheduled", "in-queue", "in-progress", "success", "complete", "failed", "cancelled")


@click.group("queue")
def command() -> None:
    """PLACE is contentstack://API_KEY@REGION_OR_HOST/BRANCH; ROW is the uid of a row of the publish queue."""


@stack_command(command, "list")
@click.option("--status", type=click.Choice(_STATUSES), help="Only rows with this status.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the newest N rows.")
def list_(stack: LiveStack, status: str | None, limit: int | None) -> None:
    """List what is or was to be published, newest first; the service keeps it for thirty days.

    Of each row: uid, status, action, content type, uid of the entry or asset, version, locales, environments, time.
    """

    async def send(call: Call) -> JsonObject:
        async def page(skip: int, size: int) -> JsonObject:
            return await PublishQueue(call).get_all(include_count=True, skip=skip, limit=size)

        # With a status the newest N of it are meant, so every row is read.
        rows = await every_row(page, "queue", None if status else limit)
        return {"queue": [*[row for row in rows if _is_in(status, row)][:limit]]}

    stack.answer(
        send,
        columns(
            "queue",
            *("uid", _status, "action", lambda row: nested(row, "content_type", "uid")),
            *(lambda row: _thing(row).get("uid"), lambda row: _thing(row).get("version")),
            *(lambda row: _joined(row, "locale"), lambda row: _joined(row, "environment")),
            lambda row: row.get("scheduled_at") or row.get("published_at"),
        ),
    )


def _status(row: JsonObject) -> str:
    return text(nested(row, "publish_details", "status") or row.get("publish_status"))


def _is_in(status: str | None, row: JsonObject) -> bool:
    """Whether a row has the status that is asked for, however it writes it; or none is asked for."""
    written = "-".join(_status(row).casefold().replace("_", " ").replace("-", " ").split())
    return status is None or written == status or (status == "scheduled" and written.startswith(status))


def _thing(row: JsonObject) -> JsonObject:
    """The entry or the asset that a row is about."""
    return next(iter(objects([row.get("entry"), row.get("asset")])), {})


def _joined(row: JsonObject, name: str) -> str:
    found = row.get(name)
    return ", ".join(map(text, as_list(found) if isinstance(found, list) else [found]))


@stack_command(command, "show")
@click.argument("row")
def show(stack: LiveStack, row: str) -> None:
    """Print a row of the publish queue as it is."""
    stack.answer(
        lambda call: PublishQueue(call).get(publish_queue_uid=row),
        lambda report: [pretty(nested(report.facts["answer"], "queue"))],
    )


@stack_command(command, "cancel")
@click.argument("rows", metavar="ROW...", nargs=-1, required=True)
@YES
def cancel(stack: LiveStack, rows: tuple[str, ...]) -> None:
    """Cancel what is scheduled. A row that is not scheduled is refused; the others are cancelled all the same."""

    async def run_call(call: Call, report: Report) -> ExitCode:
        answers, refusals = answers_of(report), []
        for row in rows:
            try:
                answers.append(await PublishQueue(call).cancel(publish_queue_uid=row))
            except Refused as refused:
                refusals.append(f"{row} was not cancelled: {refused}")
        report.objects = {"cancelled": len(answers)}
        report.error = "; ".join(refusals)
        return ExitCode.FAILED if refusals else ExitCode.COMPLETE

    question = f"Cancel {', '.join(rows)}?"
    stack.run_call(run_call, notices, question=question)
