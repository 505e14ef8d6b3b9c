"""Documents of the target that hold a uid which is gone there: written with the uid that took its place.

That is any entry, whether it is imported or not. Where an older version is live that holds such a uid, its content is
written once more with the new one and published in its stead; then the draft is written again. Everything is read
first, when all else is written and published. Pure.
What a field holds is not told of a deleted asset; where the snapshot has the very version, that tells it.
API pages: "Get a single entry", "Update an entry", "Publish an entry".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from stackferry import exact_json
from stackferry.json_values import as_object, integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.comparable import strip_for_write
from stackferry.providers.contentstack.content.entries import EntryVersion, read_schemas
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.publications import (
    EntryPublications,
    Publication,
    publish_details,
)
from stackferry.providers.contentstack.importing.answers import Noticed, object_in, report_gaps
from stackferry.providers.contentstack.importing.deletions.moved import IF_NOT_RESTORED, MovedUids
from stackferry.providers.contentstack.importing.deletions.read_last import NOW, Document, ReadLast
from stackferry.providers.contentstack.importing.entries.stage_locks import lock_of
from stackferry.providers.contentstack.importing.entries.withheld import why_not_made
from stackferry.providers.contentstack.importing.entries.write_body import localized_write
from stackferry.providers.contentstack.importing.mirror.surplus import document_goes
from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication, single_request
from stackferry.providers.contentstack.importing.publishing.read_back import read_back
from stackferry.providers.contentstack.importing.publishing.singly import alone_there
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.model import KEEP
from stackferry.providers.contentstack.references.rewrite import find_references, rewrite_references
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.entries import read_entry, update_entry
from stackferry.providers.contentstack.target_names import is_same_stack, version_key
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.references.model import Resolve
    from stackferry.providers.target import ImportContext, Step

# Identities, by a document's key: what its live version holds; the version that was written.
_LIVE: Final = "held_live"
_WRITTEN: Final = "repointed"
REFUSED: Final = (
    "it refers to what was deleted and made anew under another uid, and the target refused to change that"
)
_DRAFT_REFUSED: Final = (
    "an older version that is live was written once more, and the target refused to write the draft again: version {} "
    "in its history is that draft"
)
_BOTH_REFUSED: Final = (
    f"{REFUSED}; where it shows an older version now, version {{}} in its history is its draft"
)
STAYS: Final = (
    "what is live refers to what was deleted and made anew under another uid, and the target refused to publish it "
    "with the new one"
)
NOT_PUBLISHED: Final = (
    "what is live refers to what was deleted and made anew under another uid, and nothing is published with --publish "
    "none: import again with --publish same"
)
_DETAILS = (("include_publish_details", "true"), ("include_workflow", "true"))


class _Version(NamedTuple):
    """A version of a document, what it holds, where it is live, and whether it holds a uid that is gone."""

    number: int
    content: JsonObject
    live: Sequence[Publication]
    is_affected: bool


class _Rewrite(NamedTuple):
    """A version's content, written once more over that of another one. `made`: the number that it gets."""

    document: Document
    version: _Version
    over: _Version
    made: int
    is_draft: bool

    @property
    def key(self) -> str:
        return f"repoint/{self.document.key}/{'draft' if self.is_draft else self.version.number}"

    @property
    def published(self) -> Sequence[Publication]:
        return self.version.live if self.version.is_affected else ()


def _as(one: Document, kind: str) -> Any:
    """How a write about a document counts."""
    return {"kind": IF_NOT_RESTORED if one.is_uncertain else kind, "only_if_refused": one.is_uncertain}


class Repointing:
    """What one import does about uids that are gone; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._moved = context.once(MovedUids)
        self._target = ReadLast(context)
        self._schemas = read_schemas(context.target)
        self._master = master_locale(context.target)
        rows = context.target.objects(Stream("environments"))
        self._environments = {text(row.get("uid")): text(row.get("name")) for row in rows}
        # Content type, uid, whether it surely is concerned.
        self._concerned = context.scratch.table(3, self._find() if self._moved.are_any else ())

    def read(self) -> Iterator[Step]:
        """What the entries hold now that held such a uid, or may show one in an older version."""
        for one in self._documents():
            yield Await(
                key=f"repoint/now/{one.key}",
                kind="entries",
                request=read_entry(one.stream.type, one.uid, ("locale", one.stream.locale), *_DETAILS),
                observe=partial(_observe, NOW, one.key, one.stream.locale),
                is_foreseen=True,
                only_if_refused=one.is_uncertain,
            )

    def read_live(self) -> Iterator[Step]:
        """Their older versions that are live."""
        for one in self._documents():
            for number in sorted({each.version for each in self._live(one)} - {self._latest(one)}):
                place = (("locale", one.stream.locale), ("version", str(number)))
                yield Await(
                    key=f"repoint/live/{one.key}/{number}",
                    kind="entries",
                    request=read_entry(one.stream.type, one.uid, *place),
                    observe=partial(_observe, _LIVE, f"{one.key}/{number}", one.stream.locale),
                    reads_initial_state=True,
                    only_if_refused=one.is_uncertain,
                )

    def write(self) -> Iterator[Step]:
        """The old contents that are live, each published, and then the draft."""
        for one in self._documents():
            versions = self._versions(one)
            is_left = any(version.live and version.is_affected for version in versions)
            if self._is_unpublished and is_left and not one.is_uncertain:
                gap = one.gap(NOT_PUBLISHED, "publications")
                yield report_gaps(f"repoint/not-published/{one.key}", "publications", [gap])
            after: list[str] = []
            earlier: list[_Rewrite] = []
            for rewrite in self._rewrites(one, versions) if not self._is_told(one) else ():
                yield self._write(rewrite, [*earlier], after)
                after = [rewrite.key]
                for step in self._publish(rewrite):
                    yield step
                    after = [*after, step.key]
                earlier.append(rewrite)

    def confirm(self) -> Iterator[Step]:
        """Whether what was sent is live."""
        for name, is_uncertain in (("repointed", False), ("repointed, if not restored", True)):
            documents = (one for one in self._documents() if one.is_uncertain is is_uncertain)
            rewrites = (each for one in documents for each in self._rewrites(one, self._versions(one)))
            found = (self._published(each, place) for each in rewrites for place in each.published)
            sent = () if self._is_unpublished else (one for one in found if one is not None)
            for step in read_back(name, sent, self._listed_in, final=True):
                yield replace(step, only_if_refused=is_uncertain)

    @property
    def _is_unpublished(self) -> bool:
        return self._context.options.publish == "none"

    # --- which documents ---

    def _documents(self) -> Iterator[Document]:
        """All documents of the entries of which one may hold such a uid: the master one tells what is live."""
        streams = [one for one in self._target.streams() if one.kind == "entries"]
        for content_type, uid, is_sure in self._concerned:
            if not is_sure and self._concerned.of(content_type, uid, 1):
                continue
            for stream in (one for one in streams if one.type == content_type):
                is_there = self._context.target.get(stream, text(uid)) is not None
                if is_there and document_goes(self._context, stream, text(uid)):
                    continue
                if is_there or self._is_made(stream, text(uid)):
                    yield Document(stream, text(uid), not is_sure)

    def _is_made(self, stream: Stream, uid: str) -> bool:
        """Whether this import has made an entry's document in a language: what is live of it is its own, then."""
        own = self._own(stream, uid)
        if own is None:
            return False
        there, row = own
        name = version_key(there.type, text(row.get("uid")), there.locale, integer(row.get("_version")) or 1)
        return self._context.identity.target("versions", name) is not None

    def _own(self, stream: Stream, uid: str) -> tuple[Stream, JsonObject] | None:
        """What the snapshot has of a document of the target, and where."""
        codes = {theirs: ours for ours, theirs in self._context.options.locales.items()}
        source = self._context.once(matches).of("entries").source(uid)
        own = stream._replace(locale=codes.get(stream.locale, stream.locale))
        row = self._context.source.get(own, source) if source is not None else None
        return None if row is None else (own, row)

    def _is_told(self, one: Document) -> bool:
        """Whether the import's own write of a document was refused because a stage locks it: that is a gap already."""
        own = self._own(one.stream, one.uid)
        if own is None or not lock_of(self._context, self._target.get(one.stream, one.uid)):
            return False
        stream, row = own
        version = integer(row.get("_version")) or 1
        latest = EntryVersion(stream.type, text(row.get("uid")), stream.locale, 0, version)
        return bool(why_not_made(self._context, latest))

    def _find(self) -> Iterator[tuple[str, str, int]]:
        for stream in self._context.target.streams():
            schema = self._schemas.get(stream.type) if stream.kind == "entries" else None
            for row in self._context.target.objects(stream) if schema else ():
                is_older_live, named = _has_older_live(row), self._named(stream, row)
                if named or (self._moved.are_new and is_older_live):
                    is_sure = not all(named) if named else False
                    is_sure |= is_older_live and self._moved.are_surely_new
                    yield stream.type, text(row.get("uid")), int(is_sure)

    def is_affected(self, stream: Stream, row: JsonObject) -> bool:
        """Whether a version of a document of the target holds a uid that is surely gone."""
        return stream.type in self._schemas and not all(self._named(stream, row))

    def _named(self, stream: Stream, row: JsonObject) -> list[bool]:
        """Of each uid that a version holds and that is gone, whether that is uncertain."""
        return self._moved.uncertain(find_references(self._schemas[stream.type], self._content(stream, row)))

    def _content(self, stream: Stream, row: JsonObject) -> JsonObject:
        """What a version holds. Of one that the snapshot has, too, that tells more: see the top of this file."""
        uid, number = text(row.get("uid")), integer(row.get("_version")) or 0
        everything, older = self._context.everything, stream._replace(kind="versions")
        known = (everything.get(stream, uid), everything.get(older, uid, number))
        for ours in known if is_same_stack(self._context) else ():
            same = ("_version", "updated_at")
            if ours is not None and all(ours.get(name) == row.get(name) for name in same):
                return {**row, **strip_for_write(ours, self._schemas[stream.type])}
        return row

    # --- what they hold ---

    def _latest(self, one: Document) -> int:
        return integer((self._target.get(one.stream, one.uid) or {}).get("_version")) or 1

    def _live(self, one: Document) -> list[Publication]:
        found = EntryPublications(self._target).of(one.stream.type, one.uid)
        return [live for live in found if live.document_locale == one.stream.locale]

    def _versions(self, one: Document) -> list[_Version]:
        """The older versions that are live, and the latest one, which comes last."""
        live, latest = self._live(one), self._latest(one)
        found: list[_Version] = []
        for number in sorted({each.version for each in live} - {latest}):
            known = self._context.identity.target(_LIVE, f"{one.key}/{number}")
            if known:
                row = as_object(exact_json.loads(known.encode()))
                found.append(self._version(one, row, number, live))
        return [*found, self._version(one, self._target.get(one.stream, one.uid) or {}, latest, live)]

    def _version(self, one: Document, row: JsonObject, number: int, live: Sequence[Publication]) -> _Version:
        places = [place for place in live if place.version == number]
        return _Version(number, self._content(one.stream, row), places, bool(self._named(one.stream, row)))

    def _rewrites(self, one: Document, versions: Sequence[_Version]) -> Iterator[_Rewrite]:
        *older, latest = versions
        affected = [] if self._is_unpublished else [each for each in older if each.is_affected]
        over, made = latest, latest.number
        for version in affected:
            made += 1
            yield _Rewrite(one, version, over, made, is_draft=False)
            over = version
        if affected or latest.is_affected:
            yield _Rewrite(one, latest, over, made + 1, is_draft=True)

    # --- what is written ---

    def _write(self, one: _Rewrite, earlier: Sequence[_Rewrite], after: Sequence[str]) -> Write:
        stream, uid = one.document.stream, one.document.uid
        lock = lock_of(self._context, self._target.get(stream, uid))

        def build() -> PreparedWrite:
            is_over = any(self._context.identity.target(_WRITTEN, each.key) for each in earlier)
            # Nothing was written over this draft; or a stage locks it, which is one gap.
            if earlier and not is_over and (lock or not one.version.is_affected):
                return PreparedWrite()
            request = update_entry(stream.type, uid, self._body(one), params(locale=stream.locale))
            number = one.made if is_over or not earlier else one.version.number + 1
            note: JsonObject = {"version": number, "title": one.version.content.get("title")}
            return PreparedWrite(request=request, note=note, version=number)

        def read(answer: JsonObject) -> WriteResult:
            made = object_in(answer, "entry", "uid", "_version")
            return WriteResult(identities=[(_WRITTEN, one.key, str(integer(made["_version"])))])

        reason = REFUSED
        if one.is_draft and earlier:
            reason = (_BOTH_REFUSED if one.version.is_affected else _DRAFT_REFUSED).format(one.version.number)
        return Write(
            key=one.key,
            **_as(one.document, "entries"),
            build=build,
            read=read,
            failed=one.document.gap(reason + lock),
            after=after,
            probe=partial(_probe, one.document),
        )

    def _body(self, one: _Rewrite) -> JsonObject:
        """What is sent: over the same content only what differs."""
        fields = self._fields(one.document, one.version.content, self._moved.replaced)
        held = self._fields(one.document, one.over.content, lambda _: KEEP)
        if one.version is one.over:
            return {name: value for name, value in fields.items() if value != held.get(name)}
        return {**{name: None for name in held if name not in fields}, **fields}

    def _fields(self, one: Document, content: JsonObject, resolve: Resolve) -> JsonObject:
        schema = self._schemas[one.stream.type]
        plain = strip_for_write(content, schema)
        if one.stream.locale != self._master:
            master = self._target.get(one.stream._replace(locale=self._master), one.uid)
            plain = localized_write(schema, master, plain, master, is_first=False)
        return as_object(rewrite_references(schema, plain, resolve, for_write=True))

    # --- what is published ---

    def _publish(self, one: _Rewrite) -> Iterator[Write]:
        """Where the version was live: a call for each language."""
        for locale in sorted({place.locale for place in one.published} if not self._is_unpublished else ()):
            places = [place for place in one.published if place.locale == locale]
            yield Write(
                key=f"{one.key}/publish/{locale}",
                **_as(one.document, "publications"),
                build=partial(self._publication, one, places),
                read=Noticed() if one.document.is_uncertain else Noticed(alone_there(one.document.uid)),
                failed=replace(one.document.gap(STAYS, "publications"), locale=locale),
                after=[one.key],
                optional=True,
            )

    def _publication(self, one: _Rewrite, places: Sequence[Publication]) -> PreparedWrite:
        found = [self._published(one, place) for place in places]
        sent = [target for target in found if target is not None]
        if not sent:
            return PreparedWrite()  # it could not be written
        return PreparedWrite(request=single_request(sent[0], [target.environment for target in sent]))

    def _published(self, one: _Rewrite, place: Publication) -> TargetPublication | None:
        made = self._context.identity.target(_WRITTEN, one.key)
        if made is None:
            return None
        name, owner = self._environments.get(place.environment, ""), place.document_locale
        return TargetPublication(place, place.locale, place.uid, owner, int(made), name, place.environment)

    def _listed_in(self, one: TargetPublication) -> str:
        master = Stream("entries", one.content_type, self._master)
        return one.owner if self._context.target.get(master, one.uid) is None else self._master


def _has_older_live(row: JsonObject) -> bool:
    return any(version != row.get("_version") for _, _, version in publish_details(row))


def _observe(kind: str, key: str, locale: str, answer: JsonObject) -> Observation:
    row = as_object(answer.get("entry"))
    return Observation([(kind, key, exact_json.dumps(row).decode() if row.get("locale") == locale else "")])


def _probe(one: Document, note: JsonObject) -> Probe:
    """Whether the entry has the version that the write was to make, with its title."""

    def found(answer: JsonObject) -> list[JsonObject]:
        row, asked = (
            as_object(answer.get("entry")),
            (one.stream.locale, note.get("version"), note.get("title")),
        )
        return [answer] if (row.get("locale"), row.get("_version"), row.get("title")) == asked else []

    request = read_entry(one.stream.type, one.uid, ("locale", one.stream.locale))
    return Probe(request=request, found=found, required_key="entry")
