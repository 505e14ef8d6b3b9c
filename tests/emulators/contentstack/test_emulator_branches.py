"""Branches are forks: one starts as a copy of its source, and each changes by itself. Aliases move between them."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from emulator_client import EmulatorClient, field_of, open_client, title

from stackferry.emulators.contentstack import Switches

PAGES = "/content_types/page/entries"
DEV: dict[str, Any] = {"headers": {"branch": "dev"}}


def fork(client: EmulatorClient, uid: str = "dev", source: str = "main") -> Any:
    return client.post("/stacks/branches", {"branch": {"uid": uid, "source": source}})["branch"]


def test_a_branch_starts_as_a_copy_and_changes_independently(client: EmulatorClient) -> None:
    """The same uids, versions and publish details; later changes show in one branch only."""
    client.environment("live")
    client.content_type("page", field_of("file", "f"))
    asset = client.upload("a.png", b"x")["uid"]
    uid = client.entry("page", {"title": "A", "f": asset})["uid"]
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    client.post(f"{PAGES}/{uid}/publish", {"entry": {"environments": ["live"]}})
    release = client.post("/releases", {"release": {"name": "R"}})["release"]["uid"]
    answer = client.http.post("/stacks/branches", json={"branch": {"uid": "dev", "source": "main"}})
    assert (answer.status_code, answer.json()["branch"]["source"]) == (201, "main")
    dev = {"headers": {"branch": "dev"}}
    copied = client.ok("GET", f"{PAGES}/{uid}?include_publish_details=true&include_branch=true", **dev)[
        "entry"
    ]
    assert (copied["title"], copied["_version"], copied["_branch"]) == ("B", 2, "dev")
    assert len(copied["publish_details"]) == 1
    assert client.ok("GET", f"{PAGES}/{uid}?version=1", **dev)["entry"]["title"] == "A"
    assert client.ok("GET", f"/releases/{release}", **dev)["release"]["name"] == "R"
    client.ok("PUT", f"{PAGES}/{uid}", json={"entry": {"title": "dev"}}, **dev)
    client.ok("DELETE", f"/assets/{asset}", **dev)
    body = {"entry": {"environments": ["live"]}}
    client.ok("POST", f"{PAGES}/{uid}/unpublish", json=body, **dev)
    main = client.get(f"{PAGES}/{uid}", include_publish_details="true")["entry"]
    assert (main["title"], main["f"]["uid"], len(main["publish_details"])) == ("B", asset, 1)
    client.put("/content_types/page", {"content_type": {"title": "Main", "schema": [title()]}})
    assert client.ok("GET", "/content_types/page", **dev)["content_type"]["title"] == "page"


def test_branches_and_aliases(client: EmulatorClient) -> None:
    """Unknown branches, bad uids and sources are refused; an alias works in the header; main stays."""
    client.post("/stacks/branches", {"branch": {"uid": "dev", "source": "main"}})
    for branch in (
        {"uid": "dev"},
        {"uid": "UPPER"},
        {"uid": "much_too_long_a_name"},
        {"uid": "x", "source": "nope"},
    ):
        assert client.refused("POST", "/stacks/branches", json={"branch": branch})[0] == 422
    assert client.refused("GET", "/locales", headers={"branch": "nope"})[:2] == (422, 901)
    client.put("/stacks/branch_aliases/release", {"branch_alias": {"target_branch": "dev"}})
    client.ok("POST", "/locales", json={"locale": {"code": "fr", "name": "F"}}, headers={"branch": "release"})
    assert client.get("/locales", count="true") == {"locales": 1}
    assert client.ok("GET", "/locales?count=true", headers={"branch": "dev"}) == {"locales": 2}
    assert client.get("/stacks/branches/dev")["branch"]["alias"] == [{"uid": "release"}]
    assert client.get("/stacks/branch_aliases/release")["branch_alias"]["uid"] == "dev"
    assert len(client.get("/stacks/branch_aliases")["branch_aliases"]) == 1
    taken = {"branch_alias": {"target_branch": "main"}}
    assert client.refused("PUT", "/stacks/branch_aliases/dev", json=taken)[0] == 422
    assert client.refused("DELETE", "/stacks/branches/dev")[0] == 422
    assert client.refused("DELETE", "/stacks/branches/main?force=true")[0] == 422
    client.ok("DELETE", "/stacks/branches/dev?force=true")
    assert [row["uid"] for row in client.get("/stacks/branches")["branches"]] == ["main"]
    assert client.refused("GET", "/stacks/branch_aliases/release")[0] == 422


def test_a_branch_tells_when_and_from_what_it_was_made(client: EmulatorClient) -> None:
    """Its time is that of the fork; what is in it keeps its times and its uids."""
    client.content_type("page")
    made = client.entry("page", {"title": "A"})
    client.clock.pass_seconds(3600)
    fork(client)
    fork(client, "next", "dev")
    shown = client.get("/stacks/branches/dev")["branch"]
    assert (shown["source"], shown["created_at"]) == ("main", "2030-01-01T01:00:00.000Z")
    assert client.get("/stacks/branches/next")["branch"]["source"] == "dev"
    copied = client.ok("GET", f"{PAGES}/{made['uid']}", **DEV)["entry"]
    assert (copied["uid"], copied["created_at"]) == (made["uid"], made["created_at"])
    client.clock.pass_seconds(60)
    edited = client.ok("PUT", f"{PAGES}/{made['uid']}", json={"entry": {"title": "B"}}, **DEV)["entry"]
    assert (edited["_version"], edited["updated_at"]) == (2, "2030-01-01T01:01:00.000Z")
    assert client.get(f"{PAGES}/{made['uid']}")["entry"] == made


@pytest.mark.parametrize("whole", [True, False])
def test_what_a_fork_keeps_of_history_publications_and_variants(whole: bool) -> None:
    """No page says it in so many words."""
    versions: Literal["all", "latest"] = "all" if whole else "latest"
    switches = Switches(fork_versions=versions, fork_publishes=whole, fork_variants=whole)
    with open_client(switches) as client:
        client.environment("live")
        client.content_type("page")
        asset = client.upload("a.png", b"a")["uid"]
        client.put(f"/assets/{asset}", {"asset": {"title": "Other"}})
        uid = client.entry("page", {"title": "A"})["uid"]
        variants: list[Any] = [{"uid": "cs1", "name": "One"}]
        client.post("/variant_groups", {"variant_group": {"name": "G", "variants": variants}})
        client.put(f"{PAGES}/{uid}/variants/cs1", {"entry": {"title": "V"}})
        client.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
        client.post(f"{PAGES}/{uid}/publish", {"entry": {"environments": ["live"]}})
        fork(client)
        shown = client.ok("GET", f"{PAGES}/{uid}?include_publish_details=true", **DEV)["entry"]
        assert (shown["_version"], len(shown["publish_details"])) == (2, int(whole))
        for path in (f"{PAGES}/{uid}", f"/assets/{asset}"):
            found = [row["_version"] for row in client.ok("GET", f"{path}/versions", **DEV)["versions"]]
            assert found == ([2, 1] if whole else [2])
        assert len(client.ok("GET", "/variant_groups", **DEV)["variant_groups"]) == int(whole)
        assert len(client.ok("GET", f"{PAGES}/{uid}/variants", **DEV)["entries"]) == int(whole)


@pytest.mark.parametrize("status", [200, 401, 403])
def test_a_management_token_may_not_be_allowed_to_read_branches(status: Literal[200, 401, 403]) -> None:
    """It may work in them all the same; a login may always."""
    login = {"authorization": "", "authtoken": "invented-authtoken"}
    paths = [f"/stacks/{path}" for path in ("branches", "branches/dev", "branch_aliases", "branch_aliases/a")]
    with open_client(Switches(branch_reading=status)) as client:
        fork(client)
        client.put("/stacks/branch_aliases/a", {"branch_alias": {"target_branch": "dev"}})
        assert [client.http.get(path).status_code for path in paths] == [status] * 4
        assert [client.http.get(path, headers=login).status_code for path in paths] == [200] * 4
        client.ok("GET", "/content_types", **DEV)


def test_an_alias_moves_to_another_branch(client: EmulatorClient) -> None:
    client.content_type("page")
    uid = client.entry("page", {"title": "A"})["uid"]
    for name in ("one", "two"):
        fork(client, name)
        edit: dict[str, Any] = {"json": {"entry": {"title": name}}, "headers": {"branch": name}}
        client.ok("PUT", f"{PAGES}/{uid}", **edit)
    for name in ("one", "two", "one"):
        client.put("/stacks/branch_aliases/live", {"branch_alias": {"target_branch": name}})
        assert client.get("/stacks/branch_aliases/live")["branch_alias"]["uid"] == name
        by_alias: dict[str, Any] = {"headers": {"branch": "live"}}
        assert client.ok("GET", f"{PAGES}/{uid}", **by_alias)["entry"]["title"] == name
    too_long = {"branch_alias": {"target_branch": "one"}}
    assert client.refused("PUT", "/stacks/branch_aliases/much_too_long_a_name", json=too_long)[:2] == (
        422,
        909,
    )


def test_a_branch_goes_after_those_that_were_made_from_it(client: EmulatorClient) -> None:
    fork(client)
    fork(client, "next", "dev")
    delete = ("DELETE", "/stacks/branches/dev?force=true")
    assert client.refused(*delete)[:2] == (422, 903)
    client.ok("DELETE", "/stacks/branches/next?force=true")
    client.ok(*delete)
    assert client.refused("GET", "/locales", **DEV)[:2] == (422, 901)
