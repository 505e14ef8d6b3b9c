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


def test_an_entry_that_should_not_be_live_is_a_gap(bench: Workbench) -> None:
    live = bench.source.main.entries["page"][HEN].live
    for place in [place for place in live if place[1] == "en-us"]:
        del live[place]
    imported = bench.import_snapshot(bench.export(), transport=Ignoring(bench.emulator))
    reasons = [str(gap["reason"]) for gap in imported.gaps]
    assert len([one for one in reasons if "published along with it" in one and "unpublish it" in one]) == 1


@pytest.mark.parametrize("rule", ["unless forbidden", "always"])
def test_a_variant_is_published_without_its_entry_if_the_service_can(bench: Workbench, rule: Any) -> None:
    """Else it says that the entry is live now."""
    bench.emulator.switches = Switches(variant_publishes_entry=rule)
    live = bench.source.main.entries["page"][HEN].live
    for place in [place for place in live if place[1] == "en-us"]:
        del live[place]
    imported = bench.import_snapshot(bench.export())
    assert is_variant_live(bench)
    assert titles(bench) == ([] if rule == "unless forbidden" else ["Hen, revised"])
    assert [gap["kind"] for gap in imported.gaps] == ([] if rule == "unless forbidden" else ["variants"])


def test_a_variant_that_the_service_only_takes_is_a_gap(bench: Workbench) -> None:
    imported = bench.import_snapshot(bench.export(), transport=Idle(bench.emulator))
    assert [(gap["kind"], gap["uid"], gap["path"]) for gap in imported.gaps] == [("variants", HEN, SUMMER)]
    assert "does not show it" in str(imported.gaps[0]["reason"])
