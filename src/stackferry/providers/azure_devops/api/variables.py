"""Variables as the service takes and shows them: an object by name, never a list, which it ignores in silence. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import Json, JsonObject


def variables(given: Mapping[str, Json]) -> JsonObject:
    """Variables as the service takes them: an object by name, each with its `value`."""
    return {name: value if isinstance(value, dict) else {"value": value} for name, value in given.items()}


def ignored(given: Mapping[str, Json], held: JsonObject) -> Iterator[str]:
    """The names of variables that were sent and that an answer does not have. Secret values are never shown."""
    by_name = {name.lower(): as_object(value) for name, value in held.items()}
    for name, value in variables(given).items():
        found, sent = by_name.get(name.lower()), as_object(value)
        is_secret = sent.get("isSecret") is True or as_object(found).get("isSecret") is True
        if found is None or (not is_secret and found.get("value") != sent.get("value")):
            yield name
