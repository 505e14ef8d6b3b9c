"""Webhooks in the target of a workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench import Workbench

CHANNELS = (
    "content_types.entries.create",
    "content_types.entries.update",
    "content_types.create",
    "assets.create",
)


def listen(workbench: Workbench, uid: str, **facts: Any) -> None:
    """A webhook of the target that holds a credential; by default it is on, for the main branch."""
    there: Any = [{"target_url": "https://hooks.invented/x", "http_basic_password": "cs-invented-0815"}]
    row: Any = {"uid": uid, "name": uid, "channels": [*CHANNELS], "branches": ["main"], "disabled": False}
    workbench.target.webhooks[uid] = {**row, "destinations": there, **facts}
