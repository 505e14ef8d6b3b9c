"""An operation that goes on while its caller follows its events: `exporting`, `importing`, `copying`, `verifying`.

::

    async with stackferry.exporting("contentstack://KEY@eu/main", "backup") as run:
        async for event in run.events:
            print(event.stage, event.kind, event.done)
    print(run.report.objects)
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

import anyio

from stackferry.library.connect import single_error
from stackferry.library.copy import copy
from stackferry.library.export import export
from stackferry.library.import_ import import_
from stackferry.library.monitor import Monitor
from stackferry.library.verify import verify

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from stackferry.drivers.events import Event

P = ParamSpec("P")
R = TypeVar("R")


class EventStream:
    """The events of a run, for one reader; the iteration ends with the run.

    Events of one stage and kind that were not read yet are one event with their sums: a slow reader costs no memory.
    """

    def __init__(self) -> None:
        self._unread: dict[tuple[str, str], Event] = {}
        self._changed = anyio.Event()  # an anyio.Event is set once; each wait gets a new one
        self._is_over = False

    def put(self, event: Event) -> None:
        """Add an event; called by the run."""
        key = (event.stage, event.kind)
        earlier = self._unread.get(key)
        if earlier is not None:
            done, total = earlier.done + event.done, earlier.total + event.total
            event = replace(event, done=done, total=total, is_last=earlier.is_last or event.is_last)
        self._unread[key] = event
        self._changed.set()

    def close(self) -> None:
        """No more events; called when the run has ended."""
        self._is_over = True
        self._changed.set()

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Event:
        while not self._unread:
            if self._is_over:
                raise StopAsyncIteration
            self._changed = anyio.Event()
            await self._changed.wait()
        return self._unread.pop(next(iter(self._unread)))  # the oldest


class Running(Generic[R]):
    """An operation under way. `monitor` has the numbers of requests sent so far."""

    def __init__(self) -> None:
        self.events = EventStream()
        self.monitor = Monitor()
        self._reports: list[R] = []

    @property
    def report(self) -> R:
        """What the operation returned. Raises RuntimeError while it goes on, and where it failed."""
        if not self._reports:
            raise RuntimeError("the run has not ended with a report")
        return self._reports[0]

    async def carry_out(self, operation: Callable[[], Awaitable[R]]) -> None:
        """Wait for the operation's report and end the events, whatever happens."""
        try:
            self._reports.append(await operation())
        finally:
            self.events.close()


def _followed(operation: Callable[P, Awaitable[R]]) -> Callable[P, AbstractAsyncContextManager[Running[R]]]:
    """The same operation as a context that yields it running.

    Leaving the context normally waits for the end of the run. An exception or a cancellation inside cancels the run,
    which the same call later resumes. `on_event` and `monitor` are the context's own.
    """

    @asynccontextmanager
    @wraps(operation)
    async def follow(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[Running[R]]:
        running: Running[R] = Running()
        kwargs["on_event"], kwargs["monitor"] = running.events.put, running.monitor
        with single_error():
            async with anyio.create_task_group() as group:
                group.start_soon(running.carry_out, lambda: operation(*args, **kwargs))
                yield running

    return follow


exporting = _followed(export)
importing = _followed(import_)
copying = _followed(copy)
verifying = _followed(verify)
