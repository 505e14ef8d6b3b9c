"""`stackferry release list` on a project: every filter and order of the API page, and its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import click

from stackferry.cli.azure_devops.project_command import columns, project_command
from stackferry.cli.azure_devops.release_group import command
from stackferry.cli.azure_devops.release_options import RELEASE_ID, enum_option, time_option
from stackferry.cli.options import bundled, named, option, repeatable
from stackferry.cli.summary import plural
from stackferry.core.time_range import check_range
from stackferry.errors import UsageError
from stackferry.json_values import as_object, nested, objects, text
from stackferry.providers.azure_devops.requests.enums import (
    ORDER,
    RELEASE_EXPANDS,
    RELEASE_STATUS,
    STAGE_STATUS,
)
from stackferry.providers.azure_devops.requests.folder_paths import folder_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.cli.azure_devops.project_command import LiveProject, Project
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.api import ReleaseFilters

_line = columns(
    lambda row: row.get("id"),
    lambda row: row.get("status"),
    lambda row: row.get("createdOn"),
    lambda row: nested(row, "releaseDefinition", "name") or nested(row, "releaseDefinition", "id"),
    lambda row: row.get("name"),
    lambda row: ", ".join(f"{text(one.get('name'))}: {text(one.get('status'))}" for one in _stages(row)),
)


class Wanted(NamedTuple):
    """The filters of a list; `definition` and `stage` as the user names them."""

    filters: ReleaseFilters
    definition: str
    stage: str

    @property
    def is_narrow(self) -> bool:
        """Whether any filter was given."""
        return any(self)

    async def resolved(self, project: Project) -> ReleaseFilters:
        """The filters with ids for names. Raises UsageError for a name that the project does not have."""
        found = self.filters.copy()
        if self.definition:
            found["definition_id"] = await project.definitions.id_of(self.definition)
        if self.stage.isdecimal():
            found["definition_environment_id"] = int(self.stage)
        elif self.stage:
            stage = await project.definitions.stage_id(found["definition_id"], self.stage)
            found["definition_environment_id"] = stage
        return found


def _wanted(definition: str, stage: str, **given: Any) -> Wanted:
    """The filters that were given, as the client names them. Raises UsageError for some that are no use alone."""
    if path := given["path"]:
        given["path"] = folder_path(path) or "\\"
    given["environment_status_filter"] = STAGE_STATUS.number(given["environment_status_filter"]) or None
    if stage and not (definition or stage.isdecimal()):
        raise click.UsageError("--stage names a stage of a definition: give --definition too, or its id")
    try:
        check_range(given["min_created_time"] or "", given["max_created_time"] or "")
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    return Wanted(_given(given), definition, stage)


def _shown(**given: Any) -> ReleaseFilters:
    """How a list is shown, as the client names it."""
    given["query_order"] = next(iter(given["query_order"]), None)
    given["is_deleted"] = given["is_deleted"] or None
    return _given(given)


def _given(values: dict[str, Any]) -> ReleaseFilters:
    chosen: Any = {name: value for name, value in values.items() if value not in (None, (), "")}
    return cast("ReleaseFilters", chosen)


def _text(flag: str, name: str, metavar: str, words: str) -> Any:
    return option(flag, name, default="", metavar=metavar, callback=named, help=words)


filter_options = bundled(
    "wanted",
    _wanted,
    _text("--definition", "definition", "NAME|ID", "Only releases of this definition."),
    _text(
        "--stage",
        "stage",
        "NAME|ID",
        "Only releases with this stage of the definition; with --stage-status, those where it has that status.",
    ),
    enum_option(
        STAGE_STATUS,
        "--stage-status",
        "environment_status_filter",
        metavar="STATUS",
        what="Only releases with a stage in this status",
    ),
    enum_option(
        RELEASE_STATUS, "--status", "status_filter", metavar="STATUS", what="Only releases with this status"
    ),
    _text("--created-by", "created_by", "USER", "Only releases that this user made, by unique name or id."),
    time_option("--since", "min_created_time", help="Only releases created after this time."),
    time_option("--until", "max_created_time", help="Only releases created before this time."),
    _text("--search", "search_text", "TEXT", "Only releases with this in their name."),
    _text(
        "--artifact-type",
        "artifact_type_id",
        "TYPE",
        "Only releases with an artifact of this type: Build, Git …",
    ),
    _text(
        "--artifact-source",
        "source_id",
        "ID",
        "Only releases with an artifact of this source: PROJECT:DEFINITION for builds; with --artifact-type.",
    ),
    _text(
        "--artifact-version",
        "artifact_version_id",
        "ID",
        "Only releases with this version of an artifact: a build's id.",
    ),
    _text(
        "--branch",
        "source_branch_filter",
        "BRANCH",
        "Only releases with an artifact of this branch, as refs/heads/main.",
    ),
    repeatable(
        "--tag", "tag_filter", metavar="TAG", callback=named, what="Only releases that have all of these tags"
    ),
    repeatable("--id", "release_id_filter", type=RELEASE_ID, metavar="ID", what="Only this release"),
    _text("--path", "path", "FOLDER", "Only releases of definitions in this folder."),
)


_shown_options = bundled(
    "shown",
    _shown,
    option("--deleted", "is_deleted", is_flag=True, help="Releases that were deleted and are still listed."),
    enum_option(RELEASE_EXPANDS, "--expand", metavar="PART", what="With this part of each release"),
    repeatable(
        "--property",
        "property_filters",
        metavar="NAME",
        callback=named,
        what="With this one of the properties of each release",
    ),
    enum_option(ORDER, "--order", "query_order", metavar="ORDER", what="In this order of creation"),
    option(
        "--token",
        "continuation_token",
        metavar="TOKEN",
        callback=named,
        help="Begin at the page that `next` of a report leads to, which had the same filters.",
    ),
)


@project_command(command, "list")
@filter_options
@_shown_options
@click.option(
    "--top", type=click.IntRange(min=1), metavar="N", help="At most N releases, however many pages they are."
)
@click.option("--all", "every", is_flag=True, help="All releases, however many pages they are.")
def list_(project: LiveProject, wanted: Wanted, shown: ReleaseFilters, top: int | None, every: bool) -> None:
    """List releases: id, status, when created, definition, name, and with --expand environments the stages.

    Without --top and --all it is the first page, and a message says when there are more; the report's `next` is the
    token of the page that follows.
    """
    if every and top:
        raise click.UsageError("--all lists every release, and --top so many: give one of them")

    async def work(live: Project, report: Report) -> None:
        filters: ReleaseFilters = {**await wanted.resolved(live), **shown}
        is_read_on = every or top is not None
        page = None if is_read_on else await live.releases.get_all(**filters)
        found = page.found if page else await live.releases.find(top, **filters)
        report.facts["answer"] = found.as_json()
        if found.token:
            report.facts["next"] = found.token
            project.output.say(
                f"{plural(len(found.rows), 'release')}, and there are more: --all lists them, --top N lists N"
            )
        elif not found.rows:
            project.output.say("no releases, or none that the filters let through")

    project.run(work, _line)


def _stages(release: JsonObject) -> Iterator[JsonObject]:
    yield from objects(as_object(release).get("environments"))
