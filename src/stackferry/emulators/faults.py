"""Scripted faults: what goes wrong with which requests, and how often.

A fault answers in place of the service, or damages the answer to a request that was carried out: the client then
cannot tell whether it was. Breaking a connection needs the socket server of `http_server`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import anyio

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

DISCONNECT: Final = "stackferry.disconnect"
"""The type of an ASGI message of our own: the socket server ends the connection, hard when `reset` is true."""

ALWAYS: Final = 1 << 62
"""As `times`: every request that matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to requests that match `method` (empty: any) and `path`, a pattern searched in path and query.

    The first `after` such requests are left alone, then `times` are harmed, each with probability `chance`.
    Without `carried_out` the request never reaches the service. A `status` replaces the answer (with `body` and
    `headers`). An answer may be damaged: sent after `wait` seconds, with `drip` seconds between its bytes,
    without a length (`chunked`) or with a wrong `length`, or only its first `keep` bytes before the connection
    ends. `reset` ends it with a TCP reset instead of a close; without `keep`, before the first byte.
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


@dataclass(slots=True)
class FaultScript:
    """Faults in their order. A request meets at most one: the first that matches and is due.

    `seed` makes chances repeatable. Each fault has random numbers of its own, so the requests that one fault sees
    do not change what another draws.
    """

    faults: list[Fault] = field(default_factory=list)
    seed: int = 0
    taken: int = 0  # how many requests were harmed so far
    _matched: dict[int, int] = field(default_factory=dict)  # requests that matched, by the fault's position
    _harmed: dict[int, int] = field(default_factory=dict)  # requests that were harmed
    _random: dict[int, Random] = field(default_factory=dict)

    def add(self, *faults: Fault) -> None:
        """Put faults at the end of the script."""
        self.faults.extend(faults)

    def clear(self) -> None:
        """Nothing goes wrong from now on."""
        self.faults.clear()
        for counts in (self._matched, self._harmed, self._random):
            counts.clear()

    def take(self, method: str, target: str) -> Fault | None:
        """The fault that a request meets. A fault counts requests that match it and met no earlier fault."""
        for number, fault in enumerate(self.faults):
            if fault.matches(method, target):
                self._matched[number] = self._matched.get(number, 0) + 1
                if self._is_due(number, fault):
                    self._harmed[number] = self._harmed.get(number, 0) + 1
                    self.taken += 1
                    return fault
        return None

    def _is_due(self, number: int, fault: Fault) -> bool:
        if self._matched[number] <= fault.after or self._harmed.get(number, 0) >= fault.times:
            return False
        random = self._random.setdefault(number, Random(f"{self.seed}/{number}"))  # noqa: S311 - repeatable
        return fault.chance >= 1 or random.random() < fault.chance


async def send_with_fault(
    fault: Fault, send: Send, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Send an answer late, slowly, in part, or with a wrong length, as the fault says."""
    await anyio.sleep(fault.wait)
    if fault.reset and fault.keep is None:
        await send({"type": DISCONNECT, "reset": True})
        return
    sent = _headers(fault, headers, len(body))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    kept = body if fault.keep is None else body[: fault.keep]
    step = 1 if fault.drip else max(1, len(kept))
    for start in range(0, max(1, len(kept)), step):
        await send({"type": "http.response.body", "body": kept[start : start + step], "more_body": True})
        await anyio.sleep(fault.drip)
    if fault.reset or fault.keep is not None:
        await send({"type": DISCONNECT, "reset": fault.reset})
    else:
        await send({"type": "http.response.body", "body": b""})


def _headers(fault: Fault, headers: dict[str, str], length: int) -> list[tuple[bytes, bytes]]:
    """The headers with the length that the fault says, if it says one."""
    sent = dict(headers)
    if fault.length is not None or "content-length" in sent:
        sent["content-length"] = str(length if fault.length is None else fault.length)
    if fault.chunked:
        sent.pop("content-length", None)
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
