"""The demo of Azure DevOps: the releases of a project are archived, reported, archived again, and made anew."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from stackferry.cli import demo_stage, summary
from stackferry.cli.commands.emulate import TOKEN
from stackferry.cli.demo_stage import Demo, Stage
from stackferry.errors import UsageError
from stackferry.json_values import as_list, objects, text
from stackferry.model import Stream

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.azure_devops import Emulator, Project
    from stackferry.errors import ExitCode
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.connect import Endpoint
    from stackferry.library.reports import ExportReport, ImportReport, VerifyReport
    from stackferry.model import Json

_FOUND = ("definitions", "definition_revisions", "releases", "deployments", "files")
_RESTORED = ("folders", "definitions", "releases")
_DELETED = 2  # releases that retention takes in the night
_ELSEWHERE = "another-organization"


async def _play(sample: Path, stage: Stage) -> ExitCode:
    from stackferry.emulators.azure_devops import Emulator, Switches, serve
    from stackferry.emulators.azure_devops.seed.snapshot import add_project, names_in

    # Builds of the sample are long gone: their numbers are kept as they are.
    emulator = Emulator(switches=Switches(validate_builds=False))
    if (names := names_in(sample)) is None:
        raise UsageError(f"{sample} is no snapshot of a project of Azure DevOps")
    organization, name = names
    project = add_project(emulator, sample, organization, name, token=TOKEN)
    stage.output.tell(
        "Releases are archived, and made anew, on an emulator on this machine; nothing leaves it.\n"
    )
    with serve(emulator) as origin:
        source = _endpoint(origin, organization, name)
        first = await demo_stage.export(stage, source, partial(_held, f"the project '{name}'"))
        _show(stage, first)
        _report(stage, first)
        _pass_a_night(stage, emulator, organization, project)
        after = partial(_held, "a night later")
        second = await demo_stage.export(stage, source, after, name="next-snapshot", base=first)
        _tell_vanished(stage, second)
        _furnish(emulator, project, organization)
        target = _endpoint(origin, _ELSEWHERE, name)
        await demo_stage.restore(stage, second, "another organization", target, _counts)
    return stage.ended()


def _held(where: str, report: ExportReport) -> str:
    from stackferry.providers.azure_devops.system import AzureDevOps

    return f"{where}: {summary.some_counts(report.objects, AzureDevOps.words, *_FOUND)}"


def _show(stage: Stage, archive: Snapshot) -> None:
    """What an archive says of its releases."""
    found = [*archive.objects(Stream("releases"))]
    statuses = Counter(text(one.get("status")) for one in found)
    kept = sum(one.get("keepForever") is True for one in found)
    words = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    unfinished = len(as_list(archive.manifest.get("unfinished")))
    stage.line("show", f"releases: {words}; {kept} kept forever, {unfinished} unfinished")


def _report(stage: Stage, archive: Snapshot) -> None:
    """Who deployed what, and who approved it: nobody is asked for it."""
    from stackferry.library.evidence import evidence

    file = stage.home / "evidence.html"
    found = evidence(archive, html=file)
    marks = Counter(str(mark) for row in found.rows for mark in as_list(row.get("marks")))
    stage.line("report", f"{len(found.rows)} attempts to deploy, in a page for an auditor:")
    for mark, count in marks.items():
        stage.line("", f"  {count} {mark}")
    stage.report.facts["evidence"] = {"rows": len(found.rows), "marks": {**marks}}


def _pass_a_night(stage: Stage, emulator: Emulator, organization: str, project: Project) -> None:
    """Retention deletes the oldest releases, and somebody deploys a new one."""
    from stackferry.emulators.azure_devops.seed.api import Api

    oldest = sorted(project.releases)[:_DELETED]
    for number in oldest:
        project.delete_release(number, emulator.time())
    definition = next(one.raw for one in project.definitions.values() if one.deleted_at is None)
    version: Json = {"id": "9001", "name": "2026.9.1"}
    artifacts: list[Json] = [
        {"alias": row.get("alias"), "instanceReference": version}
        for row in objects(definition.get("artifacts"))
    ]
    api = Api(emulator, organization, project.name, TOKEN)
    api.post("release/releases", {"definitionId": definition["id"], "artifacts": artifacts})
    stage.line("night", f"retention deletes {summary.plural(len(oldest), 'release')}; a new one is deployed")


def _tell_vanished(stage: Stage, archive: Snapshot) -> None:
    gone = [
        text(row.get("uid"))
        for row in objects(archive.manifest.get("vanished"))
        if row.get("kind") == "releases"
    ]
    stage.report.facts["vanished"] = [*gone]
    stage.line("", f"what the service no longer has is kept: releases {', '.join(gone)}")


def _furnish(emulator: Emulator, project: Project, organization: str) -> None:
    """A project with what the definitions point at by name, under other ids, and nothing else."""
    from stackferry.emulators.azure_devops.seed.furnish_like import furnish_like

    furnish_like(emulator, project, organization, organization=_ELSEWHERE, project=project.name, token=TOKEN)


def _endpoint(origin: str, organization: str, project: str) -> Endpoint:
    from stackferry.library.connect import Credential, Endpoint
    from stackferry.model import Place, Secret
    from stackferry.providers.azure_devops.system import AzureDevOps

    host = origin.removeprefix("http://")
    place = Place(system="azure-devops", key=organization, host=host, name=project, secure=False)
    return Endpoint(place, AzureDevOps(), Credential("token", Secret(TOKEN)))


def _counts(imported: ImportReport, found: VerifyReport) -> dict[str, int]:
    del found
    return {**imported.objects}


DEMO = Demo("harbour-releases", _play, "made anew", _RESTORED)
