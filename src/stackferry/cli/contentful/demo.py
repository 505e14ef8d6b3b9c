"""The demo of Contentful: a space with its history and its releases is restored into an empty one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from stackferry.cli import demo_stage, summary
from stackferry.cli.commands.emulate import TOKEN
from stackferry.cli.demo_stage import Demo, Stage
from stackferry.json_values import as_object, nested

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Emulator, Space
    from stackferry.errors import ExitCode
    from stackferry.library.connect import Endpoint
    from stackferry.library.reports import ExportReport, ImportReport, VerifyReport

_FOUND = ("entries", "entry_snapshots", "content_types", "locales", "assets", "releases")
_RESTORED = (
    "entries",
    "entry_snapshots",
    "locales",
    "assets",
    "content_types",
    "releases",
    "release_entries",
    "scheduled_actions",
)
_AHEAD = timedelta(days=365)


async def _play(sample: Path, stage: Stage) -> ExitCode:
    from stackferry.emulators.contentful import Emulator, serve
    from stackferry.providers.contentful.options import ContentfulReadOptions, ContentfulWriteOptions
    from stackferry.providers.contentful.system import Contentful

    emulator = Emulator()
    key = _build(emulator, sample)

    def found(report: ExportReport) -> str:
        return f"the space '{key}': {summary.some_counts(report.objects, Contentful.words, *_FOUND)}"

    reading = ContentfulReadOptions(versions="all", keep_secrets=True)
    writing = ContentfulWriteOptions(schedules=True, versions="all")
    stage.output.tell("A space is exported and restored on an emulator on this machine; nothing leaves it.\n")
    with serve(emulator) as origin:
        snapshot = await demo_stage.export(stage, _endpoint(origin, key), found, reading)
        target = _endpoint(origin, "empty-space")
        await demo_stage.restore(stage, snapshot, "an empty space", target, _counts, writing)
    return stage.ended()


def _build(emulator: Emulator, sample: Path) -> str:
    """The sample's space, and an empty one of another organization, which has no taxonomy yet."""
    from stackferry.emulators.contentful.seed.load import add_seeded_space

    key = re.sub(r"[^A-Za-z0-9_.-]+", "-", sample.resolve().name.removesuffix(".json"))[:60]
    space = add_seeded_space(emulator, sample, key=key, token=TOKEN)
    space.webhooks = {uid: demo_stage.with_secrets(raw) for uid, raw in space.webhooks.items()}
    _put_off(emulator, space)
    emulator.add_space(
        key="empty-space",
        token=TOKEN,
        locale=space.master.default_locale,
        organization="another-organization",
    )
    return key


def _put_off(emulator: Emulator, space: Space) -> None:
    """What is scheduled in a sample is still to come, whenever this is run."""
    from stackferry.emulators.values import format_time

    due = format_time(emulator.time() + _AHEAD)
    for uid, row in space.scheduled_actions.items():
        if nested(row, "sys", "status") == "scheduled":
            when = {**as_object(row.get("scheduledFor")), "datetime": due}
            space.scheduled_actions[uid] = {**row, "scheduledFor": when}


def _endpoint(origin: str, key: str) -> Endpoint:
    from stackferry.library.connect import Credential, Endpoint
    from stackferry.model import Place, Secret
    from stackferry.providers.contentful.system import Contentful

    host = origin.removeprefix("http://")
    place = Place(system="contentful", key=key, host=host, name="master", secure=False)
    return Endpoint(place, Contentful(), Credential("token", Secret(TOKEN)))


def _counts(imported: ImportReport, found: VerifyReport) -> dict[str, int]:
    return {**imported.objects, **found.objects}


DEMO = Demo("harbour-space", _play, "restored", _RESTORED)
