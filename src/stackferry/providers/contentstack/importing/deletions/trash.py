"""What was deleted in the target since the snapshot was made: had back from the trash before anything is written.

The trash keeps entries and assets for 14 days and gives them back under their old uid, in a version more and live
nowhere, each language of an entry by a call of its own. Nothing lists what is in it, so each object that the target
lacks is asked for; where that is refused, it is made anew like any other. What came back is read, and from then on the
target holds it: it is compared, written over and published like everything that it held before. Pure.
Guides: "Restore a Deleted Entry", "Restore a Deleted Asset"; the call for an asset is on no page.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_object, integer, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.comparable import strip_for_write
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.importing.answers import Noticed, remember
from stackferry.providers.contentstack.importing.branches.deleted import DeletedInTarget
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.branches.published import PublishedInTarget
from stackferry.providers.contentstack.importing.deletions.in_trash import (
    ASKED,
    ASSETS,
    LOOKED,
    MADE,
    SHOWN,
    TAKEN,
    Deleted,
    branches,
    lacking,
    was_held,
)
from stackferry.providers.contentstack.importing.entries.second_look import moved_fact
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.rewrite import find_references
from stackferry.providers.contentstack.requests import trash as requests
from stackferry.providers.contentstack.requests.assets import read_asset
from stackferry.providers.contentstack.requests.build import get, segment
from stackferry.providers.contentstack.requests.entries import read_entry
from stackferry.providers.contentstack.target_names import is_one_place, is_same_stack, target_locale
from stackferry.providers.target import (
    Await,
    ImportContext,
    ImportStage,
    Observation,
    PreparedWrite,
    Probe,
    Write,
    WriteResult,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject, Request, Row
    from stackferry.providers.source import RecordStore, Table
    from stackferry.providers.target import Step

_ANSWERED = "restored_version"  # by a document's key: the version in the trash's answer
_PUBLISHED = ("include_publish_details", "true")


class TrashPlan:
    """What one import asks the trash for, and what came back."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._found: Table | None = None
        self.is_asked = (
            context.options.on_conflict == "update"
            and context.running_export is None
            and next(self._asked(), None) is not None
        )
        """Whether the target lacks something that its trash may hold."""

    def stages(self) -> Iterator[ImportStage]:
        """The stages that have it back. The next stage is asked for when they are over: it needs what they find."""
        known, back = "branches of the trash", "restored from the trash"
        yield ImportStage(known, (), self._branches_read, ())
        yield ImportStage(back, ("entries", "assets"), self._restored, None)
        yield ImportStage("restored objects read", (), self._read, (back,))
        yield ImportStage("restored objects told", (), self._told, ("restored objects read",))
        yield ImportStage("restored objects known", (), lambda: iter(()), None)

    def _branches_read(self) -> Iterator[Step]:
        """When the branches of both sides were made: what is younger than both was never in the target."""
        is_asked = is_same_stack(self._context) and not is_one_place(self._context)
        for name in sorted(branches(self._context)) if is_asked else ():
            yield Await(
                key=f"branch/{name}",
                kind="branches",
                request=get(f"/stacks/branches/{segment(name)}"),
                observe=partial(_made, name),
                reads_initial_state=True,
            )

    def _restored(self) -> Iterator[Step]:
        """Ask for each asset and each language of each entry."""
        firsts = (one for one in self._documents() if one.is_first)
        return map(self._restore, chain(firsts, (one for one in self._documents() if not one.is_first)))

    def _read(self) -> Iterator[Step]:
        """Read what the trash gave back, where nothing is shown nothing came; and the entries that show it again."""
        taken = (one for one in self._documents() if self._is_taken(one))
        back = ((one, partial(_observe_held, one, self._answered_version(one))) for one in taken)
        users = ((one, partial(_observe_held, one, self._held_version(one))) for one in self._users())
        for one, observe in chain(back, users):
            yield Await(
                key=_step("restored", one.key),
                kind=one.stream.kind,
                request=read_deleted(one, _PUBLISHED, ("include_workflow", "true")),
                observe=observe,
            )

    def _held_version(self, one: Deleted) -> int:
        return integer((self._context.target.get(one.stream, one.uid) or {}).get("_version")) or 0

    def _answered_version(self, one: Deleted) -> int:
        """The version in which the trash gave it back; 0 where its answer does not say it."""
        return int(self._context.identity.target(_ANSWERED, one.key) or 0)

    def _told(self) -> Iterator[Step]:
        """Tell what is there again."""
        for one in self._documents():
            if self._context.identity.target(SHOWN, one.key):
                remark = one.restored(
                    self._context, "it had been deleted: the trash gave it back under its uid"
                )
                yield remember(
                    _step("restored told", one.key), one.stream.kind, PreparedWrite(remarks=[remark])
                )

    def with_restored(self, *kept: type) -> ImportContext:
        """The import into a target that holds what came back; of what was found out before, `kept` holds on."""
        found = chain(filter(self._is_taken, self._documents()), self._users())
        # What the two branches had in common was decided by what the target held before.
        kept = (*kept, Fork, DeletedInTarget, PublishedInTarget)
        return self._context.into(_WithRestored(self._context, found), *kept)

    def _is_taken(self, one: Deleted) -> bool:
        return self._context.identity.target(TAKEN, one.key) is not None

    def _users(self) -> Iterator[Deleted]:
        """What the target holds of entries that use such an asset: without it their fields were shown empty."""
        back = {one.origin for one in self._documents() if one.stream == ASSETS and self._is_taken(one)}
        context, pairs = self._context, self._context.once(matches).of("entries")
        schemas = context.once(read_content).schemas if back else {}
        for stream in context.source.streams():
            if stream.kind != "entries" or stream.type not in schemas:
                continue
            own = stream._replace(locale=target_locale(context, stream.locale))
            for row in context.source.objects(stream):
                used = {one.uid for one in find_references(schemas[stream.type], row) if one.may_be_asset}
                uid = pairs.target(origin := text(row.get("uid")))
                if uid and not used.isdisjoint(back) and context.target.get(own, uid) is not None:
                    yield Deleted(own, uid, stream.locale, origin)

    def _documents(self) -> Iterator[Deleted]:
        if self._found is None:
            self._found = self._context.scratch.table(7, self._rows())
        for kind, type_, locale, *others in self._found:
            yield Deleted(Stream(text(kind), text(type_), text(locale)), *map(text, others))

    def _rows(self) -> Iterator[Row]:
        for one in self._asked():
            if was_held(self._context, one):
                yield (*one.stream, *one[1:])

    def _asked(self) -> Iterator[Deleted]:
        """What may be in the trash: of another stack only what an earlier import knows there."""
        is_own, known = is_same_stack(self._context), self._context.earlier.target
        return (one for one in lacking(self._context) if is_own or known(one.stream.kind, one.origin))

    def _restore(self, one: Deleted) -> Write:
        def build() -> PreparedWrite:
            is_entry_there = self._context.identity.target(TAKEN, one.first_key) is not None
            return (
                PreparedWrite(request=restore_request(one))
                if one.is_first or is_entry_there
                else PreparedWrite()
            )

        def otherwise() -> PreparedWrite | None:
            # No page has either call for an asset. Of an entry it would give back languages that nobody asked for.
            return None if one.stream.type else PreparedWrite(request=requests.restore_anything(one.uid))

        stream = one.stream
        # Where the trash refuses a language, it is written under the entry's uid.
        asked = () if one.is_language else ((ASKED, one.object_key, one.uid),)
        return Write(
            key=_step("restore", one.key),
            kind=stream.kind,
            build=build,
            read=_Restored((TAKEN, one.key, one.origin), *asked, of=one),
            fallback=otherwise,
            failed=Gap(kind=stream.kind, uid=one.origin, type=stream.type, locale=one.source, reason=""),
            after=() if one.is_first else (_step("restore", one.first_key),),
            probe=lambda _: probe_restored(one),
            optional=True,
            reported_later=True,  # what the trash does not have is made anew
        )


def _step(name: str, key: str) -> str:
    return "/".join((name, *filter(None, key.split("\0"))))


def restore_request(one: Deleted) -> Request:
    if one.stream.type:
        return requests.restore_entry(one.stream.type, one.uid, one.stream.locale)
    return requests.restore_asset(one.uid)


def read_deleted(one: Deleted, *params: tuple[str, str]) -> Request:
    if one.stream.type:
        return read_entry(one.stream.type, one.uid, ("locale", one.stream.locale), *params)
    return read_asset(one.uid, *params)


def shown_document(one: Deleted, answer: JsonObject) -> JsonObject:
    """The document in an answer, if it is the one that was asked for: another language may be shown instead."""
    row = as_object(answer.get("entry" if one.stream.type else "asset"))
    is_it = row.get("uid") == one.uid and (not one.stream.type or row.get("locale") == one.stream.locale)
    return row if is_it else {}


def probe_restored(one: Deleted) -> Probe:
    """Whether it is there: then the trash gave it back, whoever asked."""

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if shown_document(one, answer) else []

    return Probe(request=read_deleted(one), found=found, required_key="")


def _observe(one: Deleted, answer: JsonObject) -> Observation:
    row = shown_document(one, answer)
    found = [
        (SHOWN, one.key, exact_json.dumps(row).decode() if row else ""),
        (LOOKED, one.object_key, "yes"),
    ]
    return Observation(found) if row else Observation(pending=found)


def _observe_held(one: Deleted, held: int, answer: JsonObject) -> Observation:
    """The same of what the target held in a version (0: nobody knows which): in another one somebody has saved it."""
    seen = _observe(one, answer)
    now = integer(shown_document(one, answer).get("_version")) or 0
    moved = [moved_fact(one.uid, one.stream.locale, now)] if held and now != held else []
    return Observation([*seen.found, *moved], seen.pending)


class _Restored(Noticed):
    """For a write that has something back: no page shows its answer. Where it shows the object, its version counts."""

    def __init__(self, *identities: tuple[str, str, str], of: Deleted) -> None:
        super().__init__(*identities)
        self._of = of

    def __call__(self, answer: JsonObject) -> WriteResult:
        found, version = super().__call__(answer), integer(shown_document(self._of, answer).get("_version"))
        known = [(_ANSWERED, self._of.key, str(version))] if version else []
        return replace(found, identities=[*found.identities, *known])


def _made(name: str, answer: JsonObject) -> Observation:
    return Observation([(MADE, name, text(as_object(answer.get("branch")).get("created_at")))])


class _WithRestored:
    """Implements `RecordStore`: what the target held before the import, and what came back from its trash."""

    def __init__(self, context: ImportContext, found: Iterable[Deleted]) -> None:
        self._context = context
        self._held: RecordStore = context.target
        rows = ((*one.stream, one.uid, one.source, one.origin) for one in found if self._row(one))
        self._restored = context.scratch.table(6, rows)

    def streams(self) -> list[Stream]:
        found = {Stream(*map(text, row[:3])) for row in self._restored}
        return sorted(found.union(self._held.streams()))

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        for row in self._held.objects(stream):
            if not self._restored.of(*stream, text(row.get("uid"))):
                yield row
        for found in self._restored.of(*stream):
            yield self._row(Deleted(stream, *map(text, found[3:])))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        rows = self._restored.of(*stream, uid)
        return (
            self._row(Deleted(stream, *map(text, rows[0][3:])))
            if rows
            else self._held.get(stream, uid, number)
        )

    def _row(self, one: Deleted) -> JsonObject:
        """What the target shows now; nothing where it shows nothing."""
        shown = self._context.identity.target(SHOWN, one.key)
        if shown is not None:
            return as_object(exact_json.loads(shown.encode())) if shown else {}
        return self._expected(one)

    def _expected(self, one: Deleted) -> JsonObject:
        """What a dry run takes it for, which sees nothing of the trash.

        An entry of the same version says the same, with the asset that is back.
        """
        held, ours = self._held.get(one.stream, one.uid), one.document(self._context)
        if held is None:
            return one.expected(self._context)
        is_same = all(ours.get(name) == held.get(name) for name in ("uid", "_version", "updated_at"))
        return {**held, **strip_for_write(ours)} if is_same else held
