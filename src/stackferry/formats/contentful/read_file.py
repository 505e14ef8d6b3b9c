"""The lists of a file, object by object, however large it is.

A file that is damaged raises SnapshotCorrupt, which names the file and the place. Must never hold a list in memory.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import JsonRefused, SnapshotCorrupt, UsageError
from stackferry.formats.contentful.layout import KINDS, PASSED
from stackferry.formats.json_stream import CutShortError, Item, stream_items
from stackferry.io.storage.files import Files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.model import JsonObject

_CHUNK: Final = 1 << 18  # bytes
_FIRST_KEY: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"([^"\\]{1,40})"\s*:')
_KEYS: Final = KINDS.keys() | PASSED.keys()


class Row(NamedTuple):
    """An object of a list: the list's name, and its place in it from 1; 0 and {} tell that the list is there."""

    key: str
    number: int
    body: JsonObject


class VendorFile:
    """A file of contentful-export."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = Files(path.parent)
        self.unknown: dict[str, None] = {}
        """Names in the file that no export writes; complete when all rows are read."""

    def rows(self) -> Iterator[Row]:
        """Every object in the order of the file. Raises UsageError where the file holds none of the known lists."""
        at, known = Item("", None, None), False
        try:
            for at in stream_items(self._files.chunks(self.path.name, _CHUNK)):
                if at.key not in _KEYS:
                    self.unknown[at.key] = None
                elif at.number is None:
                    if at.value is not None:  # null is what a skipped list may be
                        raise ValueError("it is no list")  # noqa: TRY301 - told like all that is wrong with a file
                else:
                    known = True
                    yield from self._row(at)
        except CutShortError as cut:
            raise self._corrupt(f"is cut short {_after(at)}: export again, or copy the whole file") from cut
        except (ValueError, RecursionError, JsonRefused) as error:
            raise self._corrupt(f"cannot be read {_after(at)}: {error}") from error
        if not known:
            raise UsageError(f"{self.path} is no export of a space: it has none of {', '.join(KINDS)}")

    def _row(self, item: Item) -> Iterator[Row]:
        number = item.number or 0
        if number and item.value is None:  # an editor interface that was not to be had
            return
        if number and not isinstance(item.value, dict):
            raise ValueError(f"{item.key}, item {number}, is no object")
        yield Row(item.key, number, item.value if isinstance(item.value, dict) else {})

    def _corrupt(self, problem: str) -> SnapshotCorrupt:
        return SnapshotCorrupt(f"{self.path} {problem}")


def _after(item: Item) -> str:
    """Behind what of the file something was found."""
    if not item.key:
        return "at its beginning"
    return f"in or after '{item.key}'{f', behind item {item.number}' if item.number else ''}"


def is_vendor_file(path: Path) -> bool:
    """Whether a file begins like an export: with one of the lists, or as a JSON object in a file that is named so."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        found = _FIRST_KEY.match(stream.read(256))
    return found is not None and (found[1].decode("utf-8", "replace") in _KEYS or path.suffix == ".json")


def find_file(path: Path) -> Path | None:
    """The export that a path means: the file itself, or the only one in a directory; None where it means none.

    Raises UsageError for a directory that holds several.
    """
    if not path.is_dir():
        return path if is_vendor_file(path) else None
    found = [one for one in sorted(path.glob("*.json")) if _names_a_list(one)]
    if len(found) > 1:
        names = ", ".join(one.name for one in found[:5])
        raise UsageError(f"{path} holds several exports of Contentful: name one of {names}")
    return found[0] if found else None


def _names_a_list(path: Path) -> bool:
    """Whether a file begins with one of the lists: in a directory a name alone says nothing."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        found = _FIRST_KEY.match(stream.read(256))
    return found is not None and found[1].decode("utf-8", "replace") in _KEYS
