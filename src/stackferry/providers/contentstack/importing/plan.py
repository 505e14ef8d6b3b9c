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
from stackferry.providers.target import Concurrent, Replay, Stage, WaitFor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import JsonObject, Request, Response
    from stackferry.providers.contentstack.importing.entries.waves import Wave


class ContentstackImportPlan:
    """Contentstack's side of an import."""

    def plan(self, replay: Replay) -> Iterator[Stage | Concurrent | WaitFor]:
        """The stages of one import. Where the source is still being exported, a stage waits for what it needs."""
        yield from _chosen(replay, _structure(replay))
        yield replay.until(LISTED)
        entries, publishing = replay.once(EntryPlan), PublishPlan(replay)
        content = _chosen(replay, _content(replay, entries, publishing))
        secondary = [
            stage
            for stage in _chosen(replay, _publishing_beside(replay, entries, publishing))
            if isinstance(stage, Stage)
        ]
        if secondary:
            yield Concurrent(content, secondary)
        else:
            yield from content
        yield from _chosen(replay, _publishing(replay, publishing))
        yield from _chosen(replay, _last(replay))

    def action(self, kind: str, request: Request) -> str:
        return dry_run.action(kind, request)

    def imagine(self, request: Request, note: JsonObject, serial: int) -> JsonObject:
        return dry_run.imagine(request, note, serial)

    def label(self, answer: JsonObject) -> str:
        named = next(iter(objects([*answer.values()])), {})
        return text(named.get("uid")) or text(named.get("code")) or text(named.get("name")) or "?"

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)


def _chosen(replay: Replay, stages: Iterable[Stage | WaitFor]) -> Iterator[Stage | WaitFor]:
    """Without the stages whose kinds are not imported."""
    for stage in stages:
        if isinstance(stage, WaitFor) or not stage.kinds or replay.options.includes(*stage.kinds):
            yield stage


def _objects(name: str, replay: Replay, planned: Callable[[Replay], Iterator[ObjectWrite]]) -> Stage:
    """A stage of objects that are one write each. Every import has it: it also matches them with the target's."""
    return Stage(name, (), lambda: write_all(replay, planned(replay)))


def _structure(replay: Replay) -> list[Stage]:
    """What assets and entries need."""
    types = replay.once(TypePlan)
    return [
        _objects("locales", replay, simple_kinds.locales),
        _objects("environments", replay, simple_kinds.environments),
        _objects("taxonomies", replay, simple_kinds.taxonomies),
        _objects("terms", replay, simple_kinds.terms),
        Stage("translations", ("taxonomies",), partial(translations.translations, replay)),
        Stage("translations singly", ("taxonomies",), partial(translations.translations_singly, replay)),
        _objects("extensions", replay, simple_kinds.extensions),
        Stage("types", (), lambda: write_all(replay, types.create())),
        Stage("whole types", (), types.complete),
        _objects("folders", replay, assets.folders),
    ]


def _content(replay: Replay, entries: EntryPlan, publishing: PublishPlan) -> Iterator[Stage | WaitFor]:
    yield from _assets(replay)
    for wave in entries.waves:  # one from a snapshot; in a copy one for each part of the export
        yield from [wave] if isinstance(wave, WaitFor) else _wave(replay, entries, publishing, wave)
    yield replay.until(COMPLETE)
    yield from _after_entries(replay, entries)
    yield from _around_entries(replay)
    yield from _releases(replay)


def _assets(replay: Replay) -> list[Stage]:
    compared = ("assets", "releases")  # an older version is for a publication, or for a release that pins it
    return [
        Stage("older assets looked at", compared, partial(asset_versions.look, replay)),
        Stage("older assets recognised", compared, partial(asset_versions.recognise, replay)),
        Stage("older assets missed", ("assets",), partial(asset_versions.missed, replay)),
        Stage("assets", (), partial(assets.assets, replay)),
    ]


def _wave(replay: Replay, entries: EntryPlan, publishing: PublishPlan, wave: Wave) -> list[Stage]:
    """Some entries with all their documents."""
    types, histories = replay.once(TypePlan), entries.histories(wave)
    masters = MasterPlan(replay, partial(entries.created, wave))
    written, compared = ("entries",), ("entries", "releases")
    return [
        Stage("relaxed types", written, lambda: types.relax(entries.types_to_relax(), entries.shared_titles)),
        Stage("entries", (), partial(entries.create, wave)),
        # Before other languages are written: the master document decides what is in their shared fields.
        Stage("unwanted masters", written, masters.look),
        Stage("masters removed", written, masters.remove),
        Stage("older versions compared", compared, histories.latest),
        Stage("older versions recognised", compared, histories.shown),
        Stage("older versions looked for", compared, histories.rest),
        Stage("older versions missed", written, histories.missed),
        Stage("versions and languages", (), partial(entries.complete, wave, publishing.early)),
    ]


def _after_entries(replay: Replay, entries: EntryPlan) -> list[Stage]:
    types = replay.once(TypePlan)
    return [
        Stage("emptied fields", ("entries",), entries.empty_filled_in),
        Stage("version names", ("entries",), partial(version_names.names, replay)),
        Stage(
            "restored types",
            ("entries",),
            lambda: types.restore(entries.types_to_relax(), entries.shared_titles),
        ),
        _objects("variant groups", replay, variants.groups),
        Stage("variants", ("variants",), partial(variants.contents, replay)),
        Stage("field rules", ("content_types",), types.field_rules),
    ]


def _around_entries(replay: Replay) -> list[Stage]:
    """What refers to entries, or would prevent them from being written."""
    return [
        _objects("roles", replay, simple_kinds.roles),
        _objects("workflows", replay, workflows.workflows),
        Stage("workflow stages", ("workflows",), partial(workflows.stage_order, replay)),
        Stage("entries' stages", ("entries",), partial(workflow_stages.stages, replay)),
        _objects("labels", replay, simple_kinds.labels),
    ]


def _releases(replay: Replay) -> list[Stage]:
    """Releases point at versions, whether these are published or not."""
    return [
        _objects("releases", replay, releases.releases),
        Stage("release items", ("releases",), partial(releases.items, replay)),
        Stage("release items there", ("releases",), partial(releases.confirm_items, replay)),
    ]


def _publishing_beside(replay: Replay, entries: EntryPlan, publishing: PublishPlan) -> list[Stage]:
    """What is published while assets and entries are written, where nothing in the target forbids it."""
    if replay.options.publish == "none" or not publishing.is_alongside:
        return []
    return [Stage("publishing", ("entries", "assets"), partial(publishing.publish_alongside, entries))]


def _publishing(replay: Replay, publishing: PublishPlan) -> list[Stage]:
    if replay.options.publish == "none":
        return []
    content, queued = ("entries", "assets"), ("entries", "assets", "releases")
    return [
        Stage("publishing", content, publishing.publish),
        Stage("published", content, publishing.confirm),
        Stage("publishing again", content, publishing.publish_again),
        Stage("published again", content, publishing.confirm_again),
        Stage("variants published", ("variants",), partial(variant_publishing.publications, replay)),
        Stage(
            "variants published singly",
            ("variants",),
            partial(variant_publishing.publications_again, replay),
        ),
        Stage("schedules", queued, SchedulePlan(replay).schedule),
    ]


def _last(replay: Replay) -> list[Stage]:
    """What changes what is published, forbids publishing, or reacts to it."""
    return [
        _objects("publish rules", replay, workflows.publish_rules),
        Stage("deployments", ("releases",), partial(releases.deployments, replay)),
        Stage("release locks", ("releases",), partial(releases.locks, replay)),
        _objects("webhooks", replay, simple_kinds.webhooks),
    ]
