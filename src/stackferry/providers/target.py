"""What a system must offer for a snapshot to be written into it: a plan made of steps.

A step is a write that is decided when everything that it waits for is settled, or a read that waits for the effect of
writes. A plan sees the snapshot, what the target held before, and the identities found so far.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, TypeVar, cast

from stackferry.model import HEAD, Budget
from stackferry.providers.identities import NOTHING_EARLIER
from stackferry.providers.option_types import settle
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.errors import Refused
    from stackferry.model import Gap, JsonObject, Place, Remark, Request, Response
    from stackferry.providers.described import Described
    from stackferry.providers.identities import EarlierIdentities, Identity, Memory
    from stackferry.providers.made_anew import Forgotten, Made
    from stackferry.providers.source import GrowingStore, RecordStore, TempTables

T = TypeVar("T")

# The request of the page after those that an answer holds; None after the last one.
NextPage: TypeAlias = "Callable[[Request, JsonObject], Request | None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedWrite:
    """A write, ready to send; or, without a request, the finding that none is needed.

    `note` is kept with the intent, for the probe after a crash. `identities` (kind, source, target) hold once the
    write is done. `version` is the number of the version that it makes if nobody else writes, None where that is not
    known. Not `final`: nothing is written because of what this run was asked for; the next run decides again.
    """

    request: Request | None = None
    note: JsonObject = field(default_factory=dict)
    identities: Sequence[tuple[str, str, str]] = ()
    gaps: Sequence[Gap] = ()
    remarks: Sequence[Remark] = ()
    version: int | None = None
    final: bool = True


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A read that shows whether a write arrived as it was sent, and the gaps of what did not.

    `gaps` gets {} where the service refuses the read.
    """

    request: Request
    gaps: Callable[[JsonObject], Sequence[Gap]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """What an answer to a write says: identities (kind, source uid, target uid), and what did not arrive.

    `confirm` reads the object before the write is settled, where the answer does not show all that was sent.
    `says_nothing`: not even that it was done, so it is sent again; it counts if no answer says more."""

    identities: Sequence[tuple[str, str, str]] = ()
    gaps: Sequence[Gap] = ()
    remarks: Sequence[Remark] = ()
    confirm: Confirmation | None = None
    says_nothing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """An object of the target that a write may have made, although it no longer bears the name that was sent.

    `label` names it for a message. `original`, where there is one, reads what it was when it was made; `found` gives
    that, shaped as the write's answer, or None where it was made by somebody else. `renamed` is told where it is ours.
    """

    label: str
    original: Request | None = None
    found: Callable[[JsonObject], JsonObject | None] = lambda _: None
    renamed: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How to find out whether a write whose answer was lost was carried out.

    `found` reads the answer to `request`, with the pages that `next_page` asks for, and returns every object that the
    write may have made, each shaped as the write's own answer would have been. `request` is a read; an answer to it
    that lacks the key `required_key` says nothing, so it is sent again. `found` gets {} where the service refuses the
    read. Where nothing is found, `suspects` are objects that may have been renamed since: those in the same answer, or
    in that to `newest`, a listing of the same shape. `if_several`: what the gap says of several; else they end the run.
    """

    request: Request
    found: Callable[[JsonObject], Sequence[JsonObject]]
    required_key: str
    next_page: NextPage = lambda _request, _answer: None
    newest: Request | None = None
    suspects: Callable[[JsonObject], Sequence[Suspect]] = lambda _: ()
    if_several: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write to a target, decided when everything it waits for is settled.

    `key` names it for ever: the same snapshot and target always give the same key. `build` is called when every step
    whose key, and every stage whose name, is in `after` is settled. `read` raises BadAnswer for an answer that does not
    name the object that was written: such an answer counts as lost. A request that is not repeatable needs a `probe`.
    `failed` is the gap that a refusal leaves; `fallback`, if there is one, is what to write instead when the service
    refuses the first. `undo` is the request that undoes a temporary change, `undo_then` those that follow it; they are
    durable before the change is made, and `undone_by` names the step that sends the last of them in time; that step's
    `undoes` names this one. `optional`: a token that may not write this kind leaves a gap instead of ending the run.
    `reported_later`: a refusal leaves no gap: a later step makes good for it, or tells. What waits for one `budget`
    holds up no other. `passes`: the refusal holds for a while: sent again. `told`: remarks beside a refusal's gap.
    `only_if_refused`: sent only if what came before is. `prepares`: others need it, or it ends that.
    `remembers`: what a refusal leaves for later imports, as identities. `anew`: a refusal of an earlier run is void.
    `new_undo`: how the change of the step with that key is to be undone from now on; durable before the write.
    """

    key: str
    kind: str
    build: Callable[[], PreparedWrite]
    read: Callable[[JsonObject], WriteResult]
    failed: Gap
    after: Sequence[str] = ()
    fallback: Callable[[], PreparedWrite | None] | None = None
    probe: Callable[[JsonObject], Probe] | None = None
    undo: Request | None = None
    undo_then: Sequence[Request] = ()
    undone_by: str = ""
    undoes: str = ""
    optional: bool = False
    reported_later: bool = False
    budget: Budget = Budget.WRITE
    passes: Callable[[Refused], bool] = lambda _: False
    told: Callable[[Refused], Sequence[Remark]] = lambda _: ()
    only_if_refused: bool = False
    prepares: bool = False
    anew: bool = False
    new_undo: tuple[str, Sequence[Request]] | None = None
    remembers: Callable[[Exception, str], Sequence[tuple[str, str, str]]] = lambda _refused, _reason: ()


class Observation(NamedTuple):
    """What one read of the service shows, as identities (kind, source, target): what is there, and what is not yet."""

    found: Sequence[tuple[str, str, str]] = ()
    pending: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """A read that is repeated until nothing is pending any more, or patience ends. One read may await many objects.

    All that the last read shows is kept as identities, what was pending too; `gaps` are those of what was. An answer
    that lacks the key `required_key` is asked for again; `observe` gets {} where the service refuses the read, also for
    want of a right if it is `optional`. Of a download (`Budget.ASSET`) it sees the `sha256` and the `size`, or {} where
    there are no bytes. A list is read to its end, as `next_page` asks for its pages. `reads_initial_state`: of before
    the import, so a dry run may, too. `in_each_run`: also on resume. `is_foreseen`: a dry run knows it. `after`: as of
    a `Write`, one by one; where a `request` then gives None, `unasked` is kept.
    """

    key: str
    kind: str
    request: Request | Callable[[], Request | None]
    observe: Callable[[JsonObject], Observation]
    required_key: str = ""
    next_page: NextPage = lambda _request, _answer: None
    reads_initial_state: bool = False
    in_each_run: bool = False
    is_foreseen: bool = False
    only_if_refused: bool = False
    optional: bool = False
    gaps: Callable[[Sequence[tuple[str, str, str]]], Sequence[Gap]] = lambda _: ()
    after: Iterable[str] = ()
    unasked: Sequence[tuple[str, str, str]] = ()

    def asked(self) -> Request | None:
        """What is read; None where there is nothing to wait for."""
        return self.request() if callable(self.request) else self.request


@dataclass(frozen=True, slots=True)
class FreshUndo:
    """A kept undo that is brought up to date: what is read, and what is to be sent after these answers.

    A refused read answers {}; where the first one does, there is nothing to undo. `following`: each request but the
    first, after the answer to the one before it. `edited`: what these answers show that somebody else has changed and
    that stays. `identities`: what the answer to the last request says.
    """

    reads: Sequence[Request]
    requests: Callable[[Sequence[JsonObject]], Sequence[Request]]
    following: Callable[[Request, JsonObject], Request] = lambda request, _answer: request
    edited: Callable[[Sequence[JsonObject]], WriteResult] = lambda _shown: WriteResult()
    identities: Callable[[JsonObject], Sequence[tuple[str, str, str]]] = lambda _answer: ()


@dataclass(frozen=True, slots=True)
class WaitFor:
    """What comes after this is not known before `is_over`: the export that feeds the import is not that far yet."""

    is_over: Callable[[], bool]


Step: TypeAlias = Write | Await
# Instead of a step: None lets other tasks have their turn, a WaitFor waits.
Steps: TypeAlias = Iterator[Step | WaitFor | None]


@dataclass(frozen=True, slots=True)
class ImportStage:
    """A part of an import. Its steps are asked for, and its name is reported, when it begins.

    `kinds`: what it is for; an import of other kinds leaves it out. One without kinds is in every import, because it
    also finds what the target already holds: its steps write nothing of kinds that are not imported.
    `after`: the names of the stages before it that it needs. It begins when these are settled, and the stages that are
    named before it and that it does not need go on beside it; without `after` it needs all of them.
    `until`: its steps may wait for steps of other stages that are still to come, at most until the stages of these
    names are settled.
    """

    name: str
    kinds: tuple[str, ...]
    steps: Callable[[], Steps]
    after: tuple[str, ...] | None = None
    until: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """What an import into any system is asked for; a system's own options are a subclass of it.

    `locales` gives the target's code for a source's code. `in_place`: the target is where the snapshot comes from.
    `mirror`: what the target has and the source has not is taken away, too.
    `conflicts`: what becomes of an object that was edited on both sides since they were equal: the source wins, or
    "keep" leaves the target's, or "stop" ends the import before it writes.
    """

    versions: str = "pinned"
    publish: str = "same"
    on_conflict: str = ""
    in_place: bool = False
    mirror: bool = False
    conflicts: str = ""
    locales: Mapping[str, str] = field(default_factory=dict)
    now: float = 0.0  # seconds since 1970 when the import was asked for: what is scheduled before is past
    selection: Selection = field(default_factory=Selection)  # of the snapshot's entries, in its own names
    only: frozenset[str] = frozenset()  # kinds to import, their parts among them; none is all of them

    def __post_init__(self) -> None:
        settle(self)

    def includes(self, *kinds: str) -> bool:
        """Whether one of these kinds is imported. Of the others nothing is written: they are only matched."""
        return not self.only or not self.only.isdisjoint(kinds)

    def as_json(self) -> JsonObject:
        return {
            "versions": self.versions,
            "publish": self.publish,
            "on_conflict": self.on_conflict,
            **({"in_place": True} if self.in_place else {}),
            **({"mirror": True} if self.mirror else {}),
            **({"conflicts": self.conflicts} if self.conflicts else {}),
            "locales": {**self.locales},
            **self.selection.narrowing_json(),
            **({"only": [*sorted(self.only)]} if self.only else {}),
        }


@dataclass(frozen=True, slots=True)
class RunningExport:
    """An export in parts that is still going on: what it has staged, and whether a stage of it is complete."""

    rows: GrowingStore
    is_complete: Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportContext:
    """What the plan of an import sees: the snapshot, the target as it was before, identities found so far.

    `counterpart` gives what an object is in the target as it was before, by kind and uid, also of one that the snapshot
    does not hold; `why` the reason of the gap that a step of this import has left, by its key, or nothing.
    `salt` is what the target's credentials were marked with when it was read. `running_export` is set while the
    source is still being exported. `imported`: the options of the import that is verified, where it is known.
    """

    source: RecordStore
    target: RecordStore
    identity: Identity
    options: WriteOptions
    bytes_of: Callable[[str], Path]  # SHA-256 → the file that holds those bytes
    scratch: TempTables
    bytes_of_target: Callable[[str], Path] | None = None  # the same of the target, where its bytes were read
    gaps_of_target: Callable[[], Iterable[JsonObject]] = tuple  # what could not be read of the target
    whole: RecordStore | None = None  # the snapshot with what is not selected; None where nothing is left out
    origin: Place | None = None  # where the snapshot was exported from
    earlier: EarlierIdentities = NOTHING_EARLIER
    counterpart: Callable[[ImportContext, str, str], str | None] = lambda _context, _kind, _uid: None
    why: Callable[[str], str] = lambda _step: ""
    place: Place | None = None  # the target
    salt: str = ""
    running_export: RunningExport | None = None
    facts: Callable[[], JsonObject] | None = None  # what the manifest will say, where there is none yet
    imported: JsonObject = field(default_factory=dict)
    is_one_place: bool = False  # both sides are snapshots of one place: uids and numbers mean the same
    _found: dict[Callable[[ImportContext], object], object] = field(default_factory=dict)

    @property
    def manifest(self) -> JsonObject:
        """What is known of the whole source: its options, its gaps."""
        return self.facts() if self.facts is not None else self.source.get(HEAD, "") or {}

    @property
    def everything(self) -> RecordStore:
        """The snapshot with what is not selected: it is matched, too, because what is selected may refer to it."""
        return self.whole or self.source

    def in_target(self, kind: str, uid: str) -> str | None:
        """What an object is in the target: as this import found or made it, else as the target held it before."""
        return self.identity.target(kind, uid) or self.counterpart(self, kind, uid)

    def is_read(self, stage: str) -> bool:
        """Whether this stage of the export is complete."""
        return self.running_export is None or self.running_export.is_complete(stage)

    def until(self, stage: str) -> WaitFor:
        """Wait for a stage of the export."""
        return WaitFor(lambda: self.is_read(stage))

    def once(self, find: Callable[[ImportContext], T]) -> T:
        """What `find` finds out about this import, looked for only the first time that it is asked for."""
        if find not in self._found:
            self._found[find] = find(self)
        return cast("T", self._found[find])

    def into(self, target: RecordStore, *kept: Callable[[ImportContext], object]) -> ImportContext:
        """The same import where the target holds more than was known. Of what was found out, `kept` still holds."""
        found = {find: what for find, what in self._found.items() if find in kept}
        return replace(self, target=target, _found=found)


class ImportPlan(Protocol):
    """How a snapshot is written into a target."""

    def missing(self, context: ImportContext, memory: Memory, present: RecordStore) -> Iterable[Made]:
        """What this import made and the target, as it is now (`present`), does not hold."""

    def seen_now(self, context: ImportContext, present: RecordStore) -> Iterable[tuple[str, str, str]]:
        """What a resumed import goes by of the target as it is now, as identities."""

    def forget(self, context: ImportContext, memory: Memory, gone: Collection[Made]) -> Forgotten:
        """What must be forgotten, so that all of `gone` is made anew and what names it is written again."""

    def plan(self, context: ImportContext) -> Iterable[ImportStage | WaitFor]:
        """The stages of an import, in the order of their importance: what an earlier one writes goes first."""

    def before_writes(self, context: ImportContext) -> Iterable[Write]:
        """Temporary changes right before the first other write. Where one is refused, nothing is written."""

    def undo_now(self, requests: Sequence[Request]) -> FreshUndo | None:
        """How a kept undo, one request or several, is brought up to date before it is sent, if at all."""

    def action(self, kind: str, request: Request) -> str:
        """What a write does, in one word, as a dry run counts it: `create`, `update`, `publish` …"""

    def described(self, context: ImportContext, memory: Memory) -> Described:
        """What tells of the writes of a dry run; `memory` has the identities that it makes up."""

    def label(self, answer: JsonObject) -> str:
        """What names the object in an answer, for a message."""

    def error(self, request: Request, response: Response) -> Exception:
        """The error that a refusal means, in the vendor's words."""
