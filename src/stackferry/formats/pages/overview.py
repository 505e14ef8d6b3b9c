"""The page of `show`: what a snapshot holds, by language and environment, and what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stackferry.formats.pages import engine
from stackferry.formats.pages.rows import MOST_OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.providers.reading.told import Sum
    from stackferry.providers.system import LiveWords


class Table(NamedTuple):
    """Numbers by two names: `rows` have a cell for each of `columns`."""

    title: str
    corner: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]


class Document(NamedTuple):
    """A line of the list of documents. `live`: where it is published, in words."""

    title: str
    sort: str
    uid: str
    languages: Sequence[str]
    version: str
    url: str
    updated_at: str
    live: Sequence[str]
    environments: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewRows:
    """What the page shows. `documents` are read once, and `count` says how many there are."""

    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    releases: Sequence[str]
    sums: Sequence[Sum]
    live: LiveWords
    gaps: Sequence[tuple[str, str, int]]
    redacted: Sequence[str]
    documents: Iterable[Document]
    count: int
    sorts: Sequence[str]
    languages: Sequence[str]
    environments: Sequence[str]


def overview_page(found: OverviewRows) -> Iterator[bytes]:
    """The page, in pieces."""
    content = {name: getattr(found, name) for name in OverviewRows.__slots__}
    return engine.page("overview", "filters", **content, most=MOST_OBJECTS)
