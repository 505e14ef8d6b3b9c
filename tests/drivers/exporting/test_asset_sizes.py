"""An asset that brings far more bytes than it is said to have does not fill the disk."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from small_stack import PICTURE, fill_small
from workbench import RecordingTransport, make_workbench, memory_directory

MIB = 1024 * 1024


class Inflated(RecordingTransport):
    """Sends so many bytes for every file."""

    size = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        is_file = answer.headers.get("content-type", "").startswith("image/")
        return httpx.Response(200, content=bytes(self.size)) if is_file else answer


@pytest.mark.parametrize(
    ("size", "options", "kept"),
    [
        (17 * MIB, {}, False),
        (15 * MIB, {}, True),
        (2 * MIB, {"max_asset_size": MIB}, False),
        (17 * MIB, {"max_asset_size": 20 * MIB}, True),
    ],
)
def test_bytes_far_above_the_announced_size_are_a_gap(size: int, options: dict[str, Any], kept: bool) -> None:
    """The asset is said to have a few bytes: four times as many and 16 MiB are taken."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        transport = Inflated(bench.emulator)
        transport.size = size
        snapshot = bench.export(transport=transport, **options)
        reasons = [gap["reason"] for gap in snapshot.gaps() if gap["uid"] == PICTURE]
        assert [("not kept" in str(reason)) for reason in reasons] == [not kept] * len(reasons)
        assert reasons
        stored = [
            path.stat().st_size for path in (snapshot.files.root / "files").rglob("*") if path.is_file()
        ]
        assert (size in stored) == kept
