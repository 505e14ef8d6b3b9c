"""Azure DevOps as the commands see it: an archive of releases, and releases made anew elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from stackferry.core.nearest import did_you_mean
from stackferry.errors import UsageError
from stackferry.json_values import text
from stackferry.model import Place, Stream, is_secure
from stackferry.providers.azure_devops import connection
from stackferry.providers.azure_devops.content.limits import limits
from stackferry.providers.azure_devops.content.releases import is_unfinished, release_id
from stackferry.providers.azure_devops.credentials import redact_salted
from stackferry.providers.azure_devops.documents import DOCUMENTS
from stackferry.providers.azure_devops.evidence.several import evidence
from stackferry.providers.azure_devops.exporting.base import why_no_base
from stackferry.providers.azure_devops.exporting.deployments import watermark
from stackferry.providers.azure_devops.exporting.lists import here, rows_of
from stackferry.providers.azure_devops.exporting.logs import log_of
from stackferry.providers.azure_devops.exporting.plan import AzureExportPlan
from stackferry.providers.azure_devops.exporting.vanished import BASE, vanished
from stackferry.providers.azure_devops.hosts import SYSTEM, parse_place
from stackferry.providers.azure_devops.import_minimum import import_minimum
from stackferry.providers.azure_devops.importing.obstacles import obstacles
from stackferry.providers.azure_devops.importing.plan import AzureImportPlan
from stackferry.providers.azure_devops.importing.wanted import inventory_options
from stackferry.providers.azure_devops.kinds import (
    DEFINITIONS,
    FOLDERS,
    RELEASES,
    VARIABLE_GROUPS,
    project_id,
    record_key,
)
from stackferry.providers.azure_devops.matching.proposed import proposed_mapping
from stackferry.providers.azure_devops.matching.unknown_names import unknown_mapped
from stackferry.providers.azure_devops.options import NEVER_IN_PLACE, read_options, write_options
from stackferry.providers.azure_devops.reading import ProjectReader
from stackferry.providers.azure_devops.request_minimum import export_minimum
from stackferry.providers.azure_devops.verification import (
    NothingMatched,
    changes,
    equality,
    inconsistencies,
    reading_to_verify,
    share_project,
)
from stackferry.providers.azure_devops.verification.spelling import is_spelling, spelling_request
from stackferry.providers.azure_devops.words import WORDS, view
from stackferry.providers.options import check_values
from stackferry.providers.source import NOT_OFFERED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from stackferry.model import Json, JsonObject, Left
    from stackferry.providers.identities import EarlierIdentities, Identity
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import ExportPlan, Job, ReadOptions, RecordStore, TempTables
    from stackferry.providers.system import Comparison, NamedObject
    from stackferry.providers.target import ImportContext, ImportPlan, WriteOptions


class AzureDevOps:
    """The REST API of classic releases."""

    name = "Azure DevOps"
    words = WORDS
    documents = DOCUMENTS
    rates = connection.RATES
    answer_rules = connection.RULES
    entry_kind = RELEASES.name
    lasting_kinds = frozenset({DEFINITIONS.name, RELEASES.name})
    two_way_kinds = frozenset[str]()
    numbers_name_bodies = False
    key_is_organization = True
    presence_only_kinds: Mapping[str, str] = {}
    state_kinds: Mapping[str, str] = {}
    selectable_kinds: tuple[str, ...] = (DEFINITIONS.name, RELEASES.name)
    never_in_place = NEVER_IN_PLACE

    # What other modules of this package do as it is asked for.
    parse_place = staticmethod(parse_place)
    origins = staticmethod(connection.origins)
    access_request = staticmethod(connection.access_request)
    check_access = staticmethod(connection.check_access)
    routing_headers = staticmethod(connection.routing_headers)
    headers = staticmethod(connection.headers)
    record_key = staticmethod(record_key)
    export_minimum = staticmethod(export_minimum)
    inventory_options = staticmethod(inventory_options)
    obstacles = staticmethod(obstacles)
    proposed_mapping = staticmethod(proposed_mapping)
    import_minimum = staticmethod(import_minimum)
    inconsistencies = staticmethod(inconsistencies)
    evidence = staticmethod(evidence)
    log_of = staticmethod(log_of)
    view = staticmethod(view)
    reader = ProjectReader
    redact_salted = staticmethod(redact_salted)
    spelling_request = staticmethod(spelling_request)
    is_spelling = staticmethod(is_spelling)
    place_id = staticmethod(project_id)

    def place_facts(self, place: Place) -> JsonObject:
        facts: JsonObject = {
            "system": place.system,
            "key": place.key,
            "host": place.host,
            "project": place.name,
        }
        return facts | place.how_reached

    def place_of(self, facts: JsonObject) -> Place:
        system, key, host, name = (text(facts.get(one)) for one in ("system", "key", "host", "project"))
        return Place(system=system or SYSTEM, key=key, host=host, name=name, secure=is_secure(facts))

    def read_options(self, options: ReadOptions) -> ReadOptions:
        check_values(options)
        return read_options(options)

    def write_options(self, options: WriteOptions) -> WriteOptions:
        check_values(options)
        return write_options(options)

    def parse_kinds(self, names: Iterable[str]) -> frozenset[str]:
        """Folders come with definitions. Raises UsageError for what is no kind, or cannot be made anew."""
        asked = frozenset(names)
        if unknown := sorted(asked.difference(self.selectable_kinds)):
            raise UsageError(
                f"--only {unknown[0]}: an import into Azure DevOps makes {' and '.join(self.selectable_kinds)}"
                f"{did_you_mean(unknown[0], self.selectable_kinds)}"
            )
        return asked | ({FOLDERS.name} if DEFINITIONS.name in asked else frozenset())

    # --- export ---

    def why_no_base(self, earlier: JsonObject, options: ReadOptions) -> str:
        return why_no_base(earlier, read_options(options))

    def export_plan(self, place: Place) -> ExportPlan:
        return AzureExportPlan(place)

    def describe(self, staged: RecordStore, options: ReadOptions) -> JsonObject:
        del options
        base = text((staged.get(BASE, "") or {}).get("watermark"))
        unfinished: list[Json] = [
            str(release_id(row)) for row in here(staged, RELEASES) if is_unfinished(row)
        ]
        gone: list[Json] = [*vanished(staged, base)]
        definitions, groups = (staged.objects(Stream(kind.name)) for kind in (DEFINITIONS, VARIABLE_GROUPS))
        return {
            "watermark": watermark(staged, base),
            "limits": limits(definitions, groups, staged.objects(NOT_OFFERED)),
            **({"unfinished": unfinished} if unfinished else {}),
            **({"vanished": gone} if gone else {}),
        }

    # --- import, comparison ---

    def options_between(
        self, options: WriteOptions, places: tuple[Place, Place], source: RecordStore, target: RecordStore
    ) -> WriteOptions:
        del places, source, target
        return write_options(options)

    def import_plan(self, place: Place) -> ImportPlan:
        return AzureImportPlan(place)

    def reads_to_verify(self, context: ImportContext) -> Iterable[Job]:
        del context
        return ()

    def existing_content(self, target: RecordStore, options: WriteOptions) -> list[str]:
        streams = {DEFINITIONS.name: rows_of(DEFINITIONS), RELEASES.name: Stream(RELEASES.name)}
        counts = {
            kind: sum(1 for _ in target.objects(stream))
            for kind, stream in streams.items()
            if options.includes(kind)
        }
        return [f"{count} {kind}" for kind, count in counts.items() if count]

    def deletions(self, context: ImportContext) -> Mapping[str, int]:
        del context
        return {}

    def removed(self, identities: Callable[[str], Iterable[tuple[str, str]]]) -> Iterator[JsonObject]:
        del identities
        return iter(())

    def left_in_target(self, context: ImportContext) -> Sequence[Left]:
        del context
        return ()

    def select(
        self, source: RecordStore, selection: Selection, versions: str, scratch: TempTables
    ) -> RecordStore:
        del versions, scratch
        if selection.is_narrow:
            _not_yet("a selection of a snapshot")
        return source

    def without_held(self, context: ImportContext) -> RecordStore:
        return context.source

    def find_named(self, store: RecordStore, names: Collection[str]) -> Mapping[str, list[NamedObject]]:
        del store, names
        raise UsageError(
            "restore: a release cannot be put back; the service gives every release a new id, new dates and no history"
        )

    def renumbered(self, identities: Callable[[str], Iterable[tuple[str, str]]]) -> Iterator[JsonObject]:
        del identities
        return iter(())

    def match(
        self,
        source: RecordStore,
        target: RecordStore,
        options: WriteOptions,
        scratch: TempTables,
        places: tuple[Place, Place] | None = None,
        earlier: EarlierIdentities | None = None,
    ) -> Identity:
        del source, target, options, scratch, places, earlier
        return NothingMatched()

    def counterpart(self, context: ImportContext, kind: str, uid: str) -> str | None:
        del context, kind, uid
        return None

    def equality(self, context: ImportContext, known_gaps: Iterable[JsonObject]) -> Comparison:
        return equality(context, known_gaps)

    def changes(self, context: ImportContext, known_gaps: Iterable[JsonObject]) -> Comparison:
        return changes(context, known_gaps)

    unknown_mapped = staticmethod(unknown_mapped)
    share_objects = staticmethod(share_project)
    reading_to_verify = staticmethod(reading_to_verify)


def _not_yet(what: str) -> NoReturn:
    raise UsageError(
        f"{what} is not supported yet for Azure DevOps: this version exports a project, and checks and shows archives"
    )
