"""Whether the fields of options hold what their types say: a program may pass anything.

A text in place of a set of names is the mistake to look for: it is a set of its letters, and would choose other things
than were meant without any error. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields
from typing import Any, Final

from stackferry.errors import UsageError

_WORDS: Final[Mapping[type, str]] = {
    str: "a text",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    frozenset: "a set of names",
    dict: "a mapping of names to names",
}
_NONE_TOO: Final = frozenset({"with_references"})  # all levels


def settle(options: Any) -> None:
    """Turn collections of names into frozensets, in a frozen dataclass that was just made.

    A field is what its default is; one whose default is None may be anything. Raises UsageError for any other value.
    """
    for name, kind in _kinds(type(options)):
        value = getattr(options, name)
        if type(value) is kind or (value is None and name in _NONE_TOO):
            continue
        object.__setattr__(options, name, _settled(options, name, value, kind))


def _kinds(options: type) -> tuple[tuple[str, type], ...]:
    """The fields of a class of options, and the types of their defaults."""
    defaults = (
        (one.name, one.default if one.default_factory is MISSING else one.default_factory())
        for one in fields(options)
    )
    return tuple((name, type(default)) for name, default in defaults if default is not None)


def _settled(options: Any, name: str, value: Any, kind: type) -> Any:
    """A value of another type, as the field has it."""
    if kind is frozenset and _is_names(value):
        return frozenset(value)
    if isinstance(value, kind if kind is not dict else Mapping) and not isinstance(value, bool):
        return value
    if kind is float and type(value) is int:
        return float(value)
    what = _WORDS.get(kind, f"a {kind.__name__}")
    hint = f": {{{value!r}}}" if kind is frozenset and isinstance(value, str) and value else ""
    raise UsageError(f"{type(options).__name__}: {name}={value!r}: it must be {what}{hint}")


def _is_names(value: Any) -> bool:
    is_collection = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)
    return is_collection and all(isinstance(one, str) for one in value)
