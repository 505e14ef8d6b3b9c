"""Workflow stages of entries between two branches: one that the target alone has moved an entry to stays.

`_workflow` tells when an entry was moved (`updated_at`). An entry that the target keeps, with its edits, is asked about
elsewhere (`promotion`). Pure. API pages: "Set Entry Workflow Stage", "Get all entries" (`include_workflow`).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, text
from stackferry.model import Gap, Remark, Stream
from stackferry.providers.contentstack.content.stage_details import differing_details
from stackferry.providers.contentstack.importing.answers import remember
from stackferry.providers.contentstack.importing.branches.fork import Fork, document_name, target_stream
from stackferry.providers.contentstack.importing.deletions.in_trash import was_taken
from stackferry.providers.contentstack.importing.promotion import Promotion, both_edited
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.promotion import PROMOTED, Verdict, verdict_of
from stackferry.providers.target import PreparedWrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext, Step

KIND = "workflow_stages"


class _Moved(NamedTuple):
    """A document that both branches have, in a stage each."""

    stream: Stream
    uid: str
    target: str
    title: str
    source_stage: JsonObject
    target_stage: JsonObject

    @property
    def is_same(self) -> bool:
        """Whether both are in one stage, with the same comment and so on: workflows belong to the whole stack."""
        is_elsewhere = self.source_stage.get("uid") != self.target_stage.get("uid")
        return not is_elsewhere and not any(differing_details(self.source_stage, self.target_stage))

    @property
    def name(self) -> str:
        return document_name(self.stream.type, self.uid, self.stream.locale)


class PromotedStages:
    """The verdicts of one import; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._fork = context, context.once(Fork)

    def stays(self, stream: Stream, uid: str) -> bool:
        """Whether the target's document stays in the stage that it is in."""
        return self._verdicts.get((stream, uid)) in self._kept

    @cached_property
    def _kept(self) -> tuple[Verdict, ...]:
        keeps = self._context.options.conflicts == "keep"
        return (Verdict.KEEP, Verdict.CONFLICT) if keeps else (Verdict.KEEP,)

    def newer(self) -> Iterator[tuple[Stream, str, str]]:
        """What stays because the target alone has moved it: where it is in the target, its uid there, its title."""
        for one in self._different():
            if self._verdict(one) is Verdict.KEEP:
                yield target_stream(self._context, one.stream), one.target, one.title

    def conflicts(self) -> Iterator[Remark]:
        """What was moved on both sides."""
        for one in self._different():
            if self._verdict(one) is Verdict.CONFLICT:
                yield Remark(
                    list="conflicts",
                    kind=KIND,
                    uid=one.uid,
                    type=one.stream.type,
                    locale=one.stream.locale,
                    title=one.title,
                    fields=("/_workflow",),
                    reason=both_edited(self._context),
                )

    def steps(self) -> Iterator[Step]:
        """Tell the conflicts, and remember what both branches say alike since they parted."""
        for remark in self.conflicts():
            key = f"stage conflict/{remark.type}/{remark.locale}/{remark.uid}"
            place = {"type": remark.type, "locale": remark.locale}
            gap = Gap(kind=KIND, uid=remark.uid, reason=remark.reason, **place)
            gaps = [gap] if self._context.options.conflicts == "keep" else []
            yield remember(key, KIND, PreparedWrite(remarks=[remark], gaps=gaps))
        for one in self._both() if self._fork.is_on else ():
            is_later = self._fork.is_later(text(one.source_stage.get("updated_at")))
            if is_later and one.is_same:
                same = [self.promoted(one.stream, one.uid, one.target, one.target_stage)]
                yield remember(f"stage known/{one.name}", KIND, PreparedWrite(identities=same))

    def promoted(self, stream: Stream, uid: str, target: str, stage: JsonObject) -> tuple[str, str, str]:
        """The identity that says that both are in the same stage: the source's document, and the target's."""
        own = as_object((self._context.source.get(stream, uid) or {}).get("_workflow"))
        there = target_stream(self._context, stream)
        return (
            PROMOTED,
            _mark(document_name(stream.type, uid, stream.locale), own),
            _mark(document_name(there.type, target, there.locale), stage),
        )

    @cached_property
    def _verdicts(self) -> dict[tuple[Stream, str], Verdict]:
        found = {(one.stream, one.uid): self._verdict(one) for one in self._different()}
        return {name: verdict for name, verdict in found.items() if verdict is not Verdict.WRITE}

    def _verdict(self, one: _Moved) -> Verdict:
        there = target_stream(self._context, one.stream)
        if was_taken(self._context, there, one.target):
            return Verdict.WRITE
        _, here, other = self.promoted(one.stream, one.uid, one.target, one.target_stage)
        known = self._fork.known_by_time(here, other, text(one.target_stage.get("updated_at")))
        if any(known):
            return verdict_of(source=not known.source, target=not known.target)
        times = (text(stage.get("updated_at")) for stage in (one.source_stage, one.target_stage))
        source, target = map(self._fork.is_later, times)
        return verdict_of(source=source, target=target)

    def _different(self) -> Iterator[_Moved]:
        """Those in different stages, but for documents that the target keeps altogether."""
        for one in self._both() if self._fork.is_on else ():
            if not one.is_same and not self._context.once(Promotion).is_kept("entries", one.name):
                yield one

    def _both(self) -> Iterator[_Moved]:
        context = self._context
        if context.options.includes("entries"):
            streams = (one for one in context.source.streams() if one.kind == "entries")
            pairs = (self._pair(stream, row) for stream in streams for row in context.source.objects(stream))
            yield from filter(None, pairs)

    def _pair(self, stream: Stream, row: JsonObject) -> _Moved | None:
        """A document that both sides have in a stage."""
        uid, own = text(row.get("uid")), as_object(row.get("_workflow"))
        target = self._context.once(matches).target("entries", uid)
        if not target or not own.get("uid"):
            return None
        held = self._context.target.get(target_stream(self._context, stream), target) or {}
        other = as_object(held.get("_workflow"))
        return _Moved(stream, uid, target, text(held.get("title")), own, other) if other.get("uid") else None


def _mark(name: str, stage: JsonObject) -> str:
    """A document in the stage that it is in now, by the time since when, or the stage where no time is told."""
    return f"{KIND}\0{name}\0{text(stage.get('updated_at')) or text(stage.get('uid'))}"
