"""Ctrl-C, SIGTERM and a closed terminal (SIGHUP) end a command cleanly, within two seconds.

The first signal cancels the command's task at its next await. If that does not end it (it may be hashing a large file),
KeyboardInterrupt is raised in the running code; if even that is not enough, the process exits at once. Everything on
disk is written so that it survives this.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stackferry.errors import ExitCode

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from types import FrameType

    import anyio

GRACE = 0.8  # seconds between one way of ending and the next: two of them, and time to clean up, within two
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """How often this process was asked to end (`asked`), and the scope that the first signal cancels."""

    def __init__(self) -> None:
        self.asked = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scope: anyio.CancelScope | None = None

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals while the block runs. A signal that was ignored before (nohup) stays ignored."""
        handled = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._handle) for number in handled}
        try:
            yield
        finally:
            if self.asked:
                signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def cancels(self, scope: anyio.CancelScope) -> Iterator[None]:
        """While the block runs, the first signal cancels `scope` instead of raising."""
        import asyncio

        self._loop, self._scope = asyncio.get_running_loop(), scope
        try:
            yield
        finally:
            self._loop = self._scope = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.asked += 1
        signal.signal(signal.SIGALRM, self._handle)
        signal.setitimer(signal.ITIMER_REAL, GRACE)
        if self._loop is not None and self._scope is not None and self.asked == 1:
            # A signal handler may run between any two instructions; only this call is safe for the loop there.
            self._loop.call_soon_threadsafe(self._scope.cancel)
        elif self.asked <= 2:
            warnings.simplefilter("ignore", RuntimeWarning)  # a coroutine that was not begun is no defect now
            if self._loop is not None:  # tasks and generators that are torn down now are no defects to report
                self._loop.set_exception_handler(lambda _loop, _context: None)
                sys.unraisablehook = lambda _: None
            raise KeyboardInterrupt
        else:
            os._exit(ExitCode.INTERRUPTED)  # without clean-up: what is on disk is complete after any kill
