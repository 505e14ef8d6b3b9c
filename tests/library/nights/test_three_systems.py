"""Nights of a stack, a space and a project: one run holds all three, and each grows as its system does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from command_line import SOURCE
from command_line import TOKEN as STACK_TOKEN
from every_kind_space import SPACE, fill_every_kind
from night import Calendar
from space_bench import TOKEN as SPACE_TOKEN
from space_bench import make_space_bench

from stackferry import Endpoint, Policy, ReadOptions, Speed, Watch, forget
from stackferry.emulators import azure_devops, contentful
from stackferry.emulators.azure_devops.seed.generator import generate
from stackferry.errors import ExitCode
from stackferry.library.connect import Credential, find_place
from stackferry.library.monitor import Monitor
from stackferry.library.nights.catalogue import is_whole
from stackferry.library.nights.many import Nights
from stackferry.model import Secret
from stackferry.providers.azure_devops.options import AzureReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from command_line import CommandLine

    from stackferry import BackupReport, StackBackup
    from stackferry.emulators.azure_devops import Project

PROJECT_TOKEN = "ado-invented-token"


def endpoint(url: str, token: str) -> Endpoint:
    return Endpoint(*find_place(url), Credential("token", Secret(token)))


@dataclass
class ThreeSystems:
    """A stack, a space and a project, each on a socket of its own."""

    into: Path
    stack: Endpoint
    space: Endpoint
    project: Endpoint
    releases: Project
    calendar: Calendar

    def night(self, *places: Endpoint, options: ReadOptions | None = None) -> BackupReport:
        nights = Nights(
            into=self.into,
            adapt=lambda source, _: (source, options or ReadOptions()),
            speed=Speed(rate=0, bulk_rate=0),
            watch=Watch(),
            monitor=Monitor(),
            clock=self.calendar,
        )
        report = anyio.run(nights.run, places)
        self.calendar.next_day()
        return report

    def of_project(self, **options: Any) -> StackBackup:
        (stack,) = self.night(self.project, options=AzureReadOptions(**options)).stacks
        return stack


@pytest.fixture
def three(emulated: CommandLine) -> Iterator[ThreeSystems]:
    bench = make_space_bench(emulated.home / "space", fill_every_kind)
    devops = azure_devops.Emulator()
    releases = generate(devops, "fabrikam", "My Web", token=PROJECT_TOKEN, seed=3, releases=5)
    with contentful.serve(bench.emulator) as space, azure_devops.serve(devops) as project:
        yield ThreeSystems(
            emulated.home / "backups",
            endpoint(emulated.place(SOURCE), STACK_TOKEN),
            endpoint(f"contentful+http://{SPACE}@{space.removeprefix('http://')}/master", SPACE_TOKEN),
            endpoint(
                f"azure-devops+http://fabrikam@{project.removeprefix('http://')}/My%20Web", PROJECT_TOKEN
            ),
            releases,
            Calendar(),
        )


def test_one_run_holds_places_of_all_three_systems(three: ThreeSystems) -> None:
    places = (three.stack, three.space, three.project)
    first, second = three.night(*places), three.night(*places)
    for report in (first, second):
        assert {stack.error for stack in report.stacks} == {""}
        assert all(stack.snapshot and is_whole(stack.snapshot) for stack in report.stacks)
        assert all(stack.exit_code in (ExitCode.COMPLETE, ExitCode.GAPS) for stack in report.stacks)
    assert [stack.base for stack in second.stacks] == [stack.snapshot for stack in first.stacks]
    assert all(stack.new_gaps == [] and stack.gone_gaps == [] for stack in second.stacks)
    fewer = [
        sum(new.requests.values()) < sum(old.requests.values())
        for old, new in zip(first.stacks, second.stacks, strict=True)
    ]
    assert fewer == [True, True, True]
    done = forget(three.into, Policy(last=1))
    assert (done.exit_code, sorted(row.action for row in done.rows)) == (
        ExitCode.COMPLETE,
        ["keep"] * 3 + ["remove"] * 3,
    )
    assert all(stack.snapshot and is_whole(stack.snapshot) for stack in second.stacks)


def test_what_vanished_from_a_project_stays_when_older_archives_go(three: ThreeSystems) -> None:
    three.of_project()
    lost = max(three.releases.releases)
    three.releases.delete_release(lost, datetime(2026, 6, 1, tzinfo=UTC))
    three.of_project()
    forget(three.into, Policy(last=1))
    third = three.of_project()
    assert third.snapshot is not None
    manifest = json.loads((third.snapshot / "manifest.json").read_bytes())
    assert [row["uid"] for row in manifest["vanished"]] == [str(lost)]


def test_an_archive_that_cannot_grow_is_made_without_a_base_and_says_so(three: ThreeSystems) -> None:
    whole = three.of_project()
    name = next(iter(three.releases.definitions.values())).raw["name"]
    part = three.of_project(definitions=frozenset({name}))
    assert (part.error, part.base) == ("", None)
    assert [row["snapshot"] for row in part.unsuitable] == [str(whole.snapshot)]
    assert "an archive that grows is one of the whole project" in str(part.unsuitable[0]["reason"])
    again = three.of_project()
    assert (again.base, [row["snapshot"] for row in again.unsuitable]) == (
        whole.snapshot,
        [str(part.snapshot)],
    )
