"""The list of deployments. It is read after the releases, and so also shows which of them have moved meanwhile. Pure.

API page: "Deployments: List". `modifiedOn` of a release does not tell of deployments, so an archive that grows asks for
those since its base, and reads the releases that they name.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from stackferry.json_values import epoch_seconds, integer, nested, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.releases import latest, release_id, shows
from stackferry.providers.azure_devops.exporting.lists import GONE, RowReader, listing, rows_of, was_read
from stackferry.providers.azure_devops.exporting.releases import release
from stackferry.providers.azure_devops.exporting.selection import names_definitions, wanted_definitions
from stackferry.providers.azure_devops.kinds import DEPLOYMENTS, RELEASES, uid_of
from stackferry.providers.azure_devops.requests import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.exporting.base import BaseRecords
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.azure_devops.requests.read import Pairs
    from stackferry.providers.source import CursorListing, GrowingStore, Job, RecordStore

_OVERLAP: Final = timedelta(minutes=5)  # times of the service's parts differ
_TIMES: Final = ("queuedOn", "startedOn", "completedOn", "lastModifiedOn")
_NO_DEFINITION: Final = 0


def deployment_lists(
    root: Root, staged: GrowingStore, options: AzureReadOptions, base: BaseRecords | None
) -> Iterator[Job]:
    """The whole list; of a narrowed export a list for each definition; with a base what has changed since."""
    since = before(base.watermark) if base else options.since
    params = (("minModifiedTime", since),) if since else ()
    if not names_definitions(options):
        yield _list(root, staged, options, params, _NO_DEFINITION)
        return
    for definition in wanted_definitions(staged, options):
        yield _list(root, staged, options, params, definition)


def _list(
    root: Root, staged: GrowingStore, options: AzureReadOptions, params: Pairs, definition: int
) -> CursorListing:
    of = (("definitionId", str(definition)),) if definition else ()

    def is_wanted(row: JsonObject) -> bool:
        uid = release_of(row)
        return not options.is_narrow or staged.get(Stream(RELEASES.name), uid) is not None

    name = f"{DEPLOYMENTS.name}/of/{definition}" if definition else DEPLOYMENTS.name
    return listing(
        DEPLOYMENTS,
        RowReader(DEPLOYMENTS, name, options, keep=is_wanted, note=_times),
        lambda cursor, rows: read.list_deployments(root, cursor, rows, *of, *params),
        name=name,
        optional=True,
    )


def _times(row: JsonObject) -> JsonObject:
    return {"at": latest(row.get(name) for name in _TIMES)}


def release_of(row: JsonObject) -> str:
    """The uid of the release that a row is about."""
    return uid_of(nested(row, "release", "id"))


def moved(
    root: Root, staged: GrowingStore, options: AzureReadOptions, base: BaseRecords | None
) -> Iterator[Job]:
    """Releases that deployments show in another state than they were read in, and those that are new since."""
    if base is not None and staged.get(*was_read(DEPLOYMENTS)) is None:
        # The list was refused, so nothing tells which releases have moved since the base: all are read.
        yield from (
            release(root, options, release_id(row), suffix="/moved")
            for row in staged.objects(rows_of(RELEASES))
        )
        return
    asked = set[str]()
    for note in deployed(staged):
        uid = release_of(note)
        if uid in asked or staged.get(GONE, uid) is not None or not uid:
            continue
        if _has_moved(staged, options, base, uid, note):
            asked.add(uid)
            yield release(root, options, integer(nested(note, "release", "id")) or 0, suffix="/moved")


def _has_moved(
    staged: GrowingStore, options: AzureReadOptions, base: BaseRecords | None, uid: str, note: JsonObject
) -> bool:
    """Whether a deployment shows a release in another state than it was read in."""
    held = staged.get(Stream(RELEASES.name), uid)
    if held is None:
        return not options.is_narrow
    if base is not None and base.is_taken(staged, uid):
        return not base.has_deployment(note)
    return not shows(held, note)


def deployed(staged: GrowingStore) -> Iterator[JsonObject]:
    """The deployments that were listed now, without those of a base."""
    stream = Stream(DEPLOYMENTS.name)
    for row in staged.objects(stream):
        if staged.get(rows_of(DEPLOYMENTS), uid_of(row.get("id"))) is not None:
            yield row


def watermark(staged: RecordStore, base: str = "") -> str:
    """The latest time that the service has told in the lists of releases and deployments, and that of a base.

    Releases are read while others change. What changed up to this time these lists have shown, since the releases are
    listed first and the deployments after they were read.
    """
    return latest([base, *_told(staged)])


def _told(staged: RecordStore) -> Iterator[Json]:
    for row in staged.objects(rows_of(RELEASES)):
        yield row.get("createdOn")
        yield row.get("modifiedOn")
    for row in staged.objects(rows_of(DEPLOYMENTS)):
        yield row.get("at")


def before(at: str) -> str:
    """Some minutes before a time; empty where there is none."""
    if epoch_seconds(at) is None:
        return ""
    # Whole seconds are enough, and every version of the service reads them.
    earlier = datetime.fromisoformat(at) - _OVERLAP
    return text(earlier.replace(microsecond=0).isoformat()).replace("+00:00", "Z")
