"""Objects that are one write each: how one is made, updated or left alone, and looked for after a lost answer. Pure.

Where and under which id is the kind's row in `kinds`; what is in the body, the module of the kind says. A write
replaces the whole object, so one that has everything that is in the body, and nothing beyond it, is left alone.
API pages: the "Create" and "Update" calls of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from stackferry.errors import BadAnswer
from stackferry.json_values import integer, nested, objects
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.content.redactions import known_part
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.credentials import redact_salted
from stackferry.providers.contentful.importing.deleted.still_there import ask, why_not
from stackferry.providers.contentful.importing.refused_before import (
    digest_of,
    digest_of_value,
    lacking,
    refused_before,
    remembered,
    taken,
)
from stackferry.providers.contentful.importing.selected.needed import is_asked
from stackferry.providers.contentful.importing.stored import (
    checked,
    holds,
    same,
    same_but_redacted,
)
from stackferry.providers.contentful.importing.terms import Terms
from stackferry.providers.contentful.importing.unlisted import NOT_LISTED, unlisted_kinds
from stackferry.providers.contentful.importing.versions import MOVED, pair, told_of, version_now
from stackferry.providers.contentful.kinds import (
    CONTENT_TYPES,
    ENTRIES,
    LOCALES,
    SCHEDULED_ACTIONS,
    UI_CONFIG,
    sys_id,
)
from stackferry.providers.contentful.matching.rule import matches
from stackferry.providers.contentful.requests.build import sent_body
from stackferry.providers.contentful.requests.objects import (
    create_object,
    get_object,
    list_objects,
    put_object,
)
from stackferry.providers.contentful.requests.read import next_rows
from stackferry.providers.secrets.redacted import REDACTED_REASON, contains_redacted
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Pairs, Root
    from stackferry.providers.target import ImportContext, Steps

DIFFERS = "the target already holds one that differs; it was left alone (--on-conflict update overwrites it)"
KEEPS_CREDENTIAL = (
    "it differs, but the snapshot redacted a credential in it: the target's own was left as it is"
)
NO_OWNER = "what it belongs to is not in the target"
NOT_WITHOUT = (
    "the snapshot redacted a credential in {}, and it cannot be without: it was not written; make it by hand"
)
_REFUSED = "the target refused it"


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of an object as the target shall get it, and what of the source it cannot hold."""

    body: JsonObject
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectWrite:
    """One object to be imported: `uid` in the source.

    `payload` makes its body, given the target's object if there is one. `shown` is how that is compared with the body.
    `is_posted`: the service chooses the id; `or_posted`: it may, where it does not take the one that is sent. `owner`:
    the target's id of what it lies below. `overwrites`: one that differs is updated unless --on-conflict skip says
    otherwise, because every space has it. `stays`: one that is there is never changed. `reduced` is what is written
    where the service refuses the whole: an identity says so. `is_refused_for_good`: for want of a right, too, while the
    same is sent; `anew`: as of a `Write`. `made` is how an object that a lost write may have made is compared with what
    was sent, where that is not `shown`.
    """

    kind: Kind
    uid: str
    payload: Callable[[JsonObject | None], Payload]
    after: Sequence[str] = ()
    optional: bool = True
    headers: Pairs = ()
    new_headers: Callable[[], Pairs] = lambda: ()  # of a creation
    owner: str = ""
    listing: Pairs = ()  # what a list of the kind must be asked for with
    is_posted: bool = False
    or_posted: bool = False
    overwrites: bool = False
    stays: bool = False
    reduced: Callable[[], Payload] | None = None
    shown: Callable[[JsonObject], JsonObject] = lambda row: row
    made: Callable[[JsonObject], JsonObject] | None = None
    identities: Callable[[JsonObject], Iterable[tuple[str, str, str]]] = lambda _: ()
    refused: str = _REFUSED
    is_refused_for_good: bool = False
    anew: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind.name}/{self.uid}"

    def gap(self, reason: str, path: str = "") -> Gap:
        return Gap(kind=self.kind.name, uid=self.uid, reason=reason, path=path)


REDUCED = "written_reduced"  # identities: an object's key → "yes", where the service refused the whole


def write_object(context: ImportContext, root: Root, planned: ObjectWrite) -> Write:
    """Create the object, or adopt, update or leave alone the one that the target already holds."""
    step = _ObjectStep(context, root, planned).write()
    return checked(step, planned.made)


def once_written(context: ImportContext, root: Root, planned: ObjectWrite) -> Steps:
    """The same for an object whose id the service chooses: one that an earlier import made is looked for first."""
    kind, params = planned.kind, planned.listing

    def request(uid: str) -> Request:
        return get_object(root, kind, uid, *params, headers=planned.headers, owner=planned.owner)

    look = ask(context, kind, planned.uid, request) if held_row(context, kind, planned.uid) is None else None
    if look is not None:
        yield look
        planned = replace(planned, after=[*planned.after, look.key])
    yield write_object(context, root, planned)


def held_row(context: ImportContext, kind: Kind, uid: str) -> JsonObject | None:
    """The target's object that is the source's, as it was before the import."""
    if kind is UI_CONFIG:
        return next(iter(context.target.objects(Stream(kind.name))), None)
    target = context.once(matches).target(kind.name, uid)
    row = None if target is None else context.target.get(Stream(kind.name), target)
    # What was cancelled or carried out is history: it stays in the list and cannot be scheduled again.
    is_over = kind is SCHEDULED_ACTIONS and row is not None and nested(row, "sys", "status") != "scheduled"
    return None if is_over else row


class _ObjectStep:
    """The write of one object, which remembers what it has sent."""

    def __init__(self, context: ImportContext, root: Root, planned: ObjectWrite) -> None:
        self._context, self._root, self._planned = context, root, planned
        self._row = held_row(context, planned.kind, planned.uid)
        self._sent: JsonObject = {}
        self._is_reduced = False
        self._digest = ""  # of the first request

    def write(self) -> Write:
        planned = self._planned
        failed = planned.gap(planned.refused)
        return Write(
            key=planned.key,
            kind=planned.kind.name,
            build=self._build,
            read=self._read,
            failed=failed,
            after=planned.after,
            fallback=self._fallback if planned.reduced or planned.or_posted else None,
            probe=self._probe,
            optional=planned.optional,
            told=told_of(failed),
            anew=planned.anew,
            remembers=remembered(
                planned.key, lambda: self._digest, also_forbidden=planned.is_refused_for_good
            ),
        )

    def _build(self) -> PreparedWrite:
        planned, row = self._planned, self._row
        if not is_asked(self._context, planned.kind, planned.uid, is_held=row is not None):
            return PreparedWrite(identities=self._identities(row) if row else ())
        if ambiguity := self._context.once(matches).ambiguity(planned.kind.name, planned.uid):
            return PreparedWrite(gaps=[planned.gap(f"it {ambiguity.reason}: it was not imported")])
        if row is None and (reason := self._why_not()):
            return PreparedWrite(gaps=[planned.gap(reason)])
        return self._unless_refused(self._prepare(planned.payload(row)))

    def _why_not(self) -> str:
        """Why an object that no list shows is not made; empty where it is."""
        planned, kind = self._planned, self._planned.kind
        if reason := why_not(self._context, kind, planned.uid):
            return reason
        if planned.is_posted and kind.name in self._context.once(unlisted_kinds):
            return NOT_LISTED
        return NO_OWNER if self._has_no_owner() else ""

    def _has_no_owner(self) -> bool:
        """Whether the target lacks the entry, or the type, that the object belongs to."""
        planned, context = self._planned, self._context
        kind = planned.kind.path.split("/")[1] if planned.owner else ""
        is_known = kind in (ENTRIES.name, CONTENT_TYPES.name) and kind not in context.once(unlisted_kinds)
        # One that somebody else has made meanwhile is there.
        is_moved = context.identity.target(MOVED, f"{kind}/{planned.owner}") is not None
        return is_known and not is_moved and context.in_target(kind, planned.owner) is None

    def _unless_refused(self, built: PreparedWrite) -> PreparedWrite:
        """The write; nothing where an earlier import was refused just this."""
        if built.request is None:
            return built
        planned = self._planned
        body = lacking(self._context, sent_body(built.request)) if built.request.body else []
        self._digest = digest = digest_of_value([digest_of(planned.kind.name, built.request), body])
        reason = refused_before(self._context, planned.kind.name, planned.key, lambda: digest)
        return replace(built, request=None, gaps=[*built.gaps, planned.gap(reason)]) if reason else built

    def _prepare(self, payload: Payload) -> PreparedWrite:
        """The write of what is known of an object; nothing stands in place of a value that the snapshot redacted."""
        planned, row = self._planned, self._row
        named = self._context.once(Terms).names_of_source(planned.kind.name, planned.uid, payload.body)
        payload = replace(payload, gaps=[*payload.gaps, *named])
        if planned.kind.may_hold_credentials:
            known = known_part(planned.kind.name, payload.body, row)
            if known.needed:
                return PreparedWrite(gaps=[planned.gap(NOT_WITHOUT.format(known.needed[0]))])
            gaps = (planned.gap(REDACTED_REASON, path) for path in known.missing)
            payload = Payload(known.body, [*gaps, *payload.gaps])
        return self._new(payload) if row is None else self._over(payload, row)

    def _new(self, payload: Payload, *, is_posted: bool = False) -> PreparedWrite:
        planned, self._sent = self._planned, payload.body
        headers = (*planned.headers, *planned.new_headers())
        if planned.is_posted or is_posted:
            request = create_object(
                self._root, planned.kind, payload.body, headers=headers, owner=planned.owner
            )
        else:
            request = put_object(self._root, planned.kind, planned.uid, payload.body, headers=headers)
        return PreparedWrite(request=request, note={"version": 0}, gaps=payload.gaps)

    def _over(self, payload: Payload, row: JsonObject) -> PreparedWrite:
        """What becomes of the object that the target holds."""
        planned, options = self._planned, self._context.options
        identities = self._identities(row)
        left = PreparedWrite(identities=identities, gaps=payload.gaps)
        if planned.stays or options.on_conflict == "skip" or self._is_same(payload.body, planned.shown(row)):
            return left
        if options.on_conflict != "update" and not planned.overwrites:
            return PreparedWrite(identities=identities, gaps=[*payload.gaps, planned.gap(DIFFERS)])
        if planned.kind.may_hold_credentials and contains_redacted(payload.body):
            return PreparedWrite(identities=identities, gaps=[*payload.gaps, planned.gap(KEEPS_CREDENTIAL)])
        self._sent = payload.body
        version = version_now(self._context.identity, planned.key, row) or None
        request = put_object(
            self._root,
            planned.kind,
            planned.kind.key(row) if planned.kind is not LOCALES else sys_id(row),
            payload.body,
            version=version,
            headers=planned.headers,
            owner=planned.owner,
        )
        return PreparedWrite(
            request=request, note={"version": version or 0}, identities=identities, gaps=payload.gaps
        )

    def _is_same(self, body: JsonObject, row: JsonObject) -> bool:
        kind = self._planned.kind
        if not kind.may_hold_credentials:
            return same(body, row)
        # A credential of the target was read as a salted digest, so that of the snapshot gets one, too.
        return same_but_redacted(redact_salted(kind.name, body, self._context.salt), row)

    def _fallback(self) -> PreparedWrite | None:
        """What is written where the service refused the first: less of it, or without an id."""
        planned, row = self._planned, self._row
        if planned.reduced is not None and not self._is_reduced:
            self._is_reduced = True
            return self._prepare(planned.reduced())
        if planned.or_posted and row is None:
            return self._new(planned.payload(None), is_posted=True)
        return None

    def _identities(self, row: JsonObject) -> list[tuple[str, str, str]]:
        """What an object is in the target, and the version that it has there."""
        kind, uid = self._planned.kind, self._planned.uid
        found = [(kind.name, uid, kind.key(row)), *self._planned.identities(row)]
        return [*found, pair(self._planned.key, version_of(row))] if version_of(row) else found

    def _read(self, answer: JsonObject) -> WriteResult:
        planned = self._planned
        name = planned.kind.key(answer)
        if not name:
            raise BadAnswer(f"the answer does not name the object of {planned.kind.name} that was written")
        if self._row is None and self._is_named and name != planned.uid and planned.kind is not UI_CONFIG:
            raise BadAnswer(f"the answer names {name} in place of {planned.uid}")
        reduced = [(REDUCED, planned.key, "yes")] if self._is_reduced else []
        return WriteResult(
            identities=[*self._identities(answer), *reduced, *taken(self._context, planned.key)]
        )

    def _probe(self, note: JsonObject) -> Probe:
        """Read the object, or the kind's list where the service chose the id: of what is there, what was sent."""
        planned, row = self._planned, self._row
        found = partial(self._is_ours, integer(note.get("version")) or 0)
        if row is not None or self._is_named:
            uid = planned.uid if row is None else sys_id(row) or planned.kind.key(row)
            return Probe(
                request=get_object(
                    self._root, planned.kind, uid, headers=planned.headers, owner=planned.owner
                ),
                found=lambda now: [now] if now and found(now) else [],
                required_key="sys",
            )
        return Probe(
            request=list_objects(
                self._root, planned.kind, *planned.listing, headers=planned.headers, owner=planned.owner
            ),
            found=lambda answer: [one for one in new_rows(self._context, planned.kind, answer) if found(one)],
            required_key="items",
            next_page=next_rows,
        )

    @property
    def _is_named(self) -> bool:
        """Whether the object gets the id that it was sent with; else the service chooses one, or may."""
        planned = self._planned
        return planned.kind.keeps_id and not planned.is_posted and not planned.or_posted

    def _is_ours(self, before: int, row: JsonObject) -> bool:
        is_newer = version_of(row) > before or not version_of(row)
        view = self._planned.made or self._planned.shown
        return is_newer and bool(self._sent) and holds(view(row), self._sent)


def new_rows(context: ImportContext, kind: Kind, answer: JsonObject) -> list[JsonObject]:
    """The objects in a list that the target did not hold before the import, and that are no target yet."""
    rows = objects(answer.get("items"))
    free = (row for row in rows if not context.identity.is_target(kind.name, kind.key(row)))
    return [row for row in free if context.target.get(Stream(kind.name), kind.key(row)) is None]


def always(body: JsonObject) -> Callable[[JsonObject | None], Payload]:
    """The payload of an object whose body does not depend on what the target holds."""
    return lambda _held: Payload(body)


def content_of(row: JsonObject, *left_out: str) -> JsonObject:
    """A record as the body of a write: without `sys`, and without what else the service makes."""
    return {name: value for name, value in row.items() if name != "sys" and name not in left_out}
