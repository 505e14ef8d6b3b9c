"""What the target lacks and its trash may hold: by which uid it is asked for, and what it is taken for meanwhile.

In the stack that the snapshot comes from an object has its own uid there, in any stack the one that an earlier import
knew it by. Of an entry that is still there only the languages are asked for that its branch has lost. Pure.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, epoch_seconds, integer, objects, text
from stackferry.model import JsonObject, Remark, Stream
from stackferry.providers.contentstack.content.entries import read_content, read_schemas
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.branches.fork import Fate, Fork, document_name
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.model import KEEP
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.target_names import is_one_place, is_same_stack, target_locale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentstack.content.entries import Entry
    from stackferry.providers.contentstack.references.model import Keep, Reference
    from stackferry.providers.target import ImportContext

# Identities. By a document's key, that the trash took the call, and of which uid of the snapshot; what the target shows
# of it since.
TAKEN: Final = "restored"
SHOWN: Final = "restored_documents"
# By an object's kind and its uid in the snapshot: under which uid all of it was asked for, and that it was looked for.
ASKED: Final = "restored_objects"
LOOKED: Final = "restored_objects_read"
MADE: Final = "branches_made"  # by the name of a branch: when it was made
ASSETS: Final = Stream("assets")
_MAIN: Final = "main"


class Deleted(NamedTuple):
    """What one call of the trash gives back: an asset, or an entry in one language, by its stream in the target.

    `source` is the language in the snapshot, `origin` the uid there. `first` is the language of the entry that is asked
    for before all others; empty where the entry is there.
    """

    stream: Stream
    uid: str
    source: str = ""
    origin: str = ""
    first: str = ""

    @property
    def key(self) -> str:
        return self._key(self.stream.locale)

    @property
    def object_key(self) -> str:
        return f"{self.stream.kind}\0{self.origin}"

    @property
    def first_key(self) -> str:
        return self._key(self.first)

    @property
    def is_first(self) -> bool:
        return self.is_language or self.stream.locale == self.first

    @property
    def is_language(self) -> bool:
        """Whether its entry is there without it."""
        return bool(self.stream.type) and not self.first

    def _key(self, locale: str) -> str:
        return "\0".join((*self.stream[:2], self.uid, locale))

    def document(self, context: ImportContext) -> JsonObject:
        """What the snapshot holds of it."""
        return context.source.get(self.stream._replace(locale=self.source), self.origin) or {}

    def restored(self, context: ImportContext, reason: str) -> Remark:
        """What a report tells of it, once it is there again."""
        source = self.document(context)
        return Remark(
            list="restored",
            kind=self.stream.kind,
            uid=self.origin,
            type=self.stream.type,
            locale=self.source,
            target=self.uid if self.uid != self.origin else "",
            title=text(source.get("title")) or text(source.get("filename")),
            reason=reason,
        )

    def older(self, context: ImportContext, number: int) -> JsonObject:
        """One of its versions in the snapshot; empty where that holds none of the number."""
        latest = self.document(context)
        if integer(latest.get("_version")) == number:
            return latest
        kind = "versions" if self.stream.type else "asset_versions"
        return context.source.get(Stream(kind, self.stream.type, self.source), self.origin, number) or {}

    def expected(self, context: ImportContext) -> JsonObject:
        """What a dry run takes it for: what the snapshot holds, in a version more and live nowhere.

        The master document lists what its entry's other languages show.
        """
        row = self.there(context, restored(self.document(context)))
        return {**row, "publish_details": [*self._shown_elsewhere(context)]} if self.stream.type else row

    def _shown_elsewhere(self, context: ImportContext) -> Iterator[JsonObject]:
        if self.stream.locale != master_locale(context.target):
            return
        for row in context.target.objects(Stream("locales")):
            code = text(row.get("code"))
            held = context.target.get(self.stream._replace(locale=code), self.uid)
            if code != self.stream.locale and held is not None:
                yield from objects(held.get("publish_details"))

    def there(self, context: ImportContext, row: JsonObject) -> JsonObject:
        """A version of the snapshot in the target's terms."""
        if self.uid == self.origin:
            return row
        if not self.stream.type:
            folder = context.in_target("folders", text(row.get("parent_uid")))
            return {**row, "uid": self.uid, "parent_uid": folder}
        schema = read_schemas(context.source)[self.stream.type]
        moved = rewrite_references(schema, row, partial(_in_target, context), for_write=False)
        return {**as_object(moved), "uid": self.uid, "locale": self.stream.locale}


def _in_target(context: ImportContext, reference: Reference) -> str | Keep:
    """What a field will refer to, where the trash gives back what it is asked for."""
    for kind in ("assets", "entries") if reference.may_be_asset else ("entries",):
        found = in_trash(context, kind, reference.uid) or context.in_target(kind, reference.uid)
        if found:
            return found
    return KEEP


def restored(ours: JsonObject) -> JsonObject:
    """A document or file as the trash gives it back."""
    kept = {name: value for name, value in ours.items() if name != "_workflow"}
    return {**kept, "_version": (integer(ours.get("_version")) or 1) + 1, "publish_details": []}


def in_trash(context: ImportContext, kind: str, uid: str) -> str | None:
    """Under which uid a dry run takes an object of the snapshot to be restored: the trash may have it no more."""
    target, key = context.identity.target, f"{kind}\0{uid}"
    return target(ASKED, key) if target(LOOKED, key) is None else None


def may_be_refused(context: ImportContext, kind: str, uid: str) -> bool:
    """Whether a dry run takes an object of the snapshot to be restored."""
    return in_trash(context, kind, uid) is not None


def was_there(context: ImportContext, kind: str, row: JsonObject) -> bool:
    """Whether the target held an object of the snapshot once, as far as that is known."""
    return bool(uid_there(context, kind, row))


def uid_there(context: ImportContext, kind: str, row: JsonObject) -> str:
    """The uid by which the target held an object of the snapshot once; empty where that is not known.

    It is that of an earlier import, or in the snapshot's own stack the object's. In another branch of that it is only
    known where both have the object from one branch.
    """
    uid = text(row.get("uid"))
    if known := context.earlier.target(kind, uid):
        return known
    return uid if is_same_stack(context) and (is_one_place(context) or _is_older(context, row)) else ""


def _is_older(context: ImportContext, row: JsonObject) -> bool:
    made, time = _forked(context), epoch_seconds(text(row.get("created_at")))
    return made is not None and time is not None and time < made


def branches(context: ImportContext) -> set[str]:
    """The branches of both sides but `main`, which is as old as its stack."""
    return {side.name for side in (context.origin, context.place) if side is not None} - {_MAIN}


def _forked(context: ImportContext) -> float | None:
    """When the younger of them was made, as seconds since 1970; None where that is not known of each."""
    times = [epoch_seconds(context.identity.target(MADE, name) or "") for name in branches(context)]
    return None if None in times else max((one for one in times if one is not None), default=None)


def lacking(context: ImportContext) -> Iterator[Deleted]:
    """What the snapshot holds and the target does not, under whatever name; of entries that it has, languages."""
    pairs = context.once(matches)
    if context.options.includes("assets"):
        for row in context.source.objects(ASSETS):
            if pairs.target("assets", uid := text(row.get("uid"))) is None:
                yield Deleted(ASSETS, context.earlier.target("assets", uid) or uid, "", uid)
    for entry in context.once(read_content).entries if context.options.includes("entries") else ():
        found = pairs.target("entries", entry.uid)
        if found is None:
            yield from _of_entry(context, entry, context.earlier.target("entries", entry.uid) or entry.uid)
        elif is_same_stack(context):
            yield from _languages(context, entry, found)


def _of_entry(context: ImportContext, entry: Entry, uid: str, first: str | None = None) -> Iterator[Deleted]:
    locales = [*dict.fromkeys(one.locale for one in entry.versions if not one.record_number)]
    codes = [target_locale(context, locale) for locale in locales]
    for locale, code in zip(locales, codes, strict=True):
        stream = Stream("entries", entry.content_type, code)
        yield Deleted(stream, uid, locale, entry.uid, codes[0] if first is None else first)


def _languages(context: ImportContext, entry: Entry, uid: str) -> Iterator[Deleted]:
    for one in _of_entry(context, entry, uid, ""):
        if context.target.get(one.stream, uid) is None:
            yield one


def was_held(context: ImportContext, one: Deleted) -> bool:
    """Whether the target held it once. Of a language in another branch that is what `Fork` knows."""
    row = one.document(context)
    if not one.is_language or is_one_place(context):
        return was_there(context, one.stream.kind, row)
    name, fork = document_name(one.stream.type, one.origin, one.source), context.once(Fork)
    fate = fork.fate("entries", name, row, is_whole=False)
    # What is gone stays deleted in a promotion; a mirror, and what is restored singly, has it back.
    return fate is Fate.CONFLICT or (fate is Fate.GONE and not fork.is_on)


def taken_version(context: ImportContext, stream: Stream, uid: str, number: int) -> JsonObject | None:
    """What a read of a version will be answered, of a document that a dry run takes to be back; None for any other.

    Its history is taken to be the snapshot's, and its latest version (number 0, too) is one more.
    """
    target = context.identity.target
    codes = {theirs: ours for ours, theirs in context.options.locales.items()}
    one = Deleted(stream, uid, codes.get(stream.locale, stream.locale))
    origin = target(TAKEN, one.key)
    if origin is None or target(SHOWN, one.key) is not None:
        return None
    one = one._replace(origin=origin)
    latest = one.expected(context)
    row = latest if number in (0, latest["_version"]) else one.there(context, one.older(context, number))
    kind, named = ("entry", {"locale": stream.locale}) if stream.type else ("asset", {})
    return {kind: {**row, **named}} if len(row) > 1 else {}


def was_taken(context: ImportContext, stream: Stream, uid: str) -> bool:
    """Whether this import took an object of the target from the trash: that gave it a version and a time of its own."""
    return context.identity.target(TAKEN, Deleted(stream, uid).key) is not None
