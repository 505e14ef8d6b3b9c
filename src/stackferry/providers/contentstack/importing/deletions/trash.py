"""What was deleted in the target since the snapshot was made: had back from the trash before anything is written.

The trash keeps entries and assets for 14 days and gives them back under their old uid, in a version more and live
nowhere, each language of an entry by a call of its own. Nothing lists what is in it, so each object that the target
lacks is asked for; where that is refused, it is made anew like any other. What came back is read, and from then on the
target holds it: it is compared, written over and published like everything that it held before. Pure.
Guides: "Restore a Deleted Entry", "Restore a Deleted Asset"; the call for an asset is on no page. In another stack
nothing is asked for: its trash never held the snapshot's objects.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.json_values import as_object, epoch_seconds, integer, text
from stackferry.model import Gap, JsonObject, Remark, Stream
from stackferry.providers.contentstack.content.comparable import strip_for_write
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.importing.answers import Noticed, remember
from stackferry.providers.contentstack.importing.branches.deleted import DeletedInTarget
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.branches.published import PublishedInTarget
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
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Request, Row
    from stackferry.providers.source import RecordStore, Table
    from stackferry.providers.target import Step

# Identities, by a document's key: the trash was asked for it and took that; what the target shows of it since.
_TAKEN: Final = "restored"
_SHOWN: Final = "restored_documents"
# By an object's kind and uid: that it was asked for, and that it was looked for since.
_ASKED: Final = "restored_objects"
_LOOKED: Final = "restored_objects_read"
_MADE: Final = "branches_made"  # by the name of a branch: when it was made
_ASSETS: Final = Stream("assets")
_MAIN: Final = "main"
_PUBLISHED = ("include_publish_details", "true")


class Deleted(NamedTuple):
    """What one call of the trash gives back: an asset, or an entry in one language, by its stream in the target.

    `source` is the language in the snapshot, `first` the one of the entry that is asked for before all others.
    """

    stream: Stream
    uid: str
    source: str = ""
    first: str = ""

    @property
    def key(self) -> str:
        return self._key(self.stream.locale)

    @property
    def object_key(self) -> str:
        return f"{self.stream.kind}\0{self.uid}"

    @property
    def first_key(self) -> str:
        return self._key(self.first)

    @property
    def is_first(self) -> bool:
        return self.stream.locale == self.first

    def _key(self, locale: str) -> str:
        return "\0".join((*self.stream[:2], self.uid, locale))

    def document(self, context: ImportContext) -> JsonObject:
        """What the snapshot holds of it."""
        return context.source.get(self.stream._replace(locale=self.source), self.uid) or {}

    def older(self, context: ImportContext, number: int) -> JsonObject:
        """One of its versions in the snapshot; empty where that holds none of the number."""
        latest = self.document(context)
        if integer(latest.get("_version")) == number:
            return latest
        kind = "versions" if self.stream.type else "asset_versions"
        return context.source.get(Stream(kind, self.stream.type, self.source), self.uid, number) or {}

    def expected(self, context: ImportContext) -> JsonObject:
        """What a dry run takes it for: what the snapshot holds, in a version more and live nowhere."""
        return restored(self.document(context))


def restored(ours: JsonObject) -> JsonObject:
    """A document or file as the trash gives it back."""
    kept = {name: value for name, value in ours.items() if name != "_workflow"}
    return {**kept, "_version": (integer(ours.get("_version")) or 1) + 1, "publish_details": []}


def may_be_refused(context: ImportContext, kind: str, uid: str) -> bool:
    """Whether a dry run takes an object to be restored: the trash may have it no more."""
    target, key = context.identity.target, f"{kind}\0{uid}"
    return target(_ASKED, key) is not None and target(_LOOKED, key) is None


def was_there(context: ImportContext, kind: str, row: JsonObject) -> bool:
    """Whether the target held an object of the snapshot once, under its own uid, as far as that is known.

    In another branch it did where an earlier import knows it there, or where both have it from one branch.
    """
    made, time = _forked(context), epoch_seconds(text(row.get("created_at")))
    is_older = made is not None and time is not None and time < made
    return (
        is_one_place(context)
        or is_older
        or context.earlier.target(kind, text(row.get("uid"))) == row.get("uid")
    )


def _branches(context: ImportContext) -> set[str]:
    """The branches of both sides but `main`, which is as old as its stack."""
    return {side.name for side in (context.origin, context.place) if side is not None} - {_MAIN}


def _forked(context: ImportContext) -> float | None:
    """When the younger of them was made, as seconds since 1970; None where that is not known of each."""
    times = [epoch_seconds(context.identity.target(_MADE, name) or "") for name in _branches(context)]
    return None if None in times else max((one for one in times if one is not None), default=None)


def taken_version(context: ImportContext, stream: Stream, uid: str, number: int) -> JsonObject | None:
    """What a read of a version will be answered, of an object that a dry run takes to be back; None for any other.

    Its history is taken to be the snapshot's, and its latest version (number 0, too) is one more.
    """
    if not may_be_refused(context, stream.kind, uid):
        return None
    codes = {theirs: ours for ours, theirs in context.options.locales.items()}
    one = Deleted(stream, uid, codes.get(stream.locale, stream.locale))
    latest = one.expected(context)
    row = latest if number in (0, latest["_version"]) else one.older(context, number)
    kind, named = ("entry", {"locale": stream.locale}) if stream.type else ("asset", {})
    return {kind: {**row, **named}} if row else {}


class TrashPlan:
    """What one import asks the trash for, and what came back."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._found: Table | None = None
        self.is_asked = (
            is_same_stack(context)
            and context.options.on_conflict == "update"
            and context.running_export is None
            and next(self._lacking(), None) is not None
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
        for name in () if is_one_place(self._context) else sorted(_branches(self._context)):
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
        for one in chain(filter(self._is_taken, self._documents()), self._users()):
            yield Await(
                key=_step("restored", one.key),
                kind=one.stream.kind,
                request=_read(one, _PUBLISHED, ("include_workflow", "true")),
                observe=partial(_observe, one),
            )

    def _told(self) -> Iterator[Step]:
        """Tell what is there again."""
        for one in self._documents():
            if self._context.identity.target(_SHOWN, one.key):
                source = one.document(self._context)
                remark = Remark(
                    list="restored",
                    kind=one.stream.kind,
                    uid=one.uid,
                    type=one.stream.type,
                    locale=one.stream.locale,
                    title=text(source.get("title")) or text(source.get("filename")),
                    reason="it had been deleted: the trash gave it back under its uid",
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
        return self._context.identity.target(_TAKEN, one.key) is not None

    def _users(self) -> Iterator[Deleted]:
        """What the target holds of entries that use such an asset: without it their fields were shown empty."""
        back = {one.uid for one in self._documents() if one.stream == _ASSETS and self._is_taken(one)}
        context, pairs = self._context, self._context.once(matches).of("entries")
        schemas = context.once(read_content).schemas if back else {}
        for stream in context.source.streams():
            if stream.kind != "entries" or stream.type not in schemas:
                continue
            own = stream._replace(locale=target_locale(context, stream.locale))
            for row in context.source.objects(stream):
                used = {one.uid for one in find_references(schemas[stream.type], row) if one.may_be_asset}
                uid = pairs.target(text(row.get("uid")))
                if uid and not used.isdisjoint(back) and context.target.get(own, uid) is not None:
                    yield Deleted(own, uid, stream.locale)

    def _documents(self) -> Iterator[Deleted]:
        if self._found is None:
            self._found = self._context.scratch.table(6, self._rows())
        for kind, type_, locale, uid, source, first in self._found:
            yield Deleted(Stream(text(kind), text(type_), text(locale)), text(uid), text(source), text(first))

    def _rows(self) -> Iterator[Row]:
        for one in self._lacking():
            if was_there(self._context, one.stream.kind, one.document(self._context)):
                yield (*one.stream, one.uid, one.source, one.first)

    def _lacking(self) -> Iterator[Deleted]:
        """What the snapshot holds and the target does not, under whatever name."""
        context, pairs = self._context, self._context.once(matches)
        if context.options.includes("assets"):
            for row in context.source.objects(_ASSETS):
                if pairs.target("assets", uid := text(row.get("uid"))) is None:
                    yield Deleted(_ASSETS, uid)
        for entry in context.once(read_content).entries if context.options.includes("entries") else ():
            if pairs.target("entries", entry.uid) is None:
                locales = [*dict.fromkeys(one.locale for one in entry.versions if not one.record_number)]
                codes = [target_locale(context, locale) for locale in locales]
                for locale, code in zip(locales, codes, strict=True):
                    stream = Stream("entries", entry.content_type, code)
                    yield Deleted(stream, entry.uid, locale, codes[0])

    def _restore(self, one: Deleted) -> Write:
        def build() -> PreparedWrite:
            is_entry_there = self._context.identity.target(_TAKEN, one.first_key) is not None
            return PreparedWrite(request=_request(one)) if one.is_first or is_entry_there else PreparedWrite()

        def otherwise() -> PreparedWrite | None:
            # No page has either call for an asset. Of an entry it would give back languages that nobody asked for.
            return None if one.stream.type else PreparedWrite(request=requests.restore_anything(one.uid))

        stream = one.stream
        return Write(
            key=_step("restore", one.key),
            kind=stream.kind,
            build=build,
            read=Noticed((_TAKEN, one.key, "yes"), (_ASKED, one.object_key, "yes")),
            fallback=otherwise,
            failed=Gap(kind=stream.kind, uid=one.uid, type=stream.type, locale=stream.locale, reason=""),
            after=() if one.is_first else (_step("restore", one.first_key),),
            probe=lambda _: _probe(one),
            optional=True,
            reported_later=True,  # what the trash does not have is made anew
        )


def was_taken(context: ImportContext, stream: Stream, uid: str) -> bool:
    """Whether this import took an object of the target from the trash: that gave it a version and a time of its own."""
    return context.identity.target(_TAKEN, Deleted(stream, uid).key) is not None


def _step(name: str, key: str) -> str:
    return "/".join((name, *filter(None, key.split("\0"))))


def _request(one: Deleted) -> Request:
    if one.stream.type:
        return requests.restore_entry(one.stream.type, one.uid, one.stream.locale)
    return requests.restore_asset(one.uid)


def _read(one: Deleted, *params: tuple[str, str]) -> Request:
    if one.stream.type:
        return read_entry(one.stream.type, one.uid, ("locale", one.stream.locale), *params)
    return read_asset(one.uid, *params)


def _shown(one: Deleted, answer: JsonObject) -> JsonObject:
    """The document in an answer, if it is the one that was asked for: another language may be shown instead."""
    row = as_object(answer.get("entry" if one.stream.type else "asset"))
    is_it = row.get("uid") == one.uid and (not one.stream.type or row.get("locale") == one.stream.locale)
    return row if is_it else {}


def _probe(one: Deleted) -> Probe:
    """Whether it is there: then the trash gave it back, whoever asked."""

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if _shown(one, answer) else []

    return Probe(request=_read(one), found=found, required_key="")


def _observe(one: Deleted, answer: JsonObject) -> Observation:
    row = _shown(one, answer)
    found = [
        (_SHOWN, one.key, exact_json.dumps(row).decode() if row else ""),
        (_LOOKED, one.object_key, "yes"),
    ]
    return Observation(found) if row else Observation(pending=found)


def _made(name: str, answer: JsonObject) -> Observation:
    return Observation([(_MADE, name, text(as_object(answer.get("branch")).get("created_at")))])


class _WithRestored:
    """Implements `RecordStore`: what the target held before the import, and what came back from its trash."""

    def __init__(self, context: ImportContext, found: Iterable[Deleted]) -> None:
        self._context = context
        self._held: RecordStore = context.target
        rows = ((*one.stream, one.uid, one.source) for one in found if self._row(one))
        self._restored = context.scratch.table(5, rows)

    def streams(self) -> list[Stream]:
        found = {Stream(*map(text, row[:3])) for row in self._restored}
        return sorted(found.union(self._held.streams()))

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        for row in self._held.objects(stream):
            if not self._restored.of(*stream, text(row.get("uid"))):
                yield row
        for found in self._restored.of(*stream):
            yield self._row(Deleted(stream, text(found[3]), text(found[4])))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        rows = self._restored.of(*stream, uid)
        return (
            self._row(Deleted(stream, uid, text(rows[0][4]))) if rows else self._held.get(stream, uid, number)
        )

    def _row(self, one: Deleted) -> JsonObject:
        """What the target shows now; nothing where it shows nothing."""
        shown = self._context.identity.target(_SHOWN, one.key)
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
