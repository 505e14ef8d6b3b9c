"""The trash: what was deleted comes back under its uid, once. Guides: "Restore a Deleted Entry", "Restore an Asset"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.requests.assets import asset_path
from stackferry.providers.contentstack.requests.build import segment, write
from stackferry.providers.contentstack.requests.entries import entry_path

if TYPE_CHECKING:
    from stackferry.model import Request

_DELETED = (("deleted", "true"),)


def restore_entry(content_type: str, uid: str, locale: str) -> Request:
    """An entry in one language."""
    return write(
        "PUT", f"{entry_path(content_type, uid)}/restore", {"entry": {"locale": locale}}, params=_DELETED
    )


def restore_asset(uid: str) -> Request:
    """A file. On no page: published scripts have this call."""
    return write("PUT", f"{asset_path(uid)}/restore", {"asset": {"uid": uid}}, params=_DELETED)


def restore_anything(uid: str) -> Request:
    """Whatever has that uid, an entry in all its languages. On no page: the vendor's support names it."""
    return write("POST", f"/trash/{segment(uid)}/restore", {})
