"""Drivers in bad weather: one storm of scripted faults over a socket, runs that are taken up until they end.

Waits are real but forty times shorter, so that back-off and pauses happen in their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from workbench import TOKEN, UNLIMITED, Bench, Record, bench, served

from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.errors import StackferryError
from stackferry.io.clock import SystemClock
from stackferry.io.http.session import open_session
from stackferry.model import Secret
from stackferry.providers.contentstack.connection import headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.drivers.import_run import ImportResult
    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Place

T = TypeVar("T")
HASTE = 40
API = r"^(?!/v3/assets/blt_invented_source/)"  # all but the bytes of assets: those come from any host, in any form
JSON = (("content-type", "application/json"),)
HTML = (("content-type", "text/html"),)
PAGE = b"<!doctype html><title>Sign in</title>"


class Hasty(SystemClock):
    """A clock that runs forty times as fast as the machine's."""

    def monotonic(self) -> float:
        return super().monotonic() * HASTE

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds / HASTE)

    def deadline(self, seconds: float) -> Any:
        return anyio.move_on_after(seconds / HASTE)


@dataclass
class Weathered(Bench):
    """A bench whose sessions hurry, and whose runs are taken up again when they end with an error."""

    endings: list[StackferryError] = field(default_factory=list)

    def _session(self, place: Place, line: Record | None) -> Any:
        credential = ("token", Secret(TOKEN))
        return open_session(
            self.origin, headers(place, credential), rates=UNLIMITED, transport=line, clock=Hasty()
        )

    def until_exported(self, name: str, runs: int = 40) -> Snapshot:
        return self._until_done(lambda: self.export(name, versions="all"), runs)

    def until_imported(self, snapshot: Snapshot, runs: int = 40) -> ImportResult:
        return self._until_done(lambda: self.replay(snapshot, versions="all"), runs)

    def until_copied(self, name: str, runs: int = 40) -> tuple[Snapshot, ImportResult]:
        return self._until_done(lambda: self.copy(name, versions="all"), runs)

    def _until_done(self, run: Callable[[], T], runs: int) -> T:
        for _ in range(runs):
            try:
                return run()
            except StackferryError as ending:
                self.endings.append(ending)
        raise AssertionError(f"no end after {runs} runs, the last one: {self.endings[-1]}")


def weathered(root: Path, fill: Callable[[Stack], None], **options: Any) -> Iterator[Weathered]:
    """A bench on a socket; fails when the emulator itself was found to be defective."""
    quiet = bench(root, fill, **options)
    one = Weathered(quiet.root, quiet.emulator, quiet.source, quiet.target)
    with served(one):
        yield one
    assert one.emulator.defects == []


def often(chance: float, **facts: Any) -> Fault:
    return Fault(chance=chance, times=ALWAYS, **facts)


def storms() -> dict[str, list[Fault]]:
    """What a service, a proxy and a network do to answers, each by itself, and all of it at once."""
    found: dict[str, list[Fault]] = {
        "429 with seconds": [often(0.3, status=429, carried_out=False, headers=(("retry-after", "1"),))],
        "429 without": [often(0.3, status=429, carried_out=False)],
        "429 with nonsense": [often(0.1, status=429, carried_out=False, headers=(("retry-after", word),))
                              for word in ("0", "-5", "soon", "1.5")],
        "5xx": [often(0.06, status=status, carried_out=False) for status in (500, 502, 503, 504, 408)],
        "5xx after it was done": [often(0.06, status=status) for status in (500, 502, 504)],
        "truncated": [often(0.15, keep=keep) for keep in (0, 1, 30)],
        "chunks without an end": [often(0.15, chunked=True, keep=keep) for keep in (0, 40)],
        "a wrong length": [often(0.1, length=length, keep=10_000_000) for length in (1_000_000,)],
        "reset before": [often(0.15, carried_out=False, reset=True)],
        "reset after": [often(0.15, reset=True)],
        "reset within": [often(0.15, reset=True, keep=25)],
        "slow": [often(0.2, wait=0.05)],
        "web pages": [often(0.1, path=API, status=200, body=PAGE, headers=HTML, carried_out=done)
                      for done in (True, False)],
        "malformed": [often(0.08, path=API, status=200, body=b'{"entries": [', headers=JSON, carried_out=done)
                      for done in (True, False)],
        "redirects": [often(0.05, path=API, status=302, headers=(("location", "http://203.0.113.9/"),),
                            carried_out=False)],
    }  # fmt: skip
    found["everything"] = [
        Fault(**{**_facts(fault), "chance": fault.chance / 6}) for storm in found.values() for fault in storm
    ]
    return found


def _facts(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in Fault.__slots__}
