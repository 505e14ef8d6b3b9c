"""`stackferry places`: branches of a stack, environments of a space, projects of an organization, one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import SOURCE, TARGET, CommandLine
from project_line import ORGANIZATION, TOKEN
from space_command_line import open_space_line

from stackferry.emulators.azure_devops import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def organization(tmp_path: Path) -> Iterator[CommandLine]:
    """A shell beside an organization with projects of every sort of name."""
    emulator = Emulator()
    for name in ("My Web", "Größe", "100%", "plain"):
        emulator.add_project(ORGANIZATION, name, token=TOKEN)
    with serve(emulator) as origin:
        yield CommandLine(emulator, origin, tmp_path, TOKEN)  # type: ignore[arg-type]  # of another system


def azure(line: CommandLine, path: str = "", key: str = ORGANIZATION) -> str:
    return f"azure-devops+http://{key}@{line.origin.removeprefix('http://')}{path}"


NAMES = ["My%20Web", "Größe", "100%25", "plain"]


@pytest.mark.parametrize("path", ["", "/", "/My%20Web", "/tfs", "/tfs/plain"])
def test_the_projects_of_an_organization(organization: CommandLine, path: str) -> None:
    """Each as a place that other commands take; the URL may name a project, and the path of an own server."""
    result = organization.run("places", azure(organization, path), "--rate", "0")
    assert result.code == 0, result.err
    before = "/tfs" if path.startswith("/tfs") else ""
    assert result.out.splitlines() == [azure(organization, f"{before}/{name}") for name in NAMES]
    for place in result.out.splitlines():
        assert organization.run("release", "list", place, "--rate", "0").code == 0


def test_the_projects_of_the_old_cloud(organization: CommandLine) -> None:
    """The emulator takes the host as a part of the path, as the path of an own server."""
    where = azure(organization, f"/{ORGANIZATION}.visualstudio.com", key="defaultcollection")
    result = organization.run("places", where, "--rate", "0")
    assert len(result.out.splitlines()) == len(NAMES), result.err


def test_more_projects_than_a_page(organization: CommandLine) -> None:
    emulator = organization.emulator
    for number in range(230):
        emulator.add_project(ORGANIZATION, f"P{number}")  # type: ignore[attr-defined]  # of another system
    result = organization.run("places", azure(organization), "--rate", "0", "--json")
    assert len({row["place"] for row in result.report["places"]}) == 234 == result.report["objects"]["places"]
    assert result.report["places"][1] == {"place": azure(organization, "/Größe"), "name": "Größe"}
    assert result.report["requests"]["read"] == 4


def test_an_organization_that_is_not_there_or_does_not_let_in(organization: CommandLine) -> None:
    result = organization.run("places", azure(organization, key="moon"), "--rate", "0")
    assert (result.code, "there is no such account" in result.err) == (2, True)
    organization.token = "wrong"
    result = organization.run("places", azure(organization), "--rate", "0")
    assert (result.code, "asks to sign in" in result.err) == (4, True)
    assert organization.run("places", "nowhere://x@y").code == 2
    assert organization.run("places", "azure-devops://services").code == 2


def test_the_branches_and_aliases_of_a_stack(cli: CommandLine) -> None:
    stack = cli.emulator.stacks[TARGET]
    stack.aliases["live"] = "redesign"
    result = cli.run("places", cli.place(TARGET), "--rate", "0")
    assert result.out.splitlines() == [
        cli.place(TARGET),
        cli.place(TARGET, "redesign"),
        f"{cli.place(TARGET, 'live')}\talias of redesign",
    ]
    named = cli.run(
        "places", cli.place(TARGET).removesuffix("/main"), "--no-aliases", "--json", "--rate", "0"
    )
    assert [row["name"] for row in named.report["places"]] == ["main", "redesign"]
    assert cli.run("places", cli.place(SOURCE), "--rate", "0").out == f"{cli.place(SOURCE)}\n"
    assert cli.run("places", cli.place("blt_moon"), "--rate", "0").code == 4


def test_the_environments_and_aliases_of_a_space(tmp_path: Path) -> None:
    with open_space_line() as line:
        line.space.ok("PUT", "/spaces/" + line.space.space.id + "/environments/next", {"name": "next"})
        line.space.space.aliases["live"] = {"sys": {"id": "live"}, "environment": {"sys": {"id": "next"}}}
        shell = CommandLine(None, "", tmp_path, line.token)  # type: ignore[arg-type]  # its emulator is not asked
        result = shell.run("places", line.place(), "--rate", "0")
        assert result.out.splitlines() == [
            line.place(),
            line.place(environment="next"),
            f"{line.place(environment='live')}\talias of next",
        ], result.err
