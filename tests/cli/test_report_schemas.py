"""The schemas of `--json`: made from the types, shipped, and true of what commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE, TARGET
from report_validation import HAS_VALIDATOR, schema, validated

from repository import ROOT
from stackferry.cli.report_schema import COMMANDS, schemas, write

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

SHIPPED = ROOT / "src" / "stackferry" / "schemas"


def test_what_is_shipped_is_what_the_types_say(tmp_path: Path) -> None:
    """`python -m stackferry.cli.report_schema src/stackferry/schemas` writes them."""
    write(tmp_path)
    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert {path.name: path.read_text("utf-8") for path in SHIPPED.glob("*.json")} == made
    assert {*schemas()} == {*COMMANDS, "live"}


@pytest.mark.skipif(not HAS_VALIDATOR, reason="jsonschema is not installed")
def test_a_report_that_is_not_what_the_schema_says_is_found(emulated: CommandLine) -> None:
    from jsonschema import ValidationError

    report = emulated.run("export", emulated.place(SOURCE), emulated.home / "a", *FAST, "--json").report
    for wrong in (
        {"ok": 1},
        {"gaps": [{"kind": "x"}]},
        {"requests": {"read": 1}},
        {"exit_code": 8},
        {"base": 1},
    ):
        with pytest.raises(ValidationError):
            validated({**report, **wrong})


def test_every_key_of_the_main_commands_is_described(emulated: CommandLine) -> None:
    """Reports may have more keys than their schema, but ours have none now."""
    source, target, snapshot = emulated.place(SOURCE), emulated.place(TARGET), emulated.home / "snapshot"
    runs: list[tuple[Any, ...]] = [
        ("export", source, snapshot, *FAST),
        ("export", source, emulated.home / "next", "--base", snapshot, *FAST),
        ("import", snapshot, target, "--dry-run", *FAST),
        ("import", snapshot, target, *FAST),
        ("verify", snapshot),
        ("verify", snapshot, "--against", target, *FAST),
        ("diff", snapshot, target, *FAST),
        ("copy", source, emulated.place(TARGET, "redesign"), "--dry-run", *FAST),
        ("copy", source, emulated.place(TARGET, "redesign"), *FAST),
        ("restore", "bltpage00000", "--from", snapshot, target, *FAST),
        ("convert", snapshot, emulated.home / "out", "--to", "csdx"),
        ("ls", snapshot, "entries"),
        ("cat", snapshot, "entries", "bltpage00000"),
        ("places", source),
        ("backup", source, target, "--into", emulated.home / "nights", *FAST),
        ("snapshots", emulated.home / "nights", "--write-gaps", emulated.home / "gaps.toml"),
        ("forget", emulated.home / "nights", "--keep-last", 1),
        ("export", source, snapshot, *FAST),  # refused: it is complete
    ]
    for words in runs:
        report = emulated.run(*words, "--json").report
        assert {*report} - {*schema(report["command"])["properties"]} == set(), words
