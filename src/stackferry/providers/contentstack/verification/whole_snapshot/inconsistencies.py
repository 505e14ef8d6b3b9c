"""Everything that is wrong with a snapshot whose files are as its manifest lists them, a sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.verification.whole_snapshot.belonging import Owners, misplaced
from stackferry.providers.contentstack.verification.whole_snapshot.kind_marks import other_kind
from stackferry.providers.contentstack.verification.whole_snapshot.links import links_into_other_types
from stackferry.providers.contentstack.verification.whole_snapshot.versions import (
    doubled_versions,
    only_newer_versions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.source import RecordStore


def inconsistencies(store: RecordStore) -> Iterator[str]:
    """What does not belong where it is, or belongs to what is not there; sorted, each once."""
    owners, found = Owners(store), set[str]()
    for stream in store.streams():
        where = "/".join(filter(None, stream))
        found |= {
            f"{where}: {problem}"
            for row in store.objects(stream)
            for problem in _problems(owners, stream, row)
        }
    of_versions = {*only_newer_versions(store), *doubled_versions(store)}
    yield from sorted(found | {*links_into_other_types(store)} | of_versions)


def _problems(owners: Owners, stream: Stream, row: JsonObject) -> Iterator[str]:
    yield from misplaced(stream, row)
    yield from other_kind(stream.kind, row)
    yield from owners.missing(stream, row)
