"""With `--editorial`: tasks and comments, which belong to entries, and comments on types and workflows. Pure.

API pages: "Tasks", "Comments". They are listed for one object at a time; where that is refused, of a few alone.
Comments come as rich text, so that mentions of people are kept.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.listings import listing
from stackferry.providers.contentful.kinds import Kind, sys_id
from stackferry.providers.contentful.options import read_options
from stackferry.providers.source import REFUSED, LocalRecords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import Job, Listing, ReadOptions, RecordStore

RICH_TEXT: Final = (("x-contentful-comment-body-format", "rich-text"),)
_SAMPLE: Final = 3  # objects of a type that are asked first
_NOT_ASKED: Final = "all that were asked for were refused ({}), so the others were not asked for"


class _Group(NamedTuple):
    """The tasks, or the comments, of objects of one kind and type."""

    kind: Kind
    name: str  # that of a listing, before the id
    stream: Stream

    def listing(self, root: Root, options: ReadOptions, uid: str) -> Listing:
        headers = RICH_TEXT if self.kind.name == kinds.COMMENTS.name else ()
        return listing(root, self.kind, options, name=f"{self.name}/{uid}", owner=uid, headers=headers)

    def uids(self, staged: RecordStore) -> Iterator[str]:
        return map(sys_id, staged.objects(self.stream))


def editorial(root: Root, staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Tasks of entries, and comments on what can have them: of the first few objects of each type."""
    for group in _groups(staged, options):
        for uid in islice(group.uids(staged), _SAMPLE):
            yield group.listing(root, options, uid)


def other_editorial(root: Root, staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Those of all others: one gap where the first few were refused, for a space or a token has tasks or has none."""
    for group in _groups(staged, options):
        sample, rest = [*islice(group.uids(staged), _SAMPLE)], islice(group.uids(staged), _SAMPLE, None)
        refused = [staged.get(REFUSED, f"{group.name}/{uid}") for uid in sample]
        if (first := next(iter(refused), None)) is None or None in refused:
            yield from (group.listing(root, options, uid) for uid in rest)
        elif next(rest, None) is not None:
            reason, of_type = _NOT_ASKED.format(text(first.get("reason"))), group.stream.type
            gap = Gap(kind=group.kind.name, uid="*", type=of_type, reason=reason)
            yield LocalRecords(name=f"{group.name} of others/{of_type}", gaps=[gap])


def _groups(staged: RecordStore, options: ReadOptions) -> Iterator[_Group]:
    for stream in staged.streams() if read_options(options).editorial else ():
        if stream.kind == kinds.ENTRIES.name:
            yield _Group(kinds.TASKS, kinds.TASKS.name, stream)
        if stream.kind in (kinds.ENTRIES.name, kinds.CONTENT_TYPES.name, kinds.WORKFLOWS.name):
            kind = replace(kinds.COMMENTS, path=f"/{stream.kind}/{{id}}/comments")
            yield _Group(kind, f"comments/{stream.kind}", stream)
