"""The page of a dry run: its items, as the file of a plan has them, in the words of their system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.drivers.verify_run import reader_of_sides
from stackferry.io.storage.named_file import write_named
from stackferry.json_values import as_object, integer, objects
from stackferry.providers.reading.plain import same_uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from stackferry.drivers.import_run import FinishedDryRun
    from stackferry.model import Json, JsonObject, Stream
    from stackferry.providers.system import System
    from stackferry.providers.target import ImportContext

# What the heads of lists are called, in the order of the page.
_LISTS: Final = {
    "conflicts": "Edited on both sides",
    "meanwhile": "Edited by somebody else meanwhile",
    "removed": "Not in the source, and would be deleted in the target",
    "mapped": "Made anew under another uid",
    "deployed": "Deployed in the source, and not repeated",
}


def write_plan_page(
    file: Path, done: FinishedDryRun, system: System, requests: Mapping[str, int], seconds: float
) -> None:
    """Write what a dry run that is still open found as a page."""
    from stackferry.formats.pages.plan import PlanRows, plan_page

    context = done.context
    reader = reader_of_sides(system, _InTarget(context), context.source, same_uid)
    gaps: tuple[str, list[JsonObject]] = ("Gaps: what would not arrive", done.gaps)
    remarks = [(title, done.remarks[name]) for name, title in _LISTS.items() if done.remarks.get(name)]
    plan = PlanRows(
        source="" if context.origin is None else str(context.origin),
        target=str(done.target.run.place),
        actions={kind: _counts(counts) for kind, counts in done.writes.as_json().items()},
        facts=[
            ("Requests", ", ".join(f"{count:,} {budget}" for budget, count in requests.items() if count)),
            ("At least", f"{seconds:,.1f} s" if seconds else ""),
            ("Webhooks that would be called", _events(done)),
        ],
        rows=lambda: _rows(done),
        lists=[
            gaps,
            *remarks,
            ("Stays in the target, which the source does not have", objects([*done.left])),
        ],
    )
    write_named(file, plan_page(plan, reader, system.words.labels))


def _rows(done: FinishedDryRun) -> Iterator[JsonObject]:
    return (as_object(exact_json.loads(line)) for line in done.items.lines())


def _counts(counts: Json) -> dict[str, int]:
    return {action: integer(count) or 0 for action, count in as_object(counts).items()}


def _events(done: FinishedDryRun) -> str:
    events = done.described.events()
    return ", ".join(f"{count:,} {name}" for name, count in events.items())


class _InTarget:
    """What the target holds, asked for by the uids of the source."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._store = context, context.target

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return self._store.objects(stream)

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        return self._store.get(stream, self._context.in_target(stream.kind, uid) or uid, number)

    def streams(self) -> list[Stream]:
        return self._store.streams()
