"""The writes of a dry run, told one after the other: rows for people, made-up answers, what they rely on. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, integer, objects, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.comparable import ComparableEntries
from stackferry.providers.contentstack.content.entries import EntryVersion, read_content
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.described import requests
from stackferry.providers.contentstack.importing.described.documents import (
    ASSETS,
    PLANNED,
    DescribedDocuments,
    planned_address,
)
from stackferry.providers.contentstack.importing.described.events import WebhookEvents
from stackferry.providers.contentstack.importing.described.fields import object_fields
from stackferry.providers.contentstack.importing.described.foreseen import Foreseen
from stackferry.providers.contentstack.importing.described.requests import Sent
from stackferry.providers.contentstack.importing.entries.write_body import shared_fields
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests.assets import sent_form
from stackferry.providers.contentstack.words import view
from stackferry.providers.secrets.redacted import without_digests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import Request
    from stackferry.providers.identities import Memory
    from stackferry.providers.target import ImportContext, PreparedWrite, Write

# Rows of the target that belong to an object of another kind: they are relied on where that is.
_OWNERS = {"variants": "entries", "release_items": "releases", "metadata": ""}
_CONTENT = frozenset(("entries", "assets", "folders", "releases", *_OWNERS))


class DescribedWrites:
    """What `Described` promises, of one dry run."""

    def __init__(self, context: ImportContext, memory: Memory) -> None:
        self._context, self._memory = context, memory
        self._matches = context.once(matches)
        self._events = WebhookEvents(context, memory)
        self._masters = (master_locale(context.source), master_locale(context.target))
        self._foreseen = Foreseen(context)
        self._gone = context.scratch.table(2)  # kinds and uids of what is deleted
        self._documents = DescribedDocuments(context, self._foreseen, self._gone)

    def rows(self, step: Write, built: PreparedWrite) -> Iterable[JsonObject]:
        """What a write does, as `Described` promises."""
        if built.request is None:
            return
        sent = Sent(built.request)
        about = [*self._about(step, sent, built)]
        if not step.only_if_refused:
            self._events.add(step.kind, sent, about)
        yield from map(self._told, about)

    def _told(self, row: JsonObject) -> JsonObject:
        """The row for people: under the source's uid, with a title."""
        target, kind = text(row.pop("target", "")), text(row.get("kind"))
        named = text(row.pop("named_by", kind))
        uid = text(row.pop("uid", "")) or self._source_uid(named, target)
        is_held = not target.startswith(PLANNED) and named != kinds.TAXONOMIES.name
        if kind == "workflow_stages":
            row["stage"] = self._stage(row, uid)
        title = text(row.pop("title", "")) or self._title(row, named, uid, target)
        head: JsonObject = {"uid": uid, "target": target if is_held else "", "title": title}
        return {"kind": kind, **_filled(head), **_filled(row)}

    def _source_uid(self, kind: str, target: str) -> str:
        found = self._memory.source(kind, target)
        is_same = found is None and self._context.source.get(Stream(kind), target) is not None
        return target if is_same else found or ""

    def _stage(self, row: JsonObject, uid: str) -> str:
        """The name of the stage that a document is in: what is made has no uid yet."""
        stream = Stream("entries", text(row.get("content_type")), text(row.get("locale")))
        document = self._context.source.get(stream, uid) or {}
        stage = text(as_object(document.get("_workflow")).get("uid")) or text(row.get("stage"))
        for workflow in self._context.source.objects(Stream(kinds.WORKFLOWS.name)):
            for one in objects(workflow.get("workflow_stages")):
                if one.get("uid") == stage:
                    return text(one.get("name"))
        return stage

    def answer(self, step: Write, built: PreparedWrite) -> JsonObject:
        """The object that is sent, under its name, with a uid and a version: what the readers of answers expect."""
        assert built.request is not None  # noqa: S101 - only what is sent is answered
        sent = Sent(built.request)
        body = sent.body or sent_form(built.request) or ({"asset": {}} if built.request.parts else {})
        made: JsonObject = {
            "uid": f"{PLANNED}{step.failed.uid}",
            "_version": built.note.get("version") or 1,
        }
        made |= {"url": planned_address(step)} if "asset" in body else {}
        made |= _members(sent)
        if built.request.method == "PUT":
            made |= self._rewritten(step, sent, built)
            # What the trash gives back is not among what the target held.
            made |= {"_version": built.version} if built.version is not None else {}
        return {name: {**value, **made} for name, value in body.items() if isinstance(value, dict)}

    def _rewritten(self, step: Write, sent: Sent, built: PreparedWrite) -> JsonObject:
        """What the service keeps of an object that is written over, and its next version."""
        if sent.path[0] == "assets" and not sent.is_folder:
            return self._rewritten_asset(step, sent, built)
        held = self._object(step) or {}
        kept: JsonObject = {"uid": held["uid"]} if "uid" in held else {}
        kept |= _kept_members(sent, held)
        return {**kept, **self._of_master(step)} if sent.is_entry else kept

    def _rewritten_asset(self, step: Write, sent: Sent, built: PreparedWrite) -> JsonObject:
        held = self._foreseen.latest(ASSETS, sent.uid) or {}  # as its row has left it
        version = built.version or integer(held.get("_version")) or 1
        return {"uid": sent.uid, "_version": version, "url": held.get("url") or planned_address(step)}

    def _of_master(self, step: Write) -> JsonObject:
        """What a document in another language has from the master document, as that is after the import."""
        one, master = step.failed, self._masters[0]
        stream = Stream("entries", one.type, master)
        row = self._context.source.get(stream, one.uid) if one.locale not in ("", master) else None
        if row is None:
            return {}
        latest = EntryVersion(one.type, one.uid, master, 0, integer(row.get("_version")) or 1)
        values = self._context.once(ComparableEntries).expected(latest)[0]
        shared = shared_fields(self._context.once(read_content).schemas[one.type])
        return {name: value for name, value in values.items() if name in shared}

    def seen(self, request: Request, answer: JsonObject) -> JsonObject:
        """What a read will be answered then, as `Described` promises."""
        return self._foreseen.answer(Sent(request), answer)

    def relied_on(self) -> Iterator[JsonObject]:
        """What the target held, each object with a digest; of content only what has a counterpart in the source."""
        for stream in self._context.target.streams():
            for row in self._context.target.objects(stream):
                shown = view(stream.kind, row)
                if self._is_relied_on(stream, shown.uid, row):
                    facts: JsonObject = {**stream.as_json(), "uid": shown.uid, "title": shown.title}
                    yield {**_facts(facts, stream.kind, row), "digest": _digest(row)}

    def _is_relied_on(self, stream: Stream, uid: str, row: JsonObject) -> bool:
        kind = _OWNERS.get(stream.kind, stream.kind)
        if stream.kind == kinds.METADATA.name:
            kind, uid = kinds.kind_of_metadata(row), text(row.get("entity_uid"))
        elif stream.kind == kinds.RELEASE_ITEMS.name:
            uid = text(row.get("release"))
        elif stream.kind == kinds.VARIANTS.name:
            uid = text(row.get("uid"))
        is_held = self._memory.is_target(kind, uid) or self._gone.of(kind, uid)
        return stream.kind not in _CONTENT or bool(is_held)

    def events(self) -> Mapping[str, int]:
        """The webhook events, as `Described` promises, the most frequent first."""
        return dict(sorted(self._events.counts.items(), key=lambda item: (-item[1], item[0])))

    # --- what a request is about ---

    def _about(self, step: Write, sent: Sent, built: PreparedWrite) -> Iterator[JsonObject]:
        if sent.ends in ("publish", "unpublish"):
            self._foreseen.publish(sent)
            for row in requests.published(sent):
                yield {**row, "named_by": row["kind"], "kind": step.kind, "of": row["kind"]}
        elif sent.path == ["bulk", "workflow"]:
            for row in requests.moved(sent):
                yield {**row, "named_by": "entries"}
        elif sent.path[0] == "releases" and sent.ends in ("items", "deploy"):
            yield from self._items(sent) if sent.ends == "items" else self._deployed(step, sent)
        elif sent.is_entry:
            yield self._documents.entry(step, sent, built)
        elif sent.path[0] == "assets" and sent.path[1:2] != ["folders"]:
            yield self._documents.asset(step, sent)
        else:
            yield self._one_object(step, sent)

    def _items(self, sent: Sent) -> Iterator[JsonObject]:
        for row in requests.release_items(sent):
            release = text(row["release"])
            named = self._memory.source("releases", release) or release.removeprefix(PLANNED)
            yield {**row, "release": named, "named_by": "entries" if "content_type" in row else "assets"}

    def _deployed(self, step: Write, sent: Sent) -> Iterator[JsonObject]:
        release = sent.under("release")
        for name in as_list(release.get("environments")):
            at = {"scheduled_at": release["scheduled_at"]} if "scheduled_at" in release else {}
            yield {"kind": step.kind, "target": sent.uid, "environment": name, "deploys": True, **at}

    def _one_object(self, step: Write, sent: Sent) -> JsonObject:
        """An object that is written as a whole, or deleted."""
        if sent.request.method == "DELETE":
            self._gone.add([(sent.path[0], sent.uid)])
            return {"kind": step.kind, "target": sent.uid}
        row: JsonObject = {"kind": step.kind, "uid": step.failed.uid, "locale": step.failed.locale}
        row |= _of_taxonomy(step, sent)
        key = next((name for name, value in sent.body.items() if isinstance(value, dict)), "")
        body = sent.under(key)
        held = self._object(step)
        row["title"] = view(step.kind, body).title
        if held is not None and sent.request.method == "PUT":
            uid = text(held.get("uid")) or text(held.get("code"))
            kind = sent.path[0] if sent.path[0] in kinds.BY_NAME else step.kind
            row |= {"target": uid, "fields": object_fields(self._context, kind, held, body)}
            row["title"] = row["title"] or view(step.kind, held).title
        return row

    def _object(self, step: Write) -> JsonObject | None:
        """The target's object that a write is about, before the import."""
        source = step.failed.uid
        if step.kind == kinds.TERMS.name:
            source = f"{step.failed.path}\0{source}"
        found = self._matches.row(step.kind, source)
        return self._context.target.get(Stream(step.kind), source) if found is None else found

    # --- what the target holds ---

    def _title(self, row: JsonObject, kind: str, uid: str, target: str) -> str:
        """What a person knows an object by: in its language or in the master's, in the source or in the target."""
        content_type, locale = text(row.get("content_type")), text(row.get("locale"))
        is_entry = kind == "entries"
        streams = [
            Stream(kind, content_type if is_entry else "", code)
            for code in (dict.fromkeys((locale, *self._masters)) if is_entry else ("",))
        ]
        named = [
            (store, name)
            for store, name in ((self._context.source, uid), (self._context.target, target))
            if name
        ]
        rows = (store.get(stream, name) for store, name in named for stream in streams)
        return next((title for row in rows if row is not None and (title := view(kind, row).title)), "")


def _filled(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if value not in ("", [], None)}


def _digest(row: JsonObject) -> str:
    return sha256(exact_json.dumps(without_digests(row))).hexdigest()[:24]


def _facts(shown: JsonObject, kind: str, row: JsonObject) -> JsonObject:
    """What tells a row from all others, and its version."""
    key, number = kinds.record_key(kind, row)
    facts = {**shown, "key": key.replace("\0", "/") if key != shown["uid"] else "", "number": number}
    facts |= {name: row[name] for name in ("_version", "updated_at") if name in row}
    return {name: value for name, value in facts.items() if value}


def _of_taxonomy(step: Write, sent: Sent) -> JsonObject:
    """The taxonomy of a term, its language, and how many terms are written with it."""
    row: JsonObject = {}
    if step.kind in (kinds.TERMS.name, kinds.TRANSLATIONS.name):
        taxonomy = step.failed.uid if sent.ends == "import" else sent.path[1]
        row = {"taxonomy": taxonomy, "locale": sent.locale}
    terms = objects(as_object(sent.body.get("taxonomy")).get("terms")) or objects(sent.body.get("terms"))
    return {**row, "terms": len(terms)} if terms else row


def _kept_members(sent: Sent, held: JsonObject) -> JsonObject:
    """Members of an object that is written over: as they are sent, those of the same uid, name or place under the
    uids that they have."""
    body = next((value for value in (sent.body or {}).values() if isinstance(value, dict)), {})
    return {
        key: [
            {**one, "uid": _held_uid(one, number, objects(held.get(key)))}
            for number, one in enumerate(objects(body[key]))
        ]
        if isinstance(body.get(key), list)
        else held[key]
        for _, key in kinds.MEMBERS.values()
        if key in held
    }


def _held_uid(one: JsonObject, number: int, held: list[JsonObject]) -> str:
    for name in ("uid", "name"):
        if found := next((row for row in held if row.get(name) == one.get(name)), None):
            return text(found.get("uid"))
    return text(held[number].get("uid")) if number < len(held) else f"{PLANNED}{number}/{one.get('name')}"


def _members(sent: Sent) -> JsonObject:
    """Stages of a workflow and variants of a group, with the uids that the service would give those without one."""
    body = next((value for value in (sent.body or {}).values() if isinstance(value, dict)), {})
    return {
        key: [
            {"uid": f"{PLANNED}{number}/{one.get('name')}", **one}
            for number, one in enumerate(objects(body[key]))
        ]
        for kind, key in kinds.MEMBERS.values()
        if "/".join(sent.path) == kinds.BY_NAME[kind].path.strip("/") and isinstance(body.get(key), list)
    }
