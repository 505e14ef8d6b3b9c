"""The fewest requests that an archive can take, by the formula of its own content.

    first   reads = pages of definitions + 2 for each definition + revisions + pages of releases + releases + logs
                    + definitions of releases + pages of deployments + 1 for folders + 1 for each kind pointed at
                    + files that were asked for singly
    grown   the same lists, and of the rest what does not come from the base

A page has 100 rows. Pure; counts rows and plans nothing.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from stackferry.model import Stream
from stackferry.providers.azure_devops.kinds import POINTED_AT
from stackferry.providers.azure_devops.options import read_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.source import ReadOptions

    Rows = Callable[[Stream], Iterator[JsonObject]]

_ROWS: Final = 100


def export_minimum(
    lines: Mapping[Stream, int],
    rows: Rows,
    options: ReadOptions,
    *,
    sizes: Mapping[Stream, int],
    reused: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, int]:
    """The fewest reads for an archive of a whole project, of which so many records came from a base."""
    del sizes
    own = read_options(options)

    def count(kind: str) -> int:
        return lines.get(Stream(kind), 0)

    def new(kind: str) -> int:
        return max(0, count(kind) - reused.get(kind, 0))

    reads = (
        _pages(count("definitions")),
        2 * new("definitions"),
        new("definition_revisions"),
        _pages(count("releases")),
        new("releases"),
        new("files"),
        new("definition_snapshots"),
        _pages(new("deployments")),
        1,
        len(POINTED_AT),
        _lists_of_attachments(rows, own.attachments) if own.attachments else 0,
        _pages(count("deleted_definitions")) + count("deleted_definitions") if own.deleted else 0,
        _pages(count("deleted_releases")) + count("deleted_releases") if own.deleted else 0,
    )
    return {"read": sum(reads)}


def _pages(count: int) -> int:
    return max(1, -(-count // _ROWS))


def _lists_of_attachments(rows: Rows, types: frozenset[str]) -> int:
    """A list for each plan of each attempt and each type."""
    plans = 0
    for release in rows(Stream("releases")):
        for stage in _objects(release, "environments"):
            for step in _objects(stage, "deploySteps"):
                named = {str(phase.get("runPlanId")) for phase in _objects(step, "releaseDeployPhases")}
                plans += sum(1 for plan in named if plan.strip("0-") and plan != "None")
    return plans * len(types)


def _objects(holder: JsonObject, name: str) -> list[JsonObject]:
    found = holder.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
