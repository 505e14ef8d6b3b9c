"""The write of one body into a Timeline release: whole, or without what the target lacks and refuses. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry.model import Gap
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.assets.files import AssetFiles
from stackferry.providers.contentful.importing.refused_before import remembered, taken
from stackferry.providers.contentful.importing.releases.files import sent_files
from stackferry.providers.contentful.importing.releases.wanted import WantedBodies, scoped_key, scoped_kind
from stackferry.providers.contentful.importing.stored import checked, holds
from stackferry.providers.contentful.importing.terms import Lost
from stackferry.providers.contentful.importing.types.default_values import FILLED, KEPT, filled
from stackferry.providers.contentful.importing.unknown_parts import UnknownParts
from stackferry.providers.contentful.importing.versions import named, pair, probe_newer, told_of
from stackferry.providers.contentful.kinds import ASSETS, ENTRIES, RELEASES
from stackferry.providers.contentful.requests import releases as requests
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.documents import Document
    from stackferry.providers.contentful.importing.releases.bodies import ReleaseBodies
    from stackferry.providers.contentful.importing.releases.files import ReleaseFiles
    from stackferry.providers.contentful.importing.unknown_parts import Part
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext

SAME, OTHER = "same", "other"
SCOPED: Final = "scoped_bodies"  # identities: release, kind, id → whether the target's copy is as it is to be
_NOT_WRITTEN: Final = "what the release holds of its own was not written: the target refused it"


class BodyWrite:
    """The write of one body, which remembers what it has sent. `row` is the body in the snapshot."""

    def __init__(
        self,
        context: ImportContext,
        root: Root,
        bodies: ReleaseBodies,
        files: ReleaseFiles,
        body: tuple[str, Document, JsonObject],
    ) -> None:
        self._context, self._root, self._bodies, self._files = context, root, bodies, files
        self._release, self._document, self._row = body
        self._key = scoped_key(self._release, self._document)
        self._target = context.in_target(RELEASES.name, self._release) or ""
        self._wanted, self._unknown = context.once(WantedBodies), context.once(UnknownParts)
        self._sent: JsonObject = {}

    def step(self) -> Write:
        failed = failed_body(self._release, self._document)
        write = Write(
            key=f"release body/{self._release}/{self._document.key}",
            kind=RELEASES.name,
            build=self._build,
            read=self._read,
            failed=failed,
            fallback=self._without_unknown,
            probe=self._probe,
            told=told_of(failed),
            optional=True,
            remembers=remembered(self._key, self._digest),
        )
        return checked(write)

    def without_defaults(self, first: Write) -> Write:
        """The body of a new entry once more, where the service has put default values of its type into it."""
        step = replace(self.step(), key=f"{first.key}/without defaults", after=(first.key,))

        def build() -> PreparedWrite:
            is_filled = self._context.identity.target(FILLED, self._key) == "yes"
            return replace(step.build(), gaps=[]) if is_filled else PreparedWrite()

        def read(answer: JsonObject) -> WriteResult:
            result = step.read(answer)
            lost = (Lost(f"/fields/{name}", KEPT) for name in filled(answer, self._sent))
            subject = scoped_kind(self._document), f"{self._release}/{self._document.uid}"
            kept = [one.gap(*subject) for one in lost]
            identities = [one for one in result.identities if one[0] != FILLED]
            identities.append((FILLED, self._key, "no"))
            return replace(result, identities=identities, gaps=[*result.gaps, *kept])

        return replace(step, build=build, read=read)

    def _digest(self) -> str:
        version = self._bodies.version(self._release, self._document) or 0
        return self._bodies.digest(self._release, self._document, self._row, version)

    def _build(self) -> PreparedWrite:
        content = self._wanted.content(self._document, self._row)
        return self._prepared(content, [])

    def _without_unknown(self) -> PreparedWrite | None:
        """The body without what the target may lack; None where there is nothing of that sort in it."""
        content = self._wanted.content(self._document, self._row)
        content, left_out = self._unknown.without_unknown(content, self._document.type)
        return self._prepared(content, left_out) if left_out else None

    def _prepared(self, content: JsonObject, left_out: list[Part]) -> PreparedWrite:
        release, document = self._release, self._document
        version = self._bodies.version(release, document)
        self._sent, lost, new = content, list[Gap](), list[tuple[str, str, str]]()
        if document.kind == ASSETS.name:
            files, copy = self._context.once(AssetFiles), self._bodies.held_copy(release, document)
            self._sent, lost = files.body(document, content, copy)
            new = [*self._files.new(document, content)]
        request = requests.put_scoped(
            self._root,
            self._target,
            document.kind,
            document.uid,
            self._sent,
            version=version,
            content_type=document.type if version is None else "",
        )
        gaps = [in_release(release, one) for one in lost]
        gaps += self._bodies.lost(release, document, self._row)
        gaps += [self._gap(one) for one in left_out]
        identities = [
            *sent_files(self._context, self._key, new),
            *self._unknown.taken(self._sent),
            *self._unknown.refused(left_out, document.type),
        ]
        return PreparedWrite(
            request=request, note={"version": version or 0}, gaps=gaps, identities=identities
        )

    def _gap(self, part: Part) -> Gap:
        lost = Lost(part.pointer, part.reason)
        return lost.gap(scoped_kind(self._document), f"{self._release}/{self._document.uid}")

    def _read(self, answer: JsonObject) -> WriteResult:
        made = [
            (SCOPED, self._key, SAME),
            pair(self._key, version_of(named(answer, self._document.uid))),
            self._bodies.identity(self._release, self._document),
        ]
        if self._document.kind == ENTRIES.name and filled(answer, self._sent):
            made.append((FILLED, self._key, "yes"))
        return WriteResult(identities=[*made, *taken(self._context, self._key)])

    def _probe(self, note: JsonObject) -> Probe:
        shown = requests.get_scoped(self._root, self._target, self._document.kind, self._document.uid)
        return probe_newer(shown, note, lambda now: holds(now, self._sent))


def in_release(release: str, gap: Gap) -> Gap:
    """A gap of a document as one of the release that holds it."""
    return Gap(kind=RELEASES.name, uid=release, path=gap.path, reason=gap.reason)


def failed_body(release: str, document: Document) -> Gap:
    """The gap of a body that is not written."""
    return Gap(kind=RELEASES.name, uid=release, path=f"/{document.key}", reason=_NOT_WRITTEN)
