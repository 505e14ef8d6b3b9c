"""Every parameter of every client method reaches the request under the name that its page gives it."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import anyio
import pytest
from api_clients import CLIENTS
from api_endpoints import ENDPOINTS

from stackferry import exact_json
from stackferry.model import Json, Request, Response
from stackferry.providers.contentstack.api.client import every_row

# What a parameter is called in the request, where that is not its own name.
SPELLED = {
    ("EntryVersions.set_name", "name"): "_version_name",
    ("AtomicUpdates.add", "number"): "ADD",
    ("AtomicUpdates.sub", "number"): "SUB",
}
FILES = {("EntryFiles.import_new", "entry"), ("EntryFiles.import_existing", "entry")}  # see test_api_requests
IN_PATH = {"content_type_uid", "entry_uid", "release_uid", "version_number", "job_id", "publish_queue_uid"}
NEEDED: dict[str, Any] = {
    "content_type_uid": "page",
    "entry_uid": "blt1",
    "release_uid": "blt2",
    "job_id": "cs-1",
    "publish_queue_uid": "blt3",
    "version_number": 7,
    "entry": {"uid": "blt1"},
    "release": {"name": "A"},
    "item": {"uid": "blt1"},
    "items": [{"uid": "blt1"}],
    "entries": [{"uid": "blt1"}],
    "locale": "fr-fr",
    "environments": ["live"],
    "workflow": {"workflow_stage": {"uid": "s"}},
    "name": "launch",
    "field": "text",
    "data": [1],
    "query": {"a": 1},
    "number": 3,
    "all": True,
}
SAMPLES: dict[str, Any] = {
    "bool | None": True,
    "bool": True,
    "int | None": 41,
    "str | None": "sample",
    "JsonObject | None": {"sample": 1},
    "Sequence[str]": ["sample"],
    "Sequence[JsonObject]": [{"uid": "sample"}],
}
METHODS = sorted({row.client for row in ENDPOINTS})


def requests_of(method: str, **given: Any) -> list[Request]:
    """What a call of a method sends."""
    sent: list[Request] = []

    async def call(request: Request) -> Response:
        sent.append(request)
        return Response(200, {}, b"{}")

    owner, _, name = method.partition(".")
    client = CLIENTS[owner](call, *((anyio.sleep,) if owner == "BulkJobs" else ()))
    anyio.run(partial(getattr(client, name), **given))
    return sent


def needs(method: str) -> dict[str, Any]:
    """The parameters that a method must have; bulk requests must have an item."""
    own = parameters(method)
    must = {name for name, one in own.items() if one.default is inspect.Parameter.empty}
    return {name: NEEDED[name] for name in own if name in must or (name, method[:5]) == ("entries", "Bulk.")}


def parameters(method: str) -> dict[str, inspect.Parameter]:
    owner, _, name = method.partition(".")
    found = inspect.signature(getattr(CLIENTS[owner], name)).parameters
    return {name: one for name, one in found.items() if name not in ("self", "answered")}


def said(value: Json, found: dict[str, Json]) -> dict[str, Json]:
    """Every key in a JSON body, at any depth, with its value; the outermost of a name wins."""
    rows = value if isinstance(value, list) else []
    for name, inner in value.items() if isinstance(value, dict) else enumerate(rows):
        if isinstance(name, str):
            found.setdefault(name, inner)
        said(inner, found)
    return found


@pytest.mark.parametrize("method", METHODS)
def test_every_parameter_reaches_the_request(method: str) -> None:
    """Booleans, numbers and texts in the query as the page spells them, or in the body as JSON; uids in the path."""
    for name, one in parameters(method).items():
        sample = NEEDED[name] if name in needs(method) else SAMPLES[one.annotation]
        given = {**needs(method), name: sample}
        if (method, name) in FILES:
            continue
        (request,) = requests_of(method, **given)
        key = SPELLED.get((method, name), name)
        body = said(exact_json.loads(request.body), {}) if request.body else {}
        query = dict(request.params)
        if name in IN_PATH and str(sample) in request.path:
            continue
        if name == "field":
            assert sample in body, (method, name)
        elif key in query:
            spelled = str(sample).lower() if isinstance(sample, bool) else sample
            assert query[key] == (
                exact_json.dumps(sample).decode() if isinstance(sample, dict) else str(spelled)
            )
        elif name in ("content_type_uid", "entry_uid"):
            assert sample in body.values(), (method, name)
        else:
            assert body[key] == sample, (method, name)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_not_given_is_not_sent(method: str) -> None:
    """A parameter left out leaves no trace: no null, no "None", no empty list."""
    (request,) = requests_of(method, **needs(method))
    optional = {name for name in parameters(method) if name not in needs(method)} - {
        "copy_to_master",
        "items",
    }
    body = said(exact_json.loads(request.body), {}) if request.body else {}
    assert optional.isdisjoint(dict(request.params))
    assert optional.isdisjoint(body)


def pages(*answers: tuple[list[Any], int | None]) -> tuple[Any, list[tuple[int, int]]]:
    """A listing that answers these pages, the last one for ever, and what it was asked."""
    asked: list[tuple[int, int]] = []

    async def page(skip: int, limit: int) -> dict[str, Any]:
        rows, count = answers[min(len(asked), len(answers) - 1)]
        asked.append((skip, limit))
        return {"rows": rows, **({} if count is None else {"count": count})}

    return page, asked


def row(*numbers: int) -> list[Any]:
    return [{"uid": str(number)} for number in numbers]


@pytest.mark.parametrize(
    ("answers", "most", "found", "asked"),
    [
        ([(row(*range(100)), 130), (row(*range(100, 130)), 130)], None, 130, [(0, 100), (100, 100)]),
        ([(row(*range(100)), None), (row(*range(100, 130)), None)], None, 130, [(0, 100), (100, 100)]),
        (
            [(row(*range(100)), None)],
            None,
            100,
            [(0, 100), (100, 100)],
        ),  # a service that pays no heed to skip
        ([(row(*range(30)), 30)], None, 30, [(0, 100)]),
        ([(row(*range(20)), 40), (row(*range(20, 40)), 40)], None, 40, [(0, 100), (20, 100)]),  # small pages
        ([([], 7)], None, 0, [(0, 100)]),
        ([(row(1, 2, 3), 9)], 3, 3, [(0, 3)]),
        ([(row(1, 2, 3), 9)], 2, 2, [(0, 2)]),  # a service that pays no heed to limit
    ],
)
def test_listings_are_read_to_their_end(
    answers: list[Any], most: int | None, found: int, asked: list[tuple[int, int]]
) -> None:
    """By the count where there is one, else until a short page; never for ever."""
    page, seen = pages(*answers)
    assert len(anyio.run(every_row, page, "rows", most)) == found
    assert seen == asked
