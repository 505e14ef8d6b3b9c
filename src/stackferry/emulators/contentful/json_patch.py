"""JSON Patch (RFC 6902): add, replace, remove, test, move and copy.

As the service does it, nothing can be added below a field that is not set: the parent must be there.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import ApiError, bad_request
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from stackferry.model import Json


def patched(value: Json, operations: Json) -> Json:
    """A copy of the value with the operations carried out. Raises 400, and 422 for a path that is not there."""
    if not isinstance(operations, list):
        raise bad_request("A patch is a list of operations.")
    result = copy.deepcopy(value)
    for row in operations:
        result = _carried_out(result, {**as_object(row)})
    return result


def _carried_out(value: Json, row: dict[str, Json]) -> Json:
    name, path = text(row.get("op")), _parts(row.get("path"))
    if name in ("move", "copy"):
        source = _parts(row.get("from"))
        row["value"] = copy.deepcopy(_get(value, source))
        if name == "move":
            _remove(value, source)
        name = "add"
    if name in ("add", "replace") and "value" in row:
        return _set(value, path, row["value"], must_exist=name == "replace")
    if name == "remove":
        _remove(value, path)
    elif name == "test":
        if _get(value, path) != row.get("value"):
            raise ApiError(422, "ValidationFailed", "A test of the patch failed.")
    else:
        raise bad_request(f"There is no operation {name!r}.")
    return value


def _parts(path: Json) -> list[str]:
    if not isinstance(path, str) or (path and not path.startswith("/")):
        raise bad_request("A path begins with '/'.")
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _missing(path: list[str]) -> ApiError:
    return ApiError(422, "ValidationFailed", f"The path /{'/'.join(path)} is not there.")


def _get(value: Json, path: list[str]) -> Json:
    for number, part in enumerate(path):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise _missing(path[: number + 1])
    return value


def _set(value: Json, path: list[str], new: Json, *, must_exist: bool) -> Json:
    if not path:
        return new
    parent, last = _get(value, path[:-1]), path[-1]
    if must_exist:
        _get(value, path)
    if isinstance(parent, dict):
        parent[last] = new
    elif isinstance(parent, list) and _is_place(last, len(parent)):
        at = len(parent) if last == "-" else int(last)
        parent[at : at + must_exist] = [new]
    else:
        raise _missing(path)
    return value


def _is_place(name: str, length: int) -> bool:
    """Whether a list of this length takes an item there: `-` is behind the last one."""
    return name == "-" or (name.isdigit() and int(name) <= length)


def _remove(value: Json, path: list[str]) -> None:
    _get(value, path)
    parent, last = _get(value, path[:-1]), path[-1]
    if isinstance(parent, list):
        del parent[int(last)]
    elif isinstance(parent, dict):
        del parent[last]
