"""What the demos of all systems share: steps with their costs, an export, an import that is repeated and verified."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.cli import summary
from stackferry.cli.report import Report
from stackferry.errors import ExitCode
from stackferry.json_values import as_list
from stackferry.library.speed import Speed
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.connect import Endpoint
    from stackferry.library.reports import ExportReport, ImportReport, VerifyReport
    from stackferry.model import Json, JsonObject

# The emulators of these commands have no rate limits, so none need to be kept.
_UNLIMITED = Speed(rate=0, bulk_rate=0)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a demo plays: a directory, and who writes down what happened."""

    home: Path
    report: Report
    output: Output

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[Report]:
        """One step with a report of its own, which becomes a line, and a part of the whole report."""
        mine, began = Report(name), time.monotonic()
        yield mine
        mine.seconds = time.monotonic() - began
        self.report.monitor.add(mine.requests)
        step: JsonObject = {"step": name, "requests": {**mine.requests}, "seconds": round(mine.seconds, 3)}
        self.report.facts["steps"] = [*as_list(self.report.facts.get("steps")), step]

    def line(self, what: str, words: str, mine: Report | None = None) -> None:
        """What a step did, and what it cost."""
        cost = f"{summary.plural(mine.sent, 'request'):>13}{mine.seconds:>7.1f} s" if mine else ""
        self.output.tell(f"  {what:<8}{words:<50}{cost}".rstrip())

    def ended(self) -> ExitCode:
        return ExitCode.DIFFERENT if self.report.facts["differences"] else self.report.completed()


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo of one system: its sample below `sample_exports`, how it is played, what its ending tells."""

    sample: str
    play: Callable[[Path, Stage], Awaitable[ExitCode]]
    restored: str  # the words before the counts
    kinds: tuple[str, ...]  # that are counted


async def export(
    stage: Stage,
    source: Endpoint,
    found: Callable[[ExportReport], str],
    options: ReadOptions | None = None,
    *,
    name: str = "snapshot",
    base: Snapshot | None = None,
) -> Snapshot:
    """Export into a directory below the stage's, with a base where there is one; `found` says what there was."""
    from stackferry.library.export import export as export_place

    async with stage.step("export with a base" if base else "export") as mine:
        directory, reading = stage.home / name, options or ReadOptions(keep_secrets=True)
        report = await export_place(
            source,
            directory,
            options=reading,
            base=base.root if base else None,
            speed=_UNLIMITED,
            monitor=mine.monitor,
        )
    made, stage.report.system = report.snapshot, source.system
    stage.line("found", found(report))
    kind = "the next snapshot" if base else "a snapshot"
    stage.line("export", f"{kind} of {summary.size_of(made)}", mine)
    stage.report.gaps = made.gaps()
    return made


async def restore(
    stage: Stage,
    snapshot: Snapshot,
    where: str,
    target: Endpoint,
    counts: Callable[[ImportReport, VerifyReport], dict[str, int]],
    options: WriteOptions | None = None,
) -> None:
    """Import, import again, verify."""
    from stackferry.library.import_ import import_
    from stackferry.library.verify import verify

    state, writing = stage.home / "state" / target.place.key, options or WriteOptions()
    async with stage.step(f"import into {where}") as mine:
        imported = await import_(
            snapshot, target, options=writing, state=state, speed=_UNLIMITED, monitor=mine.monitor
        )
    stage.line("import", f"into {where}", mine)
    async with stage.step("import again") as again:
        await import_(snapshot, target, options=writing, state=state, speed=_UNLIMITED, monitor=again.monitor)
    stage.line("again", f"the same import: {summary.plural(again.written, 'write')}", again)
    async with stage.step(f"verify {where}") as checked:
        found = await verify(snapshot, target, state=state, speed=_UNLIMITED, monitor=checked.monitor)
    compared = summary.plural(sum(found.objects.values()), "comparison")
    differences = summary.plural(len(found.differences), "difference")
    stage.line("verify", f"{compared}: {differences}", checked)
    for line in summary.difference_lines(found):
        stage.output.tell(f"    {line}")
    report = stage.report
    report.objects = counts(imported, found)
    # A gap of both targets is one gap.
    report.gaps = [*report.gaps, *(gap for gap in found.gaps if gap not in report.gaps)]
    report.facts["differences"] = [*as_list(report.facts.get("differences")), *found.differences]


def with_secrets(raw: JsonObject) -> JsonObject:
    """A sample holds no credentials, and a stack does: each place that was redacted gets one, invented here."""

    def filled(value: Json) -> Json:
        if isinstance(value, dict):
            return {name: filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [filled(inner) for inner in value]
        return "an-invented-secret" if value == "REDACTED" else value

    return {name: filled(inner) for name, inner in raw.items()}
