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
    releases,
    simple_kinds,
    translations,
    variants,
    workflows,
)
from stackferry.providers.contentstack.importing.content_types import TypePlan
from stackferry.providers.contentstack.importing.entries import version_names
from stackferry.providers.contentstack.importing.entries.extra_masters import ExtraMasters
from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
from stackferry.providers.contentstack.importing.objects import (
    ObjectWrite,
    Payload,
    plan_objects,
    write_object,
)
from stackferry.providers.contentstack.importing.publishing import variants as variant_publishing
from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
from stackferry.providers.contentstack.importing.publishing.schedules import SchedulePlan
from stackferry.providers.contentstack.importing.stored import checked
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

    def plan(self, context: ImportContext) -> Iterator[ImportStage | Concurrent | WaitFor]:
        """The stages of one import. Where the source is still being exported, a stage waits for what it needs."""
        yield from _selected(context, _structure(context))
        yield context.until(LISTED)
        entries, publishing = context.once(EntryPlan), PublishPlan(context)
        content = _selected(context, _content(context, entries, publishing))
        beside = ImportStage(
            "publishing", ("entries", "assets"), partial(publishing.publish_alongside, entries)
        )
        # Nothing in the target forbids that documents are published while others are still written.
        if publishing.is_alongside and context.options.publish != "none" and _is_selected(context, beside):
            yield Concurrent(content, [beside])
        else:
            yield from content
        yield from _selected(context, _publishing(context, publishing))
        yield from _selected(context, _last(context))

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


def _selected(
    context: ImportContext, stages: Iterable[ImportStage | WaitFor]
) -> Iterator[ImportStage | WaitFor]:
    """Without the stages whose kinds are not imported; the answer to every write is compared with what it sent."""
    for stage in stages:
        if isinstance(stage, WaitFor):
            yield stage
        elif _is_selected(context, stage):
            yield replace(stage, steps=partial(_checked, stage.steps))


def _checked(steps: Callable[[], Steps]) -> Steps:
    return map(checked, steps())


def _is_selected(context: ImportContext, stage: ImportStage) -> bool:
    return not stage.kinds or context.options.includes(*stage.kinds)


def _objects(name: str, context: ImportContext, planned: Callable[[], Iterator[ObjectWrite]]) -> ImportStage:
    """A stage of objects that are one write each. Every import has it: it also matches them with the target's."""
    return ImportStage(name, (), lambda: (write_object(context, one) for one in planned()))


def _each(
    context: ImportContext,
    kind: Kind,
    payload: Callable[[ImportContext, JsonObject], Payload],
    *,
    optional: bool = False,
) -> ImportStage:
    """A stage of the objects of one kind."""
    name = kind.name.replace("_", " ")
    return _objects(name, context, lambda: plan_objects(context, kind, payload, optional=optional))


def _structure(context: ImportContext) -> list[ImportStage]:
    """What assets and entries need."""
    types = context.once(TypePlan)
    translated = ("taxonomies",)
    return [
        _objects("locales", context, partial(simple_kinds.locales, context)),
        _each(context, kinds.ENVIRONMENTS, simple_kinds.environment),
        _each(context, kinds.TAXONOMIES, simple_kinds.taxonomy),
        _objects("terms", context, partial(simple_kinds.terms, context)),
        # A name in another language is added to a term that exists.
        ImportStage("translations", translated, partial(translations.translations, context)),
        ImportStage("single translations", translated, partial(translations.translations_singly, context)),
        # Fields of types name extensions by uid.
        _each(context, kinds.EXTENSIONS, simple_kinds.extension),
        _objects("types", context, types.create),
        ImportStage("references between types", (), types.complete),
        _each(context, kinds.FOLDERS, assets.folder),
    ]


def _content(
    context: ImportContext, entries: EntryPlan, publishing: PublishPlan
) -> Iterator[ImportStage | WaitFor]:
    yield from _assets(context)
    for wave in entries.waves:  # one from a snapshot; in a copy one for each part of the export
        yield from [wave] if isinstance(wave, WaitFor) else _wave(context, entries, publishing, wave)
    yield context.until(COMPLETE)
    yield from _after_entries(context, entries)


def _assets(context: ImportContext) -> list[ImportStage]:
    compared = ("assets", "releases")  # an older version is for a publication, or for a release that pins it
    return [
        ImportStage("older assets read", compared, partial(asset_versions.read_versions, context)),
        ImportStage("older assets compared", compared, partial(asset_versions.compare_bytes, context)),
        ImportStage("older assets not found", ("assets",), partial(asset_versions.report_missing, context)),
        ImportStage("assets", (), lambda: assets.AssetPlan(context).assets()),
    ]


def _wave(
    context: ImportContext, entries: EntryPlan, publishing: PublishPlan, wave: Wave
) -> list[ImportStage]:
    """Some entries with all their documents."""
    types, histories = context.once(TypePlan), entries.histories(wave)
    masters = ExtraMasters(context, partial(entries.created, wave))
    written, compared = ("entries",), ("entries", "releases")
    return [
        ImportStage(
            "types relaxed", written, lambda: types.relax(entries.types_to_relax(), entries.shared_titles)
        ),
        ImportStage("entries", (), partial(entries.create, wave)),
        # Before other languages are written: the master document decides what is in their shared fields.
        ImportStage("extra master documents", written, masters.find),
        ImportStage("extra master documents removed", written, masters.remove),
        ImportStage("older versions compared", compared, histories.compare_latest),
        ImportStage("older versions read", compared, histories.read_likely),
        ImportStage("more older versions read", compared, histories.read_others),
        ImportStage("older versions not found", written, histories.report_missing),
        ImportStage("versions and locales", (), partial(entries.complete, wave, publishing.early)),
    ]


def _after_entries(context: ImportContext, entries: EntryPlan) -> list[ImportStage]:
    """What completes entries, refers to them or to their versions, or would prevent them from being written."""
    types, written, released = context.once(TypePlan), ("entries",), ("releases",)
    planned = context.once(releases.ReleasePlan)
    return [
        # Emptying may break a rule, so it comes before the rules are restored.
        ImportStage("fields emptied", written, entries.empty_filled_in),
        ImportStage("version names", written, partial(version_names.names, context)),
        ImportStage(
            "types restored", written, lambda: types.restore(entries.types_to_relax(), entries.shared_titles)
        ),
        _objects("variant groups", context, partial(variants.groups, context)),
        ImportStage("variants", ("variants",), partial(variants.contents, context)),
        ImportStage("field rules", ("content_types",), types.field_rules),
        # Roles name entries and assets by uid. The rights of workflow stages name roles.
        _each(context, kinds.ROLES, simple_kinds.role, optional=True),
        # The `entry_lock` of a stage can refuse updates, so no entry is in a stage before all are written.
        _objects("workflows", context, partial(workflows.workflows, context)),
        ImportStage("order of workflow stages", ("workflows",), partial(workflows.stage_order, context)),
        ImportStage("workflow stages of entries", written, partial(workflows.move_entries, context)),
        _each(context, kinds.LABELS, simple_kinds.label, optional=True),
        # The items of releases are versions, whether these are published or not.
        _each(context, kinds.RELEASES, releases.release, optional=True),
        ImportStage("release items", released, planned.items),
        ImportStage("release items checked", released, planned.confirm_items),
    ]


def _publishing(context: ImportContext, publishing: PublishPlan) -> list[ImportStage]:
    if context.options.publish == "none":
        return []
    content, of_variants = ("entries", "assets"), ("variants",)
    queued = ("entries", "assets", "releases")
    singly = partial(variant_publishing.publications_again, context)
    return [
        ImportStage("publishing", content, publishing.publish),
        # The service publishes after it has answered, so what it shows is read.
        ImportStage("publishing checked", content, publishing.confirm),
        ImportStage("single publishing", content, publishing.publish_again),
        ImportStage("single publishing checked", content, publishing.confirm_again),
        # An entry that is not live is published with its variant, in its latest version: so the entries come first.
        ImportStage("variants published", of_variants, partial(variant_publishing.publications, context)),
        ImportStage("single variants published", of_variants, singly),
        ImportStage("schedules", queued, SchedulePlan(context).schedule),
    ]


def _last(context: ImportContext) -> list[ImportStage]:
    """What changes what is published, forbids publishing, or reacts to it."""
    planned = context.once(releases.ReleasePlan)
    return [
        # A rule refuses to publish what is not in its stage.
        _each(context, kinds.PUBLISH_RULES, workflows.publish_rule, optional=True),
        ImportStage("deployments", ("releases",), planned.deployments),
        # A locked release refuses every change, so its items come before.
        ImportStage("release locks", ("releases",), planned.locks),
        # An enabled webhook would be called for every write of the import.
        _each(context, kinds.WEBHOOKS, simple_kinds.webhook, optional=True),
    ]
