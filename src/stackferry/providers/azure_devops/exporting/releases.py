"""Releases whole, as they are listed; the definition that each was made of; those that are deleted. Pure.

API pages: "Releases: List, Get". A list of releases is thin and quick; each is then asked for with its tasks, while the
next page of the list is under way.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import integer
from stackferry.model import Record, Stream
from stackferry.providers.azure_devops.content.releases import lacks_interventions, release_id
from stackferry.providers.azure_devops.exporting.lists import (
    GONE,
    RowReader,
    fetch,
    fetch_revision,
    here,
    listing,
    of_id,
    rows_of,
)
from stackferry.providers.azure_devops.exporting.selection import (
    is_wanted_release,
    is_wanted_row,
    params_of,
    wanted_definitions,
)
from stackferry.providers.azure_devops.kinds import (
    DEFINITION_SNAPSHOTS,
    MANUAL_INTERVENTIONS,
    RELEASES,
)
from stackferry.providers.azure_devops.requests import read
from stackferry.providers.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.exporting.base import BaseRecords
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.source import CursorListing, Fetch, GrowingStore, Job


def release_list(
    root: Root, options: AzureReadOptions, *, leads_on: bool, definition: int = 0
) -> CursorListing:
    """The list of releases, of one definition or of all."""
    reader = RowReader(
        RELEASES, RELEASES.name, options, keep=partial(is_wanted_row, options), is_record=False
    )
    of = (("definitionId", str(definition)),) if definition else ()
    tags = () if leads_on else read.with_tags(root)  # where rows say which releases are as a base has them
    return listing(
        RELEASES,
        reader,
        lambda cursor, rows: read.list_releases(root, cursor, rows, *of, *params_of(options), *tags),
        name=f"{RELEASES.name}/of/{definition}" if definition else RELEASES.name,
        leads_to=(lambda row: [release(root, options, release_id(row))]) if leads_on else None,
    )


def lists_of_definitions(root: Root, staged: GrowingStore, options: AzureReadOptions) -> Iterator[Job]:
    """A list for each definition, where only some are wanted."""
    for definition in wanted_definitions(staged, options):
        yield release_list(root, options, leads_on=True, definition=definition)


def release_details(root: Root, staged: GrowingStore, options: AzureReadOptions) -> Iterator[Job]:
    """Each release that is listed."""
    for row in staged.objects(rows_of(RELEASES)):
        yield release(root, options, release_id(row))


def release(
    root: Root, options: AzureReadOptions, number: int, *, suffix: str = "", into: Stream | None = None
) -> Fetch:
    """One release. `suffix`: it is read again, whatever a base holds. One that is gone by now is noted."""
    uid, _ = RELEASES.key(number)
    whole = of_id("release", number)

    def make(answer: JsonObject) -> JsonObject | None:
        found = whole(answer)
        return found if is_wanted_release(options, found) else None

    return fetch(
        RELEASES,
        f"{RELEASES.name}/{number}{suffix}",
        read.get_release(root, number, options.properties),
        make,
        (uid, 0),
        options,
        known=not suffix,
        into=into,
        if_gone=Page([(GONE, Record(uid, {"id": number}))], 0),
    )


def definition_snapshots(root: Root, staged: GrowingStore, options: AzureReadOptions) -> Iterator[Job]:
    """The definition of each release that was edited for it alone: no revision of the definition shows it."""
    for row in here(staged, RELEASES):
        revision = integer(row.get("definitionSnapshotRevision")) or 0
        if revision > 1:
            yield _snapshot(root, options, release_id(row), revision)


def interventions(
    root: Root, staged: GrowingStore, options: AzureReadOptions, base: BaseRecords | None
) -> Iterator[Job]:
    """What people answered when a deployment asked them, where neither the release nor a base holds it."""
    for row in here(staged, RELEASES):
        is_known = base is not None and base.is_taken(staged, RELEASES.key(release_id(row))[0])
        if lacks_interventions(row) and not is_known:
            yield _interventions(root, options, release_id(row))


def _interventions(root: Root, options: AzureReadOptions, number: int) -> CursorListing:
    name = f"{MANUAL_INTERVENTIONS.name}/{number}"
    return listing(
        MANUAL_INTERVENTIONS,
        RowReader(MANUAL_INTERVENTIONS, name, options),
        lambda _cursor, _rows: read.list_manual_interventions(root, number),
        name=name,
        optional=True,
        of_one=True,
    )


def _snapshot(root: Root, options: AzureReadOptions, number: int, revision: int) -> Fetch:
    request = read.get_definition_snapshot(root, number, revision)
    return fetch_revision(DEFINITION_SNAPSHOTS, "release", (number, revision), request, options)
