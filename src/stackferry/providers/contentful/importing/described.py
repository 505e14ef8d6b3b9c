"""The writes of a dry run, told one after the other: rows for people, made-up answers, what they rely on. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from stackferry import exact_json
from stackferry.core.json_changes import json_changes
from stackferry.core.json_diff import ABSENT
from stackferry.json_values import as_list, as_object, integer, nested, objects, text
from stackferry.model import Json, JsonObject, Stream
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.content.titles import Titles
from stackferry.providers.contentful.importing.bulk.entries import FORESEEN
from stackferry.providers.contentful.importing.terms import Terms
from stackferry.providers.contentful.importing.types.default_values import with_defaults
from stackferry.providers.contentful.importing.versions import VERSIONS
from stackferry.providers.contentful.kinds import (
    ASSETS,
    BY_NAME,
    CONTENT_TYPES,
    EDITOR_INTERFACES,
    ENTRIES,
    RELEASES,
    link_id,
    record_key,
    sys_id,
)
from stackferry.providers.contentful.matching.rule import matches
from stackferry.providers.contentful.requests.build import UPLOADS, VERSION, end_of, sent_body
from stackferry.providers.contentful.requests.documents import CONTENT_TYPE, LINK_TYPES
from stackferry.providers.contentful.words import view
from stackferry.providers.secrets.redacted import without_digests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import Request
    from stackferry.providers.identities import Memory
    from stackferry.providers.target import ImportContext, PreparedWrite, Write

_PLANNED: Final = "planned-"  # begins the id of what would be made
_DOCUMENTS: Final = (ENTRIES.name, ASSETS.name, CONTENT_TYPES.name)
_KINDS: Final = {link_type: kind for kind, link_type in LINK_TYPES.items()}
_ENDS: Final = ("published", "archived", "process")  # of paths that change a state and send no body
_BODIES: Final = frozenset(
    (*_DOCUMENTS, "published_entries", "published_assets", "published_content_types", "releases", "files")
)


def _named(step: Write) -> JsonObject:
    """What names an object in its `sys` in the place of its id."""
    first, *path = BY_NAME[step.kind].key_path if step.kind in BY_NAME else ("",)
    if first != "sys" or path == ["id"]:
        return {}
    value: Json = step.failed.uid
    for name in reversed(path[1:]):
        value = {name: value}
    return {path[0]: value}


class DescribedWrites:
    """What `Described` promises, of one dry run."""

    def __init__(self, context: ImportContext, memory: Memory) -> None:
        self._context, self._memory = context, memory
        self._matches, self._titles = context.once(matches), Titles(context.source)
        # What the writes so far leave: kind and id, a number, the body. The last one counts.
        self._written = context.scratch.table(3)

    # --- rows ---

    def rows(self, step: Write, built: PreparedWrite) -> Iterable[JsonObject]:
        """What a write does, as `Described` promises."""
        request = built.request
        if request is None:
            return
        if "/bulk_actions" in request.path:
            yield from self._published(request)
            return
        failed = step.failed
        row: JsonObject = {"kind": step.kind, "uid": failed.uid, "content_type": failed.type}
        row |= {"locale": failed.locale, "title": self._title(step, request)}
        row |= {"of": failed.kind} if failed.kind != step.kind else {}
        is_body = request.method in ("POST", "PUT") and end_of(request.path) not in _ENDS
        held = self._held(step)
        if held is not None:
            row["target"] = failed.uid
            if is_body:
                row["fields"] = self._fields(step.kind, held, sent_body(request))
        if is_body and request.origin != UPLOADS:
            self._keep(step, self._stored(request))
        yield {name: value for name, value in row.items() if value not in ("", [], None)}

    def _published(self, request: Request) -> Iterator[JsonObject]:
        """A row for each document of a bulk action."""
        body = sent_body(request)
        items = as_list(nested(body, "entities", "items")) or as_list(body.get("entities"))
        for item in objects(items):
            link = as_object(item.get("entity")) or item
            kind, uid = _KINDS.get(text(nested(link, "sys", "linkType")), ""), link_id(link)
            stream, source = self._source(kind, uid)
            row: JsonObject = {"kind": "publications", "of": kind, "uid": uid, "content_type": stream.type}
            row |= {"title": self._titles.of(kind, source), "locales": nested(item, "add", "fields", "*")}
            yield {name: value for name, value in row.items() if value not in ("", [], None)}

    def _source(self, kind: str, uid: str) -> tuple[Stream, JsonObject]:
        for stream in self._context.source.streams():
            if stream.kind == kind and (row := self._context.source.get(stream, uid)) is not None:
                return stream, row
        return Stream(kind), {}

    def _title(self, step: Write, request: Request) -> str:
        stream = Stream(step.kind, step.failed.type if step.kind == ENTRIES.name else "")
        source = self._context.source.get(stream, step.failed.uid)
        if isinstance((source or {}).get("fields"), dict):
            return self._titles.of(step.kind, source or {})  # in the default language, if it has that
        row = sent_body(request) if request.body else source or {}
        return view(step.kind, row).title if step.kind in BY_NAME else ""

    def _held(self, step: Write) -> JsonObject | None:
        """What the target has of an object, as the writes so far leave it."""
        written = self._written.of(_name(step))
        if written:
            return as_object(exact_json.loads(bytes(written[-1][2])))
        target = self._matches.target(step.kind, step.failed.uid) if step.kind in BY_NAME else None
        stream = Stream(step.kind, step.failed.type if step.kind == ENTRIES.name else "")
        return None if target is None else self._context.target.get(stream, target)

    def _keep(self, step: Write, body: JsonObject) -> None:
        name = _name(step)
        self._written.add([(name, len(self._written.of(name)), exact_json.dumps(body))])

    def _fields(self, kind: str, held: JsonObject, sent: JsonObject) -> list[Json]:
        """What a write changes: it replaces the whole object."""
        row = BY_NAME.get(kind)
        is_secret = row is not None and row.may_hold_credentials
        found: list[Json] = []
        for one in json_changes(_content(held), _content(sent)):
            sides = (("from", one.left), ("to", one.right)) if not is_secret else ()
            moved = {"moved_from": one.origin} if one.origin else {}
            shown = {name: side for name, side in sides if side is not ABSENT}
            found.append({"path": one.path, **moved, **shown})
        return found

    # --- answers ---

    def answer(self, step: Write, built: PreparedWrite) -> JsonObject:
        """What the service would answer if it did as asked."""
        request = built.request
        assert request is not None  # noqa: S101 - only what is sent is answered
        if request.origin == UPLOADS:
            return {"sys": {"type": "Upload", "id": f"{_PLANNED}{step.failed.uid}"}}
        if "/bulk_actions" in request.path:
            return {"sys": {"type": "BulkAction", "id": f"{_PLANNED}{step.key}", "status": "created"}}
        return {**self._stored(request), "sys": self._sys(step, request)}

    def _stored(self, request: Request) -> JsonObject:
        """What the service keeps of a body: it puts default values into a new entry."""
        body, of_type = sent_body(request), dict(request.headers).get(CONTENT_TYPE)
        return with_defaults(body, self._context.once(Terms), of_type) if of_type else body

    def _sys(self, step: Write, request: Request) -> JsonObject:
        version = next((int(value) for name, value in request.headers if name == VERSION), 0)
        version = version or integer(nested(self._held(step), "sys", "version")) or 0
        uid = _id_in(request) if request.method != "POST" else f"{_PLANNED}{step.failed.uid}"
        sys: JsonObject = {"id": uid, "version": version + 1, "fieldStatus": {"*": _statuses(request)}}
        end, is_put = end_of(request.path), request.method == "PUT"
        if end in ("published", "archived") and is_put:
            sys |= {f"{end}Version": version or 1}  # who archives names no version
        if step.kind == RELEASES.name:
            sys["type"] = "Release"
        return sys | _named(step)

    def seen(self, request: Request, answer: JsonObject) -> JsonObject:
        """What a read will be answered then: what it is answered now, but for the copies that a new release makes.

        A bulk operation is carried out, files are processed, and a new type has the editor interface of a new type.
        """
        *_, release, kind = map(unquote, request.path.split("/"))
        if release == "bulk_operations":
            return {"sys": {"status": FORESEEN}}
        if kind == EDITOR_INTERFACES.name and not answer:
            return {"items": [*self._layouts()]}
        if kind == ASSETS.name and not answer and not release.startswith(_PLANNED):
            return {"items": [*self._processed(request)]}
        if not release.startswith(_PLANNED) or kind not in _KINDS.values():
            return answer
        made = self._context.source.get(Stream(RELEASES.name), release.removeprefix(_PLANNED)) or {}
        return {"items": [*self._copies(made, kind)]}

    def _layouts(self) -> Iterator[JsonObject]:
        """The editor interfaces that the first publish of a type makes: a control for each field, and no more."""
        for row in self._context.source.objects(Stream(CONTENT_TYPES.name)):
            uid = sys_id(row)
            if self._memory.target(VERSIONS, f"{CONTENT_TYPES.name}/{uid}") and version_of(row) > 1:
                of_type: JsonObject = {"sys": {"type": "Link", "linkType": "ContentType", "id": uid}}
                live = self._context.source.get(Stream("published_content_types"), uid) or row
                controls: list[Json] = [{"fieldId": field.get("id")} for field in objects(live.get("fields"))]
                yield {"sys": {"id": "default", "version": 1, "contentType": of_type}, "controls": controls}

    def _processed(self, request: Request) -> Iterator[JsonObject]:
        """Assets with their files, as the source shows them: what counts is that each has one."""
        for uid in dict(request.params).get("sys.id[in]", "").split(","):
            row = self._context.source.get(Stream(ASSETS.name), uid) or {}
            live = self._context.source.get(Stream("published_assets"), uid) or {}
            files = {**as_object(nested(row, "fields", "file")), **as_object(nested(live, "fields", "file"))}
            version = int(self._memory.target(VERSIONS, f"{ASSETS.name}/{uid}") or 0) + 1
            terms = self._context.once(Terms)
            named: JsonObject = {terms.locale(code): file for code, file in files.items()}
            yield {"sys": {"id": uid, "version": version}, "fields": {"file": named}}

    def _copies(self, release: JsonObject, kind: str) -> Iterator[JsonObject]:
        """What a release copies of its entities: they are by then as the snapshot has them."""
        terms = self._context.once(Terms)
        for item in objects(nested(release, "entities", "items")):
            link = as_object(item.get("entity")) or item
            stream, row = self._source(kind, link_id(link))
            if row and _KINDS.get(text(nested(link, "sys", "linkType"))) == kind:
                body = terms.entry(row, stream.type)[0] if kind == ENTRIES.name else terms.asset(row)[0]
                yield {**body, "sys": {**as_object(row.get("sys")), "version": 1}}

    # --- what is relied on ---

    def relied_on(self) -> Iterator[JsonObject]:
        """What the target held, each object with a digest; of content only what has a counterpart in the source."""
        for stream in self._context.target.streams():
            for row in self._context.target.objects(stream):
                key, number = record_key(stream.kind, row)
                if stream.kind not in _BODIES or self._matches.is_target(_owner(stream.kind), key):
                    shown = view(stream.kind, row)
                    facts: JsonObject = {
                        **stream.as_json(),
                        "uid": key.replace("\0", "/"),
                        "title": shown.title,
                    }
                    facts |= {"number": number, "version": version_of(row)}
                    digest = sha256(exact_json.dumps(without_digests(row))).hexdigest()[:24]
                    yield {**{name: value for name, value in facts.items() if value}, "digest": digest}

    def events(self) -> Mapping[str, int]:
        """Nothing is counted: which webhooks of the space are called depends on their filters."""
        return {}


def _name(step: Write) -> str:
    return f"{step.kind}/{step.failed.uid}"


def _owner(kind: str) -> str:
    return kind.removeprefix("published_")


def _id_in(request: Request) -> str:
    """The id of the object that a path names, also where what follows is a part of it."""
    parts = [unquote(one) for one in request.path.split("/")]
    end = end_of(request.path)
    if end == "process":  # …/assets/ID/files/LOCALE/process
        return parts[-4]
    return parts[-2] if end in (*_ENDS, "editor_interface") else parts[-1]


def _statuses(request: Request) -> JsonObject:
    """The states of the locales that a publish names: those, and no others, are live then."""
    codes = as_list(nested(sent_body(request), "add", "fields", "*"))
    return {text(code): "published" for code in codes}


def _content(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if name != "sys"}
