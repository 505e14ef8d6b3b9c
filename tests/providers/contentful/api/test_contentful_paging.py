"""Lists by the clients: cursors, offsets, services that answer oddly. A function stands for the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from stackferry import exact_json
from stackferry.errors import BadAnswer, Refused
from stackferry.model import Response
from stackferry.providers.contentful.api import ReleaseActions, Releases, Root
from stackferry.providers.contentful.refusals import is_throttling
from stackferry.providers.contentful.requests import bulk, releases

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import JsonObject, Request

ROOT = Root("space", "master")


def answer(body: Any, status: int = 200) -> Response:
    return Response(status, {}, exact_json.dumps(body))


def listed(
    serve: Callable[[dict[str, str]], Response], client: str = "actions"
) -> tuple[list[str], list[Any]]:
    """The ids of all rows, and the parameters of each request."""
    asked: list[dict[str, str]] = []
    found: list[str] = []

    async def call(request: Request) -> Response:
        asked.append(dict(request.params))
        assert len(asked) < 20, "it does not end"
        return serve(asked[-1])

    async def run() -> None:
        pages = (
            ReleaseActions(call, ROOT, anyio.sleep).pages(limit=4)
            if client == "actions"
            else Releases(call, ROOT).pages(limit=4, order="title")
        )
        async for page in pages:
            rows: Any = page["items"]
            found.extend(row["sys"]["id"] for row in rows)

    anyio.run(run)
    return found, asked


def rows(first: int, last: int) -> list[JsonObject]:
    return [{"sys": {"id": f"r{number}"}} for number in range(first, last)]


def test_a_list_with_a_total_and_no_cursor_goes_on_by_offset() -> None:
    """The page of actions does not say how its pages follow; the vendor's own client takes them for offset pages."""

    def serve(asked: dict[str, str]) -> Response:
        skip = int(asked.get("skip", "0"))
        return answer({"total": 7, "items": rows(skip, min(skip + 3, 7))})

    found, asked = listed(serve)
    assert found == [f"r{number}" for number in range(7)]
    assert [one.get("skip") for one in asked] == [None, "3", "6"]


def test_pages_that_are_all_the_same_end() -> None:
    """A service that pays no heed to the cursor."""
    body = {
        "items": rows(0, 4),
        "pages": {"next": "/spaces/space/environments/master/releases?pageNext=again"},
    }
    found, _ = listed(lambda _: answer(body), "releases")
    assert len(found) <= 8


def test_the_address_of_the_next_page_may_be_relative_or_whole_and_no_other_host_is_asked() -> None:
    for address in (
        "/spaces/space/environments/master/releases?pageNext=b&order=title&limit=4",
        "https://elsewhere.example/spaces/space/environments/master/releases?pageNext=b&order=title&limit=4",
        "?pageNext=b&order=title&limit=4",
    ):

        def serve(asked: dict[str, str], address: str = address) -> Response:
            if asked.get("pageNext") == "b":
                return answer({"items": rows(4, 5), "pages": {}})
            return answer({"items": rows(0, 4), "pages": {"next": address}})

        found, asked = listed(serve, "releases")
        assert (len(found), asked[1]) == (5, {"pageNext": "b", "order": "title", "limit": "4"})


@pytest.mark.parametrize(
    "words", ["Response size too big. Maximum allowed response size: 7340032B.", "limit is at most 2"]
)
def test_fewer_rows_are_asked_for_where_so_many_are_refused(words: str) -> None:
    def serve(asked: dict[str, str]) -> Response:
        if int(asked["limit"]) > 2:
            return answer({"sys": {"type": "Error", "id": "BadRequest"}, "message": words}, 400)
        skip = int(asked.get("skip", "0"))
        return answer({"total": 3, "items": rows(skip, min(skip + 2, 3))})

    found, asked = listed(serve)
    assert (found, [one["limit"] for one in asked]) == (["r0", "r1", "r2"], ["4", "2", "2"])


def test_a_single_row_that_is_too_large_is_told() -> None:
    body = {"sys": {"type": "Error", "id": "BadRequest"}, "message": "Response size too big."}
    with pytest.raises(Refused, match="Response size too big"):
        listed(lambda _: answer(body, 400))


def test_an_answer_about_another_object_is_no_answer() -> None:
    async def call(request: Request) -> Response:
        del request
        return answer({"sys": {"id": "other"}})

    async def run() -> None:
        with pytest.raises(BadAnswer, match="it is about 'other'"):
            await Releases(call, ROOT).get(release_id="spring")

    anyio.run(run)


def test_a_throttled_look_at_a_bulk_action_is_throttled() -> None:
    """Only what begins an action may be busy: reads are asked again, whatever the refusal looks like."""
    refused = answer({"sys": {"type": "Error", "id": "RateLimitExceeded"}}, 429)
    item = bulk.BulkItem("Entry", "one", 1)
    assert is_throttling(bulk.get_bulk_action(ROOT, "action", of_locales=True), refused)
    assert is_throttling(releases.get_release(ROOT, "spring"), refused)
    for request in (
        bulk.bulk_publish(ROOT, [item]),
        bulk.bulk_publish(ROOT, [item._replace(locales=("de",))]),
        releases.publish_release(ROOT, "spring", 1),
        releases.validate_release(ROOT, "spring"),
    ):
        assert not is_throttling(request, refused)
