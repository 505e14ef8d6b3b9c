"""The demo of Contentstack: a stack is restored into an empty one, and into a branch of a third."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.cli import demo_stage, summary
from stackferry.cli.commands.emulate import TOKEN
from stackferry.cli.demo_stage import Demo, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentstack import Emulator
    from stackferry.emulators.contentstack.seed.load import Seed
    from stackferry.errors import ExitCode
    from stackferry.library.connect import Endpoint
    from stackferry.library.reports import ExportReport, ImportReport, VerifyReport

_BRANCH = "redesign"
_FOUND = ("entries", "content_types", "locales", "assets", "releases")
_RESTORED = ("entries", "entry_versions", "locales", "assets", "publications", "releases", "release_items")


async def _play(sample: Path, stage: Stage) -> ExitCode:
    from stackferry.emulators.contentstack import Emulator, serve
    from stackferry.emulators.contentstack.seed.load import read_seed
    from stackferry.providers.contentstack.system import Contentstack

    emulator, seed = Emulator(), read_seed(sample)
    key = _build(emulator, seed, sample)

    def found(report: ExportReport) -> str:
        entries = sum(map(len, emulator.stacks[key].main.entries.values()))
        held = {**report.objects, "entries": entries}
        return f"the stack '{key}': {summary.some_counts(held, Contentstack.words, *_FOUND)}"

    stage.output.tell("A stack is exported and restored on an emulator on this machine; nothing leaves it.\n")
    with serve(emulator) as origin:
        snapshot = await demo_stage.export(stage, _endpoint(origin, key), found)
        empty, branch = _endpoint(origin, "empty-stack"), _endpoint(origin, "third-stack", _BRANCH)
        await demo_stage.restore(stage, snapshot, "an empty stack", empty, _counts)
        await demo_stage.restore(stage, snapshot, f"the branch '{_BRANCH}' of a third stack", branch, _counts)
    return stage.ended()


def _build(emulator: Emulator, seed: Seed, sample: Path) -> str:
    from stackferry.emulators.contentstack.seed.load import add_seeded_stack

    key = sample.resolve().name
    seed.webhooks = [demo_stage.with_secrets(raw) for raw in seed.webhooks]
    seed.extensions = [demo_stage.with_secrets(raw) for raw in seed.extensions]
    add_seeded_stack(emulator, seed, api_key=key, management_token=TOKEN)
    for other, branches in (("empty-stack", ["main"]), ("third-stack", ["main", _BRANCH])):
        emulator.add_stack(
            api_key=other, management_token=TOKEN, master_locale=seed.master_locale, branches=branches
        )
    return key


def _endpoint(origin: str, key: str, branch: str = "main") -> Endpoint:
    from stackferry.library.connect import Credential, Endpoint
    from stackferry.model import Place, Secret
    from stackferry.providers.contentstack.system import Contentstack

    host = origin.removeprefix("http://")
    place = Place(system="contentstack", key=key, host=host, name=branch, secure=False)
    return Endpoint(place, Contentstack(), Credential("token", Secret(TOKEN)))


def _counts(imported: ImportReport, found: VerifyReport) -> dict[str, int]:
    return {**imported.objects, "publications": found.objects.get("publications", 0)}


DEMO = Demo("harbour-guide", _play, "restored in both", _RESTORED)
