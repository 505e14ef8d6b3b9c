"""Entries in bulk operations: a JSON file of up to 10,000 is uploaded, and created or updated in one go. Pure.

Whether a space offers that only an attempt tells, so it is made once, with the first entries of an import that has many
of them; where it is refused, nobody asks again. A space runs one operation at a time. The outcome is told entry by
entry, without the body: so every entry is read back, many in one look. What was not stored as it was sent is a gap. Of
those whose outcome is not told, or a refusal, the look shows whether they are there: an operation may be sent twice,
for ids are kept and an update names its version. What is left is written one by one, and refused with the service's own
words.

A dry run cannot know whether operations are offered, unless an earlier import has found that out: it counts single
writes beside the attempt, or operations.
API page: "Bulk Entry Content Operations".
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.errors import BadAnswer
from stackferry.json_values import as_list, as_object, integer, nested, objects, text
from stackferry.model import Gap
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.document_writes import WRITTEN
from stackferry.providers.contentful.importing.stored import unequal
from stackferry.providers.contentful.importing.types.default_values import FILLED, filled
from stackferry.providers.contentful.importing.versions import pair
from stackferry.providers.contentful.importing.work import Work
from stackferry.providers.contentful.kinds import ENTRIES, link_id, sys_id
from stackferry.providers.contentful.refusals import CONFLICT
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.contentful.requests.build import upload
from stackferry.providers.contentful.requests.bulk import begin_operation, get_operation
from stackferry.providers.stored import unstored
from stackferry.providers.target import Await, Observation, PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.contentful.importing.document_writes import DocumentWrites
    from stackferry.providers.contentful.importing.documents import Document
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

IN_BULK: Final = "entries_in_bulk"  # identities: "entries/ID", place of the body → "yes"
_KIND: Final = "bulk_operations"
OFFERED: Final = "bulk_operations_offered"  # identity: "" → "yes", once one was carried out; lasting
FORESEEN: Final = "foreseen"  # the status of an operation in a dry run that knows that it will be carried out
_UNSTORED: Final = "bulk_operations_unstored"  # identities: "entries/ID", place → paths with reasons, as JSON
_UPLOADS: Final = "bulk_operation_uploads"  # identities: the batch → its upload
_OPERATIONS: Final = "bulk_operations"  # identities: the batch → its operation
_LEAST: Final = 250  # entries: an attempt that is refused costs two requests
_MOST: Final = 10_000  # "currently 10,000 entries per bulk content operation"
_BYTES: Final = 2_000_000  # of a file: several copies of it are in memory while it is sent
_LOOKED_AT: Final = 1_000  # entries in one look, as far as their ids fit into an address,
_READ: Final = 2_000_000  # and bytes of what was sent
_NOT_READ: Final = "it was written in a bulk operation and could not be read back: compare it with verify"
_OVER: Final = ("completed", "succeeded", "failed", "canceled")
_CREATE, _UPDATE = "create", "update"


class _Batch(NamedTuple):
    """What one operation writes: the body at a place of each document."""

    name: str
    action: str
    at: int
    documents: tuple[Document, ...]
    size: int  # bytes of their bodies

    @property
    def of_a_look(self) -> int:
        """How many entries one look may name: the service's answers have a limit."""
        return max(1, min(_LOOKED_AT, len(self.documents) * _READ // max(1, self.size)))


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
        return self._is_known or self._context.identity.target(OFFERED, "") is not None

    @property
    def _is_known(self) -> bool:
        """Whether an earlier import has found out that they are offered."""
        return self._context.earlier.target(OFFERED, "") is not None

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
                yield from self._batch(action, at, piles[action], sizes[action])
                piles[action], sizes[action] = [], 0
            piles[action].append(document)
            sizes[action] += size
        for action, pile in piles.items():
            yield from self._batch(action, at, pile, sizes[action])

    def _batch(self, action: str, at: int, pile: list[Document], size: int) -> Iterator[_Batch]:
        if len(pile) >= _LEAST:
            names = "\0".join(document.uid for document in pile)
            digest = sha256(names.encode()).hexdigest()[:16]
            yield _Batch(f"{action}/{at}/{len(pile)}/{digest}", action, at, tuple(pile), size)

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
        for group in requests.by_length(batch.documents, lambda one: one.uid, batch.of_a_look):
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
            return PreparedWrite(request=begin_operation(self._root, batch.action, uploaded))

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
            is_foreseen=self._is_known,
            only_if_refused=not self._is_known,
            after=after,
        )

    def _observe(self, batch: _Batch, answer: JsonObject) -> Observation:
        status = text(nested(answer, "sys", "status")).lower()
        if status == FORESEEN:
            versions = ((one, self._writes.version(one) or 0) for one in batch.documents)
            return Observation([row for one, now in versions for row in _written(one, batch.at, now + 1)])
        if answer and status not in _OVER:
            return Observation(pending=[("bulk_operations_pending", batch.name, "yes")])
        documents = {document.uid: document for document in batch.documents}
        found: list[tuple[str, str, str]] = [(OFFERED, "", "yes")] if answer else []
        for item in objects(nested(answer, "result", "items")):
            entity = as_object(item.get("entity"))
            document, version = documents.get(link_id(entity)), integer(nested(entity, "sys", "version"))
            if document is not None and version and item.get("status") == "succeeded":
                found += _written(document, batch.at, version)
        return Observation(found)

    def _look(self, batch: _Batch, group: list[Document], after: tuple[str, ...]) -> Await:
        """Whether they are there as they were sent."""

        def request() -> Request | None:
            is_begun = self._context.identity.target(_OPERATIONS, batch.name) is not None
            return (
                requests.list_by_id(self._root, ENTRIES.name, [one.uid for one in group])
                if is_begun
                else None
            )

        def observe(answer: JsonObject) -> Observation:
            rows = {sys_id(row): row for row in objects(answer.get("items"))}
            return Observation([one for document in group for one in self._seen(batch, document, rows)])

        return Await(
            key=f"bulk entries looked at/{batch.name}/{group[0].uid}",
            kind=_KIND,
            request=request,
            observe=observe,
            required_key="items",
            after=after,
            only_if_refused=not self._is_known,
        )

    def _seen(
        self, batch: _Batch, document: Document, rows: Mapping[str, JsonObject]
    ) -> list[tuple[str, str, str]]:
        """What a look shows of an entry: that it was written after all, or what of it was not stored."""
        at, row = batch.at, rows.get(document.uid, {})
        version = self._writes.version(document) or 0
        differs = [*unequal(self._content(document, at), row)]
        is_new = batch.action == _CREATE and filled(row, self._content(document, at))
        added = [(FILLED, document.key, "yes")] if is_new else []
        if not self._writes.is_written(document, at):
            is_done = version_of(row) > version and not differs
            return [*_written(document, at, version_of(row)), *added] if is_done else []
        if version_of(row) > version:  # somebody has edited it since
            return []
        reasons: list[Json] = [[path, unstored(sent, stored)] for path, sent, stored in differs]
        told: list[Json] = reasons if row else [["", _NOT_READ]]
        if not told:
            return added
        return [*added, (_UNSTORED, f"{document.key}\0{at}", exact_json.dumps(told).decode())]

    def unstored(self, document: Document, at: int) -> Iterator[Gap]:
        """The gaps of what an operation did not store as it was sent."""
        kept = self._context.identity.target(_UNSTORED, f"{document.key}\0{at}")
        for one in as_list(exact_json.loads(kept.encode())) if kept else ():
            path, reason = map(text, as_list(one))
            yield document.gap(reason, path)


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
