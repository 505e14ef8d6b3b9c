"""A request takes the emulator no more work in a large stack than in a small one."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from emulator_client import KEY, TOKEN, EmulatorClient, document, open_client, rte, title

from stackferry.emulators.contentstack import Emulator, Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject

FEW, MANY = 250, 1000
STAMPS: JsonObject = {"created_at": "2024-05-01T10:00:00.000Z", "updated_at": "2024-05-01T10:00:00.000Z"}
PAGES = "/content_types/page/entries"


def filled(count: int) -> Emulator:
    """So many entries, each published by a job of its own that is done, and by a schedule that waits."""
    emulator = Emulator()
    stack = emulator.add_stack(api_key=KEY, management_token=TOKEN)
    stack.put("environments", {"uid": "blt_live", "name": "live"})
    stack.main.put_content_type({"uid": "page", "title": "page", "schema": [title(), rte()]})
    for number in range(count):
        content: Any = {"title": f"Page {number}", "body": document(f"rte{number}")}
        stack.main.put_entry_version("page", "en-us", {"uid": uid(number), **content, **STAMPS})
        waits = {"publish_status": "scheduled", "scheduled_at": f"2999-01-01T00:00:{number % 60:02}Z"}
        stack.main.put_queue_item({"uid": uid(number), **waits})
        ask(emulator, "POST", "/bulk/publish", bulk(number))
    return emulator


def uid(number: int) -> str:
    return f"blt{number * 0x9E3779B97F4A7C15 % 2**64:016x}"


def bulk(number: int) -> Any:
    return {"entries": [{"uid": uid(number), "content_type": "page"}], "environments": ["live"]}


def ask(emulator: Emulator, method: str, path: str, body: Any = None) -> None:
    path, _, query = path.partition("?")
    headers = {"api_key": KEY, "authorization": TOKEN, "content-type": "application/json"}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"method": method, "path": f"/v3{path}", "query_string": query.encode(), "headers": encoded}
    answer = emulator.answer(scope, json.dumps(body).encode())
    assert answer.status in (200, 201), answer.body


def steps(emulator: Emulator, method: str, path: str, body: Any = None) -> int:
    """How many lines of code a request goes through."""
    found = 0

    def count(_frame: object, event: str, _argument: object) -> Any:
        nonlocal found
        found += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        ask(emulator, method, path, body)
    finally:
        sys.settrace(before)
    return found


@pytest.mark.parametrize(
    ("listing", "page"),
    [("asc=uid&include_count=true", "skip=100"), ("query={}&desc=title", "skip=150&limit=50")],
)
def test_a_later_page_costs_the_same(listing: str, page: str) -> None:
    """The rows are put in order for the first page alone."""
    costs = []
    for count in (FEW, MANY):
        emulator = filled(count)
        ask(emulator, "GET", f"{PAGES}?{listing}")
        costs.append(steps(emulator, "GET", f"{PAGES}?{listing}&{page}"))
    assert costs[1] < costs[0] * 1.05


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PAGES, {"entry": {"title": "new", "body": document("of its own")}}),
        ("/bulk/publish", bulk(1)),
        (f"{PAGES}/{uid(2)}/publish", {"entry": {"environments": ["live"]}}),
    ],
)
def test_a_write_costs_the_same(path: str, body: Any) -> None:
    """What must be unique is found without looking at every entry, and work that was done is not looked at again."""
    costs = []
    for count in (FEW, MANY):
        emulator = filled(count)
        ask(
            emulator, "POST", PAGES, {"entry": {"title": "first", "body": document("first")}}
        )  # the tables are made
        costs.append(steps(emulator, "POST", path, body))
    assert costs[1] < costs[0] * 1.05


def test_a_request_by_uid_compares_few_rows() -> None:
    """Entries of other uids are not compared, whatever other conditions the query has."""
    query = json.dumps({"uid": {"$in": [uid(3), uid(1), "blt_unknown", None]}, "title": {"$ne": "Page 7"}})
    costs = [steps(filled(count), "GET", f"{PAGES}?query={quote(query)}") for count in (FEW, MANY)]
    assert round((costs[1] - costs[0]) / (MANY - FEW)) <= 2  # lines for each entry that is not meant


@pytest.fixture
def client() -> Iterator[EmulatorClient]:
    """250 entries, listed up to the second page of three, and an environment; jobs wait for a request."""
    with open_client(Switches(job_requests=1)) as client:
        client.environment("live")
        client.content_type("page")
        for number in range(250):
            client.stack.main.put_entry_version(
                "page", "en-us", {"uid": uid(number), "title": f"{number:03}"}
            )
        yield client


def names(client: EmulatorClient, skip: int, **params: Any) -> list[str]:
    rows = client.get(PAGES, asc="title", skip=skip, **params)["entries"]
    return [row["title"] for row in rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"uid": uid(3)}, ["003"]),
        ({"uid": {"$in": [uid(9), uid(3), "blt_unknown", 7, None]}}, ["003", "009"]),
        ({"uid": {"$in": [uid(9), uid(3)], "$ne": uid(9)}}, ["003"]),
        ({"uid": {"$in": uid(3)}, "title": "004"}, []),
        ({"uid": {"$nin": [uid(number) for number in range(249)]}}, ["249"]),
        ({"uid": None}, []),
    ],
)
def test_entries_are_found_by_uid(client: EmulatorClient, query: dict[str, Any], found: list[str]) -> None:
    """A condition on the uid is like any other."""
    assert names(client, 0, query=query) == found


def create(client: EmulatorClient) -> None:
    client.entry("page", {"title": "000 a"})


def update(client: EmulatorClient) -> None:
    client.put(f"{PAGES}/{uid(249)}", {"entry": {"title": "000 a"}})


def put(client: EmulatorClient) -> None:
    client.stack.main.put_entry_version("page", "en-us", {"uid": "blt1", "title": "000 a"})


@pytest.mark.parametrize("write", [create, update, put])
def test_a_later_page_sees_what_was_written(
    client: EmulatorClient, write: Callable[[EmulatorClient], None]
) -> None:
    """A row that comes to the front moves all others on."""
    assert names(client, 0)[-1] == "099"
    assert names(client, 100)[0] == "100"
    write(client)
    assert names(client, 100)[0] == "099"


def test_a_later_page_sees_what_was_deleted(client: EmulatorClient) -> None:
    """At once, or by a job that is done at the next request."""
    assert names(client, 0)[0] == "000"
    client.http.delete(f"/content_types/page/entries/{uid(0)}")
    assert names(client, 100)[0] == "101"
    client.post("/bulk/delete", {"entries": [{"uid": uid(1), "content_type": "page", "locale": "en-us"}]})
    assert names(client, 100)[0] == "102"


def test_a_later_page_sees_what_was_published(client: EmulatorClient) -> None:
    """A condition on what is live holds as of now, when a job did it too."""
    wanted = {"publish_details.version": {"$exists": False}}
    assert len(names(client, 0, query=wanted)) == 100
    client.post("/bulk/publish", bulk(0))
    assert names(client, 100, query=wanted)[0] == "101"


def test_the_kept_rows_of_a_listing_belong_to_one_branch(client: EmulatorClient) -> None:
    """A write in one of them does not show in the other."""
    client.post("/stacks/branches", {"branch": {"uid": "work", "source": "main"}})
    assert names(client, 0)[0] == "000"
    work = {"headers": {"branch": "work"}}
    client.ok("DELETE", f"/content_types/page/entries/{uid(0)}", **work)
    assert names(client, 100)[0] == "100"
    rows = client.ok("GET", f"{PAGES}?asc=title&skip=100", **work)["entries"]
    assert rows[0]["title"] == "101"
