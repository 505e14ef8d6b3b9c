"""The table of calls holds every section of the page, and docs/api.md is the table."""

from __future__ import annotations

import inspect
import re
from typing import Any

import anyio
import pytest
from contentful_clients import filled_space
from contentful_endpoints import CALLS, EXAMPLE, HEAD, RELEASES, Call, markdown
from releases_page import SECTIONS, lines
from space_client import SPACE, TOKEN

from repository import ROOT
from stackferry.emulators.contentful.routes import ROUTES
from stackferry.providers.contentful import api

CLIENTS: dict[str, Any] = {
    name: getattr(api, name)
    for name in ("BulkActions", "ReleaseActions", "ReleaseAssets", "ReleaseEntries", "Releases")
}
# What is made of other calls.
COMPOSED = {
    "ReleaseActions.wait",
    "ReleaseActions.when_free",
    "BulkActions.carry_out",
    "BulkActions.with_versions",
}
COMPOSED |= {"BulkActions.wait"}


def name(row: Call) -> str:
    return row.section


def test_the_table_holds_every_section_of_the_page() -> None:
    """The headings of the page that describe a request are the rows of the table, in its order."""
    described = [line for line in dict.fromkeys(map(str.strip, lines())) if line in SECTIONS]
    assert described == [row.section for row in CALLS if row.page == RELEASES]
    assert set(described) == set(SECTIONS)


@pytest.mark.parametrize("row", CALLS, ids=name)
def test_each_call_has_a_method_that_cites_it(row: Call) -> None:
    """The method is asynchronous and typed, and its docstring names the section of the page."""
    owner, _, method_name = row.client.partition(".")
    method: Any = getattr(CLIENTS[owner], method_name)
    assert inspect.iscoroutinefunction(method)
    assert {*inspect.signature(method).parameters, "return"} - {"self"} <= set(method.__annotations__)
    if row.page == RELEASES:
        assert f'"{row.section}"' in " ".join((method.__doc__ or "").split())


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
    """The emulator has a route of the same method and the same fixed segments."""

    def shape(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", path)

    known = {(route.method, shape(route.pattern)) for route in ROUTES}
    assert (row.method, shape("/spaces/{space}/environments/{environment}" + row.path)) in known


def test_the_document_is_the_table() -> None:
    """The second part of docs/api.md is what `markdown` writes."""
    _, head, text = (ROOT / "docs/api.md").read_text("utf-8").partition(f"{HEAD}\n")
    mine = text.partition("# Azure DevOps\n")[0]
    assert head + mine == markdown(), "write markdown() behind the first part of docs/api.md"


def test_the_example_of_the_document_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python program that docs/api.md shows: a release of two entries, made and published."""
    names: dict[str, Any] = {}
    exec(compile(EXAMPLE, "docs/api.md", "exec"), names)  # noqa: S102 - our own page
    monkeypatch.setenv("STACKFERRY_TARGET_TOKEN", TOKEN)
    with filled_space() as space:
        place = (
            f"contentful+http://{SPACE}@{str(space.http.base_url).rstrip('/').removeprefix('http://')}/master"
        )
        ended = anyio.run(names["publish_together"], place, ["one", "two"])
        assert ended["sys"]["status"] == "succeeded"
        assert sorted(space.ids("/public/entries")) == ["one", "two"]
