"""Files that a Timeline release holds of its own: uploaded, named by its copy of the asset, and processed there. Pure.

The copy of an asset in a release has a version of its own, which processing raises, once for each locale: so the
locales of one asset are processed one after the other. What fails, or does not end in time, is a gap.
Pages: the calls of release assets of the vendor's own client (`processForLocale`).
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.exporting.plan import FILES_READ
from stackferry.providers.contentful.importing.assets.files import (
    UPLOADS,
    AssetFiles,
    files_in,
    kept_file,
)
from stackferry.providers.contentful.importing.assets.plan import (
    ASKED,
    DONE,
    FAILED,
    PENDING,
    REASONS,
    has_url,
    upload_file,
)
from stackferry.providers.contentful.importing.releases.wanted import WantedBodies, scoped_key
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.versions import pair
from stackferry.providers.contentful.kinds import ASSETS, RELEASE_ASSETS, RELEASES, sys_id
from stackferry.providers.contentful.requests import releases as requests
from stackferry.providers.contentful.requests.build import PAGE
from stackferry.providers.contentful.requests.read import next_rows
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.documents import Document
    from stackferry.providers.contentful.importing.releases.bodies import ReleaseBodies
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

RELEASE_SENT: Final = "release_files_sent"  # identities: release, asset, locale → the source's address
RELEASE_PROCESSED: Final = "release_files_processed"  # the same → how it ended


class ReleaseFiles:
    """The files of one import's releases."""

    def __init__(self, context: ImportContext, bodies: ReleaseBodies, root: Root) -> None:
        self._context, self._bodies, self._root = context, bodies, root
        self._files = context.once(AssetFiles)
        self._wanted = context.once(WantedBodies)

    @property
    def rounds(self) -> int:
        """How many files the asset in a release has that has most of them."""
        rows = self._context.source.objects(Stream(RELEASE_ASSETS.name))
        return max((sum(1 for _ in files_in(row)) for row in rows), default=0)

    def uploads(self) -> Steps:
        """One upload for each distinct file that no asset outside of releases has brought."""
        asked: set[str] = set()
        yield self._context.until(FILES_READ)
        for _, document, row in self._assets():
            content = self._wanted.content(document, row)
            for _, sha256, _ in self.new(document, content):
                if sha256 not in asked:
                    asked.add(sha256)
                    yield upload_file(self._context, self._root, sha256)

    def new(self, document: Document, content: JsonObject) -> Iterator[tuple[str, str, str]]:
        """The files of a body that have to be uploaded and processed: locale, hash, the source's address."""
        known = {*self._outside(document)} if self._context.options.includes(ASSETS.name) else set()
        urls = {locale: text(file.get("url")) for locale, file in files_in(content)}
        for locale, sha256 in self._files.to_upload(document, content):
            if urls[locale] not in known:
                yield locale, sha256, urls[locale]

    def _outside(self, document: Document) -> Iterator[str]:
        """The addresses of the files that the asset has outside of releases, which come with it."""
        for stream in (document.stream, document.live_stream):
            row = self._context.source.get(stream, document.uid) or {}
            yield from (text(file.get("url")) for _, file in files_in(row))

    def _assets(self) -> Iterator[tuple[str, Document, JsonObject]]:
        for release, document, row in self._bodies.to_write():
            if document.kind == ASSETS.name:
                yield release, document, row

    # --- processing ---

    def _in_round(self, turn: int) -> Iterator[tuple[str, Document, str, str]]:
        """The files to process in a round: release, asset, locale, the source's address."""
        for release, document, row in self._wanted.assets():
            key = scoped_key(release, document)
            names = (
                (locale, f"{key}\0{locale}") for locale, _ in files_in(self._wanted.content(document, row))
            )
            sent = [(locale, self._context.identity.target(RELEASE_SENT, name)) for locale, name in names]
            found = [(locale, url) for locale, url in sent if url]
            if turn < len(found):
                yield release, document, *found[turn]

    def process(self, turn: int) -> Steps:
        for release, document, locale, _ in self._in_round(turn):
            yield self._process(release, document, locale)

    def _process(self, release: str, document: Document, locale: str) -> Write:
        name = f"{scoped_key(release, document)}\0{locale}"
        target = self._context.in_target(RELEASES.name, release) or ""

        def build() -> PreparedWrite:
            version = self._bodies.version(release, document) or 0
            return PreparedWrite(
                request=requests.process_scoped(self._root, target, document.uid, locale, version)
            )

        return Write(
            key=f"release file/{release}/{document.uid}/{locale}",
            kind="files",
            build=build,
            read=lambda _: WriteResult(identities=[(RELEASE_PROCESSED, name, ASKED)]),
            failed=_gap(release, document, locale, "the target refused to process it"),
            probe=lambda _: Probe(
                request=requests.get_scoped(self._root, target, ASSETS.name, document.uid),
                found=lambda row: [row] if has_url(row, locale) else [],
                required_key="sys",
            ),
        )

    def look(self, turn: int) -> Steps:
        """See how it ended: one list for each release."""
        asked = (one for one in self._in_round(turn) if self._ending(*one[:3]) == ASKED)
        for release, members in groupby(asked, key=lambda one: one[0]):
            group = [*members]
            target = self._context.in_target(RELEASES.name, release) or ""
            yield Await(
                key=f"release files seen/{release}/{turn}/{group[0][1].uid}/{len(group)}",
                kind="files",
                request=requests.list_scoped(self._root, target, ASSETS.name, (("limit", str(PAGE)),)),
                observe=partial(self._observe, group),
                required_key="items",
                next_page=next_rows,
            )

    def _ending(self, release: str, document: Document, locale: str) -> str | None:
        return self._context.identity.target(RELEASE_PROCESSED, f"{scoped_key(release, document)}\0{locale}")

    def _observe(self, group: Sequence[tuple[str, Document, str, str]], answer: JsonObject) -> Observation:
        rows = {sys_id(row): row for row in objects(answer.get("items"))}
        found: list[tuple[str, str, str]] = []
        pending: list[tuple[str, str, str]] = []
        for release, document, locale, url in group:
            row, key = rows.get(document.uid, {}), scoped_key(release, document)
            is_over = version_of(row) > (self._bodies.version(release, document) or 0)
            ending = DONE if has_url(row, locale) else FAILED if is_over else PENDING
            name = (RELEASE_PROCESSED, f"{key}\0{locale}", ending)
            if ending == PENDING:
                pending.append(name)
                continue
            found += [name, pair(key, version_of(row))]
            if ending == DONE:
                file = as_object(nested(row, "fields", "file", locale))
                found += kept_file(document, locale, url, file)
        return Observation(found, pending)

    def not_processed(self) -> Steps:
        """The gaps of the files that nobody saw processed."""
        for release, document, row in self._wanted.assets():
            for locale, _ in files_in(row):
                code = self._bodies.locale(locale)
                if reason := REASONS.get(self._ending(release, document, code) or ""):
                    gap = _gap(release, document, code, reason)
                    yield report(f"release file/{release}/{document.uid}/{code}/told", [gap])


def sent_files(
    context: ImportContext, key: str, files: Sequence[tuple[str, str, str]]
) -> list[tuple[str, str, str]]:
    """The identities of the files that a body names by uploads: they are processed next."""
    there = context.identity
    return [
        (RELEASE_SENT, f"{key}\0{locale}", url)
        for locale, sha256, url in files
        if there.target(UPLOADS, sha256) is not None
    ]


def _gap(release: str, document: Document, locale: str, reason: str) -> Gap:
    return Gap(kind=RELEASES.name, uid=release, path=f"/{document.key}/fields/file/{locale}", reason=reason)
