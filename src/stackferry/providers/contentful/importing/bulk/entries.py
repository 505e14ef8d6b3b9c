"""Entries in bulk operations: a JSON file of up to 10,000 is uploaded, and created or updated in one go. Pure.

Whether a space offers that only an attempt tells, so it is made once, with the first entries of an import that has many
of them; where it is refused, nobody asks again. A space runs one operation at a time. The outcome is told entry by
entry; of those that it does not tell, or refuses, a look shows whether they are there as they were sent: an operation
may be sent twice, for ids are kept and an update names its version. What is left is written one by one, and refused
with the service's own words.
API page: "Bulk Entry Content Operations".
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.errors import BadAnswer
from stackferry.json_values import as_object, integer, nested, objects, text
from stackferry.model import Gap
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.batches import by_length
from stackferry.providers.contentful.importing.document_writes import WRITTEN
from stackferry.providers.contentful.importing.stored import holds
from stackferry.providers.contentful.importing.versions import pair
from stackferry.providers.contentful.importing.work import Work
from stackferry.providers.contentful.kinds import ENTRIES, link_id, sys_id
from stackferry.providers.contentful.refusals import CONFLICT
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.contentful.requests.build import upload
from stackferry.providers.contentful.requests.bulk import begin_operation, get_operation
from stackferry.providers.target import Await, Observation, PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.importing.document_writes import DocumentWrites
    from stackferry.providers.contentful.importing.documents import Document
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

IN_BULK: Final = "entries_in_bulk"  # identities: "entries/ID", place of the body → "yes"
_KIND: Final = "bulk_operations"
_OFFERED: Final = "bulk_operations_offered"  # identity: "" → "yes", once one was begun
_UPLOADS: Final = "bulk_operation_uploads"  # identities: the batch → its upload
_OPERATIONS: Final = "bulk_operations"  # identities: the batch → its operation
_LEAST: Final = 250  # entries: an attempt that is refused costs two requests
_MOST: Final = 10_000  # "currently 10,000 entries per bulk content operation"
_BYTES: Final = 8_000_000  # of a file: it is made in memory
_LOOKED_AT: Final = 100  # entries in one look
_OVER: Final = ("completed", "succeeded", "failed", "canceled")
_CREATE, _UPDATE = "create", "update"


class _Batch(NamedTuple):
    """What one operation writes: the body at a place of each document."""

    name: str
    action: str
    at: int
    documents: tuple[Document, ...]


class BulkEntries:
    """The bulk operations of one import."""

    def __init__(self, context: ImportContext, writes: DocumentWrites, root: Root) -> None:
        self._context, self._writes, self._root = context, writes, root
        self._work = context.once(Work)

    def attempt(self, at: int) -> Steps:
        """The first operation of an import, if it has many entries: it tells whether the space offers them."""
        if at == 0 and not self._is_offered:
            first = next(self._batches(at), None)
            if first is not None:
                yield from self._of(first, "")

    def steps(self, at: int) -> Steps:
        """All of them, one after the other, where the space offers them."""
        before = ""
        for batch in self._batches(at) if self._is_offered else ():
            last = ""
            for step in self._of(batch, before):
                yield step
                last = step.key
            before = last

    @property
    def _is_offered(self) -> bool:
        return self._context.identity.target(_OFFERED, "") is not None

    # --- what is in them ---

    def _batches(self, at: int) -> Iterator[_Batch]:
        """Entries that the target lacks, and entries that it has, each with many others of its sort."""
        piles: dict[str, list[Document]] = {_CREATE: [], _UPDATE: []}
        sizes = dict.fromkeys(piles, 0)
        for planned in self._work.bodies(at, ENTRIES.name):
            document = planned.document
            is_new = at == 0 and self._work.documents.row_held(document) is None
            action = _CREATE if is_new else _UPDATE
            size = len(exact_json.dumps(planned.wanted.bodies[at].content))
            if len(piles[action]) == _MOST or (piles[action] and sizes[action] + size > _BYTES):
                yield from self._batch(action, at, piles[action])
                piles[action], sizes[action] = [], 0
            piles[action].append(document)
            sizes[action] += size
        for action, pile in piles.items():
            yield from self._batch(action, at, pile)

    def _batch(self, action: str, at: int, pile: list[Document]) -> Iterator[_Batch]:
        if len(pile) >= _LEAST:
            names = "\0".join(document.uid for document in pile)
            digest = sha256(names.encode()).hexdigest()[:16]
            yield _Batch(f"{action}/{at}/{len(pile)}/{digest}", action, at, tuple(pile))

    def _content(self, document: Document, at: int) -> JsonObject:
        row = self._context.source.get(document.stream, document.uid) or {}
        return self._work.documents.planned(document, row).wanted.bodies[at].content

    def _file(self, batch: _Batch) -> bytes:
        """The file of an operation, an object for each entry. What is to be updated and is not there is left out."""
        rows: list[bytes] = []
        for document in batch.documents:
            version = self._writes.version(document)
            sys: JsonObject = {"id": document.uid}
            if batch.action == _CREATE:
                link: JsonObject = {"type": "Link", "linkType": "ContentType", "id": document.type}
                sys["contentType"] = {"sys": link}
            elif version is None:
                continue
            else:
                sys["version"] = version
            rows.append(exact_json.dumps({"sys": sys, **self._content(document, batch.at)}))
        return b"[%s]" % b",".join(rows) if rows else b""

    # --- steps ---

    def _of(self, batch: _Batch, before: str) -> Iterator[Write | Await]:
        sent = self._upload(batch, (before,) if before else ())
        operation = self._operation(batch, (sent.key,))
        ended = self._ended(batch, (operation.key,))
        yield sent
        yield operation
        yield ended
        looked = ended.key
        for group in by_length(batch.documents, lambda one: one.uid, _LOOKED_AT):
            look = self._look(batch, group, (looked,))
            yield look
            looked = look.key

    def _upload(self, batch: _Batch, after: tuple[str, ...]) -> Write:
        def build() -> PreparedWrite:
            file = self._file(batch)
            return PreparedWrite(request=upload(self._root, body=file)) if file else PreparedWrite()

        return Write(
            key=f"bulk entries uploaded/{batch.name}",
            kind=_KIND,
            build=build,
            read=partial(_read, _UPLOADS, batch.name),
            failed=_gap(batch),
            after=after,
            optional=True,
            reported_later=True,
        )

    def _operation(self, batch: _Batch, after: tuple[str, ...]) -> Write:
        def build() -> PreparedWrite:
            uploaded = self._context.identity.target(_UPLOADS, batch.name)
            if uploaded is None:
                return PreparedWrite()
            return PreparedWrite(
                request=begin_operation(self._root, batch.action, uploaded),
                identities=[(_OFFERED, "", "yes")],
            )

        return Write(
            key=f"bulk entries/{batch.name}",
            kind=_KIND,
            build=build,
            read=partial(_read, _OPERATIONS, batch.name),
            failed=_gap(batch),
            after=after,
            optional=True,
            reported_later=True,  # what it does not write is written one by one
            passes=lambda refused: refused.status == CONFLICT,  # another one is running
        )

    def _ended(self, batch: _Batch, after: tuple[str, ...]) -> Await:
        def request() -> Request | None:
            operation = self._context.identity.target(_OPERATIONS, batch.name)
            return None if operation is None else get_operation(self._root, operation)

        return Await(
            key=f"bulk entries ended/{batch.name}",
            kind=_KIND,
            request=request,
            observe=partial(self._observe, batch),
            required_key="sys",
            after=after,
        )

    def _observe(self, batch: _Batch, answer: JsonObject) -> Observation:
        is_over = text(nested(answer, "sys", "status")).lower() in _OVER
        if answer and not is_over:
            return Observation(pending=[("bulk_operations_pending", batch.name, "yes")])
        documents = {document.uid: document for document in batch.documents}
        found: list[tuple[str, str, str]] = []
        for item in objects(nested(answer, "result", "items")):
            entity = as_object(item.get("entity"))
            document, version = documents.get(link_id(entity)), integer(nested(entity, "sys", "version"))
            if document is not None and version and item.get("status") == "succeeded":
                found += _written(document, batch.at, version)
        return Observation(found)

    def _look(self, batch: _Batch, group: list[Document], after: tuple[str, ...]) -> Await:
        """Whether those of which nothing is known are there as they were sent."""

        def left() -> list[Document]:
            is_begun = self._context.identity.target(_OPERATIONS, batch.name) is not None
            return [one for one in group if is_begun and not self._writes.is_written(one, batch.at)]

        def request() -> Request | None:
            uids = [one.uid for one in left()]
            return requests.list_by_id(self._root, ENTRIES.name, uids) if uids else None

        def observe(answer: JsonObject) -> Observation:
            rows = {sys_id(row): row for row in objects(answer.get("items"))}
            found: list[tuple[str, str, str]] = []
            for one in left():
                row, before = rows.get(one.uid, {}), self._writes.version(one) or 0
                if version_of(row) > before and holds(row, self._content(one, batch.at)):
                    found += _written(one, batch.at, version_of(row))
            return Observation(found)

        return Await(
            key=f"bulk entries looked at/{batch.name}/{group[0].uid}",
            kind=_KIND,
            request=request,
            observe=observe,
            required_key="items",
            after=after,
            only_if_refused=True,
        )


def _written(document: Document, at: int, version: int) -> list[tuple[str, str, str]]:
    return [
        (document.kind, document.uid, document.uid),
        (WRITTEN, document.key, str(at)),
        (IN_BULK, f"{document.key}\0{at}", "yes"),
        pair(document.key, version),
    ]


def _read(kind: str, name: str, answer: JsonObject) -> WriteResult:
    if not sys_id(answer):
        raise BadAnswer("the answer does not name what was made")
    return WriteResult(identities=[(kind, name, sys_id(answer))])


def _gap(batch: _Batch) -> Gap:
    return Gap(kind=_KIND, uid=batch.name, reason="the target refused it")
