"""Nights of a project that has another name than before: the archive goes on growing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from night import Calendar
from project_line import NAME, ORGANIZATION, TOKEN, ProjectLine

from stackferry import Policy, Speed, Watch, forget
from stackferry.emulators.azure_devops import Emulator, serve
from stackferry.emulators.azure_devops.seed.generator import generate
from stackferry.library.monitor import Monitor
from stackferry.library.nights.many import Nights
from stackferry.providers.azure_devops.options import AzureReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry import StackBackup

OLD, NEW = "My%20Web", "New%20Web"
GONE = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[ProjectLine]:
    emulator = Emulator()
    project = generate(emulator, ORGANIZATION, NAME, token=TOKEN, seed=3, releases=5)
    with serve(emulator) as origin:
        yield ProjectLine(emulator, project, origin, home=tmp_path / "config")


@pytest.fixture
def calendar(line: ProjectLine, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """The day of the next night; the configuration and the token are in the environment."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(line.home))
    monkeypatch.setenv("STACKFERRY_TOKEN", TOKEN)
    return Calendar()


def night(calendar: Calendar, into: Path, where: str, **options: Any) -> StackBackup:
    nights = Nights(
        into=into,
        adapt=lambda source, _: (source, AzureReadOptions(**options)),
        speed=Speed(rate=0, bulk_rate=0),
        watch=Watch(),
        monitor=Monitor(),
        clock=calendar,
    )
    (one,) = anyio.run(nights.run, [where]).stacks
    calendar.next_day()
    assert one.error == ""
    return one


def configure(line: ProjectLine, project: str) -> str:
    """A profile of the project under this name."""
    file = line.home / "stackferry" / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'[profiles.archive]\nplace = "{place(line, project)}"\n')
    return "archive"


def place(line: ProjectLine, project: str) -> str:
    return f"azure-devops+http://{ORGANIZATION}@{line.host}/{project}"


def vanished(night: StackBackup) -> list[str]:
    assert night.snapshot is not None
    rows = json.loads((night.snapshot / "manifest.json").read_bytes()).get("vanished", ())
    return [row["uid"] for row in rows if row["kind"] == "releases"]


def names_of(line: ProjectLine) -> list[str]:
    """The project by its name, by its id, in capitals, and by the name that it gets later."""
    return [OLD, line.project.id, OLD.upper(), NEW]


@pytest.mark.parametrize("is_profile", [True, False])
def test_each_night_grows_from_the_one_before_whatever_the_name(
    line: ProjectLine, calendar: Calendar, tmp_path: Path, is_profile: bool
) -> None:
    """Without a profile the directories are named after the place, and each name has its own."""
    before, lost = None, list[str]()
    for name in names_of(line):
        if name == NEW:
            line.project.name = "New Web"
        where = configure(line, name) if is_profile else place(line, name)
        done = night(calendar, tmp_path / "nights", where)
        assert (done.base, done.previous, vanished(done)) == (before, before, lost)
        before = done.snapshot
        lost.append(str(min(line.project.releases)))
        line.project.delete_release(int(lost[-1]), GONE)
    assert before is not None
    assert line.shell("verify", before).code == 0
    assert len({*(tmp_path / "nights").iterdir()}) == (1 if is_profile else 4)


def test_one_request_more_tells_that_it_is_the_same_project(
    line: ProjectLine, calendar: Calendar, tmp_path: Path
) -> None:
    night(calendar, tmp_path, configure(line, OLD))
    plain = night(calendar, tmp_path, configure(line, OLD))
    line.project.name = "New Web"
    renamed = night(calendar, tmp_path, configure(line, NEW))
    assert renamed.base == plain.snapshot
    assert renamed.requests["read"] == plain.requests["read"] + 1


@pytest.mark.parametrize("is_profile", [True, False])
def test_another_project_of_the_organization_is_no_base(
    line: ProjectLine, calendar: Calendar, tmp_path: Path, is_profile: bool
) -> None:
    night(calendar, tmp_path, configure(line, OLD))
    generate(line.emulator, ORGANIZATION, "Other", token=TOKEN, seed=4, releases=3)
    done = night(calendar, tmp_path, configure(line, "Other") if is_profile else place(line, "Other"))
    assert (done.base, vanished(done)) == (None, [])


def test_a_mirror_in_another_directory_is_no_base(
    line: ProjectLine, calendar: Calendar, tmp_path: Path
) -> None:
    """What it has dropped would be missing from an archive that grows from it."""
    night(calendar, tmp_path, place(line, OLD), drop_vanished=True)
    line.project.name = "New Web"
    assert night(calendar, tmp_path, place(line, NEW)).base is None


def test_what_is_forgotten_is_judged_as_one_place(
    line: ProjectLine, calendar: Calendar, tmp_path: Path
) -> None:
    first = night(calendar, tmp_path, configure(line, OLD))
    line.project.name = "New Web"
    second = night(calendar, tmp_path, configure(line, NEW))
    done = forget(tmp_path, Policy(last=1))
    assert {row.path: row.action for row in done.rows} == {first.snapshot: "remove", second.snapshot: "keep"}
