"""The plan of an import: its stages, in the order in which a stack can be built up again.

Each stage begins when the one before it is settled. Publishing, which has a rate limit of its own, runs beside the
writing of entries where nothing in the target forbids it. Pure: everything comes from the snapshot, the target as it
was before the import, and the identities that earlier stages found or made.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.providers.contentstack.exporting.parts import COMPLETE, LISTED
from stackferry.providers.contentstack.importing import (
    asset_versions,
    assets,
    dry_run,
    releases,
    simple_kinds,
    translations,
    variants,
    workflow_stages,
    workflows,
)
from stackferry.providers.contentstack.importing.content_types import TypePlan
from stackferry.providers.contentstack.importing.entries import version_names
from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
from stackferry.providers.contentstack.importing.entries.unwanted_masters import MasterPlan
from stackferry.providers.contentstack.importing.objects import ObjectWrite, write_all
from stackferry.providers.contentstack.importing.publishing import variants as variant_publishing
from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
from stackferry.providers.contentstack.importing.publishing.schedules import SchedulePlan
from stackferry.providers.contentstack.refusals import refusal
from stackferry.providers.target import Concurrent, ImportContext, ImportStage, WaitFor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import JsonObject, Request, Response
    from stackferry.providers.contentstack.importing.entries.waves import Wave


class ContentstackImportPlan:
    """Contentstack's side of an import."""

    def plan(self, context: ImportContext) -> Iterator[ImportStage | Concurrent | WaitFor]:
        """The stages of one import. Where the source is still being exported, a stage waits for what it needs."""
        yield from _chosen(context, _structure(context))
        yield context.until(LISTED)
        entries, publishing = context.once(EntryPlan), PublishPlan(context)
        content = _chosen(context, _content(context, entries, publishing))
        secondary = [
            stage
            for stage in _chosen(context, _publishing_beside(context, entries, publishing))
            if isinstance(stage, ImportStage)
        ]
        if secondary:
            yield Concurrent(content, secondary)
        else:
            yield from content
        yield from _chosen(context, _publishing(context, publishing))
        yield from _chosen(context, _last(context))

    def action(self, kind: str, request: Request) -> str:
        return dry_run.action(kind, request)

    def dry_run_answer(self, request: Request, note: JsonObject, serial: int) -> JsonObject:
        return dry_run.dry_run_answer(request, note, serial)

    def label(self, answer: JsonObject) -> str:
        named = next(iter(objects([*answer.values()])), {})
        return text(named.get("uid")) or text(named.get("code")) or text(named.get("name")) or "?"

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)


def _chosen(
    context: ImportContext, stages: Iterable[ImportStage | WaitFor]
) -> Iterator[ImportStage | WaitFor]:
    """Without the stages whose kinds are not imported."""
    for stage in stages:
        if isinstance(stage, WaitFor) or not stage.kinds or context.options.includes(*stage.kinds):
            yield stage


def _objects(
    name: str, context: ImportContext, planned: Callable[[ImportContext], Iterator[ObjectWrite]]
) -> ImportStage:
    """A stage of objects that are one write each. Every import has it: it also matches them with the target's."""
    return ImportStage(name, (), lambda: write_all(context, planned(context)))


def _structure(context: ImportContext) -> list[ImportStage]:
    """What assets and entries need."""
    types = context.once(TypePlan)
    return [
        _objects("locales", context, simple_kinds.locales),
        _objects("environments", context, simple_kinds.environments),
        _objects("taxonomies", context, simple_kinds.taxonomies),
        _objects("terms", context, simple_kinds.terms),
        ImportStage("translations", ("taxonomies",), partial(translations.translations, context)),
        ImportStage(
            "translations singly", ("taxonomies",), partial(translations.translations_singly, context)
        ),
        _objects("extensions", context, simple_kinds.extensions),
        ImportStage("types", (), lambda: write_all(context, types.create())),
        ImportStage("whole types", (), types.complete),
        _objects("folders", context, assets.folders),
    ]


def _content(
    context: ImportContext, entries: EntryPlan, publishing: PublishPlan
) -> Iterator[ImportStage | WaitFor]:
    yield from _assets(context)
    for wave in entries.waves:  # one from a snapshot; in a copy one for each part of the export
        yield from [wave] if isinstance(wave, WaitFor) else _wave(context, entries, publishing, wave)
    yield context.until(COMPLETE)
    yield from _after_entries(context, entries)
    yield from _around_entries(context)
    yield from _releases(context)


def _assets(context: ImportContext) -> list[ImportStage]:
    compared = ("assets", "releases")  # an older version is for a publication, or for a release that pins it
    return [
        ImportStage("older assets looked at", compared, partial(asset_versions.look, context)),
        ImportStage("older assets recognised", compared, partial(asset_versions.recognise, context)),
        ImportStage("older assets missed", ("assets",), partial(asset_versions.missed, context)),
        ImportStage("assets", (), partial(assets.assets, context)),
    ]


def _wave(
    context: ImportContext, entries: EntryPlan, publishing: PublishPlan, wave: Wave
) -> list[ImportStage]:
    """Some entries with all their documents."""
    types, histories = context.once(TypePlan), entries.histories(wave)
    masters = MasterPlan(context, partial(entries.created, wave))
    written, compared = ("entries",), ("entries", "releases")
    return [
        ImportStage(
            "relaxed types", written, lambda: types.relax(entries.types_to_relax(), entries.shared_titles)
        ),
        ImportStage("entries", (), partial(entries.create, wave)),
        # Before other languages are written: the master document decides what is in their shared fields.
        ImportStage("unwanted masters", written, masters.look),
        ImportStage("masters removed", written, masters.remove),
        ImportStage("older versions compared", compared, histories.latest),
        ImportStage("older versions recognised", compared, histories.shown),
        ImportStage("older versions looked for", compared, histories.rest),
        ImportStage("older versions missed", written, histories.missed),
        ImportStage("versions and languages", (), partial(entries.complete, wave, publishing.early)),
    ]


def _after_entries(context: ImportContext, entries: EntryPlan) -> list[ImportStage]:
    types = context.once(TypePlan)
    return [
        ImportStage("emptied fields", ("entries",), entries.empty_filled_in),
        ImportStage("version names", ("entries",), partial(version_names.names, context)),
        ImportStage(
            "restored types",
            ("entries",),
            lambda: types.restore(entries.types_to_relax(), entries.shared_titles),
        ),
        _objects("variant groups", context, variants.groups),
        ImportStage("variants", ("variants",), partial(variants.contents, context)),
        ImportStage("field rules", ("content_types",), types.field_rules),
    ]


def _around_entries(context: ImportContext) -> list[ImportStage]:
    """What refers to entries, or would prevent them from being written."""
    return [
        _objects("roles", context, simple_kinds.roles),
        _objects("workflows", context, workflows.workflows),
        ImportStage("workflow stages", ("workflows",), partial(workflows.stage_order, context)),
        ImportStage("entries' stages", ("entries",), partial(workflow_stages.stages, context)),
        _objects("labels", context, simple_kinds.labels),
    ]


def _releases(context: ImportContext) -> list[ImportStage]:
    """Releases point at versions, whether these are published or not."""
    return [
        _objects("releases", context, releases.releases),
        ImportStage("release items", ("releases",), partial(releases.items, context)),
        ImportStage("release items there", ("releases",), partial(releases.confirm_items, context)),
    ]


def _publishing_beside(
    context: ImportContext, entries: EntryPlan, publishing: PublishPlan
) -> list[ImportStage]:
    """What is published while assets and entries are written, where nothing in the target forbids it."""
    if context.options.publish == "none" or not publishing.is_alongside:
        return []
    return [ImportStage("publishing", ("entries", "assets"), partial(publishing.publish_alongside, entries))]


def _publishing(context: ImportContext, publishing: PublishPlan) -> list[ImportStage]:
    if context.options.publish == "none":
        return []
    content, queued = ("entries", "assets"), ("entries", "assets", "releases")
    return [
        ImportStage("publishing", content, publishing.publish),
        ImportStage("published", content, publishing.confirm),
        ImportStage("publishing again", content, publishing.publish_again),
        ImportStage("published again", content, publishing.confirm_again),
        ImportStage("variants published", ("variants",), partial(variant_publishing.publications, context)),
        ImportStage(
            "variants published singly",
            ("variants",),
            partial(variant_publishing.publications_again, context),
        ),
        ImportStage("schedules", queued, SchedulePlan(context).schedule),
    ]


def _last(context: ImportContext) -> list[ImportStage]:
    """What changes what is published, forbids publishing, or reacts to it."""
    return [
        _objects("publish rules", context, workflows.publish_rules),
        ImportStage("deployments", ("releases",), partial(releases.deployments, context)),
        ImportStage("release locks", ("releases",), partial(releases.locks, context)),
        _objects("webhooks", context, simple_kinds.webhooks),
    ]
