"""What was done, or is under way, with releases: publish, unpublish and validate. API page: "Timeline releases".

An action is carried out after it was answered: `created`, `inProgress`, then `succeeded` or `failed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

from stackferry.errors import Refused
from stackferry.json_values import as_list, as_object, nested, objects, text
from stackferry.providers.contentful.api.client import Call, Client, Sleep, params
from stackferry.providers.contentful.api.refused import About, entity_errors, told
from stackferry.providers.contentful.requests import releases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root

OPEN = ("created", "inProgress")
BUSY = 429


class ActionFilters(TypedDict, total=False):
    """What a list of actions is narrowed and sorted by; `FILTERS` has the page's own names."""

    limit: int
    order: str
    action: str
    id_in: Collection[str]
    release_in: Collection[str]
    status_in: Collection[str]
    status_nin: Collection[str]
    unique_by: str
    page_next: str


FILTERS = {
    "limit": "limit",
    "order": "order",
    "action": "action",
    "id_in": "sys.id[in]",
    "release_in": "sys.release.sys.id[in]",
    "status_in": "sys.status[in]",
    "status_nin": "sys.status[nin]",
    "unique_by": "uniqueBy",
    "page_next": "pageNext",
}
_FIRST, _GROWTH, _LONGEST = 0.5, 2.0, 10.0  # seconds between looks
BUSY_WAITS = (1.0, 2.0, 4.0, 8.0)  # seconds before something is asked for again that was refused as busy
_IN_THE_WAY = 60.0  # seconds that an action in the way is waited for, each time


class ReleaseActions(Client):
    """Actions of the releases of one environment. Nothing is waited for but by `sleep`."""

    def __init__(self, call: Call, root: Root, sleep: Sleep) -> None:
        super().__init__(call, root)
        self._sleep = sleep

    async def get_all(self, **filters: Unpack[ActionFilters]) -> JsonObject:
        """One page of the actions. Section "Get all release actions"."""
        return await self._page(releases.list_actions(self._root, params(FILTERS, filters)), About("actions"))

    def pages(self, **filters: Unpack[ActionFilters]) -> AsyncIterator[JsonObject]:
        """Every page of the actions, one after the other. Section "Get all release actions"."""
        return self._pages(releases.list_actions(self._root, params(FILTERS, filters)), About("actions"))

    async def get(self, *, release_id: str, action_id: str) -> JsonObject:
        """One action. Section "Get a release action"."""
        about = About("action", release=release_id, action=action_id)
        return await self._object(releases.get_action(self._root, release_id, action_id), about, action_id)

    async def wait(self, *, release_id: str, action_id: str, longest: float = 300.0) -> JsonObject:
        """Follow an action to its end, with ever longer pauses, at most so many seconds; what it is then.

        Raises what `get` raises. A status that is no end means that the time was up.
        """
        pause, waited = _FIRST, 0.0
        while True:
            await self._sleep(pause)
            waited += pause
            found = await self.get(release_id=release_id, action_id=action_id)
            if is_ended(found) or waited >= longest:
                return found
            pause = min(pause * _GROWTH, _LONGEST)

    async def when_free(self, begin: Callable[[], Awaitable[JsonObject]], about: About) -> JsonObject:
        """What `begin` answers. While its release is busy, it is asked for again a few times.

        Busy is a 429 that is no throttling. What is under way is waited for; where nothing is, the refusal is another
        one, and is told after one more try. Raises what `begin` raises, with what was in the way.
        """
        in_the_way: JsonObject = {}
        for number, pause in enumerate((*BUSY_WAITS, 0.0)):
            try:
                return await begin()
            except Refused as refused:
                if refused.status != BUSY or _names_entities(refused):
                    raise
                in_the_way = await self._under_way(about.release)
                if number == len(BUSY_WAITS) or (not in_the_way and number):
                    raise told(refused, about, self._root, _in_words(in_the_way)) from refused
            if _release_of(in_the_way) == about.release:
                await self.wait(release_id=about.release, action_id=_id(in_the_way), longest=_IN_THE_WAY)
            else:
                await self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _under_way(self, release_id: str) -> JsonObject:
        """An action that has not ended: of this release, else of any; empty where there is none."""
        rows = objects((await self.get_all(status_in=OPEN)).get("items"))
        own = [row for row in rows if _release_of(row) == release_id]
        return next(iter([*own, *rows]), {})


def is_ended(action: JsonObject) -> bool:
    """Whether an action has come to its end."""
    return _status(action) not in OPEN


def failures(action: JsonObject) -> list[str]:
    """Why an action failed, an entity each; its own message where it names none."""
    if _status(action) != "failed":
        return []
    error = as_object(action.get("error"))
    return entity_errors(as_object(error.get("details"))) or [
        text(error.get("message")) or "no reason is told"
    ]


def _names_entities(refused: Refused) -> bool:
    """Whether entities are not valid: then waiting is of no use."""
    return any(row.get("entity") for row in objects(as_list(refused.errors.get("errors"))))  # type: ignore[arg-type]  # JSON


def _status(action: JsonObject) -> str:
    return text(nested(action, "sys", "status"))


def _id(action: JsonObject) -> str:
    return text(nested(action, "sys", "id"))


def _release_of(action: JsonObject) -> str:
    return text(nested(action, "sys", "release", "sys", "id"))


def _in_words(action: JsonObject) -> str:
    if not action:
        return ""
    facts = f"{text(action.get('action'))} {_id(action)} of release {_release_of(action)}"
    return f"{facts}, {_status(action)} since {text(nested(action, 'sys', 'createdAt'))}"
