"""Stages of a release: started, scheduled, canceled, and followed to their end.

API page: "Releases", section "Change the status of a release environment".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from stackferry.errors import UsageError
from stackferry.json_values import integer, objects, text
from stackferry.providers.azure_devops.api.client import Call, Client
from stackferry.providers.azure_devops.api.releases import Releases
from stackferry.providers.azure_devops.requests import releases
from stackferry.providers.azure_devops.requests.enums import APPROVAL_STATUS, DEPLOYMENT_STATUS, STAGE_STATUS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.requests.enums import Enum

Sleep: TypeAlias = "Callable[[float], Awaitable[None]]"

_FIRST, _GROWTH, _LONGEST = 0.5, 1.5, 15.0  # seconds between two looks
_ENDED: Final = frozenset({"succeeded", "canceled", "rejected", "partiallySucceeded"})
_RESULTS: Final = {"succeeded": "succeeded", "partiallySucceeded": "partiallySucceeded", "failed": "rejected"}


class Attempt(NamedTuple):
    """One attempt at a stage, as a release shows it. `status` is that of the stage while the attempt is its last one.

    `is_ended`: it has succeeded, if only partly, was rejected or canceled.
    """

    stage: JsonObject
    number: int

    @property
    def step(self) -> JsonObject:
        """What the service says of the attempt; empty while it does not show it yet."""
        return next((one for one in _steps(self.stage) if one.get("attempt") == self.number), {})

    @property
    def status(self) -> str:
        deployed = _word(DEPLOYMENT_STATUS, self.step.get("status"))
        if deployed in _RESULTS:
            return _RESULTS[deployed]
        if self.step and self.number < last_attempt(self.stage):
            return "canceled"  # another one took its place
        return _word(STAGE_STATUS, self.stage.get("status")) if self.step else "queued"

    @property
    def is_ended(self) -> bool:
        return self.status in _ENDED

    @property
    def pending(self) -> list[JsonObject]:
        """The approvals that it waits for."""
        rows = [row for side in ("pre", "post") for row in objects(self.stage.get(f"{side}DeployApprovals"))]
        mine = (row for row in rows if row.get("attempt") == self.number)
        return [row for row in mine if _word(APPROVAL_STATUS, row.get("status")) == "pending"]


class Stages(Client):
    """Starts, cancels and follows stages of releases. `sleep` waits so many seconds."""

    def __init__(self, call: Call, root: Root, sleep: Sleep) -> None:
        super().__init__(call, root)
        self._releases, self._sleep = Releases(call, root), sleep

    async def find(self, *, release_id: int, named: str) -> JsonObject:
        """A stage of a release, by its id or its name. Raises UsageError for none, and for a name of several."""
        return find_stage(await self._releases.get(release_id=release_id), named)

    async def update(self, *, release_id: int, stage_id: int, changes: JsonObject) -> JsonObject:
        """Start or cancel a stage: the stage as it is then, which does not show the new attempt yet.

        Section "Change the status of a release environment".
        """
        request = releases.update_stage(self._root, release_id, stage_id, changes)
        return await self._object(request, f"stage {stage_id} of release {release_id}", stage_id)

    async def follow(
        self,
        *,
        release_id: int,
        stage_id: int,
        attempt: int,
        seen: Callable[[Attempt], None] = lambda _: None,
        longest: float | None = None,
    ) -> Attempt:
        """Follow an attempt to its end, with ever longer pauses, at most so many seconds; what it is then.

        `seen` is called after each look.
        """
        pause, waited = _FIRST, 0.0
        while True:
            await self._sleep(pause)
            waited += pause
            release = await self._releases.get(release_id=release_id)
            found = Attempt(find_stage(release, str(stage_id)), attempt)
            seen(found)
            if found.is_ended or (longest is not None and waited >= longest):
                return found
            pause = min(pause * _GROWTH, _LONGEST)


def find_stage(release: JsonObject, named: str) -> JsonObject:
    """A stage of a release, by its id or its name. Raises UsageError for none, and for a name of several.

    A stage has one id in the release and another in the definition; the second one is told, and not taken.
    """
    rows, number = objects(release.get("environments")), release.get("id")
    found = [row for row in rows if str(row.get("id")) == named]
    found = found or [row for row in rows if text(row.get("name")).lower() == named.lower()]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{text(row.get('name'))} ({row.get('id')})" for row in rows) or "none"
    if found:
        raise UsageError(f"release {number} has several stages '{named}': give an id, of {known}")
    of_definition = [row.get("id") for row in rows if str(row.get("definitionEnvironmentId")) == named]
    hint = (
        f"{named} is its id in the definition, and here it is {of_definition[0]}; " if of_definition else ""
    )
    raise UsageError(f"release {number} has no stage '{named}'; {hint}it has {known}")


def last_attempt(stage: JsonObject) -> int:
    """The number of the last attempt at a stage; 0 where there was none."""
    return max((integer(one.get("attempt")) or 0 for one in _steps(stage)), default=0)


def _steps(stage: JsonObject) -> list[JsonObject]:
    return objects(stage.get("deploySteps"))


def _word(enum: Enum, value: Json) -> str:
    """A word of an enum, which comes in any letter case and as a number; as it is where it is none."""
    try:
        return enum.parse(str(value))[0]
    except UsageError:
        return str(value)
