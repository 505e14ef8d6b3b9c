"""Entries and assets as an import sees them: what each is to be, and what the target holds of it. Pure.

Which bodies a document gets follows from `--versions` and from its state: the snapshots of its history, what is live of
it, and its current body, each once. API pages: "Content lifecycle", "Snapshots", "Locale-based publishing".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, nested, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.states import (
    State,
    has_other_live_body,
    live_locales,
    locale_states,
    locales_of,
    state_of,
)
from stackferry.providers.contentful.importing.assets.files import AssetFiles
from stackferry.providers.contentful.importing.moves import NOWHERE, Body, Held, Locales, Wanted, in_locales
from stackferry.providers.contentful.importing.publishing.history import History, gap_of_version
from stackferry.providers.contentful.importing.refused_before import is_named
from stackferry.providers.contentful.importing.selected.locales import OnlyLocales
from stackferry.providers.contentful.importing.stored import same_document
from stackferry.providers.contentful.importing.terms import REFERENCES, Lost, Terms
from stackferry.providers.contentful.kinds import ASSETS, ENTRIES, sys_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

_LIVE_KINDS: Final = {
    ENTRIES.name: kinds.PUBLISHED_ENTRIES.name,
    ASSETS.name: kinds.PUBLISHED_ASSETS.name,
}
MODE: Final = "publishing"  # identities: whether the target's space publishes single locales
_TOLD: Final = 3  # values of an older version that its gap names
BY_LOCALE, WHOLE = "by locale", "whole"
NOT_BY_LOCALE: Final = (
    "the target's space publishes whole documents only: it shows {} as published, unlike the source"
)
_MODES: Final = {"localePublishing": BY_LOCALE, "entryPublishing": WHOLE}
_PART_OF_VERSION: Final = (
    "what this version said in locales that were not published with it is not replayed; what is live is"
)
_NOT_LIVE: Final = (
    "the snapshot does not hold what is live of it, only an edit above that: it was written and not published"
)


class Document(NamedTuple):
    """An entry or an asset of the snapshot. `type` is the content type of an entry; empty for an asset."""

    kind: str
    uid: str
    type: str = ""

    @property
    def key(self) -> str:
        """Its name among entries and assets."""
        return f"{self.kind}/{self.uid}"

    @property
    def stream(self) -> Stream:
        return Stream(self.kind, self.type)

    @property
    def live_stream(self) -> Stream:
        return Stream(_LIVE_KINDS[self.kind], self.type)

    def gap(self, reason: str, path: str = "", locale: str = "") -> Gap:
        return Gap(kind=self.kind, uid=self.uid, type=self.type, reason=reason, path=path, locale=locale)


@dataclass(frozen=True, slots=True)
class Planned:
    """A document as it is to be, in the target's terms, and what of it the target has no place for."""

    document: Document
    wanted: Wanted
    gaps: list[Gap] = field(default_factory=list)


class Documents:
    """The entries and assets of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self.terms = context.once(Terms)
        self.only = context.once(OnlyLocales)
        self.history = History(context, self._codes)
        self._last: tuple[Document, JsonObject | None] | None = None

    def all(self, *of_kinds: str) -> Iterator[tuple[Document, JsonObject]]:
        """Every document of these kinds with its current body, type by type, each by id."""
        for stream in self._context.source.streams():
            if stream.kind in of_kinds:
                for row in self._context.source.objects(stream):
                    yield Document(stream.kind, sys_id(row), stream.type), row

    def planned(self, document: Document, row: JsonObject) -> Planned:
        """What a document is to be."""
        gaps: list[Gap] = []
        options, codes = self._context.options, self.only.of(self._codes(row))
        state = self.only.state(row, codes)
        is_live = state in (State.PUBLISHED, State.CHANGED) and options.publish != "none"
        live = self._in_target(live_locales(row, codes)) if is_live else NOWHERE
        past = live or self._in_target(frozenset(codes))
        bodies = [*self._older(document, row, past, gaps)]
        latest = [*self._latest(document, row, live, state, gaps)]
        gaps += self._not_replayed(document, row, state, row if len(latest) == 1 else None)
        live_at = len(bodies) if latest[0].live else None
        archived = self._is_archived(document, state)
        # Where it is not known what is live, the target's stays.
        stays = options.publish == "none" or (bool(live) and live_at is None)
        edited = state is State.CHANGED and not self.only.codes
        return Planned(document, Wanted((*bodies, *latest), live_at, archived, stays, edited), gaps)

    def _older(self, document: Document, row: JsonObject, live: Locales, gaps: list[Gap]) -> Iterator[Body]:
        """What was live before. What the target has no place for of a version is a gap of that one."""
        for at, body in enumerate(self.older(document, row)):
            lost: list[Gap] = []
            yield self._body(document, body, live, lost)
            words = [f"{one.path}: {one.reason}" for one in lost if one.kind != REFERENCES]
            gaps += [one for one in lost if one.kind == REFERENCES]
            if words:
                more = f", and {len(words) - _TOLD} more" if len(words) > _TOLD else ""
                path = f"/{self.history.number(document, at)}"
                gaps.append(gap_of_version(document, "; ".join(words[:_TOLD]) + more, path))

    def _is_archived(self, document: Document, state: State) -> bool:
        """Whether a document is archived in the end: where some locales are written it stays as it is."""
        held = self.row_held(document) if self.only.codes else None
        if held is None:
            return state is State.ARCHIVED
        return state_of(held) is State.ARCHIVED and state not in (State.PUBLISHED, State.CHANGED)

    def _latest(
        self, document: Document, row: JsonObject, live: Locales, state: State, gaps: list[Gap]
    ) -> Iterator[Body]:
        """What is live, and the current body; once where they are the same."""
        current = self._body(document, row, NOWHERE, gaps)
        if not live:
            yield current
            return
        published = self._context.source.get(document.live_stream, document.uid)
        if published is None and self._is_edited(row, state):
            gaps.append(document.gap(_NOT_LIVE))
            yield current
            return
        published = published or self._without_drafts(row)
        if published is not None:
            of_live: list[Gap] = []
            is_new = self.row_held(document) is None  # the history of one that is there stays as it is
            version = self.history.latest(document, row) if is_new and self._brings_version(state) else None
            if version is not None and version.shows_live:
                published = {**published, "fields": version.fields}
            shown = self._body(document, published, live, of_live)
            if not self._is_one(document, state, current, shown):
                known = {*map(_subject, gaps)}
                gaps += [one for one in map(_of_live, of_live) if _subject(one) not in known]
                yield shown
                yield current
                return
        yield current._replace(live=live)

    def _is_edited(self, row: JsonObject, state: State) -> bool:
        """Whether something else than the current body is live, in a locale that is live."""
        codes = self.only.of(self._codes(row))
        return state is State.CHANGED or State.CHANGED in locale_states(row, codes).values()

    def _without_drafts(self, row: JsonObject) -> JsonObject | None:
        """What is live of a document without edits: its values in the locales that are live; None where that is all."""
        codes = self.only.of(self._codes(row))
        if self.only.codes or not has_other_live_body(row, codes):
            return None
        return in_locales(row, live_locales(row, codes))

    def _is_one(self, document: Document, state: State, current: Body, shown: Body) -> bool:
        """Whether one body does for what is live and what is current: only what is live of it must become live."""
        bodies = (in_locales(one.content, shown.live) for one in (current, shown))
        if state is not State.PUBLISHED or next(bodies) != next(bodies):
            return False
        is_new = self.row_held(document) is None
        return current.content == shown.content or self.is_proven or (is_new and self.mode == BY_LOCALE)

    def older(self, document: Document, row: JsonObject) -> Iterator[JsonObject]:
        """What was live before, the oldest first, without what is live now."""
        return self.history.older(document, row)

    def gap_at(self, document: Document, at: int, reason: str) -> Gap:
        """The gap of a body at a place: of an older version, or of the document itself."""
        row = self._context.source.get(document.stream, document.uid) or {}
        number = self.history.number(document, at)
        is_older = number is not None and at < sum(1 for _ in self.older(document, row))
        return gap_of_version(document, reason, f"/{number}") if is_older else document.gap(reason)

    def _brings_version(self, state: State) -> bool:
        """Whether what is live goes live in its whole version, with the drafts that this holds in other locales.

        These are not published with it. So the target must say, before anything is written, that it publishes single
        locales: what comes of a trial is not known for the first documents.
        """
        return state is State.CHANGED and not self.only.codes and _MODES.get(self._told) == BY_LOCALE

    def _not_replayed(
        self, document: Document, row: JsonObject, state: State, written: JsonObject | None
    ) -> Iterator[Gap]:
        """The gap of what the version that is live says in locales that were not published with it.

        `written` is what goes live; None for the live body, which says nothing in these.
        """
        version = self.history.latest(document, row)
        live = written or self._context.source.get(document.live_stream, document.uid)
        if version is None or live is None or self._context.options.in_place:
            return
        is_brought = written is None and version.shows_live and self._brings_version(state)
        if not is_brought and version.fields != live.get("fields"):
            yield gap_of_version(document, _PART_OF_VERSION, f"/{version.number}")

    def _body(self, document: Document, row: JsonObject, live: Locales, gaps: list[Gap]) -> Body:
        """A body in the target's terms; what it has no place for is added to the gaps."""
        held = self.row_held(document)
        if self.only.codes:
            row = self.only.cut(row) if held is None else self.only.alone(row)
        if document.kind == ASSETS.name:
            content, lost = self.terms.asset(row)
        else:
            content, lost = self.terms.entry(row, document.type)
        if held is not None:
            content = self._with_kept(document, content, _without_sys(held))
        known = {*map(_subject, gaps)}
        gaps += [gap for one in lost if _subject(gap := _gap(document, one)) not in known]
        return Body(content, live)

    def _with_kept(self, document: Document, content: JsonObject, held: JsonObject) -> JsonObject:
        """A body with the values that stay: of fields that only the target's type has, of locales not asked for."""
        if self.only.codes:
            content = self.only.over(held, content)
        elif not self._context.options.mirror:
            content = _with_locales(content, held, self.codes)
        if self._context.options.selection.version:  # no older version tells its tags
            content = {**content, "metadata": held.get("metadata")}
        names = self.terms.kept_fields(document.type) if document.kind == ENTRIES.name else frozenset()
        kept = {name: value for name, value in as_object(held.get("fields")).items() if name in names}
        return {**content, "fields": {**as_object(content.get("fields")), **kept}} if kept else content

    def _codes(self, row: JsonObject) -> tuple[str, ...]:
        """The locales that a document's state is told of."""
        return self.terms.locales or tuple(as_object(nested(row, "sys", "fieldStatus", "*")))

    def _in_target(self, codes: Locales) -> Locales:
        return frozenset(self.terms.locale(code) for code in codes if self.terms.has(code))

    @property
    def codes(self) -> Locales:
        """The snapshot's locales as the target calls them, those that it has: what is live in all of them is published
        as a whole."""
        return self._in_target(frozenset(self.terms.locales))

    def codes_of(self, document: Document) -> Locales:
        """The same for one document, with the locales that only the target has and in which an edit of it waits."""
        row = self.row_held(document)
        own = frozenset(locales_of(row)) - self.codes - {"*"} if row is not None else NOWHERE
        states = locale_states(row or {}, own)
        return self.codes | {code for code, state in states.items() if state is not State.PUBLISHED}

    def live_before(self, document: Document) -> Locales:
        """The locales that the target showed as published before the import, without an edit above."""
        row = self.row_held(document)
        states = locale_states(row, self.codes_of(document)) if row is not None else {}
        return frozenset(code for code, state in states.items() if state is State.PUBLISHED)

    @property
    def mode(self) -> str | None:
        """Whether the target's space publishes single locales, which a space does or does not; None: not known yet."""
        return self.mode_before or self._context.identity.target(MODE, "")

    @cached_property
    def mode_before(self) -> str | None:
        """The same as far as it is known before this import, for what is planned.

        What an earlier import found is taken where nothing can go live by that; `--only` finds it out anew.
        """
        if self._told in _MODES:
            return _MODES[self._told]
        if self.is_proven:
            return BY_LOCALE
        is_whole = self._context.earlier.target(MODE, "") == WHOLE
        is_asked = any(is_named(self._context, kind) for kind in _LIVE_KINDS)
        return WHOLE if is_whole and not is_asked else None

    @cached_property
    def _told(self) -> str:
        """What the configuration of the target's web app says of it."""
        views = next(iter(self._context.target.objects(Stream(kinds.UI_CONFIG.name))), {})
        return text(nested(views, "publish", "publishMode"))

    @cached_property
    def is_proven(self) -> bool:
        """Whether what is there shows that the target's space publishes single locales."""
        if self._told in _MODES:
            return _MODES[self._told] == BY_LOCALE
        origin, place = self._context.origin, self._context.place
        is_one = origin is not None and place is not None and origin.key == place.key
        stores = [self._context.target, *([self._context.everything] if is_one else [])]
        return any(self._proves(row) for store in stores for row in _documents(store))

    def _proves(self, row: JsonObject) -> bool:
        """Whether a document is live as it is, and holds values in a locale that is not: so it was published in parts.

        A locale that was added to the space later is not live, either, but any value in it is an edit.
        """
        drafts = self._locales_of(row) - live_locales(row, self._locales_of(row))
        return state_of(row) is State.PUBLISHED and bool(in_locales(row, drafts)["fields"])

    def _locales_of(self, row: JsonObject) -> Locales:
        return frozenset(as_object(nested(row, "sys", "fieldStatus", "*")))

    # --- what the target holds ---

    def held(self, document: Document) -> Held | None:
        """What the target held of a document before the import; None where it did not hold it."""
        row = self.row_held(document)
        if row is None:
            return None
        codes = [*map(self.terms.locale, self.only.of(self.terms.locales))]
        states = locale_states(row, codes)
        content, live = _without_sys(row), self._context.target.get(document.live_stream, document.uid) or row
        # Where some locales are written what is beside the fields stays as it is, live or not.
        beside = content if self.only.codes else _without_sys(live)
        is_edited = state_of(row) is State.CHANGED and not self.only.codes
        return Held(content, {**beside, "fields": live.get("fields")}, states, is_edited)

    def row_held(self, document: Document) -> JsonObject | None:
        if self._last is None or self._last[0] != document:  # it is asked for several times in a row
            self._last = document, self._context.target.get(document.stream, document.uid)
        return self._last[1]

    def type_held(self, document: Document) -> str:
        """The type that the target's entry of this id has, where it is another one; else empty."""
        found = (of_type for of_type in self._types_held if of_type != document.type)
        is_entry = document.kind == ENTRIES.name
        get = self._context.target.get
        return next((one for one in found if is_entry and get(Stream(document.kind, one), document.uid)), "")

    @cached_property
    def _types_held(self) -> tuple[str, ...]:
        """The types that the target's entries have."""
        return tuple(one.type for one in self._context.target.streams() if one.kind == ENTRIES.name)

    def same(self, document: Document) -> Callable[[JsonObject, JsonObject], bool]:
        """How a body that a document is to have is compared with one that it has."""
        if document.kind == ASSETS.name:
            return self._context.once(AssetFiles).same
        if not self.terms.spaces.is_one:
            return same_document
        return lambda wanted, held: same_document(wanted, self.terms.of_clone(held, document.type))


def _with_locales(content: JsonObject, held: JsonObject, codes: Locales) -> JsonObject:
    """A body with the values that the target's document has in locales that the snapshot does not know."""
    fields = as_object(content.get("fields"))
    kept: JsonObject = {}
    for name, values in as_object(held.get("fields")).items():
        own: JsonObject = {code: value for code, value in as_object(values).items() if code not in codes}
        if own:
            kept[name] = {**as_object(fields.get(name)), **own}
    return {**content, "fields": {**fields, **kept}} if kept and codes else content


def _documents(store: RecordStore) -> Iterator[JsonObject]:
    for stream in store.streams():
        if stream.kind in _LIVE_KINDS:
            yield from store.objects(stream)


def _gap(document: Document, lost: Lost) -> Gap:
    return lost.gap(document.kind, document.uid, document.type)


def _of_live(gap: Gap) -> Gap:
    """The gap of what is live, as comparisons call its places; an address is told once, wherever it stands."""
    return gap if gap.kind == REFERENCES else replace(gap, path=f"/published{gap.path}")


def _subject(gap: Gap) -> tuple[str, str, str]:
    return gap.kind, gap.path, gap.locale


def _without_sys(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if name != "sys"}
