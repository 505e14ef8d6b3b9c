"""The stages of an import, and which of them need which others.

Publishing, which has a rate limit of its own, runs beside the writing of entries where nothing in the target forbids
it. What a stage names in `after` is what the payloads of its steps name, and what the service must have taken before.
Pure.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.entries import LISTED
from stackferry.providers.contentstack.exporting.parts import COMPLETE
from stackferry.providers.contentstack.importing import (
    held_webhooks,
    metadata,
    simple_kinds,
    variant_stages,
    variants,
    workflows,
)
from stackferry.providers.contentstack.importing.assets import versions as asset_versions
from stackferry.providers.contentstack.importing.assets.plan import AssetPlan, folder
from stackferry.providers.contentstack.importing.deletions import stages as deleted_objects
from stackferry.providers.contentstack.importing.deletions.made_before import MadeBefore
from stackferry.providers.contentstack.importing.deletions.trash import TrashPlan
from stackferry.providers.contentstack.importing.entries import version_names
from stackferry.providers.contentstack.importing.entries.extra_masters import ExtraMasters
from stackferry.providers.contentstack.importing.entries.plan import MASTERS_REMOVED, EntryPlan
from stackferry.providers.contentstack.importing.entries.second_look import is_looked_again
from stackferry.providers.contentstack.importing.entry_stages import StagePlan
from stackferry.providers.contentstack.importing.mirror import stages as mirror
from stackferry.providers.contentstack.importing.objects import plan_objects
from stackferry.providers.contentstack.importing.objects_again import ObjectSteps, with_look
from stackferry.providers.contentstack.importing.promotion import TYPES, Promotion
from stackferry.providers.contentstack.importing.publishing import (
    deployed_over,
    live_again,
    metadata_checks,
    unpublish_stages,
)
from stackferry.providers.contentstack.importing.publishing import metadata as metadata_publishing
from stackferry.providers.contentstack.importing.publishing import variants as variant_publishing
from stackferry.providers.contentstack.importing.publishing.live_beyond import look_again
from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
from stackferry.providers.contentstack.importing.publishing.schedules import SchedulePlan
from stackferry.providers.contentstack.importing.publishing.taxonomies import TaxonomyPublishing
from stackferry.providers.contentstack.importing.publishing.variant_check import VariantCheck
from stackferry.providers.contentstack.importing.releases.plan import ReleasePlan, release
from stackferry.providers.contentstack.importing.releases.words import ReleaseSteps
from stackferry.providers.contentstack.importing.same_versions import SameVersions
from stackferry.providers.contentstack.importing.stored import checked
from stackferry.providers.contentstack.importing.taxonomies import translations
from stackferry.providers.contentstack.importing.taxonomies.terms import TermPlan
from stackferry.providers.contentstack.importing.types.content_types import TypePlan
from stackferry.providers.contentstack.importing.types.relaxed_types import RELAXED, RESTORED, RelaxedTypes
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.stage_selection import StageSelection
from stackferry.providers.target import ImportStage, WaitFor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.importing.entries.waves import Wave
    from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload
    from stackferry.providers.contentstack.importing.same_versions import VersionPair
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.target import ImportContext, Steps

    After = tuple[str, ...] | None
    Pairs = Callable[[ImportContext], Iterator[VersionPair]]
    Stages = Iterator[ImportStage | WaitFor]

_ASSETS, _ENTRIES, _CONTENT = ("assets",), ("entries",), ("entries", "assets")
_COMPARED = ("assets", "releases")  # an older version is for a publication, or for a release that pins it
_TAXONOMIES, _TERMS, _VARIANTS, _METADATA = ("taxonomies",), ("terms",), ("variants",), ("metadata",)
_WORKFLOWS, _RELEASES = ("workflows",), ("releases",)

_PARTED = "versions of both branches read"
# Every document has the content and the number that it keeps: those of entries that are not plain, those that are.
_WRITTEN, _PLAIN_WRITTEN = "fields emptied", "fields of plain entries emptied"
_MASTERS = "extra master documents"
_SCHEMAS, _SHOWN = "references between types", "single publishing checked"
_PUBLISHED, _VARIANTS_PUBLISHED = "all publishing checked", "entries of variants checked again"
_ITEMS, _USED = "release items checked", "versions in use compared"


def stages(context: ImportContext) -> Stages:
    """The stages of one import. Where the source is still being exported, a stage waits for what it needs."""
    one = _Stages(context)
    yield from one.selected(deleted_objects.first(context))
    yield from one.selected(one.structure())
    yield context.until(LISTED)
    yield from one.selected(MadeBefore(context).stages())
    yield from one.from_trash()
    one.read_entries()
    yield from one.selected(one.publishing_alongside())
    yield from one.selected(one.content())
    yield from one.selected(mirror.languages(one.context))
    yield from one.selected(one.publishing())
    yield from one.selected(deleted_objects.last(one.context))
    yield from one.selected(deployed_over.stages(one.context, one.publications))
    yield from one.selected(one.metadata_checks())
    yield from one.selected(mirror.others(one.context))
    yield from one.selected(one.last())


class _Stages:
    """The stages of one import, in groups."""

    def __init__(self, context: ImportContext) -> None:
        self.context = self._context = context
        self._types, self._terms = context.once(TypePlan), context.once(TermPlan)
        self._selection = StageSelection(context.options)

    def read_entries(self) -> None:
        """Read what the entries refer to; the listings of the source are complete."""
        self._entries, self.publications = self._context.once(EntryPlan), PublishPlan(self._context)

    def from_trash(self) -> Stages:
        """What was deleted in the target, once what it needs is there; from then on the target holds it."""
        trash = TrashPlan(self._context)
        if trash.is_asked:
            yield from self.selected(trash.stages())
            self.context = self._context = trash.with_restored(TypePlan, TermPlan)

    def selected(self, group: Iterable[ImportStage | WaitFor]) -> Stages:
        """Without those whose kinds are not imported; the answer to every write is compared with what it sent."""
        for stage in self._selection.of(group):
            for one in with_look(stage, self._context.options):
                yield one if isinstance(one, WaitFor) else replace(one, steps=partial(_checked, one.steps))

    def _of(self, steps: Callable[[ImportContext], Steps]) -> Callable[[], Steps]:
        return partial(steps, self._context)

    def _objects(self, planned: Callable[[ImportContext], Iterator[ObjectWrite]], *of: str) -> ObjectSteps:
        """Objects that are one write each. Every import has their stages: it also matches them with the target's."""
        return ObjectSteps(lambda: self._context, planned, of)

    def _each(
        self,
        kind: Kind,
        payload: Callable[[ImportContext, JsonObject], Payload],
        after: After,
        *,
        optional: bool = False,
    ) -> ImportStage:
        """The stage of the objects of one kind."""
        rows = partial(plan_objects, kind=kind, payload=payload, optional=optional)
        return ImportStage(kind.name.replace("_", " "), (), self._objects(rows, kind.name), after)

    def structure(self) -> Iterable[ImportStage]:
        """What assets and entries need."""
        # Fields of types name extensions by uid.
        yield ImportStage("extensions", (), self._of(simple_kinds.extensions), ())
        yield ImportStage("locales", (), self._objects(simple_kinds.locales, "locales"), ())
        yield from self._taxonomies()
        types = self._objects(lambda _: self._types.create(), *TYPES)
        yield ImportStage("types", (), types, ("extensions", "taxonomies"))
        yield ImportStage(_SCHEMAS, (), self._types.complete, ("types",))
        yield self._each(kinds.FOLDERS, folder, ())
        environments = self._objects(simple_kinds.environments, "environments")
        yield ImportStage("environments", (), environments, (), ("locales",))
        # A name in another language is added to a term that exists.
        whole, single = translations.translations, translations.translations_singly
        yield ImportStage("translations", _TAXONOMIES, self._of(whole), ("locales", "terms"))
        yield ImportStage("single translations", _TAXONOMIES, self._of(single), ("translations",))

    def _taxonomies(self) -> Iterable[ImportStage]:
        """Taxonomies with their terms; what the answers do not show is read, and mended."""
        terms = self._terms
        yield ImportStage("taxonomies", (), terms.taxonomies, ())
        yield ImportStage("terms of taxonomies read", _TERMS, terms.read_imported, ("taxonomies",))
        yield ImportStage("terms", (), terms.terms, ("terms of taxonomies read",))
        yield ImportStage("terms read", _TERMS, terms.read_written, ("terms",))
        yield ImportStage("terms put in order", _TERMS, terms.mend, ("terms read",))
        yield ImportStage("order of terms read", _TERMS, terms.read_mended, ("terms put in order",))
        yield ImportStage("order of terms checked", _TERMS, terms.report, ("order of terms read",))

    def publishing_alongside(self) -> Iterable[ImportStage]:
        """Documents are published while others are still written, where nothing in the target forbids it."""
        if self.publications.is_alongside and self._context.options.publish != "none":
            steps = partial(self.publications.publish_alongside, self._entries)
            after, until = ("locales", "environments"), (_WRITTEN, _PLAIN_WRITTEN)
            yield ImportStage("publishing", _CONTENT, steps, after, until)

    def content(self) -> Stages:
        yield ImportStage(_PARTED, _CONTENT, self._context.once(Promotion).look, ())
        yield from self._assets()
        for wave in self._entries.waves:  # one from a snapshot; in a copy one for each part of the export
            yield from [wave] if isinstance(wave, WaitFor) else self._wave(wave)
        yield self._context.until(COMPLETE)
        yield from self._after_entries()
        yield from self._workflows()
        # Last, so that they fill the time in which everything above waits for answers.
        for wave in self._entries.waves.known:
            steps = partial(self._entries.create, wave, plain=True)
            yield ImportStage("plain entries", (), steps, ("locales", "terms"), (RELAXED, "entries"))
        empty = self._entries.empty_filled_in
        yield ImportStage(_PLAIN_WRITTEN, (), empty, ("plain entries", _WRITTEN))
        yield from self._releases()

    def _assets(self) -> Iterable[ImportStage]:
        seen = "older assets compared"
        yield ImportStage(
            "older assets read", _COMPARED, self._of(asset_versions.read_versions), ("folders",)
        )
        yield ImportStage(seen, _COMPARED, self._of(asset_versions.compare_bytes), ("older assets read",))
        yield ImportStage("files compared", _ASSETS, self._of(asset_versions.read_doubtful), ("folders",))
        yield ImportStage("older assets not found", _ASSETS, self._of(asset_versions.report_missing), (seen,))
        before, again = ("folders", seen, "files compared"), "assets looked at again"
        if is_looked_again(self._context):
            yield ImportStage(again, _ASSETS, lambda: AssetPlan(self._context).look_again(), before)
        yield ImportStage("assets", (), lambda: AssetPlan(self._context).assets(), (*before, again))

    def _wave(self, wave: Wave) -> Iterable[ImportStage]:
        """Some entries with all their documents; what the wave before it creates is there."""
        entries, compared = self._entries, ("entries", "releases")
        histories = entries.histories(wave)
        masters = ExtraMasters(self._context, partial(entries.created, wave))
        # Each entry waits for its type, and for the assets if it refers to one.
        before = ("locales", "terms", "entries")
        create = partial(entries.create, wave, plain=False)
        yield from self._context.once(RelaxedTypes).before((_SCHEMAS,))
        yield ImportStage("entries", (), create, before, (RELAXED,))
        yield ImportStage(_MASTERS, _ENTRIES, masters.find, ("entries",))
        yield ImportStage(MASTERS_REMOVED, _ENTRIES, masters.remove, (_MASTERS,))
        yield ImportStage(f"{_MASTERS} looked for", _ENTRIES, masters.confirm, (MASTERS_REMOVED,))
        seen, read, more = "older versions compared", "older versions read", "more older versions read"
        yield ImportStage(seen, compared, histories.compare_latest, ("entries", "assets"))
        yield ImportStage(read, compared, histories.read_likely, (seen,))
        yield ImportStage(more, compared, histories.read_others, (read,))
        yield ImportStage("older versions not found", _ENTRIES, histories.report_missing, (more,))
        # The master document decides what is in the shared fields of other languages.
        settled = ("entries", MASTERS_REMOVED, more)
        after = ("environments", "assets", _PARTED, *(() if entries.is_fresh else settled))
        again, complete = "entries looked at again", partial(entries.complete, wave, self.publications.early)
        yield ImportStage(again, _ENTRIES, partial(entries.look_again, wave), after)
        needed = (*after, again)
        yield ImportStage("versions and locales", (), complete, needed, ("entries", MASTERS_REMOVED))

    def _after_entries(self) -> Iterable[ImportStage]:
        """What completes entries, or refers to them."""
        # Emptying may break a rule, so it comes before the rules are restored.
        before = ("versions and locales", MASTERS_REMOVED)
        yield ImportStage(_WRITTEN, (), self._entries.empty_filled_in, before)
        held = "version names read"
        yield ImportStage(held, _ENTRIES, self._of(version_names.read_held), ("entries",))
        yield from self._same("named versions", _ENTRIES, (version_names.pairs,), (held, "assets", _WRITTEN))
        after = (_WRITTEN, "named versions compared")
        yield ImportStage("version names", _ENTRIES, self._of(version_names.names), after)
        yield ImportStage(
            "version names checked", _ENTRIES, self._of(version_names.confirm), ("version names",)
        )
        yield from self._context.once(RelaxedTypes).after((RELAXED, _WRITTEN))
        yield ImportStage("variant groups", (), self._objects(variants.groups, "variant_groups"), (_SCHEMAS,))
        yield ImportStage("variants", _VARIANTS, self._of(variants.contents), ("variant groups", RESTORED))
        # A record belongs to an extension and a document.
        documents = ("extensions", "assets", _WRITTEN)
        yield ImportStage("metadata", _METADATA, self._of(metadata.records), documents)
        # Rules of fields name entries.
        yield ImportStage("field rules", (), self._types.field_rules, (RESTORED, "entries"))
        yield self._each(kinds.LABELS, simple_kinds.label, (_SCHEMAS,), optional=True)
        # Roles name what they are about by uid.
        named = ("locales", "environments", "terms", "assets", "labels", "entries")
        yield self._each(kinds.ROLES, simple_kinds.role, named, optional=True)

    def _workflows(self) -> Iterable[ImportStage]:
        """The `entry_lock` of a stage can refuse updates: no entry is in one before it has everything.

        No plain entry is ever in one. The rights of stages name roles.
        """
        moves = StagePlan(self._context)
        done = (_WRITTEN, "version names", RESTORED, "variants", "metadata")
        ordered, moved = "order of workflow stages", "workflow stages of entries"
        again, seen = "single workflow stages", f"{moved} looked at again"
        yield ImportStage("workflows", (), self._objects(workflows.workflows, *_WORKFLOWS), ("roles", *done))
        yield ImportStage(ordered, _WORKFLOWS, self._of(workflows.stage_order), ("workflows",))
        yield ImportStage(seen, _ENTRIES, moves.look_again, (ordered,))
        yield ImportStage(moved, _ENTRIES, moves.move, (seen,))
        yield ImportStage("stages of variants", _VARIANTS, self._of(variant_stages.told), (ordered,))
        yield ImportStage("workflow stages checked", _ENTRIES, moves.confirm, (moved,))
        yield ImportStage(again, _ENTRIES, moves.move_again, ("workflow stages checked",))
        yield ImportStage(f"{again} checked", _ENTRIES, moves.confirm_again, (again,))

    def _releases(self) -> Iterable[ImportStage]:
        """The items of releases are versions, whether these are published or not."""
        planned = self._context.once(ReleasePlan)
        named = ("releases", "assets", "variants", _PLAIN_WRITTEN)
        rows = partial(plan_objects, kind=kinds.RELEASES, payload=release, optional=True)
        yield ImportStage("releases", (), ReleaseSteps(lambda: self._context, rows, _RELEASES), ())
        yield from self._same("versions in use", (*_CONTENT, *_RELEASES), self._used(), named)
        yield ImportStage("releases opened", _RELEASES, planned.unlock, (*named, _USED))
        again = "release items looked at again"
        yield ImportStage(again, _RELEASES, planned.look_again, ("releases opened",))
        yield ImportStage("release items", _RELEASES, planned.items, (again,))
        yield ImportStage("single release items", _RELEASES, planned.items_again, ("release items",))
        yield ImportStage(_ITEMS, _RELEASES, planned.confirm_items, ("single release items",))

    def _used(self) -> Sequence[Pairs]:
        """What names versions, and may name others of the same content in the target."""
        options, schedules = self._context.options, SchedulePlan(self._context)
        found: list[Pairs] = []
        if options.includes(*_RELEASES):
            found.append(lambda _: self._context.once(ReleasePlan).pairs())
        if options.publish != "none":
            found += [lambda _: self.publications.pairs(), lambda _: schedules.pairs()]
        return found

    def _same(
        self, name: str, of_kinds: tuple[str, ...], pairs: Sequence[Pairs], after: tuple[str, ...]
    ) -> Iterable[ImportStage]:
        """Versions of the target that stand where the snapshot's should are read and compared."""
        same = self._context.once(SameVersions)

        def all_pairs() -> Iterator[VersionPair]:
            return chain.from_iterable(one(self._context) for one in pairs)

        read = f"{name} read"
        yield ImportStage(read, of_kinds, lambda: same.read(name, all_pairs()), after)
        yield ImportStage(
            f"{name} compared", of_kinds, lambda: same.compare_bytes(name, all_pairs()), (read,)
        )

    def publishing(self) -> Iterable[ImportStage]:
        if self._context.options.publish == "none":
            return
        planned, schedules = self.publications, SchedulePlan(self._context)
        # Where the target has rules, what they ask for comes first: entries in their stages.
        after = ("publishing", "assets", _PLAIN_WRITTEN) if planned.is_alongside else None
        if not planned.is_alongside:
            yield ImportStage("live again", _CONTENT, partial(live_again.look, self._context, planned), None)
        yield ImportStage("rest published", _CONTENT, planned.publish, after)
        # The service publishes after it has answered, so what it shows is read.
        yield ImportStage("publishing checked", _CONTENT, planned.confirm, ("rest published",))
        yield ImportStage("single publishing", _CONTENT, planned.publish_again, ("publishing checked",))
        yield ImportStage(_SHOWN, _CONTENT, planned.confirm_again, ("single publishing",))
        yield ImportStage(_PUBLISHED, _CONTENT, partial(look_again, self._context, planned), (_SHOWN,))
        yield from self._variants_published()
        # A bulk publish does not publish it, and what is not live shows none.
        publish = self._of(metadata_publishing.publications)
        yield ImportStage("metadata published", _METADATA, publish, (_PUBLISHED, "metadata"))
        yield from self._context.once(TaxonomyPublishing).stages()
        # A variant's publication may have shown an entry, so this comes last.
        done = (_PUBLISHED, _VARIANTS_PUBLISHED, "taxonomies not published")
        yield from unpublish_stages.stages(self._context, planned, done)
        scheduled = (*_CONTENT, "releases")
        yield ImportStage("schedules", scheduled, schedules.schedule, (_PUBLISHED, _ITEMS))
        yield ImportStage("schedules checked", scheduled, schedules.confirm, ("schedules",))

    def _variants_published(self) -> Iterable[ImportStage]:
        """An entry that is not live is published with its variant, in its latest version: so the entries come first."""
        check = VariantCheck(self._context, self.publications)
        publish, again = variant_publishing.publications, variant_publishing.publications_again
        bases, mended = "entries of variants checked", "entries of variants published"
        yield ImportStage("variants published", _VARIANTS, self._of(publish), (_PUBLISHED, "variants"))
        yield ImportStage("single variants published", _VARIANTS, self._of(again), ("variants published",))
        sent = ("single variants published",)
        yield ImportStage("variants checked", _VARIANTS, check.confirm_variants, sent)
        yield ImportStage(bases, _VARIANTS, check.confirm, sent)
        yield ImportStage(mended, _VARIANTS, check.publish_again, (bases,))
        yield ImportStage(f"{mended} checked", _VARIANTS, check.confirm_again, (mended,))
        yield ImportStage(
            _VARIANTS_PUBLISHED, _VARIANTS, check.confirm_variants_again, (f"{mended} checked",)
        )

    def metadata_checks(self) -> Iterable[ImportStage]:
        """When everything is published that takes records of extensions along."""
        lasts = (unpublish_stages.LAST, deleted_objects.LAST, deployed_over.LAST)
        published = ("metadata published", _VARIANTS_PUBLISHED, *lasts)
        is_none = self._context.options.publish == "none"
        return () if is_none else metadata_checks.stages(self._context, published)

    def last(self) -> Iterable[ImportStage]:
        """What changes what is published, forbids publishing, or reacts to it."""
        planned = self._context.once(ReleasePlan)
        # A rule refuses to publish, or to deploy, what is not in its stage. A mirror opens releases, too.
        rule, deployed_all = workflows.publish_rule, (deployed_over.LAST,)
        yield self._each(kinds.PUBLISH_RULES, rule, None, optional=True)
        # A locked release refuses every change, so its items come before.
        yield ImportStage("release locks", _RELEASES, planned.locks, None)
        # An enabled webhook would be called for every write of the import.
        after = deployed_all if simple_kinds.are_webhooks_silent(self._context) else None
        yield self._each(kinds.WEBHOOKS, simple_kinds.webhook, after, optional=True)
        if write_options(self._context.options).hold_webhooks:
            yield ImportStage("webhooks given back", (), self._of(held_webhooks.give_back), None)


def _checked(steps: Callable[[], Steps]) -> Steps:
    return map(checked, steps())
