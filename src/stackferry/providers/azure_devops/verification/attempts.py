"""Attempts to deploy a release to a stage, and how a comparison tells of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import objects, text

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject


class Attempt(NamedTuple):
    """One attempt with the stage that it was made at."""

    stage: JsonObject
    step: JsonObject

    @property
    def number(self) -> Json:
        return self.step.get("attempt")

    @property
    def state(self) -> str:
        """The result, and the last operation where that says more: `rejected`, `inProgress (Pending)`."""
        words = [text(self.step.get(name)) for name in ("status", "operationStatus")]
        return f"{words[0]} ({words[1]})" if words[1] else words[0]


def attempts_by_id(release: JsonObject) -> dict[Json, Attempt]:
    """The attempts of a release by their deployments."""
    return {
        step.get("deploymentId"): Attempt(stage, step)
        for stage in objects(release.get("environments"))
        for step in objects(stage.get("deploySteps"))
        if step.get("deploymentId") is not None
    }


def attempt_of(attempt: Attempt | None) -> str | None:
    """How far an attempt has come; None where there is none."""
    return None if attempt is None else attempt.state
