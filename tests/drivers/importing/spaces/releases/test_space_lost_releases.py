"""A release whose answer was lost is found again, whatever its title and however the service searches titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from every_kind_space import fill_every_kind
from space_bench import make_space_bench
from workbench import RecordingTransport

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space


@pytest.mark.parametrize(("title", "match"), [('100% & "more"', "part"), ("A", "long words")])
def test_it_is_made_once(root: Path, title: str, match: Any) -> None:
    def fill(space: Space, environment: Environment) -> None:
        fill_every_kind(space, environment)
        for release in environment.releases.values():
            release.raw["title"] = title

    bench = make_space_bench(root / "bench", fill, switches=Switches(match=match))
    snapshot, lost = bench.export(), list[str]()

    def lose(_: RecordingTransport, request: httpx.Request, is_answered: bool) -> None:
        if is_answered and request.method == "POST" and request.url.path.endswith("/releases"):
            lost.append(request.url.path)
            if len(lost) < 3:
                raise httpx.ReadError("the connection was reset")

    done = bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, lose))
    assert len(lost) > 2
    assert len(bench.target.master.releases) == len(bench.source.master.releases)
    assert [gap for gap in done.gaps if gap["kind"] == "releases"] == []
    assert bench.verify(snapshot).differences == []
