"""`stackferry ls`: the objects of a snapshot, one to a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.config.completing import from_snapshot
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.live.command import tabbed
from stackferry.cli.run_command import carry_out
from stackferry.cli.snapshot_rows import check_names, chosen_by, known_kind
from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.library.listing import Listed
    from stackferry.model import Json
    from stackferry.providers.system import Words


@new_command("ls", LOCAL)
@click.argument("snapshot", type=options.DIRECTORY)
@click.argument("kind", required=False, shell_complete=from_snapshot("kinds"))
@chosen_by(content_type="Only those of this content type.", locale="Only those in this locale.")
@options.BRANCH
@options.output_options
def command(
    snapshot: Path, kind: str | None, content_type: str, locale: str, branch: str, output: Output
) -> None:
    """List what a snapshot holds.

    Without KIND its kinds, with it the objects of that kind; entries have a line for each language.
    Columns are parted by tabs: uid, content type, locale, version, title; those that a kind does not have
    are left out. --json has rows with url, time of the last change and where it is published, too.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.library.listing import Listing
        from stackferry.library.state import counts, open_snapshot

        held = open_snapshot(snapshot, branch=branch)
        if kind is None:
            report.objects = counts(held)
            for name, count in report.objects.items():
                output.show(f"{name}\t{count}")
            return ExitCode.COMPLETE
        listing = Listing(held)
        name = known_kind(listing, kind)
        check_names(listing, content_type, locale)
        listed: list[Json] = []
        count, uids = 0, set[tuple[str, str]]()
        for row in listing.rows(name, content_type, locale):
            if output.as_json:
                listed.append(row.as_json())
            else:
                output.show(tabbed(*_columns(row)))
            count += 1
            uids.update(
                [(row.stream.type, row.view.uid)] if name in listing.system.words.in_languages else []
            )
        report.facts.update({"rows": listed} if output.as_json else {})
        report.objects = _counted(name, uids, count, listing.system.words)
        if not count:
            output.say(f"0 {kind} match: check the names")
        return ExitCode.COMPLETE

    carry_out("ls", output, work)


def _counted(kind: str, uids: set[tuple[str, str]], count: int, words: Words) -> dict[str, int]:
    """How many objects were listed; of what there is in languages, also how many translations."""
    documents = words.in_languages.get(kind)
    return {kind: len(uids), documents: count} if documents else {kind: count}


def _columns(row: Listed) -> Iterator[str]:
    yield row.view.uid
    yield from filter(None, (row.stream.type, row.stream.locale))
    if row.view.version is not None:
        yield str(row.view.version)
    yield row.title
