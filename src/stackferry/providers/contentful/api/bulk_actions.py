"""Many entries and assets published, taken down or validated together. API page: "Bulk actions".

A request takes 200 items, and a space carries out five actions at a time, after they were answered: `created`,
`inProgress`, then `succeeded` or `failed`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from stackferry.core.batches import batched
from stackferry.errors import Refused, UsageError
from stackferry.json_values import nested, objects, text
from stackferry.providers.contentful.api.client import Answered, Call, Client, Sleep
from stackferry.providers.contentful.api.refused import About
from stackferry.providers.contentful.api.release_actions import BUSY, BUSY_WAITS, is_ended
from stackferry.providers.contentful.requests import bulk
from stackferry.providers.contentful.requests.bulk import BULK_ITEMS, BULK_RUNNING, BulkItem
from stackferry.providers.contentful.requests.read import IDS, LONGEST_IDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root

_FIRST, _GROWTH, _LONGEST = 0.5, 2.0, 10.0  # seconds between looks
_MISSING = 404
_SHOWN = 3


Begin: TypeAlias = "Callable[..., Awaitable[JsonObject]]"


class _Running(NamedTuple):
    number: int
    uid: str
    of_locales: bool


class BulkActions(Client):
    """Bulk actions of one environment. Nothing is waited for but by `sleep`; `ended` hears of each that has ended."""

    def __init__(
        self, call: Call, root: Root, sleep: Sleep, ended: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(call, root)
        self._sleep, self._ended = sleep, ended

    async def publish(self, *, items: Sequence[BulkItem]) -> JsonObject:
        """Begin to publish up to 200 entities at the versions that they name, whole or in some locales; the action."""
        return await self._object(bulk.bulk_publish(self._root, items), About("bulk publish"))

    async def unpublish(self, *, items: Sequence[BulkItem]) -> JsonObject:
        """Begin to take down up to 200 entities, whole or (naming their versions) in some locales; the action."""
        return await self._object(bulk.bulk_unpublish(self._root, items), About("bulk unpublish"))

    async def validate(self, *, items: Sequence[BulkItem]) -> JsonObject:
        """Begin to see whether up to 200 entities could be published; the action."""
        return await self._object(bulk.bulk_validate(self._root, items), About("bulk validate"))

    async def get(self, *, action_id: str, of_locales: bool | None = None) -> JsonObject:
        """One action. `of_locales`: whether it names locales; None where that is not known, then both are asked for."""
        about = About("bulk get", action=action_id)
        try:
            first = bulk.get_bulk_action(self._root, action_id, of_locales=bool(of_locales))
            return await self._object(first, about, action_id)
        except Refused as refused:
            if of_locales is not None or refused.status != _MISSING:
                raise
        second = bulk.get_bulk_action(self._root, action_id, of_locales=True)
        return await self._object(second, about, action_id)

    async def wait(self, *, action_id: str, longest: float = 300.0) -> JsonObject:
        """Follow an action to its end, with ever longer pauses, at most so many seconds; what it is then."""
        pause, waited = _FIRST, 0.0
        while True:
            found = await self.get(action_id=action_id)
            if is_ended(found) or waited >= longest:
                return found
            await self._sleep(pause)
            waited, pause = waited + pause, min(pause * _GROWTH, _LONGEST)

    async def with_versions(self, *, items: Sequence[BulkItem]) -> list[BulkItem]:
        """The items, each with its version: where it names none, the one that the entity has now.

        Raises UsageError where one does not exist.
        """
        states = await self.states(items=[item for item in items if item.version is None])
        missing = [
            item for item in items if item.version is None and (item.link_type, item.uid) not in states
        ]
        if missing:
            raise UsageError(
                f"{_shown(missing)}: not in environment '{self._root.environment}', or not for this token"
            )
        return [
            item if item.version is not None else item._replace(version=_version(states, item))
            for item in items
        ]

    async def states(self, *, items: Sequence[BulkItem]) -> dict[tuple[str, str], JsonObject]:
        """What `sys` says of those entities that exist, by link type and id."""
        found: dict[tuple[str, str], JsonObject] = {}
        for link_type in ("Entry", "Asset"):
            for uids in _shares([item.uid for item in items if item.link_type == link_type]):
                page = await self._page(bulk.list_states(self._root, link_type, uids), About("versions"))
                for row in objects(page.get("items")):
                    sys = row.get("sys")
                    if isinstance(sys, dict):
                        found[link_type, text(sys.get("id"))] = sys
        return found

    async def carry_out(
        self,
        *,
        action: str,
        items: Sequence[BulkItem],
        answered: Answered = lambda _: None,
        follow: bool = True,
        longest: float = 300.0,
    ) -> list[JsonObject]:
        """Have any number of entities published, unpublished or validated: 200 an action, five at a time.

        Returns the actions, each as it was last told, in the order of `batches(items)`; an empty one was not begun.
        `answered` hears each as it begins. They are followed to their end, or with `follow` false until all have begun;
        at most `longest` seconds in which none ends. Raises UsageError without an item.
        """
        if not items:
            raise UsageError("name at least one entry or asset")
        begin = {"publish": self.publish, "unpublish": self.unpublish, "validate": self.validate}[action]
        round_ = _Round(self, begin, [*batches(items)], answered)
        pause, waited = _FIRST, 0.0
        while not await round_.begun(follow=follow) and waited < longest:
            await self._sleep(pause)
            waited += pause
            pause = min(pause * _GROWTH, _LONGEST)
            for _ in range(await round_.ended()):
                self._ended()
                pause, waited = _FIRST, 0.0
        return round_.told


class _Round:
    """Several actions, five of them under way at a time."""

    def __init__(
        self, actions: BulkActions, begin: Begin, shares: Sequence[Sequence[BulkItem]], answered: Answered
    ) -> None:
        self.told: list[JsonObject] = [{} for _ in shares]
        self._actions, self._begin, self._answered = actions, begin, answered
        self._waiting = deque(enumerate(shares))
        self._running: list[_Running] = []
        self._refused = 0

    async def begun(self, *, follow: bool) -> bool:
        """Begin what can be begun. Whether nothing is left to begin, and with `follow` nothing to wait for."""
        while self._waiting and len(self._running) < BULK_RUNNING:
            number, items = self._waiting[0]
            try:
                self.told[number] = await self._begin(items=items)
            except Refused as refused:
                # Somebody else may have actions under way, too.
                self._refused += not self._running
                if refused.status != BUSY or self._refused > len(BUSY_WAITS):
                    raise
                return False
            self._waiting.popleft()
            self._answered(self.told[number])
            self._running.append(_Running(number, _uid(self.told[number]), bulk.names_locales(items)))
        return not self._waiting and not (follow and self._running)

    async def ended(self) -> int:
        """Look at those that are under way; how many have ended."""
        left = []
        for one in self._running:
            self.told[one.number] = await self._actions.get(action_id=one.uid, of_locales=one.of_locales)
            if not is_ended(self.told[one.number]):
                left.append(one)
        ended = len(self._running) - len(left)
        self._running = left
        return ended


def batches(items: Sequence[BulkItem]) -> Iterator[Sequence[BulkItem]]:
    """As many items as an action takes. Those that name locales are parted from those that do not."""
    for of_locales in (False, True):
        yield from batched([item for item in items if bool(item.locales) is of_locales], BULK_ITEMS)


def _shares(uids: Sequence[str]) -> Iterator[list[str]]:
    """Ids, as many as one address may hold."""
    share: list[str] = []
    for uid in dict.fromkeys(uids):
        if len(share) == IDS or sum(map(len, share)) + len(share) + len(uid) > LONGEST_IDS:
            yield share
            share = []
        share.append(uid)
    if share:
        yield share


def _version(states: dict[tuple[str, str], JsonObject], item: BulkItem) -> int | None:
    version = states[item.link_type, item.uid].get("version")
    return version if isinstance(version, int) else None


def _uid(action: JsonObject) -> str:
    return text(nested(action, "sys", "id"))


def _shown(items: Sequence[BulkItem]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(f"{item.link_type.lower()} {item.uid}" for item in items[:_SHOWN]) + more
