"""What retention does: releases that nobody keeps are deleted by age, and destroyed some time later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.deploying.attempts import UNDER_WAY
from stackferry.emulators.azure_devops.organization import definition_id
from stackferry.emulators.values import parse_time
from stackferry.json_values import as_object, integer, objects, text

if TYPE_CHECKING:
    from datetime import datetime

    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.model import JsonObject

_DAYS, _RELEASES = 30, 3  # what a policy is that names nothing


def retain(scene: Scene) -> None:
    """Delete and destroy what is due at this moment."""
    now = scene.service.time()
    project = scene.project
    kept = _kept(scene)
    for number, release in [*project.releases.items()]:
        if number not in kept and _age(release, now) > timedelta(
            days=_policy(scene, release, "daysToKeep", _DAYS)
        ):
            project.delete_release(number, now)
    for number, deleted in [*project.deleted_releases.items()]:
        if now - deleted.at > timedelta(days=scene.service.switches.destroy_days):
            project.destroy_release(number)


def _kept(scene: Scene) -> set[int]:
    """Releases that stay whatever their age: kept for ever, under way, or among the last that a stage had."""
    kept: set[int] = set()
    last: dict[object, int] = {}
    for number, release in sorted(scene.project.releases.items(), reverse=True):
        stages = objects(release.get("environments"))
        if release.get("keepForever") is True or any(text(one.get("status")) in UNDER_WAY for one in stages):
            kept.add(number)
        for stage in stages:
            if not objects(stage.get("deploySteps")):
                continue
            key = stage.get("definitionEnvironmentId")
            last[key] = last.get(key, 0) + 1
            if last[key] <= _policy(scene, release, "releasesToKeep", _RELEASES):
                kept.add(number)
    return kept


def _policy(scene: Scene, release: JsonObject, name: str, usual: int) -> int:
    """The most that any stage of its definition asks for."""
    definition = scene.project.definitions.get(definition_id(release))
    stages = objects(definition.raw.get("environments")) if definition else []
    found = [integer(as_object(stage.get("retentionPolicy")).get(name)) for stage in stages]
    return max([one for one in found if one is not None], default=usual)


def _age(release: JsonObject, now: datetime) -> timedelta:
    """The time since a release was modified or deployed last."""
    told = [
        release.get("modifiedOn"),
        *(stage.get("modifiedOn") for stage in objects(release.get("environments"))),
    ]
    moments = [moment for moment in map(parse_time, told) if moment]
    return now - max(moments, default=now)
