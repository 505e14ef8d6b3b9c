"""A release that the service stored otherwise: every part of the body is looked at, but for those that docs list."""

from __future__ import annotations

from typing import Any

from repository import ROOT
from stackferry.providers.azure_devops.content.stored_releases import NORMALISED, unstored

BODY: Any = {
    "definitionId": 7,
    "description": "one\r\ntwo",
    "reason": "none",
    "isDraft": False,
    "manualEnvironments": ["Prod"],
    "artifacts": [
        {"alias": "web", "instanceReference": {"id": "5", "name": "2026.1", "sourceBranch": "main"}}
    ],
    "variables": {"size": {"value": "S", "allowOverride": True}},
    "environmentsMetadata": [{"definitionEnvironmentId": 3, "variables": {"host": {"value": "a"}}}],
    "properties": {"team": "Web", "stackferry.source": "fabrikam/Web/1"},
}
STORED: Any = {
    "id": 1,
    "releaseDefinition": {"id": 7},
    "description": "one\ntwo",
    "reason": 1,
    "status": "active",
    "artifacts": [
        {
            "alias": "web",
            "definitionReference": {"version": {"id": "5"}, "branch": {"id": "refs/heads/main"}},
        }
    ],
    "variables": {"size": {"value": "S"}, "more": {"value": "x"}},
    "environments": [{"definitionEnvironmentId": 3, "name": "Prod", "variables": {"host": {"value": "a"}}}],
    "properties": {"team": {"$type": "System.String", "$value": "Web"}},
}


def test_what_the_service_normalises_is_no_difference() -> None:
    assert [*unstored(BODY, STORED)] == []


def test_every_part_that_is_missing_is_told() -> None:
    told = {name: [*unstored(BODY, {**STORED, name: None})] for name in STORED if name != "id"}
    assert told == {
        "releaseDefinition": ["/releaseDefinition"],
        "description": ["/description"],
        "reason": [],  # manual, as it is without one
        "status": [],
        "artifacts": ["/artifacts/web/version", "/artifacts/web/branch"],
        "variables": ["/variables/size"],
        "environments": ["/environments//variables/host"],
        "properties": [],  # none is shown unless it is named
    }
    assert [*unstored({**BODY, "reason": "schedule"}, STORED)] == ["/reason"]
    assert [*unstored(BODY, {**STORED, "status": "draft"})] == ["/status"]
    assert [*unstored(BODY, {**STORED, "properties": {"x": "y"}})] == ["/properties/team"]


def test_docs_list_what_is_normalised() -> None:
    text = (ROOT / "docs" / "azure-devops.md").read_text("utf-8")
    for name, reason in NORMALISED.items():
        assert f"| `{name}` | {reason} |" in text
