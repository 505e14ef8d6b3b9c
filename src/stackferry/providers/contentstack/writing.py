"""The plan of an import: its stages, in the order in which a stack can be built up again.

Each stage is begun when the one before it is settled; publishing, which has a budget of its own, runs alongside
where nothing of the target's forbids. Pure: everything it knows comes from the snapshot, the
target as it was before, and the identities that the stages before it brought.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.providers.contentstack import (
    asset_histories,
    asset_writes,
    release_writes,
    small_kinds,
    stage_writes,
    translations,
    variant_publishing,
    variant_writes,
    version_names,
    workflow_writes,
)
from stackferry.providers.contentstack.answers import refusal
from stackferry.providers.contentstack.arranging import COMPLETE, LISTED
from stackferry.providers.contentstack.entry_writes import EntryPlan
from stackferry.providers.contentstack.masters import MasterPlan
from stackferry.providers.contentstack.publishing import PublishPlan
from stackferry.providers.contentstack.schedule_writes import SchedulePlan
from stackferry.providers.contentstack.type_writes import TypePlan
from stackferry.providers.contentstack.writes import One, bring_all
from stackferry.providers.replaying import Alongside, Hold, Planned, Replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import Request, Response
    from stackferry.providers.contentstack.entry_waves import Wave


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


class ContentstackWriting:
    """Contentstack's side of an import."""

    def plan(self, replay: Replay) -> Iterator[Planned | Alongside | Hold]:
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
            yield Alongside(written, [stage for stage in beside if not isinstance(stage, Hold)])
        else:
            yield from written
        yield from _chosen(replay, _published(replay, publishing))
        yield from _chosen(replay, _reacting(replay))

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)


def _chosen(replay: Replay, stages: Iterable[Planned | Hold]) -> Iterator[Planned | Hold]:
    for stage in stages:
        if isinstance(stage, Hold) or _is_chosen(replay, stage[0]):
            yield stage


def _is_chosen(replay: Replay, name: str) -> bool:
    return name not in ONLY_WRITES or replay.options.brings(*ONLY_WRITES[name])


def _written(replay: Replay, entries: EntryPlan, publishing: PublishPlan) -> Iterator[Planned | Hold]:
    yield from _assets(replay)
    yield from _entries(replay, entries, publishing)
    yield replay.until(COMPLETE)
    yield from _after_entries(replay, entries)
    yield from _around_entries(replay)
    yield from _in_releases(replay)


def _brought(name: str, replay: Replay, ones: Callable[[Replay], Iterator[One]]) -> Planned:
    return name, lambda: bring_all(replay, ones(replay))


def _ground(replay: Replay) -> list[Planned]:
    """What assets and entries stand on."""
    types = replay.once(TypePlan)
    return [
        _brought("locales", replay, small_kinds.locales),
        _brought("environments", replay, small_kinds.environments),
        _brought("taxonomies", replay, small_kinds.taxonomies),
        _brought("terms", replay, small_kinds.terms),
        ("translations", partial(translations.translations, replay)),
        ("translations singly", partial(translations.translations_singly, replay)),
        _brought("extensions", replay, small_kinds.extensions),
        ("types", lambda: bring_all(replay, types.create())),
        ("whole types", types.complete),
        _brought("folders", replay, asset_writes.folders),
    ]


def _assets(replay: Replay) -> list[Planned]:
    return [
        ("older assets looked at", partial(asset_histories.look, replay)),
        ("older assets recognised", partial(asset_histories.recognise, replay)),
        ("older assets missed", partial(asset_histories.missed, replay)),
        ("assets", partial(asset_writes.assets, replay)),
    ]


def _entries(replay: Replay, entries: EntryPlan, publishing: PublishPlan) -> Iterator[Planned | Hold]:
    """All entries with all their documents: wave by wave, where they arrive in parts."""
    for wave in entries.waves:
        if isinstance(wave, Hold):
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
        _brought("variant groups", replay, variant_writes.groups),
        ("variants", partial(variant_writes.contents, replay)),
        ("field rules", types.field_rules),
    ]


def _around_entries(replay: Replay) -> list[Planned]:
    """What names entries, or would stand in the way of writing them."""
    return [
        _brought("roles", replay, small_kinds.roles),
        _brought("workflows", replay, workflow_writes.workflows),
        ("workflow stages", partial(workflow_writes.stage_order, replay)),
        ("entries' stages", partial(stage_writes.stages, replay)),
        _brought("labels", replay, small_kinds.labels),
    ]


def _in_releases(replay: Replay) -> list[Planned]:
    """Releases point at versions, whether these are published or not."""
    return [
        _brought("releases", replay, release_writes.releases),
        ("release items", partial(release_writes.items, replay)),
        ("release items there", partial(release_writes.confirm_items, replay)),
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
        _brought("publish rules", replay, workflow_writes.publish_rules),
        ("deployments", partial(release_writes.deployments, replay)),
        ("release locks", partial(release_writes.locks, replay)),
        _brought("webhooks", replay, small_kinds.webhooks),
    ]
