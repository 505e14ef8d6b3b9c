"""Documents that the target refused to publish for good: a later import does not try again, and tells the gap. Pure.

Whether a document can be published depends on more than its body: on the rules of its type, and on what it links to.
It is tried again where any of these has changed since, in the snapshot or in the target, or is changed by this import.
That something it links to is live now counts once all of it is: else the rest would be refused. Which entry already has
a value that must be unique the service does not say, and an open task may be closed: so a refusal for any other reason
is not remembered.
API pages: "Publishing an entry", "Validations".
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import Refused
from stackferry.json_values import nested
from stackferry.model import Stream
from stackferry.providers.contentful.content.links import ASSET, ENTRY, links_of
from stackferry.providers.contentful.content.states import published_version, version_of
from stackferry.providers.contentful.importing.documents import WHOLE, Document, Documents
from stackferry.providers.contentful.importing.moves import in_locales
from stackferry.providers.contentful.importing.publishing.batches import BROKEN_RULES, LIVE, UNRESOLVED
from stackferry.providers.contentful.importing.publishing.stuck import StuckDocuments
from stackferry.providers.contentful.importing.refused_before import (
    asked_before,
    digest_of_value,
    known_before,
    remembered,
    taken,
)
from stackferry.providers.contentful.importing.unknown_parts import TYPES_LIVE, TYPES_WRITTEN
from stackferry.providers.contentful.importing.versions import version_now
from stackferry.providers.contentful.kinds import ASSETS, CONTENT_TYPES, ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.importing.documents import Planned
    from stackferry.providers.contentful.importing.moves import Body, Held
    from stackferry.providers.contentful.importing.versions import Pairs
    from stackferry.providers.contentful.importing.work import Work
    from stackferry.providers.target import ImportContext

_UNIQUE: Final = "unique"  # the name of the problem
_KINDS: Final = {ENTRY: ENTRIES.name, ASSET: ASSETS.name}


class _Linked(NamedTuple):
    """What counts of a document that another one links to. `version` is an asset's: rules may be about its files."""

    is_live: bool
    type: str
    version: int


class RefusedPublishes:
    """What of one import's documents earlier imports could not publish."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._documents = context, context.once(Documents)

    def reason(self, planned: Planned, held: Held) -> str:
        """Why an earlier import could not publish a document; empty where it is to be tried."""
        if not self._is_as_left(planned, held):
            return ""
        if reason := self._body_reason(planned):
            return reason
        document, is_stuck = planned.document, self._stuck.holds(planned.document)
        return known_before(self._context, document.kind, _key(document))[1] if is_stuck else ""

    def _body_reason(self, planned: Planned) -> str:
        """Why an earlier import could not write what is live, where an edit is above it."""
        document, wanted = planned.document, planned.wanted
        if wanted.live_at in (None, wanted.last):
            return ""
        at = wanted.live_at or 0
        return asked_before(
            self._context,
            document.kind,
            body_key(document, at),
            lambda: self.body_digest(document, wanted.bodies[at].content, None),
        )

    def _is_as_left(self, planned: Planned, held: Held) -> bool:
        """Whether the target's document is one of the bodies that it is to have, and nobody has published it."""
        wanted, same = planned.wanted, self._documents.same(planned.document)
        bodies = () if wanted.live_at is None else (wanted.bodies[wanted.last], wanted.bodies[wanted.live_at])
        is_ours = any(same(body.content, held.content) for body in bodies)
        return is_ours and not held.is_archived and held.live_locales <= wanted.live

    def remembers(self, document: Document, at: int) -> Callable[[Exception, str], Pairs]:
        """What the refusal of publishing the body at a place leaves for later imports."""

        def found(refused: Exception, reason: str) -> Pairs:
            row = self._context.source.get(document.stream, document.uid) or {}
            planned = self._documents.planned(document, row)
            if planned.wanted.live_at != at or not _is_for_what_it_is(refused):
                return []
            digest = partial(self._digest, planned, self._linked_later)
            return remembered(_key(document), digest)(refused, reason)

        return found

    def taken(self, document: Document) -> Pairs:
        """What a publish leaves that was carried out."""
        return taken(self._context, _key(document))

    # --- what would be refused again ---

    @cached_property
    def _stuck(self) -> StuckDocuments:
        return StuckDocuments(self._is_known, self._links_to, self._is_as_before)

    def _is_known(self, document: Document) -> bool:
        return bool(self._known_digest(document))

    def _known_digest(self, document: Document) -> str:
        return known_before(self._context, document.kind, _key(document))[0]

    def _links_to(self, document: Document) -> Iterator[Document]:
        """The documents of the snapshot that what is to be live of one links to."""
        planned = self._planned(document)
        for kind, uid in self._links(planned) if planned else ():
            yield self._of_source(kind, uid)

    def _is_as_before(self, document: Document, stuck: Collection[str]) -> bool:
        """Whether the outcome depends on just what it did when it was refused, where these are refused again."""
        planned, known = self._planned(document), self._known_digest(document)
        return planned is not None and known == self._digest(planned, partial(self._linked_then, stuck))

    def _planned(self, document: Document) -> Planned | None:
        row = self._context.source.get(document.stream, document.uid)
        return None if row is None else self._documents.planned(document, row)

    def _digest(self, planned: Planned, of_linked: Callable[[str, str], _Linked | None]) -> str:
        """What the outcome depends on. `of_linked` gives what counts of a document that it links to."""
        content = self._content(planned)
        linked = [of_linked(kind, uid) for kind, uid in self._links(planned)]
        facts: JsonObject = {
            "content": content,
            "locales": [*sorted(_to_be_live(planned).live)],
            "rules": self._rules(planned.document.type),
            "linked": [None if one is None else [one.type, one.version] for one in linked],
            "are_live": all(one is None or one.is_live for one in linked),
            "mirror": self._context.options.mirror,  # it deletes what may be in the way
        }
        return digest_of_value(facts)

    def _content(self, planned: Planned) -> JsonObject:
        body = _to_be_live(planned)
        return body.content if self._documents.mode == WHOLE else in_locales(body.content, body.live)

    def _links(self, planned: Planned) -> list[tuple[str, str]]:
        return sorted({(_KINDS[one.kind], one.uid) for one in links_of(self._content(planned))})

    def body_digest(self, document: Document, content: JsonObject, version: int | None) -> str:
        """What tells the write of a body from any other. `version` is the one that the target has."""
        fields = self._documents.terms.fields_of(document.type) if self._is_type_there(document.type) else {}
        types: JsonObject = {
            name: [field.get("type"), field.get("linkType"), field.get("items")]
            for name, field in fields.items()
        }
        return digest_of_value([content, version, types, self._is_type_live(document.type)])

    def _is_type_there(self, content_type: str) -> bool:
        """Whether the target has a type by now: it may have been refused for want of room, and be taken later."""
        held = self._context.target.get(Stream(CONTENT_TYPES.name), content_type) if content_type else None
        return held is not None or self._context.identity.target(TYPES_WRITTEN, content_type) is not None

    def _is_type_live(self, content_type: str) -> bool:
        """Whether a type is published by now: an entry cannot be of any other."""
        held = self._context.target.get(Stream(CONTENT_TYPES.name), content_type) if content_type else None
        was_live = held is not None and bool(published_version(held))
        return was_live or self._context.identity.target(TYPES_LIVE, content_type) is not None

    def _rules(self, content_type: str) -> list[Json]:
        """What the target's type asks of the values of its fields after the import."""
        fields = self._documents.terms.fields_of(content_type) if content_type else {}
        return [
            [
                name,
                *(field.get(fact) is True for fact in ("required", "localized", "omitted")),
                field.get("validations") or [],
                nested(field, "items", "validations") or [],
            ]
            for name, field in sorted(fields.items())
        ]

    # --- what counts of a document that another one links to ---

    def _linked(self, kind: str, uid: str) -> _Linked | None:
        """As it was in the target before the import; None where it was not there."""
        stream, row = self._row(kind, uid)
        if row is None:
            return None
        version = version_of(row) if kind == ASSETS.name else 0
        return _Linked(bool(published_version(row)), stream.type, version)

    def _linked_then(self, stuck: Collection[str], kind: str, uid: str) -> _Linked | None:
        """As it is when this import publishes what links to it, where those that are stuck are refused again."""
        before, planned = self._linked(kind, uid), self._planned(self._of_source(kind, uid))
        if (
            planned is None
            or (before is not None and before.is_live)
            or not self._is_written(planned, before)
        ):
            return before
        is_stuck = planned.document.key in stuck or self._body_reason(planned)
        is_live = planned.wanted.live_at is not None and not is_stuck
        return before._replace(is_live=is_live) if before else _Linked(is_live, planned.document.type, 0)

    def _is_written(self, planned: Planned, before: _Linked | None) -> bool:
        """Whether this import makes a document, or writes over the one that is there."""
        options, document = self._context.options, planned.document
        if before is not None or not options.includes(document.kind):
            return options.includes(document.kind) and options.on_conflict == "update"
        keys = (body_key(document, at) for at in range(len(planned.wanted.bodies)))
        return not any(known_before(self._context, document.kind, key)[0] for key in keys)

    def _linked_later(self, kind: str, uid: str) -> _Linked | None:
        """As the import leaves it, unless it is published until then: then a later one tries again."""
        document, row = self._of_source(kind, uid), self._row(kind, uid)[1]
        version = version_now(self._context.identity, document.key, row)
        if version is None:
            return None
        was_live = self._context.identity.target(LIVE, document.key) or published_version(row or {})
        to_come = self._work.to_come(document)
        is_live = bool(was_live) and not to_come.takes_down
        return _Linked(is_live, document.type, version + to_come.writes if kind == ASSETS.name else 0)

    def _row(self, kind: str, uid: str) -> tuple[Stream, JsonObject | None]:
        """What the target held of it, with its stream."""
        streams = (stream for stream in self._streams if stream.kind == kind)
        found = ((stream, self._context.target.get(stream, uid)) for stream in streams)
        return next((one for one in found if one[1] is not None), (Stream(kind), None))

    def _of_source(self, kind: str, uid: str) -> Document:
        streams = (stream for stream in self._context.source.streams() if stream.kind == kind)
        of_types = (stream.type for stream in streams if self._context.source.get(stream, uid))
        return Document(kind, uid, self._row(kind, uid)[0].type or next(of_types, ""))

    @property
    def _work(self) -> Work:
        from stackferry.providers.contentful.importing.work import (
            Work,  # it asks this module what to leave alone
        )

        return self._context.once(Work)

    @cached_property
    def _streams(self) -> list[Stream]:
        return [*self._context.target.streams()]


def body_key(document: Document, at: int) -> str:
    """What the write of the body at a place is called."""
    return f"{document.key}/{at}"


def _to_be_live(planned: Planned) -> Body:
    return planned.wanted.bodies[planned.wanted.live_at or 0]


def down_key(document: Document) -> str:
    """What it is called that single locales of a document are taken down."""
    return f"{document.key}/unpublished"


def down_digest(locales: Collection[str]) -> str:
    """What tells one such request from any other."""
    return digest_of_value([*sorted(locales)])


def _key(document: Document) -> str:
    return f"{document.key}/published"


def _is_for_what_it_is(refused: Exception) -> bool:
    """Whether a document was refused for its values and links alone, not for a task that is open, for example."""
    if not isinstance(refused, Refused) or refused.errors.get("id") not in (UNRESOLVED, *BROKEN_RULES):
        return False
    problems = refused.errors.get("errors")
    names = (
        [row.get("name") for row in problems if isinstance(row, dict)] if isinstance(problems, list) else []
    )
    return bool(names) and _UNIQUE not in names
