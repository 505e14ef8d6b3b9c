"""Temporary changes of an import in its target, such as relaxed rules, and how those that are left are undone.

The undo of each is in the checkpoint before it is made. What somebody else has changed in such an object meanwhile
stays, and is told. Must never forget an undo before the service has answered it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.io.storage.checkpoint import State, undo_as_json, undo_requests

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from stackferry.drivers.probing import TargetReader
    from stackferry.io.storage.checkpoint import Checkpoint
    from stackferry.model import JsonObject, Request
    from stackferry.providers.target import ImportPlan


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone: how many changes, and the gaps and lists of remarks of what others have edited meanwhile."""

    count: int
    gaps: list[JsonObject]
    remarks: dict[str, list[JsonObject]]


class TemporaryChanges:
    """The temporary changes that a checkpoint knows."""

    def __init__(self, plan: ImportPlan, checkpoint: Checkpoint, reader: TargetReader) -> None:
        self._plan, self._checkpoint, self._reader = plan, checkpoint, reader
        self._earlier = {key for key, _ in checkpoint.pending_undos()}
        self.undone_of_earlier_runs = 0

    async def undo(self, keep: Collection[str] = ()) -> list[str]:
        """Undo those that are left, but for those of the steps in `keep`; returns the keys of those undone."""
        keys = []
        for key, body in self._checkpoint.pending_undos():
            if key not in keep:
                await self._undo(key, undo_requests(body))
                # After the answer: a run that dies before this is written down sends the undo again.
                self._checkpoint.reset_operation(key)
                self.undone_of_earlier_runs += key in self._earlier
                keys.append(key)
        return keys

    async def undo_all(self) -> Undone:
        """The same of all of them; returns what it has to tell, also where an earlier try ended in between."""
        keys = await self.undo()
        return Undone(len(keys), *self._checkpoint.told_by(map(_told, keys)))

    async def _undo(self, key: str, kept: Sequence[Request]) -> None:
        fresh = self._plan.undo_now(kept)
        if fresh is None:
            await self._reader.undo(kept, fresh)
            return
        shown = await self._reader.all_of(fresh.reads)
        if not shown[0]:
            return  # what is not there any more need not be as it was
        edited = fresh.edited(shown)
        if edited.gaps or edited.remarks:
            # Before the undo says what is to stay, as if it had always been there.
            self._checkpoint.settle(_told(key), State.DONE, {}, gaps=edited.gaps, remarks=edited.remarks)
        kept = fresh.requests(shown)
        self._checkpoint.replace_undo(key, undo_as_json(kept))
        answer = await self._reader.undo(kept, fresh)
        self._checkpoint.settle(f"undone/{key}", State.DONE, {}, fresh.identities(answer))


def _told(key: str) -> str:
    return f"undone/{key}/edited"
