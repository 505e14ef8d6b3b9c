"""What of an import has begun and what has ended, so that stages and steps can wait for each other.

Must never decide what a step does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackferry.model import Rank
    from stackferry.providers.target import ImportStage


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A step that was taken from the plan."""

    rank: Rank
    settled: anyio.Event = field(default_factory=anyio.Event)


class StepOrder:
    """The stages and steps of one run. `is_settled` says whether a step was settled, by this run or an earlier one."""

    def __init__(self, is_settled: Callable[[str], bool]) -> None:
        self._is_settled = is_settled
        self._stages: dict[str, list[anyio.Event]] = {}  # the ends of the stages of each name
        self._steps: dict[str, _UnderWay] = {}
        self._to_come: dict[str, anyio.Event] = {}  # steps that others wait for, and that may come
        self._may_come = True

    def stages_before(self, stage: ImportStage) -> list[anyio.Event]:
        """The ends of the stages that a stage needs, of those that are known so far."""
        names = self._stages if stage.after is None else stage.after
        return [end for name in names for end in self._stages.get(name, ())]

    def add_stage(self, name: str) -> anyio.Event:
        """A stage that is to begin; the event is its end."""
        end = anyio.Event()
        self._stages.setdefault(name, []).append(end)
        return end

    def expect(self, *, more: bool) -> None:
        """Whether other stages may come before those that are known have ended."""
        self._may_come = more
        self.wake()

    def wake(self) -> None:
        """Let what waits for steps that are to come look again whether they can."""
        while self._to_come:
            self._to_come.popitem()[1].set()

    def take(self, key: str, rank: Rank) -> None:
        """A step was taken from the plan."""
        self._steps[key] = _UnderWay(rank)

    def rank(self, key: str) -> Rank:
        """The rank of a step under way."""
        return self._steps[key].rank

    def settle(self, key: str) -> None:
        """A step under way is settled."""
        self._steps.pop(key).settled.set()
        if key in self._to_come:
            self._to_come.pop(key).set()

    async def wait_for(self, name: str, until: Sequence[str]) -> None:
        """Wait for the stages of a name, or for a step; for one to come at most until the stages `until` have ended."""
        if name in self._stages:
            await all_set(self._stages[name])
            return
        while not (name in self._steps or self._is_settled(name) or all(map(self._has_ended, until))):
            await self._to_come.setdefault(name, anyio.Event()).wait()
        # What is neither under way nor to come was settled before, or is no step of this run.
        if name in self._steps:
            await self._steps[name].settled.wait()

    def _has_ended(self, stage: str) -> bool:
        ends = self._stages.get(stage, ())
        return all(end.is_set() for end in ends) if ends else not self._may_come


async def all_set(events: Sequence[anyio.Event]) -> None:
    """Wait for all of them."""
    for event in events:
        await event.wait()
