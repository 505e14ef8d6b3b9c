"""Editor interfaces: how the fields of a type are shown to editors. Pure.

The first publish of a type makes one, and a later one may change it. So where types were written, the list of editor
interfaces is read after them, and what differs is written.
API page: "Editor interfaces".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.errors import BadAnswer, JsonRefused
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, Remark, Stream
from stackferry.providers.contentful.content.redactions import known_part
from stackferry.providers.contentful.content.states import State, state_of, version_of
from stackferry.providers.contentful.credentials import redact, redact_salted
from stackferry.providers.contentful.importing.objects import DIFFERS, KEEPS_CREDENTIAL
from stackferry.providers.contentful.importing.refused_before import (
    REFUSED_BEFORE,
    digest_of_value,
    refused_before,
)
from stackferry.providers.contentful.importing.selected.needed import is_asked
from stackferry.providers.contentful.importing.stored import checked, holds, same_but_redacted
from stackferry.providers.contentful.importing.terms import Terms
from stackferry.providers.contentful.importing.types.fields import field_ids
from stackferry.providers.contentful.importing.types.plan import removes_fields
from stackferry.providers.contentful.importing.unlisted import unlisted_kinds
from stackferry.providers.contentful.importing.versions import (
    pair,
    probe_newer,
    told_of,
    version_now,
)
from stackferry.providers.contentful.kinds import (
    APP_INSTALLATIONS,
    CONTENT_TYPES,
    EDITOR_INTERFACES,
    EXTENSIONS,
    PUBLISHED_CONTENT_TYPES,
)
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.contentful.requests.build import get, sent_body, write
from stackferry.providers.contentful.requests.objects import list_objects
from stackferry.providers.contentful.requests.read import next_rows
from stackferry.providers.secrets.redacted import REDACTED_REASON, contains_redacted
from stackferry.providers.target import Await, Observation, PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext, Steps

_KIND: Final = EDITOR_INTERFACES.name
SEEN: Final = "editor_interfaces_seen"  # identities: the type → its editor interface as it was listed
_WIDGETS: Final = {"extension": EXTENSIONS.name, "app": APP_INSTALLATIONS.name}  # what a namespace names
_EDITED: Final = "somebody else changed it during the import: it was left as they left it"
_OF_DRAFT: Final = (
    "the service has editor interfaces of published types only: publish the type, and import again"
)
_NO_FIELD: Final = "the content type has no field '{}': its control was left out"


class EditorPlan:
    """The editor interfaces of one import."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root = context, root

    def look(self) -> Steps:
        """Read what publishing has made or changed; not where the target held them all, and their types stay.

        A token that they were not listed to before is not asked about them again.
        """
        if _KIND in self._context.once(unlisted_kinds):
            return
        if any(self._held(uid) is None or self._is_type_written(uid) for uid, _ in self._wanted()):
            yield Await(
                key="editor interfaces read",
                kind=_KIND,
                request=list_objects(self._root, EDITOR_INTERFACES),
                observe=self._observe,
                required_key="items",
                next_page=next_rows,
                is_foreseen=True,
            )

    def _is_type_written(self, uid: str) -> bool:
        """Whether this import has written a type that the target held: no page says that its editor interface stays."""
        key, held = f"{CONTENT_TYPES.name}/{uid}", self._context.target.get(Stream(CONTENT_TYPES.name), uid)
        return held is not None and version_now(self._context.identity, key, held) != version_of(held)

    def _is_type_there(self, uid: str) -> bool:
        held = self._context.target.get(Stream(CONTENT_TYPES.name), uid)
        return version_now(self._context.identity, f"{CONTENT_TYPES.name}/{uid}", held) is not None

    def _is_type_live(self, uid: str) -> bool:
        """Whether a type was live in the target, or is by now."""
        stores = (self._context.source, self._context.target)
        rows = (store.get(Stream(CONTENT_TYPES.name), uid) for store in stores)
        return any(row is not None and state_of(row) is not State.DRAFT for row in rows)

    def _observe(self, answer: JsonObject) -> Observation:
        found: list[tuple[str, str, str]] = []
        for row in objects(answer.get("items")):
            uid = EDITOR_INTERFACES.key(row)
            shown = exact_json.dumps(redact(_KIND, row, self._context.salt)[0]).decode()
            found += [pair(f"{_KIND}/{uid}", version_of(row)), (SEEN, uid, shown)]
        return Observation(found)

    def _wanted(self) -> Iterator[tuple[str, JsonObject]]:
        for row in self._context.source.objects(Stream(_KIND)):
            uid = EDITOR_INTERFACES.key(row)
            if is_asked(self._context, EDITOR_INTERFACES, uid, is_held=self._held(uid) is not None):
                yield uid, row

    def _held(self, uid: str) -> JsonObject | None:
        return self._context.target.get(Stream(_KIND), uid)

    def _now(self, uid: str) -> JsonObject | None:
        """The target's editor interface: as it was listed after the types, else as it was before."""
        seen = self._context.identity.target(SEEN, uid)
        if seen is None:
            return self._held(uid)
        try:
            return as_object(exact_json.loads(seen.encode()))
        except JsonRefused:
            return None

    def steps(self) -> Steps:
        """Every editor interface that is not as it is to be."""
        for uid, row in self._wanted():
            yield self._write(uid, row)

    def _write(self, uid: str, row: JsonObject) -> Write:
        sent: list[JsonObject] = []
        key = f"{_KIND}/{uid}"

        def build() -> PreparedWrite:
            prepared = self._as_before(uid, row) or self._prepare(uid, *self._body(uid, row))
            sent[:] = [sent_body(prepared.request)] if prepared.request is not None else []
            return prepared

        failed = _gap(uid, "", "the target refused it")
        return checked(
            Write(
                key=key,
                kind=_KIND,
                build=build,
                read=partial(_read, uid),
                failed=failed,
                probe=lambda note: probe_newer(get(self._path(uid)), note, lambda now: holds(now, sent[0])),
                told=told_of(failed),
                fallback=lambda: self._without_widgets(uid, row),
            )
        )

    def _prepare(self, uid: str, body: JsonObject, gaps: list[Gap]) -> PreparedWrite:
        now, identities = self._now(uid), [(_KIND, uid, uid)]
        if now is None and not self._is_type_there(uid):
            return PreparedWrite(gaps=gaps)  # which is a gap of the type
        if now is None and not self._is_type_live(uid):
            return PreparedWrite(identities=identities, gaps=[*gaps, _gap(uid, "", _OF_DRAFT)])
        known = known_part(_KIND, body, now)
        body, hidden = known.body, (_gap(uid, path, REDACTED_REASON) for path in known.missing)
        gaps = [*hidden, *gaps]
        if now is not None and same_but_redacted(redact_salted(_KIND, body, self._context.salt), now):
            return PreparedWrite(identities=identities, gaps=gaps)
        if now is not None and _is_edited(self._held(uid), now):
            gap = _gap(uid, "", _EDITED)
            told = [Remark.beside(gap, "meanwhile", "")]
            return PreparedWrite(identities=identities, gaps=[*gaps, gap], remarks=told)
        is_older = self._held(uid) is not None
        if is_older and self._context.options.on_conflict != "update":
            differs = [_gap(uid, "", DIFFERS)] if not self._context.options.on_conflict else []
            return PreparedWrite(identities=identities, gaps=[*gaps, *differs])
        if contains_redacted(body):
            return PreparedWrite(identities=identities, gaps=[*gaps, _gap(uid, "", KEEPS_CREDENTIAL)])
        version = version_now(self._context.identity, f"{_KIND}/{uid}", now) or 1
        request = write("PUT", self._path(uid), body, version=version)
        return PreparedWrite(request=request, note={"version": version}, identities=identities, gaps=gaps)

    def _path(self, uid: str) -> str:
        return requests.document_path(self._root, CONTENT_TYPES.name, uid, "editor_interface")

    def _body(self, uid: str, row: JsonObject) -> tuple[JsonObject, list[Gap]]:
        """The body, without the controls of fields that the type does not have."""
        fields = self._context.once(Terms).fields_of(uid)
        body: JsonObject = {name: value for name, value in row.items() if name != "sys"}
        controls = objects(row.get("controls"))
        gone = [text(one.get("fieldId")) for one in controls if fields and one.get("fieldId") not in fields]
        stays = [*self._controls_that_stay(uid, controls)]
        if gone or stays:
            body["controls"] = [*(one for one in controls if one.get("fieldId") not in gone), *stays]
        named = self._context.once(Terms).names_of_source(_KIND, uid, body)
        return body, [*(_gap(uid, f"/controls/{name}", _NO_FIELD.format(name)) for name in gone), *named]

    def _controls_that_stay(self, uid: str, controls: list[JsonObject]) -> Iterator[JsonObject]:
        """The target's controls of fields that its type was given since, and keeps."""
        if removes_fields(self._context.options):
            return
        known = _fields(self._context.everything, uid) | {text(one.get("fieldId")) for one in controls}
        kept = _fields(self._context.target, uid) - known
        yield from (
            one for one in objects((self._now(uid) or {}).get("controls")) if one.get("fieldId") in kept
        )

    def _without_widgets(self, uid: str, row: JsonObject) -> PreparedWrite | None:
        """What is left where the service refuses widgets of extensions and apps that the target lacks."""
        body, gaps = self._body(uid, row)
        lost: list[Gap] = []
        for name, value in body.items():
            rows = objects(value) if isinstance(value, list) else [as_object(value)]
            unknown = [one for one in rows if self._is_unknown(one)]
            if unknown:
                lost += [_widget_gap(uid, name, one) for one in unknown]
                body[name] = _without(value, unknown, is_control=name == "controls")
        if not lost:
            return None
        kept: JsonObject = {name: value for name, value in body.items() if value is not None}
        made = self._prepare(uid, kept, [*gaps, *lost])
        refused = (REFUSED_BEFORE, f"{_KIND}/{uid}", f"{self._digest(uid, row)} {lost[0].reason}")
        return replace(made, identities=[*made.identities, refused])

    def _as_before(self, uid: str, row: JsonObject) -> PreparedWrite | None:
        """What is told where the service refused the whole, and the target still has what was written in its place."""
        key, digest = f"{_KIND}/{uid}", partial(self._digest, uid, row)
        if not refused_before(self._context, _KIND, key, digest):
            return None
        reduced = self._without_widgets(uid, row)
        return reduced if reduced is not None and reduced.request is None else None

    def _digest(self, uid: str, row: JsonObject) -> str:
        """What tells the whole from any other; no credential goes into it."""
        return digest_of_value(redact(_KIND, self._body(uid, row)[0])[0])

    def _is_unknown(self, widget: JsonObject) -> bool:
        kind = _WIDGETS.get(text(widget.get("widgetNamespace")))
        return kind is not None and not self._context.in_target(kind, text(widget.get("widgetId")))


def _fields(store: RecordStore, uid: str) -> set[str]:
    """The fields of a type as it is published; as it is edited where there is no other body."""
    rows = (store.get(Stream(kind.name), uid) for kind in (PUBLISHED_CONTENT_TYPES, CONTENT_TYPES))
    return {*field_ids(next((row for row in rows if row is not None), {}))}


def _is_edited(held: JsonObject | None, now: JsonObject) -> bool:
    """Whether it was changed since it was listed first, other than by a publish of its type.

    That makes controls for new fields, and takes those of fields away that are gone.
    """
    if held is None:
        return False
    ids = [{text(one.get("fieldId")) for one in objects(row.get("controls"))} for row in (held, now)]
    one, other = ({**row, "controls": _controls(row, set.intersection(*ids))} for row in (held, now))
    return not same_but_redacted(one, other)


def _controls(row: JsonObject, fields: set[str]) -> list[Json]:
    return [one for one in objects(row.get("controls")) if text(one.get("fieldId")) in fields]


def _widget_gap(uid: str, name: str, widget: JsonObject) -> Gap:
    of_field = text(widget.get("fieldId"))
    reason = f"the target has no {widget.get('widgetNamespace')} '{widget.get('widgetId')}': it was left out"
    return _gap(uid, f"/{name}/{of_field}" if of_field else f"/{name}", reason)


def _gap(uid: str, path: str, reason: str) -> Gap:
    return Gap(kind=_KIND, uid=uid, path=path, reason=reason)


def _without(value: Json, unknown: list[JsonObject], *, is_control: bool) -> Json:
    """A part of an editor interface without some widgets: a control without its widget shows the usual one."""
    if not isinstance(value, list):
        return None
    if is_control:
        return [{"fieldId": one["fieldId"]} if one in unknown else one for one in objects(value)]
    return [one for one in objects(value) if one not in unknown]


def _read(uid: str, answer: JsonObject) -> WriteResult:
    if EDITOR_INTERFACES.key(answer) != uid or not version_of(answer):
        raise BadAnswer(f"the answer does not name the editor interface of {uid}")
    return WriteResult(identities=[pair(f"{_KIND}/{uid}", version_of(answer))])
