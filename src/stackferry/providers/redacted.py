"""What stands in a snapshot in place of a credential, and values in which one may stand. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json

REDACTED: Final = "REDACTED"
REDACTED_REASON: Final = "a credential that the snapshot redacted: set it by hand"
MARK: Final = re.compile(rf"\b{REDACTED}\b")
"""A redacted credential in a text, which may hold other words too."""
_SALTED: Final = re.compile(rf"\b{REDACTED} [0-9a-f]{{32}}\b")


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


def contains_redacted(value: Json) -> bool:
    """Whether a credential was redacted somewhere in a value."""
    return next(redacted_paths(value), None) is not None


def redacted_paths(value: Json, path: str = "") -> Iterator[str]:
    """Where in a value credentials were redacted, as JSON pointers."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from redacted_paths(item, f"{path}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from redacted_paths(item, f"{path}/{index}")
    elif isinstance(value, str) and MARK.search(value):
        yield path
