"""Evidence of several archives: each attempt once, as the newest archive that holds it has it. Pure.

Which archive is newer the service's own times say (`watermark`), and no clock of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import UsageError
from stackferry.json_values import as_list, as_object, epoch_seconds, objects, text
from stackferry.model import Place
from stackferry.providers.azure_devops.evidence.archive import Archive
from stackferry.providers.azure_devops.evidence.conclusions import may_conclude, may_not_conclude
from stackferry.providers.azure_devops.hosts import SYSTEM
from stackferry.providers.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.evidence.archive import Key, Row
    from stackferry.providers.evidence import Wanted
    from stackferry.providers.source import RecordStore

_UNKNOWN: Final = float("-inf")
_SHOWN: Final = 12  # names in a message


class _Held(NamedTuple):
    """A row, and the place of its archive among those of its source, oldest first."""

    row: Row
    place: int


def evidence(stores: Sequence[RecordStore], wanted: Wanted) -> Evidence:
    """The rows that are wanted, by source and then by time. Raises UsageError for a name that no archive knows."""
    archives = [Archive(store) for store in stores]
    by_source: dict[str, list[Archive]] = {}
    for archive in archives:
        by_source.setdefault(_place(archive).identity.casefold(), []).append(archive)
    rows: list[JsonObject] = []
    sources: dict[str, int] = {}
    for of_one in by_source.values():
        of_source = [*_of_one_source(of_one)]
        names = _names(of_one)
        found = [row for row in of_source if _is_wanted(row, names, wanted)]
        rows += [row.facts for row in sorted(found, key=_order)]
        sources[str(_place(of_one[0]))] = len(found)
    _refuse_unknown(archives, wanted)
    return Evidence(
        rows=rows,
        sources=sources,
        archives=[_head(archive) for archive in archives],
        may=may_conclude(archives),
        may_not=may_not_conclude(archives, wanted),
    )


def _place(archive: Archive) -> Place:
    """Which project an archive is of. Names of organizations and projects are the same in any letter case."""
    source = as_object(archive.manifest.get("source"))
    key, host, name = (text(source.get(one)) for one in ("key", "host", "project"))
    return Place(system=SYSTEM, key=key, host=host, name=name)


def _of_one_source(archives: list[Archive]) -> Iterator[Row]:
    """Every attempt that any of these archives knows, once."""
    oldest_first = sorted(
        archives, key=lambda one: _seconds(_watermark(one))
    )  # a stable sort: the last one given wins
    newest: dict[Key, _Held] = {}
    for place, archive in enumerate(oldest_first):
        for row in archive.rows():
            newest[row.key] = _Held(row, place)
    for row, place in newest.values():
        if not row.facts["vanished"]:
            row.facts["vanished"] = _missing_since(row.key[0], oldest_first[place + 1 :]) or None
        yield row


def _missing_since(release: int, later: list[Archive]) -> str:
    """The watermark of the first later archive that has no such release any more."""
    return next((_watermark(one) or "unknown" for one in later if one.lacks(release)), "")


def _watermark(archive: Archive) -> str:
    return text(archive.manifest.get("watermark"))


def _seconds(at: str) -> float:
    found = epoch_seconds(at)
    return _UNKNOWN if found is None else found


def _at(row: Row) -> float:
    """When an attempt was queued; where that is not told, the first thing that is."""
    times = (_seconds(text(row.facts.get(name))) for name in ("queued_on", "started_on", "completed_on"))
    return next((found for found in times if found != _UNKNOWN), _UNKNOWN)


def _order(row: Row) -> tuple[float, Key]:
    return _at(row), row.key


def _names(archives: list[Archive]) -> dict[str, set[str]]:
    """What each definition can be asked for by, by id: its id, and every name that it has or had."""
    found: dict[str, set[str]] = {}
    for archive in archives:
        for uid, names in archive.names.items():
            found.setdefault(uid, {uid}).update(_folded(names))
    return found


def _is_wanted(row: Row, names: dict[str, set[str]], wanted: Wanted) -> bool:
    if wanted.definitions and names.get(row.definition, set()).isdisjoint(_folded(wanted.definitions)):
        return False
    if wanted.stages and text(row.facts.get("stage")).casefold() not in _folded(wanted.stages):
        return False
    queued = _at(row)
    if queued == _UNKNOWN:  # nobody can say that it is not meant
        return True
    return _is_within(queued, wanted)


def _is_within(queued: float, wanted: Wanted) -> bool:
    since, until = epoch_seconds(wanted.since), epoch_seconds(wanted.until)
    return not (since is not None and queued < since) and not (until is not None and queued >= until)


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _refuse_unknown(archives: list[Archive], wanted: Wanted) -> None:
    """A name that is mistyped must not look like a stage to which nothing was deployed."""
    definitions = {name for archive in archives for names in archive.names.values() for name in names}
    known = set[str]().union(*_names(archives).values())
    _refuse("definition", wanted.definitions, known, [*definitions])
    stage_names = {key: name for archive in archives for key, name in archive.stages.items()}
    _refuse("stage", wanted.stages, {*stage_names}, [*stage_names.values()])


def _refuse(what: str, wanted: frozenset[str], known: set[str], shown: list[str]) -> None:
    unknown = sorted(name for name in wanted if name.casefold() not in known)
    if unknown:
        listed = ", ".join(f"'{name[:80]}'" for name in sorted({*shown})[:_SHOWN]) or "none at all"
        more = ", …" if len({*shown}) > _SHOWN else ""
        raise UsageError(f"no archive knows a {what} '{unknown[0]}'; it is one of {listed}{more}")


def _head(archive: Archive) -> JsonObject:
    """What an archive is, for the head of a report."""
    manifest = archive.manifest
    counts: dict[str, int] = {}
    for row in objects(manifest.get("vanished")):
        kind = text(row.get("kind"))
        counts[kind] = counts.get(kind, 0) + 1
    return {
        "watermark": manifest.get("watermark"),
        "selection": archive.selection,
        "releases": len(archive.releases),
        "unfinished": len(as_list(manifest.get("unfinished"))),
        "vanished": {**counts},
        "gaps": [*objects(manifest.get("gaps"))],
        "redacted": len(as_list(manifest.get("redacted"))),
    }
