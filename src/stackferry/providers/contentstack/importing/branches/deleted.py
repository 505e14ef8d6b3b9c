"""What the target's branch has deleted since it parted from the source's: what stays deleted, and what is a conflict.

What the target lacks and the source has as it was when the two were equal was deleted in the target alone: it stays
deleted, and is told. What the source has edited since is a conflict, which the source wins unless the import was told
otherwise; what it has made since is new. A type, a language, a folder that is gone comes back where something needs it
that the source has edited or made. All is decided before the first write.

Of labels, and of variants with their groups, no page says that a new branch has them: `gone_variants` says when it is
known. What extensions keep is not told apart. Where the target holds nothing at all, nobody has chosen what goes:
everything is new. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, text
from stackferry.providers.contentstack.content.query import parse_query
from stackferry.providers.contentstack.importing.answers import remember
from stackferry.providers.contentstack.importing.branches.collected import Collected
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.branches.gone_content import GoneContent
from stackferry.providers.contentstack.importing.branches.gone_types import GoneTypes
from stackferry.providers.contentstack.importing.branches.gone_variants import GoneVariants
from stackferry.providers.contentstack.importing.selected.released import release_asked
from stackferry.providers.contentstack.kinds import KINDS
from stackferry.providers.selection import selection_from_json
from stackferry.providers.target import PreparedWrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Gap
    from stackferry.providers.target import ImportContext, Write


class DeletedInTarget(Collected):
    """All of that, of one import; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        release = "".join(release_asked(context.source, context.options))
        super().__init__(context, {*_named(context), release})
        if context.once(Fork).is_on and _holds_content(context):
            GoneContent(context, self, release).collect()
            GoneTypes(context, self).collect()
            GoneVariants(context, self).collect()

    def steps(self) -> Iterator[Write]:
        """Tell the conflicts, and what does not arrive because it stays deleted."""
        gaps: dict[tuple[str, str], list[Gap]] = {}
        for gap in self.gaps():
            gaps.setdefault((gap.kind, gap.uid), []).append(gap)
        for (kind, uid), told in gaps.items():
            yield remember(f"deleted/{kind}/{uid}", kind, PreparedWrite(gaps=told))
        for number, remark in enumerate(self.remarks()):
            key = f"deleted conflict/{remark.kind}/{remark.uid}/{remark.locale}/{number}"
            yield remember(key, remark.kind, PreparedWrite(remarks=[remark]))


def _holds_content(context: ImportContext) -> bool:
    kinds = {kind.name for kind in KINDS if kind.is_content}
    streams = (stream for stream in context.target.streams() if stream.kind in kinds)
    return any(True for stream in streams for _ in context.target.objects(stream))


def _named(context: ImportContext) -> Iterator[str]:
    """The uids that a query names: of entries that were asked for one by one."""
    exported = selection_from_json(as_object(context.manifest.get("options")))
    for query in {exported.query, context.options.selection.query}:
        asked = parse_query(query).get("uid")
        yield from map(text, as_list(as_object(asked).get("$in")) or [asked])
