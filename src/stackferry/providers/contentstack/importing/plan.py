"""The plan of an import: its stages, in the order in which a stack can be built up again.

Each stage begins when the one before it is settled. Publishing, which has a rate limit of its own, runs beside the
writing of entries where nothing in the target forbids it. Pure: everything comes from the snapshot, the target as it
was before the import, and the identities that earlier stages found or made.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.json_values import objects, text
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.exporting.parts import COMPLETE, LISTED
from stackferry.providers.contentstack.importing import (
    asset_versions,
    assets,
    deleted,
    metadata,
    releases,
    simple_kinds,
    translations,
    variants,
    workflows,
)
from stackferry.providers.contentstack.importing.content_types import TypePlan
from stackferry.providers.contentstack.importing.deployments import DeploymentPlan
from stackferry.providers.contentstack.importing.entries import version_names
from stackferry.providers.contentstack.importing.entries.extra_masters import ExtraMasters
from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
from stackferry.providers.contentstack.importing.entry_stages import StagePlan
from stackferry.providers.contentstack.importing.objects import (
    ObjectWrite,
    Payload,
    plan_objects,
    write_object,
)
from stackferry.providers.contentstack.importing.publishing import variants as variant_publishing
from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
from stackferry.providers.contentstack.importing.publishing.schedules import SchedulePlan
from stackferry.providers.contentstack.importing.publishing.taxonomies import TaxonomyPublishing
from stackferry.providers.contentstack.importing.publishing.variant_check import VariantCheck
from stackferry.providers.contentstack.importing.stored import checked
from stackferry.providers.contentstack.importing.terms import TermPlan
from stackferry.providers.contentstack.refusals import refusal
from stackferry.providers.contentstack.requests.build import sent_body
from stackferry.providers.target import Concurrent, ImportContext, ImportStage, Steps, WaitFor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import JsonObject, Request, Response
    from stackferry.providers.contentstack.importing.entries.waves import Wave
    from stackferry.providers.contentstack.kinds import Kind

_ACTIONS: Final = {"POST": "create", "PUT": "update", "DELETE": "delete"}


class ContentstackImportPlan:
    """Contentstack's side of an import."""

    missing = staticmethod(deleted.missing)
    forget = staticmethod(deleted.forget)

    def plan(self, context: ImportContext) -> Iterator[ImportStage | Concurrent | WaitFor]:
        """The stages of one import. Where the source is still being exported, a stage waits for what it needs."""
        stages = _Stages(context)
        yield from stages.selected(stages.structure())
        yield context.until(LISTED)
        entries, publishing = context.once(EntryPlan), PublishPlan(context)
        content = stages.selected(stages.content(entries, publishing))
        kinds_published = ("entries", "assets")
        # Nothing in the target forbids that documents are published while others are still written.
        if publishing.is_alongside and context.options.publish != "none" and stages.includes(kinds_published):
            steps = partial(publishing.publish_alongside, entries)
            yield Concurrent(content, [ImportStage("publishing", kinds_published, steps)])
        else:
            yield from content
        yield from stages.selected(stages.publishing(publishing))
        yield from stages.selected(stages.last())

    def action(self, kind: str, request: Request) -> str:
        return "publish" if kind == "publications" else _ACTIONS.get(request.method, request.method)

    def dry_run_answer(self, request: Request, note: JsonObject, serial: int) -> JsonObject:
        """The object that is sent, under its name, with a uid and a version: what the readers of answers expect."""
        version = note.get("version")
        made: JsonObject = {"uid": f"planned-{serial}", "_version": version if version else 1}
        sent = sent_body(request) or ({"asset": {}} if request.parts else {})
        return {name: {**value, **made} for name, value in sent.items() if isinstance(value, dict)}

    def label(self, answer: JsonObject) -> str:
        named = next(iter(objects([*answer.values()])), {})
        return text(named.get("uid")) or text(named.get("code")) or text(named.get("name")) or "?"

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)


class _Stages:
    """The stages of one import, in groups."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._types = context.once(TypePlan)

    def includes(self, kinds: tuple[str, ...]) -> bool:
        """Whether a stage of these kinds is in the import."""
        return not kinds or self._context.options.includes(*kinds)

    def selected(self, stages: Iterable[ImportStage | WaitFor]) -> Iterator[ImportStage | WaitFor]:
        """Without those whose kinds are not imported; the answer to every write is compared with what it sent."""
        for stage in stages:
            if isinstance(stage, WaitFor):
                yield stage
            elif self.includes(stage.kinds):
                yield replace(stage, steps=partial(_checked, stage.steps))

    def _stage(
        self, name: str, kinds: tuple[str, ...], steps: Callable[[ImportContext], Steps]
    ) -> ImportStage:
        return ImportStage(name, kinds, partial(steps, self._context))

    def _objects(self, name: str, planned: Callable[[ImportContext], Iterator[ObjectWrite]]) -> ImportStage:
        """A stage of objects that are one write each. Every import has it: it also matches them with the target's."""
        return self._stage(name, (), lambda context: (write_object(context, one) for one in planned(context)))

    def _each(
        self,
        kind: Kind,
        payload: Callable[[ImportContext, JsonObject], Payload],
        *,
        optional: bool = False,
    ) -> ImportStage:
        """A stage of the objects of one kind."""
        planned = partial(plan_objects, kind=kind, payload=payload, optional=optional)
        return self._objects(kind.name.replace("_", " "), planned)

    def structure(self) -> list[ImportStage]:
        """What assets and entries need."""
        translated = ("taxonomies",)
        return [
            self._objects("locales", simple_kinds.locales),
            self._objects("environments", simple_kinds.environments),
            *self._terms(),
            # A name in another language is added to a term that exists.
            self._stage("translations", translated, translations.translations),
            self._stage("single translations", translated, translations.translations_singly),
            # Fields of types name extensions by uid.
            self._stage("extensions", (), simple_kinds.extensions),
            self._objects("types", lambda _: self._types.create()),
            ImportStage("references between types", (), self._types.complete),
            self._each(kinds.FOLDERS, assets.folder),
        ]

    def _terms(self) -> list[ImportStage]:
        """Taxonomies with their terms; what the answers do not show is read, and mended."""
        planned, read = self._context.once(TermPlan), ("terms",)
        return [
            ImportStage("taxonomies", (), planned.taxonomies),
            ImportStage("terms of taxonomies read", read, planned.read_imported),
            ImportStage("terms", (), planned.terms),
            ImportStage("terms read", read, planned.read_written),
            ImportStage("terms put in order", read, planned.mend),
            ImportStage("order of terms read", read, planned.read_mended),
            ImportStage("order of terms checked", read, planned.report),
        ]

    def content(self, entries: EntryPlan, publishing: PublishPlan) -> Iterator[ImportStage | WaitFor]:
        yield from self._assets()
        for wave in entries.waves:  # one from a snapshot; in a copy one for each part of the export
            yield from [wave] if isinstance(wave, WaitFor) else self._wave(entries, publishing, wave)
        yield self._context.until(COMPLETE)
        yield from self._after_entries(entries)

    def _assets(self) -> list[ImportStage]:
        compared = (
            "assets",
            "releases",
        )  # an older version is for a publication, or for a release that pins it
        return [
            self._stage("older assets read", compared, asset_versions.read_versions),
            self._stage("older assets compared", compared, asset_versions.compare_bytes),
            self._stage("older assets not found", ("assets",), asset_versions.report_missing),
            self._stage("assets", (), lambda context: assets.AssetPlan(context).assets()),
        ]

    def _wave(self, entries: EntryPlan, publishing: PublishPlan, wave: Wave) -> list[ImportStage]:
        """Some entries with all their documents."""
        histories = entries.histories(wave)
        masters = ExtraMasters(self._context, partial(entries.created, wave))
        written, compared = ("entries",), ("entries", "releases")
        return [
            ImportStage("types relaxed", written, partial(self._relax, entries)),
            ImportStage("entries", (), partial(entries.create, wave)),
            # Before other languages are written: the master document decides what is in their shared fields.
            ImportStage("extra master documents", written, masters.find),
            ImportStage("extra master documents removed", written, masters.remove),
            ImportStage("extra master documents looked for", written, masters.confirm),
            ImportStage("older versions compared", compared, histories.compare_latest),
            ImportStage("older versions read", compared, histories.read_likely),
            ImportStage("more older versions read", compared, histories.read_others),
            ImportStage("older versions not found", written, histories.report_missing),
            ImportStage("versions and locales", (), partial(entries.complete, wave, publishing.early)),
        ]

    def _relax(self, entries: EntryPlan) -> Steps:
        return self._types.relax(entries.types_to_relax(), entries.shared_titles)

    def _restore(self, entries: EntryPlan) -> Steps:
        return self._types.restore(entries.types_to_relax(), entries.shared_titles)

    def _after_entries(self, entries: EntryPlan) -> list[ImportStage]:
        """What completes entries, refers to them or to their versions, or would prevent them from being written."""
        written, released = ("entries",), ("releases",)
        planned, stages = self._context.once(releases.ReleasePlan), StagePlan(self._context)
        return [
            # Emptying may break a rule, so it comes before the rules are restored.
            ImportStage("fields emptied", written, entries.empty_filled_in),
            self._stage("version names", written, version_names.names),
            self._stage("version names checked", written, version_names.confirm),
            ImportStage("types restored", written, partial(self._restore, entries)),
            self._objects("variant groups", variants.groups),
            self._stage("variants", ("variants",), variants.contents),
            self._stage("metadata", ("metadata",), metadata.records),
            ImportStage("field rules", ("content_types",), self._types.field_rules),
            # Roles name entries, assets and labels by uid. The rights of workflow stages name roles.
            self._each(kinds.LABELS, simple_kinds.label, optional=True),
            self._each(kinds.ROLES, simple_kinds.role, optional=True),
            # The `entry_lock` of a stage can refuse updates, so no entry is in a stage before all are written.
            self._objects("workflows", workflows.workflows),
            self._stage("order of workflow stages", ("workflows",), workflows.stage_order),
            ImportStage("workflow stages of entries", written, stages.move),
            ImportStage("workflow stages checked", written, stages.confirm),
            ImportStage("single workflow stages", written, stages.move_again),
            ImportStage("single workflow stages checked", written, stages.confirm_again),
            # The items of releases are versions, whether these are published or not.
            self._each(kinds.RELEASES, releases.release, optional=True),
            ImportStage("release items", released, planned.items),
            ImportStage("single release items", released, planned.items_again),
            ImportStage("release items checked", released, planned.confirm_items),
        ]

    def publishing(self, publishing: PublishPlan) -> list[ImportStage]:
        if self._context.options.publish == "none":
            return []
        content, of_variants = ("entries", "assets"), ("variants",)
        check, schedules = VariantCheck(self._context, publishing), SchedulePlan(self._context)
        return [
            ImportStage("publishing", content, publishing.publish),
            # The service publishes after it has answered, so what it shows is read.
            ImportStage("publishing checked", content, publishing.confirm),
            ImportStage("single publishing", content, publishing.publish_again),
            ImportStage("single publishing checked", content, publishing.confirm_again),
            # An entry that is not live is published with its variant, in its latest version: so the entries come first.
            self._stage("variants published", of_variants, variant_publishing.publications),
            self._stage("single variants published", of_variants, variant_publishing.publications_again),
            ImportStage("variants checked", of_variants, check.confirm_variants),
            ImportStage("entries of variants checked", of_variants, check.confirm),
            ImportStage("entries of variants published", of_variants, check.publish_again),
            ImportStage("entries of variants checked again", of_variants, check.confirm_again),
            # A bulk publish does not publish it, and what is not live shows none.
            self._stage("metadata published", ("metadata",), metadata.publications),
            self._stage("metadata checked", ("metadata",), metadata.confirm),
            *self._taxonomies_published(),
            ImportStage("schedules", (*content, "releases"), schedules.schedule),
            ImportStage("schedules checked", (*content, "releases"), schedules.confirm),
        ]

    def _taxonomies_published(self) -> list[ImportStage]:
        planned, taxonomies = self._context.once(TaxonomyPublishing), ("taxonomies",)
        return [
            ImportStage("taxonomies published", taxonomies, planned.publish),
            ImportStage("publishing of taxonomies checked", taxonomies, planned.confirm),
            ImportStage("single taxonomies published", taxonomies, planned.publish_again),
            ImportStage("single taxonomies checked", taxonomies, planned.confirm_again),
            ImportStage("taxonomies not published", taxonomies, planned.report),
        ]

    def last(self) -> list[ImportStage]:
        """What changes what is published, forbids publishing, or reacts to it."""
        planned, deployed = self._context.once(releases.ReleasePlan), DeploymentPlan(self._context)
        return [
            # A rule refuses to publish what is not in its stage.
            self._each(kinds.PUBLISH_RULES, workflows.publish_rule, optional=True),
            ImportStage("deployments", ("releases",), deployed.deploy),
            ImportStage("scheduled deployments checked", ("releases",), deployed.confirm_planned),
            ImportStage("deployments checked", ("releases",), deployed.confirm),
            # A locked release refuses every change, so its items come before.
            ImportStage("release locks", ("releases",), planned.locks),
            # An enabled webhook would be called for every write of the import.
            self._each(kinds.WEBHOOKS, simple_kinds.webhook, optional=True),
        ]


def _checked(steps: Callable[[], Steps]) -> Steps:
    return map(checked, steps())
