"""What a promotion kept because the target alone had edited it. Pure; `left` tells it.

Three places remember it: objects, the stages of entries, and the names of versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentstack.importing.branches.fork import target_stream
from stackferry.providers.contentstack.importing.branches.stages import PromotedStages
from stackferry.providers.contentstack.importing.entries.version_names import kept_names
from stackferry.providers.contentstack.importing.promotion import Promotion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.target import ImportContext


def kept_by_promotion(context: ImportContext) -> Iterator[tuple[str, str, str, str, str]]:
    """Of each: what it is, content type, language, uid and title."""
    for kind, name, uid in context.once(Promotion).newer():
        content_type, _, locale, *_ = name.split("\0") if "\0" in name else ("", "", "")
        stream = Stream("entries" if kind == "variants" else kind, content_type, locale)
        row = context.target.get(target_stream(context, stream), uid.partition("/")[0]) or {}
        yield kind, content_type, locale, uid, text(row.get("title")) or text(row.get("name"))
    for there, uid, title in context.once(PromotedStages).newer():
        yield "workflow_stages", there.type, there.locale, uid, title
    for there, uid in kept_names(context):
        row = context.target.get(there, uid) or {}
        yield "version_names", there.type, there.locale, uid, text(row.get("title"))
