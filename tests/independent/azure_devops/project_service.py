"""An emulated Azure DevOps with two projects whose ids cross, and the command line beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from click.testing import CliRunner
from plain_project import TOKEN, Project

from stackferry.cli.app import app
from stackferry.emulators.azure_devops import Emulator, Switches, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE, TARGET = ("fabrikam", "Söurce Web"), ("contoso", "New Web")
PEOPLE = ("ana", "bo", "chi", "dee")

# (kind, name, id in the source, id in the target). The ids cross: what the source calls 11 is another thing there.
THINGS: tuple[tuple[str, str, Any, Any], ...] = (
    ("queues", "Own pool", 11, 12),
    ("queues", "Linux", 12, 11),
    ("deploymentgroups", "Machines", 21, 22),
    ("deploymentgroups", "Others", 22, 21),
    ("variablegroups", "Shared", 31, 32),
    ("variablegroups", "Keys", 32, 31),
    ("taskgroups", "Warm up", "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"),
    (
        "taskgroups",
        "Cool down",
        "aaaaaaaa-0000-4000-8000-000000000002",
        "aaaaaaaa-0000-4000-8000-000000000001",
    ),
    ("endpoints", "Azure", "bbbbbbbb-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"),
    ("endpoints", "NuGet", "bbbbbbbb-0000-4000-8000-000000000002", "bbbbbbbb-0000-4000-8000-000000000001"),
    (
        "securefiles",
        "key.pfx",
        "cccccccc-0000-4000-8000-000000000001",
        "cccccccc-0000-4000-8000-000000000002",
    ),
    (
        "securefiles",
        "cert.pem",
        "cccccccc-0000-4000-8000-000000000002",
        "cccccccc-0000-4000-8000-000000000001",
    ),
    ("build_definitions", "Shop.CI", 41, 42),
    ("build_definitions", "Pay.CI", 42, 41),
)
BUILDS = (("Shop.CI", "2026.1", 501, 601), ("Shop.CI", "2026.2", 502, 501), ("Pay.CI", "9.1", 601, 502))


@dataclass
class Ended:
    """A command that ended."""

    code: int
    report: dict[str, Any]
    said: str

    def gaps(self, kind: str | None = None) -> list[dict[str, Any]]:
        return [gap for gap in self.report.get("gaps", []) if kind in (None, gap["kind"])]


@dataclass
class Service:
    """The emulator, the folder and the environment of the commands, and one client."""

    home: Path
    emulator: Emulator
    origin: str
    http: httpx.Client = field(repr=False)

    def project(self, organization: str, name: str) -> Project:
        return Project(self.origin, organization, name, self.http)

    def another(self, organization: str, name: str) -> Project:
        """A new project without anything."""
        self.emulator.add_project(organization, name, token=TOKEN)
        return self.project(organization, name)

    @property
    def source(self) -> Project:
        return self.project(*SOURCE)

    @property
    def target(self) -> Project:
        return self.project(*TARGET)

    @property
    def environment(self) -> dict[str, str]:
        folders = {
            name: str(self.home / name.lower()) for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
        }
        return {**folders, "STACKFERRY_TOKEN": TOKEN}

    def run(self, *words: object, **environment: str) -> Ended:
        """A command in this process, with a report."""
        words = (*words, "--json")
        done = CliRunner().invoke(app, [str(word) for word in words], env={**self.environment, **environment})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        assert TOKEN not in done.stdout + done.stderr
        report = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        return Ended(done.exit_code, report, done.stderr)

    def carry(self, command: str, *words: object, **environment: str) -> Ended:
        """A command that speaks to a place, as fast as it can."""
        return self.run(command, *words, "--rate", 0, **environment)

    def live(self, command: str, project: Project, *words: object) -> Ended:
        """A `release` command."""
        return self.run("release", command, project.place, *words, "--rate", 0)

    def start(self, *words: object, **environment: str) -> subprocess.Popen[str]:
        """A command as a process of its own, to be killed."""
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "stackferry", *map(str, words), "--rate", "0", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment, **environment},
        )

    def since(self, mark: int, *, writes: bool = True) -> list[str]:
        """Requests that the emulator has had since it had so many."""
        lines = [f"{one.method} {one.path}" for one in self.emulator.log[mark:]]
        return [line for line in lines if not (writes and line.startswith(("GET ", "OPTIONS ")))]

    @property
    def mark(self) -> int:
        return len(self.emulator.log)


def _furnish(emulator: Emulator, place: tuple[str, str], side: int) -> None:
    project = emulator.add_project(*place, token=TOKEN)
    for row in THINGS if side == 2 else reversed(THINGS):
        kind, name, uid = row[0], row[1], row[side]
        more: dict[str, Any] = {}
        if kind == "taskgroups":
            more = {"version": {"major": 2, "minor": 0, "patch": 0, "isTest": False}, "tasks": []}
        if kind == "build_definitions":
            more = {"path": "\\"}
        project.put(kind, {"id": uid, "name": name, **more})  # type: ignore[arg-type]
    builds = {row[1]: row[side] for row in THINGS if row[0] == "build_definitions"}
    for of, number, *ids in BUILDS:
        definition = {"id": builds[of], "name": of, "path": "\\"}
        branch = {"sourceBranch": "refs/heads/main", "status": "completed", "result": "succeeded"}
        project.put(
            "builds", {"id": ids[side - 2], "buildNumber": number, "definition": definition, **branch}
        )
    home = emulator.organizations[place[0]]
    for name in PEOPLE:
        home.add_person(name.title(), f"{name}@people.example")
    home.add_person(f"[{place[1]}]\\Approvers", f"[{place[1]}]\\Approvers", is_group=True)


@contextmanager
def open_service(home: Path, **switches: Any) -> Iterator[Service]:
    """Two projects, both without definitions."""
    emulator = Emulator(switches=Switches(**switches))
    _furnish(emulator, SOURCE, 2)
    _furnish(emulator, TARGET, 3)
    with serve(emulator) as origin, httpx.Client(trust_env=False, timeout=30) as http:
        yield Service(home, emulator, origin, http)
    assert emulator.defects == []
