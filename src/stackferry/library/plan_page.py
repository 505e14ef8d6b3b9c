"""The page of a dry run: its items, as the file of a plan has them, in the words of their system."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from stackferry.io.storage.named_file import write_named
from stackferry.json_values import as_object, integer, objects
from stackferry.library.words.plan_words import plan_reader, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from stackferry.drivers.import_run import FinishedDryRun
    from stackferry.model import Json, JsonObject
    from stackferry.providers.system import System

# What the heads of lists are called, in the order of the page.
_LISTS: Final = {
    "conflicts": "Edited on both sides",
    "meanwhile": "Edited by somebody else meanwhile",
    "removed": "Not in the source, and would be deleted in the target",
    "mapped": "Made anew under another uid",
    "deployed": "Deployed in the source, and not repeated",
}


def write_plan_page(
    file: Path,
    plans: Sequence[FinishedDryRun],
    system: System,
    requests: Mapping[str, int],
    seconds: float,
    snapshot: Path | None = None,
) -> None:
    """Write what dry runs of one target found as a page; they are still open. `snapshot`: where it lies."""
    from stackferry.formats.pages.plan import PlanRows, plan_page

    first = plans[0]
    read = [(done, plan_reader(done, system)) for done in plans]
    plan = PlanRows(
        source="" if first.context.origin is None else str(first.context.origin),
        target=str(first.target.run.place),
        actions={kind: _counts(counts) for done in plans for kind, counts in done.writes.as_json().items()},
        facts=[
            ("Snapshot", str(snapshot or "")),
            ("Requests", _requests(requests)),
            ("At least", f"{seconds:,.1f} s" if seconds else ""),
            ("Webhooks that would be called", _events(plans)),
        ],
        rows=lambda: ((row, reader) for done, reader in read for row in rows_of(done)),
        lists=[*_lists(plans)],
    )
    write_named(file, plan_page(plan, system.words.labels))


def _requests(requests: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {budget}" for budget, count in requests.items() if count)


def _lists(plans: Sequence[FinishedDryRun]) -> Iterator[tuple[str, list[JsonObject]]]:
    """What is told besides the plan itself: a title, and rows."""
    yield "Gaps: what would not arrive", [gap for done in plans for gap in done.gaps]
    for name, title in _LISTS.items():
        if rows := [row for done in plans for row in done.remarks.get(name, ())]:
            yield title, rows
    left = objects([row for done in plans for row in done.left])
    yield "Stays in the target, which the source does not have", left


def _counts(counts: Json) -> dict[str, int]:
    return {action: integer(count) or 0 for action, count in as_object(counts).items()}


def _events(plans: Sequence[FinishedDryRun]) -> str:
    events: Counter[str] = Counter()
    for done in plans:
        events.update(done.described.events())
    return ", ".join(f"{count:,} {name}" for name, count in events.items())
