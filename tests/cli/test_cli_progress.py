"""What a person sees while a run goes on, and what a log does not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET, CommandLine, at_a_terminal

from stackferry.cli import summary
from stackferry.cli.report import Report

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def test_a_terminal_has_bars_and_a_pipe_has_none(cli: CommandLine) -> None:
    """Bars come and go at a terminal: done, all, time to come. A file gets the last lines alone."""
    cli.emulator.latency = 0.2
    result = at_a_terminal(cli, "export", cli.place(SOURCE), cli.home / "one", "--rate", "8")
    phases = ("content types", "assets", "entries", "releases", "looking again")
    assert [name for name in phases if not re.search(rf"  {name} *[^ ]* +\d+", result)] == []
    assert re.search(r"  entries .* \d+ of at least \d+", result)
    assert re.search(r"\d+\.\d of 8 reads/s, [\d,]+ requests", result)
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
    assert re.search(r"  entries +0 of [3-9]\b", result)
    assert "reading" in result  # what the target holds


def test_bars_fit_sixty_columns(cli: CommandLine) -> None:
    """No line of a bar is wider than a narrow terminal, also with time left and large numbers."""
    cli.emulator.latency = 0.1
    result = at_a_terminal(cli, "export", cli.place(SOURCE), cli.home / "one", "--rate", "8", columns=60)
    drawn = re.split(r"[\r\n]|\x1b\[A", result.partition("Exported")[0])
    lines = [re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", one) for one in drawn]
    assert max(map(len, lines)) <= 60
    assert any("entries" in one for one in lines)


def test_a_file_gets_a_line_at_intervals(cli: CommandLine) -> None:
    """Also while the run waits for the service; none with --stats 0."""
    cli.emulator.latency = 0.2
    lines = cli.run("export", cli.place(SOURCE), cli.home / "one", "--stats", "0.1", "--rate", "8").err
    assert re.search(r"^  (.* \d+ of (at least )?\d+|under way), \d+ requests", lines, re.MULTILINE)
    assert (
        "requests"
        not in cli.run("export", cli.place(SOURCE), cli.home / "two", "--stats", "0", *FAST).err.partition(
            "Exported"
        )[0]
    )


@pytest.mark.parametrize("value", ["", "soon", "-1", "1d", "nan", "inf", "1e999"])
def test_an_interval_that_is_no_duration_is_refused(cli: CommandLine, value: str) -> None:
    result = cli.run("export", cli.place(SOURCE), cli.home / "one", "--stats", value)
    assert result.code == 2
    assert "--stats" in result.err


def test_events_for_programs_say_phase_kind_and_numbers(cli: CommandLine) -> None:
    """One event a line; the last of each kind says all that was done."""
    result = cli.run("export", cli.place(SOURCE), cli.home / "one", "--log-format", "json", *FAST)
    events = [json.loads(line) for line in result.err.splitlines()]
    assert {one["event"] for one in events} >= {"phase", "progress", "message"}
    assert all("time" in one for one in events)
    last = {one["kind"]: one for one in events if one["event"] == "progress"}
    manifest = json.loads((cli.home / "one" / "manifest.json").read_text("utf-8"))
    for kind in ("entries", "content_types", "assets", "locales"):
        assert last[kind]["done"] == manifest["counts"][kind]
        assert last[kind]["total"] >= last[kind]["done"]
        assert last[kind]["requests"] > 0
    assert last["entries"]["phase"] == "entries"
    assert last["content_types"]["phase"] == "content types"


def test_each_gap_is_an_event(cli: CommandLine) -> None:
    """A program need not wait for the report."""
    lost: JsonObject = {
        "uid": "bltlost",
        "filename": "lost.txt",
        "url": "data:text/plain;base64,bG9zdA==",
        "_version": 1,
    }
    cli.emulator.stacks[SOURCE].main.put_asset(lost)
    words = ("--log-format", "json", "--json", *FAST)
    result = cli.run("export", cli.place(SOURCE), cli.home / "one", *words)
    gaps = [one["gap"] for line in result.err.splitlines() if (one := json.loads(line))["event"] == "gap"]
    assert result.code == 3
    assert gaps == result.report["gaps"]


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
