"""Holds what commands print with `--json` to the schemas that are shipped.

jsonschema is a dependency of the tests because a validator of our own would share our reading of the specification.
Where it is not installed nothing is checked here; `test_report_schemas.py` says so by being skipped.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from importlib.util import find_spec
from typing import Any

HAS_VALIDATOR = find_spec("jsonschema") is not None


@cache
def schema(name: str) -> Any:
    """The schema of a command; of one on a live place the one that these have in common."""
    files = resources.files("stackferry.schemas")
    file = files / f"{name}.schema.json"
    return json.loads((file if file.is_file() else files / "live.schema.json").read_text("utf-8"))


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema(name))
    return Draft202012Validator(schema(name))


def validated(report: Any) -> Any:
    """The report; raises jsonschema's ValidationError where it is not what its schema says."""
    if HAS_VALIDATOR and isinstance(report, dict) and "command" in report:
        _validator(str(report["command"])).validate(report)
    return report
