"""`stackferry show`: what a snapshot is, on one page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from stackferry.cli import file_options, options, summary
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode
from stackferry.json_values import as_list, as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.library.overview import Overview
    from stackferry.model import Json, JsonObject

_ALIKE = 3  # credentials in one field that are listed one by one
_LISTED = 10  # releases that are listed without --json


@new_command("show", LOCAL)
@click.argument("snapshot", type=options.DIRECTORY)
@options.BRANCH
@file_options.HTML
@options.output_options
def command(snapshot: Path, branch: str, html: Path | None, output: Output) -> None:
    """Show what a snapshot holds and lacks.

    When it was made, how much of each kind and language, where documents are published, releases, what is
    redacted, gaps. --html FILE makes a page of it, --json rows for programs.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.library.overview import show

        found = show(snapshot, branch=branch, html=html)
        report.objects, report.gaps = found.objects, [*found.gaps]
        if output.as_json:
            report.take_offline(found.as_json())
        report.facts |= {"snapshot": str(snapshot), **({"made_by": found.made_by} if found.made_by else {})}
        report.facts.update({"html": str(html)} if html is not None else {})
        for line in () if output.as_json else _page(found):
            output.show(line)
        return ExitCode.COMPLETE

    carry_out("show", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    if "made_by" in report.facts:
        output.say(
            f"{report.facts['snapshot']} is an export made by the vendor's tool, shown as a snapshot would hold it: to "
            f"keep one, convert it first (stackferry convert {report.facts['snapshot']} SNAPSHOT)"
        )
    if "html" in report.facts:
        output.say(f"Wrote {report.facts['html']}")


def _page(found: Overview) -> Iterator[str]:
    held, system = found.snapshot, found.listing.system
    manifest = held.manifest
    yield found.place
    master = f", master locale {manifest['master_locale']}" if "master_locale" in manifest else ""
    yield f"  {held.root}: {summary.size_of(held)}{master}"
    yield f"  made {found.made_at}{f': {found.note}' if found.note else ''}"
    yield f"  {_options(manifest.get('options'))}"
    yield ""
    yield from summary.counts_table(found.objects, system.words)
    if not found.objects:
        yield "  nothing: the source was empty, or had nothing of what was asked for"
    yield from _by_locale(found)
    yield from () if found.sums else _published(found)
    yield from _some("releases", [*map(_counted, found.releases)])
    yield from _sums(found)
    yield from _unlike_today(manifest)
    gaps, redacted = held.gaps(), found.redacted
    if gaps:
        yield ""
        yield from summary.gap_lines(gaps, f"{held.root}/manifest.json")
    if redacted:
        yield ""
        yield f"  {summary.plural(len(redacted), 'credential')} redacted:"
        yield from _redacted(redacted)


def _redacted(places: Sequence[str]) -> Iterator[str]:
    """Credentials by their place; those in one field of many objects of a kind are one line."""
    alike: dict[tuple[str, str], list[str]] = {}
    for place in places:
        named, slash, field = place.partition(" /")
        alike.setdefault((named.partition(" ")[0], f"{slash}{field}"), []).append(place)
    for (kind, field), same in alike.items():
        if len(same) > _ALIKE:
            yield f"    {kind}{field}: in {len(same):,} of them (all: the same command with --json)"
        else:
            yield from (f"    {place}" for place in same)


def _by_locale(found: Overview) -> Iterator[str]:
    """Of each language how many records of each kind."""
    words = found.listing.system.words
    if found.by_locale:
        yield ""
    for locale, kinds in found.by_locale.items():
        yield f"  {locale:<10} {summary.some_counts(kinds, words, *kinds)}"


def _published(found: Overview) -> Iterator[str]:
    """Of each environment how many documents are live there, by language."""
    by_place: dict[str, list[str]] = {}
    for one in found.published:
        by_place.setdefault(one.environment, []).append(f"{one.locale} {one.documents:,}".strip())
    if by_place:
        yield ""
    for place, counts in by_place.items():
        where = f" in {summary.name_text(place)}" if place else ""
        yield f"  published{where}: {', '.join(counts)}"


def _counted(line: str) -> str:
    """A name and a number after it, of a long name the beginning."""
    name, colon, number = line.rpartition(": ")
    return f"{summary.name_text(name)}{colon}{number}"


def _sums(found: Overview) -> Iterator[str]:
    """What the system tells besides."""
    if found.sums:
        yield ""
    for one in found.sums:
        if len(one.rows) == 1:
            yield f"  {one.title.lower()}: {one.rows[0][1]}"
        else:
            yield f"  {one.title.lower()}:"
            yield from (f"    {summary.name_text(name)}: {words}" for name, words in one.rows)


def _some(name: str, lines: Sequence[str]) -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield f"  {name}:"
    yield from (f"    {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"    and {len(lines) - _LISTED:,} more: all of them with --json"


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
