"""A release with which something else is under way: its change is asked for again before it is a gap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from every_kind_space import fill_every_kind
from space_bench import make_space_bench
from workbench import RecordingTransport

from stackferry.json_values import nested

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Emulator, Environment, Space


class Busy(RecordingTransport):
    """Answers the first changes of a release's state as a busy release may be answered."""

    def __init__(self, emulator: Emulator, times: int, name: str) -> None:
        super().__init__(emulator)
        self.left, self._name = times, name

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.left and request.method == "PUT" and re.search("/releases/[^/]+/archived$", request.url.path):
            self.left -= 1
            body = {"sys": {"type": "Error", "id": self._name}, "message": "Another action is in progress"}
            return httpx.Response(429, json=body, request=request)
        return await super().handle_async_request(request)


def fill(space: Space, environment: Environment) -> None:
    """A space with everything, whose Timeline release is archived."""
    fill_every_kind(space, environment)
    sys: Any = environment.releases["campaign"].raw["sys"]
    sys |= {"status": "archived", "archivedAt": "2030-01-03T08:00:00.000Z"}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("name", ["RateLimitExceeded", "ReleaseBusy"])
def test_a_busy_release_is_archived_later(root: Path, times: int, name: str) -> None:
    bench = make_space_bench(root / "bench", fill)
    transport = Busy(bench.emulator, times, name)
    result = bench.import_snapshot(bench.export(), transport=transport)
    assert transport.left == 0
    assert [gap for gap in result.gaps if gap["kind"] == "releases"] == []
    states = [nested(release.raw, "sys", "status") for release in bench.target.master.releases.values()]
    assert states.count("archived") == 2
