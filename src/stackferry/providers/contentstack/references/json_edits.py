"""Edits of a JSON document: each names a path; `apply_edits` makes them all at once in a new document.

Whoever searches a document describes edits instead of changing it, so a search alone and a change see the same. There
is no recursion: a document may be nested deeper than Python's call stack allows.
This module must never know what a document is about, and never alter the document it was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias, cast

from stackferry.json_values import as_list, as_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import Json

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Put:
    """Set the value at `path`."""

    path: Path
    value: Json


@dataclass(frozen=True, slots=True)
class Drop:
    """Remove the list element or the key at `path`. A list left empty gets `filler`, unless that is None."""

    path: Path
    filler: Json = None


@dataclass(frozen=True, slots=True)
class Unwrap:
    """Replace the list element at `path` by its own `children`. A list left empty gets `filler`."""

    path: Path
    filler: Json = None


@dataclass(frozen=True, slots=True)
class Rename:
    """Rename the key `old` of the object at `path`; the order of the keys stays."""

    path: Path
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Splice:
    """Replace the characters from `start` up to `end` of the text at `path`."""

    path: Path
    start: int
    end: int
    text: str


Edit: TypeAlias = Put | Drop | Unwrap | Rename | Splice
_Container: TypeAlias = "dict[str, Json] | list[Json]"


def apply_edits(document: Json, edits: Iterable[Edit]) -> Json:
    """A new document with every edit made. What no edit touches is shared with the old one, not copied.

    Paths are those of the document as given. Where an edit removes or replaces a value, edits inside that value have
    no effect. Of several edits of one value (splices and renames apart) the first is made.
    """
    root: list[Json] = [document]  # so that the document itself can be replaced like an element
    copies: dict[Path, _Container] = {(): root}
    # From the last place to the first: removing an element moves only those after it, which are done by then.
    backwards = sorted(edits, key=attrgetter("path"), reverse=True)
    for path, of_one_path in groupby(backwards, key=attrgetter("path")):
        place: Path = (0, *path)
        _make(_copied(copies, place[:-1]), place[-1], list(of_one_path))
    return root[0]


def _copied(copies: dict[Path, _Container], path: Path) -> _Container:
    """The container at `path` of the new document, copied from the old one when it is first asked for."""
    depth = len(path)
    while path[:depth] not in copies:
        depth -= 1
    container = copies[path[:depth]]
    for end in range(depth, len(path)):
        child = _get(container, path[end])
        copy: _Container = dict(child) if isinstance(child, dict) else list(cast("list[Json]", child))
        _set(container, path[end], copy)
        copies[path[: end + 1]] = container = copy
    return container


def _make(parent: _Container, key: str | int, edits: list[Edit]) -> None:
    match edits[0]:
        case Put(value=value):
            _set(parent, key, value)
        case Drop(filler=filler):
            del cast("dict[str | int, Json]", parent)[key]
            _fill(parent, filler)
        case Unwrap(filler=filler):
            elements, index = cast("list[Json]", parent), cast("int", key)
            elements[index : index + 1] = as_list(as_object(elements[index]).get("children"))
            _fill(parent, filler)
        case Splice():
            _set(parent, key, _spliced(cast("str", _get(parent, key)), cast("list[Splice]", edits)))
        case Rename():  # all at once: two keys may swap their names
            names = {edit.old: edit.new for edit in cast("list[Rename]", edits)}
            members = cast("dict[str, Json]", _get(parent, key)).items()
            _set(parent, key, {names.get(name, name): value for name, value in members})


def _fill(parent: _Container, filler: Json) -> None:
    # Several elements may be removed one after the other: only the last removal leaves the list empty.
    if filler is not None and isinstance(parent, list) and not parent:
        parent.append(filler)


def _spliced(text: str, splices: list[Splice]) -> str:
    pieces, at = [], 0
    for splice in sorted(splices, key=attrgetter("start")):
        pieces += [text[at : splice.start], splice.text]
        at = splice.end
    return "".join([*pieces, text[at:]])


def _get(container: _Container, key: str | int) -> Json:
    return cast("dict[str | int, Json]", container)[key]


def _set(container: _Container, key: str | int, value: Json) -> None:
    cast("dict[str | int, Json]", container)[key] = value
