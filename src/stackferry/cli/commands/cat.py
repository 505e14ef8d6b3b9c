"""`stackferry cat`: one object of a snapshot, as JSON for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.json_format import pretty
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.run_command import carry_out
from stackferry.cli.snapshot_rows import OLDER, Row, check_kind, rows
from stackferry.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.io.storage.snapshot import Snapshot

# Kinds with several lines for one uid: asked for by that uid, all of them are meant.
_MANY = frozenset({"release_items", "variants", "files"})


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
        from stackferry import exact_json
        from stackferry.io.storage.snapshot import Snapshot

        held = Snapshot(snapshot)
        check_kind(held, kind)
        found = _chosen(list(_matching(held, kind, uid, content_type, locale, version)), kind, uid)
        report.objects = {kind: len(found)}
        report.facts["found"] = [row.body for row in found]
        for row in () if output.as_json else found:
            output.show(pretty(exact_json.dumps(row.body).decode()))
        return ExitCode.COMPLETE

    carry_out("cat", output, work, lambda _report, _output: None)


def _matching(
    held: Snapshot, kind: str, uid: str, content_type: str, locale: str, version: int | None
) -> Iterator[Row]:
    for stream_kind in (kind, *([OLDER[kind]] if version is not None and kind in OLDER else ())):
        for row in rows(held, stream_kind, content_type, locale):
            if uid in row.names and version in (None, row.version):
                yield row


def _chosen(found: list[Row], kind: str, uid: str) -> list[Row]:
    """The rows that are meant; raises UsageError where there is none, or where it is not clear which."""
    exact = [row for row in found if row.uid == uid] or found
    if not exact:
        raise UsageError(f"no {kind} '{uid}' of that description in this snapshot")
    if len(exact) == 1 or kind in _MANY:
        return exact
    choices = ", ".join(dict.fromkeys(_told_apart(row) for row in exact))
    raise UsageError(f"{len(exact)} {kind} are called '{uid}': choose with {choices}")


def _told_apart(row: Row) -> str:
    stream = row.stream
    if stream.kind in OLDER.values():
        return f"--version {row.version}"
    words = []
    if stream.type:
        words.append(f"--content-type {stream.type}")
    if stream.locale:
        words.append(f"--locale {stream.locale}")
    return " ".join(words) or f"uid {row.uid}"
