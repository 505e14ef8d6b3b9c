"""What is asked of every request: a token with its scopes, a version, a page, not too much load."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx
import pytest
from project_client import PLACE, TOKEN, Clock, ProjectClient, serving, stage

from stackferry.emulators.application import HttpRequest
from stackferry.emulators.azure_devops import Access, Fault, Limits, Switches
from stackferry.emulators.azure_devops.seed.generator import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPIRED = "The Personal Access Token used has expired"
LIST = f"{PLACE}/release/releases"


@pytest.fixture
def client() -> Iterator[ProjectClient]:
    with serving() as made:
        yield made


def anonymous(client: ProjectClient, method: str, authorization: str = "", **headers: str) -> httpx.Response:
    sent = {"authorization": authorization} if authorization else {}
    url = f"{client.http.base_url}{LIST}/1?api-version=7.1"
    return httpx.request(method, url, headers={**sent, **headers}, json={} if method != "GET" else None)


# A token


def test_a_token_opens_as_pat_and_as_bearer(client: ProjectClient) -> None:
    basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
    client.release(client.definition(stage("Dev", by_hand=True)))
    assert anonymous(client, "GET", f"Basic {basic}").status_code == 200
    assert anonymous(client, "GET", f"Bearer {TOKEN}").status_code == 200
    home = client.service.organizations["fabrikam"]
    home.tokens[TOKEN].kind = "pat"
    assert anonymous(client, "GET", f"Bearer {TOKEN}").status_code == 203
    home.tokens[TOKEN].kind = "bearer"
    assert anonymous(client, "GET", f"Basic {basic}").status_code == 203


@pytest.mark.parametrize("authorization", ["", "Basic !!", "Basic eDp3cm9uZw==", "Bearer wrong", "Digest x"])
def test_a_bad_token_gets_a_sign_in_page(client: ProjectClient, authorization: str) -> None:
    for method in ("GET", "POST"):
        answer = anonymous(client, method, authorization)
        assert answer.status_code == 203
        assert answer.headers["content-type"].startswith("text/html")
        assert "Sign In" in answer.text
    refused = anonymous(client, "PATCH", authorization)
    assert (refused.status_code, refused.json()["typeKey"]) == (401, "UnauthorizedRequestException")
    assert "TF400813" in refused.json()["message"]


def test_a_redirect_leads_to_a_page(client: ProjectClient) -> None:
    page = client.http.get("/_signin", auth=None)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("status", [203, 302, 401])
def test_an_expired_token_tells_its_reason(status: int) -> None:
    with serving(Switches(auth_failure=status)) as client:  # type: ignore[arg-type]  # one of the three
        client.service.organizations["fabrikam"].tokens[TOKEN].refusal = EXPIRED
        answer = client.send("GET", "release/releases")
        assert answer.status_code == status
        assert unquote(answer.headers["x-tfs-serviceerror"]) == EXPIRED
        assert ("_signin" in answer.headers.get("location", "")) is (status == 302)
        assert (answer.content == b"") is (status == 401)
        suppressed = client.send("GET", "release/releases", x_tfs_fedauthredirect="Suppress")
        assert (suppressed.status_code, suppressed.content) == (401, b"")


SCOPED = [
    ("vso.release", "GET", "release/releases", True),
    ("vso.release", "GET", "distributedtask/variablegroups", False),
    ("vso.variablegroups_read", "GET", "distributedtask/variablegroups", True),
    ("vso.variablegroups_read", "GET", "release/releases", False),
    ("vso.taskgroups_read", "GET", "distributedtask/taskgroups", True),
    ("vso.agentpools", "GET", "distributedtask/queues", True),
    ("vso.serviceendpoint", "GET", "serviceendpoint/endpoints", True),
    ("vso.build", "GET", "build/definitions", True),
    ("vso.release", "POST", "release/definitions", False),
    ("vso.release_execute", "POST", "release/definitions", True),
    ("vso.release_execute", "PATCH", "release/approvals/1", False),
    ("vso.release_manage", "PATCH", "release/approvals/1", True),
    ("vso.release_execute", "DELETE", "release/definitions/1", False),
]


@pytest.mark.parametrize(("scope", "method", "path", "allowed"), SCOPED)
def test_scopes(client: ProjectClient, scope: str, method: str, path: str, allowed: bool) -> None:
    home = client.service.organizations["fabrikam"]
    home.tokens[TOKEN] = Access(home.user, frozenset({scope}))
    answer = client.send(method, path, None if method == "GET" else {})
    assert (answer.status_code == 403) is not allowed
    if not allowed:
        assert answer.json()["typeKey"] == "AccessDeniedException"


def test_a_missing_scope_may_be_a_401() -> None:
    with serving(Switches(missing_scope=401)) as client:
        home = client.service.organizations["fabrikam"]
        home.tokens[TOKEN] = Access(home.user, frozenset({"vso.build"}))
        refused = client.refused("GET", "release/releases")
        assert (refused.status, refused.key) == (401, "UnauthorizedRequestException")


# A version


VERSIONS = [
    ("GET", "release/releases", "", ""),
    ("GET", "release/releases", "7.1", ""),
    ("GET", "release/releases", "5.0", ""),
    ("GET", "release/releases", "3.0-preview.2", ""),
    ("GET", "release/releases", "2.2-preview.1", ""),
    ("GET", "release/releases", "4.1", "VssInvalidPreviewVersionException"),
    ("GET", "release/releases", "7.2", "VssInvalidPreviewVersionException"),
    ("GET", "release/releases", "7.2-preview.9", ""),
    ("GET", "release/releases", "7.2-preview.99", "VssVersionOutOfRangeException"),
    ("GET", "release/releases", "8.0", "VssVersionOutOfRangeException"),
    ("GET", "release/releases", "new", "VssVersionOutOfRangeException"),
    ("GET", "release/folders", "6.0", "VssInvalidPreviewVersionException"),
    ("GET", "release/folders", "6.0-preview.2", ""),
    ("GET", "release/folders", "7.0", ""),
    ("GET", "release/tags", "7.1", "VssInvalidPreviewVersionException"),
    ("GET", "release/tags", "7.1-preview.1", ""),
    ("GET", "release/releasesettings", "7.1", "VssInvalidPreviewVersionException"),
    ("GET", "distributedtask/queues", "6.0", ""),
    ("POST", "release/releases", "", "VssVersionNotSpecifiedException"),
    ("POST", "distributedtask/queues", "", "HttpException"),
]


@pytest.mark.parametrize(("method", "path", "version", "key"), VERSIONS)
def test_versions(client: ProjectClient, method: str, path: str, version: str, key: str) -> None:
    answer = client.send(method, path, version=version)
    if key:
        assert (answer.status_code, answer.json()["typeKey"]) == (404 if key == "HttpException" else 400, key)
    else:
        assert answer.status_code == 200
        shown = f"; api-version={version}" if version else ""
        assert answer.headers["content-type"] == f"application/json; charset=utf-8{shown}"


def test_a_version_in_the_accept_header(client: ProjectClient) -> None:
    accept = "application/json;api-version=7.1-preview.1"
    assert client.send("GET", "release/tags", version="", accept=accept).status_code == 200
    assert (
        client.send("GET", "release/tags", version="", accept="application/json; api-version=6.0").status_code
        == 400
    )


def test_previews_may_be_optional() -> None:
    with serving(Switches(strict_preview=False)) as client:
        assert client.get("release/tags", "7.1")["count"] == 0


# A page


def walk(client: ProjectClient, path: str, most: int = 100) -> list[list[int]]:
    """The ids of every page, following the token of the header."""
    pages: list[list[int]] = []
    token = ""
    while len(pages) < most:
        answer = client.send("GET", f"{path}{f'&continuationToken={token}' if token else ''}")
        assert answer.status_code == 200, answer.text
        pages.append([row["id"] for row in answer.json()["value"]])
        token = answer.headers.get("x-ms-continuationtoken", "")
        if not token:
            return pages
    raise AssertionError("pages without end")


@pytest.fixture(scope="module")
def full() -> Iterator[ProjectClient]:
    """The generated project: 230 releases."""
    with serving(clock=Clock()) as made:
        generate(made.service, "fabrikam", "Full", token=TOKEN)
        made.project = made.service.project("fabrikam", "Full")
        made.place = "/fabrikam/Full/_apis"
        yield made


def test_pages_are_cut_to_a_hundred_without_a_word(full: ProjectClient) -> None:
    pages = walk(full, "release/releases?$top=1000&queryOrder=ascending")
    assert [len(page) for page in pages] == [100, 100, 30]
    assert [uid for page in pages for uid in page] == sorted(full.project.releases)
    assert [len(page) for page in walk(full, "release/releases?queryOrder=descending")] == [50] * 4 + [30]
    falling = [uid for page in walk(full, "release/releases?$top=100") for uid in page]
    assert falling == sorted(full.project.releases, reverse=True)
    assert [len(page) for page in walk(full, "release/deployments?$top=500")] == [100, 100, 100, 17]
    approvals = walk(full, "release/approvals?statusFilter=approved&top=100")
    assert [len(page) for page in approvals[:-1]] == [100] * (len(approvals) - 1)
    assert len(approvals) > 2
    # `$top` is not the parameter of this one
    assert len(walk(full, "release/approvals?statusFilter=approved&$top=100")[0]) == 50


@pytest.mark.parametrize("named", ["next", "last"])
def test_the_row_that_a_token_names(full: ProjectClient, named: str) -> None:
    before = full.service.switches
    full.service.switches = Switches(token_names=named)  # type: ignore[arg-type]  # one of the two
    pages = walk(full, "release/releases?$top=100&queryOrder=ascending")
    full.service.switches = before
    assert {uid for page in pages for uid in page} == set(full.project.releases)
    assert (pages[0][-1] == pages[1][0]) is (named == "last")


@pytest.mark.parametrize("rows", [None, 3])
def test_pages_of_definitions(full: ProjectClient, rows: int | None) -> None:
    before = full.service.switches
    full.service.switches = Switches(definition_rows=rows)
    pages = walk(full, "release/definitions?$top=1000")
    full.service.switches = before
    assert [len(page) for page in pages] == ([4] if rows is None else [3, 1])


def test_a_token_that_is_none_is_refused(full: ProjectClient) -> None:
    for path in ("release/releases?continuationToken=x", "release/definitions?continuationToken=x"):
        assert full.refused("GET", path).key == "InvalidContinuationTokenException"


# The load


def test_load_is_told_then_delayed_then_refused() -> None:
    limits = Limits(tstu=10, refuse_from=2.0, longest_delay=10.0, sleeps=False)
    with serving(limits=limits) as client:
        answers = [client.send("GET", "release/releases") for _ in range(21)]
        statuses = [answer.status_code for answer in answers]
        assert statuses == [200] * 20 + [429]
        assert "x-ratelimit-remaining" not in answers[0].headers
        assert answers[4].headers["x-ratelimit-remaining"] == "5"
        assert "retry-after" not in answers[9].headers
        assert [answers[at].headers["x-ratelimit-delay"] for at in (9, 14, 19)] == [
            "0.000",
            "5.000",
            "10.000",
        ]
        assert answers[14].headers["retry-after"] == "5"
        assert answers[14].headers["x-ratelimit-remaining"] == "0"
        assert answers[14].headers["x-ratelimit-limit"] == "10"
        assert int(answers[14].headers["x-ratelimit-reset"]) == client.clock.now.timestamp() + 300
        refused = answers[20]
        assert "TF400733" in refused.json()["message"]
        assert refused.headers["retry-after"] == "300"
        client.clock.pass_seconds(301)
        assert "x-ratelimit-remaining" not in client.send("GET", "release/releases").headers


def test_retry_after_may_be_missing_on_a_200() -> None:
    with serving(limits=Limits(tstu=1, sleeps=False, retry_after_on_200=False)) as client:
        client.send("GET", "release/releases")
        late = client.send("GET", "release/releases")
        assert late.headers["x-ratelimit-remaining"] == "0"
        assert "retry-after" not in late.headers


def test_load_is_that_of_one_user_and_differs_by_request() -> None:
    with serving(limits=Limits(tstu=10, costs={"deployments": 10}, sleeps=False)) as client:
        home = client.service.organizations["fabrikam"]
        other = home.add_person("Other", "other@fabrikam.example")
        home.tokens["other"] = Access(str(other["id"]))
        assert client.send("GET", "release/deployments").headers["x-ratelimit-remaining"] == "0"
        as_other = httpx.get(f"{client.http.base_url}{LIST}", auth=("", "other"))
        assert "x-ratelimit-remaining" not in as_other.headers


@pytest.mark.parametrize("sleeps", [True, False])
def test_a_delay_is_waited_for_or_only_told(sleeps: bool) -> None:
    with serving(limits=Limits(tstu=1, refuse_from=3, longest_delay=10, sleeps=sleeps)) as client:
        basic = base64.b64encode(f":{TOKEN}".encode()).decode()
        request = HttpRequest(method="GET", path=LIST, headers={"authorization": f"Basic {basic}"})
        answers = [client.service.handle(request) for _ in range(3)]
        assert [answer.wait for answer in answers] == ([0, 5, 10] if sleeps else [0, 0, 0])
        assert [answer.headers["x-ratelimit-delay"] for answer in answers] == ["0.000", "5.000", "10.000"]


# Faults, and what is counted


def test_faults_and_counts(client: ProjectClient) -> None:
    client.service.faults.add(Fault(path="/releases", status=503, carried_out=False))
    assert client.send("GET", "release/releases").status_code == 503
    release = client.release(client.definition())
    client.send("GET", f"release/releases/{release}/logs")
    assert [client.service.count(budget) for budget in ("read", "write", "asset")] == [1, 2, 1]
    client.service.faults.add(Fault(path="/logs", keep=30))
    with pytest.raises(httpx.RemoteProtocolError):
        client.send("GET", f"release/releases/{release}/logs")


def test_every_answer_can_be_asked_about(client: ProjectClient) -> None:
    answer = client.send("GET", "release/releases")
    assert answer.headers["activityid"] == answer.headers["x-vss-e2eid"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"'])
def test_bodies_that_are_no_object(client: ProjectClient, body: bytes) -> None:
    answer = client.http.post(f"{LIST}?api-version=7.1", content=body)
    assert (answer.status_code, answer.json()["typeKey"]) == (400, "InvalidRequestException")
