"""`stackferry ls`: the objects of a snapshot, one to a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.run_command import carry_out
from stackferry.cli.snapshot_rows import check_kind, rows
from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.snapshot_rows import Row
    from stackferry.io.storage.snapshot import Snapshot


@new_command("ls", LOCAL)
@click.argument("snapshot", type=options.DIRECTORY)
@click.argument("kind", required=False)
@click.option("--content-type", default="", metavar="UID", help="Only those of this content type.")
@click.option("--locale", default="", metavar="CODE", help="Only those in this locale.")
@options.output_options
def command(snapshot: Path, kind: str | None, content_type: str, locale: str, output: Output) -> None:
    """List what a snapshot holds.

    Without KIND its kinds, with it the objects of that kind. Columns are parted by tabs: uid, content
    type, locale, version, title; those that a kind does not have are left out.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.io.storage.snapshot import Snapshot
        from stackferry.library.state import counts

        held = Snapshot(snapshot)
        if kind is None:
            report.objects = counts(held)
        else:
            check_kind(held, kind)
        for line in _listed(held, kind, content_type, locale, report) if kind else _kinds(report):
            output.show(line)
        return ExitCode.COMPLETE

    carry_out("ls", output, work)


def _kinds(report: Report) -> Iterator[str]:
    return (f"{name}\t{count}" for name, count in report.objects.items())


def _listed(held: Snapshot, kind: str, content_type: str, locale: str, report: Report) -> Iterator[str]:
    from stackferry.library.state import system_of_snapshot

    count = 0
    for row in rows(held, system_of_snapshot(held), kind, content_type, locale):
        count += 1
        yield "\t".join(_columns(row))
    report.objects = {kind: count}


def _columns(row: Row) -> Iterator[str]:
    yield row.view.uid
    if row.stream.type:
        yield row.stream.type
    if row.stream.locale:
        yield row.stream.locale
    if row.view.version is not None:
        yield str(row.view.version)
    yield row.view.title
