"""`stackferry demo`: the main job from start to finish, on the emulator, in a few seconds."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, summary
from stackferry.cli.commands.emulate import TOKEN
from stackferry.cli.lazy_group import new_command
from stackferry.cli.report import Report
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode, StackferryError
from stackferry.json_values import as_list
from stackferry.library.speed import Speed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stackferry.cli.output import Output
    from stackferry.emulators.contentstack import Emulator
    from stackferry.emulators.contentstack.seed.load import Seed
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.connect import Endpoint
    from stackferry.model import Json, JsonObject

SAMPLE = Path("sample_exports", "harbour-guide")
BRANCH = "redesign"
_EXITS = (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.GAPS, ExitCode.DIFFERENT, ExitCode.INTERRUPTED)
_FOUND = ("entries", "content_types", "locales", "assets", "releases")
_RESTORED = ("entries", "entry_versions", "locales", "assets", "publications", "releases", "release_items")
# The emulator of this command has no rate limits, so none need to be kept.
_UNLIMITED = Speed(rate=0, bulk_rate=0)


@new_command("demo", _EXITS)
@click.option(
    "--sample", type=options.DIRECTORY, metavar="DIR", help="Another export or snapshot to show it on."
)
@click.option("--keep", is_flag=True, help="Keep the snapshot.")
@options.output_options
def command(sample: Path | None, keep: bool, output: Output) -> None:
    """See all of it on an emulated stack.

    A sample is exported, imported into an empty stack and into a branch of another one, and both are compared with
    the snapshot. Nothing leaves this machine; no account is needed.
    """

    async def work(report: Report) -> ExitCode:
        home = Path(tempfile.mkdtemp(prefix="stackferry-demo-"))
        try:
            return await _show(sample or _sample(), home, report, output)
        finally:
            if keep:
                report.facts["snapshot"] = str(home / "snapshot")
                shutil.rmtree(home / "state", ignore_errors=True)  # checkpoints of stacks that are gone
            else:
                shutil.rmtree(home)

    carry_out("demo", output, work, _ending)


def _sample() -> Path:
    """The sample, in the installed package or in the repository."""
    package = Path(__file__).parents[2]
    for root in (package, package.parents[1]):
        if (root / SAMPLE).is_dir():
            return root / SAMPLE
    raise StackferryError(f"this installation lacks {SAMPLE}; name an export or a snapshot with --sample")


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where the demo plays: an emulator on a socket, a directory, and who writes down what happened."""

    origin: str
    home: Path
    report: Report
    output: Output

    def endpoint(self, key: str, branch: str = "main") -> Endpoint:
        from stackferry.library.connect import Credential, Endpoint
        from stackferry.model import Place, Secret
        from stackferry.providers.contentstack.system import Contentstack

        host = self.origin.removeprefix("http://")
        place = Place(system="contentstack", key=key, host=host, name=branch, secure=False)
        return Endpoint(place, Contentstack(), Credential("token", Secret(TOKEN)))

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
        self.output.show(f"  {what:<8}{words:<50}{cost}".rstrip())


async def _show(sample: Path, home: Path, report: Report, output: Output) -> ExitCode:
    from stackferry.emulators.contentstack import Emulator, serve
    from stackferry.emulators.contentstack.seed.load import read_seed

    emulator, seed = Emulator(), read_seed(sample)
    key = _build(emulator, seed, sample)
    output.show("A stack is exported and restored on an emulator on this machine; nothing leaves it.\n")
    with serve(emulator) as origin:
        stage = _Stage(origin, home, report, output)
        snapshot = await _export(stage, emulator, key)
        await _restore(stage, snapshot, "an empty stack", stage.endpoint("empty-stack"))
        branch = stage.endpoint("third-stack", BRANCH)
        await _restore(stage, snapshot, f"the branch '{BRANCH}' of a third stack", branch)
    return ExitCode.DIFFERENT if report.facts["differences"] else report.completed()


def _build(emulator: Emulator, seed: Seed, sample: Path) -> str:
    from stackferry.emulators.contentstack.seed.load import add_seeded_stack

    key = sample.resolve().name
    seed.webhooks = [_with_secrets(raw) for raw in seed.webhooks]
    seed.extensions = [_with_secrets(raw) for raw in seed.extensions]
    add_seeded_stack(emulator, seed, api_key=key, management_token=TOKEN)
    for other, branches in (("empty-stack", ["main"]), ("third-stack", ["main", BRANCH])):
        emulator.add_stack(
            api_key=other, management_token=TOKEN, master_locale=seed.master_locale, branches=branches
        )
    return key


def _with_secrets(raw: JsonObject) -> JsonObject:
    """A sample holds no credentials, and a stack does: each place that was redacted gets one, invented here."""

    def filled(value: Json) -> Json:
        if isinstance(value, dict):
            return {name: filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [filled(inner) for inner in value]
        return "an-invented-secret" if value == "REDACTED" else value

    return {name: filled(inner) for name, inner in raw.items()}


async def _export(stage: _Stage, emulator: Emulator, key: str) -> Snapshot:
    from stackferry.library.export import export
    from stackferry.providers.source import ReadOptions

    async with stage.step("export") as mine:
        directory, reading = stage.home / "snapshot", ReadOptions(keep_secrets=True)
        source, monitor = stage.endpoint(key), mine.monitor
        report = await export(source, directory, options=reading, speed=_UNLIMITED, monitor=monitor)
    made, stage.report.system = report.snapshot, source.system
    held = {**report.objects} | {"entries": sum(map(len, emulator.stacks[key].main.entries.values()))}
    stage.line("found", f"the stack '{key}': {summary.some_counts(held, source.system.words, *_FOUND)}")
    stage.line("export", f"a snapshot of {summary.size_of(made)}", mine)
    stage.report.gaps = made.gaps()
    return made


async def _restore(stage: _Stage, snapshot: Snapshot, where: str, target: Endpoint) -> None:
    """Import, import again, verify."""
    from stackferry.library.import_ import import_
    from stackferry.library.verify import verify

    state = stage.home / "state" / target.place.key
    async with stage.step(f"import into {where}") as mine:
        imported = await import_(snapshot, target, state=state, speed=_UNLIMITED, monitor=mine.monitor)
    stage.line("import", f"into {where}", mine)
    async with stage.step("import again") as again:
        await import_(snapshot, target, state=state, speed=_UNLIMITED, monitor=again.monitor)
    stage.line("again", f"the same import: {summary.plural(again.written, 'write')}", again)
    async with stage.step(f"verify {where}") as checked:
        found = await verify(snapshot, target, state=state, speed=_UNLIMITED, monitor=checked.monitor)
    compared = summary.plural(sum(found.objects.values()), "comparison")
    differences = summary.plural(len(found.differences), "difference")
    stage.line("verify", f"{compared}: {differences}", checked)
    for line in summary.difference_lines(found.differences):
        stage.output.show(f"    {line}")
    publications = {"publications": found.objects.get("publications", 0)}
    report = stage.report
    report.objects = {**imported.objects, **publications}
    # A gap of both targets is one gap.
    report.gaps = [*report.gaps, *(gap for gap in found.gaps if gap not in report.gaps)]
    report.facts["differences"] = [*as_list(report.facts.get("differences")), *found.differences]


def _ending(report: Report, output: Output) -> None:
    output.show("")
    output.show(
        f"  restored in both: {summary.some_counts(report.objects, summary.words_of(report), *_RESTORED)}"
    )
    if not report.gaps and report.exit_code is ExitCode.COMPLETE:
        output.show("  Nothing was lost.")
    for line in summary.gap_lines(report.gaps, summary.IN_REPORT):
        output.show(line)
    if "snapshot" in report.facts:
        output.show(f"  kept: stackferry show {report.facts['snapshot']}")
