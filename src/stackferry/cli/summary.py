"""What a run says at its end, for people: counts, requests, gaps, differences."""

from __future__ import annotations

from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from stackferry.errors import ExitCode
from stackferry.json_values import as_list, as_object, integer, objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.reports import VerifyReport
    from stackferry.model import Json, JsonObject
    from stackferry.providers.system import Words

RENUMBERED = 3  # versions with another number that are listed without -v
SHOWN = 6  # sorts of gaps that are listed; all gaps are in the report
IN_REPORT = "the same command with --json"  # where all gaps are listed
ARRIVED = "what the source has and did not arrive"
_NOTHING = "  nothing was looked at: the source holds nothing of what was asked for"
_UIDS = 3  # objects of a row of what was left that are named without -v
_VALUE, _TITLE = 300, 80  # letters of a value, and of a title, that a line shows
_ENTRIES = 20  # entries that a comparison lists without -v
_ACTIONS = {"equal": "equal", "missing": "create", "extra": "only in the target"}


def words_of(report: Report) -> Words:
    """The names of kinds in the system of a run; the kinds themselves where it has none."""
    from stackferry.providers.system import Words

    return Words({}) if report.system is None else report.system.words


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def say_result(
    report: Report,
    output: Output,
    gaps_in: str = IN_REPORT,
    *,
    counts: bool = True,
    gaps_mean: str = ARRIVED,
) -> None:
    """What a run did: objects, requests, gaps. Without `counts` nothing was done to an object."""
    table = ["", *counts_table(report.objects, words_of(report))] if counts else []
    output.say_lines(*table, "", f"  {requests_line(report)}")
    output.say_lines(*resumed_lines(report.facts.get("resumed")))
    output.say_lines(*gap_lines(report.gaps, gaps_in, gaps_mean))
    output.say_lines(*remark_lines(report.remarks, every=output.verbose > 0))
    output.say_lines(*left_lines(report.left, every=output.verbose > 0))
    if output.verbose and report.limits:
        output.say_lines(*limit_lines(report.limits))
    if "renumbered" in report.lists:
        output.say_lines(*renumbered_lines(report.lists["renumbered"], every=output.verbose > 0))


def limit_lines(limits: list[JsonObject]) -> Iterator[str]:
    """What nobody can tell of the source."""
    yield "  never in a snapshot, whether or not the source has any:"
    yield from (f"    {limit.get('kind')} - {limit.get('reason')}" for limit in limits)


def resumed_lines(resumed: Json) -> Iterator[str]:
    """What an import did only because an earlier run of it had stopped."""
    parts = [f"{count:,} {name.replace('_', ' ')}" for name, count in as_object(resumed).items() if count]
    if parts:
        yield f"  because an earlier run was stopped: {', '.join(parts)}"


def say_plan(report: Report, output: Output, say_objects: Callable[[], None]) -> None:
    """What an import would do: for each kind, which actions and how many; then object by object."""
    words = words_of(report)
    lines = [_actions_line(kind, counts, words) for kind, counts in as_object(report.facts["plan"]).items()]
    output.say_lines("", *(lines or [_NOTHING]))
    say_objects()
    say_planned_requests(report, output)


def _actions_line(kind: str, counts: Json, words: Words, actions: Mapping[str, str] | None = None) -> str:
    parts = [f"{count:,} {(actions or {}).get(name, name)}" for name, count in as_object(counts).items()]
    return f"  {label(kind, words):<18} {', '.join(parts)}"


def say_planned_requests(report: Report, output: Output) -> None:
    """What the requests of a plan take, and what it would not bring."""
    from stackferry.cli.plan_lines import time_lines

    output.say_lines(*time_lines(report.facts))
    output.say_lines(*gap_lines(report.gaps, IN_REPORT))
    output.say_lines(*remark_lines(report.remarks, every=output.verbose > 0, planned=True))
    output.say_lines(*left_lines(report.left, every=output.verbose > 0))


def say_comparison(report: Report, output: Output) -> None:
    """What a copy would find and do: for each kind, then entry by entry, and what it cost to find out."""
    facts, words = report.facts, words_of(report)
    different = "update" if facts["on_conflict"] == "update" else "leave as it is"
    # "standing" is the word of the report for an entry that differs in its state alone.
    actions = {
        **_ACTIONS,
        "different": different,
        "newer": "keep, newer in the target",
        "deleted": "leave deleted",
        "standing": words.state_change,
    }
    found = as_object(facts["comparison"]).items()
    lines = [_actions_line(kind, counts, words, actions) for kind, counts in found]
    output.say_lines("", *(lines or [_NOTHING]), "")
    rows = objects(facts["entries"])
    shown = rows if output.verbose else rows[:_ENTRIES]
    output.say_lines(*(f"  {_entry_line(row, actions)}" for row in shown))
    if len(rows) > len(shown):
        output.say(f"  and {plural(len(rows) - len(shown), 'entry', 'entries')} more: -v or --json lists all")
    if rows:
        output.say()
    output.say(f"  to compare: {requests_line(report)}")
    say_planned_requests(report, output)


def _entry_line(row: JsonObject, actions: Mapping[str, str]) -> str:
    names = " ".join(str(row.get(name)) for name in ("content_type", "uid", "locale"))
    title, fields = row.get("title"), as_list(row.get("labels") or row.get("fields"))
    titled = f" {title_text(title)}" if title else ""
    where = f": {', '.join(map(str, fields))}" if fields else ""
    return f"{actions[str(row.get('state'))]}: {names}{titled}{where}"


def some_counts(objects: Mapping[str, int], words: Words, *kinds: str) -> str:
    """Some of the objects in one line: "3 locales, 1 release". A kind that there is none of is left out."""
    return ", ".join(_count(label(kind, words), objects[kind]) for kind in kinds if objects.get(kind))


def _count(many: str, count: int) -> str:
    one = f"{many[:-3]}y" if many.endswith("ies") else many.removesuffix("s")
    return plural(count, one, many)


def size_of(snapshot: Snapshot) -> str:
    """How much a snapshot takes on disk."""
    sizes = [entry.get("size") for entry in snapshot.file_entries()]
    return size(sum(size for size in sizes if isinstance(size, int)))


def counts_table(objects: Mapping[str, int], words: Words) -> Iterator[str]:
    """Two columns of kinds and their numbers, in the system's order; kinds without a place there come last."""
    place = {kind: number for number, kind in enumerate(words.order)}
    ordered = sorted(objects.items(), key=lambda item: (place.get(item[0], len(place)), item[0]))
    cells = [f"{label(kind, words):<18}{count:>9,}" for kind, count in ordered]
    half = (len(cells) + 1) // 2
    for row in range(half):
        yield f"  {'      '.join(cells[row::half])}".rstrip()


def label(kind: str, words: Words) -> str:
    """What a person calls a kind."""
    return words.labels.get(kind, kind.replace("_", " "))


def requests_line(report: Report) -> str:
    """The requests of the run, beside the fewest requests that a whole run needs, where they are known."""
    spent = {name: count for name, count in report.requests.items() if count and name != "retried"}
    detail = f" ({_budgets(spent)}{_fewest(report, spent)})" if spent else ""
    again = f", {report.requests['retried']:,} sent again" if report.requests["retried"] else ""
    return f"{plural(report.sent, 'request')}{detail}{again} in {duration(report.seconds)}"


def _fewest(report: Report, spent: Mapping[str, int]) -> str:
    """Nothing for a resumed run: it sends fewer requests than a whole one, so there is nothing to compare with."""
    fewest = {name: count for name, count in report.minimum.items() if count}
    if not fewest or any(spent.get(name, 0) < count for name, count in fewest.items()):
        return ""
    if fewest == spent:
        return ": the fewest possible"
    return f"; fewest possible: {_budgets(fewest)}"


def _budgets(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def size(number: int) -> str:
    amount, unit = float(number), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"


def gap_lines(gaps: list[JsonObject], where: str, mean: str = ARRIVED) -> Iterator[str]:
    """How many gaps there are, one of each sort, and where to find all of them."""
    if not gaps:
        return
    sorts: dict[tuple[str, ...], list[JsonObject]] = {}
    for gap in gaps:
        sorts.setdefault(_sort(gap), []).append(gap)
    yield f"  {plural(len(gaps), 'gap')}: {mean}"
    for similar in [*sorts.values()][:SHOWN]:
        more = f" (and {len(similar) - 1:,} more like it)" if len(similar) > 1 else ""
        yield f"    {subject(similar[0])} - {similar[0].get('reason', '')}{more}"
    if len(sorts) > SHOWN:
        rest = sum(map(len, [*sorts.values()][SHOWN:]))
        yield f"    and {plural(rest, 'gap')} of other sorts"
    yield f"    all of them: {where}"


_REMARKS = {
    "restored": "had been deleted, and came back from the trash",
    "removed": "not in the source, and deleted in the target",
    "mapped": "made anew under another uid",
    "conflicts": "edited on both sides",
    "meanwhile": "edited by somebody else during the import",
    "deployed": "deployed in the source, and not repeated",
    "alike": "taken for the snapshot's by content",
    "vanished": "no longer in the service, which is no difference",
}
_PLANNED = {"removed": "not in the source, and would be deleted in the target"}


def remark_lines(
    remarks: Mapping[str, Sequence[JsonObject]], *, every: bool, planned: bool = False
) -> Iterator[str]:
    """What the import did and met, or would if it is `planned`: the first rows of each list, or all of them."""
    words = {**_REMARKS, **(_PLANNED if planned else {})}
    for name, rows in remarks.items():
        yield f"  {words.get(name, name)}: {len(rows):,}"
        for row in rows if every else rows[:SHOWN]:
            yield f"    {_remark(row)} - {row.get('reason')}"
        if len(rows) > SHOWN and not every:
            yield f"    and {len(rows) - SHOWN:,} more: all of them with -v or --json"


def _remark(row: JsonObject) -> str:
    title = f" {title_text(row['title'])}" if row.get("title") else ""
    other = f" (now {row['target']})" if row.get("target") else ""
    named = as_list(row.get("labels") or row.get("fields"))
    fields = f" [{', '.join(map(str, named))}]" if named else ""
    return f"{subject(row)}{title}{other}{fields}"


def left_lines(rows: list[JsonObject], *, every: bool) -> Iterator[str]:
    """What the target goes on having although the source has not: the first rows, or all of them."""
    if not rows:
        return
    count = sum(integer(row.get("count")) or 0 for row in rows)
    yield f"  left as it is in the target, where the source says otherwise: {count:,}"
    for row in rows if every else rows[:SHOWN]:
        yield f"    {_left_objects(row, every=every)} - {row.get('reason')}"
    if len(rows) > SHOWN and not every:
        yield f"    and {len(rows) - SHOWN:,} more rows: all of them with -v or --json"


def _left_objects(row: JsonObject, *, every: bool) -> str:
    """Of what kind they are, and the first of them or all."""
    names = ("kind", "of", "content_type", "locale", "environment", "release")
    what = " ".join(str(row[name]) for name in names if row.get(name))
    uids = [*_with_titles(row)]
    if every or len(uids) <= _UIDS:
        return f"{what} {', '.join(uids)}"
    return f"{what} {', '.join(uids[:_UIDS])} and {len(uids) - _UIDS:,} more"


def _with_titles(row: JsonObject) -> Iterator[str]:
    """The uids of a row of what was left, each with its title where that is told."""
    uids, titles = as_list(row.get("uids")), as_list(row.get("titles"))
    for uid, title in zip_longest(uids, titles[: len(uids)]):
        yield f"{uid} {title_text(title)}" if title else str(uid)


def renumbered_lines(rows: Path, *, every: bool) -> Iterator[str]:
    """How many versions have another number in the target, and which: the first few, or all of them."""
    from stackferry import exact_json
    from stackferry.io.storage.files import Files

    files = Files(rows.parent)
    count = sum(1 for _ in files.lines(rows.name))
    if not count:
        return
    yield f"  {plural(count, 'version has', 'versions have')} another number in the target"
    for line in islice(files.lines(rows.name), None if every else RENUMBERED):
        row = as_object(exact_json.loads(line))
        yield f"    {subject(row)}: {row['from']} is now {row['to']}"
    if count > RENUMBERED and not every:
        yield f"    and {count - RENUMBERED:,} more: all of them with -v or --json"


def _sort(gap: JsonObject) -> tuple[str, ...]:
    """What gaps of one sort have in common: their kind, and how their reasons begin."""
    # The first two words: after them a reason names its own object.
    return str(gap.get("kind")), *str(gap.get("reason", "")).split()[:2]


def subject(fact: JsonObject) -> str:
    """What a gap or a difference is about: kind, content type, uid, locale, path."""
    names = (fact.get(name) for name in ("kind", "content_type", "uid", "locale", "path"))
    return " ".join(str(name) for name in names if name)


def differences(
    found: VerifyReport,
    report: Report,
    output: Output,
    lines: Callable[[VerifyReport], Iterator[str]],
) -> ExitCode:
    """Record what a comparison found and show each difference, as `lines` words it; returns the exit code."""
    report.take(found)
    mine = found.own_json()
    report.facts |= {"differences": mine["differences"], "not_compared": mine["not_compared"]}
    for line in () if output.as_json else lines(found):
        output.show(line)
    if output.verbose:
        output.say("  not compared, besides what the service sets itself:")
        output.say_lines(*(f"    {kind} {path} - {reason}" for kind, path, reason in found.not_compared))
    else:  # what is a matter of these two snapshots; "no difference" would claim too much without it
        output.say_lines(*_not_covered(found))
    return ExitCode.DIFFERENT if found.differences else report.completed()


def _not_covered(found: VerifyReport) -> Iterator[str]:
    from stackferry.providers.coverage import NARROWED, NO_ROOM, WITHOUT_ASSETS

    for kind, _, reason in found.not_compared:
        if reason in (NARROWED, WITHOUT_ASSETS, NO_ROOM):
            yield f"  not compared: {'' if kind == '*' else f'{kind}, '}{reason}"


def difference_count(report: Report) -> str:
    """How many differences were found, in words."""
    count = len(as_list(report.facts["differences"]))
    return plural(count, "difference") if count else "no difference"


def difference_lines(report: VerifyReport) -> Iterator[str]:
    """Each difference with both its values, one below the other."""
    for found in report.differences:
        if not found.get("path") and ("left" in found) != ("right" in found):
            yield f"{subject(found)}: {'not in the target' if 'left' in found else 'not in the snapshot'}"
            continue
        yield subject(found)
        for side, name in (("left", "snapshot"), ("right", "target")):
            yield f"    {name:<9} {value_text(found[side]) if side in found else '(absent)'}"


def title_text(title: Json) -> str:
    """A title on a line that tells of other things, too."""
    return value_text(title, _TITLE)


def name_text(name: str) -> str:
    """A name on a line that tells of other things, too: of a long one the beginning."""
    return name if len(name) <= _TITLE else f"{name[:_TITLE]}… ({len(name):,} characters)"


def value_text(value: Json, longest: int = _VALUE) -> str:
    """A value as JSON; of a long one the beginning."""
    from stackferry import exact_json

    text = exact_json.dumps(value).decode()
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"
