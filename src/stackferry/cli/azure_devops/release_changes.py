"""`stackferry release status`, `keep` and `tag` on a project."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import click

from stackferry.cli.azure_devops.project_command import project_command
from stackferry.cli.azure_devops.release_group import command
from stackferry.cli.azure_devops.release_list import Wanted, filter_options
from stackferry.cli.azure_devops.release_options import COMMENT, MANUAL, RELEASE, RELEASE_ID, held_stages
from stackferry.cli.azure_devops.release_show import release_lines
from stackferry.cli.live.command import tabbed
from stackferry.cli.live.several import Several, several_lines
from stackferry.cli.options import bundled, named, repeatable
from stackferry.cli.summary import plural
from stackferry.errors import ExitCode
from stackferry.json_values import as_list, integer, nested
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from stackferry.cli.azure_devops.project_command import LiveProject, Project
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.api import Held, Made

_IDS_OF_A_REQUEST: Final = 50


@project_command(command, "status")
@RELEASE
@click.argument("status", type=click.Choice(["active", "abandoned"], case_sensitive=False))
@COMMENT
@bundled("held", held_stages, *MANUAL)
def status_(project: LiveProject, release: int, status: str, comment: str, held: Held) -> None:
    """Make a draft active, so that its stages start, or abandon a release, which cannot be undone."""
    if any(held) and status != "active":
        raise click.UsageError("--manual and --all-manual are about a draft that becomes active")

    async def make(live: Project) -> Made:
        return await live.maker.set_status(release_id=release, status=status, comment=comment, held=held)

    project.make(make, release_lines, about=str(release))


@project_command(command, "keep")
@click.argument("releases", type=RELEASE_ID, nargs=-1, metavar="[RELEASE]...")
@filter_options
@click.option("--all", "every", is_flag=True, help="Every release of the project.")
@click.option("--off", is_flag=True, help="Leave them to retention again.")
@COMMENT
def keep(
    project: LiveProject, releases: tuple[int, ...], wanted: Wanted, every: bool, off: bool, comment: str
) -> None:
    """Keep releases forever: retention does not delete them, whatever their age.

    They are named by their ids, or found by the filters of `release list`. What is kept already is not written.
    """
    if sum(map(bool, (releases, wanted.is_narrow, every))) != 1:
        raise click.UsageError("name releases, or find them by filters, or take --all: one of these")

    async def work(live: Project, report: Report) -> ExitCode:
        report.facts |= {"changed": [], "kept": not off}
        rows = await _rows_of(live, releases) if releases else await _found_rows(live, wanted)
        done = {number for number, row in rows.items() if row.get("keepForever") is (not off)}
        found = [number for number in dict.fromkeys(releases or rows) if number not in done]
        report.facts["unchanged"] = len(done)
        did = "left to retention" if off else "kept forever"
        several = Several(report, "release", did, found)

        async def change(number: int) -> None:
            keep = partial(live.keeper.keep, release_id=number, keep=not off, comment=comment)
            await several.write(number, keep)

        await live.for_each(found, change, Budget.WRITE)
        project.output.say(f"{plural(len(several.changed), 'release')} {did}")
        return several.ended()

    project.run(work, _changed_lines)


async def _found_rows(live: Project, wanted: Wanted) -> dict[int, JsonObject]:
    """The releases that filters find, by id."""
    return _by_id((await live.releases.find(None, **await wanted.resolved(live))).rows)


async def _rows_of(live: Project, releases: tuple[int, ...]) -> dict[int, JsonObject]:
    """The releases of these ids, as far as the service lists them by ids: old versions of the API do not."""
    found: dict[int, JsonObject] = {}
    for begin in range(0, len(releases), _IDS_OF_A_REQUEST):
        chunk = releases[begin : begin + _IDS_OF_A_REQUEST]
        page = await live.releases.get_all(release_id_filter=chunk, top=len(chunk))
        found |= {number: row for number, row in _by_id(page.found.rows).items() if number in chunk}
    return found


def _by_id(rows: Iterable[JsonObject]) -> dict[int, JsonObject]:
    return {integer(row.get("id")) or 0: row for row in rows}


def _changed_lines(report: Report) -> Iterator[str]:
    word = "kept" if report.facts.get("kept") else "left to retention"
    yield from several_lines(report, word)


@project_command(command, "tag")
@RELEASE
@click.argument("tags", nargs=-1, metavar="[TAG]...", callback=named)
@repeatable("--remove", metavar="TAG", callback=named, what="Take this tag away").add
def tag(project: LiveProject, release: int, tags: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Add tags to a release, or take some away, and print those that it has; without either, print them."""
    if both := {one.lower() for one in tags} & {one.lower() for one in remove}:
        raise click.UsageError(f"tag '{min(both)}' is to be added and to be taken away")

    async def work(live: Project, report: Report) -> ExitCode:
        steps = {f"-{one}": partial(live.releases.remove_tag, release_id=release, tag=one) for one in remove}
        if tags:
            steps[f"+{', '.join(tags)}"] = partial(live.releases.add_tags, release_id=release, tags=tags)
        if not steps:
            report.facts["answer"] = await live.releases.tags(release_id=release)
            return ExitCode.COMPLETE
        several = Several(report, "change", "made", [*steps])

        async def send(step: Callable[[], Awaitable[JsonObject]]) -> None:
            report.facts["answer"] = await step()

        for name, step in steps.items():
            await several.write(name, partial(send, step))
        return several.ended()

    project.run(work, _tag_lines, about=str(release))


def _tag_lines(report: Report) -> Iterator[str]:
    yield from (tabbed(one) for one in as_list(nested(report.facts.get("answer"), "value")))
