"""Downloads are under no rate limit and run while listings wait for theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
from random_stack import STAMPS, TITLE
from workbench import RecordingTransport, make_workbench

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

KINDS = 20  # more listings than there are workers
AWAIT_WAITS = 30  # seconds until a run that never ends fails


@dataclass
class Gate(RecordingTransport):
    """Answers no page of entries before the bytes of an asset were asked for."""

    asked: anyio.Event = field(default_factory=anyio.Event)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "/entries" in request.url.path:
            with anyio.fail_after(AWAIT_WAITS):
                await self.asked.wait()
        elif "/assets/" in request.url.path:
            self.asked.set()
        return await super().handle_async_request(request)


def fill(stack: Stack) -> None:
    asset: Row = {"uid": "bltasset", "filename": "a.txt", "title": "a", "is_dir": False, "_version": 1}
    stack.main.put_asset({**asset, "content_type": "text/plain", "file_size": "4", **STAMPS}, b"byte")
    for number in range(KINDS):
        kind = f"kind_{number}"
        stack.main.put_content_type({"uid": kind, "title": kind, "schema": [dict(TITLE)], **STAMPS})
        stack.main.put_entry_version(kind, "en-us", {"uid": f"blt{number}", "title": kind, "_version": 1})


def test_downloads_do_not_wait_for_listings(tmp_path: Path) -> None:
    """However many pages are waiting."""
    workbench = make_workbench(tmp_path, fill)
    snapshot = workbench.export(transport=Gate(workbench.emulator))
    assert snapshot.manifest["counts"] == {
        "assets": 1,
        "content_types": KINDS,
        "entries": KINDS,
        "files": 1,
        "locales": 1,
    }
