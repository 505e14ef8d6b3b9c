"""Content types: the published body first, then a draft above it. Pure.

A type is published before the first entry is written. A write replaces the whole type: fields that only the target's
type has stay, unless the import is to mirror its source. API pages: "Content types", "Publishing a content type".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, integer, nested, objects
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.content.resource_links import in_type
from stackferry.providers.contentful.content.states import State, state_of, version_of
from stackferry.providers.contentful.importing.objects import DIFFERS
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.stored import checked, holds, same
from stackferry.providers.contentful.importing.terms import Terms
from stackferry.providers.contentful.importing.versions import named, pair, told_of, version_now
from stackferry.providers.contentful.kinds import CONTENT_TYPES, PUBLISHED_CONTENT_TYPES, sys_id
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

WRITTEN: Final = "types_written"  # identities: the type → the place of its newest body
_KIND: Final = CONTENT_TYPES.name
_REFUSED: Final = "the target refused it"


class Body(NamedTuple):
    """A body that a type gets, and whether it is then published."""

    content: JsonObject
    is_live: bool


class TypePlan:
    """The content types of one import."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root = context, root
        self._terms = context.once(Terms)

    def steps(self) -> Steps:
        """Every type: its bodies one after the other, each published where it is to be live."""
        for row in self._context.source.objects(Stream(_KIND)):
            yield from self._of(row)

    def _of(self, row: JsonObject) -> Iterator[Write]:
        uid, held = sys_id(row), self.held(sys_id(row))
        bodies = [*self.bodies(row)]
        moves = [*_moves(bodies, held, self._held_live(uid), state_of(row))]
        if moves and held is not None and self._context.options.on_conflict != "update":
            if self._context.options.on_conflict != "skip":
                yield report(f"{_KIND}/{uid}/left", [self._gap(uid, DIFFERS)])
            return
        before: tuple[str, ...] = ()
        for at, writes, publishes in moves:
            if writes:
                step = self._write(uid, bodies[at], at, before)
                yield step
                before = (step.key,)
            if publishes:
                step = self._publish(uid, at, before, is_written=writes)
                yield step
                before = (step.key,)

    def bodies(self, row: JsonObject) -> Iterator[Body]:
        """What is live of a type, and the draft above it; once where they are the same."""
        uid, state = sys_id(row), state_of(row)
        live = self._context.source.get(Stream(PUBLISHED_CONTENT_TYPES.name), uid)
        if live is not None:
            yield Body(self._in_target(live), is_live=True)
        yield Body(self._in_target(row), is_live=live is None and state in (State.PUBLISHED, State.CHANGED))

    def _in_target(self, row: JsonObject) -> JsonObject:
        """The body of a type in the target's terms."""
        body = _content(row)
        body["fields"] = [self._field(field) for field in objects(row.get("fields"))]
        return body

    def _field(self, field: JsonObject) -> JsonObject:
        found = in_type(field, self._terms.spaces.renamed)
        if defaults := as_object(field.get("defaultValue")):
            found["defaultValue"] = {self._terms.locale(code): value for code, value in defaults.items()}
        return found

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
        if row is not None and self._context.identity.target(WRITTEN, uid) is not None:
            return next((body.content for body in self.bodies(row) if body.is_live), None)
        held = self._held_live(uid)
        return None if held is None else _content(held)

    def draft_above(self, uid: str) -> list[JsonObject]:
        """The draft above what is live then, if there is one."""
        row = self._context.source.get(Stream(_KIND), uid)
        if row is not None and self._context.identity.target(WRITTEN, uid) is not None:
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

    def _write(self, uid: str, body: Body, at: int, after: tuple[str, ...]) -> Write:
        def build() -> PreparedWrite:
            version = self.version(uid)
            request = requests.put_document(self._root, _KIND, uid, body.content, version=version)
            identities = [(WRITTEN, uid, str(at)), (_KIND, uid, uid)]
            return PreparedWrite(request=request, note={"version": version or 0}, identities=identities)

        def is_there(row: JsonObject) -> bool:
            return holds(row, body.content)

        return checked(self._step(uid, f"{_KIND}/{uid}/{at}", build, is_there, after))

    def _publish(self, uid: str, at: int, after: tuple[str, ...], *, is_written: bool) -> Write:
        def build() -> PreparedWrite:
            version, written = self.version(uid), self._context.identity.target(WRITTEN, uid)
            if version is None or (is_written and written != str(at)):
                return PreparedWrite()  # its body was refused, which is a gap
            request = requests.publish(self._root, _KIND, uid, version)
            return PreparedWrite(request=request, note={"version": version})

        return self._step(uid, f"{_KIND}/{uid}/{at}/published", build, _is_published, after)

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

        def probe(note: JsonObject) -> Probe:
            before = integer(note.get("version")) or 0
            return Probe(
                request=requests.get_document(self._root, _KIND, uid),
                found=lambda row: [row] if version_of(row) > before and is_there(row) else [],
                required_key="sys",
            )

        return Write(
            key=key,
            kind=_KIND,
            build=build,
            read=read,
            failed=failed,
            after=after,
            probe=probe,
            told=told_of(failed),
        )

    def _gap(self, uid: str, reason: str) -> Gap:
        return Gap(kind=_KIND, uid=uid, reason=reason)


def _moves(
    bodies: list[Body], held: JsonObject | None, live: JsonObject | None, wanted: State
) -> Iterator[tuple[int, bool, bool]]:
    """The bodies to write or publish by their place: each with whether it is written and whether it is published."""
    now = held
    for at, body in enumerate(bodies):
        writes = now is None or not same(body.content, now)
        is_shown = live is not None and same(body.content, live)
        is_edited = held is not None and state_of(held) is State.CHANGED and wanted is State.PUBLISHED
        publishes = body.is_live and (not is_shown or is_edited)
        # What is live need not be written again where only the draft above it differs.
        writes = writes and (publishes or at == len(bodies) - 1)
        if writes:
            now = body.content
        if writes or publishes:
            yield at, writes, publishes


def _content(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if name != "sys"}


def _is_published(row: JsonObject) -> bool:
    return nested(row, "sys", "publishedVersion") is not None
