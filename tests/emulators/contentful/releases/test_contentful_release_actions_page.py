"""The page "Timeline releases", sentence by sentence: validate, publish, archive, and release actions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from release_help import both, made, timeline, wait
from space_client import MASTER, READER, connect, link, open_space

from stackferry.emulators.contentful import Access, Limits, Switches, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import Refusal, SpaceClient

_ONE = link("Entry", "one")


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space(Switches(release_shapes="both")) as opened:
        both(opened)
        yield opened


# "Validate release"


def test_a_validation_is_asynchronous(space: SpaceClient) -> None:
    uid = made(space, timeline("A", _ONE))["sys"]["id"]
    action = space.ok("POST", f"/releases/{uid}/validate", {"action": "publish"})
    assert (action["action"], action["sys"]["status"], action["sys"]["type"]) == (
        "validate",
        "created",
        "ReleaseAction",
    )
    assert action["sys"]["release"] == link("Release", uid)
    assert wait(space, uid, action)["sys"]["status"] == "succeeded"
    assert space.get("/entries/one")["sys"]["version"] == 1


def test_a_validation_that_finds_something_says_what(space: SpaceClient) -> None:
    space.entry("page", "bad", near=link("Entry", "nothing"))
    uid = made(space, timeline("A", _ONE, link("Entry", "bad")))["sys"]["id"]
    action = wait(space, uid, space.ok("POST", f"/releases/{uid}/validate"))
    assert action["sys"]["status"] == "failed"
    errors = action["error"]["details"]["errors"]
    assert [row["entity"] for row in errors] == [link("Entry", "bad")]
    assert errors[0]["error"]["sys"]["id"] == "UnresolvedLinks"


def test_only_one_validation_runs_at_a_time_for_a_release() -> None:
    with open_space(Switches(job_requests=3, release_shapes="both")) as space:
        both(space)
        first, second = (made(space, timeline(title))["sys"]["id"] for title in ("A", "B"))
        action = space.ok("POST", f"/releases/{first}/validate")
        space.ok("POST", f"/releases/{second}/validate")
        assert busy(space.refused("POST", f"/releases/{first}/validate"))
        wait(space, first, action)
        space.ok("POST", f"/releases/{first}/validate")


def busy(refusal: Refusal) -> bool:
    return refusal.status == 429 and refusal.id == "BadRequest"


def test_validating_is_refused_with_429(space: SpaceClient) -> None:
    uid = made(space, timeline("A", _ONE))["sys"]["id"]
    assert busy(space.refused("POST", f"/releases/{uid}/validate", {"action": "archive"}))
    space.space.tokens[READER] = Access("reader", refused={"entries": 403})
    with serve(space.emulator) as origin, connect(origin, READER) as http:
        assert http.post(f"{MASTER}/releases/{uid}/validate").status_code == 429
    space.emulator.limits = replace(space.emulator.limits, release_actions=0)
    assert busy(space.refused("POST", f"/releases/{uid}/validate"))


def test_validating_is_refused_with_404(space: SpaceClient) -> None:
    assert space.refused("POST", "/releases/nothing/validate").status == 404
    uid = made(space, timeline("A"))["sys"]["id"]
    space.space.tokens[READER] = Access("reader", refused={"releases": 403})
    with serve(space.emulator) as origin, connect(origin, READER) as http:
        assert http.post(f"{MASTER}/releases/{uid}/validate").status_code == 404
        assert (
            http.put(f"{MASTER}/releases/{uid}/published", headers={"x-contentful-version": "1"}).status_code
            == 404
        )


# "Published release" and "Archived release"


def test_publishing_applies_all_entities_and_archives_the_release(space: SpaceClient) -> None:
    found = made(space, timeline("A", _ONE, link("Entry", "two")))
    uid = found["sys"]["id"]
    action = space.ok("PUT", f"/releases/{uid}/published", version=1)
    assert (action["action"], action["sys"]["status"]) == ("publish", "created")
    assert wait(space, uid, action)["sys"]["status"] == "succeeded"
    after = space.get(f"/releases/{uid}")["sys"]
    assert (after["status"], after["version"], after["lastAction"]) == (
        "archived",
        2,
        link("ReleaseAction", action["sys"]["id"]),
    )
    assert sorted(space.ids("/public/entries")) == ["one", "two"]


def test_publishing_is_refused_with_404(space: SpaceClient) -> None:
    uid = made(space, timeline("A"))["sys"]["id"]
    assert space.refused("PUT", "/releases/nothing/published", version=1).status == 404
    assert space.refused("PUT", f"/releases/{uid}/published").status == 404  # no version header
    assert space.refused("PUT", f"/releases/{uid}/published", version=7).status == 409


def test_publishing_is_refused_with_429(space: SpaceClient) -> None:
    space.entry("page", "bad", near=link("Entry", "nothing"))
    bad = made(space, timeline("Bad", link("Entry", "bad")))["sys"]["id"]
    refusal = space.refused("PUT", f"/releases/{bad}/published", version=1)
    assert busy(refusal)
    assert refusal.details["errors"][0]["entity"] == link("Entry", "bad")
    good = made(space, timeline("Good", _ONE))["sys"]["id"]
    space.emulator.limits = replace(space.emulator.limits, release_actions=0)
    assert busy(space.refused("PUT", f"/releases/{good}/published", version=1))


def test_publishing_is_refused_while_an_action_is_under_way() -> None:
    with open_space(Switches(job_requests=2, release_shapes="both")) as space:
        both(space)
        uid = made(space, timeline("A", _ONE))["sys"]["id"]
        action = space.ok("POST", f"/releases/{uid}/validate")
        assert busy(space.refused("PUT", f"/releases/{uid}/published", version=1))
        wait(space, uid, action)
        space.ok("PUT", f"/releases/{uid}/published", version=1)


def test_validation_errors_may_be_those_of_a_failed_action_instead() -> None:
    with open_space(Switches(release_refusal="action", release_shapes="both")) as space:
        both(space)
        space.entry("page", "bad", near=link("Entry", "nothing"))
        uid = made(space, timeline("Bad", _ONE, link("Entry", "bad")))["sys"]["id"]
        action = wait(space, uid, space.ok("PUT", f"/releases/{uid}/published", version=1))
        assert (action["sys"]["status"], action["error"]["details"]["errors"][0]["entity"]) == (
            "failed",
            link("Entry", "bad"),
        )
        assert space.get(f"/releases/{uid}")["sys"]["status"] == "active"
        assert space.get("/public/entries")["items"] == []  # nothing of it was published


def test_an_archived_release_cannot_be_published_or_scheduled(space: SpaceClient) -> None:
    uid = made(space, timeline("A", _ONE))["sys"]["id"]
    archived = space.ok("PUT", f"/releases/{uid}/archived", version=1)["sys"]
    assert (archived["status"], archived["version"]) == ("archived", 2)
    assert {"archivedAt", "archivedBy"} <= set(archived)
    assert space.refused("PUT", f"/releases/{uid}/published", version=2).status == 400
    assert space.refused("POST", f"/releases/{uid}/validate").status == 400
    schedule = {
        "entity": link("Release", uid),
        "environment": link("Environment", "master"),
        "action": "publish",
        "scheduledFor": {"datetime": space.clock.after(60)},
    }
    path = f"/spaces/{space.space.id}/scheduled_actions"
    assert space.refused("POST", path, schedule).status == 400
    active = space.ok("DELETE", f"/releases/{uid}/archived", version=2)["sys"]
    assert (active["status"], active["version"], "archivedAt" in active) == ("active", 3, False)
    space.ok("POST", path, schedule)


def test_archiving_is_refused(space: SpaceClient) -> None:
    uid = made(space, timeline("A"))["sys"]["id"]
    assert space.refused("PUT", f"/releases/{uid}/archived", version=9).status == 409
    assert space.refused("DELETE", f"/releases/{uid}/archived", version=1).status == 400  # it is not archived
    space.ok("PUT", f"/releases/{uid}/archived", version=1)
    assert space.refused("PUT", f"/releases/{uid}/archived", version=2).status == 400


# "Release actions" and "Release action"


@pytest.fixture
def acted() -> Iterator[tuple[SpaceClient, dict[str, str]]]:
    """Two releases, one validated twice and published, one validated with errors; with the ids of all."""
    with open_space(Switches(release_shapes="both")) as space:
        both(space)
        space.entry("page", "bad", near=link("Entry", "nothing"))
        ids = {}
        ids["good"] = made(space, timeline("Good", _ONE))["sys"]["id"]
        ids["poor"] = made(space, timeline("Poor", link("Entry", "bad")))["sys"]["id"]
        for name, method, path, which in (
            ("validated", "POST", "validate", "good"),
            ("failed", "POST", "validate", "poor"),
            ("again", "POST", "validate", "good"),
            ("published", "PUT", "published", "good"),
        ):
            space.clock.pass_seconds(1)
            action = space.ok(method, f"/releases/{ids[which]}/{path}", version=1)
            ids[name] = wait(space, ids[which], action)["sys"]["id"]
        yield space, ids


ACTIONS = {
    "": ["validated", "failed", "again", "published"],
    "action=validate": ["validated", "failed", "again"],
    "action=publish": ["published"],
    "action=unpublish": [],
    "sys.id[in]={again},{failed}": ["failed", "again"],
    "sys.release.sys.id[in]={poor}": ["failed"],
    "sys.release.sys.id[in]={poor},{good}": ["validated", "failed", "again", "published"],
    "sys.status[in]=failed": ["failed"],
    "sys.status[in]=succeeded,inProgress": ["validated", "again", "published"],
    "sys.status[nin]=succeeded,created": ["failed"],
    "uniqueBy=sys.release.sys.id": ["failed", "published"],
    "uniqueBy=sys.release.sys.id&action=validate": ["failed", "again"],
}


@pytest.mark.parametrize("query", ACTIONS)
def test_each_filter_of_actions_chooses(acted: tuple[SpaceClient, dict[str, str]], query: str) -> None:
    space, ids = acted
    found = space.ids(f"/release_actions?order=sys.createdAt&{query.format(**ids)}")
    assert found == [ids[name] for name in ACTIONS[query]]


@pytest.mark.parametrize("order", ["sys.updatedAt", "sys.createdAt"])
def test_actions_are_ordered_and_limited(acted: tuple[SpaceClient, dict[str, str]], order: str) -> None:
    space, ids = acted
    names = ["validated", "failed", "again", "published"]
    assert space.ids(f"/release_actions?order={order}") == [ids[name] for name in names]
    assert space.ids(f"/release_actions?order=-{order}") == [ids[name] for name in reversed(names)]
    answer = space.get(f"/release_actions?order={order}&limit=3")
    assert len(answer["items"]) == 3
    assert [row["sys"]["id"] for row in space.get(answer["pages"]["next"])["items"]] == [ids["published"]]


@pytest.mark.parametrize(
    "query", ["sys.status[in]=failed&sys.status[nin]=created", "uniqueBy=sys.id", "order=action", "title=x"]
)
def test_a_list_of_actions_is_refused(acted: tuple[SpaceClient, dict[str, str]], query: str) -> None:
    refusal = acted[0].refused("GET", f"/release_actions?{query}")
    assert (refusal.status, refusal.id) == (400, "BadRequest")


def test_an_action_is_got_below_its_release(acted: tuple[SpaceClient, dict[str, str]]) -> None:
    space, ids = acted
    action = space.get(f"/releases/{ids['good']}/actions/{ids['published']}")
    assert (action["action"], action["sys"]["status"]) == ("publish", "succeeded")
    assert space.refused("GET", f"/releases/nothing/actions/{ids['published']}").details["type"] == "Release"
    for release_id, action_id in ((ids["good"], "nothing"), (ids["poor"], ids["published"])):
        refusal = space.refused("GET", f"/releases/{release_id}/actions/{action_id}")
        assert (refusal.status, refusal.details["type"], refusal.details["release"]) == (
            404,
            "ReleaseAction",
            release_id,
        )


def test_an_action_is_created_then_in_progress_then_done() -> None:
    with open_space(Switches(job_requests=2, release_shapes="both")) as space:
        both(space)
        uid = made(space, timeline("A", _ONE))["sys"]["id"]
        action = space.ok("POST", f"/releases/{uid}/validate")["sys"]["id"]
        seen = [space.get(f"/releases/{uid}/actions/{action}")["sys"]["status"] for _ in range(3)]
        assert seen == ["created", "inProgress", "succeeded"]


def test_the_two_meanings_of_429_are_told_apart_by_switches() -> None:
    for busy_id, reset in (("RateLimitExceeded", "0"), ("ReleaseBusy", "absent")):
        switches = Switches(busy_id=busy_id, busy_reset=reset, release_shapes="both")  # type: ignore[arg-type]  # both are values of the switch
        with open_space(switches, Limits(second=100)) as space:
            uid = made(space, timeline("A"))["sys"]["id"]
            answer = space.send("POST", f"/releases/{uid}/validate", {"action": "other"})
            assert (answer.status_code, answer.json()["sys"]["id"]) == (429, busy_id)
            assert answer.headers.get("x-contentful-ratelimit-reset", "absent") == reset
