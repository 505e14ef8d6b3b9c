"""Ctrl-C, SIGTERM and a closed terminal, made into one clean and quick end.

The first signal cancels what is under way, at its next pause. If that does not end it (it may be hashing a
large file), KeyboardInterrupt is raised where it stands; and if even that is not enough, the process ends:
everything on disk is made to survive that.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stackferry.errors import ExitCode

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from types import FrameType

    import anyio

GRACE = 0.8  # seconds between one way of ending and the next: together less than two
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Whether somebody asked this process to end, and what is then to be cancelled."""

    def __init__(self) -> None:
        self.asked = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scope: anyio.CancelScope | None = None

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Take the signals over while the block runs. A signal that was ignored (nohup) stays so."""
        taken = [one for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
        before = {one: signal.signal(one, self._heed) for one in taken}
        try:
            yield
        finally:
            if self.asked:
                signal.setitimer(signal.ITIMER_REAL, 0)
            for one, handler in before.items():
                signal.signal(one, handler)

    @contextmanager
    def cancels(self, scope: anyio.CancelScope) -> Iterator[None]:
        """While the block runs, the first signal cancels `scope` instead of raising."""
        import asyncio

        self._loop, self._scope = asyncio.get_running_loop(), scope
        try:
            yield
        finally:
            self._loop = self._scope = None

    def _heed(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.asked += 1
        signal.signal(signal.SIGALRM, self._heed)
        signal.setitimer(signal.ITIMER_REAL, GRACE)
        if self._loop is not None and self._scope is not None and self.asked == 1:
            self._loop.call_soon_threadsafe(self._scope.cancel)
        elif self.asked <= 2:
            if self._loop is not None:  # what is torn apart now is no defect to be told about
                self._loop.set_exception_handler(lambda _loop, _context: None)
            raise KeyboardInterrupt
        else:
            os._exit(ExitCode.INTERRUPTED)
