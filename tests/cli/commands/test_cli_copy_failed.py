"""What the report of a copy holds that failed after its export half."""

from __future__ import annotations

from typing import Any

import pytest
from command_line import FAST, SOURCE, TARGET, CommandLine

HALF = {"entries": 6, "versions": 3, "content_types": 1, "assets": 1}


def failed(cli: CommandLine, *words: str) -> Any:
    """A copy of the entries alone: the target lacks the content type that they need."""
    result = cli.run(
        "copy", cli.place(SOURCE), cli.place(TARGET), "--only", "entries", "--json", *words, *FAST
    )
    assert result.code == 2
    return result.report


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_a_failed_copy_reports_its_export(cli: CommandLine, words: tuple[str, ...]) -> None:
    """The export half was complete: its objects and its fewest requests are in the report, beside the error."""
    report = failed(cli, *words)
    assert "page" in report["error"]
    assert {kind: report["objects"][kind] for kind in HALF} == HALF
    assert report["minimum"]["read"] > 0
    assert report["requests"]["read"] >= report["minimum"]["read"]


def test_a_failed_dry_run_says_what_it_assumed(cli: CommandLine) -> None:
    """`on_conflict` is in the report even where nothing was compared."""
    assert failed(cli, "--dry-run")["on_conflict"] == "update"
    assert failed(cli, "--dry-run", "--on-conflict", "skip")["on_conflict"] == "skip"
