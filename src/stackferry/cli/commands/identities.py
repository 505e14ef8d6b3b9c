"""`stackferry identities`: who became whom in a place that was imported into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import file_options, options
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.model import Json


@new_command("identities", LOCAL)
@click.argument("target", type=PLACE)
@click.option("--source", type=PLACE, help="Only what was imported from this place.")
@click.option(
    "--kind",
    default="",
    callback=options.named,
    metavar="KIND",
    help="Only objects of this kind, as 'entries'.",
)
@click.option(
    "--out",
    type=options.DIRECTORY,
    metavar="FILE",
    help="Write them into a file: a table (.csv) or JSON (.json), which import takes as --identities.",
)
@options.STATE
@options.output_options
def command(
    target: str, source: str | None, kind: str, out: Path | None, state: Path | None, output: Output
) -> None:
    """Tell which object of a place is which of its source.

    Columns are parted by tabs: kind, uid in the source, uid in TARGET; from several places, the place too. It is
    read from this machine's state directory; no credential is needed.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.io.storage.snapshot import shown_key
        from stackferry.library.identities import identities

        file_options.refuse_identities_out(out, option="--out")
        pairs = identities(target, source=source, state=state, out=out)
        rows: list[Json] = []
        count = 0
        for pair in pairs:
            for row in pair.rows():
                if kind not in ("", row.kind):
                    continue
                count += 1
                if output.as_json:
                    rows.append({**row._asdict(), "source_place": pair.source})
                elif out is None:
                    place = [pair.source] if len(pairs) > 1 else []
                    output.show("\t".join([row.kind, shown_key(row.source), shown_key(row.target), *place]))
        report.objects = {"identities": count}
        report.facts["target"] = target
        report.facts.update({"rows": rows} if output.as_json else {})
        report.facts.update({"out": str(out)} if out else {})
        return ExitCode.COMPLETE

    carry_out("identities", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    if "out" in report.facts:
        output.say(f"Wrote {report.facts['out']}: {report.objects['identities']:,} identities")
