"""`stackferry cat`: one object of a snapshot, as JSON for people."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.config.completing import from_snapshot
from stackferry.cli.json_format import pretty
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.run_command import carry_out
from stackferry.cli.snapshot_rows import check_names, chosen_by, known_kind
from stackferry.errors import ExitCode, UsageError
from stackferry.safe_names import display_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.listing import Listed
    from stackferry.model import Json
    from stackferry.providers.system import Words


@new_command("cat", LOCAL)
@click.argument("snapshot", type=options.DIRECTORY)
@click.argument("kind", shell_complete=from_snapshot("kinds"))
@click.argument("uid")
@chosen_by(content_type="The entry's content type.", locale="The entry's locale.")
@click.option("--version", type=int, metavar="N", help="An older version, if the snapshot holds it.")
@click.option(
    "--log",
    is_flag=False,
    flag_value="",
    metavar="[STAGE[/TASK]]",
    help="Print the logs of a release of Azure DevOps instead: all, those of a stage, or that of a task.",
)
@options.BRANCH
@options.output_options
def command(
    snapshot: Path,
    kind: str,
    uid: str,
    content_type: str,
    locale: str,
    version: int | None,
    log: str | None,
    branch: str,
    output: Output,
) -> None:
    """Print one object of a snapshot.

    KIND is as `stackferry ls` spells it; UID may also be a title, a url, a locale's code or an
    environment's name.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.library.listing import Listing, did_you_mean_row
        from stackferry.library.state import open_snapshot

        held = open_snapshot(snapshot, branch=branch)
        listing = Listing(held)
        of_kind = known_kind(listing, kind)
        system = listing.system
        check_names(listing, content_type, locale)
        # Older versions of a kind lie in a stream of their own; they are read only if one is asked for.
        older = system.words.older.get(of_kind, "") if version is not None else ""
        streams = [name for name in (of_kind, older) if name]

        def every() -> Iterable[Listed]:
            return chain.from_iterable(listing.rows(name, content_type, locale) for name in streams)

        found = _named(every(), uid, version)
        if not found:
            others = _named(every(), uid, None) if version is not None else []
            near = "" if others else did_you_mean_row(uid, every())
            raise UsageError(f"{_none(of_kind, uid, version, others)}{near}")
        if len(found) > 1 and of_kind not in system.words.several:
            options = ", ".join(dict.fromkeys(_distinction(row, system.words) for row in found))
            raise UsageError(f"{len(found)} {of_kind} are called '{uid}': select one with {options}")
        report.objects = {of_kind: len(found)}
        if log is not None:
            _show_logs(held, found[0], log, report, output)
            return ExitCode.COMPLETE
        report.facts["found"] = [row.body for row in found]
        report.facts["rows"] = [row.as_json() for row in found]
        for row in () if output.as_json else found:
            output.show(pretty(row.body))
        return ExitCode.COMPLETE

    carry_out("cat", output, work)


def _show_logs(held: Snapshot, row: Listed, wanted: str, report: Report, output: Output) -> None:
    """Print logs, each of several below its name; with --json they are in the report."""
    from stackferry.cli.kept_logs import KeptLogs

    kept = KeptLogs(held, row)
    logs: list[Json] = []
    report.facts |= {"sha256": kept.sha256, "logs": logs}
    for number, (name, lines) in enumerate(kept.lines(wanted)):
        if output.as_json:
            logs.append({"name": name, "lines": [*lines]})
            continue
        output.show(f"{chr(10) if number else ''}==> {display_name(name, width=250)} <==")
        for line in lines:
            output.show(line)


def _none(kind: str, uid: str, version: int | None, others: list[Listed]) -> str:
    """Why there is nothing to print, with the versions that there are."""
    if not others:
        return f"no {kind} '{uid}' of that description in this snapshot"
    versions: dict[str, set[str]] = {}
    for row in others:
        versions.setdefault(row.locale, set()).add(str(row.view.version))
    held = "; ".join(
        f"{', '.join(sorted(numbers, key=int))}{f' of {code}' if code else ''}"
        for code, numbers in versions.items()
    )
    return f"this snapshot does not hold version {version} of {kind} '{uid}'; it holds {held}"


def _named(every: Iterable[Listed], uid: str, version: int | None) -> list[Listed]:
    """The rows of this uid, name, title or url, in this version: a uid goes before what other objects are called."""
    found = [
        row
        for row in every
        if version in (None, row.view.version) and uid in {*row.view.names, row.title, row.facts.url} - {""}
    ]
    return [row for row in found if row.view.uid == uid] or found


def _distinction(row: Listed, words: Words) -> str:
    """The options that select a row among others of its name."""
    stream = row.stream
    if stream.kind in words.older.values():
        return f"--version {row.view.version}"
    options = {"--content-type": stream.type, "--locale": stream.locale}
    return " ".join(f"{flag} {value}" for flag, value in options.items() if value) or f"uid {row.view.uid}"
