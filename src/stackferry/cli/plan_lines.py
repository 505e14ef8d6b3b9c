"""The objects of a plan, for people: what is written of each, a line an object and one below it for each field."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from stackferry.cli.summary import duration, plural
from stackferry.formats.plan_facts import FACTS
from stackferry.json_values import as_list, as_object, integer, objects, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.model import Json, JsonObject

_SHOWN = 20  # objects that are listed without -v
_FIELDS = 6  # fields of an object
_LONGEST = 60  # characters of a value, and of a title
_EVENTS = 8
_WORDS = {**FACTS, "name": "as '{}'"}  # names may hold blanks


def say_objects(plan: Path, output: Output) -> None:
    """The objects that would be written: the first ones, or with -v all of them."""
    count = integer(_foot(plan).get("objects")) or 0
    if not count:
        return
    every = output.verbose > 0
    output.say()
    for row in islice(_rows(plan, "write"), None if every else _SHOWN):
        output.say_lines(*_lines(row, every=every))
    if count > _SHOWN and not every:
        output.say(f"  and {plural(count - _SHOWN, 'object')} more: all of them with -v or in --plan FILE")
    output.say()


def keep_items(plan: Path, items: Path, report: Report) -> None:
    """Put the objects of a plan into the report, as `items`: the same rows as in the plan, by way of a file."""
    from stackferry.drivers.planning.plan_file import WRITE, PlanFile

    prefix = b'{"line":"write",'
    with items.open("wb") as file:
        for line in PlanFile(plan).lines(WRITE):
            file.write(line.replace(prefix, b"{", 1))
    report.lists["items"] = items


def time_lines(facts: Mapping[str, Json]) -> Iterator[str]:
    """What the requests of a plan take, and who would be told of its writes."""
    seconds, waits = facts.get("planned_seconds"), integer(facts.get("planned_waits")) or 0
    counts = as_object(facts.get("planned_requests")).items()
    by_budget = ", ".join(f"{count:,} {budget}" for budget, count in counts)
    at_least = f", at least {duration(seconds)}" if isinstance(seconds, float) and seconds else ""
    yield f"  requests it would take: {by_budget or 'none'}{at_least}{_waiting(waits)}"
    if events := as_object(facts.get("events")):
        yield _webhooks_line(events)


def _waiting(count: int) -> str:
    verb = "waits" if count == 1 else "wait"
    told = f"; {plural(count, 'read')} of these {verb} for what the service does after it answered"
    return told if count else ""


def _webhooks_line(events: JsonObject) -> str:
    """How often webhooks would be called, and for which events most."""
    total = sum(integer(count) or 0 for count in events.values())
    some = ", ".join(f"{count:,} {name}" for name, count in [*events.items()][:_EVENTS])
    more = f" and {len(events) - _EVENTS:,} others" if len(events) > _EVENTS else ""
    calls = plural(total, "time")
    return f"  webhooks of the target would be called {calls} ({some}{more}); --hold-webhooks prevents it"


def _lines(row: JsonObject, *, every: bool) -> Iterator[str]:
    named = _called(row)
    title = f" {_short(row['title'])}" if row.get("title") else ""
    yield f"  {row.get('action')} {text(row.get('kind')).replace('_', ' ')} {named}{title}{_said(row)}"
    fields = objects(row.get("fields"))
    for one in fields if every else fields[:_FIELDS]:
        yield f"      {_change(one)}"
    if len(fields) > _FIELDS and not every:
        yield f"      and {plural(len(fields) - _FIELDS, 'field')} more"


def _called(row: JsonObject) -> str:
    # What the source does not have, only the target's uid names.
    uid = row.get("uid") or row.get("target")
    names = (row.get("content_type"), uid, row.get("locale"))
    named = " ".join(str(name) for name in names if name)
    return named + "".join(f" {code}" for code in texts(as_list(row.get("locales"))))


def field_lines(row: JsonObject) -> Iterator[str]:
    """An object of a plan, a line for each of its fields: uid, title, language, field, old -> new."""
    title = f" {_short(row['title'])}" if row.get("title") else ""
    named = f"  {text(row.get('uid')) or text(row.get('target'))}{title}"
    named += "".join(
        f" {code}" for code in (text(row.get("locale")), *texts(as_list(row.get("locales")))) if code
    )
    fields = objects(row.get("fields"))
    if not fields:
        yield f"{named}: {_done(row)}{_said(row)}"
    for one in fields:
        yield f"{named} {_change(one)}"


def _done(row: JsonObject) -> str:
    """What is done to an object that shows no field, in words."""
    action, kind = text(row.get("action")), text(row.get("kind"))
    if action == "restore":
        return "comes back from the trash"
    if kind == "entries" and action == "update":
        return "comes back in this language"
    is_plain = kind.endswith("publications")  # the action says it all
    return action if is_plain else f"{action} {kind.replace('_', ' ')}"


def _said(row: JsonObject) -> str:
    """What else is known of it."""
    return "".join(f" {words.format(row[name])}" for name, words in _WORDS.items() if name in row)


def _change(one: JsonObject) -> str:
    moved = f"moved from {one['moved_from']}" if "moved_from" in one else ""
    change = moved or f"{_side(one, 'from')} -> {_side(one, 'to')}"
    return f"{one.get('path')}: {change}"


def _side(change: JsonObject, name: str) -> str:
    return _short(change[name]) if name in change else "(absent)"


def _short(value: Json) -> str:
    from stackferry import exact_json

    shown = exact_json.dumps(value).decode("utf-8", "surrogatepass")
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}… ({len(shown):,} characters)"


def _rows(plan: Path, line: str) -> Iterator[JsonObject]:
    from stackferry import exact_json
    from stackferry.io.storage.files import Files

    for one in Files(plan.absolute().parent).lines(plan.name):
        row = as_object(exact_json.loads(one))
        if row.get("line") == line:
            yield row


def _foot(plan: Path) -> JsonObject:
    return next(_rows(plan, "foot"), {})
