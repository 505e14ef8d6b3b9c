"""What this import had made and somebody deleted before it was resumed: had back from the trash, then written anew.

The trash keeps titles and addresses, so a new entry may be refused as long as it holds the old one. What comes back
has its old uid, in a version more; it is written over from its first version on, as what refers to it is. What the
trash does not give back is made anew. Which objects those are `forget` wrote down, as identities. Pure.
Guides: "Restore a Deleted Entry", "Restore a Deleted Asset".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.json_values import integer, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.answers import Noticed, remember
from stackferry.providers.contentstack.importing.deletions.in_trash import ASSETS, Deleted
from stackferry.providers.contentstack.importing.deletions.trash import (
    probe_restored,
    read_deleted,
    restore_request,
    shown_document,
)
from stackferry.providers.contentstack.requests import trash as requests
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import Await, ImportStage, Observation, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext, Step

IN_TRASH: Final = (
    "deleted_meanwhile"  # by a document's name: the uid that this import had made; "" where there is any
)
_TAKEN: Final = "given_back"  # by a document's name: that the trash took the call
_BACK: Final = "back"  # by a document's name: its version, since it is there again
_WHY: Final = "it was deleted after this import had made it: the trash gave it back under its uid"


def document_name(stream: Stream, uid: str) -> str:
    """What an asset, or an entry in one language of the snapshot, is called here."""
    return f"{stream.kind}\0{stream.type}\0{uid}\0{stream.locale}"


def deleted_documents(
    source: RecordStore, entries: dict[str, str], assets: dict[str, str], languages: dict[str, str]
) -> Iterator[tuple[str, str, str]]:
    """The identities that say what may be in the trash: by the snapshot's uids, what the target called them.

    Of `entries` every language, of others the `languages`, by type, uid and language.
    """
    found = [(IN_TRASH, document_name(ASSETS, uid), target) for uid, target in assets.items()]
    for stream in source.streams() if entries or languages else ():
        if stream.kind == "entries":
            there = (one for one in entries if source.get(stream, one) is not None)
            found += [(IN_TRASH, document_name(stream, uid), entries[uid]) for uid in there]
    for name, target in languages.items():
        content_type, uid, locale = name.split("\0")
        found.append((IN_TRASH, document_name(Stream("entries", content_type, locale), uid), target))
    yield from [(IN_TRASH, "", "yes"), *found] if found else []


def version_back(context: ImportContext, stream: Stream, uid: str) -> int | None:
    """In which version something is there again; None for what did not come back."""
    number = context.identity.target(_BACK, document_name(stream, uid))
    return None if number is None else int(number)


class MadeBefore:
    """What one import asks the trash for, because it had made it."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context

    def stages(self) -> Iterator[ImportStage]:
        """The stages that have it back; the plan of the entries needs what they find."""
        if self._context.identity.target(IN_TRASH, "") is not None:
            back, read = "deleted objects restored", "deleted objects read"
            yield ImportStage(back, ("entries", "assets"), self._restored, None)
            yield ImportStage(read, (), self._read, (back,))
            yield ImportStage("deleted objects told", (), self._told, None)

    def _restored(self) -> Iterator[Step]:
        # Languages of an entry come back after its first one.
        return map(self._restore, sorted(self._documents(), key=lambda one: not one.is_first))

    def _read(self) -> Iterator[Step]:
        for one in self._documents():
            yield Await(
                key=_step("given back", self._name(one)),
                kind=one.stream.kind,
                request=partial(self._request, one),
                observe=partial(self._observe, one),
            )

    def _told(self) -> Iterator[Step]:
        for one in self._documents():
            if self._is(_BACK, one):
                remark = one.restored(self._context, _WHY)
                yield remember(
                    _step("given back told", self._name(one)),
                    one.stream.kind,
                    PreparedWrite(remarks=[remark]),
                )

    def _documents(self) -> Iterator[Deleted]:
        context, master = self._context, master_locale(self._context.source)
        for stream in context.source.streams():
            if stream.kind in ("entries", "assets"):
                yield from self._of(stream, master)

    def _of(self, stream: Stream, master: str) -> Iterator[Deleted]:
        """Those of one stream. Of an entry the master language comes first, if it has that."""
        context = self._context
        for row in context.source.objects(stream):
            uid = text(row.get("uid"))
            target = context.identity.target(IN_TRASH, document_name(stream, uid))
            if target is not None:
                masters = stream._replace(locale=master)
                is_first = context.identity.target(IN_TRASH, document_name(masters, uid)) is None
                first = stream.locale if is_first else master
                there = stream._replace(locale=target_locale(context, stream.locale) if stream.type else "")
                yield Deleted(
                    there, target, stream.locale, uid, target_locale(context, first) if first else ""
                )

    def _name(self, one: Deleted) -> str:
        return document_name(one.stream._replace(locale=one.source), one.origin)

    def _is(self, kind: str, one: Deleted) -> bool:
        return self._context.identity.target(kind, self._name(one)) is not None

    def _restore(self, one: Deleted) -> Write:
        def build() -> PreparedWrite:
            is_there = one.is_first or self._is(_TAKEN, self._first(one))
            return PreparedWrite(request=restore_request(one)) if is_there else PreparedWrite()

        def otherwise() -> PreparedWrite | None:
            return None if one.stream.type else PreparedWrite(request=requests.restore_anything(one.uid))

        kind = one.stream.kind
        return Write(
            key=_step("give back", self._name(one)),
            kind=kind,
            build=build,
            read=Noticed((_TAKEN, self._name(one), one.uid)),
            fallback=otherwise,
            failed=Gap(kind=kind, uid=one.origin, type=one.stream.type, locale=one.source, reason=""),
            after=() if one.is_first else (_step("give back", self._name(self._first(one))),),
            probe=lambda _: probe_restored(one),
            optional=True,
            reported_later=True,  # what the trash does not have is made anew
        )

    def _first(self, one: Deleted) -> Deleted:
        """The language of the same entry that comes back first."""
        codes = {theirs: ours for ours, theirs in self._context.options.locales.items()}
        return one._replace(source=codes.get(one.first, one.first))

    def _request(self, one: Deleted) -> Request | None:
        if not self._is(_TAKEN, one):
            return None
        return read_deleted(one)

    def _observe(self, one: Deleted, answer: JsonObject) -> Observation:
        row = shown_document(one, answer)
        if not row:
            return Observation()
        version = str(integer(row.get("_version")) or 1)
        return Observation([(one.stream.kind, one.origin, one.uid), (_BACK, self._name(one), version)])


def _step(name: str, key: str) -> str:
    return "/".join((name, *filter(None, key.split("\0"))))
