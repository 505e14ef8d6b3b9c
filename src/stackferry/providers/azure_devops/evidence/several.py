"""Evidence of several archives: each attempt once, as the newest archive that holds it has it. Pure.

Which archive is newer the service's own times say (`watermark`), and no clock of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.errors import UsageError
from stackferry.json_values import as_list, as_object, objects, text
from stackferry.model import Place
from stackferry.providers.azure_devops.evidence.archive import Archive
from stackferry.providers.azure_devops.evidence.conclusions import may_conclude, may_not_conclude
from stackferry.providers.azure_devops.evidence.one_source import OfOneSource, names_of, seconds, watermark
from stackferry.providers.azure_devops.hosts import SYSTEM
from stackferry.providers.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.evidence import Keep, Wanted
    from stackferry.providers.source import RecordStore, TempTables

_SHOWN: Final = 12  # names in a message


def evidence(
    stores: Sequence[RecordStore], wanted: Wanted, scratch: TempTables, keep: Keep = list
) -> Evidence:
    """The rows that are wanted, by source and then by time. Raises UsageError for a name that no archive knows."""
    archives = [Archive(store, scratch) for store in stores]
    by_source = _by_source(archives)
    sources = [OfOneSource(_oldest_first(of_one), wanted, scratch) for of_one in by_source]
    _refuse_unknown(archives, wanted)
    names = (str(_place(of_one[0])) for of_one in by_source)
    return Evidence(
        rows=keep(row for one in sources for row in one.rows()),
        sources=dict(zip(names, (one.count for one in sources), strict=True)),
        archives=[_head(archive) for archive in archives],
        may=may_conclude(archives),
        may_not=may_not_conclude(archives, wanted),
    )


def _by_source(archives: list[Archive]) -> list[list[Archive]]:
    """The archives of each project: by its id where the records tell it, for it may have been renamed; else by name."""
    ids: dict[str, str] = {}
    for archive in archives:
        name = _place(archive).identity.casefold()
        ids[name] = ids.get(name) or archive.project
    found: dict[str, list[Archive]] = {}
    for archive in archives:
        name = _place(archive).identity.casefold()
        found.setdefault(ids[name] or name, []).append(archive)
    return [*found.values()]


def _place(archive: Archive) -> Place:
    """Which project an archive is of. Names of organizations and projects are the same in any letter case."""
    source = as_object(archive.manifest.get("source"))
    key, host, name = (text(source.get(one)) for one in ("key", "host", "project"))
    return Place(system=SYSTEM, key=key, host=host, name=name)


def _oldest_first(archives: list[Archive]) -> list[Archive]:
    """A stable sort: of equal ones the last one that was given counts as the newest."""
    return sorted(archives, key=lambda one: seconds(watermark(one)))


def _refuse_unknown(archives: list[Archive], wanted: Wanted) -> None:
    """A name that is mistyped must not look like a stage to which nothing was deployed."""
    definitions = {name for archive in archives for names in archive.names.values() for name in names}
    known = set[str]().union(*names_of(archives).values())
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
        "releases": archive.releases,
        "unfinished": len(as_list(manifest.get("unfinished"))),
        "vanished": {**counts},
        "gaps": [*objects(manifest.get("gaps"))],
        "redacted": len(as_list(manifest.get("redacted"))),
    }
