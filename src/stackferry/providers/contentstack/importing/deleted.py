"""What an import had made and somebody deleted before it was resumed: what is gone, and what must be forgotten.

An object is made anew when its steps and identities are forgotten. Entries that were written with references to it are
written once more, and published again; of other kinds, what names it is a gap. What the target held before the import
is not ours to make anew. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, integer, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.comparable import strip_for_write
from stackferry.providers.contentstack.importing.deletions.made_before import deleted_documents
from stackferry.providers.contentstack.importing.publishing.readings import UNREAD
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.made_anew import Forgotten, Made

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.identities import Memory
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

DOCUMENTS = (
    "documents"  # as a kind of what is gone: an entry's document in one language, by type, uid and language
)
ANEW = "anew"  # the identity that marks an entry or an asset that is written again, and published again
# Kinds whose uids their authors choose: in a step's key they stand behind the name of the kind.
_CHOSEN = frozenset(("locales", "taxonomies", "terms", "global_fields", "content_types"))
_OF_TAXONOMIES = frozenset(
    ("term_places", "term_trees", "translations", "taxonomies_sent", "taxonomies_again", "taxonomies_shown")
)
_TAXONOMY_STEPS = frozenset(("places", "translation", "translations", "taxonomies"))
_PLACES = frozenset(("environments", "locales"))  # where something is published
# Readings, and what they led to: they may have seen what is gone.
_READINGS = frozenset((
    "confirm", "confirm-again", "look", "publish-again", "masters", "masters gone", "stages", "stages again",
    "metadata published", "metadata put right", "unpublished", "unpublished-again",
))  # fmt: skip
_NEW = (
    "something that was deleted in the target since, or refers to it, and has been written anew: import once more with "
    "--on-conflict update and a new --state"
)
_WORD = re.compile(r"[\w-]+")


def missing(context: ImportContext, memory: Memory, present: RecordStore) -> Iterator[Made]:
    """What this import made and the target's listings (`present`) no longer hold."""
    for kind in kinds.KINDS:
        if kind.listed or kind in (kinds.TERMS, kinds.FOLDERS, kinds.ASSETS):
            for source, target in memory.identities(kind.name):
                key = source if kind is kinds.TERMS else target
                stream = Stream(kind.name)
                if present.get(stream, key) is None and context.target.get(stream, key) is None:
                    yield Made(kind.name, source, target)
    yield from _missing_documents(context, memory, present)


def _missing_documents(context: ImportContext, memory: Memory, present: RecordStore) -> Iterator[Made]:
    now, before = _by_type(present), _by_type(context.target)
    for stream in context.source.streams():
        if stream.kind != kinds.ENTRIES.name:
            continue
        there = stream._replace(locale=target_locale(context, stream.locale))
        for row in context.source.objects(stream):
            uid = text(row.get("uid"))
            target = memory.target("entries", uid)
            if target is None or present.get(there, target) is not None:
                continue
            if any(context.target.get(one, target) is not None for one in before[stream.type]):
                continue
            if not any(present.get(one, target) is not None for one in now[stream.type]):
                yield Made("entries", uid, target)
            elif any(True for _ in _versions(context, memory, stream, uid)):
                yield Made(DOCUMENTS, f"{stream.type}\0{uid}\0{stream.locale}", target)


def _by_type(staged: RecordStore) -> defaultdict[str, list[Stream]]:
    found: defaultdict[str, list[Stream]] = defaultdict(list)
    for stream in staged.streams():
        if stream.kind == kinds.ENTRIES.name:
            found[stream.type].append(stream)
    return found


def _versions(context: ImportContext, memory: Memory, stream: Stream, uid: str) -> Iterator[str]:
    """The versions of a document that were written, by their keys."""
    latest = integer((context.source.get(stream, uid) or {}).get("_version")) or 1
    for number in range(1, latest + 1):
        key = "\0".join((stream.type, uid, stream.locale, str(number)))
        if memory.target("versions", key) is not None:
            yield key


def forget(context: ImportContext, memory: Memory, gone: Collection[Made]) -> Forgotten:
    """What must be forgotten for all of `gone` to be made anew."""
    return _Forgetting(context, memory, gone).forgotten()


class _Forgetting:
    def __init__(self, context: ImportContext, memory: Memory, gone: Collection[Made]) -> None:
        self._context, self._memory, self._gone = context, memory, gone
        own = [one for one in gone if one.kind not in _CHOSEN and one.kind != DOCUMENTS]
        self._sources = {one.source for one in own}
        self._uids = self._sources | {one.target for one in own}
        self._chosen = [
            f"/{one.kind}/{one.source.replace(chr(0), '/')}/" for one in gone if one.kind in _CHOSEN
        ]
        self._documents = {one.source for one in gone if one.kind == DOCUMENTS}
        self._terms = {one.source.rpartition("\0")[2] for one in gone if one.kind == "terms"}
        self._taxonomies = {
            one.source.partition("\0")[0] for one in gone if one.kind in ("taxonomies", "terms")
        }
        self._are_places_gone = any(one.kind in _PLACES for one in gone)
        self._again = self._written_before()
        # What was scheduled for it went with it.
        self._uids |= {uid for uid, row in self._schedules() if self._mentions(row)}

    def forgotten(self) -> Forgotten:
        mark = sha256(repr(sorted(self._gone)).encode()).hexdigest()[:8]
        entries = {key.split("\0")[1] for key in (*self._documents, *self._again)}
        entries |= {one.source for one in self._gone if one.kind in ("entries", "assets")}
        return Forgotten(
            step=self._step,
            identity=self._identity,
            facts=[*((ANEW, uid, mark) for uid in sorted(entries)), *self._in_trash()],
            gaps=[*self._gaps()],
        )

    def _in_trash(self) -> Iterator[tuple[str, str, str]]:
        """What may be had back from the trash before it is made anew."""
        entries, assets, languages = (
            {one.source: one.target for one in self._gone if one.kind == kind}
            for kind in ("entries", "assets", DOCUMENTS)
        )
        return deleted_documents(self._context.source, entries, assets, languages)

    def _step(self, key: str) -> bool:
        parts = key.split("/")
        if not self._uids.isdisjoint(one for part in parts for one in part.split(",")):
            return True
        if any(one in f"/{key}/" for one in self._chosen):
            return True
        if self._is_of_gone_taxonomy(parts):
            return True
        if parts[0] in ("entries", "empty") and len(parts) >= 5:  # a document: type, uid, language, version
            content_type, uid, locale = parts[-4:-1]
            names = (f"{content_type}\0{uid}", f"{content_type}\0{uid}\0{locale}")
            return names[0] in self._again or names[1] in self._documents
        return parts[0] in _READINGS

    def _is_of_gone_taxonomy(self, parts: list[str]) -> bool:
        # Publishing once more what is live already changes nothing.
        publishes = parts[0] == "taxonomies" and parts[1] in ("publish", "again", "unpublished")
        if self._are_places_gone and publishes:
            return True
        return bool(self._taxonomies) and parts[0] in _TAXONOMY_STEPS and self._is_of_taxonomy(parts)

    def _is_of_taxonomy(self, parts: list[str]) -> bool:
        return parts[1] == "publish" or (parts[1] in self._taxonomies and parts[0] != "taxonomies")

    def _identity(self, kind: str, source: str) -> bool:
        if kind == ANEW:
            return False
        parts = re.split(r"[\0/]", source)
        if any((one.kind, one.source) == (kind, source) for one in self._gone):
            return True
        if kind in _OF_TAXONOMIES:
            return not self._taxonomies.isdisjoint(parts)
        if kind in ("versions", "inherited", "emptied"):
            entry, document = "\0".join(parts[:2]), "\0".join(parts[:3])
            if entry in self._again or document in self._documents:
                return True
        return kind in ("missing", UNREAD) or not self._uids.isdisjoint(parts)

    def _written_before(self) -> set[str]:
        """Entries that stay and were written with references to what is gone: content type and uid."""
        found: set[str] = set()
        for stream in self._context.source.streams():
            if stream.kind in (kinds.ENTRIES.name, kinds.VERSIONS.name):
                for row in self._context.source.objects(stream):
                    uid = text(row.get("uid"))
                    if self._memory.target("entries", uid) and uid not in self._sources and self._names(row):
                        found.add(f"{stream.type}\0{uid}")
        return found

    def _names(self, document: JsonObject) -> bool:
        """Whether a document refers to something that is gone. Where it is published is no reference."""
        rows = as_list(document.get("taxonomies"))
        if self._terms and any(text(as_object(row).get("term_uid")) in self._terms for row in rows):
            return True
        own = {name: value for name, value in strip_for_write(document).items() if name != "publish_details"}
        return self._mentions(own)

    def _mentions(self, value: JsonObject) -> bool:
        return not self._sources.isdisjoint(_words(value))

    def _schedules(self) -> Iterator[tuple[str, JsonObject]]:
        """What an earlier run has scheduled."""
        for row in self._context.source.objects(Stream(kinds.SCHEDULES.name)):
            if self._memory.target("schedules_sent", uid := text(row.get("uid"))):
                yield uid, row

    def _gaps(self) -> Iterator[Gap]:
        """What is there, names what is gone, and is not written again."""
        names = {name.partition("\0")[2] for name in self._again}
        yield from self._gaps_of_objects()
        for uid, row in self._schedules():
            if uid not in self._uids and not names.isdisjoint(_words(row)):
                yield Gap(
                    kind=kinds.SCHEDULES.name, uid=uid, reason=f"it was scheduled before, and names {_NEW}"
                )
        yield from self._gaps_of_releases(self._sources | names)

    def _gaps_of_objects(self) -> Iterator[Gap]:
        for kind in kinds.KINDS:
            for row in self._context.source.objects(Stream(kind.name)) if kind.listed else ():
                uid = text(row.get("uid"))
                is_there = uid not in self._sources and self._memory.target(kind.name, uid)
                if is_there and self._mentions({**kind.own_fields(row), "publish_details": None}):
                    yield Gap(kind=kind.name, uid=uid, reason=f"it was written before, and names {_NEW}")

    def _gaps_of_releases(self, again: set[str]) -> Iterator[Gap]:
        """Releases that were filled before with what is made anew."""
        filled = {source.partition("/")[0] for source, _ in self._memory.identities("release_batches")}
        stale = {
            text(row.get("release"))
            for row in self._context.source.objects(Stream(kinds.RELEASE_ITEMS.name))
            if text(as_object(row.get("item")).get("uid")) in again
        }
        for uid in sorted(filled & stale - self._sources):
            yield Gap(kind=kinds.RELEASES.name, uid=uid, reason=f"it was filled before, and holds {_NEW}")


def _words(value: JsonObject) -> list[str]:
    """Every word in a record, the uids among them."""
    return _WORD.findall(exact_json.dumps(value).decode("utf-8", "surrogatepass"))
