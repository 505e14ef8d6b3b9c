"""How conditions and orders look at documents: without what is derived only to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject


def edited_view(document: Document) -> JsonObject:
    """What is edited."""
    return {**document.body, "sys": document.sys}


def live_view(document: Document) -> JsonObject:
    """What is live."""
    return {**(document.live or {}), "sys": document.live_sys}
