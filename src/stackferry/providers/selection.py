"""Which entries of a stack are asked for, and how far what they refer to comes along.

A frozen value that every driver and provider may hold, and what follows from it in every system. It must never know how
a vendor spells an entry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, integer, texts
from stackferry.model import HEAD
from stackferry.providers.option_types import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore, Table, TempTables
    from stackferry.providers.target import WriteOptions

ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Entries of some content types, in some locales, that meet a query, so many of each type: empty is every one.

    `query` is a JSON object in the service's own query language, as text. `with_references` is how many levels of
    entries that the selected ones refer to come along; None: all.

    `uids` names objects of any kind that can be restored singly, instead of all that: these alone, without anything
    they refer to. `version` is the one that they are to have; 0: the latest.

    `release` is the name or the uid of one release: its items instead of all that, and what they refer to, all levels.
    """

    types: frozenset[str] = field(default_factory=frozenset)
    locales: frozenset[str] = field(default_factory=frozenset)
    query: str = ""
    limit: int = 0
    with_references: int | None = 0
    uids: frozenset[str] = field(default_factory=frozenset)
    version: int = 0
    release: str = ""

    def __post_init__(self) -> None:
        settle(self)

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out at all."""
        return bool(self.types or self.locales or self.query or self.limit or self.uids or self.release)

    def includes_level(self, level: int) -> bool:
        """Whether entries that are `level` references away come along."""
        return bool(self.release) or self.with_references is None or level <= self.with_references

    def selects_all_of(self, content_type: str) -> bool:
        """Whether all entries of a type are selected to begin with."""
        whole = not self.query and not self.limit and not self.release
        return whole and (not self.types or content_type in self.types)

    def narrowing_json(self) -> JsonObject:
        """What of this is not the default, as a manifest and a checkpoint record it."""
        facts: JsonObject = {
            "content_types": [*sorted(self.types)],
            "locales": [*sorted(self.locales)],
            "query": self.query,
            "limit": self.limit,
            "with_references": ALL if self.with_references is None else self.with_references,
            "uids": [*sorted(self.uids)],
            "version": self.version,
            "release": self.release,
        }
        return {name: value for name, value in facts.items() if value}


def selection_from_json(facts: JsonObject) -> Selection:
    """The selection that `narrowing_json` recorded; whatever is not of its form counts as not selected."""
    levels = facts.get("with_references")
    return Selection(
        types=frozenset(texts(as_list(facts.get("content_types")))),
        locales=frozenset(texts(as_list(facts.get("locales")))),
        query=str(facts.get("query") or ""),
        limit=integer(facts.get("limit")) or 0,
        with_references=None if levels == ALL else integer(levels) or 0,
        uids=frozenset(texts(as_list(facts.get("uids")))),
        version=integer(facts.get("version")) or 0,
        release=str(facts.get("release") or ""),
    )


def narrowing(manifest: JsonObject) -> Selection:
    """What a snapshot was narrowed to when it was exported."""
    return selection_from_json(as_object(manifest.get("options")))


def is_part(source: RecordStore, options: WriteOptions) -> bool:
    """Whether some entries go into a target with content, and no kinds were asked for.

    Of other kinds such an import makes only what these entries need and the target lacks.
    """
    is_narrow = options.selection.is_narrow or narrowing(source.get(HEAD, "") or {}).is_narrow
    return is_narrow and bool(options.on_conflict) and not options.only


def reached(
    roots: Iterable[str],
    links: Callable[[str], Iterable[str]],
    selection: Selection,
    scratch: TempTables,
) -> Table:
    """The roots, and what they refer to, as many levels down as were asked for: a table of uids.

    `links` gives what an entry refers to.
    """
    found = scratch.table(1, ((uid,) for uid in roots))
    edge, level = scratch.table(1, found), 1
    while selection.includes_level(level):
        others = _next(edge, links, found, scratch)
        if next(iter(others), None) is None:
            break
        found.add(others)
        edge, level = others, level + 1
    return found


def _next(edge: Table, links: Callable[[str], Iterable[str]], found: Table, scratch: TempTables) -> Table:
    """What the last ones that were found refer to, and nobody before them."""
    others = scratch.table(1)
    for (uid,) in edge:
        others.add((other,) for other in links(str(uid)) if not found.of(other))
    return others


def how_to_map(options: WriteOptions, source: str, target: str) -> str:
    """How a locale of the snapshot becomes another one in the target: by an option, where the command has that."""
    option = f"--locale {source}={target}"
    if options.selection.uids:
        return f"restore maps no locales: 'import SNAPSHOT PLACE --on-conflict update {option}' does"
    return f"map it with {option}"
