"""The two sides of a comparison: which object is which, what both are called, and what is known to be missing. Pure."""

from __future__ import annotations

from collections import Counter
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.titles import Titles
from stackferry.providers.contentful.kinds import BY_NAME, SHARED, record_key, sys_id
from stackferry.providers.contentful.matching.held import Held
from stackferry.providers.contentful.verification.known_gaps import KnownGaps
from stackferry.providers.contentful.verification.released import of_release
from stackferry.providers.contentful.verification.some_locales import InLocales
from stackferry.providers.contentful.verification.source_ids import SourceIds
from stackferry.providers.contentful.verification.terms import SourceTerms, TargetTerms, Terms
from stackferry.providers.coverage import Coverage
from stackferry.providers.selection import narrowing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

_PART_OF: Final = {name: kind.part_of for name, kind in BY_NAME.items()}
_ASKED: Final = {"editorial": ("tasks", "comments"), "taxonomy": ("concepts", "concept_schemes")}
_OF_ASSETS: Final = frozenset(("assets", "published_assets", "release_assets", "files"))
# Kinds whose records lie in a stream for each content type.
_LOCALES, _FILES = Stream("locales"), Stream("files")
_BODIES: Final = "bodies_in_releases"  # the limit of a snapshot that was made without them
_OF_RELEASES: Final = (kinds.RELEASE_ENTRIES.name, kinds.RELEASE_ASSETS.name)
_RELEASED: Final = (kinds.RELEASE_ENTRIES, kinds.RELEASE_ASSETS)
_RENAMED: Final = (
    *(kinds.RELEASES, kinds.SCHEDULED_ACTIONS, kinds.WORKFLOW_DEFINITIONS, kinds.WORKFLOWS),
    *(kinds.TASKS, kinds.COMMENTS, kinds.ROLES),
)
_TYPED: Final = frozenset(("entries", "published_entries", "entry_snapshots"))


class Pair(NamedTuple):
    """One object on both sides; None where a side does not have it. `uid` is the source's, or the only one."""

    uid: str
    left: JsonObject | None
    right: JsonObject | None
    content_type: str = ""

    @property
    def shown(self) -> str:
        """The id in a report; of a body in a release with the release's."""
        return self.uid.replace("\0", "/")


class Sides:
    """A snapshot and what it is compared with. `gaps` and `compared` grow while they are compared.

    `is_one_place`: both were read from one environment, so that ids alone say which object is which.
    """

    def __init__(
        self, context: ImportContext, known_gaps: Iterable[JsonObject], *, tells_edits: bool = False
    ) -> None:
        self.context, self.tells_edits = context, tells_edits
        self.left = context.source if tells_edits else of_release(context)
        self.right = context.target
        self.is_one_place = context.is_one_place
        self.only = frozenset[str]() if tells_edits else _only_locales(context)
        """The locales of the source that are compared; empty for all."""
        self.terms = Terms(self.left) if self.is_one_place else SourceTerms(context)
        self.own_terms = Terms(self.right) if self.is_one_place else TargetTerms(context)
        self.known = KnownGaps(known_gaps)
        self.coverage = (
            Coverage(self.left, self.right, _PART_OF, _OF_ASSETS, _ASKED),
            Coverage(self.right, self.left, _PART_OF, _OF_ASSETS, _ASKED),
        )
        if self.only:
            self.left = InLocales(self.left, self.only)
            self.right = InLocales(self.right, frozenset(map(self.terms.locale, self.only)))
        self._data_fields: dict[str, frozenset[str]] = {}
        # What is not selected is in the target for another reason.
        self._is_selection = context.whole is not None and context.whole is not context.source
        self.gaps: list[Gap] = []
        self.compared: Counter[str] = Counter()

    @cached_property
    def is_one_space(self) -> bool:
        """Whether both sides are environments of one space."""
        one, other = self.context.origin, self.context.place
        return one is not None and other is not None and (one.key, one.service) == (other.key, other.service)

    def is_shared(self, kind: str) -> bool:
        """Whether both sides are two environments that have the objects of a kind in common."""
        return self.is_one_space and not self.is_one_place and kind in SHARED

    @cached_property
    def titles(self) -> tuple[Titles, Titles]:
        return Titles(self.left), Titles(self.right)

    @cached_property
    def own_codes(self) -> tuple[str, ...]:
        """The locales of the source that the target has too, in the source's words."""
        codes = (text(row.get("code")) for row in self.left.objects(_LOCALES))
        held = (code for code in codes if self.right.get(_LOCALES, self.terms.locale(code)) is not None)
        return tuple(code for code in held if not self.only or code in self.only)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The same locales in the target's words."""
        return tuple(map(self.terms.locale, self.own_codes))

    @cached_property
    def reads_bytes(self) -> bool:
        """Whether the bytes of both sides' assets were read at all."""
        return all(_FILES in store.streams() for store in (self.left, self.right))

    @cached_property
    def source_ids(self) -> SourceIds:
        renamed = {kind.name: partial(self.target_uid, kind) for kind in _RENAMED}
        return SourceIds(self.context, self.terms, self.own_terms, renamed)

    def data_fields(self, content_type: str) -> frozenset[str]:
        """The fields of entries of a type whose values are JSON."""
        if content_type not in self._data_fields:
            row = self.right.get(Stream(kinds.CONTENT_TYPES.name), content_type) if content_type else None
            fields = objects((row or {}).get("fields"))
            self._data_fields[content_type] = frozenset(
                text(one.get("id")) for one in fields if one.get("type") == "Object"
            )
        return self._data_fields[content_type]

    def streams(self, store: RecordStore, kind: str) -> list[Stream]:
        """The streams of a kind that one side has."""
        return (
            [stream for stream in store.streams() if stream.kind == kind]
            if kind in _TYPED
            else [Stream(kind)]
        )

    def pairs(self, kind: Kind) -> Iterator[Pair]:
        """Every object of a kind: those of the source in their order, then those that only the target has."""
        for stream in self.streams(self.left, kind.name):
            for row in self.left.objects(stream):
                uid, number = record_key(kind.name, row)
                yield Pair(uid, row, self._right(kind, stream, uid, number), stream.type)
        for stream in self.streams(self.right, kind.name):
            for row in self.right.objects(stream):
                uid, number = record_key(kind.name, row)
                if not self._is_in_source(kind, uid, number):
                    yield Pair(uid, None, row, stream.type)

    def target_uid(self, kind: Kind, uid: str) -> str | None:
        """What an object of the source is called in the target, whether it is there or not."""
        if self.is_one_place:
            return uid
        if kind in _RELEASED:
            release, _, entity = uid.partition("\0")
            owner = self.context.identity.target(kinds.RELEASES.name, release)
            return None if owner is None else f"{owner}\0{entity}"
        if kind is kinds.LOCALES:
            return self.terms.locale(uid)
        found = self.context.identity.target(kind.name, uid)
        return uid if found is None and kind.keeps_id else found

    def _right(self, kind: Kind, stream: Stream, uid: str, number: int) -> JsonObject | None:
        target = self.target_uid(kind, uid)
        if target is None:
            return None
        if (found := self.right.get(stream, target, number)) is not None or kind is not kinds.ENTRIES:
            return found
        # An entry of that id may be of another type there: one entry has one id.
        of_type = self._held[1].type_of(target)
        return self.right.get(stream._replace(type=of_type), target) if of_type else None

    def _is_in_source(self, kind: Kind, uid: str, number: int) -> bool:
        if kind is kinds.ENTRIES:
            return self._held[0].holds(kind.name, uid)
        if self.is_one_place:
            return self._is_in_left(kind, uid, number)
        if kind in _RELEASED:
            release, _, entity = uid.partition("\0")
            owner = self._sources_of_releases.get(release)
            return owner is not None and self.left.get(Stream(kind.name), f"{owner}\0{entity}") is not None
        if kind.keeps_id:
            is_role = kind is kinds.ROLES and self._is_target(kind, uid)
            return is_role or self._is_in_left(kind, uid, number)
        if kind is kinds.LOCALES:
            rows = self.left.objects(Stream(kind.name))
            return any(self.terms.locale(text(row.get("code"))) == uid for row in rows)
        return self._is_target(kind, uid)

    def _is_in_left(self, kind: Kind, uid: str, number: int) -> bool:
        return any(self.left.get(stream, uid, number) for stream in self.streams(self.left, kind.name))

    def _is_target(self, kind: Kind, uid: str) -> bool:
        return self.context.identity.is_target(kind.name, uid)

    @cached_property
    def _sources_of_releases(self) -> dict[str, str]:
        """The releases of the source, by their ids in the target."""
        uids = map(sys_id, self.left.objects(Stream(kinds.RELEASES.name)))
        return {self.terms.uid(kinds.RELEASES.name, uid): uid for uid in uids}

    def release_on_other_side(self, uid: str, *, of_left: bool) -> str:
        """What a release of one side is called on the other one."""
        return self.terms.uid(kinds.RELEASES.name, uid) if of_left else self._sources_of_releases.get(uid, "")

    @cached_property
    def _held(self) -> tuple[Held, Held]:
        scratch = self.context.scratch
        return Held(self.left, scratch), Held(self.right, scratch)

    # --- what one side cannot tell ---

    def can_tell(self, kind: str, uid: str, *, is_left: bool) -> bool:
        """Whether the side that lacks an object would hold it. `is_left`: it is the left one that has it."""
        if not is_left and self._is_selection:
            return False
        other = self.coverage[1 if is_left else 0]
        if other.leaves_out(kind) or (kind in _OF_RELEASES and other.leaves_out(_BODIES)):
            return False
        if reason := other.gap(kind, uid):
            self.gap(kind, uid, f"only one side has it, the other has a gap: {reason}")
        return not reason

    def unknown_live_body(self, kind: str, pair: Pair) -> None:
        """A gap, where one side does not say what is live; none where it is known of all such bodies."""
        if not self.known.of_object(f"published_{kind}", "*"):
            reason = "a side does not say what is live: not compared"
            self.gap(kind, pair.uid, reason, path="/published", content_type=pair.content_type)

    def gap(self, kind: str, uid: str, reason: str, *, path: str = "", content_type: str = "") -> None:
        """Record what cannot be compared."""
        self.gaps.append(
            Gap(kind=kind, uid=uid.replace("\0", "/"), type=content_type, path=path, reason=reason)
        )


def _only_locales(context: ImportContext) -> frozenset[str]:
    """The locales that an import was to write: those that were asked for, or those of a narrowed snapshot."""
    return context.options.selection.locales or narrowing(context.manifest).locales
