"""Names that were asked for and that nothing has: content types, locales, a release, entries of a query. Pure.

They are refused, as soon as the small kinds are listed: a name that is misspelled must not look like something that was
done. A program that exports may ask for gaps instead, for what else was asked for may be worth having.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import did_you_mean, ended
from stackferry.errors import UsageError
from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.entry_query import named_ids
from stackferry.providers.contentful.exporting.releases import NAMES
from stackferry.providers.contentful.exporting.selection import asked_releases
from stackferry.providers.contentful.exporting.staged import uids
from stackferry.providers.contentful.kinds import sys_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.providers.selection import Selection
    from stackferry.providers.source import Job, ReadOptions, RecordStore

_SHOWN: Final = 10  # names that a message lists


def unknown_names(store: RecordStore, selection: Selection, where: str) -> Iterator[str]:
    """A sentence for each name in the selection that nothing in `store` has, which is called `where`."""
    asked = (
        ("content type", kinds.CONTENT_TYPES, selection.types),
        ("locale", kinds.LOCALES, selection.locales),
    )
    for what, kind, names in asked:
        held = {*uids(store, kind)}
        for name in sorted(names - held):
            yield f"{where} holds no {what} '{name}'; it holds {_shown(held)}{did_you_mean(name, held)}"
    if selection.release:
        found = asked_releases(store, selection)
        if len(found) > 1:
            shown = ", ".join(map(sys_id, found))
            yield f"{len(found)} releases are called '{selection.release}': give the id, of {shown}"
        elif not found:
            streams = (Stream(kinds.RELEASES.name), NAMES)
            held = {text(row.get("title")) for stream in streams for row in store.objects(stream)}
            near = did_you_mean(selection.release, held)
            yield f"{where} holds no release '{selection.release}'; it holds {_shown(held)}{near}"


def unknown_entries(store: RecordStore, selection: Selection, where: str) -> Iterator[str]:
    """A sentence about the ids that a query names, and nothing else, and that no entry of the selected types has."""
    every = (stream for stream in store.streams() if stream.kind == kinds.ENTRIES.name)
    streams = [one for one in every if not selection.types or one.type in selection.types]
    asked = named_ids(selection.query) if not selection.limit else []
    lacking = [uid for uid in asked if not any(store.get(stream, uid) for stream in streams)]
    if lacking:
        yield f"{where} holds no entry {_shown(lacking)} in the selected content types"


def refuse_unknown_names(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """No job: ends an export that is `strict` where a name is unknown. Types, locales and releases are listed."""
    _refuse(unknown_names(staged, options, "the source") if options.strict else iter(()))
    yield from ()


def refuse_unknown_entries(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """The same for entries; what the query chooses is listed."""
    _refuse(unknown_entries(staged, options, "the source") if options.strict else iter(()))
    yield from ()


def _refuse(told: Iterator[str]) -> None:
    if found := [*told]:
        raise UsageError(f"{ended('; '.join(found))} Nothing was written")


def _shown(names: Collection[str]) -> str:
    few = [f"'{name}'" for name in sorted(names)[:_SHOWN]]
    return ", ".join([*few, *(["…"] if len(names) > _SHOWN else [])]) or "none"
