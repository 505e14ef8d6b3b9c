"""What people call the fields that paths lead to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject
    from stackferry.providers.reading.told import Reader


def names_of_fields(reader: Reader, row: JsonObject, paths: Iterable[str]) -> list[str]:
    """The name of each field of an object, each once; `row` says which object, as a change does."""
    found = ((reader.told({**row, "path": path}).label or path) for path in paths)
    return [*dict.fromkeys(found)]
