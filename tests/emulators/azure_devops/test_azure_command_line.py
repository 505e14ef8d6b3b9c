"""The vendor's command line with its extension, as they are, on the emulator. Skipped without them.

`STACKFERRY_AZ` is the command, as "az", or any other words that run it; docs/development.md says how to install both.
Later extensions than 1.0.5 refuse every host but the vendor's.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stackferry.emulators.azure_devops import Emulator, serve
from stackferry.emulators.azure_devops.seed.generator import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN, NAME = "ado-invented-token", "My Web"
COMMAND = shlex.split(os.environ.get("STACKFERRY_AZ", ""))

pytestmark = [
    pytest.mark.skipif(
        not COMMAND or shutil.which(COMMAND[0]) is None,
        reason="STACKFERRY_AZ does not name the vendor's command",
    ),
    pytest.mark.timeout(120),
]


class CommandLine:
    """The command, with a home of its own; extensions stay those of the user."""

    def __init__(self, emulator: Emulator, origin: str, home: Path) -> None:
        self.emulator, self._origin = emulator, origin
        extensions = str(Path.home() / ".azure" / "cliextensions")
        self._environment = {
            "AZURE_EXTENSION_DIR": extensions,
            **os.environ,
            "HOME": str(home),
            "AZURE_CONFIG_DIR": str(home / "azure"),
            "AZURE_DEVOPS_EXT_PAT": TOKEN,
            "AZURE_CORE_COLLECT_TELEMETRY": "no",
        }

    def answer(self, *words: str) -> Any:
        organization = ("--org", f"{self._origin}/fabrikam", "--output", "json")
        done = subprocess.run(  # noqa: S603 - the command that the user names
            [*COMMAND, *words, *organization],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def az(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    emulator = Emulator()
    generate(emulator, "fabrikam", NAME, token=TOKEN, seed=3, releases=9)
    with serve(emulator) as origin:
        yield CommandLine(emulator, origin, tmp_path_factory.mktemp("az"))
    assert emulator.defects == []


def test_it_lists_and_shows(az: CommandLine) -> None:
    project = az.emulator.organizations["fabrikam"].project_named(NAME)
    assert project is not None
    releases: Any = project.releases
    named = ("--project", NAME)
    listed = az.answer("pipelines", "release", "list", *named)
    assert {row["id"]: row["name"] for row in listed} == {uid: row["name"] for uid, row in releases.items()}
    definitions = az.answer("pipelines", "release", "definition", "list", *named)
    living = [one.raw["name"] for one in project.definitions.values() if one.deleted_at is None]
    assert {row["name"] for row in definitions} == {*living}
    number = max(releases)
    shown = az.answer("pipelines", "release", "show", "--id", str(number), *named)
    assert [one["name"] for one in shown["environments"]] == [
        one["name"] for one in releases[number]["environments"]
    ]


def test_any_call_by_its_area_and_resource(az: CommandLine) -> None:
    words = ("--area", "release", "--resource", "releases", "--route-parameters", f"project={NAME}")
    answered = az.answer("devops", "invoke", *words)
    assert answered["count"] == len(answered["value"]) > 5
    assert answered["continuation_token"] is None


def test_it_makes_a_release(az: CommandLine) -> None:
    named = ("--project", NAME)
    rows = az.answer("pipelines", "release", "definition", "list", *named)
    nightly = next(str(row["id"]) for row in rows if row["name"] == "Nightly")
    words = ("--definition-id", nightly, "--description", "by the command line")
    made = az.answer("pipelines", "release", "create", *words, *named)
    assert (made["description"], made["releaseDefinition"]["name"]) == ("by the command line", "Nightly")
