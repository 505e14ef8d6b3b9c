"""The endpoint table holds every request of the three pages, and docs/api.md is the table."""

from __future__ import annotations

import inspect
import re
from typing import Any

import api_endpoints as endpoints
import pytest
from api_clients import CLIENTS, named
from api_endpoints import (
    BULK,
    ENDPOINTS,
    ENTRIES,
    NO_COMMAND,
    RELEASES,
    Endpoint,
)

from repository import ROOT
from stackferry.emulators.contentstack.resources import ROUTES

PAGES = ROOT / "../shared/api"
MISPRINTS = {"Unock a Release": "Unlock a Release"}
_MARKDOWN = re.compile(r"^### (?P<section>.+)\n\n\*\*(?P<method>[A-Z]+)\*\* `(?P<path>[^`?]+)", re.MULTILINE)
_TEXT = re.compile(
    r"^(?P<section>.+)\n\n(?P<method>GET|POST|PUT|DELETE)https://[^/]+/v3(?P<path>[^?\n]+)", re.MULTILINE
)


def described(file: str, form: re.Pattern[str]) -> set[tuple[str, str, str]]:
    """Every request of a page: its section, its method, its path."""
    page = PAGES / file
    if not page.exists():
        pytest.skip(f"the API page {file} is not beside this project")
    text = page.read_text("utf-8")
    asked = len(
        re.findall(r"^\*\*(?:GET|POST|PUT|DELETE)\*\* `/|^(?:GET|POST|PUT|DELETE)https", text, re.MULTILINE)
    )
    found = [match.group("section", "method", "path") for match in form.finditer(text)]
    assert len(found) == asked > 0, "the page is read whole"
    return {(MISPRINTS.get(section, section), method, path) for section, method, path in found}


@pytest.mark.parametrize(
    ("page", "file", "form"),
    [
        (ENTRIES, "contentstack-entries.md", _MARKDOWN),
        (RELEASES, "contentstack-releases.md", _MARKDOWN),
        (BULK, "contentstack-bulk-operations.txt", _TEXT),
    ],
)
def test_the_table_holds_every_request_of_a_page(page: str, file: str, form: re.Pattern[str]) -> None:
    """Section by section, no more and no less, with the page's own method and path."""
    mine = {(row.section, row.method, row.path) for row in ENDPOINTS if row.page == page}
    assert mine == described(file, form)


def test_rows_differ() -> None:
    """No endpoint is listed twice."""
    names = [(row.page, row.name) for row in ENDPOINTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("row", ENDPOINTS, ids=named)
def test_each_row_has_a_method_that_cites_it(row: Endpoint) -> None:
    """The method is asynchronous, fully typed, and its docstring names the section; its module names the page."""
    owner, _, name = row.client.partition(".")
    method: Any = getattr(CLIENTS[owner], name)
    assert inspect.iscoroutinefunction(method)
    parameters = [one for one in inspect.signature(method).parameters if one != "self"]
    assert {*parameters, "return"} <= set(method.__annotations__)
    if row.page != endpoints.VENDOR:
        assert f'"{row.section}"' in " ".join((method.__doc__ or "").split())
        assert f'"{row.page}"' in (inspect.getdoc(inspect.getmodule(method)) or "")


def test_every_public_method_is_in_the_table() -> None:
    """No client method stands for nothing; `wait` alone is made of others."""
    methods = {
        f"{owner}.{name}"
        for owner, client in CLIENTS.items()
        for name, member in inspect.getmembers(client, inspect.iscoroutinefunction)
        if not name.startswith("_") and member is not None
    }
    # These two are calls of others, several times.
    assert methods - {row.client for row in ENDPOINTS} == {"BulkJobs.wait", "BulkJobs.all_items"}


@pytest.mark.parametrize("row", ENDPOINTS, ids=named)
def test_each_row_has_an_emulator_route(row: Endpoint) -> None:
    """The emulator has a route of the same method and the same fixed segments."""

    def shape(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", path)

    assert (row.method, shape(row.path)) in {(route.method, shape(route.pattern)) for route in ROUTES}


def test_the_document_is_the_table() -> None:
    """docs/api.md begins with what `markdown` writes, and has a line for each row."""
    text = (ROOT / "docs/api.md").read_text("utf-8").partition("# Contentful\n")[0]
    assert text == endpoints.markdown(), (
        "write endpoints.markdown() to docs/api.md, before Contentful's calls"
    )
    lines = text.splitlines()
    for row in ENDPOINTS:
        (line,) = (one for one in lines if one.startswith(f"| {row.name} | `{row.method} "))
        assert f"`{row.client}`" in line
        assert row.command in line or row.command == NO_COMMAND
