"""Objects that are one write each: how one is created, adopted, updated or left alone, and probed.

Where and under which key is the kind's row in `kinds`; what is in the payload, the module of the kind says. Pure.
API pages: the "Create" and "Update" calls of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.json_values import as_list, as_object, integer, objects, text
from stackferry.model import Gap, Json, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.filled_in import without_filled_in
from stackferry.providers.contentstack.content.locales import fallback_chain
from stackferry.providers.contentstack.credentials import redact_salted
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.branches.dated import DATED
from stackferry.providers.contentstack.importing.branches.fork import DELETED_KINDS, Fork, promoted
from stackferry.providers.contentstack.importing.entries.second_look import conflict
from stackferry.providers.contentstack.importing.needed import Needed
from stackferry.providers.contentstack.importing.promotion import TYPES, Promotion
from stackferry.providers.contentstack.importing.renamed import changed_since_made, label
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.references.source_uids import SourceUids
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.contentstack.requests.objects import create_object, list_objects, update_object
from stackferry.providers.contentstack.target_names import is_same_stack
from stackferry.providers.promotion import Verdict
from stackferry.providers.secrets.redacted import (
    REDACTED_REASON,
    contains_redacted,
    equal_but_redacted,
    redacted_paths,
)
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Suspect, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.providers.contentstack.kinds import Kind


_LOST = "it belongs to the whole stack, which does not have it any more: make it by hand, or import into another stack"


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of an object as the target shall get it, and what of the source it cannot hold."""

    body: JsonObject
    gaps: Sequence[Gap] = ()
    identities: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectWrite:
    """One object to be imported: `uid` in the source, `path` where its kind lies in the target."""

    kind: Kind
    uid: str
    payload: Callable[[], Payload]
    path: str = ""
    scope: str = ""  # what the uid is unique in, if not in its kind: a term's taxonomy
    after: Sequence[str] = ()
    optional: bool = False
    overwrite: bool = False  # update one that differs, unless --on-conflict skip
    identities: Callable[[JsonObject], list[tuple[str, str, str]]] | None = None  # from the target's object
    expected: Callable[[], JsonObject] | None = None  # what to compare, where that is not the payload,
    view: Callable[[JsonObject], JsonObject] = lambda row: row  # with this view of the target's object
    reduced: Callable[[], Payload] | None = None  # to write instead, if the service refuses the payload
    held: Callable[[], JsonObject | None] | None = None  # the target's object, where matching cannot know it

    @property
    def key(self) -> str:
        return f"{self.kind.name}/{self.scope}/{self.uid}" if self.scope else f"{self.kind.name}/{self.uid}"

    @property
    def source(self) -> str:
        """The name under which the identity of this object is kept."""
        return f"{self.scope}\0{self.uid}" if self.scope else self.uid

    def identities_of(self, row: JsonObject) -> list[tuple[str, str, str]]:
        """The identities that the target's object gives: its uid, unless the kind has more."""
        if self.identities is not None:
            return self.identities(row)
        uid = text(row.get("uid")) or text(row.get(self.kind.path_field))
        return [(self.kind.name, self.source, uid)]

    def gap(self, reason: str, path: str = "") -> Gap:
        return Gap(kind=self.kind.name, uid=self.uid, path=path or self.scope, reason=reason)


def plan_objects(
    context: ImportContext,
    kind: Kind,
    payload: Callable[[ImportContext, JsonObject], Payload],
    *,
    optional: bool = False,
) -> Iterator[ObjectWrite]:
    """One write for each object of a kind, after that of the object that it lies in."""
    rows = context.source.objects(Stream(kind.name))
    for row in parents_first(kind, [*rows]) if kind.parent else rows:
        parent = kind.parent_of(row)
        yield ObjectWrite(
            kind=kind,
            uid=text(row.get("uid")),
            payload=partial(payload, context, row),
            after=[f"{kind.name}/{parent}"] if parent else [],
            optional=optional,
        )


def parents_first(kind: Kind, rows: list[JsonObject]) -> list[JsonObject]:
    """Rows in their `order`, each after its parent. Where parents form a cycle, their order stays as it was."""
    parents = {text(row.get("uid")): kind.parent_of(row) for row in rows}
    ordered = sorted(rows, key=lambda row: (integer(row.get("order")) or 0, text(row.get("uid"))))
    return sorted(ordered, key=lambda row: len([*fallback_chain(text(row.get("uid")), parents)]))


def write_object(context: ImportContext, planned: ObjectWrite) -> Write:
    """Create the object, or adopt, update or leave alone the one that the target already holds."""
    kind, reduced = planned.kind, planned.reduced
    # The field by which others refer to an object: a locale's code, and otherwise the uid, an environment's too.
    naming_field = "code" if kind.path_field == "code" else "uid"

    def prepare(payload: Callable[[], Payload]) -> PreparedWrite:
        return _prepare(context, planned, _in_target(context, planned, payload()))

    def whole(made: JsonObject) -> JsonObject:
        """An answer may show less of a group than a listing does: then what was sent is there."""
        is_group = kind is kinds.VARIANT_GROUPS
        sent = as_object(context.once(SourceUids).mapped(planned.payload().body)) if is_group else {}
        return {**sent, **made}

    def read(answer: JsonObject) -> WriteResult:
        made = object_in(answer, kind.object_key, naming_field)
        same = [*promoted_type(context, kind, made), *_known_by_both(context, planned, whole(made))]
        return WriteResult(identities=[*planned.identities_of(made), *same])

    return Write(
        key=planned.key,
        kind=kind.name,
        build=lambda: prepare(planned.payload),
        read=read,
        failed=planned.gap("the target refused it"),
        after=planned.after,
        fallback=None if reduced is None else lambda: prepare(reduced),
        probe=lambda note: _probe(context, kind, planned.path or kind.path, note),
        optional=planned.optional,
    )


def written_over(context: ImportContext, planned: ObjectWrite) -> JsonObject | None:
    """The object of the target that an import is about to update; None where it does not."""
    written = _prepare(context, planned, _in_target(context, planned, planned.payload()))
    if written.request is None or written.request.method != "PUT":
        return None
    return (
        context.once(matches).row(planned.kind.name, planned.source)
        if planned.held is None
        else planned.held()
    )


def object_seen(kind: Kind, row: JsonObject) -> str:
    """The name under which it is remembered that an object of the target has changed."""
    return f"{kind.name}/{text(row.get('uid')) or text(row.get(kind.path_field))}"


def _in_target(context: ImportContext, planned: ObjectWrite, payload: Payload) -> Payload:
    """The payload with every uid as it is in the target, wherever it stands; a uid that has none there is a gap."""
    uids = context.once(SourceUids)
    body = as_object(uids.mapped(payload.body))
    # A type is written again when the entries that a default value names are there. The variants of a group get their
    # uids with it.
    is_early = planned.kind in (kinds.CONTENT_TYPES, kinds.GLOBAL_FIELDS, kinds.VARIANT_GROUPS)
    found = [] if is_early else uids.foreign(body)
    gaps = [
        planned.gap(f"it names {uid} of the source, which the target does not have", path)
        for path, uid in found
    ]
    # Where the snapshot redacted credentials, the target lacks them.
    redacted = redacted_paths(body) if planned.kind.may_hold_credentials else ()
    gaps += [planned.gap(REDACTED_REASON, path) for path in redacted]
    return replace(payload, body=body, gaps=[*payload.gaps, *gaps])


def _prepare(context: ImportContext, planned: ObjectWrite, payload: Payload) -> PreparedWrite:
    """What to write of this payload, now that everything that the object names has its uid in the target."""
    kind, matched = planned.kind, context.once(matches)
    existing = matched.row(kind.name, planned.source) if planned.held is None else planned.held()
    if not context.options.includes(kind.name) and not (existing is None and _is_needed(context, planned)):
        return _left_out(context, planned, existing)
    if ambiguity := matched.ambiguity(kind.name, planned.source):
        # It may be in the target already: no other object is taken for it, and no second one is made.
        return PreparedWrite(gaps=[planned.gap(f"it {ambiguity.reason}: it was not imported")])
    if existing is not None:
        return _over_existing(context, planned, payload, existing)
    request = create_object(kind, payload.body, path=planned.path)
    note = _searched_for(kind, payload)
    return PreparedWrite(request=request, note=note, identities=payload.identities, gaps=payload.gaps)


def _searched_for(kind: Kind, payload: Payload) -> JsonObject:
    """The fields that a probe searches for after a lost answer."""
    return {name: payload.body.get(name) for name in kind.match_fields}


def _left_out(context: ImportContext, planned: ObjectWrite, existing: JsonObject | None) -> PreparedWrite:
    """Nothing is written of a kind that is not imported; what is in the target is known to be there."""
    own, name = write_options(context.options), planned.kind.name
    is_lost = existing is None and name in own.shared and own.asks_for(name)
    # The stack is in use by other branches: what it has no more is not brought back behind their backs.
    gaps = [planned.gap(_LOST)] if is_lost else []
    return PreparedWrite(identities=planned.identities_of(existing) if existing else (), gaps=gaps)


def _over_existing(
    context: ImportContext, planned: ObjectWrite, payload: Payload, existing: JsonObject
) -> PreparedWrite:
    """What becomes of an object that the target holds: left alone where it is equal, or written over."""
    kind, policy = planned.kind, context.options.on_conflict
    identities = [*planned.identities_of(existing), *payload.identities]
    if (reduced := _reduced_before(context, planned, existing)) is not None:
        return replace(reduced, identities=[*identities, *reduced.identities])
    is_unchanged = _is_unchanged(context, planned, payload, existing)
    if is_unchanged or policy == "skip":  # with `skip` the user asked for it: that it differs is no gap
        same = promoted_type(context, kind, existing) if is_unchanged else []
        same += _known_by_both(context, planned, existing)
        gaps = [gap for gap in payload.gaps if not _is_held_credential(context, existing, gap)]
        return PreparedWrite(identities=[*identities, *same], gaps=gaps)
    if policy != "update" and not planned.overwrite:
        reason = "the target already holds one that differs; it was left alone (--on-conflict update overwrites it)"
        return PreparedWrite(identities=identities, gaps=[*payload.gaps, planned.gap(reason)])
    if told := conflict(context, object_seen(kind, existing), "", planned.gap(""), label(existing)):
        return replace(told, identities=identities)
    body, redacted = _update_body(context, planned, existing, payload)
    name = quote(text(existing.get(kind.path_field)) or text(existing.get("uid")), safe="")
    update = update_object(kind, f"{planned.path or kind.path}/{name}", body) if body else None
    written = PreparedWrite(
        request=update,
        note=_searched_for(kind, payload),
        identities=identities,
        gaps=[*payload.gaps, *redacted],
    )
    return _three_way(context, planned, existing, written) if kind.name in (*TYPES, *DATED) else written


def _reduced_before(
    context: ImportContext, planned: ObjectWrite, existing: JsonObject
) -> PreparedWrite | None:
    """What is told of an object that an earlier import could write in part alone; None where it is no such object.

    A reduced object with gaps is all that could be written; one without gaps is completed later.
    """
    reduced = planned.reduced() if planned.reduced is not None else None
    if reduced is None or not reduced.gaps or not contains(planned.view(existing), reduced.body):
        return None
    row = context.source.get(Stream(planned.kind.name), planned.uid) or {}
    told = () if context.once(Fork).is_untouched(row) else reduced.gaps
    return PreparedWrite(identities=reduced.identities, gaps=told)


def _is_held_credential(context: ImportContext, existing: JsonObject, gap: Gap) -> bool:
    """Whether a gap is about a redacted credential that the same stack's object has: it is not to be set by hand."""
    if gap.reason != REDACTED_REASON or not is_same_stack(context):
        return False
    held: Json = existing
    for step in gap.path.split("/")[1:]:
        rows = dict(enumerate(as_list(held)))
        held = rows.get(int(step)) if rows and step.isdigit() else as_object(held).get(step)
    return bool(held)


def _is_unchanged(
    context: ImportContext, planned: ObjectWrite, payload: Payload, existing: JsonObject
) -> bool:
    """Whether the target's object already says what the payload says."""
    expected = planned.expected() if planned.expected is not None else payload.body
    expected = as_object(context.once(SourceUids).mapped(expected))
    # A credential in the target was read as a salted hash, so the snapshot's is hashed the same way.
    return contains(planned.view(existing), redact_salted(planned.kind.name, expected, context.salt))


def _three_way(
    context: ImportContext, planned: ObjectWrite, existing: JsonObject, written: PreparedWrite
) -> PreparedWrite:
    """What becomes of one that differs: it stays where it was edited in the target's branch since they parted."""
    promotion, kind, uid = context.once(Promotion), planned.kind.name, planned.uid
    row = context.source.get(Stream(kind), uid)
    verdict = promotion.verdict(kind, uid, row, existing) if row is not None else Verdict.WRITE
    if row is None or verdict is Verdict.WRITE:
        return written
    if verdict is Verdict.KEEP:
        return PreparedWrite(identities=written.identities)
    remark = promotion.conflict(kind, uid, row, existing)
    if context.options.conflicts != "keep":
        return replace(written, remarks=[remark])
    gaps = [planned.gap(remark.reason)]
    return PreparedWrite(identities=written.identities, remarks=[remark], gaps=gaps)


def promoted_type(context: ImportContext, kind: Kind, made: JsonObject) -> list[tuple[str, str, str]]:
    """That a type and the target's are the same from now on, where they are of two branches."""
    uid = text(made.get("uid"))
    row = context.source.get(Stream(kind.name), uid) if kind.name in TYPES else None
    is_known = row is not None and context.once(Promotion).is_on
    return [promoted(kind.name, uid, row or {}, made)] if is_known else []


def _known_by_both(
    context: ImportContext, planned: ObjectWrite, held: JsonObject
) -> list[tuple[str, str, str]]:
    """That another object is in both branches: where the target lacks it later, it was deleted there."""
    kind = planned.kind.name
    row = (
        context.source.get(Stream(kind), planned.uid)
        if kind in (DELETED_KINDS | {*DATED}) - TYPES.keys()
        else None
    )
    is_known = row is not None and context.once(Promotion).is_on
    return [promoted(kind, planned.uid, row or {}, held)] if is_known else []


def _is_needed(context: ImportContext, planned: ObjectWrite) -> bool:
    """Whether an object is made because the selected entries need it."""
    own, kind = write_options(context.options), planned.kind.name
    return own.is_part and kind not in own.shared and context.once(Needed).has(kind, planned.source)


def _update_body(
    context: ImportContext, planned: ObjectWrite, existing: JsonObject, payload: Payload
) -> tuple[JsonObject, list[Gap]]:
    """What to write over the target's object, if anything: a field whose credential was redacted stays as it is."""
    redacted = {name: value for name, value in payload.body.items() if contains_redacted(value)}
    if not redacted:
        return payload.body, []
    reason = "it differs, but the snapshot redacted a credential in it: the target's own was left as it is"
    gaps = [
        planned.gap(reason, f"/{name}")
        for name, value in redact_salted(planned.kind.name, redacted, context.salt).items()
        if not _is_equal(existing.get(name), value)
    ]
    plain = {name: value for name, value in payload.body.items() if name not in redacted}
    return ({} if contains(existing, plain) else plain), gaps


def contains(existing: JsonObject, body: JsonObject) -> bool:
    """Whether the target's object already has everything that would be written."""
    return all(_is_equal(existing.get(name), value) for name, value in body.items())


def _is_equal(held: Json, right: Json) -> bool:
    left = without_filled_in(held, right)
    return (left or None) == (right or None) or equal_but_redacted(left, right)


def _probe(context: ImportContext, kind: Kind, path: str, note: JsonObject) -> Probe:
    """Search the kind for the natural key that was sent, in an object that is no target yet."""
    identity = context.identity

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = objects(answer.get(kind.list_key))
        same = [row for row in rows if all(row.get(name) == note[name] for name in note)]
        free = [row for row in same if not identity.is_target(kind.name, text(row.get("uid")))]
        return [{kind.object_key: row} for row in free]

    def suspects(answer: JsonObject) -> list[Suspect]:
        rows = changed_since_made(context, kind.name, objects(answer.get(kind.list_key)), [Stream(kind.name)])
        return [Suspect(label=label(row)) for row in rows]

    params = (*kind.params, ("desc", "created_at"), *page_params(0))
    request = list_objects(kind, *params, path=kind.listing or path)
    following = partial(next_page, kind.list_key)
    probe = Probe(request=request, found=found, required_key=kind.list_key, next_page=following)
    return probe if kind.has_fixed_key else replace(probe, suspects=suspects)
