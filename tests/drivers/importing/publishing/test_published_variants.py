"""Variants are published, and the entries that they belong to stay as they were.

The judge is the emulator's own table of what is live.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from every_kind_stack import SUMMER, fill_every_kind
from small_stack import HEN
from workbench import RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


class Ignoring(RecordingTransport):
    """A service that does not know the key `variants`: the call publishes the entry itself, in its latest version."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/publish"):
            sent: Any = json.loads(await request.aread())
            if sent.get("entry", {}).pop("variants", None):
                headers = [row for row in request.headers.raw if row[0].lower() != b"content-length"]
                body = json.dumps(sent).encode()
                request = httpx.Request(request.method, request.url, headers=headers, content=body)
        return await super().handle_async_request(request)


class Idle(RecordingTransport):
    """A service that takes the call and does nothing."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/publish"):
            sent: Any = json.loads(await request.aread())
            if sent.get("entry", {}).get("variants"):
                return httpx.Response(200, json={"notice": "The requested action has been performed."})
        return await super().handle_async_request(request)


def hen(bench: Workbench) -> Any:
    entries = bench.target.main.entries["page"].values()
    english = (one for one in entries if "en-us" in one.documents)
    (found,) = (one for one in english if "Hen" in str(one.documents["en-us"].latest["title"]))
    return found


def titles(bench: Workbench) -> list[str]:
    """What the hen shows in English."""
    found = hen(bench)
    live = [one for (_, code), one in found.live.items() if code == "en-us"]
    return [str(found.documents["en-us"].versions[one.version]["title"]) for one in live]


def is_variant_live(bench: Workbench) -> bool:
    return any(one.live for one in hen(bench).variants.values())


def test_a_published_variant_leaves_its_entry_as_it_was(bench: Workbench) -> None:
    """Found out with a read of the entry's variants, and one of the entries that have some."""
    transport = RecordingTransport(bench.emulator)
    imported = bench.import_snapshot(bench.export(), transport=transport)
    assert imported.gaps == []
    assert (titles(bench), is_variant_live(bench)) == (["Hen"], True)
    assert sum("/variants?" in call and call.startswith("GET") for call in transport.log) == 1
    first = next(place for place, call in enumerate(transport.log) if "/variants?" in call)
    later = [
        call for call in transport.log[first:] if "/entries" in call and "include_publish_details" in call
    ]
    assert len(later) == 2


def test_an_entry_that_was_published_in_its_variants_place_is_put_right(bench: Workbench) -> None:
    """And the variant is a gap."""
    imported = bench.import_snapshot(bench.export(), transport=Ignoring(bench.emulator))
    assert titles(bench) == ["Hen"]
    assert [(gap["kind"], gap["uid"], gap["path"]) for gap in imported.gaps] == [("variants", HEN, SUMMER)]


@pytest.mark.parametrize("is_refused", [False, True])
def test_an_entry_that_should_not_be_live_is_taken_down(bench: Workbench, is_refused: bool) -> None:
    """Where the service refuses that, a gap says so; the variant that was taken for it is one in any case."""
    _hen_is_not_live(bench)
    if is_refused:
        fault = Fault(
            method="POST", path="/entries/.*/unpublish", status=422, times=ALWAYS, carried_out=False
        )
        bench.emulator.faults.add(fault)
    imported = bench.import_snapshot(bench.export(), transport=Ignoring(bench.emulator))
    reasons = [str(gap["reason"]) for gap in imported.gaps]
    told = [one for one in reasons if "published along with it" in one and "unpublish it" in one]
    assert (len(told), titles(bench)) == ((1, ["Hen, revised"]) if is_refused else (0, []))


def _hen_is_not_live(bench: Workbench) -> None:
    """A variant of it is."""
    live = bench.source.main.entries["page"][HEN].live
    for place in [place for place in live if place[1] == "en-us"]:
        del live[place]


@pytest.mark.parametrize("rule", ["unless forbidden", "always"])
def test_a_variant_is_published_without_its_entry(bench: Workbench, rule: Any) -> None:
    """Where the service publishes the entry along with it, that is taken down at once. A second run sends nothing."""
    bench.emulator.switches = Switches(variant_publishes_entry=rule)
    _hen_is_not_live(bench)
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot)
    assert (titles(bench), is_variant_live(bench), imported.gaps) == ([], True, [])
    transport = RecordingTransport(bench.emulator)
    again = bench.import_snapshot(snapshot, on_conflict="update", transport=transport)
    assert ([call for call in transport.log if not call.startswith("GET")], again.gaps) == ([], [])


class Dependent(RecordingTransport):
    """A service that takes the variants of an entry down with it."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench.emulator)
        self._bench = bench

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if request.method == "POST" and request.url.path.endswith("/unpublish"):
            for variant in hen(self._bench).variants.values():
                variant.live.clear()
        return answer


def test_a_variant_that_goes_down_with_its_entry_is_a_gap(bench: Workbench) -> None:
    bench.emulator.switches = Switches(variant_publishes_entry="always")
    _hen_is_not_live(bench)
    imported = bench.import_snapshot(bench.export(), transport=Dependent(bench))
    assert (titles(bench), is_variant_live(bench)) == ([], False)
    assert [(gap["kind"], gap["uid"], gap["path"]) for gap in imported.gaps] == [("variants", HEN, SUMMER)]


def test_a_variant_that_the_service_only_takes_is_a_gap(bench: Workbench) -> None:
    imported = bench.import_snapshot(bench.export(), transport=Idle(bench.emulator))
    assert [(gap["kind"], gap["uid"], gap["path"]) for gap in imported.gaps] == [("variants", HEN, SUMMER)]
    assert "does not show it" in str(imported.gaps[0]["reason"])
