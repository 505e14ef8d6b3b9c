"""Contentful as the commands see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.core.nearest import did_you_mean
from stackferry.errors import UsageError
from stackferry.json_values import text
from stackferry.model import Place, Stream, is_secure
from stackferry.providers.contentful import connection
from stackferry.providers.contentful.content.limits import limits
from stackferry.providers.contentful.credentials import redact_salted
from stackferry.providers.contentful.documents import DOCUMENTS
from stackferry.providers.contentful.exporting.entry_query import check_query
from stackferry.providers.contentful.exporting.incremental import KEPT, KEPT_FACT
from stackferry.providers.contentful.exporting.plan import ContentfulExportPlan
from stackferry.providers.contentful.import_minimum import import_minimum
from stackferry.providers.contentful.importing.assets.files import ADDRESSES, without_file
from stackferry.providers.contentful.importing.bulk.entries import OFFERED
from stackferry.providers.contentful.importing.documents import MODE
from stackferry.providers.contentful.importing.mirror.left import left_in_target
from stackferry.providers.contentful.importing.mirror.steps import removed
from stackferry.providers.contentful.importing.mirror.surplus import SurplusObjects
from stackferry.providers.contentful.importing.obstacles import obstacles, unknown_mapped
from stackferry.providers.contentful.importing.plan import ContentfulImportPlan
from stackferry.providers.contentful.importing.publishing.history import REPLAYED
from stackferry.providers.contentful.importing.refused_before import REFUSED_BEFORE
from stackferry.providers.contentful.importing.selected import few
from stackferry.providers.contentful.importing.selected.choice import asked_release, select, without_held
from stackferry.providers.contentful.importing.selected.named import find_named
from stackferry.providers.contentful.importing.versions import edited_since
from stackferry.providers.contentful.kinds import BY_NAME, KINDS, SHARED, record_key, sys_id
from stackferry.providers.contentful.matching.rule import Matches, counterpart
from stackferry.providers.contentful.options import ContentfulReadOptions, read_options, write_options
from stackferry.providers.contentful.reading.reader import SpaceReader
from stackferry.providers.contentful.request_minimum import export_minimum
from stackferry.providers.contentful.verification import SpaceComparison, changes, reads_to_verify
from stackferry.providers.contentful.words import WORDS, view
from stackferry.providers.latest_content import latest_content
from stackferry.providers.options import check_values
from stackferry.providers.promotion import PROMOTED
from stackferry.providers.selection import is_part
from stackferry.providers.source import NOT_OFFERED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import ExportPlan, ReadOptions, RecordStore
    from stackferry.providers.target import ImportContext, ImportPlan, WriteOptions


class Contentful:
    """The Content Management API of Contentful."""

    name = "Contentful"
    words = WORDS
    documents = DOCUMENTS
    rates = connection.RATES
    answer_rules = connection.RULES
    entry_kind = "entries"
    # What the service names; ids that authors choose are the same everywhere.
    lasting_kinds = frozenset(kind.name for kind in KINDS if not kind.keeps_id and kind.is_written) | {
        ADDRESSES,
        MODE,
        OFFERED,
        PROMOTED,
        REFUSED_BEFORE,
        REPLAYED,
    }
    two_way_kinds = frozenset({PROMOTED})
    key_is_organization = False  # it names a space
    numbers_name_bodies = False  # what is live has a record of its own, whatever its number
    presence_only_kinds: Mapping[str, str] = {}
    selectable_kinds = tuple(kind.name for kind in KINDS if kind.selectable)
    state_kinds: Mapping[str, str] = {"publications": "/state"}
    never_in_place = ""

    # What other modules of this package do as it is asked for.
    parse_place = staticmethod(connection.parse_place)
    origins = staticmethod(connection.origins)
    access_request = staticmethod(connection.access_request)
    check_access = staticmethod(connection.check_access)
    routing_headers = staticmethod(connection.routing_headers)
    headers = staticmethod(connection.headers)
    record_key = staticmethod(record_key)
    export_minimum = staticmethod(export_minimum)
    view = staticmethod(view)
    reader = SpaceReader
    redact_salted = staticmethod(redact_salted)
    counterpart = staticmethod(counterpart)
    reading_to_verify = staticmethod(latest_content)
    reads_to_verify = staticmethod(reads_to_verify)
    obstacles = staticmethod(obstacles)
    unknown_mapped = staticmethod(unknown_mapped)
    left_in_target = staticmethod(left_in_target)
    removed = staticmethod(removed)
    select = staticmethod(select)
    find_named = staticmethod(find_named)
    without_held = staticmethod(without_held)
    match = Matches
    equality = SpaceComparison
    changes = staticmethod(changes)
    edited_since = staticmethod(edited_since)
    without_file = staticmethod(without_file)

    def place_facts(self, place: Place) -> JsonObject:
        facts: JsonObject = {
            "system": place.system,
            "key": place.key,
            "host": place.host,
            "environment": place.name,
        }
        return facts | place.how_reached

    def place_of(self, facts: JsonObject) -> Place:
        system, key, host, name = (text(facts.get(one)) for one in ("system", "key", "host", "environment"))
        return Place(system=system, key=key, host=host, name=name, secure=is_secure(facts))

    def read_options(self, options: ReadOptions) -> ReadOptions:
        check_values(options)
        check_query(options)
        return read_options(options)

    def write_options(self, options: WriteOptions) -> WriteOptions:
        check_values(options)
        return write_options(options)

    def parse_kinds(self, names: Iterable[str]) -> frozenset[str]:
        """Kinds with their parts. Raises UsageError for a name of none."""
        asked = frozenset(names)
        known = {*self.selectable_kinds}
        if unknown := sorted(asked - known):
            raise UsageError(
                f"'{unknown[0]}' is not a kind of Contentful; kinds are {', '.join(sorted(known))}"
                f"{did_you_mean(unknown[0], known)}"
            )
        return asked | {kind.name for kind in BY_NAME.values() if kind.part_of in asked}

    # --- export ---

    def why_no_base(self, earlier: JsonObject, options: ReadOptions) -> str:
        del earlier, options  # what they leave out is read
        return ""

    def export_plan(self, place: Place) -> ExportPlan:
        return ContentfulExportPlan(place)

    def describe(self, staged: RecordStore, options: ReadOptions) -> JsonObject:
        kept: list[Json] = [row.get("name") for row in staged.objects(KEPT)]
        default = (row for row in staged.objects(Stream("locales")) if row.get("default") is True)
        return {
            "master_locale": next((text(row.get("code")) for row in default), ""),
            "limits": limits(options.versions, staged.objects(NOT_OFFERED)),
            **({KEPT_FACT: kept} if kept else {}),
        }

    # --- import, comparison ---

    def options_between(
        self, options: WriteOptions, places: tuple[Place, Place], source: RecordStore, target: RecordStore
    ) -> WriteOptions:
        del target
        own, (one, other) = write_options(options), places
        if is_part(source, own):
            releases = ("releases",) if asked_release(source, own) else ()
            own = replace(own, is_part=True, only=self.parse_kinds(("entries", "assets", *releases)))
        is_one_space = (one.key, one.service) == (other.key, other.service)
        return replace(own, shared=SHARED - own.only) if is_one_space else own

    def import_plan(self, place: Place) -> ImportPlan:
        return ContentfulImportPlan(place)

    def inventory_options(
        self, source: RecordStore, salt: str, options: WriteOptions, places: tuple[Place, Place]
    ) -> ReadOptions:
        del places
        held = {stream.kind for stream in source.streams()}
        is_few = bool(options.selection.uids)
        has_taxonomy = not held.isdisjoint(("concepts", "concept_schemes"))
        has_taxonomy = has_taxonomy and not (is_few and not few.names_concepts(source))
        return ContentfulReadOptions(
            salt=salt,
            editorial=not held.isdisjoint(("tasks", "comments")),
            taxonomy=frozenset({"all"} if has_taxonomy else ()),
            wanted=few.wanted(source) if is_few else frozenset(),
        )

    def existing_content(self, target: RecordStore, options: WriteOptions) -> list[str]:
        names = (kind.name for kind in KINDS if kind.is_content and options.includes(kind.name))
        counts = {name: _count(target, name) for name in names}
        return [
            f"{count} {WORDS.labels.get(name, name.replace('_', ' '))}"
            for name, count in counts.items()
            if count
        ]

    def import_minimum(self, context: ImportContext) -> dict[str, int]:
        return import_minimum(context)

    def deletions(self, context: ImportContext) -> Mapping[str, int]:
        return context.once(SurplusObjects).counts() if context.options.mirror else {}

    def renumbered(self, identities: Callable[[str], Iterable[tuple[str, str]]]) -> Iterator[JsonObject]:
        del identities
        return iter(())

    def inconsistencies(self, store: RecordStore, bytes_of: Callable[[str], Path]) -> Iterator[str]:
        del store, bytes_of
        return iter(())

    def share_objects(self, left: RecordStore, right: RecordStore) -> bool:
        # The service gives each locale of each environment an id of its own; those of entries could be imported.
        ids = [{sys_id(row) for row in store.objects(Stream("locales"))} for store in (left, right)]
        return bool((ids[0] & ids[1]) - {""})


def _count(store: RecordStore, kind: str) -> int:
    streams = (stream for stream in store.streams() if stream.kind == kind)
    return sum(1 for stream in streams for _ in store.objects(stream))
