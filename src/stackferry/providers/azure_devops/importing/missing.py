"""What an unfinished import had made and the target no longer holds; what is forgotten, to make it anew. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Stream
from stackferry.providers.azure_devops.exporting.lists import rows_of
from stackferry.providers.azure_devops.importing.release_bodies import definition_uid
from stackferry.providers.azure_devops.kinds import DEFINITIONS, FOLDERS, RELEASES, uid_of
from stackferry.providers.made_anew import Forgotten, Made

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.providers.identities import Memory
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext


def missing(context: ImportContext, memory: Memory, present: RecordStore) -> Iterator[Made]:
    """What the import made and is not listed now, and the releases of a definition that is not."""
    folders = {str(row.get("path")).lower() for row in present.objects(Stream(FOLDERS.name))}
    there = {
        DEFINITIONS.name: {uid_of(row.get("id")) for row in present.objects(rows_of(DEFINITIONS))},
        RELEASES.name: {uid_of(row.get("id")) for row in present.objects(Stream(RELEASES.name))},
    }
    gone = set[str]()
    for kind, held in there.items():
        for source, target in memory.identities(kind):
            if _was_there(context.target, kind, target):
                continue
            if target not in held or (kind == RELEASES.name and _definition(context, source) in gone):
                gone |= {source} if kind == DEFINITIONS.name else set()
                yield Made(kind, source, target)
    for source, target in memory.identities(FOLDERS.name):
        if target.lower() not in folders:
            yield Made(FOLDERS.name, source, target)


def _definition(context: ImportContext, release: str) -> str:
    """The uid of the definition that a release of the source was made of."""
    return definition_uid(context.source.get(Stream(RELEASES.name), release) or {})


def _was_there(before: RecordStore, kind: str, target: str) -> bool:
    """Whether the target held it before the import, so that the import did not make it."""
    stream = rows_of(DEFINITIONS) if kind == DEFINITIONS.name else Stream(kind)
    return before.get(stream, target) is not None


def forget(gone: Collection[Made]) -> Forgotten:
    """Their steps, with those that finish them, and their identities."""
    folders = {f"{FOLDERS.name}/{one.source.lower()}" for one in gone if one.kind == FOLDERS.name}
    objects = {f"{one.kind}/{one.source}" for one in gone if one.kind != FOLDERS.name}
    pairs = {(one.kind, one.source) for one in gone}

    def is_step(key: str) -> bool:
        return key in folders or "/".join(key.split("/", 2)[:2]) in objects

    return Forgotten(step=is_step, identity=lambda kind, source: (kind, source) in pairs)
