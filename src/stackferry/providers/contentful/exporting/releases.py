"""Releases of both generations, the bodies that those of the second hold, and their actions. Pure.

API page: "Releases". The list that names no generation may hold both or the first alone, so the second one is asked for
by name, and what both lists hold is kept once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.model import Record, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.listings import cursor_listing, listing, record_of
from stackferry.providers.contentful.exporting.staged import entities_of, is_timeline, rows
from stackferry.providers.contentful.kinds import record_key, sys_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import Job, ReadOptions, RecordStore

_RELEASES: Final = Stream(kinds.RELEASES.name)
NAMES: Final = Stream(".release_names")  # titles of releases that are not asked for


def timeline_releases(root: Root, options: ReadOptions) -> Iterator[Job]:
    """The releases of the second generation."""
    yield cursor_listing(
        root,
        kinds.RELEASES,
        options,
        ("sys.schemaVersion", "Release.v2"),
        name="releases/timeline",
        make=partial(_record, options),
        is_looked_at=True,
    )


def other_releases(root: Root, staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """The list that names no generation."""

    def is_new(row: JsonObject) -> bool:
        held = staged.get(_RELEASES, sys_id(row))
        return held is None or not is_timeline(held)

    # No listing's name may be the beginning of the other's: what begins with a name is read again with it.
    yield cursor_listing(
        root,
        kinds.RELEASES,
        options,
        name="releases/others",
        keep=is_new,
        make=partial(_record, options),
        is_looked_at=True,
    )


def _record(options: ReadOptions, row: JsonObject) -> tuple[Stream, Record]:
    """A release that is asked for; of another one its title, which a message may suggest."""
    if _is_asked(options, row):
        return record_of(kinds.RELEASES, row)
    return NAMES, Record(sys_id(row), {"title": row.get("title")})


def _is_asked(options: ReadOptions, row: JsonObject) -> bool:
    return not options.release or options.release in (sys_id(row), row.get("title"))


def release_bodies(root: Root, staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """The bodies that each release of the second generation holds.

    An entry that was made in a release may not be among its entities, so entries are always asked for.
    """
    yield from bodies_of(root, staged.objects(_RELEASES), options)


def bodies_of(root: Root, releases: Iterable[JsonObject], options: ReadOptions) -> Iterator[Job]:
    """The same of these releases."""
    for release in filter(is_timeline, releases) if options.versions != "latest" else ():
        uid = sys_id(release)
        yield listing(root, kinds.RELEASE_ENTRIES, options, name=f"release_entries/{uid}", owner=uid)
        if options.assets and any(kind == "Asset" for kind, _ in entities_of(release)):
            yield listing(root, kinds.RELEASE_ASSETS, options, name=f"release_assets/{uid}", owner=uid)


def unlisted_assets(root: Root, staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Assets of releases that name none: asked for only where some release is seen to hold what it does not name."""
    if not options.assets or options.versions == "latest":
        return
    named = {sys_id(one): {uid for _, uid in entities_of(one)} for one in staged.objects(_RELEASES)}
    held = (record_key(kinds.RELEASE_ENTRIES.name, row)[0] for row in rows(staged, kinds.RELEASE_ENTRIES))
    pairs = (uid.partition("\0") for uid in held)
    if any(entity not in named.get(release, ()) for release, _, entity in pairs):
        for release in filter(is_timeline, staged.objects(_RELEASES)):
            uid = sys_id(release)
            yield listing(root, kinds.RELEASE_ASSETS, options, name=f"release_assets/{uid}", owner=uid)
