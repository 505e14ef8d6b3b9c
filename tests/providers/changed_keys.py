"""Documents changed in one place at a time: for tests that a comparison sees every key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Stream

Path = tuple[str | int, ...]


class Row(NamedTuple):
    """A record of the target and its key."""

    stream: Stream
    uid: str
    number: int
    body: JsonObject


def changes(body: Any, path: Path = ()) -> Iterator[tuple[str, Any]]:
    """Every place of a document with the document changed there: a value, a key less, a key more, another order."""
    whole = body

    def changed(at: Path, change: Any) -> Any:
        copy: Any = json.loads(json.dumps(whole))
        inner = copy
        for step in at[:-1]:
            inner = inner[step]
        change(inner, at[-1])
        return copy

    def walk(value: Any, at: Path) -> Iterator[tuple[str, Any]]:
        name = "/".join(map(str, at))
        if isinstance(value, dict):
            added = changed((*at, "invented_key"), lambda inner, key: inner.__setitem__(key, "new"))
            yield f"{name}/invented_key".lstrip("/"), added
            for key, inner in value.items():
                if inner not in (None, "", [], {}):  # what is empty counts as absent
                    yield "/".join(map(str, (*at, key))), changed((*at, key), lambda one, key: one.pop(key))
                yield from walk(inner, (*at, key))
        elif isinstance(value, list):
            if len(value) > 1 and value[0] != value[1]:
                yield name, changed(at, lambda one, key: one[key].reverse())
            for number, inner in enumerate(value):
                yield from walk(inner, (*at, number))
        else:
            yield name, changed(at, lambda one, key: one.__setitem__(key, other(one[key])))

    yield from walk(body, path)


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 7 if isinstance(value, int | float) else f"{value or 'was empty'}x"
