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


def _path(uid: str) -> str:
    return f"/releases/{segment(uid)}"


def list_releases(*params: tuple[str, str], headers: Pairs = HEADERS) -> Request:
    """Section "Get all Releases": one page."""
    return get("/releases", *params, headers=headers)


def read_release(uid: str, *params: tuple[str, str], headers: Pairs = HEADERS) -> Request:
    """Section "Get a single Release"."""
    return get(_path(uid), *params, headers=headers)


def create_release(release: JsonObject, params: Pairs, headers: Pairs = HEADERS) -> Request:
    """Section "Create a Release"."""
    return write("POST", "/releases", {"release": release}, params=params, headers=headers)


def update_release(uid: str, release: JsonObject, params: Pairs = (), headers: Pairs = HEADERS) -> Request:
    """Section "Update a Release"."""
    return write("PUT", _path(uid), {"release": release}, params=params, headers=headers, repeatable=True)


def lock_release(uid: str, *, locked: bool, headers: Pairs = HEADERS) -> Request:
    """Sections "Lock a Release" and "Unlock a Release". What is locked refuses every change, the lock too."""
    return write("PUT", _path(uid), {"release": {"locked": locked}}, headers=headers, repeatable=not locked)


def delete_release(uid: str, headers: Pairs = HEADERS) -> Request:
    """Section "Delete a Release"."""
    return write("DELETE", _path(uid), headers=headers)


def deploy_release(uid: str, release: JsonObject, headers: Pairs = HEADERS) -> Request:
    """Section "Deploy a Release"."""
    return write("POST", f"{_path(uid)}/deploy", {"release": release}, headers=headers)


def clone_release(uid: str, release: JsonObject, params: Pairs, headers: Pairs = HEADERS) -> Request:
    """Section "Clone a Release"."""
    return write("POST", f"{_path(uid)}/clone", {"release": release}, params=params, headers=headers)


def list_items(uid: str, *params: tuple[str, str], headers: Pairs = HEADERS) -> Request:
    """Section "Get all items in a Release"."""
    return get(f"{_path(uid)}/items", *params, headers=headers)


def add_item(uid: str, item: JsonObject, params: Pairs, headers: Pairs = HEADERS) -> Request:
    """Section "Add a single item to a Release". An item that is there already is replaced: this is repeatable."""
    body: JsonObject = {"item": item}
    return write("POST", f"{_path(uid)}/item", body, params=params, headers=headers, repeatable=True)


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
    return write("POST", f"{_path(uid)}/items", body, params=params, headers=headers, repeatable=repeatable)


def update_items(uid: str, params: Pairs, headers: Pairs = HEADERS) -> Request:
    """Section "Update Release items to their latest versions"."""
    body: JsonObject = {"items": ["$all"]}
    return write("PUT", f"{_path(uid)}/update_items", body, params=params, headers=headers, repeatable=True)


def remove_items(uid: str, items: list[JsonObject], params: Pairs, headers: Pairs = HEADERS) -> Request:
    """Sections "Remove an item from a Release" and "Delete multiple items from a Release"."""
    return write("DELETE", f"{_path(uid)}/items", {"items": [*items]}, params=params, headers=headers)
