"""Which definitions and releases an export is narrowed to, by the rows of their lists and by the releases. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, epoch_seconds, text, texts
from stackferry.providers.azure_devops.content.releases import attempts, release_id, status_of
from stackferry.providers.azure_devops.exporting.lists import rows_of
from stackferry.providers.azure_devops.kinds import DEFINITIONS
from stackferry.providers.azure_devops.requests.folder_paths import is_in_folder

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.azure_devops.requests.read import Pairs
    from stackferry.providers.source import RecordStore

_LONGEST_ID = 19  # digits


def names_definitions(options: AzureReadOptions) -> bool:
    """Whether releases are asked for definition by definition."""
    return bool(options.definitions or options.path)


def wanted_definitions(staged: RecordStore, options: AzureReadOptions) -> list[int]:
    """The definitions whose releases are asked for; empty where all are. A deleted one is named by its id."""
    if not names_definitions(options):
        return []
    listed = {release_id(row) for row in staged.objects(rows_of(DEFINITIONS))}
    named = {int(name) for name in options.definitions if name.isdecimal() and len(name) < _LONGEST_ID}
    return sorted(listed | (set() if options.path else named))


def is_wanted_definition(options: AzureReadOptions, row: JsonObject) -> bool:
    named = {name.lower() for name in options.definitions}
    if named and named.isdisjoint((text(row.get("name")).lower(), str(release_id(row)))):
        return False
    return not options.path or is_in_folder(options.path, text(row.get("path")))


def params_of(options: AzureReadOptions) -> Pairs:
    """What the service can select releases by itself."""
    found = {
        "minCreatedTime": options.since,
        "maxCreatedTime": options.until,
        "statusFilter": next(iter(options.statuses)) if len(options.statuses) == 1 else "",
        "tagFilter": ",".join(sorted(options.tags)),
    }
    return tuple((name, value) for name, value in found.items() if value)


def is_wanted_row(options: AzureReadOptions, row: JsonObject) -> bool:
    """Whether a listed release is wanted: a service may not know a parameter, and old ones leave some out."""
    created = epoch_seconds(text(row.get("createdOn")))
    since, until = epoch_seconds(options.since), epoch_seconds(options.until)
    if created is not None and (
        (since is not None and created < since) or (until is not None and created >= until)
    ):
        return False
    return not options.statuses or status_of(row) in options.statuses


def is_wanted_release(options: AzureReadOptions, release: JsonObject) -> bool:
    """The same by what only the release itself tells: its tags, and the stages that it was deployed to."""
    if not options.tags <= {*texts(as_list(release.get("tags")))}:
        return False
    wanted = {stage.lower() for stage in options.stages}
    reached = {text(attempt.stage.get("name")).lower() for attempt in attempts(release)}
    return not wanted or not wanted.isdisjoint(reached)
