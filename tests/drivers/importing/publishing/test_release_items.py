"""The items of releases: all of them looked for, each at its own version, one refusal for one item.

The judge is the emulator's own release.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from every_kind_stack import SUMMER, fill_every_kind
from random_stack import STAMPS
from small_stack import HEN, RELEASE
from workbench import RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

ENGLISH = {"action": "publish", "content_type_uid": "page", "locale": "en-us", "title": "Hen"}


def fill(stack: Stack) -> None:
    """Sixty entries in a release; of the hen its second version, and the third version of its variant."""
    fill_every_kind(stack)
    release = stack.main.releases[RELEASE]
    for number in range(60):
        uid = f"blthorse{number:08x}"
        row: dict[str, Any] = {"uid": uid, "title": f"Hen {number}", "tags": [], "_version": 1}
        stack.main.put_entry_version(
            "page", "en-us", {**row, "partner": [{"uid": HEN, "_content_type_uid": "page"}], **STAMPS}
        )
        release.items.append({**ENGLISH, "uid": uid, "version": 1})
    entry = stack.main.entries["page"][HEN]
    (variant,) = (one for (uid, code), one in entry.variants.items() if (uid, code) == (SUMMER, "en-us"))
    latest = variant.versions[variant.version]
    variant.versions = {3: {**latest, "_version": 3}}
    for live in variant.live.values():
        live.version = 3
    release.items = [item for item in release.items if item["uid"] != HEN]
    release.items.append({**ENGLISH, "uid": HEN, "version": 2})
    release.items.append({**ENGLISH, "uid": HEN, "version": 3, "variant_id": SUMMER})


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill)


def items(bench: Workbench) -> dict[str, list[tuple[str, Any]]]:
    """The items of the target's release, by what they are: titles and versions."""
    (release,) = bench.target.main.releases.values()
    found: dict[str, list[tuple[str, Any]]] = {"entry": [], "variant": []}
    for row in release.items:
        found["variant" if row.get("variant_id") else "entry"].append((str(row["title"]), row["version"]))
    return {kind: sorted(rows) for kind, rows in found.items()}


# The hen and its egg refer to each other, so the hen was first created without that, as version 1.
ENTRIES = sorted([("Hen, revised", 3), *((f"Hen {number}", 1) for number in range(60))])


@pytest.mark.parametrize("rows", [100, 7])
def test_all_pages_of_a_release_are_read(bench: Workbench, rows: int) -> None:
    """Once, however many rows the service puts on one; an entry and its variant each have a number of their own."""
    snapshot = bench.export()
    bench.emulator.switches = Switches(page_rows=rows)
    transport = RecordingTransport(bench.emulator)
    imported = bench.import_snapshot(snapshot, transport=transport)
    assert imported.gaps == []
    assert items(bench) == {"entry": ENTRIES, "variant": [("Hen in summer", 1)]}
    look = [call for call in transport.log if call.startswith("GET") and "/items?" in call]
    assert len(look) == -(-62 // rows)
    assert bench.verify(snapshot).differences == []


@pytest.mark.parametrize("rows", [100, 7])
def test_an_item_that_is_not_there_is_a_gap_that_names_it(bench: Workbench, rows: int) -> None:
    """Patience ends, and only what was sent is looked for."""
    snapshot = bench.export()
    bench.emulator.switches = Switches(page_rows=rows)

    def lose(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done and request.method == "POST" and request.url.path.endswith("/items"):
            for release in bench.target.main.releases.values():
                release.items = [item for item in release.items if item["title"] != "Hen 59"]

    imported = bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, lose))
    assert [(gap["kind"], gap["path"]) for gap in imported.gaps] == [("release_items", "blthorse0000003b")]


class Refusing(RecordingTransport):
    """A service that takes no variant as an item."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/items"):
            sent = json.loads(await request.aread())
            if any(item.get("variant_id") for item in sent["items"]):
                return httpx.Response(
                    422, json={"error_message": "no variants here", "error_code": 141, "errors": {}}
                )
        return await super().handle_async_request(request)


def test_a_refused_item_takes_no_other_with_it(bench: Workbench) -> None:
    """Neither those of its request nor the entry that it is a variant of."""
    imported = bench.import_snapshot(bench.export(), transport=Refusing(bench.emulator))
    assert [(gap["kind"], gap["path"]) for gap in imported.gaps] == [("release_items", f"{HEN}/{SUMMER}")]
    assert "no variants here" in str(imported.gaps[0]["reason"])
    assert items(bench) == {"entry": ENTRIES, "variant": []}


def test_an_older_version_of_a_variant_is_a_gap(bench: Workbench) -> None:
    """It is not imported, and the entry's version of that number is another thing."""
    release = bench.source.main.releases[RELEASE]
    release.items[-1]["version"] = 2
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot)
    assert [(gap["kind"], gap["path"]) for gap in imported.gaps] == [("release_items", f"{HEN}/{SUMMER}")]
    assert items(bench) == {"entry": ENTRIES, "variant": []}
    assert bench.verify(snapshot).differences == []
