"""Whether every switch of an emulator has a value that it can have: a wrong one would silently be the other one.

Knows no vendor.
"""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Mapping


def refuse_unknown_values(switches: object) -> None:
    """Raise ValueError for the first field of a dataclass whose value is none of its annotation's.

    Fields are of `Literal`, `bool`, `int`, `float`, or one of these or None.
    """
    for name, annotation in _annotations(type(switches)).items():  # type: ignore[arg-type] # a class can be hashed
        value = getattr(switches, name)
        if not _is_one_of(value, annotation):
            raise ValueError(f"the switch {name} cannot be {value!r}: it is {_words(annotation)}")


@cache
def _annotations(of: type) -> Mapping[str, Any]:
    return get_type_hints(of)


def _is_one_of(value: object, annotation: Any) -> bool:
    if get_origin(annotation) is Literal:
        return any(type(value) is type(one) and value == one for one in get_args(annotation))
    if isinstance(annotation, UnionType):
        return any(_is_one_of(value, one) for one in get_args(annotation))
    return type(value) is annotation or (annotation is float and type(value) is int)


def _words(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(map(repr, get_args(annotation)))
    if isinstance(annotation, UnionType):
        return " or ".join(map(_words, get_args(annotation)))
    return "None" if annotation is NoneType else f"of type {annotation.__name__}"
