"""Two JSON documents side by side, exactly.

Numbers are compared by the text they are written with: 1, 1.0 and 1e0 are three values. Lists are compared in
order. The walk keeps no call stack, so documents of any depth are compared.
This module must never know what a document is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.exact_json import ExactFloat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""Stands for a value that one side does not have; null is a value."""

Side: TypeAlias = "Json | Absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """The value at `path`, a JSON pointer (RFC 6901), in both documents."""

    path: str
    left: Side
    right: Side


def differences(left: Json, right: Json) -> Iterator[Difference]:
    """Where two documents differ, outermost place only, keys in the order of their code points."""
    pending: list[tuple[str, Side, Side]] = [("", left, right)]
    while pending:
        path, a, b = pending.pop()
        if isinstance(a, dict) and isinstance(b, dict):
            keys = sorted(a.keys() | b.keys(), reverse=True)
            pending += [(f"{path}/{_escaped(key)}", a.get(key, ABSENT), b.get(key, ABSENT)) for key in keys]
        elif isinstance(a, list) and isinstance(b, list):
            places = range(max(len(a), len(b)) - 1, -1, -1)
            pending += [(f"{path}/{place}", _element(a, place), _element(b, place)) for place in places]
        elif not _same(a, b):
            yield Difference(path, a, b)


def equal(left: Json, right: Json) -> bool:
    """Whether `differences` finds none."""
    return next(differences(left, right), None) is None


def _element(items: list[Json], place: int) -> Side:
    return items[place] if place < len(items) else ABSENT


def _same(a: Side, b: Side) -> bool:
    if isinstance(a, ExactFloat) or isinstance(b, ExactFloat):
        return a == b  # it compares by text
    if isinstance(a, float) and isinstance(b, float):
        return repr(a) == repr(b)  # -0.0 is not 0.0
    return type(a) is type(b) and a == b


def without(document: Json, volatile: Iterable[str]) -> Json:
    """The document without the values at the JSON pointers of a table; the step `*` is any key or place.

    Elements of lists are taken away too, so `/publish_details/*/time` and `/_workflow` are both good. The
    document given is not altered; what nothing is taken from is shared with it.
    """
    patterns = [[_unescaped(step) for step in pointer.split("/")[1:]] for pointer in volatile]
    return _without(document, [pattern for pattern in patterns if pattern])


def _without(node: Json, patterns: list[list[str]]) -> Json:
    """As deep as the longest pattern, no deeper."""
    if isinstance(node, dict):
        members = ((key, value, _below(patterns, key)) for key, value in node.items())
        return {
            key: _without(value, rest) if rest else value for key, value, rest in members if [] not in rest
        }
    if isinstance(node, list):
        elements = ((value, _below(patterns, str(place))) for place, value in enumerate(node))
        return [_without(value, rest) if rest else value for value, rest in elements if [] not in rest]
    return node


def _below(patterns: list[list[str]], step: str) -> list[list[str]]:
    return [pattern[1:] for pattern in patterns if pattern[0] in ("*", step)]


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
