"""Contentstack as the commands see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.core.answer_rules import AnswerRules
from stackferry.errors import Different
from stackferry.json_values import as_object, text
from stackferry.model import HEAD, Place, Stream, is_secure
from stackferry.providers.contentstack import connection
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.limits import limits
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.credentials import redact_salted
from stackferry.providers.contentstack.documents import DOCUMENTS
from stackferry.providers.contentstack.exporting.not_offered import limits_of_kinds
from stackferry.providers.contentstack.exporting.plan import ContentstackExportPlan
from stackferry.providers.contentstack.importing.branches.deleted import DeletedInTarget
from stackferry.providers.contentstack.importing.branches.merged import merged
from stackferry.providers.contentstack.importing.branches.stages import PromotedStages
from stackferry.providers.contentstack.importing.entries.instances import KIND as INSTANCES
from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
from stackferry.providers.contentstack.importing.entries.version_names import renumbered
from stackferry.providers.contentstack.importing.left import left_in_target
from stackferry.providers.contentstack.importing.mirror.looks import removed
from stackferry.providers.contentstack.importing.mirror.obstacles import mirror_obstacles
from stackferry.providers.contentstack.importing.mirror.surplus import SurplusObjects
from stackferry.providers.contentstack.importing.plan import ContentstackImportPlan
from stackferry.providers.contentstack.importing.promotion import Promotion
from stackferry.providers.contentstack.importing.selected.named import find_named
from stackferry.providers.contentstack.importing.selected.released import release_asked, without_held
from stackferry.providers.contentstack.importing.selected.wanted import wanted
from stackferry.providers.contentstack.importing.selection import (
    lacking,
    mapped_wrongly,
    select,
    unknown_mapped,
    with_parts,
)
from stackferry.providers.contentstack.kinds import (
    FOLDERS,
    KINDS,
    MEMBERS,
    SHARED,
    STACK_SETTINGS,
    record_key,
)
from stackferry.providers.contentstack.matching.identities import MatchedIdentity
from stackferry.providers.contentstack.matching.rule import counterpart, matches
from stackferry.providers.contentstack.options import ContentstackReadOptions, read_options, write_options
from stackferry.providers.contentstack.reading.reader import StackReader
from stackferry.providers.contentstack.request_minimum import export_minimum, import_minimum
from stackferry.providers.contentstack.target_names import are_of_one_stack
from stackferry.providers.contentstack.verification import Equality, reads_to_verify
from stackferry.providers.contentstack.verification.other_place import OtherPlaceChanges
from stackferry.providers.contentstack.verification.same_place import SamePlaceChanges
from stackferry.providers.contentstack.verification.whole_snapshot import inconsistencies
from stackferry.providers.contentstack.words import WORDS, view
from stackferry.providers.latest_content import latest_content
from stackferry.providers.options import check_values
from stackferry.providers.promotion import PROMOTED
from stackferry.providers.selection import how_to_map, is_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stackferry.model import JsonObject
    from stackferry.providers.source import ExportPlan, ReadOptions, RecordStore
    from stackferry.providers.system import Comparison
    from stackferry.providers.target import ImportContext, ImportPlan, WriteOptions

_ENVIRONMENTS = Stream("environments")
_SHOWN = 10  # ambiguous entries that a message names


class Contentstack:
    """The Content Management API."""

    name = "Contentstack"
    words = WORDS
    documents = DOCUMENTS
    rates = connection.RATES
    answer_rules = AnswerRules()
    entry_kind = "entries"
    # What the service names; uids that authors choose are the same everywhere.
    lasting_kinds = frozenset(
        (*(kind.name for kind in KINDS if "uid" in kind.service_keys), *MEMBERS, PROMOTED, INSTANCES)
    )
    two_way_kinds = frozenset({PROMOTED})
    numbers_name_bodies = True
    key_is_organization = False  # it names a stack, and no call tells a management token its organization
    presence_only_kinds: Mapping[str, str] = {
        "publications": "publications",
        "asset_publications": "publications",
        "release_items": "release_items",
    }
    selectable_kinds = tuple(kind.name for kind in KINDS if kind.selectable)
    state_kinds: Mapping[str, str] = {"publications": "", "workflow_stages": "/_workflow"}
    never_in_place = ""

    # What other modules of this package do as it is asked for.
    parse_place = staticmethod(connection.parse_place)
    access_request = staticmethod(connection.access_request)
    check_access = staticmethod(connection.check_access)
    routing_headers = staticmethod(connection.stack_headers)
    headers = staticmethod(connection.headers)
    record_key = staticmethod(record_key)
    parse_kinds = staticmethod(with_parts)
    view = staticmethod(view)
    reader = StackReader
    redact_salted = staticmethod(redact_salted)
    select = staticmethod(select)
    find_named = staticmethod(find_named)
    export_minimum = staticmethod(export_minimum)
    renumbered = staticmethod(renumbered)
    left_in_target = staticmethod(left_in_target)
    counterpart = staticmethod(counterpart)
    removed = staticmethod(removed)
    reading_to_verify = staticmethod(latest_content)
    reads_to_verify = staticmethod(reads_to_verify)
    match = MatchedIdentity
    equality = Equality

    def inconsistencies(self, store: RecordStore, bytes_of: Callable[[str], Path]) -> Iterator[str]:
        del bytes_of
        return inconsistencies(store)

    def share_objects(self, left: RecordStore, right: RecordStore) -> bool:
        # Of these every stack has its own, with uids that no other one has; each of entries could be imported.
        branches = {
            text(as_object((store.get(HEAD, "") or {}).get("source")).get("branch"))
            for store in (left, right)
        }
        uids = [
            {
                text(row.get("uid"))
                for kind in ("environments", "locales")
                for row in store.objects(Stream(kind))
            }
            for store in (left, right)
        ]
        return len(branches - {""}) < 2 and bool((uids[0] & uids[1]) - {""})

    def changes(self, context: ImportContext, known_gaps: Iterable[JsonObject]) -> Comparison:
        # A uid means the same only within one place.
        return SamePlaceChanges(context) if context.is_one_place else OtherPlaceChanges(context, known_gaps)

    def without_held(self, context: ImportContext) -> RecordStore:
        return merged(replace(context, source=without_held(context)))

    def place_facts(self, place: Place) -> JsonObject:
        facts: JsonObject = {
            "system": place.system,
            "key": place.key,
            "host": place.host,
            "branch": place.name,
        }
        return facts | place.how_reached

    def place_of(self, facts: JsonObject) -> Place:
        system, key, host, branch = (text(facts.get(name)) for name in ("system", "key", "host", "branch"))
        return Place(system=system, key=key, host=host, name=branch, secure=is_secure(facts))

    def origins(self, place: Place) -> Mapping[str, str]:  # noqa: ARG002 - one host serves everything
        return {}

    def read_options(self, options: ReadOptions) -> ReadOptions:
        check_values(options)
        return read_options(options)

    def write_options(self, options: WriteOptions) -> WriteOptions:
        check_values(options)
        return write_options(options)

    def options_between(
        self, options: WriteOptions, places: tuple[Place, Place], source: RecordStore, target: RecordStore
    ) -> WriteOptions:
        own = write_options(options)
        if own.selection.uids:
            # Nothing else is made, not even a folder; and what is named is then live where it was, nowhere else.
            own = replace(own, only=own.only - {FOLDERS.name}, unpublish_everywhere=True)
        elif is_part(source, own):
            releases = ("releases",) if release_asked(source, own) else ()
            # A folder that they lie in is made where the target lacks it, and is otherwise as the target calls it.
            kinds = with_parts(("entries", "assets", *releases)) - {FOLDERS.name}
            own = replace(own, is_part=True, only=kinds)
        if not are_of_one_stack(*places):
            return replace(own, unpublish_everywhere=own.mirror or own.unpublish_everywhere)
        # An environment that was renamed since keeps today's name: it is not written.
        rows = (
            (row, target.get(_ENVIRONMENTS, text(row.get("uid")))) for row in source.objects(_ENVIRONMENTS)
        )
        today = {text(row.get("name")): text(other.get("name")) for row, other in rows if other}
        # In place they are restored where that is asked for, kind by kind, and every environment is the snapshot's.
        shared = SHARED - own.only if own.in_place else SHARED
        everywhere = own.in_place or own.mirror or own.unpublish_everywhere
        names = {**today, **own.environments}
        return replace(own, shared=shared, environments=names, unpublish_everywhere=everywhere)

    def why_no_base(self, earlier: JsonObject, options: ReadOptions) -> str:
        del earlier, options  # what they leave out is read
        return ""

    def export_plan(self, place: Place) -> ExportPlan:
        del place  # headers name the stack and the branch
        return ContentstackExportPlan()

    def import_plan(self, place: Place) -> ImportPlan:
        del place
        return ContentstackImportPlan()

    def describe(self, staged: RecordStore, options: ReadOptions) -> JsonObject:
        has_settings = next(staged.objects(Stream(STACK_SETTINGS.name)), None) is not None
        lacking = limits_of_kinds(staged)
        found = limits(versions=options.versions, has_settings=has_settings, lacking=lacking)
        return {"master_locale": master_locale(staged), "limits": found}

    def inventory_options(
        self, source: RecordStore, salt: str, options: WriteOptions, places: tuple[Place, Place]
    ) -> ReadOptions:
        # The publish queue is long: thirty days of it. It is read only where schedules are to be compared.
        has_schedules = next(source.objects(Stream("schedules")), None) is not None
        origin, place = places
        is_one_stack = are_of_one_stack(*places)
        is_few = is_one_stack and options.on_conflict == "update" and not options.mirror
        is_named = bool(options.selection.uids)
        is_few = is_few and (is_named or is_part(source, options))
        releases = {text(row.get("uid")): "" for row in source.objects(Stream("releases")) if is_named}
        return ContentstackReadOptions(
            versions="latest",
            schedules=has_schedules,
            salt=salt,
            branches=(origin.name, place.name) if is_one_stack and origin.name != place.name else None,
            wanted=wanted(source, with_edits=not is_named) if is_few else None,
            releases=releases or release_asked(source, options),
        )

    def existing_content(self, target: RecordStore, options: WriteOptions) -> list[str]:
        counts = {kind.name: 0 for kind in KINDS if kind.is_content and options.includes(kind.name)}
        streams = [one for one in target.streams() if one.kind in counts]
        for number, stream in enumerate(streams):
            others = [one for one in streams[:number] if one[:2] == stream[:2]]  # the same in other languages
            counts[stream.kind] += _count_beside(target, stream, others)
        return [f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count]

    unknown_mapped = staticmethod(unknown_mapped)

    def obstacles(self, context: ImportContext) -> list[str]:
        """The master locale cannot be changed by the API, so both stacks must have the same, or a mapping."""
        if wrong := mapped_wrongly(context):
            return wrong
        source, target = master_locale(context.source), master_locale(context.target)
        if context.options.locales.get(source, source) == target:
            if context.options.conflicts == "stop":
                _stop_at_conflicts(context)
            return [*lacking(context), *(mirror_obstacles(context) or _ambiguous(context))]
        differ = f"the snapshot's master locale is '{source}', the target's is '{target}'"
        how = how_to_map(context.options, source, target)
        return [f"{differ}: {how}, or choose a target whose master is '{source}'"]

    def deletions(self, context: ImportContext) -> Mapping[str, int]:
        return context.once(SurplusObjects).counts() if context.options.mirror else {}

    def import_minimum(self, context: ImportContext) -> dict[str, int]:
        return import_minimum(context, context.once(EntryPlan))


def _stop_at_conflicts(context: ImportContext) -> None:
    """Raises Different where something was edited in both branches since they were equal."""
    found = [*context.once(DeletedInTarget).remarks(), *context.once(Promotion).conflicts()]
    found += context.once(PromotedStages).conflicts()
    if found:
        named = [(one.kind, one.type, one.uid, one.locale, f'"{one.title}"') for one in found[:_SHOWN]]
        shown = [" ".join(filter(None, words)) for words in named]
        more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        raise Different(
            f"changed in both branches since they were equal: {', '.join([*shown, *more])}. Nothing was written; leave "
            "--conflicts out to have the source win, or give --conflicts keep",
            [one.as_json() for one in found],
        )


def _ambiguous(context: ImportContext) -> list[str]:
    """The entries that could be several of the target's, the first few of them."""
    if context.running_export is not None:  # the target is empty, and not all entries are listed yet
        return []
    selected, ambiguous = context.once(read_content).entries, context.once(matches).of("entries").ambiguous
    found = [one for one in ambiguous if selected.number(one.uid) is not None]
    shown = [f"entry {one.uid} of {one.content_type} {one.reason}" for one in found[:_SHOWN]]
    return [*shown, *([f"and so on, {len(found)} entries in all"] if len(found) > _SHOWN else [])]


def _count_beside(store: RecordStore, stream: Stream, others: Sequence[Stream]) -> int:
    """How many objects of a stream are in none of the others."""
    uids = (text(row.get("uid")) for row in store.objects(stream))
    return sum(not any(store.get(one, uid) for one in others) for uid in uids)
