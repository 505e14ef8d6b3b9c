"""Bulk actions by their clients: both generations, many items, five at a time, busy spaces, items that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from contentful_clients import Clients, filled_space, link, play

from stackferry.emulators.contentful import Limits, Switches
from stackferry.errors import Refused, UsageError
from stackferry.providers.contentful.requests.bulk import BulkItem, bulk_unpublish

if TYPE_CHECKING:
    from stackferry.model import JsonObject

ONE, TWO, PICTURE = BulkItem("Entry", "one"), BulkItem("Entry", "two"), BulkItem("Asset", "a")


def live(clients: Clients) -> list[str]:
    return sorted(clients.space.ids("/public/entries") + clients.space.ids("/public/assets"))


async def done(clients: Clients, action: str, *items: BulkItem, **more: Any) -> list[Any]:
    begun: list[JsonObject] = []
    found = await clients.bulk.carry_out(action=action, items=items, answered=begun.append, **more)
    assert [row["sys"]["id"] for row in found] == [row["sys"]["id"] for row in begun]  # type: ignore[call-overload, index]  # JSON
    return [*found]


def test_publish_unpublish_and_validate_whole_entities() -> None:
    """The first generation of the call; a publish names versions, which are read where none are given."""

    async def work(clients: Clients) -> None:
        items = await clients.bulk.with_versions(items=[ONE, PICTURE, TWO._replace(version=1)])
        assert [item.version for item in items] == [1, 2, 1]
        (action,) = await done(clients, "publish", *items)
        assert (action["sys"]["status"], live(clients)) == ("succeeded", ["a", "one", "two"])
        (action,) = await done(clients, "validate", ONE)
        assert (action["action"], action["sys"]["status"]) == ("validate", "succeeded")
        await done(clients, "unpublish", ONE, PICTURE)
        assert live(clients) == ["two"]
        paths = {
            one.path.partition("/bulk_actions")[2] for one in clients.space.emulator.log if "bulk" in one.path
        }
        assert {path for path in paths if "actions" not in path} == {"/publish", "/validate", "/unpublish"}

    with filled_space() as space:
        play(space, work)


def test_some_locales_are_published_validated_and_taken_down() -> None:
    """The second generation of the call."""

    async def work(clients: Clients) -> None:
        clients.space.edit("one", title={"en-US": "One", "de": "Eins"})
        german = await clients.bulk.with_versions(items=[ONE._replace(locales=("de",))])
        both = await clients.bulk.with_versions(items=[ONE._replace(locales=("de", "en-US"))])
        await done(clients, "validate", *both)
        await done(clients, "publish", *both)
        assert status(clients) == {"en-US": "published", "de": "published"}
        german = await clients.bulk.with_versions(items=[item._replace(version=None) for item in german])
        await done(clients, "unpublish", *german)
        assert status(clients) == {"en-US": "published", "de": "draft"}

    def status(clients: Clients) -> Any:
        return clients.space.get("/entries/one")["sys"]["fieldStatus"]["*"]

    with filled_space() as space:
        space.locale("de")
        play(space, work)


def test_entities_that_are_unpublished_whole_are_not_mixed_with_others() -> None:
    """In one action they would be published; in a call of many they go into an action of their own."""
    from stackferry.providers.contentful.api import Root

    mixed = [ONE._replace(locales=("de",), version=1), TWO]
    with pytest.raises(UsageError):
        bulk_unpublish(Root("space", "master"), mixed)

    async def work(clients: Clients) -> None:
        await done(clients, "publish", *await clients.bulk.with_versions(items=[ONE, TWO]))
        one, two = await clients.bulk.with_versions(items=[ONE._replace(locales=("en-US",)), TWO])
        found = await done(clients, "unpublish", one, two._replace(version=None))
        assert (len(found), live(clients)) == (2, [])

    with filled_space() as space:
        play(space, work)


def test_more_than_1000_items_are_several_actions_and_five_run_at_a_time() -> None:
    """200 items an action; the sixth begins when one has ended, and no 429 is provoked."""

    async def work(clients: Clients) -> None:
        items = [BulkItem("Entry", f"e{number}", 1) for number in range(1001)]
        found = await done(clients, "publish", *items)
        assert [row["sys"]["status"] for row in found] == ["succeeded"] * 6
        assert len(clients.space.ids("/public/entries?limit=1000")) == 1000
        assert clients.space.get("/public/entries")["total"] == 1001
        sent = [one for one in clients.space.emulator.log if one.path.endswith("bulk_actions/publish")]
        assert [one.status for one in sent] == [201] * 6

    with filled_space(Switches(job_seconds=5)) as space:
        for number in range(1001):
            space.entry("page", f"e{number}", title=str(number))
        play(space, work)


@pytest.mark.parametrize("generation", [(), ("en-US",)])
@pytest.mark.parametrize("busy_id", ["RateLimitExceeded", "BadRequest"])
def test_somebody_elses_actions_are_waited_for(busy_id: Any, generation: tuple[str, ...]) -> None:
    """The space is busy: asked again a few times; when it stays busy that is told, and nothing was begun."""

    async def work(clients: Clients) -> None:
        one = BulkItem("Entry", "one", 1, generation)
        await clients.bulk.validate(items=[one])
        await done(clients, "validate", one)
        assert sum(clients.slept) >= 5
        clients.space.emulator.limits.bulk_running = 0
        with pytest.raises(Refused, match="as many bulk actions are under way as the space allows") as raised:
            await done(clients, "validate", one)
        assert raised.value.status == 429

    with filled_space(Switches(job_seconds=5, busy_id=busy_id), Limits(bulk_running=1)) as space:
        play(space, work)


def test_an_action_that_fails_names_its_entities() -> None:
    """The others may have been done: their states tell."""

    async def work(clients: Clients) -> None:
        clients.space.entry("page", "bad", near=link("Entry", "nothing"))
        items = await clients.bulk.with_versions(items=[ONE, BulkItem("Entry", "bad")])
        (action,) = await done(clients, "publish", *items)
        assert action["sys"]["status"] == "failed"
        states = await clients.bulk.states(items=items)
        assert (
            "publishedVersion" in states["Entry", "one"],
            "publishedVersion" in states["Entry", "bad"],
        ) == (
            True,
            False,
        )

    with filled_space() as space:
        play(space, work)


def test_what_cannot_be_meant_is_told_before_anything_is_sent() -> None:
    """No item, an entity that is not there."""

    async def work(clients: Clients) -> None:
        with pytest.raises(UsageError, match="name at least one"):
            await done(clients, "publish")
        with pytest.raises(UsageError, match=r"entry gone, asset one: not in environment 'master'"):
            await clients.bulk.with_versions(items=[ONE, BulkItem("Entry", "gone"), BulkItem("Asset", "one")])
        assert not [one for one in clients.space.emulator.log if one.method == "POST" and "bulk" in one.path]

    with filled_space() as space:
        play(space, work)


def test_an_action_of_either_generation_is_found_by_its_id() -> None:
    """Which generation it is need not be known."""

    async def work(clients: Clients) -> None:
        for item in (ONE, ONE._replace(locales=("en-US",))):
            begun: Any = await clients.bulk.validate(items=[item])
            found: Any = await clients.bulk.get(action_id=begun["sys"]["id"])
            assert found["sys"]["id"] == begun["sys"]["id"]
        with pytest.raises(Refused, match="there is no such bulk action in environment 'master'"):
            await clients.bulk.get(action_id="gone")

    with filled_space() as space:
        play(space, work)


def test_following_can_be_left_out_and_has_an_end() -> None:
    """Without following all have begun; with it, an action that never ends is told as it is then."""

    async def work(clients: Clients) -> None:
        (action,) = await done(clients, "validate", ONE, follow=False)
        assert (action["sys"]["status"], clients.slept) == ("created", [])
        (action,) = await done(clients, "validate", ONE, longest=60)
        assert action["sys"]["status"] == "inProgress"
        assert 60 <= sum(clients.slept) < 71

    with filled_space(Switches(job_seconds=1e9)) as space:
        play(space, work)
