"""Each sentence of the page "Timeline releases" that is neither error nor filter: permissions, limits, effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from contentful_clients import NARROW, STRANGER, Clients, filled_space, items_of, link, made, play, timeline
from contentful_endpoints import CALLS
from releases_page import sentences
from space_client import READER, TOKEN

from stackferry.emulators.contentful import Access, Switches
from stackferry.errors import Forbidden, Refused, StackferryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Work = Callable[[Clients], Awaitable[None]]

ONE, TWO = link("Entry", "one"), link("Entry", "two")
MAKER = "CFPAT-invented-maker"  # of a user who is no admin
SAID: dict[str, list[tuple[Work, str]]] = {}
HEADINGS = {
    *("Timeline releases", "Currently supported actions:", "Limitations", "Permissions", "Errors", "Filters"),
    *("Releases collection", "FilterDescription", "Release", "Validate release", "Published release"),
    *("Archived release", "Release actions", "Release action"),
    "These are the following filters (query params) available for this endpoint:",
    "The following filters are available for this endpoint:",
}
# "Currently supported actions", each with the section that describes its request.
ACTIONS = {
    "Create release": "Create release",
    "Update release": "Update release",
    "Delete release": "Delete a release",
    "Fetch release": "Get a release",
    "Query relases": "Get all releases",
    "Publish release": "Publish release",
    "Validate release": "Create validation release action",
}


def says(sentence: str, token: str = TOKEN) -> Callable[[Work], Work]:
    """What the page says at this place, as users with these tokens meet it."""

    def keep(work: Work) -> Work:
        SAID.setdefault(sentence, []).append((work, token))
        return work

    return keep


def spring(clients: Clients, *entities: dict[str, Any]) -> str:
    """A Timeline release that the admin has made; its id."""
    return str(made(clients.space, timeline("Spring", *entities))["sys"]["id"])


async def refused(work: Awaitable[Any], error: type[StackferryError], words: str) -> None:
    with pytest.raises(error, match=words):
        await work


@says(
    "Timeline is a feature that allows you to create, schedule and preview multiple upcoming versions of the"
)
async def several_versions_of_one_entry(clients: Clients) -> None:
    first, second = spring(clients, ONE), spring(clients, ONE)
    for uid in (first, second):
        body: Any = {"fields": {"title": {"en-US": uid}}}
        await clients.entries.update(release_id=uid, entity_id="one", body=body, version=1)
    for uid in (first, second):
        copy: Any = await clients.entries.get(release_id=uid, entity_id="one")
        assert copy["fields"]["title"] == {"en-US": uid}
    assert clients.space.get("/entries/one")["fields"]["title"] == {"en-US": "One"}


@says("The Timeline feature is available on specific plans.", STRANGER)
async def no_feature_no_releases(clients: Clients) -> None:
    await refused(clients.releases.get_all(), UsageError, "check the place and the token")


@says("A release cannot contain more than 200 entities in total.")
async def two_hundred_in_total(clients: Clients) -> None:
    for number in range(199):
        clients.space.entry("page", f"e{number}", title="E")
    most = [*(link("Entry", f"e{number}") for number in range(199)), link("Asset", "a")]
    full: Any = await clients.releases.create(release=timeline("Full", *most))
    assert len(items_of(full)) == 200
    full_id, more = full["sys"]["id"], timeline("More", *most, ONE)
    await refused(clients.releases.create(release=more), Refused, "which are 200")
    await refused(
        clients.releases.update(release_id=full_id, release=more, version=1), Refused, "which are 200"
    )
    assert len(items_of(clients.space.get(f"/releases/{full_id}"))) == 200


@says("Use this endpoint to create a new Timeline release.")
async def the_id_is_generated(clients: Clients) -> None:
    found: Any = [await clients.releases.create(release=timeline("Same")) for _ in range(2)]
    assert len({row["sys"]["id"] for row in found}) == 2
    assert sorted(clients.space.ids("/releases")) == sorted(row["sys"]["id"] for row in found)


@says("You must set sys.schemaVersion to Release.v2, otherwise a Launch release will be created")
async def without_it_a_launch_release(clients: Clients) -> None:
    launch: Any = await clients.releases.create(
        release={"title": "Old", "entities": {"sys": {"type": "Array"}, "items": [ONE]}}
    )
    uid = launch["sys"]["id"]
    assert "schemaVersion" not in launch["sys"]
    await refused(
        clients.entries.get_all(release_id=uid), Refused, "a Launch release has no bodies of its own"
    )


@says("Any user can create a new release.", MAKER)
@says("Any user can create a new release.", NARROW)
async def anybody_creates(clients: Clients) -> None:
    found: Any = await clients.releases.create(release=timeline("Mine"))
    assert clients.space.ids("/releases") == [found["sys"]["id"]]


@says("Use this endpoint to fetch multiple releases.")
async def several_are_listed(clients: Clients) -> None:
    uids = {spring(clients), spring(clients)}
    page: Any = await clients.releases.get_all()
    assert {row["sys"]["id"] for row in page["items"]} == uids


@says("The releases collection endpoint implements cursor-based pagination.")
async def pages_of_a_hundred(clients: Clients) -> None:
    uids = [spring(clients) for _ in range(101)]
    first: Any = await clients.releases.get_all()
    assert (len(first["items"]), "pageNext=" in first["pages"]["next"]) == (100, True)
    found: list[Any] = [page async for page in clients.releases.pages()]
    assert [len(page["items"]) for page in found] == [100, 1]
    assert "next" not in found[-1]["pages"]
    whole: Any = await clients.releases.get_all(limit=1000)
    assert {row["sys"]["id"] for row in whole["items"]} == {*uids}
    # More than the page allows is asked for again with less.
    less: list[Any] = [page async for page in clients.releases.pages(limit=1001)]
    assert len(less[0]["items"]) == 101


@says("Any user with read access to an entry can query releases.", READER)
@says("Any user with read access to an entry can get a release.", READER)
@says("Use this method to fetch a single release.", READER)
async def a_reader_reads(clients: Clients) -> None:
    uid = spring(clients, ONE)
    listed: Any = await clients.releases.get_all()
    one: Any = await clients.releases.get(release_id=uid)
    assert listed["items"] == [one] == [clients.space.get(f"/releases/{uid}")]


@says("Use this method to update the release by provided ID.", MAKER)
@says("Any user with write access to an entry can update a release.", MAKER)
async def a_writer_updates(clients: Clients) -> None:
    uid = spring(clients, ONE)
    await clients.releases.update(release_id=uid, release=timeline("Fall", TWO), version=1)
    found = clients.space.get(f"/releases/{uid}")
    assert (found["title"], items_of(found)) == ("Fall", ["two"])


@says("Any user with write access to an entry can update a release.", READER)
async def a_reader_does_not_update(clients: Clients) -> None:
    uid = spring(clients, ONE)
    sent = clients.releases.update(release_id=uid, release=timeline("Fall"), version=1)
    await refused(sent, Forbidden, f"release {uid} was not changed")
    assert clients.space.get(f"/releases/{uid}")["title"] == "Spring"


@says("Use this method to delete a release by provided ID.")
@says("Only the user that created the release or the admin can delete a release.", MAKER)
async def the_creator_or_an_admin_deletes(clients: Clients) -> None:
    own: Any = await clients.releases.create(release=timeline("Mine"))
    await clients.releases.delete(release_id=own["sys"]["id"])
    assert clients.space.ids("/releases") == []


@says("Only the user that created the release or the admin can delete a release.", MAKER)
async def nobody_else_deletes(clients: Clients) -> None:
    uid = spring(clients)
    sent = clients.releases.delete(release_id=uid)
    await refused(sent, Refused, "only the user who made a release, or an admin, can delete it")
    assert clients.space.ids("/releases") == [uid]


@says(
    "Use this method to create a release action that validates a release identified by the provided ID asynch"
)
@says("Any user with publish access to an entry can validate a release.", MAKER)
@says("Users with access to the release can archive it.", MAKER)
async def validated_and_archived(clients: Clients) -> None:
    uid = spring(clients, ONE)
    begun: Any = await clients.releases.validate(release_id=uid, action="publish")
    assert begun["sys"]["status"] == "created"
    ended: Any = await clients.actions.wait(release_id=uid, action_id=begun["sys"]["id"])
    assert (ended["action"], ended["sys"]["status"]) == ("validate", "succeeded")
    assert clients.space.ids("/public/entries") == []
    await clients.releases.archive(release_id=uid, version=1)
    assert clients.space.get(f"/releases/{uid}")["sys"]["status"] == "archived"


@says("Any user with publish access to an entry can validate a release.", READER)
@says("Any user with publish access to an entry can publish a release.", READER)
async def a_reader_begins_nothing(clients: Clients) -> None:
    uid = spring(clients, ONE)
    await refused(clients.releases.validate(release_id=uid), Forbidden, "was not validated")
    await refused(clients.releases.publish(release_id=uid, version=1), Forbidden, "was not published")
    assert clients.space.ids("/release_actions") == clients.space.ids("/public/entries") == []


@says("Only 1 validation at a time is allowed for a single release.")
async def one_validation_at_a_time(clients: Clients) -> None:
    clients.space.emulator.switches = SLOW
    first, second = spring(clients, ONE), spring(clients, ONE)
    for uid in (first, second):
        await clients.releases.validate(release_id=uid)
    await refused(clients.releases.validate(release_id=first), Refused, "a validation of it is in progress")
    assert len(clients.space.ids("/release_actions")) == 2


@says(
    "Use this method to create a release action that applies all entities that belong to release by provided"
)
@says("Any user with publish access to an entry can publish a release.", MAKER)
async def all_of_it_is_live_and_the_release_archived(clients: Clients) -> None:
    uid = spring(clients, ONE, TWO, link("Asset", "a"))
    begun: Any = await clients.releases.publish(release_id=uid, version=1)
    await clients.actions.wait(release_id=uid, action_id=begun["sys"]["id"])
    assert sorted(clients.space.ids("/public/entries")) == ["one", "two"]
    assert clients.space.ids("/public/assets") == ["a"]
    assert clients.space.get(f"/releases/{uid}")["sys"]["status"] == "archived"


@says("Use this method to archive a release.")
async def an_archived_release_stays_as_it_is(clients: Clients) -> None:
    uid = spring(clients, ONE)
    await clients.releases.archive(release_id=uid, version=1)
    archived = "it is archived, and then nothing can be done with it; unarchive it first"
    await refused(clients.releases.publish(release_id=uid, version=2), Refused, archived)
    await refused(clients.releases.unpublish(release_id=uid, version=2), Refused, "archived|as a whole")
    schedule = {
        "entity": link("Release", uid),
        "environment": link("Environment", "master"),
        "action": "publish",
        "scheduledFor": {"datetime": clients.space.clock.after(60)},
    }
    path = f"/spaces/{clients.root.space}/scheduled_actions"
    assert clients.space.refused("POST", path, schedule).status == 400
    assert clients.space.ids("/release_actions") == clients.space.ids("/public/entries") == []


@says("Release actions are entities that contain information about actions performed in a release.")
@says("Use this method to query release actions that belong to one or more releases.")
@says("Use this method to get a single release action that belongs to a specific release.")
@says("Any user with read access to an entry/release can query release actions.", READER)
@says("Any user with read access to an entry can query release actions.", READER)
async def actions_tell_what_was_done(clients: Clients) -> None:
    launch = {"title": "Old", "entities": {"sys": {"type": "Array"}, "items": [ONE]}}
    uid, other = made(clients.space, launch)["sys"]["id"], spring(clients, TWO)
    sent = (("POST", uid, "validate"), ("PUT", uid, "published"), ("DELETE", uid, "published"))
    for method, of, path in (*sent, ("POST", other, "validate")):
        version = clients.space.get(f"/releases/{of}")["sys"]["version"]
        begun = clients.space.ok(method, f"/releases/{of}/{path}", version=version)["sys"]["id"]
        await clients.actions.wait(release_id=of, action_id=begun)
    page: Any = await clients.actions.get_all(release_in=[uid, other])
    rows = {row["sys"]["id"]: row for row in page["items"]}
    assert sorted(row["action"] for row in rows.values()) == ["publish", "unpublish", "validate", "validate"]
    for key, row in rows.items():
        of = row["sys"]["release"]["sys"]["id"]
        assert await clients.actions.get(release_id=of, action_id=key) == row


SLOW = Switches(release_shapes="both", job_requests=99)


def test_every_sentence_of_the_page_is_tried() -> None:
    """What is no error, no filter, no heading and no name of an action is a sentence, and has a row in this file."""
    told = [line for line in sentences() if line not in HEADINGS and line not in ACTIONS]
    assert [line for line in told if not any(map(line.startswith, SAID))] == []
    assert [begun for begun in SAID if not any(line.startswith(begun) for line in told)] == []


def test_every_supported_action_of_the_page_is_a_call() -> None:
    named = [line for line in sentences() if line in ACTIONS]
    assert set(named) == {*ACTIONS}
    assert {*ACTIONS.values()} <= {row.section for row in CALLS}


ROWS = [(begun, work, token) for begun, rows in SAID.items() for work, token in rows]


@pytest.mark.parametrize(
    ("work", "token"), [row[1:] for row in ROWS], ids=[f"{row[0][:60]} {row[2][-6:]}" for row in ROWS]
)
def test_it_is_as_the_page_says(work: Work, token: str) -> None:
    with filled_space() as space:
        space.space.tokens[MAKER] = Access("maker", is_admin=False)
        play(space, work, token=token)
