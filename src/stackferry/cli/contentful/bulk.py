"""`stackferry bulk` on a space: many entries and assets at once, by bulk actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

from stackferry.cli.contentful.item_options import bulk_items_options, ids
from stackferry.cli.contentful.release_actions import WAIT
from stackferry.cli.contentful.space_command import space_command
from stackferry.cli.live.command import YES, answers_of, tabbed
from stackferry.core.nearest import suggestion
from stackferry.errors import AccessError, ExitCode, Refused, UsageError
from stackferry.json_values import as_list, as_object, nested, objects, text
from stackferry.providers.contentful.api import missed
from stackferry.providers.contentful.api.release_actions import failures, is_ended

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.cli.contentful.space_command import LiveSpace, Space
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentful.api import BulkItem


@click.group("bulk")
def command() -> None:
    """PLACE is contentful://SPACE@REGION_OR_HOST/ENVIRONMENT. An action takes 200 items, and five run at a time."""


def _carry_out(
    space: LiveSpace, action: str, items: tuple[BulkItem, ...], *, wait: bool, question: str = ""
) -> NoReturn:
    """Have it done, and tell what was not: FAILED where that is anything."""

    async def work(space: Space, report: Report) -> ExitCode:
        await _refuse_unknown_locales(space, items[0].locales)
        answers = answers_of(report)
        bulk = space.bulk
        needs_version = action == "publish" or (action == "unpublish" and items[0].locales)
        wanted = await bulk.with_versions(items=items) if needs_version else list(items)
        told = await bulk.carry_out(action=action, items=wanted, answered=answers.append, follow=wait)
        report.facts["actions"] = [*told]
        if not wait:
            return ExitCode.COMPLETE
        lost = await missed(bulk, action, wanted, told)
        report.facts["missed"] = [
            {"type": one.item.link_type, "id": one.item.uid, "reason": one.why} for one in lost
        ]
        report.objects = {"items": len(wanted) - len(lost)}
        report.error = _trouble(told, len(lost), len(wanted))
        return ExitCode.FAILED if report.error else ExitCode.COMPLETE

    async def check(space: Space) -> None:
        await _refuse_unknown_locales(space, items[0].locales)
        states = await space.bulk.states(items=items)
        if gone := [f"{item.link_type.lower()} {item.uid}" for item in items if _key(item) not in states]:
            raise UsageError(f"there is no {', no '.join(gone)}: nothing was done")

    space.run(work, _lines, question=question, check=check)


async def _refuse_unknown_locales(space: Space, asked: Collection[str]) -> None:
    """Raise UsageError for a locale that there is not: an action with it begins, and ends without doing anything."""
    try:
        held = await space.editor.locales() if asked else []
    except (Refused, AccessError):  # the action itself may be allowed all the same
        return
    for code in sorted({*asked} - {*held}) if held else ():
        raise UsageError(f"the environment has no locale '{code}'{suggestion(code, held)}")


def _trouble(told: list[JsonObject], lost: int, wanted: int) -> str:
    """What is wrong with actions, in words; empty where nothing is."""
    open_ = [_id(one) for one in told if one and not is_ended(one)]
    words = [f"{lost} of {wanted} were not done, or not that is known"] if lost else []
    if open_:
        words.append(f"{', '.join(open_)} has not ended yet; ask again with: stackferry bulk status")
    if not lost and any(failures(one) for one in told):
        words.append("an action has failed, although everything is as it was to be")
    return "; ".join(words)


def _id(action: JsonObject) -> str:
    return text(nested(action, "sys", "id"))


def _lines(report: Report) -> Iterator[str]:
    """A line for each action: its id, what it does, its status; and one for each item that it did not do."""
    for action in objects(report.facts.get("actions")):
        if action:
            yield tabbed(_id(action), action.get("action"), nested(action, "sys", "status"))
    for row in objects(report.facts.get("missed")):
        yield tabbed("", text(row.get("type")).lower(), row.get("id"), row.get("reason"))


def _count(items: tuple[BulkItem, ...]) -> str:
    return f"{len(items):,} {'item' if len(items) == 1 else 'items'}"


@space_command(command, "publish")
@bulk_items_options("Only in this locale")
@WAIT
def publish(space: LiveSpace, items: tuple[BulkItem, ...], wait: bool) -> None:
    """Publish entries and assets, at the versions given or at those they have now."""
    _carry_out(space, "publish", items, wait=wait)


@space_command(command, "unpublish")
@bulk_items_options("Only in this locale")
@WAIT
@YES
def unpublish(space: LiveSpace, items: tuple[BulkItem, ...], wait: bool) -> None:
    """Take entries and assets down."""
    _carry_out(space, "unpublish", items, wait=wait, question=f"Unpublish {_count(items)}?")


@space_command(command, "validate")
@bulk_items_options("Only in this locale")
@WAIT
def validate(space: LiveSpace, items: tuple[BulkItem, ...], wait: bool) -> None:
    """See whether entries and assets could be published; nothing is changed."""
    _carry_out(space, "validate", items, wait=wait)


@space_command(command, "show")
@bulk_items_options()
def show(space: LiveSpace, items: tuple[BulkItem, ...]) -> None:
    """Tell the states of entries and assets: kind, id, state, version, published version, state of each locale."""

    async def work(space: Space, report: Report) -> None:
        states = await space.bulk.states(items=items)
        report.facts["answer"] = {
            "items": [{"sys": states[item.link_type, item.uid]} for item in items if _key(item) in states]
        }
        gone = [f"{item.link_type.lower()} {item.uid}" for item in items if _key(item) not in states]
        report.facts["missing"] = [*gone]

    space.run(work, _state_lines)


def _key(item: BulkItem) -> tuple[str, str]:
    return item.link_type, item.uid


def _state_lines(report: Report) -> Iterator[str]:
    from stackferry.providers.contentful.content.states import published_version, state_of, version_of

    for row in objects(nested(report.facts.get("answer"), "items")):
        sys = as_object(row.get("sys"))
        status = as_object(nested(sys, "fieldStatus", "*"))
        by_locale = ", ".join(f"{code}: {text(state)}" for code, state in status.items())
        names = (text(sys.get("type")).lower(), sys.get("id"), state_of(row))
        yield tabbed(*names, version_of(row), published_version(row) or "", by_locale)
    for name in as_list(report.facts.get("missing")):
        kind, _, uid = text(name).partition(" ")
        yield tabbed(kind, uid, "not there")


@space_command(command, "status")
@click.argument("actions", metavar="ACTION...", nargs=-1, required=True, callback=ids)
@click.option("--wait", is_flag=True, help="Follow them to their end.")
def status(space: LiveSpace, actions: tuple[str, ...], wait: bool) -> None:
    """Tell how far bulk actions are, and what they did not do."""

    async def work(space: Space, report: Report) -> ExitCode:
        ask = space.bulk.wait if wait else space.bulk.get
        told = [await ask(action_id=one) for one in actions]
        report.facts["actions"] = [*told]
        report.facts["missed"] = [row for one in told for row in _failed_rows(one)]
        failed = [_id(one) for one in told if failures(one)]
        report.error = f"bulk action {', '.join(failed)} has failed" if failed else ""
        return ExitCode.FAILED if failed else ExitCode.COMPLETE

    space.run(work, _lines)


def _failed_rows(action: JsonObject) -> Iterator[JsonObject]:
    from stackferry.providers.contentful.api.refused import error_words

    for row in objects(nested(action, "error", "details", "errors")):
        sys = as_object(nested(row, "entity", "sys"))
        yield {"type": sys.get("linkType"), "id": sys.get("id"), "reason": error_words(row.get("error"))}
