"""`stackferry cat`: one object of a snapshot, as JSON for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from stackferry.cli import options
from stackferry.cli.json_format import pretty
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.run_command import carry_out
from stackferry.cli.snapshot_rows import Row, check_kind, rows
from stackferry.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.providers.system import System, Words


@new_command("cat", LOCAL)
@click.argument("snapshot", type=options.DIRECTORY)
@click.argument("kind")
@click.argument("uid")
@click.option("--content-type", default="", metavar="UID", help="The entry's content type.")
@click.option("--locale", default="", metavar="CODE", help="The entry's locale.")
@click.option("--version", type=int, metavar="N", help="An older version, if the snapshot holds it.")
@options.output_options
def command(
    snapshot: Path, kind: str, uid: str, content_type: str, locale: str, version: int | None, output: Output
) -> None:
    """Print one object of a snapshot.

    KIND is as `stackferry ls` spells it; UID may also be a locale's code or an environment's name.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.io.storage.snapshot import Snapshot
        from stackferry.library.state import system_of_snapshot

        held = Snapshot(snapshot)
        check_kind(held, kind)
        system = system_of_snapshot(held)
        wanted = _Wanted(kind, uid, content_type, locale, version)
        found = _chosen(list(_matching(held, system, wanted)), wanted, system.words)
        report.objects = {kind: len(found)}
        report.facts["found"] = [row.body for row in found]
        for row in () if output.as_json else found:
            output.show(pretty(row.body))
        return ExitCode.COMPLETE

    carry_out("cat", output, work)


class _Wanted(NamedTuple):
    """What was asked for; empty or None: anything."""

    kind: str
    uid: str
    content_type: str
    locale: str
    version: int | None


def _matching(held: Snapshot, system: System, wanted: _Wanted) -> Iterator[Row]:
    older = system.words.older.get(wanted.kind) if wanted.version is not None else None
    for kind in filter(None, (wanted.kind, older)):
        for row in rows(held, system, kind, wanted.content_type, wanted.locale):
            if wanted.uid in row.view.names and wanted.version in (None, row.view.version):
                yield row


def _chosen(found: list[Row], wanted: _Wanted, words: Words) -> list[Row]:
    """The rows that are meant; raises UsageError where there is none, or where it is not clear which."""
    exact = [row for row in found if row.view.uid == wanted.uid] or found
    if not exact:
        raise UsageError(f"no {wanted.kind} '{wanted.uid}' of that description in this snapshot")
    if len(exact) == 1 or wanted.kind in words.several:
        return exact
    choices = ", ".join(dict.fromkeys(_distinction(row, words) for row in exact))
    raise UsageError(f"{len(exact)} {wanted.kind} are called '{wanted.uid}': choose with {choices}")


def _distinction(row: Row, words: Words) -> str:
    """The options that choose a row among others of its name."""
    stream = row.stream
    if stream.kind in words.older.values():
        return f"--version {row.view.version}"
    options = []
    if stream.type:
        options.append(f"--content-type {stream.type}")
    if stream.locale:
        options.append(f"--locale {stream.locale}")
    return " ".join(options) or f"uid {row.view.uid}"
