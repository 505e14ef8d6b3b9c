"""Permanent addresses of assets: the slug arrives once, texts name the new address, the old one is told.

The judge is the emulator's state, and a download at the new address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_stack import HEN, PICTURE, fill_small
from workbench import SOURCE, SYSTEM, TARGET, Cut, RecordingTransport, Workbench, make_workbench

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.emulators.contentstack import Switches
from stackferry.json_values import as_list

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

OLD = f"https://images.contentstack.io/v3/assets/{SOURCE}/{PICTURE}/our-hen"


def fill(stack: Stack) -> None:
    """A picture with a permanent address, which a text and a link name."""
    fill_small(stack)
    asset = stack.main.assets[PICTURE]
    asset.latest["permanent_url"] = OLD
    fields: list[Any] = as_list(stack.main.content_types["page"]["schema"])
    common: Any = {"mandatory": False, "multiple": False, "unique": False, "display_name": "x"}
    fields.append({**common, "uid": "html", "data_type": "text", "field_metadata": {"allow_rich_text": True}})
    fields.append({**common, "uid": "more", "data_type": "link", "field_metadata": {}})
    hen = stack.main.entries["page"][HEN].documents["en-us"].latest
    hen["html"] = f'<img src="{OLD}?width=9"> and <a href="{OLD}">it</a>.'
    hen["more"] = {"title": "Hen", "href": OLD}


def picture(bench: Workbench) -> JsonObject:
    (found,) = [one.latest for one in bench.target.main.assets.values() if one.latest.get("permanent_url")]
    return found


def hen_of(bench: Workbench) -> Any:
    pages = bench.target.main.entries["page"].values()
    return next(one.documents["en-us"].latest for one in pages if one.documents["en-us"].latest.get("html"))


@pytest.mark.parametrize("twice", ["refused", "ignored"])
@pytest.mark.parametrize("makes_version", [False, True])
def test_the_slug_is_set_once_and_texts_name_the_new_address(
    tmp_path: Path, twice: Any, *, makes_version: bool
) -> None:
    switches = Switches(permanent_url_twice=twice, permanent_url_makes_version=makes_version)
    bench = make_workbench(tmp_path, fill, switches=switches)
    snapshot = bench.export()
    transport = RecordingTransport(bench.emulator)
    result = bench.import_snapshot(snapshot, transport=transport)
    made = picture(bench)
    new = str(made["permanent_url"])
    assert new.endswith(f"/v3/assets/{TARGET}/{made['uid']}/our-hen")
    hen = hen_of(bench)
    assert hen["html"] == f'<img src="{new}?width=9"> and <a href="{new}">it</a>.'
    assert hen["more"]["href"] == new
    (gap,) = [one for one in result.gaps if one["kind"] == "assets"]
    assert OLD in str(gap["reason"])
    assert new in str(gap["reason"])
    assert sum("PUT" in one and "/assets/" in one for one in transport.log) == 1 + (len(versions(bench)) - 1)
    assert [gap for gap in result.gaps if "the target stored" in str(gap["reason"])] == []
    # What is live is the version that was live, however many the address made.
    assert len(bench.target.main.assets[str(made["uid"])].live) == len(bench.source.main.assets[PICTURE].live)
    before = bench.writes()
    bench.import_snapshot(snapshot)
    assert bench.writes() == before


def versions(bench: Workbench) -> list[Any]:
    """The picture's uploads that the import sent."""
    return [*bench.source.main.assets[PICTURE].versions]


@pytest.mark.parametrize("twice", ["refused", "ignored"])
def test_after_a_lost_answer_the_address_is_looked_for(tmp_path: Path, twice: Any) -> None:
    bench = make_workbench(tmp_path, fill, switches=Switches(permanent_url_twice=twice))
    snapshot = bench.export()

    def hook(_: RecordingTransport, request: Any, done: bool) -> None:
        if done and request.method == "PUT" and b"permanent_url" in request.content:
            raise Cut

    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, hook))
    result = bench.import_snapshot(snapshot)
    (gap,) = [one for one in result.gaps if one["kind"] == "assets"]
    assert "changes from" in str(gap["reason"])


def test_a_branch_of_the_same_stack_keeps_its_address(tmp_path: Path) -> None:
    """Its assets have the same uids: nothing is set again."""
    bench = make_workbench(tmp_path, fill)
    main = bench.source.main
    bench.source.branches["next"] = main.fork("next", {"uid": "next"})
    snapshot = bench.export()
    transport = RecordingTransport(bench.emulator)
    bench.import_snapshot(snapshot, key=SOURCE, branch="next", on_conflict="update", transport=transport)
    assert bench.source.branches["next"].assets[PICTURE].latest["permanent_url"] == OLD
    assert not any(one.startswith("PUT /v3/assets") for one in transport.log)


def test_verify_compares_the_slug_and_nothing_of_the_stack(tmp_path: Path) -> None:
    """A target with another slug differs."""
    bench = make_workbench(tmp_path, fill)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)

    def seen() -> list[JsonObject]:
        there = bench.export("there" + str(len(list(tmp_path.iterdir()))), key=TARGET)
        found = diff_snapshots(SYSTEM, snapshot, there).differences
        return [one for one in found if one.get("path") == "/permanent_url"]

    assert seen() == []
    made = picture(bench)
    made["permanent_url"] = str(made["permanent_url"]).replace("our-hen", "their-hen")
    assert len(seen()) == 1
