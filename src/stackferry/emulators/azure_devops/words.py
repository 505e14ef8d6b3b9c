"""Enums of this API: written in any letter case or as a number, shown in camel case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.emulators.azure_devops.api_errors import bad_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json

RELEASE_STATUS: Final = {"undefined": 0, "draft": 1, "active": 2, "abandoned": 4}
STAGE_STATUS: Final = {
    "undefined": 0, "notStarted": 1, "inProgress": 2, "succeeded": 4, "canceled": 8, "rejected": 16, "queued": 32,
    "scheduled": 64, "partiallySucceeded": 128,
}  # fmt: skip
DEPLOYMENT_STATUS: Final = {
    "undefined": 0, "notDeployed": 1, "inProgress": 2, "succeeded": 4, "partiallySucceeded": 8, "failed": 16, "all": 31,
}  # fmt: skip
OPERATION_STATUS: Final = {
    "undefined": 0, "Queued": 1, "Scheduled": 2, "Pending": 4, "Approved": 8, "Rejected": 16, "Deferred": 32,
    "QueuedForAgent": 64, "PhaseInProgress": 128, "PhaseSucceeded": 256, "PhasePartiallySucceeded": 512,
    "PhaseFailed": 1024, "Canceled": 2048, "PhaseCanceled": 4096, "ManualInterventionPending": 8192,
    "QueuedForPipeline": 16384, "Cancelling": 32768, "EvaluatingGates": 65536, "GateFailed": 131072,
}  # fmt: skip
APPROVAL_STATUS: Final = {
    "undefined": 0, "pending": 1, "approved": 2, "rejected": 4, "reassigned": 6, "canceled": 7, "skipped": 8,
}  # fmt: skip
APPROVAL_TYPE: Final = {"undefined": 0, "preDeploy": 1, "postDeploy": 2, "all": 3}
RELEASE_EXPANDS: Final = {
    "none": 0, "environments": 2, "artifacts": 4, "approvals": 8, "manualInterventions": 16, "variables": 32,
    "tags": 64,
}  # fmt: skip
ONE_RELEASE_EXPANDS: Final = {"none": 0, "tasks": 1}
DEFINITION_EXPANDS: Final = {
    "none": 0, "environments": 2, "artifacts": 4, "triggers": 8, "variables": 16, "tags": 32, "lastRelease": 64,
}  # fmt: skip
APPROVAL_FILTERS: Final = {
    "none": 0,
    "manualApprovals": 1,
    "automatedApprovals": 2,
    "approvalSnapshots": 4,
    "all": 7,
}
DEFINITION_ORDER: Final = {"idAscending": 0, "idDescending": 1, "nameAscending": 2, "nameDescending": 3}
FOLDER_ORDER: Final = {"none": 0, "ascending": 1, "descending": 2}
ORDER: Final = {"descending": 0, "ascending": 1}
REASON: Final = {"none": 0, "manual": 1, "continuousIntegration": 2, "schedule": 3, "pullRequest": 4}
INTERVENTION_STATUS: Final = {"unknown": 0, "pending": 1, "rejected": 2, "approved": 4, "canceled": 8}


def word(known: Mapping[str, int], given: Json, name: str) -> str:
    """The word that is meant. Raises 400 for none of them."""
    wanted = str(given).strip()
    for one, number in known.items():
        if wanted.lower() == one.lower() or wanted == str(number):
            return one
    raise bad_value(name, given)


def words(known: Mapping[str, int], given: str, name: str) -> set[str]:
    """The words of a filter whose numbers are no bits."""
    return {word(known, part, name) for part in given.split(",") if part}


def bits(known: Mapping[str, int], given: str, name: str) -> set[str]:
    """The words of a filter: a sum of their numbers, or words with commas. An empty set is no filter."""
    if not given:
        return set()
    if given.isdigit() and int(given):
        found = _words_in(known, int(given))
        if not found:
            raise bad_value(name, given)
        return found
    return {word(known, part, name) for part in given.split(",")}


def _words_in(known: Mapping[str, int], total: int) -> set[str]:
    """The words whose numbers are in a sum."""
    return {one for one, number in known.items() if number and number & total == number}
