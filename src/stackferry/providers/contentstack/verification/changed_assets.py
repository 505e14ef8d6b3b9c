"""What was edited in assets: their file, their words, their place. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stackferry.json_values import integer, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.verification.change import Sides, document_changes
from stackferry.providers.differences import MOVED, Change, Subject, value_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json
    from stackferry.providers.source import RecordStore

_ASSETS, _FOLDERS = Stream("assets"), Stream("folders")
# What the service takes from the file itself: a new file brings them.
_OF_FILE = frozenset(("filename", "content_type", "file_size", "dimension", "url"))
_NOT_OWN = frozenset(("parent_uid", "publish_details", "is_dir", "url", "file_size", "_version"))


def asset_changes(sides: Sides) -> Iterator[Change]:
    """Every edit of every asset."""
    for left, right in sides.pairs(_ASSETS):
        uid = text((right or left or {}).get("uid"))
        subject = Subject("assets", uid, sides.title("assets", uid))
        if left is None or right is None:
            yield from sides.on_one_side(subject, is_left=right is None)
            continue
        sides.compared["assets"] += 1
        found = [*_edits(sides, subject, left, right)]
        yield from found
        if not found and left.get("_version") != right.get("_version"):  # saved, and nothing is another
            yield value_change(subject, "/_version", left.get("_version"), right.get("_version"))


def _edits(sides: Sides, subject: Subject, left: JsonObject, right: JsonObject) -> Iterator[Change]:
    is_replaced = _is_replaced(sides, left, right)
    if is_replaced:
        facts = (_file(sides.left, left), _file(sides.right, right))
        yield value_change(subject, "/file", *facts)
    left_out = _NOT_OWN | (_OF_FILE if is_replaced else set())
    views: list[Json] = [
        {name: value for name, value in kinds.ASSETS.own_fields(row).items() if name not in left_out}
        for row in (left, right)
    ]
    is_called_so = is_replaced and _is_called_like_file(left) and _is_called_like_file(right)
    yield from (one for one in document_changes(subject, *views) if not is_called_so or one.path != "/title")
    before, after = (text(row.get("parent_uid")) for row in (left, right))
    if before != after:
        names: dict[str, Json] = {"from": _folder(sides.left, before), "to": _folder(sides.right, after)}
        yield Change(subject, MOVED, "/parent_uid", before or None, after or None, names)


def _is_called_like_file(row: JsonObject) -> bool:
    """An asset without a title of its own is called like its file."""
    return row.get("title") == row.get("filename")


def _is_replaced(sides: Sides, left: JsonObject, right: JsonObject) -> bool:
    """Whether it has another file: by its bytes, else by its address, for every upload has one of its own."""
    digests = [_file(*side).get("sha256") for side in ((sides.left, left), (sides.right, right))]
    if all(digests):
        return digests[0] != digests[1]
    # Links of some services expire, so only the path tells.
    return _path(left) != _path(right) or text(left.get("file_size")) != text(right.get("file_size"))


def _path(asset: JsonObject) -> str:
    """The part of an address that names the upload, without the file's name, which may be edited alone."""
    try:
        return urlsplit(text(asset.get("url"))).path.rpartition("/")[0]
    except ValueError:
        return text(asset.get("url"))


def _file(store: RecordStore, asset: JsonObject) -> JsonObject:
    number = integer(asset.get("_version")) or 1
    held = store.get(Stream("files"), text(asset.get("uid")), number) or {}
    facts: JsonObject = {
        "filename": asset.get("filename"),
        "size": held.get("size") or integer(asset.get("file_size")) or asset.get("file_size"),
        "sha256": held.get("sha256"),
    }
    return {name: value for name, value in facts.items() if value}


def _folder(store: RecordStore, uid: str) -> str:
    return text((store.get(_FOLDERS, uid) or {}).get("name")) or uid or "the top"
