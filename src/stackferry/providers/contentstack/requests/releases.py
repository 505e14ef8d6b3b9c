"""Releases and their items. API page: "CMA | Releases".

`headers` is `HEADERS` for the latest releases, which have versions of entries as items, and nothing for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.kinds import RELEASES
from stackferry.providers.contentstack.requests.build import get, segment, write

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentstack.requests.build import Pairs

HEADERS = RELEASES.headers


def release_path(uid: str) -> str:
    return f"/releases/{segment(uid)}"


def read_release(uid: str) -> Request:
    """Section "Get a single Release"."""
    return get(release_path(uid), headers=HEADERS)


def lock_release(uid: str, *, locked: bool, headers: Pairs = HEADERS) -> Request:
    """Sections "Lock a Release" and "Unlock a Release"."""
    # What is locked refuses every change, a second lock too.
    body: JsonObject = {"release": {"locked": locked}}
    return write("PUT", release_path(uid), body, headers=headers, repeatable=not locked)


def delete_release(uid: str) -> Request:
    """Section "Delete a Release"."""
    return write("DELETE", release_path(uid), headers=HEADERS)


def deploy_release(uid: str, release: JsonObject) -> Request:
    """Section "Deploy a Release"."""
    return write("POST", f"{release_path(uid)}/deploy", {"release": release}, headers=HEADERS)


def list_items(uid: str, *params: tuple[str, str]) -> Request:
    """Section "Get all items in a Release"."""
    return get(f"{release_path(uid)}/items", *params, headers=HEADERS)


def add_items(
    uid: str,
    items: list[JsonObject],
    params: Pairs = (),
    headers: Pairs = HEADERS,
    *,
    repeatable: bool = True,
) -> Request:
    """Section "Add multiple items to a Release": 25 at most."""
    body: JsonObject = {"items": [*items]}
    path = f"{release_path(uid)}/items"
    return write("POST", path, body, params=params, headers=headers, repeatable=repeatable)


def remove_items(uid: str, items: list[JsonObject]) -> Request:
    """Section "Remove an item from a Release". An item that is not there is refused."""
    return write("DELETE", f"{release_path(uid)}/items", {"items": [*items]}, headers=HEADERS)
