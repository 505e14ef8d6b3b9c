"""What an import reads of its target before it writes anything: as little as it needs. Pure.

Definitions that it may write to are read whole, all others as rows; of what definitions point at only the lists of the
kinds that occur. API pages: those of `requests/target`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from stackferry.errors import BadAnswer
from stackferry.json_values import as_object, nested, rows_in, text
from stackferry.model import Gap, Record, Stream
from stackferry.providers.azure_devops.content.marks import mark_in
from stackferry.providers.azure_devops.content.people import in_project
from stackferry.providers.azure_devops.content.releases import release_id
from stackferry.providers.azure_devops.exporting.definitions import definition
from stackferry.providers.azure_devops.exporting.lists import RowReader, listing, rows_of
from stackferry.providers.azure_devops.exporting.pointed_at import folders
from stackferry.providers.azure_devops.kinds import (
    BUILDS,
    BUILDS_MADE,
    DEFINITIONS,
    PEOPLE,
    POINTED_AT,
    PROJECTS,
    RELEASES,
    REPOSITORIES,
    SETTINGS,
    is_guid,
    project_id,
)
from stackferry.providers.azure_devops.options import AzureReadOptions
from stackferry.providers.azure_devops.requests import read, target
from stackferry.providers.source import Fetch, LocalRecords, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.source import GrowingStore, Job, RecordStore


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureInventoryOptions(AzureReadOptions):
    """`wanted`: definitions that are read whole, by `definition_key`. `people`: names to look for, those of groups of
    the project as in `in_any_project`. `lists`: kinds of things that definitions point at. `built`: names of build
    definitions whose builds are listed. `has_releases`: releases are listed. `makes_definitions`: some may be made.
    `releases`: so many are to be there, each with a mark that begins with `marks`. `looks_alike`: where none
    bears a mark, those of `wanted` definitions are read whole. `spares_people`: who cannot be asked for is left out.
    """

    wanted: frozenset[str] = field(default_factory=frozenset)
    people: frozenset[str] = field(default_factory=frozenset)
    lists: frozenset[str] = field(default_factory=frozenset)
    built: frozenset[str] = field(default_factory=frozenset)
    has_releases: bool = True
    makes_definitions: bool = True
    needs_project: bool = True
    marks: str = ""
    releases: int = 0
    looks_alike: bool = False
    spares_people: bool = False


def definition_key(row: JsonObject) -> str:
    """The folder and the name of a definition: no folder has two of one name, whatever its letter case."""
    return f"{text(row.get('path')) or chr(92)}\0{text(row.get('name'))}".lower()


class Inventory:
    """The stages that read a target."""

    def __init__(self, root: Root, options: AzureInventoryOptions) -> None:
        self._root, self._options = root, options

    def stages(self) -> tuple[Callable[..., Iterator[Job]], ...]:
        return (
            self.target_definitions,
            self.target_lists,
            self.target_releases,
            self.target_project,
            self.target_people,
            self.target_builds,
        )

    def target_definitions(self, staged: GrowingStore, options: object) -> Iterator[Job]:
        """The list of definitions, alone, so that a bad token is noticed by one request."""
        del staged, options
        reader = RowReader(DEFINITIONS, DEFINITIONS.name, self._options, is_record=False)
        yield listing(
            DEFINITIONS,
            reader,
            lambda cursor, rows: read.list_definitions(self._root, cursor, rows),
            leads_to=self._definition,
        )

    def target_lists(self, staged: GrowingStore, options: object) -> Iterator[Job]:
        del options
        own = self._options
        for row in staged.objects(rows_of(DEFINITIONS)):
            yield from self._definition(row)
        if own.has_releases:
            yield self._releases()
        if own.makes_definitions:
            yield folders(self._root, own)
            held = {definition_key(row) for row in staged.objects(rows_of(DEFINITIONS))}
            if not own.wanted <= held:
                yield self._one(SETTINGS.name, target.get_settings(self._root))
        for kind in (*POINTED_AT, REPOSITORIES):
            if kind.name in own.lists:
                reader = RowReader(kind, kind.name, own)
                yield listing(
                    kind,
                    reader,
                    lambda cursor, _, kind=kind: read.list_pointed_at(self._root, kind, cursor),  # type: ignore[misc]  # a default
                )

    def target_releases(self, staged: GrowingStore, options: object) -> Iterator[Job]:
        """Once more and whole, where none bears a mark: the releases of definitions that the source has, too."""
        del options
        for number in unmarked_definitions(staged, self._options) if self._options.looks_alike else ():
            name = f"{RELEASES.name}/{number}"
            yield listing(
                RELEASES,
                RowReader(RELEASES, name, self._options),
                lambda cursor, rows, number=number: target.list_whole_releases(
                    self._root, number, cursor, rows
                ),  # type: ignore[misc]  # a default
                name=name,
                of_one=True,
            )

    def target_project(self, staged: GrowingStore, options: object) -> Iterator[Job]:
        """The project's id and name, where what was read does not tell them."""
        del options
        if not self._options.needs_project:
            return
        name = unquote(self._root.path.rpartition("/")[2])
        known = project_id(staged)
        if known and not is_guid(name):
            record = Record("", {"id": known, "name": name})
            yield LocalRecords(name=PROJECTS.name, records=[(Stream(PROJECTS.name), record)])
        else:
            yield self._one(PROJECTS.name, target.get_project(self._root))

    def target_people(self, staged: GrowingStore, options: object) -> Iterator[Job]:
        """Users and groups by their names, one request each."""
        del options
        project = text((staged.get(Stream(PROJECTS.name), "") or {}).get("name"))
        for name in sorted(self._options.people):
            yield _person(self._root, name, project, is_spared=self._options.spares_people)

    def target_builds(self, staged: GrowingStore, options: object) -> Iterator[Job]:
        """The builds of the build definitions that artifacts come from, unless every release is there already."""
        del options
        if ids := build_definitions(staged, self._options):
            yield listing(
                BUILDS_MADE,
                RowReader(BUILDS_MADE, BUILDS_MADE.name, self._options),
                lambda cursor, _rows: target.list_builds(self._root, ids, cursor),
            )

    def _definition(self, row: JsonObject) -> Iterator[Fetch]:
        if definition_key(row) in self._options.wanted:
            yield definition(self._root, self._options, int(str(row["id"])))

    def _releases(self) -> Job:
        return listing(
            RELEASES,
            RowReader(RELEASES, RELEASES.name, self._options),
            lambda cursor, rows: target.list_marked_releases(self._root, cursor, rows),
        )

    def _one(self, kind: str, request: Request) -> Fetch:
        """A single object, which not every token may read."""

        def make(answer: JsonObject) -> Page:
            return Page([(Stream(kind), Record("", answer))], 1)

        return Fetch(
            name=kind,
            request=request,
            read=make,
            gap=Gap(kind=kind, uid="", reason="not to be had"),
            may_be_refused=True,
            if_gone=Page([], 0),
        )


def unmarked_definitions(store: RecordStore, options: AzureInventoryOptions) -> dict[int, int]:
    """How many releases each wanted definition has that is there, by its id; none where any release bears a mark."""
    wanted = {
        release_id(row)
        for row in store.objects(rows_of(DEFINITIONS))
        if definition_key(row) in options.wanted
    }
    counts = Counter[int]()
    for row in store.objects(Stream(RELEASES.name)):
        if mark_in(row):
            return {}
        counts[release_id(as_object(row.get("releaseDefinition")))] += 1
    return {number: counts[number] for number in sorted(wanted & counts.keys())}


def build_definitions(store: RecordStore, options: AzureInventoryOptions) -> list[int]:
    """The definitions whose builds are asked for; none where every release is there already."""
    if _all_there(store, options):
        return []
    wanted = {name.lower() for name in options.built}
    return [
        int(str(row["id"]))
        for row in store.objects(Stream(BUILDS.name))
        if text(row.get("name")).lower() in wanted or str(row.get("id")) in wanted
    ]


def _all_there(store: RecordStore, options: AzureInventoryOptions) -> bool:
    marks = {mark_in(row) for row in store.objects(Stream(RELEASES.name))} if options.marks else set[str]()
    return bool(marks) and sum(1 for mark in marks if mark.startswith(options.marks)) >= options.releases


def _person(root: Root, name: str, project: str, *, is_spared: bool) -> Fetch:
    """The one user or group that a name means. Who cannot be asked for is nobody only where people are left out."""
    asked = in_project(name, project)

    def make(answer: JsonObject) -> Page:
        rows = [row for row in rows_in(answer, "value", PEOPLE.name) if asked.lower() in _names(row)]
        if any(not text(row.get("id")) for row in rows):
            raise BadAnswer(f"{PEOPLE.name}/{asked}: an answer names nobody")
        ids = {text(row["id"]) for row in rows}
        if len(ids) != 1:
            return Page([], 0)
        return Page([(Stream(PEOPLE.name), Record(name.lower(), {"wanted": name, "id": ids.pop()}))], 1)

    return Fetch(
        name=f"{PEOPLE.name}/{name}",
        request=target.find_people(root, asked),
        read=make,
        gap=Gap(kind=PEOPLE.name, uid=name, reason="not to be had"),
        may_be_refused=True,
        refusal_ends=not is_spared,
        if_gone=Page([], 0),
    )


def _names(row: JsonObject) -> set[str]:
    """The names by which an identity can be meant, in lower case."""
    properties = as_object(row.get("properties"))
    found = {text(nested(properties, name, "$value")) for name in ("Account", "Mail")}
    found |= {text(row.get("providerDisplayName")), text(row.get("customDisplayName"))}
    return {name.lower() for name in found} - {""}
