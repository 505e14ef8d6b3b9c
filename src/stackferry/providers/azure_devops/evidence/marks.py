"""What an auditor looks at first: attempts whose approvals are not as they should be. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import integer, objects
from stackferry.providers.azure_devops.content.releases import word
from stackferry.providers.azure_devops.evidence.parts import approvals_of
from stackferry.providers.azure_devops.evidence.values import (
    APPROVAL_STATUSES,
    INTERVENTION_STATUSES,
    OPERATIONS,
    STATUSES,
    is_same_person,
    worded,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject

SELF_APPROVED: Final = "approved by the requester"
UNAPPROVED: Final = "no approval at all"
SKIPPED: Final = "approval skipped"
OVERRULED: Final = "succeeded after rejection"
_SUCCEEDED: Final = frozenset({"succeeded", "partiallysucceeded"})


def marks_of(
    approvals: list[JsonObject], requesters: Iterable[Json], status: Json, rejected: int | None, attempt: int
) -> Iterator[str]:
    """The marks of an attempt. `rejected`: the first attempt at its stage that somebody has rejected."""
    people = [row for row in approvals if row.get("isAutomated") is not True]
    asking = [*requesters]
    if any(_is_approved_by(row, asking) for row in people):
        yield SELF_APPROVED
    if not people:
        yield UNAPPROVED
    if "skipped" in map(_status, approvals):
        yield SKIPPED
    was_rejected = rejected is not None and rejected <= attempt
    if was_rejected and word(worded(status, STATUSES)) in _SUCCEEDED:
        yield OVERRULED


def _is_approved_by(row: JsonObject, people: list[Json]) -> bool:
    return _status(row) == "approved" and any(is_same_person(row.get("approvedBy"), who) for who in people)


def first_rejected(stage: JsonObject) -> int | None:
    """The first attempt at a stage that a person has rejected; one that failed by itself is none."""
    steps = objects(stage.get("deploySteps"))
    found = (integer(step.get("attempt")) or 1 for step in steps if _is_rejected(stage, step, steps))
    return min(found, default=None)


def _is_rejected(stage: JsonObject, step: JsonObject, steps: list[JsonObject]) -> bool:
    attempt = integer(step.get("attempt")) or 1
    return (
        word(worded(step.get("operationStatus"), OPERATIONS)) == "rejected"
        or any(_status(row) == "rejected" for row in approvals_of(stage, attempt, steps))
        or any(
            word(worded(row.get("status"), INTERVENTION_STATUSES)) == "rejected"
            for phase in objects(step.get("releaseDeployPhases"))
            for row in objects(phase.get("manualInterventions"))
        )
    )


def _status(approval: JsonObject) -> str:
    return word(worded(approval.get("status"), APPROVAL_STATUSES))
