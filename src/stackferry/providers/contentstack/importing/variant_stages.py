"""Workflow stages that variants are in: read with them, and told where the target's are in others. Pure.

No page has a call that moves a variant into a stage, so that is done by hand.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, text
from stackferry.model import Gap
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.importing.entry_stages import stage_of
from stackferry.providers.contentstack.importing.promotion import Promotion
from stackferry.providers.contentstack.importing.variants import entry_variants
from stackferry.providers.target import PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentstack.importing.variants import EntryVariant
    from stackferry.providers.target import ImportContext


def told(context: ImportContext) -> Iterator[Write]:
    """A gap for each variant that is in a stage in the source, and not in the target."""
    kept = context.once(Promotion).is_kept
    for one in entry_variants(context):
        if stage_of(one.document) and not kept("variants", one.version_key):
            yield Write(
                key=f"stage of {one.key}",
                kind="workflow_stages",
                build=partial(_compare, context, one),
                read=read_notice,
                failed=_gap(one),
            )


def _compare(context: ImportContext, one: EntryVariant) -> PreparedWrite:
    target = context.identity.target
    entry, variant = target("entries", one.uid), target("variants", one.variant)
    if entry is None or variant is None or target("variant_versions", one.version_key) is None:
        return PreparedWrite()  # that it is not there is told already
    held = one.held(context, entry, variant) or {}
    is_there = stage_of(held) == target("stages", stage_of(one.document))
    return PreparedWrite(gaps=() if is_there else [_gap(one)])


def _gap(one: EntryVariant) -> Gap:
    name = text(as_object(one.document.get("_workflow")).get("name")) or stage_of(one.document)
    reason = f"the variant is in the workflow stage '{name}', and no call moves it there: do so by hand"
    place = {"type": one.stream.type, "locale": one.stream.locale, "path": one.variant}
    return Gap(kind="workflow_stages", uid=one.uid, reason=reason, **place)
