"""What is said of backups, listings and retention runs, for people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackferry.cli import summary
from stackferry.cli.summary import plural
from stackferry.errors import ExitCode
from stackferry.json_values import as_list, integer, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.cli.report import Report
    from stackferry.library.nights.reports import ListedSnapshot, StackBackup
    from stackferry.model import JsonObject

_ENDED = {
    ExitCode.COMPLETE: "complete",
    ExitCode.GAPS: "with gaps",
    ExitCode.CORRUPT: "damaged",
    ExitCode.ACCESS: "refused",
    ExitCode.USAGE: "not begun",
    ExitCode.BUSY: "busy",
}


def stack_lines(stack: StackBackup) -> Iterator[str]:
    """What a profile's night came to: one line, and one for each thing that a person should look at."""
    if stack.snapshot is None:
        yield f"{stack.name}: {stack.error}"
        return
    changed = _changed(stack)
    yield (
        f"{stack.name}: {stack.snapshot}, {plural(sum(stack.objects.values()), 'record')}, "
        f"{plural(_sent(stack), 'request')} in {summary.duration(stack.seconds)}{_gaps(stack)}"
    )
    if changed:
        yield f"  {changed}"
    if stack.resumed:
        yield f"  gone on with {stack.resumed}, which had been stopped"
    for row in stack.unfinished:
        yield f"  left unfinished: {row['snapshot']} - {row['reason']}"
    for row in stack.unsuitable:
        yield f"  not built on: {row['snapshot']} - {row['reason']}"
    for row in stack.damaged:
        yield f"  damaged, and not used: {row['snapshot']} - {row['reason']}"
    for line in stack.damage:
        yield f"  damaged: {line}"


def _sent(stack: StackBackup) -> int:
    return sum(count for name, count in stack.requests.items() if name != "retried")


def _gaps(stack: StackBackup) -> str:
    if not stack.gaps:
        return ""
    accepted = f", {len(stack.accepted):,} of them accepted" if stack.accepted else ""
    return f", {plural(len(stack.gaps), 'gap')}{accepted}"


def _changed(stack: StackBackup) -> str:
    """How the gaps differ from those of the snapshot before; empty where they do not."""
    if stack.previous is None or not (stack.new_gaps or stack.gone_gaps):
        return ""
    parts = [
        f"{len(gaps):,} {word}" for gaps, word in ((stack.new_gaps, "new"), (stack.gone_gaps, "gone")) if gaps
    ]
    return f"gaps since {stack.previous.name}: {', '.join(parts)}"


def ending_lines(report: Report) -> Iterator[str]:
    """What is said at the end of a backup: how many ended how, requests, gaps."""
    stacks = objects(report.facts["stacks"])
    if len(stacks) > 1:
        yield ""
        counts = Counter(_ENDED.get(ExitCode(integer(row["exit_code"]) or 0), "failed") for row in stacks)
        yield f"{plural(len(stacks), 'profile')}: {', '.join(f'{count:,} {word}' for word, count in counts.items())}"
    yield f"  {summary.requests_line(report)}"
    yield from summary.gap_lines(_open(stacks), summary.IN_REPORT)
    accepted = [gap for row in stacks for gap in objects(row["accepted"])]
    yield from summary.gap_lines(
        accepted, summary.IN_REPORT, "accepted, because the file says that they are known"
    )
    for one in as_list(report.facts.get("unused")):
        yield f"  accepted, and no gap any more: {_entry(one)}"


def _open(stacks: Iterable[JsonObject]) -> list[JsonObject]:
    return [gap for row in stacks for gap in objects(row["gaps"]) if gap not in as_list(row["accepted"])]


def _entry(one: object) -> str:
    facts = one if isinstance(one, dict) else {}
    where = f" (line {facts['line']})" if facts.get("line") else ""
    named = [text(value) for name, value in facts.items() if name not in ("line", "reason")]
    return f"{' '.join(named)} - {facts.get('reason', 'for any reason')}{where}"


def snapshot_table(rows: Iterable[ListedSnapshot]) -> Iterator[str]:
    """The snapshots of a directory, one a line."""
    table: list[tuple[str, ...]] = [("profile", "snapshot", "size", "shared", "gaps", "state", "place")]
    table += [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    right = {2, 3, 4}
    for line in table:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _cells(row: ListedSnapshot) -> tuple[str, ...]:
    known = row.state == "whole"
    sizes = (summary.size(row.bytes), summary.size(row.shared_bytes)) if known else ("", "")
    state = f"{row.state}, latest" if row.is_latest else row.state
    return (row.profile, row.name, *sizes, str(len(row.gaps)) if known else "", state, row.place)
