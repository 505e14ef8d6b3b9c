"""What is told of a promotion, and what is remembered for the next one. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.core.json_diff import differences
from stackferry.errors import Different
from stackferry.json_values import as_object
from stackferry.model import TYPE_KEY, Left, Remark, Stream
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.content.titles import Titles
from stackferry.providers.contentful.importing.documents import Document
from stackferry.providers.contentful.importing.environments.promotion import (
    KEPT_GAP,
    Promotion,
    promoted,
)
from stackferry.providers.contentful.importing.reports import found
from stackferry.providers.contentful.importing.types.plan import TypePlan
from stackferry.providers.contentful.importing.versions import version_now
from stackferry.providers.contentful.importing.work import CONFLICT, EQUAL, NEWER, Work
from stackferry.providers.contentful.kinds import CONTENT_TYPES
from stackferry.providers.contentful.reading.reader import SpaceReader
from stackferry.providers.contentful.requests.build import Root
from stackferry.providers.promotion import PROMOTED, Verdict
from stackferry.providers.reading.names_of_fields import names_of_fields
from stackferry.providers.reading.plain import same_uid
from stackferry.providers.target import PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext, Steps

_NEWER: Final = "edited in the target alone since the two environments were equal: it stays"
_WINS: Final = "edited in both environments since they were equal: the source's content goes over it"
_REASONS: Final = {
    "keep": "edited in both environments since they were equal: the target's content stays",
    "stop": "edited in both environments since they were equal: nothing is written",
}
_TOGETHER: Final = 500  # documents that are remembered in one step
_SHOWN: Final = 10  # conflicts that a message names


class Told:
    """What one import tells of its promotion."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._promotion = context, context.once(Promotion)

    @cached_property
    def _types(self) -> TypePlan:
        assert self._context.place is not None  # noqa: S101 - it is another one than the source's
        return TypePlan(self._context, Root.of(self._context.place))

    def _documents(self, what: str) -> Iterator[tuple[Document, JsonObject, JsonObject]]:
        """Documents, and types as documents, each as the source and as the target has it."""
        if not self._promotion.is_on:
            return
        for document in self._context.once(Work).marked(what):
            yield document, *self._rows(document)
        wanted = {NEWER: Verdict.KEEP, CONFLICT: Verdict.CONFLICT}.get(what)
        for uid, verdict in self._types.verdicts():
            if verdict is wanted:
                document = Document(CONTENT_TYPES.name, uid)
                yield document, *self._rows(document)

    def _rows(self, document: Document) -> tuple[JsonObject, JsonObject]:
        stores = (self._context.source, self._context.target)
        source, target = (store.get(document.stream, document.uid) or {} for store in stores)
        return source, target

    def conflicts(self) -> Iterator[Remark]:
        """What was edited on both sides, with the fields that differ."""
        reason = _REASONS.get(self._context.options.conflicts, _WINS)
        titles = Titles(self._context.target)
        reader = SpaceReader(self._context.source, self._context.source, same_uid)
        for document, row, held in self._documents(CONFLICT):
            sides = [{name: value for name, value in one.items() if name != "sys"} for one in (held, row)]
            fields = [one.path for one in differences(*map(as_object, sides))]
            about: JsonObject = {"kind": document.kind, "uid": document.uid, TYPE_KEY: document.type}
            yield Remark(
                list="conflicts",
                kind=document.kind,
                uid=document.uid,
                type=document.type,
                title=titles.of(document.kind, held),
                fields=tuple(fields),
                labels=tuple(names_of_fields(reader, about, fields)),
                reason=reason,
            )

    def conflict_steps(self) -> Steps:
        """Steps that tell it; what is kept of it is a gap."""
        for remark in self.conflicts():
            gap = Document(remark.kind, remark.uid, remark.type).gap(KEPT_GAP)
            gaps = [gap] if self._promotion.keeps_conflicts else []
            built = PreparedWrite(remarks=[remark], gaps=gaps)
            yield Write(
                key=f"conflict/{remark.kind}/{remark.uid}",
                kind=remark.kind,
                build=lambda built=built: built,  # type: ignore[misc]  # it is bound here
                read=lambda _: WriteResult(),
                failed=gap,
            )

    def stop_at_conflicts(self) -> None:
        """Raises Different where there are any."""
        conflicts = [*self.conflicts()]
        found = [f'{one.kind} {one.uid} "{one.title}"' for one in conflicts]
        if found:
            more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
            raise Different(
                f"edited in both environments since they were equal: {', '.join([*found[:_SHOWN], *more])}. Nothing "
                "was written; leave --conflicts out to have the source win, or give --conflicts keep",
                [one.as_json() for one in conflicts],
            )

    def newer(self) -> Iterator[Left]:
        """What is kept because it was edited in the target alone."""
        titles, rows = Titles(self._context.target), dict[tuple[str, str], list[tuple[str, str]]]()
        for document, _, held in self._documents(NEWER):
            named = (document.uid, titles.of(document.kind, held))
            rows.setdefault((document.kind, document.type), []).append(named)
        for (kind, of_type), members in sorted(rows.items()):
            uids, shown = zip(*sorted(members), strict=True)
            yield Left(kind="newer", of=kind, content_type=of_type, uids=uids, titles=shown, reason=_NEWER)

    def remember(self) -> Steps:
        """What both sides have alike from now on, by the versions that it has on each."""
        for group in batched(self._equal(), _TOGETHER):
            yield found(f"promoted/{group[0][1]}/{len(group)}", group)

    def _equal(self) -> Iterator[tuple[str, str, str]]:
        for document, row, held in self._documents(EQUAL):
            version = version_now(self._context.identity, document.key, held or None)
            if version is not None:
                yield PROMOTED, promoted(document.key, version_of(row)), promoted(document.key, version)
        for uid in self._types.equal() if self._promotion.is_on else ():
            row = self._context.source.get(Stream(CONTENT_TYPES.name), uid) or {}
            key, version = f"{CONTENT_TYPES.name}/{uid}", self._types.version(uid)
            if version is not None:
                yield PROMOTED, promoted(key, version_of(row)), promoted(key, version)
