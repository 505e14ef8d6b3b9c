"""A project with hundreds of releases, the commands of a user, and every way to write their place."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from plain_project import TOKEN, Project
from project_service import Service

from sampling import sampled
from stackferry.emulators.azure_devops import Emulator, Limits, Switches, serve
from stackferry.emulators.azure_devops.seed.furnish import furnish
from stackferry.emulators.azure_devops.seed.generator import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from project_service import Ended

SOURCE = ("fabrikam", "My Web")
ASKED = os.environ.get("STACKFERRY_SCENARIO_RELEASES", "")
"""A number of releases for all scenarios at once, as docs/development.md says; else few."""


def size(few: int) -> int:
    """How many releases a scenario has."""
    return int(ASKED or few)


SIZES = [int(ASKED)] if ASKED else sampled([24, 230], 1)  # few in every run of the suite
ODD: dict[str, Any] = {
    "auth_failure": 302,
    "token_names": "last",
    "deployment_modifies_release": True,
    "keeps_properties": False,
    "revision_conflict": 400,
    "empty_logs": 404,
    "thin_list_has_variables": False,
    "ids_per_organization": False,
    "create_shows_start": True,
    "tags_modify_release": True,
}
SETTINGS = [pytest.param("today", {}, id="today"), pytest.param("old", ODD, id="old and odd")]
"""The address of a project in the cloud, each with other switches of the service."""


@dataclass
class Scene:
    """An emulated service and a user beside it. `shape`: which of the cloud's addresses the user writes."""

    service: Service
    shape: str
    _targets: Iterator[int] = field(default_factory=itertools.count)

    @property
    def emulator(self) -> Emulator:
        return self.service.emulator

    @property
    def home(self) -> Path:
        return self.service.home

    def project(self, of: tuple[str, str] = SOURCE) -> Project:
        return self.service.project(*of)

    def target(self) -> tuple[str, str]:
        """Another organization, with everything that the source's definitions point at under other ids."""
        number = next(self._targets)
        of = (f"contoso{number}", "New Web")
        furnish(self.emulator, *of, token=TOKEN, seed=number % 6 + 1)
        return of

    def place(self, of: tuple[str, str] = SOURCE) -> tuple[str, ...]:
        """The words that name a project on a command line."""
        (organization, name), host = of, self.service.origin.removeprefix("http://")
        if self.shape == "own":
            return (f"azure-devops+http://{organization}@{host}/{quote(name)}",)
        key, core, release = {
            "today": (organization, "dev.azure.com", "vsrm.dev.azure.com"),
            "old": (
                "defaultcollection",
                f"{organization}.visualstudio.com",
                f"{organization}.vsrm.visualstudio.com",
            ),
        }[self.shape]
        place = f"azure-devops+http://{key}@{host}/{core}/{quote(name)}"
        return place, "--vsrm-url", f"http://{host}/{release}"

    def export(self, name: str, *more: object, **environment: str) -> Ended:
        words = (*self.place(), self.home / name, "--keep-secrets", *more)
        return self.service.carry("export", *words, **environment)

    def into(self, of: tuple[str, str], name: str, *more: object, **environment: str) -> Ended:
        """An import."""
        place, *flags = self.place(of)
        return self.service.carry("import", self.home / name, place, *flags, *more, **environment)

    def verify(self, name: str, of: tuple[str, str] | None = None) -> Ended:
        against = () if of is None else ("--against", *self.place(of), "--rate", 0)
        return self.service.run("verify", self.home / name, *against)

    def requests(self, mark: int) -> list[str]:
        return self.service.since(mark, writes=False)

    def started(self, of: tuple[str, str]) -> list[Any]:
        """Every deployment that a project lists."""
        return self.project(of).rows("release/deployments", top_=100)


@contextmanager
def open_scene(
    home: Path, shape: str, switches: dict[str, Any], *, releases: int = 0, page_rows: int = 100
) -> Iterator[Scene]:
    """A scene whose source has so many made-up releases; without any there is no source."""
    emulator = Emulator(switches=Switches(**switches), limits=Limits(page_rows=page_rows))
    if releases:
        generate(emulator, *SOURCE, token=TOKEN, seed=11, releases=releases)
    with serve(emulator) as origin, httpx.Client(trust_env=False, timeout=60) as http:
        yield Scene(Service(home, emulator, origin, http), shape)
    assert emulator.defects == []


def fewest_requests(project: Project, page: int = 100) -> int:
    """The formula of the research, section 6, of what a project holds, read by plain HTTP."""
    definitions, releases = project.definitions(), project.releases()
    deployments = {row["id"] for row in project.rows("release/deployments", top_=100)}
    revisions = sum(project.get(f"release/definitions/{one['id']}/revisions")["count"] for one in definitions)
    ran = sum(any(stage["deploySteps"] for stage in one["environments"]) for one in releases)
    edited = sum(one["definitionSnapshotRevision"] > 1 for one in releases)
    lists = 1 + ceil(len(releases) / page) + ceil(len(deployments) / page) + 1 + 7
    return int(lists + 2 * len(definitions) + revisions + len(releases) + ran + edited)


def asked_twice(lines: list[str], edited: list[int]) -> list[str]:
    """Objects that were asked for more than once. `edited`: releases with a definition of their own, under one path.

    Pages of a list have one path, too.
    """
    own = tuple(f"/releases/{uid}" for uid in edited)
    objects = [line for line in lines if line[-1].isdecimal() or line.endswith("/logs")]
    return [line for line, count in Counter(objects).items() if count > 1 + line.endswith(own)]
