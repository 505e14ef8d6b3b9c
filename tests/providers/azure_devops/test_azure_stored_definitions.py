"""A definition that the service stored otherwise in one key: it is seen, whatever the key."""

from __future__ import annotations

import re
from typing import Any

import pytest
from changed_keys import changes
from project_bench import project_bench

from stackferry.providers.azure_devops.content.definitions import plain, unequal

# What the service sets itself: see `plain`. A key more is its own, too; and rules of a stage have ids.
OF_THE_SERVICE = re.compile(
    r"(.*/)?(invented_key|_links)(/.*)?|(id|revision|url|createdBy|createdOn|modifiedBy|modifiedOn|lastRelease|isDeleted"
    r"|projectReference|source)(/.*)?|environments/\d+/(id|badgeUrl|currentRelease|deployStep|queueId|runOptions)(/.*)?"
    r"|environments/\d+/(pre|post)(DeployApprovals|DeploymentGates)/id"
    r"|environments/\d+/(pre|post)DeployApprovals/approvals/\d+/id|environments/\d+/schedules/\d+/jobId"
    r"|environments/\d+/environmentTriggers/\d+/(definitionEnvironmentId|releaseDefinitionId)"
)


def held() -> list[Any]:
    with project_bench(0) as bench:
        return [one.raw for one in bench.project.definitions.values()]


def value_at(body: Any, name: str) -> Any:
    """What stands at a path; None where the last key is not there."""
    for part in name.split("/"):
        body = body[int(part)] if isinstance(body, list) else body.get(part)
    return body


def test_every_key_is_seen() -> None:
    unseen, looked_at = list[str](), 0
    for definition in held():
        body = plain(definition)
        assert [*unequal(definition, body)] == []
        for name, changed in changes(definition):
            if OF_THE_SERVICE.fullmatch(name):
                continue
            looked_at += 1
            # A service leaves out what is false.
            is_left_out = value_at(definition, name) is False and value_at(changed, name) is None
            if not [*unequal(changed, body)] and not is_left_out:
                unseen.append(name)
    assert looked_at > 500
    assert unseen == []


@pytest.mark.parametrize(
    ("path", "is_seen"),
    [(("description",), True), (("variables", "limit", "value"), True), (("path",), False)],
)
def test_letter_case_means_nothing_in_paths_ids_and_enums_alone(path: tuple[str, ...], is_seen: bool) -> None:
    definition: Any = {
        "description": "Words",
        "path": "\\Web",
        "variables": {"limit": {"value": "Much"}},
        "environments": [],
    }
    body = plain(definition)
    inner = changed = {**definition, "variables": {"limit": {"value": "Much"}}}
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = inner[path[-1]].upper()
    assert bool([*unequal(changed, body)]) is is_seen
