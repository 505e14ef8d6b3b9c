"""Names that an export was asked for and that nothing has: definitions, a folder, stages, tags. Pure.

An export tells them as gaps, for what else was asked for is worth having. A copy would write, so it is refused: a name
that is misspelled must not look like something that was done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import did_you_mean
from stackferry.errors import UsageError
from stackferry.json_values import as_object, nested, rows_in, text
from stackferry.model import Gap, Record, Stream
from stackferry.providers.azure_devops.content.releases import release_id, stages
from stackferry.providers.azure_devops.exporting.lists import NAMES, rows_of
from stackferry.providers.azure_devops.exporting.selection import wanted_definitions
from stackferry.providers.azure_devops.kinds import DEFINITIONS, FOLDERS, RELEASES
from stackferry.providers.azure_devops.requests import read
from stackferry.providers.azure_devops.requests.folder_paths import is_in_folder
from stackferry.providers.source import CursorListing, LocalRecords, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.source import Job, RecordStore


def unknown_names(staged: RecordStore, options: AzureReadOptions) -> Iterator[Job]:
    """A gap for each name. Raises UsageError where an export is `strict`. Every release is read."""
    found = [*_definitions(staged, options), *_folder(staged, options), *_of_releases(staged, options)]
    if found and options.strict:
        told = (f"--{_FLAGS[gap.kind]} {gap.uid}: {gap.reason}{_near(staged, gap)}" for gap in found)
        raise UsageError("; ".join(told))
    for gap in found:
        yield LocalRecords(name=f"unknown/{gap.kind}/{gap.uid}", gaps=[gap])


def stages_of_deployments(root: Root, staged: RecordStore, options: AzureReadOptions) -> Iterator[Job]:
    """The names of the stages of all deployments, where a stage is asked for that no definition has today.

    Releases may have been deployed to it before. Their list is much shorter to read than they are one by one.
    """
    if not options.strict or not _unknown_stages(staged, options):
        return
    for definition in wanted_definitions(staged, options) or [0]:
        of = (("definitionId", str(definition)),) if definition else ()
        yield CursorListing(
            name=f"stages/of/{definition}",
            request=lambda cursor, rows, of=of: read.list_deployments(root, cursor, rows, *of),  # type: ignore[misc]
            read=_stages_page,
            page_size=read.PAGE,
            optional=True,
        )


def refuse_stages(staged: RecordStore, options: AzureReadOptions) -> None:
    """Raise UsageError for a stage that neither definitions nor deployments name. Where these are refused to the token,
    the releases tell it later."""
    if staged.get(_STAGES, "/") is not None:
        held = {text(row.get("name")) for row in staged.objects(_STAGES)}
        gone = [name for name in _unknown_stages(staged, options) if name.lower() not in map(str.lower, held)]
        if gone:
            known = {*held, *_stage_names(staged)} - {""}
            raise UsageError(f"--stage {gone[0]}: {_NO_STAGE}{did_you_mean(gone[0], known)}")


def _unknown_stages(staged: RecordStore, options: AzureReadOptions) -> list[str]:
    held = {name.lower() for name in _stage_names(staged)}
    return sorted(name for name in options.stages if name.lower() not in held)


def _stages_page(answer: JsonObject, headers: Mapping[str, str]) -> Page:
    """The names of stages on a page of deployments; an empty one says that the list was read."""
    rows = rows_in(answer, "value", "deployments")
    names = {text(nested(row, "releaseEnvironment", "name")) for row in rows} | {""}
    found = [(_STAGES, Record(f"/{name}", {"name": name})) for name in sorted(names)]
    return Page(found, len(rows), next=headers.get(read.TOKEN, ""))


_STAGES: Final = Stream(".stages")  # names of stages that deployments tell
_NO_STAGE: Final = "no definition has a stage of this name, and no release was deployed to one"
_FLAGS = {DEFINITIONS.name: "definition", FOLDERS.name: "path", "stages": "stage", "tags": "tag"}


def _near(staged: RecordStore, gap: Gap) -> str:
    """What may have been meant: only the message of a refusal says it, for a gap is told alike by every run."""
    known: dict[str, Iterable[str]] = {
        DEFINITIONS.name: (text(row.get("name")) for row in staged.objects(NAMES)),
        FOLDERS.name: (text(row.get("path")) for row in staged.objects(Stream(FOLDERS.name))),
        "stages": _stage_names(staged),
    }
    return did_you_mean(gap.uid, {*known.get(gap.kind, ())} - {""})


def _stage_names(staged: RecordStore) -> Iterator[str]:
    for kind in (DEFINITIONS, RELEASES):
        for row in staged.objects(Stream(kind.name)):
            yield from (text(stage.get("name")) for stage in stages(row))


def _definitions(staged: RecordStore, options: AzureReadOptions) -> Iterator[Gap]:
    """Those that no definition has, nor any release as that of its definition."""
    held = {
        str(release_id(as_object(row.get("releaseDefinition")))) for row in staged.objects(rows_of(RELEASES))
    }
    for row in staged.objects(rows_of(DEFINITIONS)):
        held |= {text(row.get("name")).lower(), str(release_id(row))}
    for name in sorted(one for one in options.definitions if one.lower() not in held):
        where = " in the folder that is asked for" if options.path else ""
        reason = f"the project has no definition of this name or id{where}"
        yield Gap(kind=DEFINITIONS.name, uid=name, reason=reason)


def _folder(staged: RecordStore, options: AzureReadOptions) -> Iterator[Gap]:
    kinds = (rows_of(DEFINITIONS), Stream(FOLDERS.name))
    paths = [text(row.get("path")) for stream in kinds for row in staged.objects(stream)]
    if options.path and not any(is_in_folder(options.path, path) for path in paths):
        yield Gap(kind=FOLDERS.name, uid=options.path, reason="the project has no folder of this path")


def _of_releases(staged: RecordStore, options: AzureReadOptions) -> Iterator[Gap]:
    """Stages that no definition has and no release was deployed to; tags that no release has."""
    if not options.stages | options.tags:
        return
    for name in _unknown_stages(staged, options):
        yield Gap(kind="stages", uid=name, reason=_NO_STAGE)
    if options.tags and next(staged.objects(Stream(RELEASES.name)), None) is None:
        reason = (
            "no release that is asked for has this tag" if len(options.tags) == 1 else "none has all of these"
        )
        yield Gap(kind="tags", uid=", ".join(sorted(options.tags)), reason=reason)
