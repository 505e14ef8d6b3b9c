"""The exact differences between two JSON documents.

Numbers are compared by the text they are written with: 1, 1.0 and 1e0 are three values. Lists are compared in order.
Nothing is recursive, so documents of any depth are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.exact_json import ExactFloat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""In place of a value that one document does not have; null is a value."""

Side: TypeAlias = "Json | Absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """The value at `path`, a JSON pointer (RFC 6901), in both documents."""

    path: str
    left: Side
    right: Side


def differences(left: Json, right: Json) -> Iterator[Difference]:
    """Where two documents differ, at the outermost place only; keys in the order of their code points."""
    pending: list[tuple[str, Side, Side]] = [("", left, right)]  # a stack: children go on it last first
    while pending:
        path, a, b = pending.pop()
        if isinstance(a, dict) and isinstance(b, dict):
            keys = sorted(a.keys() | b.keys(), reverse=True)
            pending += [(f"{path}/{escaped(key)}", a.get(key, ABSENT), b.get(key, ABSENT)) for key in keys]
        elif isinstance(a, list) and isinstance(b, list):
            indexes = range(max(len(a), len(b)) - 1, -1, -1)
            pending += [(f"{path}/{index}", _element(a, index), _element(b, index)) for index in indexes]
        elif not _same(a, b):
            yield Difference(path, a, b)


def equal(left: Json, right: Json) -> bool:
    """Whether two documents do not differ."""
    return next(differences(left, right), None) is None


def _element(items: list[Json], index: int) -> Side:
    return items[index] if index < len(items) else ABSENT


def _same(a: Side, b: Side) -> bool:
    if isinstance(a, ExactFloat) or isinstance(b, ExactFloat):
        return a == b  # ExactFloat compares by its text
    if isinstance(a, float) and isinstance(b, float):
        return repr(a) == repr(b)  # -0.0 is not 0.0
    return type(a) is type(b) and a == b  # True is not 1


def escaped(key: str) -> str:
    """A key as a step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
