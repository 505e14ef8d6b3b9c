"""Assets: one upload for each distinct file, the bodies, and the processing of files, awaited many at a time.

Processing raises the version of an asset some time later, once for each locale: so the locales of one asset are
processed one after the other, and each round is awaited with one list. What fails, or does not end in time, is a gap.
API pages: "Uploads", "Assets", "Processing an asset".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import as_object, epoch_seconds, nested, objects, text
from stackferry.model import Gap
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.assets.files import (
    EXPIRES,
    UPLOADS,
    AssetFiles,
    files_in,
    kept_file,
    upload_key,
)
from stackferry.providers.contentful.importing.refused_before import remembered, taken
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.versions import pair
from stackferry.providers.contentful.importing.work import Work
from stackferry.providers.contentful.kinds import ASSETS, sys_id
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.contentful.requests.build import upload
from stackferry.providers.contentful.requests.read import next_rows
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.document_writes import DocumentWrites
    from stackferry.providers.contentful.importing.documents import Document, Planned
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

SENT: Final = "files_sent"  # identities: asset, locale, place of the body → the source's address
PROCESSED: Final = "files_processed"  # the same → how it ended: done, failed, pending
_KEPT: Final = 24 * 3600.0  # seconds for which the service keeps an upload
ASKED: Final = "asked"
DONE: Final = "done"
FAILED: Final = "failed"
PENDING: Final = "pending"
REASONS: Final = {
    FAILED: "the service could not process the file",
    PENDING: "the service has not processed the file in time; run the import again with --on-conflict update",
}


class AssetPlan:
    """The assets of one import."""

    def __init__(self, context: ImportContext, writes: DocumentWrites, root: Root) -> None:
        self._context, self._writes, self._root = context, writes, root
        self._work, self._files = context.once(Work), context.once(AssetFiles)

    def uploads(self) -> Steps:
        """One upload for each distinct file that some body needs."""
        asked = self._context.scratch.table(1)
        for at in range(self._work.waves):
            for planned in self._work.bodies(at, ASSETS.name):
                if self._writes.is_refused(planned, at):
                    continue
                content = planned.wanted.bodies[at].content
                yield from self._files.awaited(planned.document, content)
                for _, sha256 in self._files.to_upload(planned.document, content):
                    if not asked.of(sha256):
                        asked.add([(sha256,)])
                        yield upload_file(self._context, self._root, sha256)

    def bodies(self, at: int) -> Steps:
        """The bodies at a place, each once its files are uploaded."""
        for planned in self._work.bodies(at, ASSETS.name):
            yield from self._files.awaited(planned.document, planned.wanted.bodies[at].content)
            yield self._body(planned, at)

    def _body(self, planned: Planned, at: int) -> Write:
        document, content = planned.document, planned.wanted.bodies[at].content
        uploads = [*self._files.to_upload(document, content)]

        def sent() -> list[tuple[str, str, str]]:
            # Which files an upload was named for: they are processed next.
            urls = {locale: text(file.get("url")) for locale, file in files_in(content)}
            there = self._context.identity
            return [
                (SENT, f"{document.uid}\0{locale}\0{at}", urls[locale])
                for locale, sha256 in uploads
                if there.target(UPLOADS, sha256) is not None
            ]

        return self._writes.body(
            planned,
            at,
            body=lambda: self._files.body(document, content, self._work.documents.row_held(document)),
            after=tuple(upload_key(sha256) for _, sha256 in uploads),
            more=sent,
        )

    def _in_round(self, at: int, turn: int) -> Iterator[tuple[Document, str, str]]:
        """The assets with a file to process in a round: each with its locale and the source's address."""
        for planned in self._work.bodies(at, ASSETS.name):
            if not self._writes.is_written(planned.document, at):
                continue
            uid = planned.document.uid
            locales = [locale for locale, _ in files_in(planned.wanted.bodies[at].content)]
            urls = [(one, self._context.identity.target(SENT, f"{uid}\0{one}\0{at}")) for one in locales]
            sent = [(locale, url) for locale, url in urls if url]
            if turn < len(sent):
                yield planned.document, *sent[turn]

    def process(self, at: int, turn: int) -> Steps:
        """Ask for the processing of one file of each asset."""
        for document, locale, _ in self._in_round(at, turn):
            yield self._process(document, locale, at)

    def _process(self, document: Document, locale: str, at: int) -> Write:
        def build() -> PreparedWrite:
            version = self._writes.version(document) or 0
            made = requests.process_file(self._root, document.uid, locale, version)
            return PreparedWrite(request=made)

        key = f"{document.uid}\0{locale}\0{at}"
        request = requests.get_document(self._root, document.kind, document.uid)
        return Write(
            key=f"process/{document.uid}/{locale}/{at}",
            kind="files",
            build=build,
            read=lambda _: WriteResult(identities=[(PROCESSED, key, ASKED)]),
            failed=document.gap("the target refused to process it", f"/fields/file/{locale}", locale),
            probe=lambda _: Probe(
                request=request,
                found=lambda row: [row] if has_url(row, locale) else [],
                required_key="sys",
            ),
        )

    def await_processed(self, at: int, turn: int) -> Steps:
        """See how the processing ended: one list for as many assets as it can name."""
        # Those of which an earlier run has seen the end have gone on since.
        asked = (one for one in self._in_round(at, turn) if self._ending(one[0], one[1], at) == ASKED)
        for number, group in enumerate(requests.by_length(asked, lambda one: one[0].uid)):
            request = requests.list_by_id(self._root, ASSETS.name, [document.uid for document, _, _ in group])
            yield Await(
                key=f"processed/{at}/{turn}/{number}/{group[0][0].uid}/{len(group)}",
                kind="files",
                request=request,
                observe=partial(self._observe, group, at),
                required_key="items",
                next_page=next_rows,
                is_foreseen=True,
            )

    def _ending(self, document: Document, locale: str, at: int) -> str | None:
        return self._context.identity.target(PROCESSED, f"{document.uid}\0{locale}\0{at}")

    def _observe(
        self, group: Sequence[tuple[Document, str, str]], at: int, answer: JsonObject
    ) -> Observation:
        rows = {sys_id(row): row for row in objects(answer.get("items"))}
        found: list[tuple[str, str, str]] = []
        pending: list[tuple[str, str, str]] = []
        for document, locale, url in group:
            row = rows.get(document.uid, {})
            ending = self._seen(document, row, locale)
            (pending if ending == PENDING else found).append(
                (PROCESSED, f"{document.uid}\0{locale}\0{at}", ending)
            )
            if ending != PENDING:
                found.append(pair(document.key, version_of(row)))
            if ending == DONE:
                file = as_object(nested(row, "fields", "file", locale))
                found += kept_file(document, locale, url, file)
        return Observation(found, pending)

    def _seen(self, document: Document, row: JsonObject, locale: str) -> str:
        """How the processing of one file stands, as its asset shows."""
        if has_url(row, locale):
            return DONE
        # It failed where the service is through with it: the version has risen, and the upload is still named.
        return FAILED if row and version_of(row) > (self._writes.version(document) or 0) else PENDING

    def not_processed(self, at: int) -> Steps:
        """The gaps of the files that were sent and that nobody saw processed."""
        for planned in self._work.bodies(at, ASSETS.name):
            gaps = [*self._failed(planned, at)]
            if gaps:
                yield report(f"processing/{planned.document.uid}/{at}", gaps)

    def _failed(self, planned: Planned, at: int) -> Iterator[Gap]:
        document = planned.document
        for locale, _ in files_in(planned.wanted.bodies[at].content):
            ending = self._ending(document, locale, at)
            if ending in REASONS:
                yield document.gap(REASONS[str(ending)], f"/fields/file/{locale}", locale)

    def is_whole(self, planned: Planned, at: int) -> bool:
        """Whether every file of a body that was sent was processed: else it must not become live."""
        return next(self._failed(planned, at), None) is None


def upload_file(context: ImportContext, root: Root, sha256: str) -> Write:
    """The upload of a file; whoever asks for it first sends it."""
    return Write(
        key=upload_key(sha256),
        kind="files",
        build=lambda: PreparedWrite(request=upload(root, file=context.bytes_of(sha256))),
        read=partial(_read_upload, context, sha256),
        failed=Gap(kind="files", uid=sha256, reason="the target refused it"),
        prepares=True,
        remembers=remembered(upload_key(sha256), lambda: sha256),
    )


def _read_upload(context: ImportContext, sha256: str, answer: JsonObject) -> WriteResult:
    if not sys_id(answer):
        raise BadAnswer("the answer does not name the upload")
    expires = epoch_seconds(text(nested(answer, "sys", "expiresAt"))) or context.options.now + _KEPT
    made = [(UPLOADS, sha256, sys_id(answer)), (EXPIRES, sha256, str(int(expires)))]
    return WriteResult(identities=[*made, *taken(context, upload_key(sha256))])


def has_url(row: JsonObject, locale: str) -> bool:
    file = as_object(nested(row, "fields", "file", locale))
    return bool(text(file.get("url"))) and "upload" not in file and "uploadFrom" not in file
