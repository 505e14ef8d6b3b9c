"""Content types: the published body first, then a draft above it. Pure.

A type is published before the first entry is written. A write replaces the whole type: fields that only the target's
type has stay, unless the import is to mirror its source. API pages: "Content types", "Publishing a content type".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.core.graph.dependency_order import Ordering, dependency_order
from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.content.resource_links import in_type
from stackferry.providers.contentful.content.states import State, state_of, version_of
from stackferry.providers.contentful.importing.environments.promotion import Promotion
from stackferry.providers.contentful.importing.objects import DIFFERS, REDUCED
from stackferry.providers.contentful.importing.reports import found, report
from stackferry.providers.contentful.importing.selected.needed import is_asked
from stackferry.providers.contentful.importing.stored import checked, holds
from stackferry.providers.contentful.importing.terms import NO_LOCALE, OTHER_TYPE, Terms
from stackferry.providers.contentful.importing.types.fields import (
    added_fields,
    deletes_fields,
    named_types,
    removals,
    with_fields,
    without_deleted,
    without_types,
)
from stackferry.providers.contentful.importing.types.moves import Body, Move
from stackferry.providers.contentful.importing.types.moves import moves as moves_of
from stackferry.providers.contentful.importing.types.refused import RefusedBodies
from stackferry.providers.contentful.importing.unknown_parts import TYPES_LIVE, TYPES_WRITTEN
from stackferry.providers.contentful.importing.versions import named, pair, probe_newer, told_of, version_now
from stackferry.providers.contentful.kinds import CONTENT_TYPES, PUBLISHED_CONTENT_TYPES, sys_id
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.target import PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.promotion import Verdict
    from stackferry.providers.target import ImportContext, Steps, WriteOptions

_KIND: Final = CONTENT_TYPES.name
_REFUSED: Final = "the target refused it"
_EDIT_IS_LIVE: Final = (
    "the snapshot does not hold what is published of it, only an edit above that: the edit was published, "
    "because entries need the type"
)


class TypePlan:
    """The content types of one import."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root = context, root
        self._terms, self._promotion = context.once(Terms), context.once(Promotion)

    def steps(self) -> Steps:
        """Every type: its bodies one after the other, each published where it is to be live."""
        rows = {sys_id(row): row for row in self._context.source.objects(Stream(_KIND))}
        order = self._order(rows)
        for number in order.order:
            uid = [*rows][number]
            yield from self._of(rows[uid], order, [*rows])

    def _order(self, rows: dict[str, JsonObject]) -> Ordering:
        """Types after those that their rules name: a service may ask for them to be there."""
        numbers = {uid: number for number, uid in enumerate(rows)}
        edges = [
            (numbers[uid], numbers[named])
            for uid, row in rows.items()
            for named in sorted(named_types(row))
            if named in numbers and named != uid
        ]
        return dependency_order(len(rows), edges)

    def _of(self, row: JsonObject, order: Ordering, uids: list[str]) -> Iterator[Write]:
        uid, held = sys_id(row), self.held(sys_id(row))
        bodies, moves = self._planned(row)
        if not is_asked(self._context, CONTENT_TYPES, uid, is_held=held is not None):
            return
        if held is not None:
            yield found(f"{_KIND}/{uid}", [(_KIND, uid, uid)])
        if lost := [*self._lost(row)]:
            yield report(f"{_KIND}/{uid}/lost", lost)
        if not moves or self._is_kept(row):
            return
        if self._may_write(uid, held):
            number = uids.index(uid)
            left_out, reasons = self._refused(row).among(moves)
            if reasons:
                left = [] if held is None else [pair(f"{_KIND}/{uid}", version_of(held))]
                yield report(f"{_KIND}/{uid}/told", [self._gap(uid, reason) for reason in reasons], left)
                moves = self._planned(row, left_out)[1]
            needed = order.available(number, self._named(row, uids))
            cut = order.cut.get(number, ()) if held is None else ()
            yield from self._steps(row, bodies, moves, _at(uids, needed), _at(uids, cut))
        elif self._context.options.on_conflict != "skip":
            yield report(f"{_KIND}/{uid}/left", [self._gap(uid, DIFFERS)])

    def _steps(
        self, row: JsonObject, bodies: list[Body], moves: list[Move], needed: set[str], cut: set[str]
    ) -> Iterator[Write]:
        """One after the other, after the types that are `needed`; the first body does without those that are `cut`."""
        uid = sys_id(row)
        before = tuple(f"{_KIND}/{one}/0" for one in sorted(needed))
        for at, writes, publishes in moves:
            if writes:
                step = self._write(uid, bodies[at], at, before, cut if at == 0 else set())
                yield step
                before = (step.key,)
            if publishes:
                step = self._publish(uid, at, before, is_written=writes)
                yield step
                before = (step.key,)
                if state_of(row) is State.CHANGED and len(bodies) == 1:
                    yield report(f"{_KIND}/{uid}/edit", [self._gap(uid, _EDIT_IS_LIVE)])

    def _planned(self, row: JsonObject, left_out: Sequence[Move] = ()) -> tuple[list[Body], list[Move]]:
        uid, bodies = sys_id(row), [*self.bodies(row)]
        return bodies, [*moves_of(bodies, self.held(uid), self._held_live(uid), state_of(row), left_out)]

    def _refused(self, row: JsonObject) -> RefusedBodies:
        contents = [body.content for body in self.bodies(row)]
        return RefusedBodies(self._context, sys_id(row), contents, self.held(sys_id(row)))

    def verdicts(self) -> Iterator[tuple[str, Verdict]]:
        """Of each type that differs, what comes of it between two environments of a space."""
        for row in self._context.source.objects(Stream(_KIND)):
            uid, held = sys_id(row), self.held(sys_id(row))
            if held is not None and self._context.options.includes(_KIND) and self._planned(row)[1]:
                yield uid, self._promotion.verdict(f"{_KIND}/{uid}", row, held)

    def equal(self) -> Iterator[str]:
        """The types that both sides have alike in the end."""
        for row in self._context.source.objects(Stream(_KIND)):
            if self._context.options.includes(_KIND) and not (self._planned(row)[1] and self._is_kept(row)):
                yield sys_id(row)

    def _is_kept(self, row: JsonObject) -> bool:
        """Whether the target's type, which differs, stays because it was edited there."""
        uid, held = sys_id(row), self.held(sys_id(row))
        return held is not None and self._promotion.keeps(f"{_KIND}/{uid}", row, held)

    def _named(self, row: JsonObject, uids: list[str]) -> list[int]:
        return [uids.index(one) for one in named_types(row) if one in uids and one != sys_id(row)]

    def _may_write(self, uid: str, held: JsonObject | None) -> bool:
        is_new = held is None
        if not is_asked(self._context, CONTENT_TYPES, uid, is_held=not is_new):
            return False
        return is_new or self._context.options.on_conflict == "update"

    def complete(self) -> Steps:
        """The types that were made without rules that name others, once more: all are there by now."""
        for row in self._context.source.objects(Stream(_KIND)):
            uid = sys_id(row)
            if self._context.identity.target(REDUCED, f"{_KIND}/{uid}") is not None:
                body = next(self.bodies(row))
                step = self._write(uid, body, 0, (), set(), key=f"{_KIND}/{uid}/0/completed")
                yield step
                if body.is_live:
                    yield self._publish(uid, 0, (step.key,), is_written=True, key=f"{step.key}/published")

    def take_down(self) -> Steps:
        """What is live in the target and is a draft in the source; the service refuses it where entries are left."""
        for row in self._context.source.objects(Stream(_KIND)):
            uid = sys_id(row)
            is_draft = state_of(row) is State.DRAFT and self._held_live(uid) is not None
            if is_draft and self._may_write(uid, self.held(uid)) and not self._is_kept(row):
                yield self._step(
                    uid,
                    f"{_KIND}/{uid}/unpublished",
                    partial(self._unpublish, uid),
                    lambda now: not _is_published(now),
                    (),
                )

    def _unpublish(self, uid: str) -> PreparedWrite:
        version = self.version(uid) or 0
        request = requests.unpublish(self._root, _KIND, uid, version)
        return PreparedWrite(request=request, note={"version": version})

    def bodies(self, row: JsonObject) -> Iterator[Body]:
        """What is live of a type, and the draft above it; once where they are the same.

        Before that come the bodies that take fields away, where the import is to mirror its source in place.
        """
        uid, state, options = sys_id(row), state_of(row), self._context.options
        live = self._context.source.get(Stream(PUBLISHED_CONTENT_TYPES.name), uid)
        is_live = state in (State.PUBLISHED, State.CHANGED)
        held, held_live = self.held(uid), self._held_live(uid)
        more = added_fields(row, held) if held is not None and not removes_fields(options) else []
        if is_live and held_live is not None and removes_fields(options):
            for body in removals(self._in_target(live or row), _content(held_live)):
                yield Body(body, is_live=True)
        if live is not None:
            # A field that was published since stays, also where the snapshot has it in the draft above.
            stays = [] if held_live is None or removes_fields(options) else added_fields(live, held_live)
            yield Body(with_fields(self._in_target(live), stays), is_live=True)
        yield Body(with_fields(self._in_target(row), more), is_live=live is None and is_live)

    def _in_target(self, row: JsonObject) -> JsonObject:
        """The body of a type in the target's terms."""
        body, others = _content(row), self._terms.other_fields(sys_id(row))
        fields = objects(row.get("fields"))
        body["fields"] = [others.get(text(field.get("id"))) or self._field(field) for field in fields]
        return body

    def _field(self, field: JsonObject) -> JsonObject:
        found = in_type(field, self._terms.spaces.renamed)
        if defaults := as_object(field.get("defaultValue")):
            found["defaultValue"] = {
                self._terms.locale(code): value for code, value in defaults.items() if self._terms.has(code)
            }
        return found

    def _lost(self, row: JsonObject) -> Iterator[Gap]:
        """The fields that the target has otherwise, and default values in locales which it does not have."""
        others = self._terms.other_fields(sys_id(row))
        for number, field in enumerate(objects(row.get("fields"))):
            if other := others.get(text(field.get("id"))):
                reason = OTHER_TYPE.format(other.get("type"))
                yield replace(self._gap(sys_id(row), reason), path=f"/fields/{number}")
            for code in as_object(field.get("defaultValue")):
                if not self._terms.has(code):
                    path = f"/fields/{number}/defaultValue/{code}"
                    yield replace(self._gap(sys_id(row), NO_LOCALE), path=path)

    # --- what the target holds ---

    def uids(self) -> Iterator[str]:
        """Every type of the snapshot, and then those that only the target held."""
        known = [sys_id(row) for row in self._context.source.objects(Stream(_KIND))]
        yield from known
        held = (sys_id(row) for row in self._context.target.objects(Stream(_KIND)))
        yield from (uid for uid in held if uid not in known)

    def live_now(self, uid: str) -> JsonObject | None:
        """What is live of a type once the types are written: as the snapshot has it, or as the target had it."""
        row = self._context.source.get(Stream(_KIND), uid)
        if row is not None and self._context.identity.target(TYPES_WRITTEN, uid) is not None:
            return next((body.content for body in self.bodies(row) if body.is_live), None)
        held = self._held_live(uid)
        return None if held is None else _content(held)

    def draft_above(self, uid: str) -> list[JsonObject]:
        """The draft above what is live then, if there is one."""
        row = self._context.source.get(Stream(_KIND), uid)
        if row is not None and self._context.identity.target(TYPES_WRITTEN, uid) is not None:
            return [body.content for body in [*self.bodies(row)][1:]]
        held = self.held(uid)
        is_edited = held is not None and state_of(held) is State.CHANGED
        return [_content(held)] if held is not None and is_edited else []

    def held(self, uid: str) -> JsonObject | None:
        return self._context.target.get(Stream(_KIND), uid)

    def _held_live(self, uid: str) -> JsonObject | None:
        """What was live of the target's type."""
        held = self.held(uid)
        if held is None or state_of(held) is State.DRAFT:
            return None
        return self._context.target.get(Stream(PUBLISHED_CONTENT_TYPES.name), uid) or held

    def version(self, uid: str) -> int | None:
        return version_now(self._context.identity, f"{_KIND}/{uid}", self.held(uid))

    # --- writes ---

    def _write(
        self, uid: str, body: Body, at: int, after: tuple[str, ...], later: Collection[str], *, key: str = ""
    ) -> Write:
        """The write of one body. `later`: types that its rules name and that may not be there yet."""
        sent = [body.content]

        def build(*, reduced: bool = False) -> PreparedWrite:
            version = self.version(uid)
            sent[:] = [without_types(body.content, later) if reduced else body.content]
            request = requests.put_document(self._root, _KIND, uid, sent[0], version=version)
            identities = [(TYPES_WRITTEN, uid, str(at)), (_KIND, uid, uid)]
            identities += [(REDUCED, f"{_KIND}/{uid}", "yes")] if reduced else []
            return PreparedWrite(request=request, note={"version": version or 0}, identities=identities)

        def is_there(row: JsonObject) -> bool:
            return holds(row, sent[0]) or holds(row, without_deleted(sent[0]))

        step = self._step(uid, key or f"{_KIND}/{uid}/{at}", build, is_there, after)
        step = self._remembering(step, uid, at)
        if deletes_fields(body.content):
            return step  # what is deleted need not come back
        return checked(replace(step, fallback=partial(build, reduced=True)) if later else step)

    def _publish(
        self, uid: str, at: int, after: tuple[str, ...], *, is_written: bool, key: str = ""
    ) -> Write:
        def build() -> PreparedWrite:
            version, written = self.version(uid), self._context.identity.target(TYPES_WRITTEN, uid)
            if version is None or (is_written and int(written or -1) < at):
                return PreparedWrite()  # its body was refused, which is a gap
            request = requests.publish(self._root, _KIND, uid, version)
            live = [(TYPES_LIVE, uid, str(at))]
            return PreparedWrite(request=request, note={"version": version}, identities=live)

        step = self._step(uid, key or f"{_KIND}/{uid}/{at}/published", build, _is_published, after)
        return self._remembering(step, uid, at, publishing=True)

    def _remembering(self, step: Write, uid: str, at: int, *, publishing: bool = False) -> Write:
        row = self._context.source.get(Stream(_KIND), uid) or {}
        refused, written = self._refused(row), partial(self._context.identity.target, TYPES_WRITTEN, uid)
        return refused.remembering(step, at, publishing=publishing, is_ours=lambda: written() is not None)

    def _step(
        self,
        uid: str,
        key: str,
        build: Callable[[], PreparedWrite],
        is_there: Callable[[JsonObject], bool],
        after: tuple[str, ...],
    ) -> Write:
        failed = self._gap(uid, _REFUSED)

        def read(answer: JsonObject) -> WriteResult:
            return WriteResult(identities=[pair(f"{_KIND}/{uid}", version_of(named(answer, uid)))])

        return Write(
            key=key,
            kind=_KIND,
            build=build,
            read=read,
            failed=failed,
            after=after,
            probe=lambda note: probe_newer(requests.get_document(self._root, _KIND, uid), note, is_there),
            told=told_of(failed),
            # One that a template owns may refuse edits: that says nothing of the token's rights.
            optional=self.held(uid) is not None,
        )

    def _gap(self, uid: str, reason: str) -> Gap:
        return Gap(kind=_KIND, uid=uid, reason=reason)


def _at(uids: list[str], places: Iterable[int]) -> set[str]:
    return {uids[place] for place in places}


def removes_fields(options: WriteOptions) -> bool:
    """Whether fields that only the target's types have are taken away."""
    return options.mirror and options.in_place


def _content(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if name != "sys"}


def _is_published(row: JsonObject) -> bool:
    return nested(row, "sys", "publishedVersion") is not None
