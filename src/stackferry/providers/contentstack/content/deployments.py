"""Deployments of releases: which were carried out, and which are still to come.

A release's `status` says where it was deployed. The plan of a scheduled deployment stands in the publish queue; its
`status` may name the environment too, before anything is deployed there. Pure: reads records.
API pages: "Deploy a Release", "Get all Releases", "Get publish queue".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import epoch_seconds, objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.publish_queue import (
    UNDER_WAY,
    environment_uids,
    waiting_schedules,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.publish_queue import Schedule
    from stackferry.providers.source import RecordStore

RELEASES = Stream("releases")
_STILL_TO_COME = UNDER_WAY | {"scheduled"}


class Deployment(NamedTuple):
    """A release in one environment, by their uids. `at`: its time, empty where the service does not tell it."""

    release: str
    environment: str
    is_planned: bool
    at: str = ""
    has_failed: bool = False


def is_deployment(one: Schedule, staged: RecordStore) -> bool:
    """Whether a row of the queue is about a release as a whole."""
    return staged.get(RELEASES, one.uid) is not None


def deployments(staged: RecordStore, now: float) -> Iterator[Deployment]:
    """Every deployment, each once; `now` in seconds since 1970, 0 if it is not known."""
    planned = _planned(staged)
    for (release, environment), times in planned.items():
        for at in times:
            yield Deployment(release, environment, True, at)
    for row in staged.objects(RELEASES):
        uid = text(row.get("uid"))
        for status in objects(row.get("status")):
            environment = text(status.get("environment"))
            is_to_come, at = _still_to_come(status, now)
            if not environment or (is_to_come and (uid, environment) in planned):
                continue  # the queue says when
            yield Deployment(uid, environment, is_to_come, at, has_failed(status))


def _planned(staged: RecordStore) -> dict[tuple[str, str], list[str]]:
    """The times of the deployments that the queue holds, by release and environment."""
    planned: dict[tuple[str, str], list[str]] = {}
    names = environment_uids(staged)
    for one in waiting_schedules(staged):
        if is_deployment(one, staged):
            for place in one.environments:
                times = planned.setdefault((one.uid, names.get(place, place)), [])
                if one.at not in times:
                    times.append(one.at)
    return planned


def has_failed(status: JsonObject) -> bool:
    """Whether the status of a deployment says that it did not come about."""
    return text(status.get("status")).casefold() == "failed"


def is_under_way(status: JsonObject) -> bool:
    """Whether the status of a deployment says that the service is at it."""
    return text(status.get("status")).casefold() in UNDER_WAY


def _still_to_come(status: JsonObject, now: float) -> tuple[bool, str]:
    """Whether it is, and when."""
    times = [text(status.get(name)) for name in ("scheduled_at", "time")]
    later = [at for at in times if _is_after(at, now)]
    if later:
        return True, later[0]
    name = text(status.get("status")).casefold()
    # Of a deployment under way the time may be that of the request.
    known = times[0] or (times[1] if name == "scheduled" else "")
    return (True, known) if name in _STILL_TO_COME else (False, times[1])


def _is_after(at: str, now: float) -> bool:
    when = epoch_seconds(at)
    return when is not None and 0 < now < when
