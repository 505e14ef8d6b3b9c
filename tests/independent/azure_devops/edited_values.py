"""Every value of an object changed or taken away at once, each so that a report of it can be recognized."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Path = tuple[str | int, ...]


def leaves(value: Any, at: Path = ()) -> Iterator[Path]:
    """The paths of all values that hold no others."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from leaves(one, (*at, key))
    elif isinstance(value, list) and value:
        for number, one in enumerate(value):
            yield from leaves(one, (*at, number))
    else:
        yield at


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def other(value: Any, marker: int) -> Any:
    """Another value of the same type that holds the marker; of a truth value the opposite."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + marker
    if isinstance(value, str):
        return f"{value}~{marker}"
    return {"x": f"~{marker}"} if value == {} else [f"~{marker}"] if value == [] else f"~{marker}"


def changed(raw: Any, chosen: Callable[[Path], bool]) -> tuple[Any, dict[Path, str]]:
    """A copy with other values, and what a report of each must hold; nothing for truth values."""
    copied, told = copy.deepcopy(raw), {}
    for number, path in enumerate(path for path in leaves(raw) if chosen(path)):
        value = at(raw, path)
        new = other(value, 70_000 + number)
        at(copied, path[:-1])[path[-1]] = new
        told[path] = (
            ""
            if isinstance(value, bool)
            else str(70_000 + number + (value if type(value) in (int, float) else 0))
        )
    return copied, told


def without(raw: Any, chosen: Callable[[Path], bool]) -> tuple[Any, list[Path]]:
    """A copy without these keys, of those that say something."""
    copied, gone = copy.deepcopy(raw), []
    for path in leaves(raw):
        if chosen(path) and isinstance(path[-1], str) and at(raw, path) not in (None, "", [], {}):
            del at(copied, path[:-1])[path[-1]]
            gone.append(path)
    return copied, gone


def untold(paths: dict[Path, str], differences: list[dict[str, Any]]) -> list[Path]:
    """The changes that a report does not tell: their markers, and as many truth values of each name."""
    text = str(differences)
    lost = [path for path, marker in paths.items() if marker and marker not in text]
    names = Counter(one.get("path", "").rsplit("/", 1)[-1] for one in differences)
    wanted = Counter(path[-1] for path, marker in paths.items() if not marker)
    return [*lost, *((str(name), count) for name, count in wanted.items() if names[str(name)] < count)]


def untold_keys(gone: list[Path], differences: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Names of keys that a report tells of fewer times than they have gone; one line may tell of a whole object."""
    told = Counter(
        str(key)
        for one in differences
        if one.get("right") in (None, {})
        for path in leaves(one["left"])
        for key in (one["path"].rsplit("/", 1)[-1], *path)
    )
    return [
        (name, count) for name, count in Counter(str(path[-1]) for path in gone).items() if told[name] < count
    ]
