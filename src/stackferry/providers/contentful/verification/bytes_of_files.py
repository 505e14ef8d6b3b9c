"""Compares the bytes behind the files of two bodies of an asset, by their SHA-256. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, nested, text
from stackferry.model import Stream
from stackferry.providers.contentful.verification.edits import value_difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.verification.edits import About
    from stackferry.providers.contentful.verification.sides import Sides
    from stackferry.providers.differences import Change, Mismatch
    from stackferry.providers.source import RecordStore

_FILES = Stream("files")


def byte_differences(
    sides: Sides, about: About, left: JsonObject, right: JsonObject
) -> Iterator[Mismatch | Change]:
    """Where a file of one locale has other bytes. Where they are not at hand, the sizes that the bodies tell count."""
    others = as_object(nested(right, "fields", "file"))
    for code, value in as_object(nested(left, "fields", "file")).items():
        file, other = as_object(value), as_object(others.get(sides.terms.locale(code)))
        if text(file.get("url")) and text(other.get("url")):
            path = f"/fields/file/{sides.terms.locale(code)}"
            yield from _compare(sides, about, path, file, other)


def _compare(
    sides: Sides, about: About, path: str, file: JsonObject, other: JsonObject
) -> Iterator[Mismatch | Change]:
    if sides.is_one_place and file.get("url") == other.get("url"):
        return  # the same file: its address never shows other bytes
    digests = _digest(sides.left, file), _digest(sides.right, other)
    if all(digests):
        if digests[0] != digests[1]:
            yield from value_difference(sides, about, f"{path}/sha256", *digests)
        return
    sizes = _size(file), _size(other)
    if sizes[0] != sizes[1]:
        yield from value_difference(sides, about, f"{path}/details/size", *sizes)
    elif sides.reads_bytes:
        reason = "its bytes are not to be had on both sides: only the size is compared"
        sides.gap(about.kind, about.pair.uid, reason, path=f"{about.prefix}{path}")


def _digest(store: RecordStore, file: JsonObject) -> str:
    return text((store.get(_FILES, text(file.get("url"))) or {}).get("sha256"))


def _size(file: JsonObject) -> Json:
    return nested(file, "details", "size")
