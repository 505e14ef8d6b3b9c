"""Which entries are whole when they are created, and are only published afterwards: the plain ones.

Most entries of most stacks are. They are created last, while everything that takes several steps, each after the answer
to the one before, goes on beside them: at a distant service those answers take most of the time. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.graph.digraph import leading_to
from stackferry.json_values import as_list, objects, text, texts
from stackferry.model import Stream
from stackferry.providers.contentstack.content.entries import read_content

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.providers.contentstack.content.entries import Entry
    from stackferry.providers.contentstack.importing.entries.reference_index import ReferenceIndex
    from stackferry.providers.target import ImportContext

# What names entries as `links` say, names none, or is written when all entries are.
_CONTENT: Final = {"entries", "versions", "assets", "files", "asset_versions"}
_LATER: Final = {"releases", "release_items", "schedules"}
_WORD: Final = re.compile(r"\w+")


def plain_entries(context: ImportContext, references: ReferenceIndex, relaxed: Collection[str]) -> bytearray:
    """For each entry, by its number, 1 if it is plain. `relaxed`: the types whose rules are relaxed for a while.

    Only in a target that holds no entries. No other entry refers to a plain one.
    """
    size = len(context.once(read_content).entries)
    # What the others refer to must be there before their documents are written.
    referred_to = ((other, number) for number, other in references.links)
    followed = leading_to(size, referred_to, _followed(context, references, relaxed))
    return bytearray(not one for one in followed)


def _followed(context: ImportContext, references: ReferenceIndex, relaxed: Collection[str]) -> Iterator[int]:
    """The numbers of the entries with which something is done after their creation, or before the end of a change."""
    content, staged = context.once(read_content), _staged_types(context)
    for number, entry in enumerate(content.entries):
        # A type gets its rules back, and a workflow that puts new entries into a stage is made, after its entries.
        is_free = entry.content_type not in relaxed and staged.isdisjoint({entry.content_type, "$all"})
        if not is_free or not _is_one_document(entry, content.master_locale):
            yield number
    yield from (number for (number,) in references.named)
    for uid in _with_more(context):
        if (found := content.entries.number(uid)) is not None:
            yield found


def _is_one_document(entry: Entry, master_locale: str) -> bool:
    """Whether an entry has its master document alone, and that in no older version."""
    first, *others = entry.versions
    return not others and not first.record_number and first.locale == master_locale


def _staged_types(context: ImportContext) -> set[str]:
    """The content types that a workflow is for; `$all` stands for every one."""
    workflows = context.source.objects(Stream("workflows"))
    return {uid for row in workflows for uid in texts(as_list(row.get("content_types")))}


def _with_more(context: ImportContext) -> Iterator[str]:
    """The uids of the entries with variants, metadata, or a name for a version, and of those that others name.

    Rules of fields, roles, metadata, variants, whatever an extension keeps: any word there may be the uid of an entry.
    """
    for stream in context.source.streams():
        for row in context.source.objects(stream) if stream.kind not in _CONTENT | _LATER else ():
            names = (version.get("_version_name") for version in objects(row.get("versions")))
            if stream.kind != "history":
                yield from _WORD.findall(exact_json.dumps(row).decode())
            elif any(names):
                yield text(row.get("uid"))
