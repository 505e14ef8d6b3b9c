"""Changes to a JSON document, named by path and made all at once.

Whoever looks for something in a document describes changes as values; `apply_edits` makes a new document of them.
So looking and changing can never disagree, and a document of any depth costs no call stack.
This module must never know what a document is about, and never alter the document it was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias, cast

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
    """Take the list element or the key at `path` away; a list left empty gets `filler`, unless None."""

    path: Path
    filler: Json = None


@dataclass(frozen=True, slots=True)
class Unwrap:
    """Replace the list element at `path` by its own `children`; a list left empty gets `filler`."""

    path: Path
    filler: Json = None


@dataclass(frozen=True, slots=True)
class Rename:
    """Give the key `old` of the object at `path` another name, in its place."""

    path: Path
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Splice:
    """Replace characters `start` to `end` of the text at `path`."""

    path: Path
    start: int
    end: int
    text: str


Edit: TypeAlias = Put | Drop | Unwrap | Rename | Splice
_Node: TypeAlias = "dict[str, Json] | list[Json]"


def apply_edits(document: Json, edits: Iterable[Edit]) -> Json:
    """A new document with every edit made. What no edit touches is shared with the old one, not copied.

    Paths are those of the document as given. An outer edit outweighs those inside of what it takes away. Of
    several edits of one value (not splices, not renames) one is made.
    """
    holder: list[Json] = [document]
    copies: dict[Path, _Node] = {(): holder}
    backwards = sorted(edits, key=attrgetter("path"), reverse=True)  # an index stays good until it is used
    for path, together in groupby(backwards, key=attrgetter("path")):
        place: Path = (0, *path)
        _make(_own(copies, place[:-1]), place[-1], list(together))
    return holder[0]


def _own(copies: dict[Path, _Node], path: Path) -> _Node:
    """The container at `path`, copied once so that it may be altered."""
    known = len(path)
    while path[:known] not in copies:
        known -= 1
    node = copies[path[:known]]
    for end in range(known, len(path)):
        child = _get(node, path[end])
        copy: _Node = dict(child) if isinstance(child, dict) else list(cast("list[Json]", child))
        _set(node, path[end], copy)
        copies[path[: end + 1]] = node = copy
    return node


def _make(parent: _Node, key: str | int, edits: list[Edit]) -> None:
    match edits[0]:
        case Put(value=value):
            _set(parent, key, value)
        case Drop(filler=filler):
            del cast("dict[str | int, Json]", parent)[key]
            _fill(parent, filler)
        case Unwrap(filler=filler):
            _unwrap(cast("list[Json]", parent), cast("int", key))
            _fill(parent, filler)
        case Splice():
            _set(parent, key, _spliced(cast("str", _get(parent, key)), cast("list[Splice]", edits)))
        case Rename():
            names = {edit.old: edit.new for edit in cast("list[Rename]", edits)}
            members = cast("dict[str, Json]", _get(parent, key)).items()
            _set(parent, key, {names.get(name, name): value for name, value in members})


def _unwrap(parent: list[Json], index: int) -> None:
    children = cast("dict[str, Json]", parent[index]).get("children")
    parent[index : index + 1] = children if isinstance(children, list) else []


def _fill(parent: _Node, filler: Json) -> None:
    if filler is not None and isinstance(parent, list) and not parent:
        parent.append(filler)


def _spliced(text: str, splices: list[Splice]) -> str:
    pieces, done = [], 0
    for splice in sorted(splices, key=attrgetter("start")):
        pieces += [text[done : splice.start], splice.text]
        done = splice.end
    return "".join([*pieces, text[done:]])


def _get(node: _Node, key: str | int) -> Json:
    return cast("dict[str | int, Json]", node)[key]


def _set(node: _Node, key: str | int, value: Json) -> None:
    cast("dict[str | int, Json]", node)[key] = value
