"""A bench whose emulator answers over a socket with scripted faults, and whose runs are repeated until they end.

Waits are real but forty times shorter, so that back-off and pauses happen in their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from workbench import TOKEN, UNLIMITED, RecordingTransport, Workbench, make_workbench, serve_emulator

from stackferry.emulators.faults import ALWAYS, Fault, FaultScript
from stackferry.errors import StackferryError
from stackferry.io.clock import SystemClock
from stackferry.io.http.session import open_session
from stackferry.model import Secret
from stackferry.providers.contentstack.connection import headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Place

T = TypeVar("T")
SPEED = 40
API = r"^(?!/v3/assets/blt_invented_source/)"  # all but the bytes of assets, which may be of any form
JSON = (("content-type", "application/json"),)
HTML = (("content-type", "text/html"),)
REDIRECTS = (302,)
PAGE = b"<!doctype html><title>Sign in</title>"


class FastClock(SystemClock):
    """A clock that runs forty times as fast as the machine's."""

    def monotonic(self) -> float:
        return super().monotonic() * SPEED

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds / SPEED)

    def deadline(self, seconds: float) -> Any:
        return anyio.move_on_after(seconds / SPEED)


@dataclass(slots=True)
class SeededFaults(FaultScript):
    """Faults at random. A request is redirected once: that ends a run, and what two runs cannot look at is left out."""

    _redirected: set[tuple[str, str]] = field(default_factory=set)

    def take(self, method: str, target: str) -> Fault | None:
        fault = FaultScript.take(self, method, target)
        if fault is None or fault.status not in REDIRECTS:
            return fault
        is_first = (method, target) not in self._redirected
        self._redirected.add((method, target))
        return fault if is_first else None


@dataclass
class FaultyBench(Workbench):
    """A bench with a fast clock, whose runs are resumed when they end with an error."""

    endings: list[StackferryError] = field(default_factory=list)

    def session(self, place: Place, transport: RecordingTransport | None = None) -> Any:
        credential = ("token", Secret(TOKEN))
        return open_session(
            self.origin, headers(place, credential), rates=UNLIMITED, transport=transport, clock=FastClock()
        )

    def until_exported(self, name: str, runs: int = 40) -> Snapshot:
        return self._until_done(lambda: self.export(name, versions="all"), runs)

    def until_imported(self, snapshot: Snapshot, runs: int = 40) -> ImportResult:
        return self._until_done(lambda: self.import_snapshot(snapshot, versions="all"), runs)

    def until_copied(self, name: str, runs: int = 40) -> tuple[Snapshot, ImportResult]:
        return self._until_done(lambda: self.copy(name, versions="all"), runs)

    def _until_done(self, run: Callable[[], T], runs: int) -> T:
        for _ in range(runs):
            try:
                return run()
            except StackferryError as ending:
                self.endings.append(ending)
        raise AssertionError(f"no end after {runs} runs, the last one: {self.endings[-1]}")


def faulty_bench(root: Path, fill: Callable[[Stack], None], **options: Any) -> Iterator[FaultyBench]:
    """A bench on a socket. Fails at the end if the emulator itself reports defects."""
    plain = make_workbench(root, fill, **options)
    made = FaultyBench(plain.root, plain.emulator, plain.source, plain.target)
    with serve_emulator(made):
        yield made
    assert made.emulator.defects == []


def at_random(chance: float, **facts: Any) -> Fault:
    """A fault that harms any request with this probability."""
    return Fault(chance=chance, times=ALWAYS, **facts)


def fault_scripts() -> dict[str, list[Fault]]:
    """What a service, a proxy and a network do to answers, each by itself, and all of it together, by name."""
    found: dict[str, list[Fault]] = {
        "429 with seconds": [at_random(0.3, status=429, carried_out=False, headers=(("retry-after", "1"),))],
        "429 without": [at_random(0.3, status=429, carried_out=False)],
        "429 with nonsense": [at_random(0.1, status=429, carried_out=False, headers=(("retry-after", word),))
                              for word in ("0", "-5", "soon", "1.5")],
        "5xx": [at_random(0.06, status=status, carried_out=False) for status in (500, 502, 503, 504, 408)],
        "5xx after it was done": [at_random(0.06, status=status) for status in (500, 502, 504)],
        "truncated": [at_random(0.15, keep=keep) for keep in (0, 1, 30)],
        "chunks without an end": [at_random(0.15, chunked=True, keep=keep) for keep in (0, 40)],
        "a wrong length": [at_random(0.1, length=length, keep=10_000_000) for length in (1_000_000,)],
        "reset before": [at_random(0.15, carried_out=False, reset=True)],
        "reset after": [at_random(0.15, reset=True)],
        "reset within": [at_random(0.15, reset=True, keep=25)],
        "slow": [at_random(0.2, wait=0.05)],
        "web pages": [at_random(0.1, path=API, status=200, body=PAGE, headers=HTML, carried_out=done)
                      for done in (True, False)],
        "malformed": [at_random(0.08, path=API, status=200, body=b'{"entries": [', headers=JSON, carried_out=done)
                      for done in (True, False)],
        "redirects": [at_random(0.05, path=API, status=302, headers=(("location", "http://203.0.113.9/"),),
                            carried_out=False)],
    }  # fmt: skip
    found["everything"] = [
        Fault(**{**_facts(fault), "chance": fault.chance / 6})
        for faults in found.values()
        for fault in faults
    ]
    return found


def _facts(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in Fault.__slots__}
