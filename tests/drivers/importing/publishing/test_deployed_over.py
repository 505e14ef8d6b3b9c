"""A deployment that is repeated shows what the release pins; what the source shows by now counts all the same.

The judge is the emulator's own table of what is live.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import OF_HEN, SUMMER, fill_every_kind
from small_stack import HEN, LIVE, RELEASE
from workbench import RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

ALL: dict[str, Any] = {"versions": "all", "deploy": True}


def fill(stack: Stack, version: int) -> None:
    """A release that was deployed with the first version of the hen, and what the source shows of it by now."""
    fill_every_kind(stack)
    live = stack.main.entries["page"][HEN].live
    if version:
        live[LIVE, "en-us"] = replace(live[LIVE, "en-us"], version=version)
    else:
        del live[LIVE, "en-us"]


def shown(bench: Workbench) -> list[str]:
    """The titles of the hen that are live in English."""
    entries = bench.target.main.entries["page"].values()
    (hen,) = (
        one
        for one in entries
        if "Hen" in str(one.documents.get("en-us") and one.documents["en-us"].latest["title"])
    )
    found = [one.version for (_, code), one in hen.live.items() if code == "en-us"]
    return [str(hen.documents["en-us"].versions[number]["title"]) for number in found]


def workbench(root: Path, version: int, **switches: Any) -> Workbench:
    return make_workbench(root, partial(fill, version=version), switches=Switches(**switches))


@pytest.mark.parametrize("version", [0, 1, 2])
def test_what_the_source_shows_by_now_is_live(version: int) -> None:
    with memory_directory() as root:
        bench = workbench(root, version)
        snapshot = bench.export(versions="all")
        transport = RecordingTransport(bench.emulator)
        done = bench.import_snapshot(snapshot, transport=transport, **ALL)
        place = next(number for number, call in enumerate(transport.log) if "/deploy" in call)
        after = [call for call in transport.log[place:] if "publish" in call and "/entries/" in call]
        assert len([call for call in after if not call.startswith("GET")]) == (version != 1)
        assert shown(bench) == [[], ["Hen"], ["Hen, revised"]][version]
        assert done.gaps == []
        assert bench.verify(snapshot, versions="all").differences == []
        before = bench.writes()
        assert bench.import_snapshot(snapshot, on_conflict="update", **ALL).gaps == []
        assert bench.writes() == before


@pytest.mark.parametrize("version", [0, 2])
def test_what_cannot_be_put_right_is_a_gap(version: int) -> None:
    with memory_directory() as root:
        bench = workbench(root, version)
        snapshot = bench.export(versions="all")
        fault = Fault(
            method="POST", path="/entries/[^/]*/(un)?publish", status=422, times=ALWAYS, carried_out=False
        )
        bench.emulator.faults.add(fault)
        done = bench.import_snapshot(snapshot, **ALL)
        assert shown(bench) == ["Hen"]
        reasons = [str(gap["reason"]) for gap in done.gaps if gap["uid"] == HEN]
        assert [one for one in reasons if "was deployed over what the source shows there" in one]


@pytest.mark.parametrize("takes", [False, True])
@pytest.mark.parametrize("is_live", [False, True])
def test_records_of_extensions_are_live_as_in_the_source(takes: bool, is_live: bool) -> None:
    """Whether a deployment takes them along or not."""
    with memory_directory() as root:
        bench = workbench(root, 1, deployment_takes_metadata=takes)
        row = bench.source.main.metadata[OF_HEN]
        if not is_live:
            bench.source.main.put("metadata", {**row, "publish_details": [], "is_published": False})
        done = bench.import_snapshot(bench.export(), **ALL)
        found = [one for one in bench.target.main.metadata.values() if one["type"] == "entry"]
        assert [bool(one["publish_details"]) for one in found] == [is_live]
        assert done.gaps == []


@pytest.mark.parametrize("is_live", [False, True])
def test_a_variant_that_the_source_does_not_show_by_now_is_a_gap(is_live: bool) -> None:
    """A repeated deployment makes it live; whether a call takes down a variant alone no page says."""
    with memory_directory() as root:
        bench = workbench(root, 1)
        main = bench.source.main
        item: Any = {
            "action": "publish",
            "content_type_uid": "page",
            "uid": HEN,
            "locale": "en-us",
            "version": 1,
        }
        main.releases[RELEASE].items.append({**item, "title": "Summer", "variant_id": SUMMER})
        if not is_live:
            main.entries["page"][HEN].variants[SUMMER, "en-us"].live.clear()
        main.changed()
        snapshot = bench.export(versions="all")
        done = bench.import_snapshot(snapshot, **ALL)
        variants = [
            one for entry in bench.target.main.entries["page"].values() for one in entry.variants.values()
        ]
        assert [len(one.live) for one in variants] == [1]
        told = [(gap["kind"], gap["uid"], gap["path"]) for gap in done.gaps]
        assert told == ([] if is_live else [("variants", HEN, SUMMER)])
        assert all("the source shows none: put it right by hand" in str(gap["reason"]) for gap in done.gaps)
        assert bench.import_snapshot(snapshot, **ALL).gaps == done.gaps
