"""A release that is busy: waited for a few times, and then told, whatever the service's 429 looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from contentful_clients import Clients, filled_space, link, made, play, timeline

from stackferry.emulators.contentful import Limits, Switches
from stackferry.errors import Refused
from stackferry.providers.contentful.api.release_actions import BUSY_WAITS, failures

if TYPE_CHECKING:
    from space_client import SpaceClient

ONE = link("Entry", "one")
SHAPES = [
    (name, reset) for name in ("RateLimitExceeded", "BadRequest", "ReleaseBusy") for reset in ("absent", "0")
]


def slow(seconds: float, **more: Any) -> Switches:
    """Actions take so many seconds."""
    return Switches(release_shapes="both", job_seconds=seconds, **more)


def spring(space: SpaceClient) -> str:
    return str(made(space, timeline("Spring", ONE))["sys"]["id"])


@pytest.mark.parametrize(("busy_id", "busy_reset"), SHAPES)
def test_a_busy_release_is_waited_for(busy_id: Any, busy_reset: Any) -> None:
    """Its action is followed to its end, then the call is made again; nothing is paused for its rate."""

    async def work(clients: Clients) -> None:
        uid = spring(clients.space)
        await clients.releases.validate(release_id=uid)
        begun: Any = await clients.patient.publish(release_id=uid, version=1)
        assert begun["action"] == "publish"
        assert 7 <= sum(clients.slept) < 20

    with filled_space(slow(7, busy_id=busy_id, busy_reset=busy_reset)) as space:
        play(space, work)


def test_a_release_that_stays_busy_is_told_with_what_is_in_the_way() -> None:
    """An action that never ends: some tries, then the error names it; nothing was begun."""

    async def work(clients: Clients) -> None:
        uid = spring(clients.space)
        begun: Any = await clients.releases.validate(release_id=uid)
        with pytest.raises(Refused) as raised:
            await clients.patient.validate(release_id=uid)
        assert f"(validate {begun['sys']['id']} of release {uid}, inProgress since " in str(raised.value)
        assert raised.value.status == 429
        tries = [one for one in clients.space.emulator.log if one.path.endswith("/validate")]
        assert len(tries) == 2 + len(BUSY_WAITS)

    with filled_space(slow(1e9)) as space:
        play(space, work)


def test_the_limit_of_the_space_is_waited_for() -> None:
    """Another release's action is in the way: pauses, not its end, and the call again."""

    async def work(clients: Clients) -> None:
        first, second = spring(clients.space), spring(clients.space)
        await clients.releases.validate(release_id=first)
        await clients.patient.validate(release_id=second)
        assert clients.slept == list(BUSY_WAITS[:3])

    with filled_space(slow(6), Limits(release_actions=1)) as space:
        play(space, work)


def test_what_is_refused_for_ever_is_not_waited_for() -> None:
    """Validation errors are told at once; a refusal while nothing is under way after one more try."""

    async def work(clients: Clients) -> None:
        clients.space.entry("page", "bad", near=link("Entry", "nothing"))
        uid = made(clients.space, timeline("Poor", link("Entry", "bad")))["sys"]["id"]
        with pytest.raises(Refused, match="it has validation errors: entry bad: "):
            await clients.patient.publish(release_id=uid, version=1)
        assert clients.slept == []
        with pytest.raises(Refused, match="is neither publish nor unpublish"):
            await clients.patient.validate(release_id=uid, action="archive")
        assert clients.slept == [BUSY_WAITS[0]]

    with filled_space() as space:
        play(space, work)


def test_a_failed_action_tells_why() -> None:
    """Entity by entity; an action that has not failed tells nothing."""

    async def work(clients: Clients) -> None:
        clients.space.entry("page", "bad", near=link("Entry", "nothing"))
        uid = made(clients.space, timeline("Poor", link("Entry", "bad"), ONE))["sys"]["id"]
        begun: Any = await clients.releases.publish(release_id=uid, version=1)
        ended = await clients.actions.wait(release_id=uid, action_id=begun["sys"]["id"])
        (why,) = failures(ended)
        assert why.startswith("entry bad: ")
        assert failures(begun) == []

    with filled_space(Switches(release_shapes="both", release_refusal="action")) as space:
        play(space, work)


def test_waiting_has_an_end() -> None:
    """An action that never ends is given up after the time that was allowed, and is told as it is then."""

    async def work(clients: Clients) -> None:
        uid = spring(clients.space)
        begun: Any = await clients.releases.validate(release_id=uid)
        found: Any = await clients.actions.wait(release_id=uid, action_id=begun["sys"]["id"], longest=60)
        assert found["sys"]["status"] == "inProgress"
        assert 60 <= sum(clients.slept) < 71

    with filled_space(slow(1e9)) as space:
        play(space, work)
