"""`stackferry show`: what a snapshot is, on one page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, summary
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode
from stackferry.json_values import as_list, as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Json, JsonObject, Place


@new_command("show", LOCAL)
@click.argument("snapshot", type=options.DIRECTORY)
@options.BRANCH
@options.output_options
def command(snapshot: Path, branch: str, output: Output) -> None:
    """Show what a snapshot holds and lacks."""

    def work(report: Report) -> ExitCode:
        from stackferry.library.state import counts, open_snapshot

        held = open_snapshot(snapshot, branch=branch)
        report.objects, report.gaps = counts(held), held.gaps()
        head = ("source", "options", "master_locale", "redacted", "watermark", "unfinished", "vanished")
        report.facts.update({name: held.manifest[name] for name in head if name in held.manifest})
        for line in () if output.as_json else _page(held):
            output.show(line)
        return ExitCode.COMPLETE

    carry_out("show", output, work)


def _page(held: Snapshot) -> Iterator[str]:
    from stackferry.library.state import counts, system_of_snapshot

    manifest, system = held.manifest, system_of_snapshot(held)
    yield _source(system.place_of(as_object(manifest.get("source"))))
    master = f", master locale {manifest['master_locale']}" if "master_locale" in manifest else ""
    yield f"  {held.root}: {summary.size_of(held)}{master}"
    yield f"  {_options(manifest.get('options'))}"
    yield ""
    yield from summary.counts_table(counts(held), system.words)
    yield from _unlike_today(manifest)
    gaps, redacted = held.gaps(), as_list(manifest.get("redacted"))
    if gaps:
        yield ""
        yield from summary.gap_lines(gaps, f"{held.root}/manifest.json")
    if redacted:
        yield ""
        yield f"  {summary.plural(len(redacted), 'credential')} redacted:"
        yield from (f"    {place}" for place in redacted)


def _unlike_today(manifest: JsonObject) -> Iterator[str]:
    """What an archive that grows holds of earlier days, and what of it was still to change."""
    unfinished, vanished = as_list(manifest.get("unfinished")), objects(manifest.get("vanished"))
    if unfinished or vanished:
        yield ""
    if unfinished:
        yield f"  {len(unfinished):,} unfinished when they were read, so the next archive reads them again"
    kinds = Counter(text(row.get("kind")) for row in vanished)
    if vanished:
        named = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in sorted(kinds.items()))
        yield f"  {len(vanished):,} vanished: the service no longer has them ({named})"


def _source(place: Place) -> str:
    """Where a snapshot comes from; a converted export does not know its host."""
    known = str(place) if place.key and place.host else ""
    return (
        known or f"{place.system}://{place.key or '?'}{f'@{place.host}' if place.host else ''}/{place.name}"
    )


def _options(options_of: Json) -> str:
    facts = as_object(options_of)
    if "versions" not in facts:  # a system whose objects have none says itself what was asked for
        return ", ".join(_option(name, value) for name, value in facts.items() if value)
    words = [f"versions {facts.get('versions')}", "assets" if facts.get("assets") else "no assets"]
    only = {name: as_list(facts.get(name)) for name in ("content_types", "locales")}
    words.extend(
        f"only {name.replace('_', ' ')} {', '.join(map(str, selected))}"
        for name, selected in only.items()
        if selected
    )
    return ", ".join(words)


def _option(name: str, value: Json) -> str:
    words = name.replace("_", " ")
    if value is True:
        return words
    return f"{words} {', '.join(map(str, as_list(value))) if isinstance(value, list) else value}"
