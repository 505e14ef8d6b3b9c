"""Reads a file of scripted faults: TOML, or JSON of the same shape. docs/reliability.md is its page.

    seed = 7
    [[fault]]
    route = "POST /content_types/{}/entries/import"
    nth = 3
    then = "reset"

Must never guess: what it does not know is a `UsageError` that names the fault and the word.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from stackferry import exact_json
from stackferry.emulators.contentstack.faults import ALWAYS, Fault, Script
from stackferry.errors import JsonRefused, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ROUTE: Final = re.compile(r"(?:(GET|HEAD|POST|PUT|PATCH|DELETE)\s+)?(/\S*|\*\*)")
_BEFORE: Final = {"before": False, "after": True}
_WAYS: Final[Mapping[str, Mapping[str, Any]]] = {
    "answer": {},
    "reset": {"reset": True},
    "close": {"keep": 0},
    "truncate": {"keep": 20},
}
_PLAIN: Final[Mapping[str, tuple[type, ...]]] = {
    "wait": (int, float),
    "drip": (int, float),
    "chunked": (bool,),
    "keep": (int,),
    "length": (int,),
    "status": (int,),
}
_KNOWN: Final = {"route", "nth", "times", "chance", "act", "then", "body", "headers", *_PLAIN}


def read_script(path: Path) -> Script:
    """The script in a file. Raises UsageError, naming the place, for a file that says something else."""
    try:
        told = _load(path)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, JsonRefused) as error:
        raise UsageError(f"the faults file {path} cannot be read: {error}") from error
    if strange := set(told) - {"seed", "fault"}:
        raise UsageError(f"{path}: {', '.join(sorted(strange))}: a faults file holds 'seed' and 'fault'")
    rows, seed = told.get("fault"), told.get("seed", 0)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{path}: 'fault' is to be a list of faults ([[fault]] in TOML)")
    if not isinstance(seed, int):
        raise UsageError(f"{path}: 'seed' is to be a whole number")
    return Script([_fault(row, f"{path}: fault {number}") for number, row in enumerate(rows, 1)], seed=seed)


def _load(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if path.suffix.lower() != ".json":
        return tomllib.loads(data.decode())
    told = exact_json.loads(data)
    if not isinstance(told, dict):
        raise UsageError(f"{path}: a faults file is an object with 'seed' and 'fault'")
    return told


def _fault(row: Mapping[str, Any], where: str) -> Fault:
    """One fault of the file."""
    if strange := set(row) - _KNOWN:
        raise UsageError(
            f"{where}: {', '.join(sorted(strange))}: unknown; known are {', '.join(sorted(_KNOWN))}"
        )
    for name, kinds in _PLAIN.items():
        if name in row and (not isinstance(row[name], kinds) or row[name] < 0):
            raise UsageError(f"{where}: {name} = {row[name]!r}: not a {kinds[0].__name__} from 0 on")
    method, pattern = _route(str(row.get("route", "**")), where)
    facts = {name: row[name] for name in _PLAIN if name in row}
    return Fault(
        method=method,
        path=pattern,
        after=_number(row, "nth", 1, where) - 1,
        times=ALWAYS if row.get("times") == "always" else _number(row, "times", 1, where),
        chance=_chance(row, where),
        carried_out=_choice(row, "act", _acts(row), _BEFORE, where),
        body=str(row.get("body", "")).encode(),
        headers=_headers(row, where),
        **{**_choice(row, "then", "answer", _WAYS, where), **facts},
    )


def _acts(row: Mapping[str, Any]) -> str:
    """A refusal in place of the service comes before it acts; a harmed answer is one that it gave."""
    return "before" if "status" in row else "after"


def _route(route: str, where: str) -> tuple[str, str]:
    """The method (empty: any) and the pattern of the path that a route means."""
    found = _ROUTE.fullmatch(route.strip())
    if found is None:
        raise UsageError(
            f"{where}: route = {route!r}: it reads METHOD /path, such as GET /content_types/{{}}/entries"
        )
    method, path = found.groups()
    if path == "**":
        return method or "", ""
    parts = re.split(r"(\*\*|\{[^}]*\}|\*)", path.removeprefix("/v3"))
    pattern = "".join(".*" if part == "**" else "[^/?]+" if number % 2 else re.escape(part)
                      for number, part in enumerate(parts))  # fmt: skip
    return method or "", f"^(/v3)?{pattern}" + ("$" if "?" in path else r"(\?|$)")


def _number(row: Mapping[str, Any], name: str, default: int, where: str) -> int:
    value = row.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{where}: {name} = {value!r}: not a whole number from 1 on")
    return value


def _chance(row: Mapping[str, Any], where: str) -> float:
    value = row.get("chance", 1)
    if not isinstance(value, int | float) or not 0 < value <= 1:
        raise UsageError(f"{where}: chance = {value!r}: not a number above 0, up to 1")
    return float(value)


def _choice(row: Mapping[str, Any], name: str, default: str, known: Mapping[str, Any], where: str) -> Any:
    value = row.get(name, default)
    if value not in known:
        raise UsageError(f"{where}: {name} = {value!r}: it is one of {', '.join(known)}")
    return known[value]


def _headers(row: Mapping[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    headers = row.get("headers", {})
    if not isinstance(headers, dict):
        raise UsageError(f"{where}: headers are to be a table of names and values")
    return tuple((str(name).lower(), str(value)) for name, value in headers.items())
