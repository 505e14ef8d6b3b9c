"""The objects of a plan, for people: what is written of each, a line an object and one below it for each field.

Fields have their names and values in words, which are told while the plan is made: afterwards nobody knows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.cli.change_lines import quoted, way, what_differs
from stackferry.cli.summary import duration, plural, title_text
from stackferry.formats.plan_facts import FACTS
from stackferry.json_values import as_list, as_object, integer, objects, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.model import Json, JsonObject
    from stackferry.providers.reading.told import Told

_SHOWN = 20  # objects that are listed without -v
_FIELDS = 6  # fields of an object
_LONGEST = 60  # letters of a value that is shown whole
_EVENTS = 8
_IF_REFUSED = "only if the trash refuses"
_WORDS = {**FACTS, "name": "as '{}'"}  # names may hold blanks


class WriteLines:
    """The lines of the objects that would be written, kept in a file until the run has ended: the first objects, or
    all of them. Given as `on_write` to `plan_import`."""

    def __init__(self, file: TextIO, *, every: bool) -> None:
        self._file, self._every = file, every
        self.objects = 0

    def __call__(self, row: JsonObject, told: Sequence[Told]) -> bool:
        self.objects += 1
        self._file.writelines(f"{line}\n" for line in _lines(row, told, every=self._every))
        return self._every or self.objects < _SHOWN

    def say(self, plan: Path, output: Output) -> None:
        """Print them, and how many more there are in the plan."""
        count = integer(_foot(plan).get("objects")) or 0
        if not count:
            return
        output.say()
        self._file.seek(0)
        for line in self._file:
            output.say(line.rstrip("\n"))
        if count > self.objects:
            more = plural(count - self.objects, "object")
            output.say(f"  and {more} more: all of them with -v or in --plan FILE")
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


def _lines(row: JsonObject, told: Sequence[Told], *, every: bool) -> Iterator[str]:
    named = _called(row)
    title = f" {title_text(row['title'])}" if row.get("title") else ""
    yield f"  {row.get('action')} {text(row.get('kind')).replace('_', ' ')} {named}{title}{_said(row)}"
    for one, words in zip(objects(row.get("fields")), told if every else told[:_FIELDS], strict=False):
        yield f"      {_change(one, words)}"
    if len(told) > _FIELDS and not every:
        yield f"      and {plural(len(told) - _FIELDS, 'field')} more"


def _called(row: JsonObject) -> str:
    # What the source does not have, only the target's uid names.
    uid = row.get("uid") or row.get("target")
    names = (row.get("content_type"), uid, row.get("locale"))
    named = " ".join(str(name) for name in names if name)
    return named + "".join(f" {code}" for code in texts(as_list(row.get("locales"))))


def field_lines(row: JsonObject, told: Sequence[Told]) -> Iterator[str]:
    """An object of a plan, a line for each of its fields: uid, title, language, field, old -> new."""
    title = f" {title_text(row['title'])}" if row.get("title") else ""
    named = f"  {text(row.get('uid')) or text(row.get('target'))}{title}"
    named += "".join(
        f" {code}" for code in (text(row.get("locale")), *texts(as_list(row.get("locales")))) if code
    )
    if_refused = f" ({_IF_REFUSED})" if row.get("kind") == "if_not_restored" else ""
    if not told:
        yield f"{named}: {_done(row)}{_said(row)}{if_refused}"
    for one, words in zip(objects(row.get("fields")), told, strict=True):
        yield f"{named} {_change(one, words)}{if_refused}"


def _done(row: JsonObject) -> str:
    """What is done to an object that shows no field, in words."""
    action, kind = text(row.get("action")), text(row.get("kind"))
    if action == "restore":
        return "comes back from the trash"
    if kind == "entries" and action == "update":
        return "comes back in this language"
    is_plain = kind == "if_not_restored" or kind.endswith("publications")  # the action says it all
    return action if is_plain else f"{action} {kind.replace('_', ' ')}"


def _said(row: JsonObject) -> str:
    """What else is known of it."""
    return "".join(f" {words.format(row[name])}" for name, words in _WORDS.items() if name in row)


def _change(one: JsonObject, told: Told) -> str:
    """A field by its name, with both its values in words; a part of a text, or of a list, that came or went."""
    field = " ".join(filter(None, (told.label or text(one.get("path")), told.locale and f"({told.locale})")))
    if "moved_from" in one:
        return f"{field}: moved {way(told)}"
    if told.left is None or told.right is None:
        side = told.right if told.left is None else told.left
        return f"{field}: {'added' if told.left is None else 'removed'} {quoted(side)}"
    here, there = what_differs(told.left, told.right, _LONGEST)
    return f"{field}: {quoted(here)} -> {quoted(there)}"


def _rows(plan: Path, line: str) -> Iterator[JsonObject]:
    from stackferry import exact_json
    from stackferry.io.storage.files import Files

    for one in Files(plan.absolute().parent).lines(plan.name):
        row = as_object(exact_json.loads(one))
        if row.get("line") == line:
            yield row


def _foot(plan: Path) -> JsonObject:
    return next(_rows(plan, "foot"), {})
