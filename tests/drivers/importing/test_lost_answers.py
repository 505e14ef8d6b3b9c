"""The answer to any one write of an import is lost: the target is that of an undisturbed import.

The judge is the emulator's own state, with the number of each version. How often a type was written nobody pins or
restores: the same update may be sent again.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from crossed_stack import fill_crossed
from workbench import Cut, RecordingTransport, make_workbench, memory_directory

from sampling import sampled
from stackferry.json_values import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

    Hook = Callable[[RecordingTransport, httpx.Request, bool], None]

WRITES = 74  # of an import of this stack


def held(stack: Stack) -> Counter[str]:
    """What a stack holds, by names: each object with its versions, what is live of it and what pins it."""
    return Counter(map(str, _held(stack)))


def _held(stack: Stack) -> Iterator[Any]:
    branch: Any = stack.main
    for kind in ("locales", "extensions", "labels", "metadata", "content_types", "global_fields"):
        for row in getattr(branch, kind).values():
            yield kind, row.get("code"), row.get("title"), row.get("name"), row.get("type")
    for kind in ("environments", "roles", "webhooks", "workflows", "publish_rules"):
        for row in getattr(stack, kind).values():
            yield kind, row.get("name"), [one["name"] for one in objects(row.get("workflow_stages"))]
    for group in branch.variant_groups.values():
        yield group["name"], [one["name"] for one in group["variants"]]
    for entries in branch.entries.values():
        for entry in entries.values():
            documents = [
                (code, [(number, one.get("title")) for number, one in found.versions.items()])
                for code, found in sorted(entry.documents.items())
            ]
            variants = [
                (code, [*found.versions], [one.version for one in found.live.values()])
                for (_, code), found in entry.variants.items()
            ]
            live = sorted((one.locale, one.version, one.source) for one in entry.live.values())
            yield entry.content_type, documents, variants, live
    for asset in branch.assets.values():
        names = [(number, one.raw.get("title")) for number, one in asset.versions.items()]
        yield "asset", names, sorted((one.locale, one.version) for one in asset.live.values())
    for release in branch.releases.values():
        items = [(one.get("locale"), one.get("version"), one.get("action")) for one in release.items]
        yield "release", release.raw["name"], sorted(map(str, items))
    yield from (
        ("queue", row.get("action"), row.get("scheduled_at"))
        for row in branch.queue.values()
        if row.get("publish_status") == "scheduled"
    )


def lost_at(number: int, error: type[Exception]) -> Hook:
    """A hook that loses the answer to the `number`-th write, which the service has carried out."""
    seen, lost = 0, None

    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        nonlocal seen, lost
        if request.method == "GET":
            return
        seen += not done
        if seen == number and not done:
            lost = request
        elif done and request is lost:
            raise error("the answer is lost")

    return hook


def imported(root: Path, hook: Hook | None = None) -> tuple[Workbench, RecordingTransport]:
    bench = make_workbench(root, fill_crossed)
    snapshot, transport = bench.export(), RecordingTransport(bench.emulator, hook)
    try:
        done = bench.import_snapshot(snapshot, transport=transport)
    except Cut:
        done = bench.import_snapshot(snapshot)
    assert done.gaps == []
    assert bench.emulator.defects == []
    return bench, transport


@cache
def undisturbed() -> Counter[str]:
    with memory_directory() as root:
        bench, transport = imported(root)
        assert sum(not call.startswith("GET") for call in transport.log) == WRITES
        return held(bench.target)


# Writes 58 and 60 are those of variants.
@pytest.mark.parametrize("number", [*sampled(range(1, 58), 1), 58, *sampled(range(59, WRITES + 1), 1)])
@pytest.mark.parametrize("error", [httpx.ReadError, Cut], ids=["in the run", "with the run"])
def test_a_write_whose_answer_is_lost_is_done_once(number: int, error: type[Exception]) -> None:
    with memory_directory() as root:
        bench, _ = imported(root, lost_at(number, error))
        assert held(bench.target) == undisturbed()
