"""Compares releases within one project: what people changed, one line each, and each attempt as one line. Pure.

A deployment changes its stage, its attempt, approvals and times at once. So an attempt that is new, or has come
further, is told once, as a deployment, and what follows from it is not. Where nothing has moved each value is told.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import ABSENT, equal
from stackferry.json_values import objects, text
from stackferry.providers.azure_devops.kinds import DEPLOYMENTS, RELEASES
from stackferry.providers.azure_devops.verification.attempts import attempt_of, attempts_by_id
from stackferry.providers.azure_devops.verification.edits import About, Edit, body_edits
from stackferry.providers.azure_devops.verification.objects import without_following
from stackferry.providers.azure_devops.verification.shown import shown
from stackferry.providers.differences import ADDED, CHANGED, REMOVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.verification.sides import Pair, Sides

_APPROVALS: Final = ("preDeployApprovals", "postDeployApprovals")
# What the service changes in a stage when an attempt at it begins or goes on.
_OF_STAGES: Final = frozenset({
    "status", "createdOn", "modifiedOn", "timeToDeploy", "conditions", "triggerReason", "nextScheduledUtcTime",
    "scheduledDeploymentTime",
})  # fmt: skip
_STATUS: Final = "/status"

Moved = dict[str, set["Json"]]  # the numbers of attempts, by the id of their stage


def release_edits(sides: Sides) -> Iterator[Edit]:
    """Every difference of every release."""
    for pair in sides.pairs(RELEASES):
        if pair.left is None or pair.right is None:
            yield from sides.on_one_side(RELEASES, pair)
            continue
        sides.compared[RELEASES.name] += 1
        yield from sides.vanishing(RELEASES, pair)
        if not equal(pair.left, pair.right):
            yield from _edits(sides, pair, pair.left, pair.right)


def _edits(sides: Sides, pair: Pair, left: JsonObject, right: JsonObject) -> Iterator[Edit]:
    about, moved = sides.about(RELEASES, pair), defaultdict[str, "set[Json]"](set)
    yield from _attempts(about, left, right, moved)
    here, there = (shown(RELEASES, _without_moved(row, moved), sides.names) for row in (left, right))
    edits = _with_statuses(body_edits(about, here, there))
    if moved:  # the service notes a time of the release with each attempt, too
        edits = [edit for edit in edits if edit.place not in ("/modifiedOn", "/modifiedBy")]
    yield from without_following(edits)


def _attempts(about: About, left: JsonObject, right: JsonObject, moved: Moved) -> Iterator[Edit]:
    """Attempts that are new, gone, or have come further, each as one line; `moved` is told which."""
    here, there = attempts_by_id(left), attempts_by_id(right)
    for number in sorted({*here, *there}, key=str):
        was, now = here.get(number), there.get(number)
        attempt = now or was
        if attempt is None or attempt_of(was) == attempt_of(now):
            continue
        moved[str(attempt.stage.get("id"))].add(attempt.number)
        change = ADDED if was is None else REMOVED if now is None else CHANGED
        title = f"{about.title}/{text(attempt.stage.get('name'))}"
        states = was.state if was else ABSENT, now.state if now else ABSENT
        path = f"/attempt/{attempt.number}"
        yield Edit(About(DEPLOYMENTS.name, str(number), title), change, path, *states)


def _without_moved(release: JsonObject, moved: Moved) -> JsonObject:
    """A release without attempts that are told, and what they change in their stages."""
    stages = [
        _stage(row, moved.get(str(row.get("id")), set())) for row in objects(release.get("environments"))
    ]
    return {**release, "environments": stages} if moved else release


def _stage(stage: JsonObject, numbers: set[Json]) -> Json:
    if not numbers:
        return stage
    kept: JsonObject = {name: value for name, value in stage.items() if name not in _OF_STAGES}
    for name in ("deploySteps", *_APPROVALS):
        kept[name] = [row for row in objects(stage.get(name)) if row.get("attempt") not in numbers]
    return kept


def _with_statuses(edits: Iterable[Edit]) -> list[Edit]:
    """Edits where a stage or an approval whose status is another is told by that alone."""
    found = [*edits]
    told = [edit.place.removesuffix(_STATUS) for edit in found if edit.place.endswith(_STATUS)]
    owners = [place for place in told if place.count("/") == 2 or _is_approval(place)]
    return [edit for edit in found if not _follows(edit.place, owners)]


def _is_approval(place: str) -> bool:
    return any(f"/{name}/" in place for name in _APPROVALS)


def _follows(place: str, owners: list[str]) -> bool:
    for owner in owners:
        name = place.removeprefix(f"{owner}/")
        is_of_stage = owner.count("/") == 2
        if name != place and name != "status" and (name in _OF_STAGES or not is_of_stage):
            return True
    return False
