"""The table of calls holds every operation of the page, line by line, and docs/api.md is the table."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from azure_endpoints import CALLS, EXAMPLE, HEAD, RELEASES, Call, markdown
from project_client import stage
from project_line import open_project_line

from repository import ROOT, SHARED
from stackferry.cli.live.group import registered
from stackferry.emulators.azure_devops.routes import ROUTES
from stackferry.providers.azure_devops import api
from stackferry.providers.azure_devops.api.releases import FILTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

PAGE = SHARED / "api/vsts-releases.md"
needs_page = pytest.mark.skipif(not PAGE.exists(), reason="the page is not here")
CLIENTS: dict[str, Any] = {
    name: getattr(api, name) for name in ("Approvals", "Definitions", "Keeper", "Logs", "Releases", "Stages")
}
# What is made of other calls, and pages of lists that `find` reads.
COMPOSED = {
    "Stages.follow",
    "Stages.find",
    "Definitions.id_of",
    "Definitions.stage_id",
    "Approvals.get_all",
    "Approvals.get",
    "Approvals.decide",
}


def name(row: Call) -> str:
    return row.section


def sections() -> Iterator[tuple[str, str]]:
    """The headings of the page that describe a request, each with its text."""
    for part in PAGE.read_text("utf-8").split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        yield heading.strip(), text


@needs_page
def test_the_table_holds_every_operation_of_the_page() -> None:
    """Method and path too; the environment's id has several spellings there."""
    described = {}
    for heading, text in sections():
        found = re.search(r"(GET|POST|PATCH) https://\S+/_apis/release(/releases\S*?)\?", text)
        assert found is not None, heading
        path = re.sub(r"\{environment\w*\}", "{environmentId}", found[2]).replace(
            "{releaseid}", "{releaseId}"
        )
        described[heading] = (found[1], path)
    rows = {
        row.section: (row.method, row.path)
        for row in CALLS
        if row.page == RELEASES and ":" not in row.section
    }
    assert rows == described


@needs_page
def test_every_parameter_and_field_of_the_page_can_be_given() -> None:
    """The query of the list, and the bodies: what is in no table of ours is in no command."""
    told = {
        heading: re.findall(r"^\| ?(\$?\w[\w-]*)\s*\|", text, re.MULTILINE) for heading, text in sections()
    }
    of_place = {"Parameter", "URL", "Query", "Request", "account", "project", "version", "releaseId", "taskId",
                "environmentId", "release"}  # fmt: skip
    known = {
        "definitionId",
        "description",
        "alias",
        "name",
        "id",
        "sourceBranch",
        "status",
        *FILTERS.values(),
    }
    assert len(told) == 7
    assert {one for names in told.values() for one in names} - of_place - {"api-version"} <= known


@pytest.mark.parametrize("row", CALLS, ids=name)
def test_each_call_has_a_method_that_cites_it(row: Call) -> None:
    """The method is asynchronous and typed; for the page's own operations it names the section."""
    owner, _, method_name = row.client.partition(".")
    method: Any = getattr(CLIENTS[owner], method_name)
    assert inspect.iscoroutinefunction(method)
    assert {*inspect.signature(method).parameters, "return"} - {"self"} <= set(method.__annotations__)
    if row.page == RELEASES:
        section = row.section.partition(":")[0]
        assert f'"{section}"' in " ".join((method.__doc__ or "").split())


def test_every_public_method_is_in_the_table() -> None:
    """No client method stands for nothing."""
    methods = {
        f"{owner}.{member}"
        for owner, client in CLIENTS.items()
        for member, _ in inspect.getmembers(client, inspect.iscoroutinefunction)
        if not member.startswith("_")
    }
    assert methods - {row.client for row in CALLS} == COMPOSED


@pytest.mark.parametrize("row", CALLS, ids=name)
def test_each_call_has_an_emulator_route(row: Call) -> None:
    def shape(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", path.partition("?")[0])

    known = {(one.route.method, shape(one.route.pattern)) for one in ROUTES}
    assert (row.method, shape(f"release{row.path}")) in known


def commands() -> dict[str, click.Command]:
    (own,) = (one.groups for one in registered() if one.scheme == "azure-devops")
    return {
        f"{group} {typed}": found for group, held in own.items() for typed, found in held.commands.items()
    }


def test_every_command_is_in_the_table() -> None:
    """No command is missing from the table, and the table names none that there is not; their options exist."""
    assert {row.command.partition(" --")[0] for row in CALLS} == set(commands())
    for row in CALLS:
        typed, _, option = row.command.partition(" --")
        flags = [flag for param in commands()[typed].params for flag in param.opts]
        assert not option or f"--{option}" in flags, row


def test_commands_take_a_place_first_and_have_a_help_text() -> None:
    """PLACE is the first argument; each can print a report, and be pointed at another version or host."""
    for typed, found in commands().items():
        assert found.params[0].name == "place", typed
        names = {param.name for param in found.params}
        assert {"as_json", "rate", "quiet", "api_version", "vsrm_url"} <= names, typed
        assert found.get_short_help_str(), typed


def test_the_document_is_the_table() -> None:
    """The third part of docs/api.md is what `markdown` writes."""
    _, head, text = (ROOT / "docs/api.md").read_text("utf-8").partition(f"{HEAD}\n")
    assert head + text == markdown(), "write markdown() behind the second part of docs/api.md"


def test_the_example_of_the_document_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python program that docs/api.md shows: a release that is made and deployed."""
    names: dict[str, Any] = {}
    exec(compile(EXAMPLE, "docs/api.md", "exec"), names)  # noqa: S102 - our own page
    with open_project_line() as line:
        monkeypatch.setenv("STACKFERRY_TARGET_TOKEN", line.token)
        number = line.definition(stage("Dev", by_hand=True))
        assert anyio.run(names["deploy"], line.place, number, "Dev") == "succeeded"
        assert line.stages(1) == {"Dev": "succeeded"}
