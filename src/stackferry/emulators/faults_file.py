"""Reads a file of scripted faults: TOML, or JSON of the same shape. docs/reliability.md explains every key.

    seed = 7
    [[fault]]
    route = "POST /content_types/{}/entries/import"
    nth = 3
    then = "reset"

An unknown key or value is a `UsageError` that names the fault and the key: a fault that never happens would make a
rehearsal pass that proves nothing.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from stackferry import exact_json
from stackferry.emulators.faults import ALWAYS, Fault, FaultScript
from stackferry.errors import JsonRefused, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ROUTE: Final = re.compile(r"(?:(GET|HEAD|POST|PUT|PATCH|DELETE)\s+)?(/\S*|\*\*)")
_VERSION: Final = r"/v\d+"  # as in /v3/locales
_CARRIED_OUT: Final = {"before": False, "after": True}
_ENDINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "answer": {},
    "reset": {"reset": True},  # before the head
    "close": {"keep": 0},  # after the head
    "truncate": {"keep": 20},  # bytes: within the first field of a JSON answer
}
_NUMBERS: Final[Mapping[str, tuple[type, ...]]] = {
    "wait": (int, float),
    "drip": (int, float),
    "chunked": (bool,),
    "keep": (int,),
    "length": (int,),
    "status": (int,),
}
_KEYS: Final = {"route", "nth", "times", "chance", "act", "then", "body", "headers", *_NUMBERS}


def read_faults_file(path: Path) -> FaultScript:
    """The faults in a file. Raises `UsageError`, naming the file and the fault, for anything else."""
    try:
        content = _load(path)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, JsonRefused) as error:
        raise UsageError(f"the faults file {path} cannot be read: {error}") from error
    if unknown := set(content) - {"seed", "fault"}:
        raise UsageError(f"{path}: {', '.join(sorted(unknown))}: a faults file holds 'seed' and 'fault'")
    rows, seed = content.get("fault"), content.get("seed", 0)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{path}: 'fault' must be a list of faults ([[fault]] in TOML)")
    if not isinstance(seed, int):
        raise UsageError(f"{path}: 'seed' must be a whole number")
    return FaultScript(
        [_fault(row, f"{path}: fault {number}") for number, row in enumerate(rows, 1)], seed=seed
    )


def _load(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if path.suffix.lower() != ".json":
        return tomllib.loads(data.decode())
    content = exact_json.loads(data)
    if not isinstance(content, dict):
        raise UsageError(f"{path}: a faults file is an object with 'seed' and 'fault'")
    return content


def _fault(row: Mapping[str, Any], where: str) -> Fault:
    """One fault; `where` begins its error messages."""
    if unknown := set(row) - _KEYS:
        raise UsageError(
            f"{where}: {', '.join(sorted(unknown))}: unknown; known are {', '.join(sorted(_KEYS))}"
        )
    numbers = _checked_numbers(row, where)
    method, pattern = _route(str(row.get("route", "**")), where)
    chance, headers = row.get("chance", 1), row.get("headers", {})
    if not isinstance(chance, int | float) or not 0 < chance <= 1:
        raise UsageError(f"{where}: chance = {chance!r}: not a number above 0, up to 1")
    if not isinstance(headers, dict):
        raise UsageError(f"{where}: headers must be a table of names and values")
    return Fault(
        method=method,
        path=pattern,
        after=_number(row, "nth", 1, where) - 1,
        times=ALWAYS if row.get("times") == "always" else _number(row, "times", 1, where),
        chance=float(chance),
        # A status in place of the service's answer means that it did nothing; a damaged answer is one that it gave.
        carried_out=_option(row, "act", "before" if "status" in row else "after", _CARRIED_OUT, where),
        body=str(row.get("body", "")).encode(),
        headers=tuple((str(name).lower(), str(value)) for name, value in headers.items()),
        **{**_option(row, "then", "answer", _ENDINGS, where), **numbers},
    )


def _checked_numbers(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    numbers: dict[str, Any] = {name: row[name] for name in _NUMBERS if name in row}
    for name, value in numbers.items():
        kinds = _NUMBERS[name]
        if not isinstance(value, kinds) or numbers[name] < 0:
            raise UsageError(f"{where}: {name} = {value!r}: not a {kinds[0].__name__} of 0 or more")
    return numbers


def _route(route: str, where: str) -> tuple[str, str]:
    """The method (empty: any) and the regular expression for path and query of a route such as `GET /a/{}/b`.

    A version prefix such as `/v3` may be left out of the route, as an API's pages leave it out.
    """
    found = _ROUTE.fullmatch(route.strip())
    if found is None:
        raise UsageError(
            f"{where}: route = {route!r}: expected METHOD /path, such as GET /content_types/{{}}/entries"
        )
    method, path = found.groups()
    if path == "**":
        return method or "", ""
    return method or "", _pattern(path)


def _pattern(path: str) -> str:
    parts = re.split(r"(\*\*|\{[^}]*\}|\*)", re.sub(rf"^{_VERSION}(?=/)", "", path))
    pattern = "".join(".*" if part == "**" else "[^/?]+" if number % 2 else re.escape(part)
                      for number, part in enumerate(parts))  # fmt: skip
    return f"^({_VERSION})?{pattern}" + ("$" if "?" in path else r"(\?|$)")


def _number(row: Mapping[str, Any], name: str, default: int, where: str) -> int:
    value = row.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{where}: {name} = {value!r}: not a whole number of 1 or more")
    return value


def _option(row: Mapping[str, Any], name: str, default: str, known: Mapping[str, Any], where: str) -> Any:
    value = row.get(name, default)
    if value not in known:
        raise UsageError(f"{where}: {name} = {value!r}: it is one of {', '.join(known)}")
    return known[value]
