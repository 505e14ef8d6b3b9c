"""Objects that are one write each: how one is made, updated or left alone, and looked for after a lost answer. Pure.

Where and under which id is the kind's row in `kinds`; what is in the body, the module of the kind says. A write
replaces the whole object, so one that has everything that is in the body, and nothing beyond it, is left alone.
API pages: the "Create" and "Update" calls of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from stackferry.errors import BadAnswer
from stackferry.json_values import integer, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.stored import checked, holds, same
from stackferry.providers.contentful.importing.versions import pair, told_of, version_now
from stackferry.providers.contentful.kinds import LOCALES, sys_id
from stackferry.providers.contentful.matching.rule import matches
from stackferry.providers.contentful.requests.objects import (
    create_object,
    get_object,
    list_objects,
    put_object,
)
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Pairs, Root
    from stackferry.providers.target import ImportContext

DIFFERS = "the target already holds one that differs; it was left alone (--on-conflict update overwrites it)"


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of an object as the target shall get it, and what of the source it cannot hold."""

    body: JsonObject
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectWrite:
    """One object to be imported: `uid` in the source.

    `shown` is how the target's object is compared with the body. `is_posted`: the service chooses the id. `overwrites`:
    one that differs is updated unless --on-conflict skip says otherwise, because every space has it.
    """

    kind: Kind
    uid: str
    payload: Callable[[], Payload]
    after: Sequence[str] = ()
    optional: bool = True
    headers: Pairs = ()
    new_headers: Pairs = ()  # of a creation
    is_posted: bool = False
    overwrites: bool = False
    shown: Callable[[JsonObject], JsonObject] = lambda row: row

    @property
    def key(self) -> str:
        return f"{self.kind.name}/{self.uid}"

    def gap(self, reason: str, path: str = "") -> Gap:
        return Gap(kind=self.kind.name, uid=self.uid, reason=reason, path=path)


def write_object(context: ImportContext, root: Root, planned: ObjectWrite) -> Write:
    """Create the object, or adopt, update or leave alone the one that the target already holds."""
    kind = planned.kind
    sent: list[JsonObject] = []

    def build() -> PreparedWrite:
        return _prepare(context, root, planned, planned.payload(), sent)

    failed = planned.gap("the target refused it")
    return checked(
        Write(
            key=planned.key,
            kind=kind.name,
            build=build,
            read=partial(_read, planned),
            failed=failed,
            after=planned.after,
            probe=lambda note: _probe(context, root, planned, sent, note),
            optional=planned.optional,
            told=told_of(failed),
        )
    )


def held_row(context: ImportContext, kind: Kind, uid: str) -> JsonObject | None:
    """The target's object that is the source's, as it was before the import."""
    target = context.once(matches).target(kind.name, uid)
    return None if target is None else context.target.get(Stream(kind.name), target)


def _prepare(
    context: ImportContext, root: Root, planned: ObjectWrite, payload: Payload, sent: list[JsonObject]
) -> PreparedWrite:
    kind, row = planned.kind, held_row(context, planned.kind, planned.uid)
    if not context.options.includes(kind.name):
        return PreparedWrite(identities=_identities(planned, row) if row else ())
    if ambiguity := context.once(matches).ambiguity(kind.name, planned.uid):
        return PreparedWrite(gaps=[planned.gap(f"it {ambiguity.reason}: it was not imported")])
    sent[:] = [payload.body]
    if row is None:
        headers = (*planned.headers, *planned.new_headers)
        if planned.is_posted:
            request = create_object(root, kind, payload.body, headers=headers)
        else:
            request = put_object(root, kind, planned.uid, payload.body, headers=headers)
        return PreparedWrite(request=request, note={"version": 0}, gaps=payload.gaps)
    identities = _identities(planned, row)
    if same(payload.body, planned.shown(row)) or context.options.on_conflict == "skip":
        return PreparedWrite(identities=identities, gaps=payload.gaps)
    if context.options.on_conflict != "update" and not planned.overwrites:
        return PreparedWrite(identities=identities, gaps=[*payload.gaps, planned.gap(DIFFERS)])
    version = version_now(context.identity, planned.key, row) or None
    request = put_object(root, kind, sys_id(row), payload.body, version=version, headers=planned.headers)
    return PreparedWrite(
        request=request, note={"version": version or 0}, identities=identities, gaps=payload.gaps
    )


def _identities(planned: ObjectWrite, row: JsonObject) -> list[tuple[str, str, str]]:
    """What an object is in the target, and the version that it has there."""
    kind = planned.kind
    target = text(row.get("code")) if kind is LOCALES else kind.key(row)
    found = [(kind.name, planned.uid, target)]
    return [*found, pair(planned.key, version_of(row))] if version_of(row) else found


def _read(planned: ObjectWrite, answer: JsonObject) -> WriteResult:
    kind = planned.kind
    if not sys_id(answer) or not kind.key(answer):
        raise BadAnswer(f"the answer does not name the object of {kind.name} that was written")
    if kind.keeps_id and not planned.is_posted and kind.key(answer) != planned.uid:
        raise BadAnswer(f"the answer names {kind.key(answer)} in place of {planned.uid}")
    return WriteResult(identities=_identities(planned, answer))


def _probe(
    context: ImportContext, root: Root, planned: ObjectWrite, sent: list[JsonObject], note: JsonObject
) -> Probe:
    """Read the object, or the kind's list where the service chose the id: of what is there, what was sent."""
    before = integer(note.get("version")) or 0

    def is_ours(row: JsonObject) -> bool:
        is_newer = version_of(row) > before or not version_of(row)
        return is_newer and bool(sent) and holds(planned.shown(row), sent[0])

    row = held_row(context, planned.kind, planned.uid)
    if row is not None or (planned.kind.keeps_id and not planned.is_posted):
        uid = planned.uid if row is None else sys_id(row)
        return Probe(
            request=get_object(root, planned.kind, uid),
            found=lambda now: [now] if now and is_ours(now) else [],
            required_key="sys",
        )
    return Probe(
        request=list_objects(root, planned.kind),
        found=lambda answer: [one for one in new_rows(context, planned.kind, answer) if is_ours(one)],
        required_key="items",
    )


def new_rows(context: ImportContext, kind: Kind, answer: JsonObject) -> list[JsonObject]:
    """The objects in a list that the target did not hold before the import, and that are no target yet."""
    rows = objects(answer.get("items"))
    free = (row for row in rows if not context.identity.is_target(kind.name, kind.key(row)))
    return [row for row in free if context.target.get(Stream(kind.name), kind.key(row)) is None]
