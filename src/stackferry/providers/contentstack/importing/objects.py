"""Writes of one object: how it is matched with what the target holds, created, updated and probed.

Driven by the kind's row in `kinds`; what a kind's own payload needs comes in as a function. Pure.
API pages: the "Create" and "Update" calls of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.json_values import objects, text
from stackferry.model import Gap, Json, JsonObject
from stackferry.providers.contentstack.credentials import contains_redacted, equal_but_redacted, redact_salted
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests.objects import create_object, list_objects, update_object
from stackferry.providers.target import Identity, Outcome, PreparedWrite, Probe, Replay, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.contentstack.matching.pairs import Ambiguity


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of an object as the target shall get it, and what of the source it cannot hold."""

    body: JsonObject
    gaps: Sequence[Gap] = ()
    identities: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectWrite:
    """One object to be brought over: `uid` in the source, `path` where its kind lives in the target."""

    kind: Kind
    uid: str
    payload: Callable[[], Payload]
    path: str = ""
    scope: str = ""  # tells apart objects whose uids are unique only within another, as terms in a taxonomy
    after: Sequence[str] = ()
    optional: bool = False
    overwrite: bool = False  # write over one that differs even where conflicts are not spoken of
    named: Callable[[JsonObject], list[tuple[str, str, str]]] | None = None
    expected: Callable[[], JsonObject] | None = None  # what to compare, where that is not the payload,
    seen: Callable[[JsonObject], JsonObject] | None = None  # with this view of the target's object
    fallback: Callable[[], Payload] | None = None  # to write instead, if the service refuses the payload

    @property
    def key(self) -> str:
        return f"{self.kind.name}/{self.scope}/{self.uid}" if self.scope else f"{self.kind.name}/{self.uid}"

    @property
    def source(self) -> str:
        """The name under which the identity of this object is kept."""
        return f"{self.scope}\0{self.uid}" if self.scope else self.uid


def write_all(replay: Replay, ones: Iterable[ObjectWrite]) -> Iterator[Write]:
    """The writes of a whole kind."""
    return (write_object(replay, one) for one in ones)


def write_object(replay: Replay, one: ObjectWrite) -> Write:
    """Create the object, or adopt, update or leave alone the one that the target already holds."""
    path = one.path or one.kind.path

    def build() -> PreparedWrite:
        return written(one.payload())

    def written(payload: Payload) -> PreparedWrite:
        note: JsonObject = {name: payload.body.get(name) for name in one.kind.natural}
        existing = replay.once(matches).row(one.kind.name, one.source)
        if not replay.options.includes(one.kind.name):
            return PreparedWrite(identities=named(one, existing) if existing else ())
        if unclear := replay.once(matches).ambiguity(one.kind.name, one.source):
            return PreparedWrite(gaps=[_unclear(one, unclear)])
        if existing is None:
            request = create_object(one.kind, payload.body, path=path)
            return PreparedWrite(request=request, note=note, identities=payload.identities, gaps=payload.gaps)
        identities = [*named(one, existing), *payload.identities]
        reduced = one.fallback() if one.fallback is not None else None
        # One that says what it lacks was adopted so before; any other is only a stage on the way to the whole.
        if (
            reduced is not None
            and reduced.gaps
            and holds(one.seen(existing) if one.seen else existing, reduced.body)
        ):
            return PreparedWrite(identities=[*identities, *reduced.identities], gaps=reduced.gaps)
        if _same(replay, one, existing, payload):
            return PreparedWrite(identities=identities, gaps=payload.gaps)
        if replay.options.on_conflict == "update" or (one.overwrite and replay.options.on_conflict != "skip"):
            body, kept = _over(replay, one, existing, payload)
            update = update_object(one.kind, f"{path}/{_name(one.kind, existing)}", body) if body else None
            return PreparedWrite(
                request=update, note=note, identities=identities, gaps=[*payload.gaps, *kept]
            )
        return PreparedWrite(identities=identities, gaps=[*payload.gaps, *_left_alone(replay, one)])

    def read(answer: JsonObject) -> Outcome:
        return Outcome(identities=named(one, object_in(answer, one.kind.one, _naming_field(one.kind))))

    return Write(
        key=one.key,
        kind=one.kind.name,
        build=build,
        read=read,
        failed=Gap(kind=one.kind.name, uid=one.uid, path=one.scope, reason="the target refused it"),
        after=one.after,
        otherwise=None if one.fallback is None else lambda: written(one.fallback()),  # type: ignore[misc]  # just checked
        probe=lambda note: _probe(replay.identity, one.kind, path, note),
        optional=one.optional,
    )


def _unclear(one: ObjectWrite, ambiguity: Ambiguity) -> Gap:
    """For an object that may be in the target already: neither is another taken for it, nor is a second one made."""
    reason = f"it {ambiguity.reason}: it was not imported"
    return Gap(kind=one.kind.name, uid=one.uid, path=one.scope, reason=reason)


def _same(replay: Replay, one: ObjectWrite, existing: JsonObject, payload: Payload) -> bool:
    """Whether the target's object says what would be written, both seen as they are compared."""
    expected = one.expected() if one.expected is not None else payload.body
    seen = one.seen(existing) if one.seen is not None else existing
    return holds(seen, redact_salted(one.kind.name, expected, replay.salt))


def _over(
    replay: Replay, one: ObjectWrite, existing: JsonObject, payload: Payload
) -> tuple[JsonObject, list[Gap]]:
    """What to write over the target's object, if anything: a field whose credential was redacted stays as it is."""
    hidden = {name: value for name, value in payload.body.items() if contains_redacted(value)}
    if not hidden:
        return payload.body, []
    reason = "it differs, but the snapshot redacted a credential in it: the target's own was left as it is"
    gaps = [
        Gap(kind=one.kind.name, uid=one.uid, path=f"/{name}", reason=reason)
        for name, value in redact_salted(one.kind.name, hidden, replay.salt).items()
        if not _alike(existing.get(name), value)
    ]
    plain = {name: value for name, value in payload.body.items() if name not in hidden}
    return ({} if holds(existing, plain) else plain), gaps


def _left_alone(replay: Replay, one: ObjectWrite) -> list[Gap]:
    """With `skip` the user asked for it; otherwise the difference is something the target lacks."""
    if replay.options.on_conflict == "skip":
        return []
    reason = (
        "the target already holds one that differs; it was left alone (--on-conflict update overwrites it)"
    )
    return [Gap(kind=one.kind.name, uid=one.uid, path=one.scope, reason=reason)]


def holds(existing: JsonObject, body: JsonObject) -> bool:
    """Whether the object in the target already says everything that would be written."""
    return all(_alike(existing.get(name), value) for name, value in body.items())


def _alike(left: Json, right: Json) -> bool:
    return (left or None) == (right or None) or equal_but_redacted(left, right)


def named(one: ObjectWrite, made: JsonObject) -> list[tuple[str, str, str]]:
    """Who the object became: by its uid, unless its kind says otherwise."""
    if one.named is not None:
        return one.named(made)
    return [(one.kind.name, one.source, text(made.get("uid")) or text(made.get(one.kind.identity)))]


def _naming_field(kind: Kind) -> str:
    """The field by which others refer to an object: a locale's code, and otherwise the uid, an environment's too."""
    return "code" if kind.identity == "code" else "uid"


def _name(kind: Kind, row: JsonObject) -> str:
    return quote(text(row.get(kind.identity)) or text(row.get("uid")), safe="")


def _probe(identity: Identity, kind: Kind, path: str, note: JsonObject) -> Probe:
    """Look through the kind's list for an object with the natural key of the one that was sent."""

    def found(answer: JsonObject) -> list[JsonObject]:
        alike = [
            row
            for row in objects(answer.get(kind.many))
            if all(row.get(name) == note.get(name) for name in note)
        ]
        fresh = [row for row in alike if not identity.is_target(kind.name, text(row.get("uid")))]
        return [{kind.one: row} for row in fresh]

    params = (*kind.params, ("desc", "created_at"), ("limit", "100"))
    return Probe(
        request=list_objects(kind, *params, path=kind.listing or path),
        found=found,
        holds=kind.many,
    )
