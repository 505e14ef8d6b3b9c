"""`stackferry release create` on a project: a new release, with all that the service takes for one."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.azure_devops.project_command import project_command
from stackferry.cli.azure_devops.release_group import command
from stackferry.cli.azure_devops.release_options import MANUAL, enum_option, held_stages
from stackferry.cli.azure_devops.release_show import release_lines
from stackferry.cli.azure_devops.variable_options import assignment_option, variable_options
from stackferry.cli.options import bundled, named, option, repeatable
from stackferry.providers.azure_devops.api import ArtifactVersion, NewRelease
from stackferry.providers.azure_devops.requests.enums import REASON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.cli.azure_devops.project_command import LiveProject, Project
    from stackferry.model import Json
    from stackferry.providers.azure_devops.api import Made

# The id of a version has neither a colon nor an at sign; the branch comes last, since names may have both.
_ARTIFACT = re.compile(r"(?P<alias>[^=]+)=(?P<id>[^:@]+)(:(?P<name>.*?))?(@(?P<branch>[^@]+))?", re.DOTALL)


def _artifacts(
    context: click.Context, option: click.Parameter, values: Iterable[str]
) -> tuple[ArtifactVersion, ...]:
    found: dict[str, ArtifactVersion] = {}
    for value in values:
        match = _ARTIFACT.fullmatch(value)
        if match is None:
            raise click.BadParameter(
                f"'{value}' is not of the form ALIAS=ID[:NAME][@BRANCH]", context, option
            )
        alias = match["alias"].strip()
        if alias in found:
            raise click.BadParameter(f"'{alias}' is given two versions", context, option)
        found[alias] = ArtifactVersion(alias, match["id"].strip(), match["name"] or "", match["branch"] or "")
    return tuple(found.values())


def _new(
    stage_given: dict[str, str],
    reason: tuple[str, ...],
    manual: tuple[str, ...],
    all_manual: bool,
    **given: Any,
) -> dict[str, Any]:
    """What a `NewRelease` has beside its definition and its variables."""
    by_stage: dict[str, dict[str, Json]] = {}
    for name, value in stage_given.items():
        stage, slash, variable = name.rpartition("/")
        if not (stage and slash and variable):
            raise click.UsageError(f"--stage-variable '{name}={value}': it reads STAGE/NAME=VALUE")
        by_stage.setdefault(stage, {})[variable] = value
    word = next(iter(reason), "")
    held = held_stages(manual, all_manual)
    return {**given, "stage_variables": by_stage, "reason": word, "held": held}


_new_options = bundled(
    "facts",
    _new,
    option("--description", default="", metavar="TEXT", help="What the release is for."),
    repeatable(
        "--artifact",
        "artifacts",
        metavar="ALIAS=ID[:NAME][@BRANCH]",
        callback=_artifacts,
        what="The version of an artifact: the id of a build with its number as NAME, or a commit",
    ),
    assignment_option(
        "--stage-variable", "stage_given", metavar="STAGE/NAME=VALUE", what="A variable of one stage"
    ),
    option(
        "--draft", "is_draft", is_flag=True, help="Make a draft: nothing starts before it is made active."
    ),
    *MANUAL,
    enum_option(REASON, "--reason", metavar="WORD", what="Why there is this release"),
    assignment_option("--property", "properties", what="A property of the release"),
    option("--created-for", default="", metavar="USER", help="For whom it is, by unique name or id."),
)


@project_command(command, "create")
@click.argument("definition", callback=named)
@_new_options
@variable_options("of the release")
def create(project: LiveProject, definition: str, facts: dict[str, Any], variables: dict[str, Json]) -> None:
    """Make a release of DEFINITION (its name or id) and print it; its id comes first.

    Stages that start with a release do so at once, unless it is a --draft, or --manual or --all-manual hold them.
    What the service did not take as it was given is told, with exit code 1: the release is there all the same.
    """

    async def make(live: Project) -> Made:
        number = await live.definitions.id_of(definition)
        return await live.maker.create(NewRelease(definition=number, variables=variables, **facts))

    project.make(make, release_lines, about=f"--top 5 --definition {shlex.quote(definition)}")
