"""Releases in a space that takes items of another shape: what is sent in place of what it refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from space_bench import make_space_bench
from workbench import Cut, RecordingTransport

if TYPE_CHECKING:
    from pathlib import Path


def test_a_release_is_made_once_though_the_run_was_killed_at_its_answer(root: Path) -> None:
    """The space refuses it with locales in its items, and makes it with actions; that answer is lost."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    bench.target.locale_publishing = False
    snapshot, releases = bench.export(), bench.target.master.releases

    def cut(_: RecordingTransport, request: Any, is_answered: bool) -> None:
        is_made = any(one.raw["title"] == "Campaign" for one in releases.values())
        if request.url.path.endswith("/releases") and is_answered and is_made:
            raise Cut

    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, cut))
    done = bench.import_snapshot(snapshot)
    assert sorted(str(one.raw["title"]) for one in releases.values()) == ["Campaign", "Launch", "Past"]
    told = [(gap["path"], gap["reason"]) for gap in done.gaps if gap["kind"] == "releases"]
    reason = "the target's space publishes whole documents only: de would be live, too"
    assert told == [("/entities/items/Entry egg", reason)]
