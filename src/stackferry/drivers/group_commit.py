"""One commit for many: what several workers write down in the same moment becomes durable together.

A commit costs a write through to the disk, which is most of what an import does where no rate holds it back. Must never
let anybody go on whose words are not durable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from anyio.lowlevel import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 16  # of the event loop, in which others may join


class _Commit:
    """One that is about to be made."""

    def __init__(self) -> None:
        self.ended = anyio.Event()
        self.is_made = False
        self.error: BaseException | None = None


class GroupCommit:
    """Commits, each made for all that ask for one within a few turns of the event loop."""

    def __init__(self, commit: Callable[[], None]) -> None:
        self._commit = commit
        self._next: _Commit | None = None

    async def made(self) -> None:
        """Return when everything that was written before this call is durable; raise what the commit raises."""
        while (joined := self._next) is not None:
            await joined.ended.wait()
            if joined.error is not None:
                raise joined.error
            if joined.is_made:
                return
        await self._lead()

    async def _lead(self) -> None:
        mine = self._next = _Commit()
        try:
            for _ in range(TURNS):
                await checkpoint()
            self._commit()
            mine.is_made = True
        except Exception as error:
            mine.error = error
            raise
        finally:
            self._next = None
            mine.ended.set()
