"""An import that writes nothing: its plan makes up the answer to every write.

The plan and the order are those of the real import, so what it counts is what would be sent, as long as the service
refuses nothing. It works on a copy of the import's checkpoint; it must never send a write or touch the real one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from stackferry.drivers.importer import Importer
from stackferry.io.storage.checkpoint import State
from stackferry.model import Budget
from stackferry.providers.target import Observation, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from stackferry.drivers.run import Run
    from stackferry.io.storage.checkpoint import Checkpoint
    from stackferry.model import JsonObject, Rank, Request, Response
    from stackferry.providers.described import Described
    from stackferry.providers.target import Await, Step, WriteOptions

_SKIP = "skip"
_READS = frozenset((Budget.READ.value, Budget.ASSET.value))
# Changes for the time of the import: what they make possible would be refused else.
_RELAX, _RESTORE = "relax", "restore"
_UPDATE = "update"


@dataclass(slots=True)
class PlannedWrites:
    """What an import would do: for each kind how many of it are created, updated, published, skipped.

    `requests` are those of the writes, and of the reads that look for their effect: one for each of the `waits`.
    """

    actions: dict[str, Counter[str]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    waits: int = 0

    def add(self, kind: str, action: str) -> None:
        self.actions.setdefault(kind, Counter())[action] += 1

    def only(self, options: WriteOptions) -> PlannedWrites:
        """Without the kinds that are not imported and that nothing would be written of."""
        actions = {
            kind: counts
            for kind, counts in self.actions.items()
            if options.includes(kind) or counts.keys() != {_SKIP}
        }
        return replace(self, actions=actions)

    def with_reads(self, sent: Mapping[str, int]) -> dict[str, int]:
        """All requests that the import would take, by budget: what the dry run has `sent` the import reads, too."""
        reads = Counter({name: count for name, count in sent.items() if name in _READS})
        reads.update(self.requests)
        return {name: count for name, count in sorted(reads.items()) if count > 0}

    def as_json(self) -> JsonObject:
        return {kind: {**counts} for kind, counts in sorted(self.actions.items())}


class Items(Protocol):
    """Where a dry run puts the rows of the writes that it decides, one write after the other."""

    def add(self, rank: Rank, action: str, rows: Iterable[JsonObject]) -> None:
        """`rank`: where the write stands among all; `action`: what it does to each of the rows."""


class DryRun(Importer):
    """An importer whose plan makes up the answer to every write. It reads only what the target held before."""

    def __init__(
        self,
        run: Run,
        checkpoint: Checkpoint,
        described: Described,
        items: Items,
        is_refused: Callable[[Write, Sequence[JsonObject]], bool] = lambda _write, _rows: False,
    ) -> None:
        """`is_refused` is asked of each write that would be sent, but for temporary changes, with the objects that it
        is about: what is taken for refused leads to nothing more."""
        self.writes = PlannedWrites()
        self._described, self._items = described, items
        self._is_refused = is_refused
        super().__init__(run, checkpoint)

    async def _call(self, request: Request) -> Response:
        # A second net: nothing below sends a write, and if something did, it would end here.
        if request.method != "GET":
            raise AssertionError(f"a dry run writes nothing, not even {request.method} {request.path}")
        return await super()._call(request)

    async def undo_temporary_changes(self, keep: Collection[str] = ()) -> None:
        """Nothing was changed, so there is nothing to undo."""

    def _must_recheck(self, step: Step) -> bool:
        """A dry run makes no temporary change, so none is in force."""
        return isinstance(step, Write) and step.undo is None and super()._must_recheck(step)

    async def _write(self, step: Write) -> None:
        built = step.build()
        if built.request is None:
            self.writes.add(step.kind, _SKIP)
            self._settle(step, State.DONE, built)
            return
        await self._prepare(step)
        temporary = _temporary_action(step)
        action = self._plan.action(step.kind, built.request)
        action = temporary if temporary and action == _UPDATE else action
        self.writes.add(step.kind, action)
        self._count(built.request, step)
        rows = [*self._described.rows(step, built)]
        self._items.add(self._order.rank(step.key), action, rows)
        if not temporary and self._is_refused(step, rows):
            self._settle(step, State.FAILED, built)
            return
        result = step.read(self._described.answer(step, built))
        if result.confirm is not None:
            self._count(result.confirm.request, step)
        self._settle(step, State.DONE, built, result)

    async def _await(self, step: Await) -> None:
        request = step.asked()
        if step.reads_initial_state:
            await super()._await(
                replace(step, observe=lambda answer: step.observe(self._seen(request, answer)))
            )
            if request and step.only_if_refused:  # the import will not send what was sent here
                self.writes.requests[request.budget.value] -= 1
            return
        if request is not None:
            self._count(request, step)
            self.writes.waits += not (
                step.in_each_run or step.only_if_refused
            )  # the first is a look at what is there
        seen = step.observe(self._seen(request, {})) if step.is_foreseen else Observation()
        unasked = step.unasked if request is None else ()
        self._checkpoint.settle(step.key, State.DONE, {}, [*seen.found, *seen.pending, *unasked])

    def _seen(self, request: Request | None, answer: JsonObject) -> JsonObject:
        return answer if request is None else self._described.seen(request, answer)

    def _count(self, request: Request, step: Step) -> None:
        self.writes.requests[request.budget.value] += not step.only_if_refused


def _temporary_action(step: Write) -> str:
    """What a write is called that is undone later, or that undoes one; empty for any other."""
    return _RELAX if step.undo else _RESTORE if step.undoes else ""
