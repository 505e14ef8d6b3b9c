"""The bodies that a Timeline release holds of its own: read where a release is new, written where they differ. Pure.

Adding an entity to a release makes a copy of it there, with versions of its own. Writing a body under an id that the
release does not hold makes an entry that exists only in it, and joins it. API page: "Timeline releases", and the calls
of scoped entries and assets of the vendor's own client.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.errors import JsonRefused
from stackferry.json_values import as_object, nested, objects
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.assets.files import AssetFiles
from stackferry.providers.contentful.importing.documents import Document, Documents
from stackferry.providers.contentful.importing.objects import held_row
from stackferry.providers.contentful.importing.refused_before import (
    asked_before,
    digest_of_value,
    lacking,
)
from stackferry.providers.contentful.importing.releases.body_write import (
    OTHER,
    SAME,
    SCOPED,
    BodyWrite,
    failed_body,
    in_release,
)
from stackferry.providers.contentful.importing.releases.items import ReleaseItems
from stackferry.providers.contentful.importing.releases.wanted import WantedBodies, scoped_key, scoped_kind
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.types.default_values import FILLED, may_be_filled
from stackferry.providers.contentful.importing.versions import pair, version_now
from stackferry.providers.contentful.kinds import (
    ASSETS,
    ENTRIES,
    RELEASES,
    sys_id,
)
from stackferry.providers.contentful.requests import releases as requests
from stackferry.providers.contentful.requests.build import PAGE
from stackferry.providers.contentful.requests.read import next_rows
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.importing.releases.files import ReleaseFiles
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

RELEASE_SEEN: Final = (
    "releases_seen"  # identities: a release → how it is, once entries of its own have joined it
)
_NOT_EXPORTED: Final = (
    "the snapshot was made with --versions latest, so it lacks the bodies that this release held: a new release has "
    "copies of the current ones"
)


class ReleaseBodies:
    """The bodies in releases of one import."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root = context, root
        self._documents = context.once(Documents)
        self._files = context.once(AssetFiles)
        self.wanted = context.once(WantedBodies)

    def differs(self, release: str, target: str) -> bool:
        """Whether a release that the target held has another body than it is to have, and may get it."""
        return any(
            not self._is_left_out(release, document)
            and not self._is_as_held(target, document, row)
            and not self._refused(release, document, row)
            for document, row in self.wanted.of(release)
        )

    def _is_left_out(self, release: str, document: Document) -> bool:
        """Whether a body stays out with its item, because the target does not have what that names: its gap says so."""
        is_there = self.wanted.is_own(document) or self._context.once(ReleaseItems).is_there(document.key)
        return not is_there and self.held_copy(release, document) is None

    def _is_as_held(self, target: str, document: Document, row: JsonObject) -> bool:
        held = self._context.target.get(Stream(scoped_kind(document)), f"{target}\0{document.uid}")
        return held is not None and self._is_same(document, row, held)

    def _is_same(self, document: Document, row: JsonObject, held: JsonObject) -> bool:
        theirs: JsonObject = {name: value for name, value in held.items() if name != "sys"}
        return self._documents.same(document)(self.wanted.content(document, row), theirs)

    def held_assets(self) -> Iterator[tuple[JsonObject, JsonObject]]:
        """Assets in releases that the target held: what each is to be there, and the target's row of it."""
        for release, document, row in self.wanted.assets():
            shown = self.held_copy(release, document)
            if shown is not None:
                yield self.wanted.content(document, row), shown

    def lost(self, release: str, document: Document, row: JsonObject) -> list[Gap]:
        """The gaps of what of a body the target has no place for."""
        name = f"{release}/{document.uid}"
        return [one.gap(scoped_kind(document), name) for one in self.wanted.in_target(document, row)[1]]

    def _lost_where_held(self, release: str, document: Document, row: JsonObject) -> list[Gap]:
        """The same where nothing is written, with the gaps of the files that cannot be had."""
        held = self.held_copy(release, document)
        is_asset = document.kind == ASSETS.name and held is not None
        lacking = (
            self._files.lacking(document, self.wanted.content(document, row), held or {}) if is_asset else ()
        )
        return [*self.lost(release, document, row), *(in_release(release, one) for one in lacking)]

    # --- reading ---

    def look(self) -> Steps:
        """The copies in releases that this import has made, or put items into: one list a release and kind."""
        asked: set[tuple[str, str]] = set()
        for release, document, _ in self.wanted.all():
            name = (release, document.kind)
            target = self._context.in_target(RELEASES.name, release)
            if name not in asked and target is not None and self._is_copied(release, document):
                asked.add(name)
                yield Await(
                    key=f"release bodies/{release}/{document.kind}",
                    kind=RELEASES.name,
                    request=requests.list_scoped(self._root, target, document.kind, (("limit", str(PAGE)),)),
                    observe=partial(self._observe, *name),
                    required_key="items",
                    next_page=next_rows,
                    is_foreseen=True,
                )

    def _is_copied(self, release: str, document: Document) -> bool:
        """Whether the service may have made a copy of a document for a release since the target was read."""
        if held_row(self._context, RELEASES, release) is None:
            return True
        is_joined = self.held_copy(release, document) is None and not self.wanted.is_own(document)
        is_asked = self._context.options.on_conflict == "update"
        return is_asked and is_joined and not self._is_left_out(release, document)

    def _observe(self, release: str, kind: str, answer: JsonObject) -> Observation:
        rows = {sys_id(row): row for row in objects(answer.get("items"))}
        found: list[tuple[str, str, str]] = []
        for document, row in self.wanted.of(release):
            shown = rows.get(document.uid)
            if document.kind == kind and shown is not None:
                state = SAME if self._is_same(document, row, shown) else OTHER
                key = scoped_key(release, document)
                found += [
                    (SCOPED, key, state),
                    pair(key, version_of(shown)),
                    self.identity(release, document),
                ]
        return Observation(found)

    def identity(self, release: str, document: Document) -> tuple[str, str, str]:
        """What a body is in the target."""
        target = self._context.in_target(RELEASES.name, release)
        return scoped_kind(document), f"{release}\0{document.uid}", f"{target}\0{document.uid}"

    # --- writing ---

    def to_write(self) -> Iterator[tuple[str, Document, JsonObject]]:
        """The bodies that are not as they are to be, of releases that are there."""
        for release, document, row in self.wanted.all():
            is_there = self._context.in_target(RELEASES.name, release) is not None
            if is_there and self._is_to_write(release, document, row):
                yield release, document, row

    def locale(self, code: str) -> str:
        """A locale's code in the target."""
        return self._documents.terms.locale(code)

    def steps(self, files: ReleaseFiles) -> Steps:
        """Every body that is not as it is to be."""
        yield from self._not_exported()
        for release, document, row in self.wanted.all():
            if self._context.in_target(RELEASES.name, release) is None:
                continue  # it was refused, which is a gap
            if self._is_to_write(release, document, row):
                body = (release, document, row)
                write = BodyWrite(self._context, self._root, self, files, body)
                step = write.step()
                yield step
                if self._may_be_filled(release, document, row):
                    yield write.without_defaults(step)
            elif lost := [
                *self._not_again(release, document, row),
                *self._lost_where_held(release, document, row),
            ]:
                yield report(f"release body/{release}/{document.key}/told", lost)

    def _may_be_filled(self, release: str, document: Document, row: JsonObject) -> bool:
        """Whether the service may put default values into an entry that it makes in a release, or has put them there
        before the import was stopped."""
        if document.kind != ENTRIES.name:
            return False
        if self.version(release, document) is not None:
            return self._is_filled(release, document)
        content, fields = self.wanted.content(document, row), self._documents.terms.fields_of(document.type)
        return may_be_filled(content, fields)

    def _is_filled(self, release: str, document: Document) -> bool:
        """Whether an entry that this import has made in a release still holds values that nobody sent."""
        return self._context.identity.target(FILLED, scoped_key(release, document)) == "yes"

    def _not_again(self, release: str, document: Document, row: JsonObject) -> Iterator[Gap]:
        """The gap of a body that the target has refused."""
        held = held_row(self._context, RELEASES, release)
        is_left = held is not None and self._is_to_change(sys_id(held), document, row)
        if is_left and (reason := self._refused(release, document, row)):
            yield replace(failed_body(release, document), reason=reason)

    def _not_exported(self) -> Steps:
        """A step for every release whose bodies the snapshot does not hold."""
        if nested(self._context.manifest, "options", "versions") != "latest":
            return
        for row in self._context.source.objects(Stream(RELEASES.name)):
            uid, items = sys_id(row), objects(nested(row, "entities", "items"))
            is_there = self._context.in_target(RELEASES.name, uid) is not None
            if is_there and items and requests.is_timeline(row):
                gap = Gap(kind=RELEASES.name, uid=uid, path="/bodies", reason=_NOT_EXPORTED)
                yield report(f"release bodies/{uid}/not exported", [gap])

    def _is_to_write(self, release: str, document: Document, row: JsonObject) -> bool:
        held = held_row(self._context, RELEASES, release)
        if self._is_left_out(release, document) or self._is_copy_as_wanted(release, document):
            return False
        if held is None:
            return True
        return self._is_to_change(sys_id(held), document, row) and not self._refused(release, document, row)

    def _is_copy_as_wanted(self, release: str, document: Document) -> bool:
        """Whether the copy that a release was given during this import is as it is to be."""
        is_same = self._context.identity.target(SCOPED, scoped_key(release, document)) == SAME
        return (
            is_same and not self._is_filled(release, document) and self.held_copy(release, document) is None
        )

    def _is_to_change(self, target: str, document: Document, row: JsonObject) -> bool:
        """Whether the body of a release that the target held is to be another."""
        is_asked = self._context.options.on_conflict == "update"
        return is_asked and not self._is_as_held(target, document, row)

    def _refused(self, release: str, document: Document, row: JsonObject) -> str:
        """Why an earlier import could not write this over the target's body; empty where it is to be tried."""

        def digest() -> str:
            version = version_of(self.held_copy(release, document) or {})
            return self.digest(release, document, row, version)

        return asked_before(self._context, RELEASES.name, scoped_key(release, document), digest)

    def digest(self, release: str, document: Document, row: JsonObject, version: int) -> str:
        """What tells the write of a body from any other: it holds the source's files, not their uploads."""
        target = self._context.in_target(RELEASES.name, release)
        content, of_type = self.wanted.content(document, row), nested(row, "sys", "contentType")
        lost = lacking(self._context, [content, of_type])
        facts: list[Json] = [target, document.key, version, content, lost]
        return digest_of_value(facts)

    def version(self, release: str, document: Document) -> int | None:
        """The version of a release's own copy; None where it has none."""
        row = self.held_copy(release, document)
        return version_now(self._context.identity, scoped_key(release, document), row)

    def held_copy(self, release: str, document: Document) -> JsonObject | None:
        """The copy that the target held before in a release; None where it held none."""
        held = held_row(self._context, RELEASES, release)
        key = f"{sys_id(held)}\0{document.uid}" if held is not None else ""
        return self._context.target.get(Stream(scoped_kind(document)), key) if key else None

    # --- releases that entries of their own have joined ---

    def to_join(self, release: str) -> frozenset[str]:
        """What exists in a release alone and joins it by being written: "entries/ID"."""
        held = held_row(self._context, RELEASES, release)
        if held is None:
            return self.wanted.own_of(release)
        if self._context.options.on_conflict != "update":
            return frozenset()
        mine = (document for document, _ in self.wanted.of(release))
        return frozenset(
            one.key for one in mine if self.wanted.is_own(one) and self.held_copy(release, one) is None
        )

    def joined(self, release: str) -> frozenset[str]:
        """What exists in a release alone and is there by now: "entries/ID"."""
        mine = (document for document, _ in self.wanted.of(release))
        return frozenset(one.key for one in mine if self.wanted.is_own(one) and self._is_there(release, one))

    def _is_there(self, release: str, document: Document) -> bool:
        kind, name, _ = self.identity(release, document)
        is_made = self._context.identity.target(kind, name) is not None
        return is_made or self.held_copy(release, document) is not None

    def look_at_joined(self) -> Steps:
        """How a release is since what exists in it alone has joined it: that has changed its items and its version."""
        for release in dict.fromkeys(release for release, _ in self.wanted.own()):
            target = self._context.in_target(RELEASES.name, release)
            if target is not None and self.to_join(release) & self.joined(release):
                yield Await(
                    key=f"release joined/{release}",
                    kind=RELEASES.name,
                    request=requests.get_release(self._root, target),
                    observe=partial(_seen, release),
                    required_key="sys",
                )

    def release_seen(self, release: str) -> JsonObject | None:
        """The release as it was then; None where nothing has joined it."""
        kept = self._context.identity.target(RELEASE_SEEN, release)
        try:
            return None if kept is None else as_object(exact_json.loads(kept.encode()))
        except JsonRefused:
            return None


def _seen(release: str, answer: JsonObject) -> Observation:
    if not answer:
        return Observation()
    kept = (RELEASE_SEEN, release, exact_json.dumps(answer).decode())
    return Observation([kept, pair(f"{RELEASES.name}/{release}", version_of(answer))])
