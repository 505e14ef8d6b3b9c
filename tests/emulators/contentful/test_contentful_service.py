"""The service as a whole: tokens, permissions, the rate limit, sizes, environments and aliases, the shape of errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from space_client import JSON, MASTER, READER, SPACE, TOKEN, connect, open_space, symbol

from stackferry.emulators.contentful import Access, Fault, Limits, Switches, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        yield opened


# Tokens and permissions


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer unknown", f"Basic {TOKEN}", TOKEN])
def test_an_unknown_token_is_401(space: SpaceClient, header: str) -> None:
    refusal = space.refused("GET", "/entries", authorization=header)
    assert (refusal.status, refusal.id) == (401, "AccessTokenInvalid")


def test_a_space_that_the_token_does_not_open_is_404(space: SpaceClient) -> None:
    space.emulator.add_space(key="other", token="other-token", organization="other-organization")
    for path in ("/spaces/other", "/spaces/nothing", "/organizations/other-organization"):
        assert (space.refused("GET", path).status, space.refused("GET", path).id) == (404, "NotFound")
    assert [row["sys"]["id"] for row in space.get("/spaces")["items"]] == [SPACE]


def test_a_token_that_may_only_read_is_refused_a_write_with_403(space: SpaceClient) -> None:
    with serve(space.emulator) as origin, connect(origin, READER) as http:
        assert http.get(f"{MASTER}/entries").status_code == 200
        answer = http.put(f"{MASTER}/tags/sail", json={"name": "Sail"})
        assert (answer.status_code, answer.json()["sys"]["id"]) == (403, "AccessDenied")


@pytest.mark.parametrize("status", [403, 404])
def test_a_kind_that_is_not_offered_is_refused_by_its_list(space: SpaceClient, status: int) -> None:
    """By the plan for the whole space, or to one token. All else is served."""
    space.space.refused["workflows"] = status
    space.space.tokens[READER] = Access("reader", refused={"assets": status, "tasks": status})
    assert space.refused("GET", "/workflows").status == status
    space.get("/workflow_definitions")
    space.content_type("page", symbol())
    space.entry("page", "home")
    with serve(space.emulator) as origin, connect(origin, READER) as http:
        for path in ("assets", "public/assets", "assets/one", "entries/home/tasks"):
            assert http.get(f"{MASTER}/{path}").status_code == status
        assert http.get(f"{MASTER}/entries/home/comments").status_code == 200
        assert http.get(f"{MASTER}/entries").status_code == 200


# Answers


def test_an_answer_has_the_media_type_of_the_api_and_a_request_id(space: SpaceClient) -> None:
    for path in ("/entries", "/entries/nothing"):
        headers = space.send("GET", path).headers
        assert headers["content-type"] == JSON
        assert headers["x-contentful-request-id"]


def test_what_is_unknown_or_no_json_is_refused(space: SpaceClient) -> None:
    assert space.refused("GET", "/nothing").id == "NotFound"
    assert space.refused("DELETE", "/entries").status == 404
    for body in (b"{", b"[]", b"", b'{"a": 1, "a": 2}'):
        answer = space.http.put(f"{MASTER}/tags/sail", content=body)
        assert (answer.status_code, answer.json()["sys"]["id"]) == (400, "BadRequest")


@pytest.mark.parametrize("most", [1_048_576, 2_097_152])
def test_a_request_is_too_long(most: int) -> None:
    with open_space(Switches(request_bytes=most)) as space:
        space.content_type("page", symbol(), {"id": "data", "name": "Data", "type": "Object"})
        for length, is_kept in ((most - 1_000, True), (most, False)):
            body = {"fields": {"data": {"en-US": {"filler": "x" * length}}}}
            answer = space.send("PUT", f"/entries/e{length}", body, x_contentful_content_type="page")
            assert answer.status_code == (201 if is_kept else 413)


def test_an_answer_is_too_big(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    for number in range(10):
        space.entry("page", f"e{number}", title="x" * 200)
    space.emulator.limits = replace(space.emulator.limits, answer_bytes=5_000)
    refusal = space.refused("GET", "/entries?limit=10")
    assert (refusal.status, refusal.message) == (
        400,
        "Response size too big. Maximum allowed response size: 5000B.",
    )
    assert len(space.get("/entries?limit=2")["items"]) == 2
    space.emulator.limits = replace(space.emulator.limits, answer_bytes=None)
    assert len(space.get("/entries?limit=10")["items"]) == 10


def test_a_uri_is_too_long(space: SpaceClient) -> None:
    assert space.send("GET", f"/entries/{'x' * 7_600}").status_code == 414


def test_scripted_faults_and_latency_are_those_of_every_emulator(space: SpaceClient) -> None:
    space.emulator.faults.add(Fault(method="PUT", path="/tags/", status=503, body=b"busy", carried_out=True))
    assert space.send("PUT", "/tags/sail", {"name": "Sail"}).status_code == 503
    assert space.get("/tags/sail")["name"] == "Sail"


# The rate limit


def limited(space: SpaceClient, second: float) -> None:
    space.emulator.limits = Limits(second=second)


def test_reads_and_writes_share_one_limit(space: SpaceClient) -> None:
    limited(space, 3)
    first = space.send("GET", "/entries")
    assert first.headers["x-contentful-ratelimit-second-limit"] == "3"
    assert first.headers["x-contentful-ratelimit-second-remaining"] == "2"
    assert first.headers["x-contentful-ratelimit-reset"] == "0"
    assert int(first.headers["x-contentful-ratelimit-hour-limit"]) > 0
    space.ok("PUT", "/tags/sail", {"name": "Sail"})
    space.get("/tags")
    answer = space.send("GET", "/tags")
    assert (answer.status_code, answer.json()["sys"]["id"]) == (429, "RateLimitExceeded")
    assert answer.headers["x-contentful-ratelimit-second-remaining"] == "0"
    assert int(answer.headers["x-contentful-ratelimit-reset"]) >= 1
    assert "retry-after" not in answer.headers
    space.clock.pass_seconds(1)
    space.get("/tags")


@pytest.mark.parametrize(("scope", "status"), [("organization", 429), ("space", 200)])
def test_what_shares_a_limit_is_a_space_or_an_organization(scope: Any, status: int) -> None:
    with open_space(Switches(limit_scope=scope)) as space:
        other = space.emulator.add_space(key="other", token=TOKEN)
        assert other.organization is space.space.organization
        limited(space, 1)
        space.get("/tags")
        assert space.send("GET", "/spaces/other").status_code == status


@pytest.mark.parametrize(("window", "status"), [("sliding", 429), ("second", 200)])
def test_a_limit_counts_any_second_or_whole_ones(window: Any, status: int) -> None:
    with open_space(Switches(limit_window=window)) as space:
        limited(space, 1)
        space.clock.pass_seconds(0.9)
        space.get("/tags")
        space.clock.pass_seconds(0.2)
        assert space.send("GET", "/tags").status_code == status


@pytest.mark.parametrize(("counts", "status"), [(True, 429), (False, 201)])
def test_uploads_count_or_not(counts: bool, status: int) -> None:
    with open_space(Switches(uploads_count=counts)) as space:
        limited(space, 1)
        space.get("/tags")
        headers = {"content-type": "application/octet-stream"}
        answer = space.http.post(f"{MASTER}/uploads", content=b"bytes", headers=headers)
        assert answer.status_code == status


def test_files_are_not_counted(space: SpaceClient) -> None:
    url = space.asset("mast", b"bytes")["fields"]["file"]["en-US"]["url"]
    limited(space, 1)
    assert [space.http.get(f"http:{url}").status_code for _ in range(3)] == [200, 200, 200]


# Space, environments, aliases


@pytest.mark.parametrize("shown", [True, False])
def test_a_space_may_show_its_organization(shown: bool) -> None:
    with open_space(Switches(space_shows_organization=shown)) as space:
        assert ("organization" in space.get(f"/spaces/{SPACE}")["sys"]) is shown


def test_a_request_through_an_alias_is_answered_by_its_target(space: SpaceClient) -> None:
    space.ok("PUT", f"/spaces/{SPACE}/environments/next", {"name": "next"})
    target = {"environment": {"sys": {"type": "Link", "linkType": "Environment", "id": "next"}}}
    space.ok("PUT", f"/spaces/{SPACE}/environment_aliases/live", target)
    space.home = f"/spaces/{SPACE}/environments/live"
    space.ok("PUT", "/tags/sail", {"name": "Sail"})
    assert space.get("/tags/sail")["sys"]["environment"]["sys"]["id"] == "next"
    assert list(space.space.environments["next"].tags) == ["sail"]
    sys = space.get(space.home)["sys"]
    assert (sys["id"], sys["aliasedEnvironment"]["sys"]["id"]) == ("live", "next")
    master = {"environment": {"sys": {"type": "Link", "linkType": "Environment", "id": "master"}}}
    path = f"/spaces/{SPACE}/environment_aliases/live"
    assert space.refused("PUT", path, master).status == 409
    space.ok("PUT", path, master, 1)
    assert space.get("/tags")["items"] == []
    assert space.refused("PUT", path, {"environment": {"sys": {"id": "nothing"}}}, 2).status == 422


def test_a_clone_has_the_content_and_not_the_workflows(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    space.published_entry("page", "home", title="Home")
    space.ok("POST", "/workflow_definitions", {"name": "Review", "steps": [{"name": "One"}]})
    space.ok(
        "PUT",
        f"/spaces/{SPACE}/environments/copy",
        {"name": "copy"},
        x_contentful_source_environment="master",
    )
    space.edit("home", title="Edited in master")
    space.home = f"/spaces/{SPACE}/environments/copy"
    entry = space.get("/entries/home")
    assert (entry["fields"]["title"]["en-US"], entry["sys"]["version"]) == ("Home", 2)
    assert entry["sys"]["environment"]["sys"]["id"] == "copy"
    assert space.get("/workflow_definitions")["items"] == []


def test_an_environment_that_master_means_cannot_be_deleted(space: SpaceClient) -> None:
    assert space.refused("DELETE", f"/spaces/{SPACE}/environments/master").status == 400
    space.ok("PUT", f"/spaces/{SPACE}/environments/next", {"name": "next"})
    space.ok("DELETE", f"/spaces/{SPACE}/environments/next")
    assert space.refused("GET", f"/spaces/{SPACE}/environments/next/entries").status == 404


def test_a_path_without_an_environment_means_master(space: SpaceClient) -> None:
    space.ok("PUT", "/tags/sail", {"name": "Sail"})
    assert space.ids(f"/spaces/{SPACE}/tags") == ["sail"]


@pytest.mark.parametrize("uid", ["a b", "ä", "x" * 65, "a/b", "%2F"])
def test_an_id_is_of_letters_digits_and_three_marks(space: SpaceClient, uid: str) -> None:
    space.content_type("page", symbol())
    answer = space.send("PUT", f"/entries/{uid}", {"fields": {}}, x_contentful_content_type="page")
    assert answer.status_code in (404, 422)
    assert space.get("/entries")["total"] == 0


def test_version_0_on_a_free_id_creates_and_another_is_refused(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    space.ok("PUT", "/entries/new", {"fields": {}}, 0, x_contentful_content_type="page")
    refusal = space.refused("PUT", "/entries/gone", {"fields": {}}, 3, x_contentful_content_type="page")
    assert (refusal.status, refusal.id) == (409, "VersionMismatch")
    hook = {"name": "Hook", "url": "https://hook.invalid/"}
    space.ok("PUT", f"/spaces/{SPACE}/webhook_definitions/hook", hook, 0)
