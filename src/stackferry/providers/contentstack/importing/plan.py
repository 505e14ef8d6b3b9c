"""The plan of an import: its stages, in the order in which a stack can be built up again.

Each stage is begun when the one before it is settled; publishing, which has a budget of its own, runs alongside
where nothing of the target's forbids. Pure: everything it knows comes from the snapshot, the
target as it was before, and the identities that the stages before it brought.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.providers.contentstack.exporting.parts import COMPLETE, LISTED
from stackferry.providers.contentstack.importing import (
    asset_versions,
    assets,
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
from stackferry.providers.contentstack.importing.objects import ObjectWrite, bring_all
from stackferry.providers.contentstack.importing.publishing import variants as variant_publishing
from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
from stackferry.providers.contentstack.importing.publishing.schedules import SchedulePlan
from stackferry.providers.contentstack.refusals import refusal
from stackferry.providers.target import Concurrent, Planned, Replay, WaitFor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import Request, Response
    from stackferry.providers.contentstack.importing.entries.waves import Wave


# Stages that tell nothing about who is who, and the kinds for whose sake they write.
ONLY_WRITES = {
    "translations": ("taxonomies",),
    "translations singly": ("taxonomies",),
    "older assets looked at": ("assets", "releases"),
    "older assets recognised": ("assets", "releases"),
    "older assets missed": ("assets",),
    "relaxed types": ("entries",),
    "older versions compared": ("entries", "releases"),
    "older versions recognised": ("entries", "releases"),
    "older versions looked for": ("entries", "releases"),
    "older versions missed": ("entries",),
    "emptied fields": ("entries",),
    "version names": ("entries",),
    "unwanted masters": ("entries",),
    "masters removed": ("entries",),
    "restored types": ("entries",),
    "variants": ("variants",),
    "field rules": ("content_types",),
    "workflow stages": ("workflows",),
    "entries' stages": ("entries",),
    "publishing": ("entries", "assets"),
    "published": ("entries", "assets"),
    "publishing again": ("entries", "assets"),
    "published again": ("entries", "assets"),
    "variants published": ("variants",),
    "variants published singly": ("variants",),
    "schedules": ("entries", "assets", "releases"),
    "release items": ("releases",),
    "release items there": ("releases",),
    "deployments": ("releases",),
    "release locks": ("releases",),
}


class ContentstackImportPlan:
    """Contentstack's side of an import."""

    def plan(self, replay: Replay) -> Iterator[Planned | Concurrent | WaitFor]:
        """The stages of one import, by name.

        A stage that only writes is left out with its kinds; every other one also tells who is who. Where the source is
        still arriving, what stands on it waits for it.
        """
        yield from _chosen(replay, _ground(replay))
        yield replay.until(LISTED)
        entries, publishing = replay.once(EntryPlan), PublishPlan(replay)
        written = _chosen(replay, _written(replay, entries, publishing))
        beside = [*_chosen(replay, _beside(replay, entries, publishing))]
        if beside:
            yield Concurrent(written, [stage for stage in beside if not isinstance(stage, WaitFor)])
        else:
            yield from written
        yield from _chosen(replay, _published(replay, publishing))
        yield from _chosen(replay, _reacting(replay))

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)


def _chosen(replay: Replay, stages: Iterable[Planned | WaitFor]) -> Iterator[Planned | WaitFor]:
    for stage in stages:
        if isinstance(stage, WaitFor) or _is_chosen(replay, stage[0]):
            yield stage


def _is_chosen(replay: Replay, name: str) -> bool:
    return name not in ONLY_WRITES or replay.options.brings(*ONLY_WRITES[name])


def _written(replay: Replay, entries: EntryPlan, publishing: PublishPlan) -> Iterator[Planned | WaitFor]:
    yield from _assets(replay)
    yield from _entries(replay, entries, publishing)
    yield replay.until(COMPLETE)
    yield from _after_entries(replay, entries)
    yield from _around_entries(replay)
    yield from _in_releases(replay)


def _brought(name: str, replay: Replay, ones: Callable[[Replay], Iterator[ObjectWrite]]) -> Planned:
    return name, lambda: bring_all(replay, ones(replay))


def _ground(replay: Replay) -> list[Planned]:
    """What assets and entries stand on."""
    types = replay.once(TypePlan)
    return [
        _brought("locales", replay, simple_kinds.locales),
        _brought("environments", replay, simple_kinds.environments),
        _brought("taxonomies", replay, simple_kinds.taxonomies),
        _brought("terms", replay, simple_kinds.terms),
        ("translations", partial(translations.translations, replay)),
        ("translations singly", partial(translations.translations_singly, replay)),
        _brought("extensions", replay, simple_kinds.extensions),
        ("types", lambda: bring_all(replay, types.create())),
        ("whole types", types.complete),
        _brought("folders", replay, assets.folders),
    ]


def _assets(replay: Replay) -> list[Planned]:
    return [
        ("older assets looked at", partial(asset_versions.look, replay)),
        ("older assets recognised", partial(asset_versions.recognise, replay)),
        ("older assets missed", partial(asset_versions.missed, replay)),
        ("assets", partial(assets.assets, replay)),
    ]


def _entries(replay: Replay, entries: EntryPlan, publishing: PublishPlan) -> Iterator[Planned | WaitFor]:
    """All entries with all their documents: wave by wave, where they arrive in parts."""
    for wave in entries.waves:
        if isinstance(wave, WaitFor):
            yield wave
        else:
            yield from _wave(replay, entries, publishing, wave)


def _wave(replay: Replay, entries: EntryPlan, publishing: PublishPlan, wave: Wave) -> list[Planned]:
    types, histories = replay.once(TypePlan), entries.histories(wave)
    masters = MasterPlan(replay, partial(entries.created, wave))
    return [
        ("relaxed types", lambda: types.soften(entries.softened(), entries.shared_titles)),
        ("entries", partial(entries.create, wave)),
        ("unwanted masters", masters.look),  # before they decide what is in every language's shared fields
        ("masters removed", masters.remove),
        ("older versions compared", histories.latest),
        ("older versions recognised", histories.shown),
        ("older versions looked for", histories.rest),
        ("older versions missed", histories.missed),
        ("versions and languages", partial(entries.complete, wave, publishing.early)),
    ]


def _after_entries(replay: Replay, entries: EntryPlan) -> list[Planned]:
    types = replay.once(TypePlan)
    return [
        ("emptied fields", entries.mend),
        ("version names", partial(version_names.names, replay)),
        ("restored types", lambda: types.restore(entries.softened(), entries.shared_titles)),
        _brought("variant groups", replay, variants.groups),
        ("variants", partial(variants.contents, replay)),
        ("field rules", types.field_rules),
    ]


def _around_entries(replay: Replay) -> list[Planned]:
    """What names entries, or would stand in the way of writing them."""
    return [
        _brought("roles", replay, simple_kinds.roles),
        _brought("workflows", replay, workflows.workflows),
        ("workflow stages", partial(workflows.stage_order, replay)),
        ("entries' stages", partial(workflow_stages.stages, replay)),
        _brought("labels", replay, simple_kinds.labels),
    ]


def _in_releases(replay: Replay) -> list[Planned]:
    """Releases point at versions, whether these are published or not."""
    return [
        _brought("releases", replay, releases.releases),
        ("release items", partial(releases.items, replay)),
        ("release items there", partial(releases.confirm_items, replay)),
    ]


def _beside(replay: Replay, entries: EntryPlan, publishing: PublishPlan) -> list[Planned]:
    """What is done while assets and entries are written, where nothing of the target's forbids."""
    if replay.options.publish == "none" or not publishing.is_alongside:
        return []
    return [("publishing", partial(publishing.publish_alongside, entries))]


def _published(replay: Replay, publishing: PublishPlan) -> list[Planned]:
    if replay.options.publish == "none":
        return []
    return [
        ("publishing", publishing.publish),
        ("published", publishing.confirm),
        ("publishing again", publishing.publish_again),
        ("published again", publishing.confirm_again),
        ("variants published", partial(variant_publishing.publications, replay)),
        ("variants published singly", partial(variant_publishing.publications_again, replay)),
        ("schedules", SchedulePlan(replay).schedule),
    ]


def _reacting(replay: Replay) -> list[Planned]:
    """What changes, or reacts to, what is published: last."""
    return [
        _brought("publish rules", replay, workflows.publish_rules),
        ("deployments", partial(releases.deployments, replay)),
        ("release locks", partial(releases.locks, replay)),
        _brought("webhooks", replay, simple_kinds.webhooks),
    ]
