"""What a person sees while a run goes on, and what a log does not."""

from __future__ import annotations

import re

import pytest
from command_line import FAST, SOURCE, TARGET, CommandLine, at_a_terminal

from stackferry.cli import summary
from stackferry.cli.report import Report


def test_a_terminal_has_bars_and_a_pipe_has_none(cli: CommandLine) -> None:
    """Bars come and go at a terminal: done, all, time to come. A file gets the last lines alone."""
    cli.emulator.latency = 0.2
    result = at_a_terminal(cli, "export", cli.place(SOURCE), cli.home / "one", "--rate", "8")
    assert re.search(r"(basics|contents|older versions) .* of \d+ .*\d\d:\d\d < ", result)
    assert re.search(r"\d+\.\d of 8 reads/s", result)
    piped = cli.run("export", cli.place(SOURCE), cli.home / "two", *FAST).err
    assert "\r" not in piped
    assert piped.startswith("Exported ")


@pytest.mark.parametrize("option", ["--quiet", "--log-format=json"])
def test_quiet_and_json_messages_have_no_bars(cli: CommandLine, option: str) -> None:
    """Neither --quiet nor JSON messages come with bars."""
    assert "\r\x1b" not in at_a_terminal(cli, "export", cli.place(SOURCE), cli.home / "one", option, *FAST)


def test_the_bar_of_an_import_counts_towards_the_whole_from_the_start(cli: CommandLine) -> None:
    """From its first moment the bar of an import counts towards the whole."""
    snapshot = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    cli.emulator.latency = 0.02
    result = at_a_terminal(cli, "import", snapshot, cli.place(TARGET), *FAST)
    assert re.search(r" 0 of 1[0-9] ", result)


def test_gaps_of_one_sort_are_one_line_with_their_number() -> None:
    """A thousand gaps of one sort are one line with their number; other sorts are not drowned."""
    lost = [
        {"kind": "files", "uid": f"blt{number}", "reason": f"its bytes {number}"} for number in range(1000)
    ]
    gaps = [*lost, {"kind": "roles", "uid": "blt_r", "locale": "fr-fr", "reason": "not given"}]
    lines = list(summary.gap_lines([{**gap} for gap in gaps], "the manifest"))
    assert lines == [
        "  1,001 gaps: what the source has and did not arrive",
        "    files blt0 - its bytes 0 (and 999 more like it)",
        "    roles blt_r fr-fr - not given",
        "    all of them: the manifest",
    ]


def test_requests_and_times_are_printed_for_people() -> None:
    """Numbers are grouped, minutes and hours are told as such."""
    report = Report("export", seconds=3725.0)
    report.monitor.add({"read": 2000, "asset": 1, "retried": 3})
    assert summary.requests_line(report) == "2,001 requests (2,000 read, 1 asset), 3 sent again in 1 h 02 min"
    assert summary.duration(61.2) == "1 min 01 s"
    assert summary.size(1_234_567) == "1.2 MB"
    assert summary.size(12) == "12 bytes"


@pytest.mark.parametrize(
    ("minimum", "result"),
    [
        ({"read": 20, "asset": 1}, "21 requests (20 read, 1 asset: the fewest possible)"),
        ({"read": 19}, "21 requests (20 read, 1 asset; fewest possible: 19 read)"),
        ({"read": 21}, "21 requests (20 read, 1 asset)"),
        ({}, "21 requests (20 read, 1 asset)"),
    ],
)
def test_requests_are_printed_beside_the_fewest_possible(minimum: dict[str, int], result: str) -> None:
    """A whole run is compared with what it needed; one that took up another is not."""
    report = Report("export", minimum=minimum)
    report.monitor.add({"read": 20, "asset": 1})
    assert summary.requests_line(report).startswith(f"{result} in ")
