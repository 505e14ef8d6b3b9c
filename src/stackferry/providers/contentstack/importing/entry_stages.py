"""The plan for the workflow stages that entries are in. Pure.

Entries that go to the same stage are moved there together, ten a request. If one of them cannot be moved, the service
moves none, so they are then moved singly. Its answer is a notice that shows nothing: which entries are in their stage
is read afterwards, a hundred a request, and what is not is moved singly as well, or told.
API pages: "Update workflow details in bulk", "Set Entry Workflow Stage", "Get all entries".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.json_values import as_object, integer, objects, text
from stackferry.model import Budget, Gap, JsonObject, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.stage_details import (
    differing_details,
    lost_details,
    stage_details,
    target_details,
)
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.branches.fork import Fork, document_name
from stackferry.providers.contentstack.importing.branches.stages import PromotedStages
from stackferry.providers.contentstack.importing.entries.second_look import (
    CHANGED,
    conflict,
    moved_fact,
    moved_since,
)
from stackferry.providers.contentstack.importing.promotion import Promotion
from stackferry.providers.contentstack.requests.build import BULK, PAGE, next_page, page_params, params
from stackferry.providers.contentstack.requests.entries import list_entries, set_workflow_stage
from stackferry.providers.contentstack.requests.publishing import bulk_workflow
from stackferry.providers.contentstack.target_names import target_locale, version_key
from stackferry.providers.target import (
    Await,
    ImportContext,
    Observation,
    PreparedWrite,
    Step,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Json, Request, Row

BULK_ENTRIES: Final = 10  # that one request moves to a stage
# Kinds of identities. By a request's key: the service took it. By a document's: it is not in its stage, or without what
# goes with that; the master document was moved in its stead.
_TAKEN, _ELSEWHERE = "stage_taken", "not_in_stage"
_DETAILS, _MASTER = "details", "master_moved"
_MASTER_MOVED: Final = "the target moved it when it was asked to move {}: move it back by hand"
_FAILED: Final = {
    _ELSEWHERE: "the target took the move into its stage and did not make it: move it there by hand",
    _DETAILS: "the target does not show the comment, the due date or the assignment that its stage was sent with",
}


class Member(NamedTuple):
    """A document that is in a stage."""

    content_type: str
    locale: str
    stage: str
    uid: str
    more: str  # what goes with the stage, as JSON

    @property
    def details(self) -> JsonObject:
        return as_object(exact_json.loads(self.more.encode()))

    @property
    def stream(self) -> Stream:
        return Stream("entries", self.content_type, self.locale)

    @property
    def key(self) -> str:
        return f"{self.content_type}/{self.locale}/{self.uid}"

    @property
    def single_key(self) -> str:
        return f"stage singly/{self.content_type}/{self.locale}/{self.uid}"

    def gap(self, reason: str, path: str = "") -> Gap:
        place = {"type": self.content_type, "locale": self.locale, "path": path}
        return Gap(kind="workflow_stages", uid=self.uid, reason=reason, **place)


class StagePlan:
    """The moves of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context

    def look_again(self) -> Iterator[Step]:
        """Look once more at what is about to be moved: to set a stage makes no version that would tell of another."""
        if self._context.options.on_conflict != "update":
            return
        moved = (
            one for _, batch in self._batches() for one in batch if self._held(one) and not self._stays(one)
        )
        rows = self._context.scratch.table(5, moved)
        for (content_type, locale), found in groupby(rows, key=itemgetter(0, 1)):
            for batch in batched((Member(*map(text, row)) for row in found), PAGE):
                yield self._look_once(f"stages looked at/{content_type}/{locale}/{batch[0].uid}", batch)

    def move(self) -> Iterator[Step]:
        """Move every document that is in a stage into the target's stage."""
        yield from self._context.once(PromotedStages).steps()
        yield from (self._together(key, members) for key, members in self._batches())

    def confirm(self) -> Iterator[Step]:
        """Read which of those that the service took are in their stage."""
        taken = (members for key, members in self._batches() if self._is(_TAKEN, key))
        sent = (one for members in taken for one in members if not self._stays(one))
        return self._look("stages", sent, lambda _, __: ())

    def move_again(self) -> Iterator[Step]:
        """Move singly what is not in its stage."""
        for key, members in self._batches():
            for one in members:
                if (not self._is(_TAKEN, key) or self._is(_ELSEWHERE, one.key)) and not self._stays(one):
                    yield self._singly(one)

    def confirm_again(self) -> Iterator[Step]:
        members = (one for _, batch in self._batches() for one in batch if self._is(_TAKEN, one.single_key))
        again = self._look("stages again", members, lambda one, what: [one.gap(_FAILED[what])])
        return chain(again, self._masters())

    def _masters(self) -> Iterator[Step]:
        """Read whether a move of a language that was not made has moved the master document instead."""
        master = master_locale(self._context.source)
        others = (
            one
            for _, batch in self._batches()
            for one in batch
            if one.locale != master and self._is(_ELSEWHERE, one.key)
        )
        rows = self._context.scratch.table(5, others)
        for content_type, found in groupby(rows, key=itemgetter(0)):
            for batch in batched((Member(*map(text, row)) for row in found), PAGE):
                yield self._look_at_masters(text(content_type), target_locale(self._context, master), batch)

    def _look_at_masters(self, content_type: str, locale: str, members: tuple[Member, ...]) -> Await:
        def observe(answer: JsonObject) -> Observation:
            rows = objects(answer.get("entries"))
            shown = {text(row.get("uid")): row for row in rows if row.get("locale") == locale}
            moved = [
                one for one in members if self._is_moved(one, shown.get(self._targets(one)[0] or "", {}))
            ]
            return Observation(pending=[(_MASTER, one.key, "yes") for one in moved])

        def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
            moved, by_key = {key for _, key, _ in facts}, {one.key: one for one in members}
            found = (one.gap(_MASTER_MOVED.format(one.locale)) for key, one in by_key.items() if key in moved)
            return [replace(gap, locale=master_locale(self._context.source)) for gap in found]

        uids = {self._targets(one)[0] for one in members}
        return Await(
            key=f"stages of masters/{content_type}/{members[0].locale}/{members[0].uid}",
            kind="workflow_stages",
            request=_with_stages(content_type, locale, [uid for uid in uids if uid]),
            observe=observe,
            required_key="entries",
            next_page=partial(next_page, "entries"),
            gaps=gaps,
        )

    def _is_moved(self, one: Member, shown: JsonObject) -> bool:
        """Whether a master document is in the stage that another language was sent to, and is not to be in it."""
        stream = one.stream._replace(locale=master_locale(self._context.source))
        entry, sent = self._targets(one)
        held = self._context.target.get(
            stream._replace(locale=target_locale(self._context, stream.locale)), entry or ""
        )
        wanted = stage_of(self._context.source.get(stream, one.uid) or {})
        right = self._context.identity.target("stages", wanted) if wanted else None
        return bool(sent) and stage_of(shown) == sent and sent not in (right, stage_of(held or {}))

    def _is(self, kind: str, key: str) -> bool:
        return self._context.identity.target(kind, key) is not None

    def _batches(self) -> Iterator[tuple[str, tuple[Member, ...]]]:
        """What one request moves: its key, and the documents."""
        in_stage = self._context.scratch.table(5, _in_stage(self._context))
        for (stage, content_type, more), rows in groupby(in_stage, key=itemgetter(0, 1, 2)):
            members = (Member(content_type, locale, stage, uid, more) for *_, locale, uid in rows)
            for number, batch in enumerate(batched(members, BULK_ENTRIES)):
                first = batch[0]
                yield f"stage/{stage}/{content_type}/{first.locale}/{first.uid}/{number}", batch

    def _targets(self, one: Member) -> tuple[str | None, str | None]:
        """The entry and the stage in the target."""
        target = self._context.identity.target
        return target("entries", one.uid), target("stages", one.stage)

    def _stays(self, one: Member) -> bool:
        """Whether the target's document stays in its stage: it was in this one before (to write it does not move it),
        or it could not be written, because its stage locks it for example: then it is as its people have left it."""
        held, (_, stage) = self._held(one), self._targets(one)
        is_there = held is not None and not self._otherwise(one, stage, held)
        if self._context.once(PromotedStages).stays(one.stream, one.uid) or self._is_moved_since(one):
            return True
        return is_there or (held is not None and not self._is_as_ours(one))

    def _held(self, one: Member) -> JsonObject | None:
        """The target's document as the import has read it."""
        entry, _ = self._targets(one)
        return (
            self._context.target.get(one.stream._replace(locale=self._locale(one)), entry) if entry else None
        )

    def _is_moved_since(self, one: Member) -> bool:
        return bool(moved_since(self._context, *self._seen(one)))

    def _seen(self, one: Member) -> tuple[str, str]:
        """What the second look at the stage of a document is remembered by."""
        return self._targets(one)[0] or "", f"{self._locale(one)}\0stage"

    def _otherwise(self, one: Member, stage: str | None, shown: JsonObject) -> str:
        """What of the stage is otherwise in a document of the target: nothing, the stage, or what goes with it."""
        if stage is None or stage_of(shown) != stage:
            return _ELSEWHERE
        wanted = target_details(self._context, one.details)
        return _DETAILS if any(differing_details(wanted, stage_details(shown))) else ""

    def _is_as_ours(self, one: Member) -> bool:
        """Whether the target has the document's latest version: it was written, or there before."""
        version = integer((self._context.source.get(one.stream, one.uid) or {}).get("_version")) or 1
        return self._is("versions", version_key(one.content_type, one.uid, one.locale, version))

    def _together(self, key: str, members: tuple[Member, ...]) -> Write:
        def build() -> PreparedWrite:
            _, stage = self._targets(members[0])
            if stage is None:
                return PreparedWrite(gaps=[one.gap("its workflow is not in the target") for one in members])
            moved = [one for one in members if self._targets(one)[0] is not None and not self._stays(one)]
            conflicts = [found for one in members if (found := self._conflict(one))]
            told = PreparedWrite(
                gaps=[gap for found in conflicts for gap in found.gaps],
                remarks=[remark for found in conflicts for remark in found.remarks],
            )
            if not moved:
                return told
            entries: list[Json] = [
                {"content_type": one.content_type, "uid": self._targets(one)[0], "locale": self._locale(one)}
                for one in moved
            ]
            request = bulk_workflow({"entries": entries, "workflow": self._to(stage, moved[0])}, BULK)
            lost = [*lost_details(self._context, moved[0].details)]
            gaps = [*told.gaps, *(one.gap(reason, path) for one in moved for path, reason in lost)]
            # A stage that is set twice is the same stage.
            return replace(told, request=replace(request, repeatable=True), gaps=gaps)

        failed = members[0].gap("the target refused to move it into its stage")
        step = Write(
            key=key, kind="workflow_stages", build=build, read=Noticed((_TAKEN, key, "yes")), failed=failed
        )
        return replace(step, optional=True, reported_later=True, budget=Budget.BULK)

    def _conflict(self, one: Member) -> PreparedWrite | None:
        title = text((self._held(one) or {}).get("title"))
        return conflict(self._context, *self._seen(one), one.gap(""), title)

    def _singly(self, one: Member) -> Write:
        def build() -> PreparedWrite:
            entry, stage = self._targets(one)
            if entry is None or stage is None:
                return PreparedWrite()
            locale = params(locale=self._locale(one))
            request = set_workflow_stage(one.content_type, entry, self._to(stage, one), locale)
            return PreparedWrite(request=replace(request, repeatable=True))

        # A management token may only take transitions that are open to all users; the others leave gaps.
        failed = one.gap("the target refused to move it into its stage")
        read = Noticed((_TAKEN, one.single_key, "yes"))
        return Write(
            key=one.single_key, kind="workflow_stages", build=build, read=read, failed=failed, optional=True
        )

    def _look_once(self, key: str, members: tuple[Member, ...]) -> Await:
        """One read of documents of a type and language: which of them are not in the stage that they were in."""
        content_type, locale = members[0].content_type, self._locale(members[0])
        held = {text(row.get("uid")): (one, row) for one in members if (row := self._held(one))}

        def observe(answer: JsonObject) -> Observation:
            rows = (row for row in objects(answer.get("entries")) if row.get("locale") == locale)
            shown = {text(row.get("uid")): row for row in rows}
            return Observation(
                [
                    moved_fact(*self._seen(one), CHANGED)
                    for uid, (one, before) in held.items()
                    if uid in shown and _stage_and_details(shown[uid]) != _stage_and_details(before)
                ]
            )

        return Await(
            key=key,
            kind="workflow_stages",
            request=_with_stages(content_type, locale, held),
            observe=observe,
            required_key="entries",
            next_page=partial(next_page, "entries"),
        )

    def _look(
        self, name: str, members: Iterable[Member], gaps: Callable[[Member, str], Iterable[Gap]]
    ) -> Iterator[Step]:
        """Reads that show which of these are in their stage."""
        rows = self._context.scratch.table(5, members)
        for (content_type, locale), found in groupby(rows, key=itemgetter(0, 1)):
            for batch in batched((Member(*map(text, row)) for row in found), PAGE):
                yield self._look_at(f"{name}/{content_type}/{locale}/{batch[0].uid}", batch, gaps)

    def _look_at(
        self, key: str, members: tuple[Member, ...], gaps: Callable[[Member, str], Iterable[Gap]]
    ) -> Await:
        expected = {one: self._targets(one) for one in members}
        by_key, first = {one.key: one for one in members}, members[0]
        locale, is_promotion = self._locale(first), self._context.once(Fork).is_on
        promoted = self._context.once(PromotedStages).promoted

        def observe(answer: JsonObject) -> Observation:
            rows = objects(answer.get("entries"))
            shown = {text(row.get("uid")): row for row in rows if row.get("locale") == locale}
            found = {
                one: self._otherwise(one, stage, shown.get(entry, {}))
                for one, (entry, stage) in expected.items()
                if entry
            }
            return Observation(
                [
                    promoted(one.stream, one.uid, entry, as_object(shown[entry].get("_workflow")))
                    for one, (entry, _) in expected.items()
                    if is_promotion and entry and not found[one]
                ],
                pending=[(_ELSEWHERE, one.key, what) for one, what in found.items() if what],
            )

        uids = [entry for entry, _ in expected.values() if entry]
        return Await(
            key=key,
            kind="workflow_stages",
            request=_with_stages(first.content_type, locale, uids),
            observe=observe,
            required_key="entries",
            next_page=partial(next_page, "entries"),
            gaps=lambda facts: [gap for _, one, what in facts for gap in gaps(by_key[one], what)],
        )

    def _to(self, stage: str, one: Member) -> JsonObject:
        details = target_details(self._context, one.details)
        return {"workflow_stage": {**details, "uid": stage, "notify": False}}

    def _locale(self, one: Member) -> str:
        return target_locale(self._context, one.locale)


def _with_stages(content_type: str, locale: str, uids: Iterable[str]) -> Request:
    """The first page of the listing that shows in which stages these documents are."""
    query = exact_json.dumps({"uid": {"$in": [*uids]}, "locale": locale}).decode()
    sought = (("locale", locale), ("query", query), ("include_workflow", "true"), *page_params(0))
    return list_entries(content_type, *sought)


def _in_stage(context: ImportContext) -> Iterator[Row]:
    """Each document that is in a stage: stage, content type, what goes with the stage, locale, uid."""
    for stream in context.source.streams():
        if stream.kind == "entries":
            for row in context.source.objects(stream):
                name = document_name(stream.type, text(row.get("uid")), stream.locale)
                if (stage := stage_of(row)) and not context.once(Promotion).is_kept("entries", name):
                    more = exact_json.dumps(stage_details(row)).decode()
                    yield stage, stream.type, more, stream.locale, text(row.get("uid"))


def _stage_and_details(document: JsonObject) -> tuple[str, JsonObject]:
    return stage_of(document), stage_details(document)


def stage_of(document: JsonObject) -> str:
    """The uid of the stage that a document is in, or nothing."""
    return text(as_object(document.get("_workflow")).get("uid"))
