"""Scripted faults: what goes wrong with which requests, and how often.

A fault may answer in place of the service, or harm the answer of a request that was carried out: the client
then cannot know that it was. Breaking a connection off needs the socket server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Final

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DISCONNECT = "stackferry.disconnect"
"""The ASGI message by which the socket server is told to drop a connection."""

ALWAYS: Final = 1 << 62
"""As `times`: as often as it is met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the requests that match, after `after` of them were spared, `times` times.

    With a `chance` below 1 each such request is spared by lot as well. `path` is a pattern searched in the
    path and query as sent. Without `carried_out` the request never reaches the service. A `status` replaces
    the answer (with `body` and `headers`). Any answer may be harmed: sent after `wait` seconds, with `drip`
    seconds between its bytes, without a length (`chunked`) or with a wrong `length`, and only its first `keep`
    bytes before the connection ends. `reset` ends it hard; without `keep`, at once.
    """

    method: str = ""
    path: str = ""
    after: int = 0
    times: int = 1
    chance: float = 1.0
    carried_out: bool = True
    status: int = 0
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    wait: float = 0.0
    drip: float = 0.0
    chunked: bool = False
    length: int | None = None
    keep: int | None = None
    reset: bool = False

    def matches(self, method: str, target: str) -> bool:
        return self.method in ("", method) and re.search(self.path, target) is not None

    @property
    def replaces(self) -> bool:
        return self.status != 0

    @property
    def drops(self) -> bool:
        return self.reset or self.keep is not None


@dataclass(slots=True)
class Script:
    """The faults that are still to come. A request takes at most one, the first that is due.

    `seed` decides the lots: each fault draws its own, so one fault's requests do not shift another's.
    """

    faults: list[Fault] = field(default_factory=list)
    seed: int = 0
    taken: int = 0  # how many requests were harmed so far
    _met: dict[int, int] = field(default_factory=dict)  # how many requests each fault has seen
    _done: dict[int, int] = field(default_factory=dict)  # how many of them it has harmed
    _lots: dict[int, Random] = field(default_factory=dict)

    def add(self, *faults: Fault) -> None:
        """Put faults at the end of the script."""
        self.faults.extend(faults)

    def clear(self) -> None:
        """Nothing goes wrong from now on."""
        self.faults.clear()
        for memory in (self._met, self._done, self._lots):
            memory.clear()

    def take(self, method: str, target: str) -> Fault | None:
        """The fault that a request meets. A fault counts what matches it and no earlier one has taken."""
        for number, fault in enumerate(self.faults):
            if fault.matches(method, target):
                self._met[number] = self._met.get(number, 0) + 1
                if self._is_due(number, fault):
                    self._done[number] = self._done.get(number, 0) + 1
                    self.taken += 1
                    return fault
        return None

    def _is_due(self, number: int, fault: Fault) -> bool:
        if self._met[number] <= fault.after or self._done.get(number, 0) >= fault.times:
            return False
        lots = self._lots.setdefault(number, Random(f"{self.seed}/{number}"))  # noqa: S311 - to be repeated
        return fault.chance >= 1 or lots.random() < fault.chance


async def send_harmed(fault: Fault, send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    """Send an answer as a fault has it."""
    await anyio.sleep(fault.wait)
    if fault.reset and fault.keep is None:
        await send({"type": DISCONNECT, "reset": True})
        return
    sent = {**headers, "content-length": str(len(body) if fault.length is None else fault.length)}
    if fault.chunked:
        del sent["content-length"]
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await _send_body(fault, send, body)
    if fault.drops:
        await send({"type": DISCONNECT, "reset": fault.reset})
    else:
        await send({"type": "http.response.body", "body": b""})


async def _send_body(fault: Fault, send: Send, body: bytes) -> None:
    kept = body if fault.keep is None else body[: fault.keep]
    step = 1 if fault.drip else max(1, len(kept))
    for start in range(0, max(1, len(kept)), step):
        await send({"type": "http.response.body", "body": kept[start : start + step], "more_body": True})
        await anyio.sleep(fault.drip)
