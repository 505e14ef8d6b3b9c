"""A system as the commands see it: how to reach it, read it, write it, and what to ask before doing so."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from stackferry.providers.identities import NOTHING_EARLIER, EarlierIdentities

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from stackferry.core.answer_rules import AnswerRules
    from stackferry.core.rates import Rates
    from stackferry.model import Gap, Json, JsonObject, Left, Place, Request, Response, Secret, Stream
    from stackferry.providers.identities import Identity
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import ExportPlan, Job, ReadOptions, RecordStore, TempTables
    from stackferry.providers.target import ImportContext, ImportPlan, WriteOptions

    Held: TypeAlias = "Callable[[Stream], Iterable[JsonObject]]"  # the records of a stream


class Mismatch(Protocol):
    """One place where a target does not say what the snapshot says."""

    def as_json(self) -> JsonObject: ...


class Comparison(Protocol):
    """A comparison under way; its gaps and counts are complete when its mismatches are exhausted."""

    gaps: list[Gap]
    compared: Counter[str]

    @property
    def not_compared(self) -> Sequence[tuple[str, str, str]]:
        """What is never compared, besides what the service sets itself: kind, path and reason."""

    def mismatches(self) -> Iterator[Mismatch]: ...


@runtime_checkable
class WithRemarks(Protocol):
    """A comparison that tells more than differences."""

    @property
    def remarks(self) -> Mapping[str, Sequence[JsonObject]]:
        """Lists of rows by name, complete when the mismatches are exhausted. None of them is a difference."""


@runtime_checkable
class MapsNames(Protocol):
    """A system whose options give names of the source others in the target."""

    def unknown_mapped(self, held: Held, options: WriteOptions, *, is_whole: bool = True) -> list[str]:
        """A sentence for each name that the options map and the source does not hold; `held` gives its records.

        Unless it `is_whole`, only locales and their like are held, and names within content may still come.
        """


class RecordView(NamedTuple):
    """What a listing shows of a record. `names`: what it can be asked for by, its uid first; empty without one."""

    uid: str
    names: tuple[str, ...]
    version: Json
    title: str


class NamedObject(NamedTuple):
    """An object of a snapshot that can be restored singly.

    `sort` is one of its kind in words. `has_versions` and `has_languages` say whether it can be asked for in one of
    those. Objects of one `part` are restored together, those of a higher one after them, because they name them.
    `key` is what selects it, where objects of several kinds may have one uid; empty: its uid.
    """

    kind: str
    uid: str
    type: str
    title: str
    sort: str
    has_versions: bool = False
    has_languages: bool = False
    part: int = 0
    key: str = ""

    @property
    def selected_by(self) -> str:
        return self.key or self.uid

    @property
    def label(self) -> str:
        of_type = f" of {self.type}" if self.type else ""
        return f"{self.sort} {self.uid}{of_type} '{self.title}'"


class LiveWords(NamedTuple):
    """How a snapshot's objects that are live are spoken of: what they are, and what was done with them, where."""

    objects: str = "documents"
    done: str = "published"
    into: str = "in"


class Words(NamedTuple):
    """How summaries and listings speak of a system's kinds.

    `labels`: what people call a kind where that is not its name. `order`: of a summary; other kinds come last.
    `older`: kinds whose older versions are records of another kind. `several`: kinds with several records of one
    uid. `in_languages`: kinds with a record for each language of an object, and what these records are counted
    under; under the kind's name its objects are. `version_lists`: the kind of the lists of versions.
    `state_change`: what an import does to an entry that differs in its state alone. `phases`: which part
    of a run each kind belongs to; those without one are "settings". `live`: of what is live.
    """

    labels: Mapping[str, str]
    order: tuple[str, ...] = ()
    older: Mapping[str, str] = MappingProxyType({})
    several: frozenset[str] = frozenset()
    version_lists: str = ""
    state_change: str = "change its state"
    phases: Mapping[str, str] = MappingProxyType({})
    in_languages: Mapping[str, str] = MappingProxyType({})
    live: LiveWords = LiveWords()


class System(Protocol):
    """One vendor's system."""

    name: str  # as people call the system
    words: Words
    rates: Rates
    answer_rules: AnswerRules
    entry_kind: str  # the kind of the objects that a dry run of a copy compares one by one
    lasting_kinds: frozenset[str]
    """Kinds whose identities are remembered for later imports between the same places."""
    two_way_kinds: frozenset[str]
    """Those of them that say the same of an import the other way round."""
    presence_only_kinds: Mapping[str, str]
    """Kinds whose objects have no content of their own: they are there or not. And the kind that each is counted as."""
    numbers_name_bodies: bool
    """Whether the number of a version names its body within one place, so that a `diff` need not read what is live."""
    key_is_organization: bool
    """Whether a place's key names the organization whose rate limits its requests count against."""
    selectable_kinds: tuple[str, ...]
    """Kinds that `--only` can name, in the order in which they are written."""
    state_kinds: Mapping[str, str]
    """Kinds that say in which state an entry is, besides its content; and the path at which each is reported."""
    never_in_place: str
    """Why nothing can be put back where it came from, and what to do; empty where it can."""

    def parse_place(self, key: str, host: str, path: str, *, secure: bool) -> Place:
        """The place that the parts of a URL name: `SYSTEM://key@host/path`; not `secure`: plain HTTP.

        `key`, `host` and `path` are decoded, and empty where the URL lacks them. Raises UsageError, with the form that
        the system expects.
        """

    def place_facts(self, place: Place) -> JsonObject:
        """The place as a manifest records it, `system` among the facts."""

    def place_of(self, facts: JsonObject) -> Place:
        """The place that `place_facts` recorded; what is missing is empty."""

    def record_key(self, kind: str, record: JsonObject) -> tuple[str, int]:
        """The `uid` and `number` of the `Record` whose body this is, as an export made it."""

    def origins(self, place: Place) -> Mapping[str, str]:
        """Other origins of the place ("https://host") that receive its credential, by the names that requests use."""

    def headers(self, place: Place, credential: tuple[str, Secret]) -> dict[str, Secret | str]:
        """The headers of every request."""

    def read_options(self, options: ReadOptions) -> ReadOptions:
        """Options as the system's own class. Raises UsageError for those of another system."""

    def write_options(self, options: WriteOptions) -> WriteOptions:
        """Options as the system's own class. Raises UsageError for those of another system."""

    def options_between(
        self, options: WriteOptions, places: tuple[Place, Place], source: RecordStore, target: RecordStore
    ) -> WriteOptions:
        """The options of an import as they hold between two `places`, which may have objects in common.

        `target` is what the second one held before the import.
        """

    def inconsistencies(self, store: RecordStore, bytes_of: Callable[[str], Path]) -> Iterator[str]:
        """What is wrong with a snapshot whose files are all as its manifest lists them, a sentence each."""

    def view(self, kind: str, record: JsonObject) -> RecordView:
        """What a listing shows of a record of a snapshot."""

    def export_plan(self, place: Place) -> ExportPlan: ...

    def import_plan(self, place: Place) -> ImportPlan: ...

    def access_request(self, place: Place) -> Request | None:
        """A read that shows whether the place exists; None where the first listing shows it."""

    def check_access(self, place: Place, request: Request, response: Response) -> Place | Request:
        """The place that the answer leads to, or what to ask next. Raises the error that the answer means."""

    def why_no_base(self, earlier: JsonObject, options: ReadOptions) -> str:
        """Why a snapshot made with `earlier` options cannot be the base of an export with these; empty where it can."""

    def routing_headers(self, place: Place) -> dict[str, str]:
        """The headers that name the place in each request."""

    def describe(self, staged: RecordStore, options: ReadOptions) -> JsonObject:
        """What the manifest says of the source besides its files."""

    def reading_to_verify(self, manifest: JsonObject, salt: str, *, is_origin: bool) -> ReadOptions:
        """How a target is read that a snapshot with this manifest is compared with.

        With a `salt` credentials are read as digests. `is_origin`: the snapshot was exported from the target.
        """

    def reads_to_verify(self, context: ImportContext) -> Iterable[Job]:
        """What a comparison needs of a target beside its latest content; their records are those of the target."""

    def parse_kinds(self, names: Iterable[str]) -> frozenset[str]:
        """The kinds that are meant by these names, parts included. Raises UsageError for a name of none."""

    def inventory_options(
        self, source: RecordStore, salt: str, options: WriteOptions, places: tuple[Place, Place]
    ) -> ReadOptions:
        """What an import between two places reads of its target, where `source` is to be written.

        `salt` marks credentials.
        """

    def redact_salted(self, kind: str, record: JsonObject, salt: str) -> JsonObject:
        """A record of any kind with a salted digest in place of each credential, as `ReadOptions.salt` reads it."""

    def existing_content(self, target: RecordStore, options: WriteOptions) -> list[str]:
        """What a target already holds of a user's content, in words, for the message that refuses an import into it.

        Counts only what the import would bring.
        """

    def obstacles(self, context: ImportContext) -> list[str]:
        """Why this snapshot cannot go into this target, before anything is written."""

    def export_minimum(
        self,
        lines: Mapping[Stream, int],
        rows: Callable[[Stream], Iterator[JsonObject]],
        options: ReadOptions,
        *,
        sizes: Mapping[Stream, int],
        reused: Mapping[str, int],
    ) -> dict[str, int]:
        """The fewest requests, by budget, that could have brought a snapshot as `options` ask for it.

        `lines` counts the records of each stream, `sizes` their bytes, and `rows` reads them. `reused`: how many of
        each kind came from a base.
        """

    def import_minimum(self, context: ImportContext) -> dict[str, int]:
        """The fewest requests, by budget, that could bring a snapshot into an empty target."""

    def deletions(self, context: ImportContext) -> Mapping[str, int]:
        """How many objects of each kind an import would delete; empty unless it is to mirror its source."""

    def removed(self, identities: Callable[[str], Iterable[tuple[str, str]]]) -> Iterator[JsonObject]:
        """What an import has deleted; `identities` gives sources and targets of a kind."""

    def left_in_target(self, context: ImportContext) -> Sequence[Left]:
        """What the target goes on having beyond the source, where a finished import looked."""

    def select(
        self, source: RecordStore, selection: Selection, versions: str, scratch: TempTables
    ) -> RecordStore:
        """The snapshot as if it held the selected entries only, with what comes along with them.

        Which these are may be kept in `scratch`.
        """

    def without_held(self, context: ImportContext) -> RecordStore:
        """The source without what the target decides: what is only brought along and there already, and what stays
        deleted."""

    def find_named(self, store: RecordStore, names: Collection[str]) -> Mapping[str, list[NamedObject]]:
        """The objects that can be restored singly and that each of these names may mean: a uid, or else a title."""

    def renumbered(self, identities: Callable[[str], Iterable[tuple[str, str]]]) -> Iterator[JsonObject]:
        """The versions that have another number in the target; `identities` gives sources and targets of a kind."""

    def match(
        self,
        source: RecordStore,
        target: RecordStore,
        options: WriteOptions,
        scratch: TempTables,
        places: tuple[Place, Place] | None = None,
        earlier: EarlierIdentities = NOTHING_EARLIER,
    ) -> Identity:
        """The identities of two sides that were not recorded by an import: by uid, else by what names one object.

        `places` are those that the sides were read from; `earlier` is what is known of the two.
        """

    def counterpart(self, context: ImportContext, kind: str, uid: str) -> str | None:
        """What an object is in the target as it was before, also one that the snapshot does not hold."""

    def equality(self, context: ImportContext, known_gaps: Iterable[JsonObject]) -> Comparison:
        """A comparison of the snapshot with what the target holds now."""

    def changes(self, context: ImportContext, known_gaps: Iterable[JsonObject]) -> Comparison:
        """What was edited between two snapshots; `context.is_one_place` says whether both are of one place."""

    def share_objects(self, left: RecordStore, right: RecordStore) -> bool:
        """Whether two snapshots hold objects of one place. Asked where a snapshot does not say of which one it is."""
