"""Items of a Timeline release name every locale of the environment, also those that the snapshot does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import locale
from test_space_every_kind import bench_of
from workbench import Cut, RecordingTransport, cut_at

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("is_resumed", [False, True], ids=["held before", "added while it was stopped"])
def test_a_locale_that_only_the_target_has_is_in_every_item_of_a_release(
    root: Path, is_resumed: bool
) -> None:
    """The service wants all locales of the environment in each item."""
    bench = bench_of(root)
    snapshot = bench.export()
    if is_resumed:
        transport = RecordingTransport(bench.emulator, cut_at(10, after=True, only="write"))
        with pytest.raises(Cut):
            bench.import_snapshot(snapshot, transport=transport)
    added: dict[str, Any] = {**locale("fr", "en-US"), "optional": True}
    bench.target.master.put("locales", added)
    done = bench.import_snapshot(snapshot)
    assert [gap for gap in done.gaps if gap["kind"] == "releases"] == []
    (campaign,) = (one.raw for one in bench.target.master.releases.values() if one.raw["title"] == "Campaign")
    entities: Any = campaign["entities"]
    named = [item for item in entities["items"] if item["entity"]["sys"]["id"] == "egg"]
    assert [item["add"]["fields"]["*"] for item in named] == [["en-US"]]
    assert [sorted(item["remove"]["fields"]["*"]) for item in named] == [["de", "fr"]]
    found = [one for one in bench.verify(snapshot).differences if "release" in str(one)]
    assert found == []
