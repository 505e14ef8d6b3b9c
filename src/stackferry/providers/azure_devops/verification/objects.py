"""Compares records one by one within one project: all but releases and their files. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import equal
from stackferry.json_values import integer, nested
from stackferry.model import Stream
from stackferry.providers.azure_devops.kinds import (
    DEFINITION_HISTORY,
    DEFINITION_REVISIONS,
    DEFINITION_SNAPSHOTS,
    DEFINITIONS,
    DELETED_DEFINITIONS,
    DELETED_RELEASES,
    DEPLOYMENTS,
    FOLDERS,
    MANUAL_INTERVENTIONS,
    POINTED_AT,
    RELEASES,
    uid_of,
)
from stackferry.providers.azure_devops.verification.attempts import attempt_of, attempts_by_id
from stackferry.providers.azure_devops.verification.edits import body_edits
from stackferry.providers.azure_devops.verification.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.azure_devops.kinds import Kind
    from stackferry.providers.azure_devops.verification.edits import Edit
    from stackferry.providers.azure_devops.verification.sides import Pair, Sides

BEFORE_RELEASES: Final = (*POINTED_AT, FOLDERS, DEFINITIONS, DEFINITION_HISTORY, DEFINITION_REVISIONS)
AFTER_RELEASES: Final = (
    DEFINITION_SNAPSHOTS, MANUAL_INTERVENTIONS, DEPLOYMENTS, DELETED_DEFINITIONS, DELETED_RELEASES,
)  # fmt: skip
# What the service notes of a save; each save gives the steps of a definition's stages other ids.
_FOLLOWS: Final = re.compile(
    "/(revision|modifiedOn|modifiedBy|comment|lastChangedDate|lastChangedBy"
    "|environments/[0-9]+/(deployStep|(pre|post)DeployApprovals/approvals/[0-9]+|(pre|post)DeploymentGates)/id)"
)
_OF_REVISIONS: Final = (DEFINITION_HISTORY, DEFINITION_REVISIONS)


def object_edits(sides: Sides, kind: Kind) -> Iterator[Edit]:
    """Every difference of every object of a kind."""
    for pair in sides.pairs(kind):
        if pair.left is None or pair.right is None:
            if not _is_told(sides, kind, pair):
                yield from sides.on_one_side(kind, pair)
            continue
        sides.compared[kind.name] += 1
        yield from sides.vanishing(kind, pair)
        if equal(pair.left, pair.right) or (kind is DEPLOYMENTS and _has_moved(sides, pair)):
            continue
        yield from without_following(_edits(sides, kind, pair))


def _edits(sides: Sides, kind: Kind, pair: Pair) -> list[Edit]:
    left, right = (shown(kind, row or {}, sides.names) for row in (pair.left, pair.right))
    return [*body_edits(sides.about(kind, pair), left, right)]


def without_following(edits: list[Edit]) -> list[Edit]:
    """Without what the service notes of each save, where there is more to tell."""
    real = [edit for edit in edits if not _FOLLOWS.fullmatch(edit.place)]
    return real or sorted(edits, key=lambda edit: edit.place != "/revision")[:1]


def _is_told(sides: Sides, kind: Kind, pair: Pair) -> bool:
    """Whether what one side lacks follows from what is told otherwise: a save, an attempt."""
    if kind in _OF_REVISIONS:
        uid = uid_of(pair.newer.get("definitionId", pair.newer.get("definition")))
        numbers = [
            integer((store.get(Stream(DEFINITIONS.name), uid) or {}).get("revision"))
            for store in (sides.left, sides.right)
        ]
        return numbers[0] != numbers[1]
    return kind is DEPLOYMENTS and _has_moved(sides, pair)


def _has_moved(sides: Sides, pair: Pair) -> bool:
    """Whether the release shows another state of this deployment on each side: then it is told there."""
    uid = uid_of(nested(pair.newer, "release", "id"))
    releases = [sides.left.get(Stream(RELEASES.name), uid), sides.right.get(Stream(RELEASES.name), uid)]
    if None in releases:
        return False
    here, there = (attempts_by_id(release or {}).get(pair.newer.get("id")) for release in releases)
    return attempt_of(here) != attempt_of(there)
