"""JSON Schemas of what commands print with `--json`, made from the types of the reports that they serialise.

`python -m stackferry.cli.report_schema DIRECTORY` writes them, one file a command; those that are shipped are in
`stackferry/schemas`. A reader must expect more keys: later versions add some, and take none away.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints

from stackferry import exact_json
from stackferry.errors import ExitCode
from stackferry.io.storage.snapshot import Snapshot
from stackferry.library import reports
from stackferry.library.reports import (
    AbandonReport,
    ConvertReport,
    CopyPlanReport,
    ExportReport,
    ImportReport,
    PlanReport,
    RestorePlan,
    RestoreReport,
    RunReport,
    VerifyReport,
)
from stackferry.model import BUDGETS

if TYPE_CHECKING:
    from stackferry.model import JsonObject

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_NAMES: Final = {
    "Mapping": Mapping,
    "Sequence": Sequence,
    "Path": Path,
    "Snapshot": Snapshot,
    "JsonObject": dict,
}
Rows = Sequence[dict]  # type: ignore[type-arg]  # of JSON objects
_ROW: Final[JsonObject] = {"type": "object"}
_GAP: Final[JsonObject] = {
    "type": "object",
    "required": ["kind", "uid", "reason"],
    "properties": {
        name: {"type": "string"} for name in ("kind", "uid", "reason", "content_type", "locale", "path")
    },
}
# Lists of their own, each there if it is not empty (docs/living-targets.md).
_REMARKS: Final = ("alike", "conflicts", "deployed", "mapped", "meanwhile", "newer", "restored")
# Fields of reports that are printed in another way, or under another name.
_OTHERWISE: Final = frozenset({"remarks", "snapshot", "reused", "renumbered", "not_compared", "told"})
_REUSED: Final = {"base": Mapping[str, int], "reused": Mapping[str, int]}  # the same, under two names
_PLACES: Final = {"source": str, "target": str}


class Command(NamedTuple):
    """What one command prints: fields of these reports, and facts of its own, by name."""

    reports: tuple[type[RunReport], ...] = ()
    facts: Mapping[str, Any] = {}


COMMANDS: Final[Mapping[str, Command]] = {
    "export": Command((ExportReport,), {"source": str, "snapshot": str, **_REUSED}),
    "import": Command(
        (ImportReport, PlanReport, AbandonReport),
        {"snapshot": str, "target": str, "made_by": str, "html": str, "renumbered": Rows} | {"items": Rows},
    ),
    "copy": Command(
        (ImportReport, CopyPlanReport), {**_PLACES, "renumbered": Rows, "html": str, "items": Rows}
    ),
    "restore": Command((RestoreReport, RestorePlan), {"snapshot": str, "target": str, "renumbered": Rows}),
    "verify": Command((VerifyReport,), {"snapshot": str, "target": str, "not_compared": Rows}),
    "diff": Command((VerifyReport,), {"a": str, "b": str, "html": str, "not_compared": Rows}),
    "convert": Command((ConvertReport,), {"source": str, "out": str}),
    "backup": Command((), {"into": str, "stacks": Rows, "unused": Rows}),
    "snapshots": Command((), {"directory": str, "snapshots": Rows, "disk_bytes": int, "written": int}),
    "forget": Command((), {"snapshots": Rows, "problems": Rows, "freed_bytes": int, "dry_run": bool}),
    "show": Command(
        (),
        {
            "source": dict,
            "options": dict,
            "master_locale": str,
            "rows": Rows,
            "vanished": Rows,
            "redacted": Sequence[str],
            "unfinished": Sequence[str],
            "watermark": str,
            "made_at": str,
            "note": str,
            "html": str,
            "snapshot": str,
            "made_by": str,
            "published": Rows,
            "gap_sorts": Rows,
            "releases": Sequence[str],
            "by_locale": Mapping[str, Mapping[str, int]],
            "sums": dict,
        },
    ),
    "ls": Command((), {"rows": Rows}),
    "cat": Command((), {"found": Rows, "rows": Rows}),
    "places": Command((), {"places": Rows}),
    "mapping": Command((), {"snapshot": str, "target": str, "mapping": Rows, "file": str}),
    "identities": Command((), {"target": str, "rows": Rows, "out": str}),
    "evidence": Command(
        (),
        {"rows": Rows, "sources": Rows, "archives": Rows, "csv": str, "html": str}
        | {"may_conclude": Sequence[str], "may_not_conclude": Sequence[str]},
    ),
}


def schemas() -> dict[str, JsonObject]:
    """The schema of each command, by its name; of commands on a live place the one called `live`."""
    found = {name: _schema(name, command) for name, command in COMMANDS.items()}
    # The answer of the service is in the report as it came, so little is known of it.
    live = _schema("live", Command((), {"place": str, "answers": Rows}))
    return {**found, "live": {**live, "properties": {**_properties_of(live), "command": {"type": "string"}}}}


def _properties_of(schema: JsonObject) -> JsonObject:
    found = schema["properties"]
    assert isinstance(found, dict)  # noqa: S101 - it was made so
    return found


def _schema(name: str, command: Command) -> JsonObject:
    own: JsonObject = {}
    for report in command.reports:
        own |= _fields(report)
    own |= {fact: _of_type(kind) for fact, kind in command.facts.items()}
    return {
        "$schema": _DIALECT,
        "title": f"stackferry {name} --json",
        "type": "object",
        "required": ["command", "ok", "exit_code", "requests", "objects", "gaps", "seconds"],
        "properties": {**own, **_head(name)},
    }


def _head(name: str) -> JsonObject:
    """What every command prints."""
    count: JsonObject = {"type": "integer", "minimum": 0}
    rows: JsonObject = {"type": "array", "items": _ROW}
    return {
        "command": {"const": name},
        "ok": {"type": "boolean"},
        "exit_code": {"enum": [int(code) for code in ExitCode]},
        "error": {"type": "string"},
        "seconds": {"type": "number", "minimum": 0},
        "requests": {
            "type": "object",
            "required": [*BUDGETS],
            "properties": dict.fromkeys(BUDGETS, count),
        },
        "minimum": {"type": "object", "additionalProperties": count},
        "objects": {"type": "object", "additionalProperties": count},
        "gaps": {"type": "array", "items": _GAP},
        "limits": rows,
        "left": rows,
        **dict.fromkeys(_REMARKS, rows),
    }


class _Names(dict[str, Any]):
    """What the annotations of reports name; a class that is printed in another way may be any object."""

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            raise KeyError(name)
        return object


def _fields(report: type[RunReport]) -> JsonObject:
    """The fields of a report's class, those of its bases among them."""
    hints = get_type_hints(report, globalns={**vars(reports)}, localns=_Names(_NAMES))
    return {one.name: _of_type(hints[one.name]) for one in fields(report) if one.name not in _OTHERWISE}


_PLAIN: Final[Mapping[Any, str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    Path: "string",
    NoneType: "null",
    dict: "object",
}


def _of_type(kind: Any) -> JsonObject:
    """The schema of a type that reports use. Raises KeyError for any other."""
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [_of_type(one) for one in inner]}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of_type(inner[1])}
    if origin is Sequence:
        return {"type": "array", "items": _of_type(inner[0])}
    raise KeyError(f"no schema for {kind}")


def write(directory: Path) -> None:
    """Write the file of each schema."""
    import json

    for name, schema in schemas().items():
        text = json.dumps(exact_json.loads(exact_json.dumps(schema)), indent=1, ensure_ascii=False)
        (directory / f"{name}.schema.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
