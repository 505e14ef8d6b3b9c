"""What stands in a snapshot in place of a credential, and values in which one may stand. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import Absent
from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.core.json_diff import Side
    from stackferry.model import Json

REDACTED: Final = "REDACTED"
REDACTED_REASON: Final = "a credential that the snapshot redacted: set it by hand"
MARK: Final = re.compile(rf"\b{REDACTED}\b")
"""A redacted credential in a text, which may hold other words too."""
NOT_HELD_REASON: Final = (
    "a credential that not both sides hold: not compared; export both with --keep-secrets to compare it"
)
_SALTED: Final = re.compile(rf"\b{REDACTED} [0-9a-f]{{32}}\b")
_UNKNOWN: Final = re.compile(rf"\b{REDACTED}\b(?! [0-9a-f]{{32}}\b)")


def is_hidden(value: str) -> bool:
    """Whether a value is nothing but what stands in place of a credential."""
    return value == REDACTED or _SALTED.fullmatch(value) is not None


def equal_but_redacted(seen: Json, wanted: Json) -> bool:
    """Whether a value of an inventory equals the wanted one. What is redacted in either is taken to be equal."""
    if isinstance(seen, dict) and isinstance(wanted, dict):
        return seen.keys() == wanted.keys() and all(
            equal_but_redacted(item, wanted[name]) for name, item in seen.items()
        )
    if isinstance(seen, list) and isinstance(wanted, list):
        return len(seen) == len(wanted) and all(map(equal_but_redacted, seen, wanted))
    is_unknown = contains_redacted(wanted) and _SALTED.sub(REDACTED, text(seen)) == wanted
    return is_unknown or (seen or None) == (wanted or None)


def is_unknown(value: Json) -> bool:
    """Whether a text had a credential of which not even a digest is left."""
    return isinstance(value, str) and MARK.search(_SALTED.sub("", value)) is not None


def without_redacted(value: Json) -> Json:
    """A value with nothing in place of the credentials that were redacted in it."""
    if isinstance(value, dict):
        return {name: without_redacted(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_redacted(item) for item in value]
    return MARK.sub("", value) if isinstance(value, str) else value


def contains_redacted(value: Json) -> bool:
    """Whether a credential was redacted somewhere in a value."""
    return next(redacted_paths(value), None) is not None


def redacted_paths(value: Json, path: str = "", mark: re.Pattern[str] = MARK) -> Iterator[str]:
    """Where in a value credentials were redacted, as JSON pointers."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from redacted_paths(item, f"{path}/{name}", mark)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from redacted_paths(item, f"{path}/{index}", mark)
    elif isinstance(value, str) and mark.search(value):
        yield path


def unknown_paths(value: Json) -> frozenset[str]:
    """Where in a value credentials are that nobody can compare: those that no digest stands for, as JSON pointers."""
    return frozenset(redacted_paths(value, mark=_UNKNOWN))


def only_one_holds(left: Side, right: Side) -> bool:
    """Whether two values differ in nothing but a credential that only one of them has a digest of."""
    if isinstance(left, Absent) or isinstance(right, Absent):
        return False
    if bool(unknown_paths(left)) == bool(unknown_paths(right)):
        return False
    return equal_but_redacted(left, right) or equal_but_redacted(right, left)


def without_digests(value: Json) -> Json:
    """The value with `REDACTED` alone where a digest stands for a credential: what people are shown."""
    if isinstance(value, dict):
        return {name: without_digests(item) for name, item in value.items()}
    if isinstance(value, list):
        return [*map(without_digests, value)]
    return _SALTED.sub(REDACTED, value) if isinstance(value, str) else value
