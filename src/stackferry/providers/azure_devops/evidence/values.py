"""Single values of a row: as the service wrote them; numbers of enums as their words, no time as none. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, epoch_seconds, text
from stackferry.providers.azure_devops.content.releases import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json

# API pages: the enums, whose numbers some clients and servers write in place of the words.
APPROVAL_TYPES: Final = {"1": "preDeploy", "2": "postDeploy", "3": "all"}
APPROVAL_STATUSES: Final = {
    "1": "pending", "2": "approved", "4": "rejected", "6": "reassigned", "7": "canceled", "8": "skipped",
}  # fmt: skip
STATUSES: Final = {
    "1": "notDeployed",
    "2": "inProgress",
    "4": "succeeded",
    "8": "partiallySucceeded",
    "16": "failed",
}
STAGE_STATUSES: Final = {
    "1": "notStarted", "2": "inProgress", "4": "succeeded", "8": "canceled", "16": "rejected", "32": "queued",
    "64": "scheduled", "128": "partiallySucceeded",
}  # fmt: skip
OPERATIONS: Final = {
    "1": "Queued", "2": "Scheduled", "4": "Pending", "8": "Approved", "16": "Rejected", "32": "Deferred",
    "64": "QueuedForAgent", "128": "PhaseInProgress", "256": "PhaseSucceeded", "512": "PhasePartiallySucceeded",
    "1024": "PhaseFailed", "2048": "Canceled", "4096": "PhaseCanceled", "8192": "ManualInterventionPending",
    "16384": "QueuedForPipeline", "32768": "Cancelling", "65536": "EvaluatingGates", "131072": "GateFailed",
}  # fmt: skip
REASONS: Final = {"0": "none", "1": "manual", "2": "automated", "4": "scheduled", "8": "redeployTrigger"}
GATE_STATUSES: Final = {"1": "pending", "2": "inProgress", "4": "succeeded", "8": "failed", "16": "canceled"}
INTERVENTION_STATUSES: Final = {"1": "pending", "2": "rejected", "4": "approved", "8": "canceled"}
_NEVER: Final = "0001-01-01"


def worded(value: Json, words: Mapping[str, str]) -> Json:
    """An enum's value as the service wrote it; its word where that is a number. None where there is none."""
    if value is None or value == "":
        return None
    return words.get(word(value), value)


def at(value: Json) -> Json:
    """A time as the service wrote it; None for the one that stands for none."""
    written = text(value)
    return None if not written or written.startswith(_NEVER) else written


def first_time(*values: Json) -> Json:
    """The first of these that is a time."""
    return next((found for value in values if (found := at(value)) is not None), None)


def earliest(values: list[Json]) -> Json:
    known = [(epoch_seconds(text(found)) or 0.0, text(found)) for value in values if (found := at(value))]
    return min(known)[1] if known else None


def person(value: Json) -> Json:
    """Whom an IdentityRef names, by the unique name. Who left may have nothing but an id."""
    who = as_object(value)
    names = (text(who.get(name)) for name in ("uniqueName", "displayName", "id"))
    return next(filter(None, names), None)


def is_same_person(one: Json, other: Json) -> bool:
    """Whether two IdentityRefs name one person for certain."""
    left, right = as_object(one), as_object(other)
    return any(
        bool(text(left.get(name))) and text(left.get(name)).casefold() == text(right.get(name)).casefold()
        for name in ("id", "uniqueName")
    )
