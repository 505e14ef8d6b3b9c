"""The stages that deal with what was deleted and made anew under another uid: first, and when all else is published."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.providers.contentstack.importing.branches.deleted import DeletedInTarget
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.deletions.items import ItemPlan
from stackferry.providers.contentstack.importing.deletions.moved import MovedUids, note_gone
from stackferry.providers.contentstack.importing.deletions.pinned_links import PinnedLinks
from stackferry.providers.contentstack.importing.deletions.repointing import Repointing
from stackferry.providers.contentstack.importing.deletions.schedules import WaitingAtGoneUids
from stackferry.providers.contentstack.importing.deletions.variant_bases import VariantBases
from stackferry.providers.contentstack.importing.deletions.variants import VariantRepointing
from stackferry.providers.target import ImportStage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.providers.target import ImportContext, Step

LAST: Final = "their entries checked again"  # of the stages that publish


def first(context: ImportContext) -> Iterator[ImportStage]:
    """Before anything is written."""
    if context.running_export is None and context.once(Fork).is_on:
        yield ImportStage("deletions in the target told", (), context.once(DeletedInTarget).steps, ())
    if _may_be_gone(context):
        yield ImportStage("gone uids", (), partial(note_gone, context), ())


def last(context: ImportContext) -> Iterator[ImportStage]:
    """When everything is there that takes the place of what is gone."""
    if not _may_be_gone(context):
        return

    def of(steps: Callable[[Repointing], Iterator[Step]]) -> Callable[[], Iterator[Step]]:
        return lambda: steps(context.once(Repointing))

    read, live, written = "entries at gone uids read", "live versions at gone uids read", "entries re-pointed"
    queue = "queue read for gone uids"
    yield ImportStage("mapped uids", (), lambda: context.once(MovedUids).remarks(), None)
    yield ImportStage(read, (), of(Repointing.read), ("mapped uids",))
    yield ImportStage(live, (), of(Repointing.read_live), (read,))
    yield ImportStage(written, (), of(Repointing.write), (live,))
    yield ImportStage("re-pointed entries checked", (), of(Repointing.confirm), (written,))
    yield from _variants(context)
    yield ImportStage(queue, (), lambda: WaitingAtGoneUids(context).read(), ("mapped uids",))
    shown = "scheduled versions read"
    yield ImportStage(shown, (), lambda: WaitingAtGoneUids(context).read_versions(), (queue,))
    yield ImportStage("schedules at gone uids", (), lambda: WaitingAtGoneUids(context).tell(), (shown,))
    yield ImportStage("release items re-pointed", (), lambda: ItemPlan(context).replace(), ("mapped uids",))
    pinned = "versions in releases read"
    yield ImportStage(pinned, (), lambda: PinnedLinks(context).read(), (shown,))
    yield ImportStage("links in releases told", (), lambda: PinnedLinks(context).tell(), (pinned,))


def _variants(context: ImportContext) -> Iterator[ImportStage]:
    """After the entries that they belong to."""

    def of(steps: Callable[[VariantRepointing], Iterator[Step]]) -> Callable[[], Iterator[Step]]:
        return lambda: steps(context.once(VariantRepointing))

    def bases(steps: Callable[[VariantBases], Iterator[Step]]) -> Callable[[], Iterator[Step]]:
        return lambda: steps(context.once(VariantBases))

    read, live, written = (
        "variants at gone uids read",
        "live variants at gone uids read",
        "variants re-pointed",
    )
    before, checked, after = "their entries read", "re-pointed variants checked", "their entries checked"
    mended = "their entries put right"
    yield ImportStage(read, (), of(VariantRepointing.read), ("re-pointed entries checked",))
    yield ImportStage(live, (), of(VariantRepointing.read_live), (read,))
    yield ImportStage(before, (), bases(VariantBases.before), (live,))
    yield ImportStage(written, (), of(VariantRepointing.write), (before,))
    yield ImportStage(checked, (), of(VariantRepointing.confirm), (written,))
    yield ImportStage(after, (), bases(VariantBases.after), (checked,))
    yield ImportStage(mended, (), bases(VariantBases.put_right), (after,))
    yield ImportStage(LAST, (), bases(VariantBases.confirm), (mended,))


def _may_be_gone(context: ImportContext) -> bool:
    """A target whose entries were not listed held none; nothing is written over without `update`."""
    return context.running_export is None and context.options.on_conflict == "update"
