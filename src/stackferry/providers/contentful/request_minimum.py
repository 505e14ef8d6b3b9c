"""The fewest requests that an export of a space can take, by the formula of its own content.

    export  reads = 1 for the place + pages of every list + one look at each list that decides what else is read
                    (types, entries, assets, both lists of releases) + lists of live bodies, where any is another
                    than the current one + a list for each kind of body in a Timeline release + one list of snapshots
                    for each object that has more of them than it shows itself + taxonomy, where it is used

A page has 1,000 rows and 7 MB at most. Pure; counts rows and plans nothing.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, integer, nested, objects
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.options import read_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.source import ReadOptions

    Rows = Callable[[Stream], Iterator[JsonObject]]

_ROWS: Final = 1_000
_IDS: Final = 100
_BYTES: Final = 7_340_032
# Listed once, whatever there is of them.
_ONCE: Final = (
    kinds.SPACE, kinds.LOCALES, kinds.TAGS, kinds.EDITOR_INTERFACES, kinds.EXTENSIONS, kinds.APP_INSTALLATIONS,
    kinds.UI_CONFIG, kinds.WORKFLOW_DEFINITIONS, kinds.WORKFLOWS, kinds.ROLES, kinds.WEBHOOKS, kinds.API_KEYS,
    kinds.PREVIEW_API_KEYS, kinds.ENVIRONMENT_ALIASES, kinds.RELEASE_ACTIONS, kinds.SCHEDULED_ACTIONS,
)  # fmt: skip
_LIVE: Final = (
    (kinds.CONTENT_TYPES, kinds.PUBLISHED_CONTENT_TYPES),
    (kinds.ENTRIES, kinds.PUBLISHED_ENTRIES),
    (kinds.ASSETS, kinds.PUBLISHED_ASSETS),
)


def export_minimum(
    lines: Mapping[Stream, int],
    rows: Rows,
    options: ReadOptions,
    *,
    sizes: Mapping[Stream, int],
    reused: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, int]:
    """The fewest reads and downloads for a snapshot of a whole environment."""
    held = _Held(lines, sizes, rows)
    assets = [kinds.ASSETS] if options.assets else []
    reads = (
        1,
        *(held.pages(kind) for kind in _ONCE),
        2 * held.pages(kinds.CONTENT_TYPES),
        *(
            held.pages(kind, held.count(kind) - reused.get(kind.name, 0)) + 1
            for kind in (kinds.ENTRIES, *assets)
        ),
        4 * held.pages(kinds.RELEASES),  # both lists, each looked at again
        *(held.live_lists(kind, live, reused) for kind, live in _LIVE),
        held.bodies_in_releases(options),
        held.aliases(),
        2 if held.count(kinds.CONCEPTS) or held.count(kinds.CONCEPT_SCHEMES) else 0,
        held.histories(reused) if options.versions == "all" else 0,
        held.editorial() if read_options(options).editorial else 0,
    )
    return {"read": sum(reads), "asset": held.count(kinds.FILES) - reused.get("files", 0)}


class _Held:
    """What a snapshot holds, in numbers."""

    def __init__(self, lines: Mapping[Stream, int], sizes: Mapping[Stream, int], rows: Rows) -> None:
        self._lines, self._sizes, self._rows = lines, sizes, rows

    def count(self, kind: Kind) -> int:
        return sum(count for stream, count in self._lines.items() if stream.kind == kind.name)

    def rows(self, kind: Kind) -> Iterator[JsonObject]:
        for stream in self._lines:
            if stream.kind == kind.name:
                yield from self._rows(stream)

    def pages(self, kind: Kind, bodies: int | None = None) -> int:
        """The pages of a kind's list; `bodies`: how many of its rows are read whole, if not all are."""
        size = sum(size for stream, size in self._sizes.items() if stream.kind == kind.name)
        count = self.count(kind)
        whole = count if bodies is None else max(0, bodies)
        large = -(-size * whole // (_BYTES * count)) if count else 0
        more = 0 if bodies in (None, count) else -(-whole // _IDS)
        return max(_pages(count), large if more == 0 else 0) + more

    def live_lists(self, kind: Kind, live: Kind, reused: Mapping[str, int]) -> int:
        """The lists of live bodies: few are asked for by id."""
        count = self.count(live) - reused.get(live.name, 0)
        return min(-(-count // _IDS), _pages(self.count(kind))) if count > 0 else 0

    def bodies_in_releases(self, options: ReadOptions) -> int:
        if options.versions == "latest":
            return 0
        asked = 0
        for release in self.rows(kinds.RELEASES):
            if nested(release, "sys", "schemaVersion") == "Release.v2":
                items = objects(nested(release, "entities", "items"))
                named = [nested(item, "entity", "sys", "linkType") for item in items]
                asked += 1 + (options.assets and "Asset" in named)
        return asked

    def aliases(self) -> int:
        """What is scheduled through an alias is listed under its name."""
        return sum(1 for _ in self.rows(kinds.ENVIRONMENT_ALIASES) if self._is_own(_))

    def _is_own(self, alias: JsonObject) -> bool:
        own = next(iter(self.rows(kinds.CONTENT_TYPES)), {})
        place = nested(own, "sys", "environment", "sys", "id")
        return nested(alias, "environment", "sys", "id") == place

    def histories(self, reused: Mapping[str, int]) -> int:
        """A list for each object that was published more than once, or is not live as it is."""
        asked = 0
        for kind, snapshots in (
            (kinds.CONTENT_TYPES, kinds.CONTENT_TYPE_SNAPSHOTS),
            (kinds.ENTRIES, kinds.ENTRY_SNAPSHOTS),
        ):
            lists = sum(_snapshot_pages(row) for row in self.rows(kind))
            count = self.count(snapshots)
            asked += lists - lists * reused.get(snapshots.name, 0) // count if count else lists
        return asked

    def editorial(self) -> int:
        """Tasks and comments of each entry, comments on each type and each workflow."""
        return 2 * self.count(kinds.ENTRIES) + self.count(kinds.CONTENT_TYPES) + self.count(kinds.WORKFLOWS)


def _pages(count: int) -> int:
    return max(1, -(-count // _ROWS))


def _snapshot_pages(row: JsonObject) -> int:
    count = integer(nested(row, "sys", "publishedCounter")) or 0
    if count > 1:
        return _pages(count)
    return 1 if count == 1 and not _is_live_as_it_is(row) else 0


def _is_live_as_it_is(row: JsonObject) -> bool:
    published, version = (integer(nested(row, "sys", name)) or 0 for name in ("publishedVersion", "version"))
    states = as_object(nested(row, "sys", "fieldStatus", "*")).items()
    fields = as_object(row.get("fields")).values()
    drafts = {code for code, state in states if state == "draft"}
    has_draft = any(drafts & as_object(values).keys() for values in fields)
    return bool(published) and version == published + 1 and not has_draft
