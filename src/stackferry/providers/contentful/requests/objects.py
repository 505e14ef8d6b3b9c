"""Writes of single objects of any kind: created under an id or by a POST, replaced, deleted. API pages: each kind's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentful.kinds import Paging
from stackferry.providers.contentful.requests.build import PAGE, get, write

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Pairs, Root


def put_object(
    root: Root,
    kind: Kind,
    uid: str,
    body: JsonObject,
    *,
    version: int | None = None,
    headers: Pairs = (),
    owner: str = "",
) -> Request:
    """The whole object; without a version where it is new, or where its kind has none."""
    return write("PUT", _path(root, kind, uid, owner), body, version=version, headers=headers)


def create_object(
    root: Root, kind: Kind, body: JsonObject, *, headers: Pairs = (), owner: str = ""
) -> Request:
    """A new object whose id the service chooses."""
    return write("POST", root.of_kind(kind, owner=owner), body, headers=headers)


def get_object(
    root: Root, kind: Kind, uid: str, *params: tuple[str, str], headers: Pairs = (), owner: str = ""
) -> Request:
    return get(_path(root, kind, uid, owner), *params, headers=headers)


def list_objects(
    root: Root, kind: Kind, *params: tuple[str, str], headers: Pairs = (), owner: str = ""
) -> Request:
    """The first page of a kind's list."""
    wanted = (*kind.params, *params, ("limit", str(PAGE)))
    return get(root.of_kind(kind, owner=owner), *wanted, headers=headers)


def delete_object(
    root: Root, kind: Kind, uid: str, *, version: int | None = None, owner: str = ""
) -> Request:
    return write("DELETE", _path(root, kind, uid, owner), version=version)


def _path(root: Root, kind: Kind, uid: str, owner: str) -> str:
    return root.of_kind(kind, "" if kind.paging is Paging.SINGLE else uid, owner=owner)
