"""Whatever a client sends, it is answered: no request is a defect of the emulator."""

from __future__ import annotations

import copy
from collections import Counter
from random import Random
from typing import Any

import pytest
from project_client import TOKEN, Clock

from sampling import sampled
from stackferry import exact_json
from stackferry.emulators.application import HttpRequest
from stackferry.emulators.azure_devops import Emulator, Switches
from stackferry.emulators.azure_devops.routes import ROUTES
from stackferry.emulators.azure_devops.seed.generator import generate

REQUESTS = 400
VALUES: list[Any] = [
    *(None, 0, 1, -1, 1.5, True, "", "x", "active", "inProgress", "Abandoned", "approved", "rejected", [], {}, [None]),
    *([{}], [1], ["x"], {"id": 1}, {"id": "x"}, {"value": None}, "9" * 40, "0001-01-01T00:00:00"),
    *("2030-01-01", "\\", "\u0000"),
]  # fmt: skip
KEYS = [
    *("id", "revision", "name", "path", "status", "comment", "comments", "keepForever", "manualEnvironments"),
    *("definitionId", "artifacts", "variables", "environmentsMetadata", "properties", "isDraft", "reason"),
    *("createdFor", "environments", "approver", "gatesToIgnore", "scheduledDeploymentTime", "description"),
    *("releaseNameFormat", "triggers", "variableGroups", "tags", "retentionSettings"),
]  # fmt: skip
QUERY = [
    *("$top", "$expand", "queryOrder", "continuationToken", "statusFilter", "environmentStatusFilter", "definitionId"),
    *("minCreatedTime", "minModifiedTime", "tagFilter", "releaseIdFilter", "isDeleted", "top", "typeFilter"),
    *("$topGateRecords", "approvalFilters", "propertyFilters", "definitionSnapshotRevision", "startLine", "endLine"),
    *("api-version", "groupName", "filterValue", "createdBy", "latestAttemptsOnly", "path"),
]  # fmt: skip


class Nonsense:
    """Requests that nobody would send, some of them nearly right."""

    def __init__(self, service: Emulator, seed: int) -> None:
        self.chance = Random(seed)
        self.service = service
        self.project = service.project("fabrikam", "Web")

    def body(self, depth: int = 2) -> Any:
        chance = self.chance
        kind = chance.random()
        if kind < 0.2:
            return chance.choice(VALUES)
        if kind < 0.5:  # what is there, with something else in one place
            rows = [*self.project.releases.values(), *(one.raw for one in self.project.definitions.values())]
            near = copy.deepcopy(chance.choice(rows))
            for _ in range(2):
                near[chance.choice([*near, *KEYS])] = self.body(depth - 1) if depth else chance.choice(VALUES)
            return near
        rows = [chance.choice(VALUES) if depth == 0 else self.body(depth - 1) for _ in range(4)]
        return {chance.choice(KEYS): value for value in rows}

    def request(self) -> HttpRequest:
        chance = self.chance
        route = chance.choice(ROUTES).route
        words = ["1", "2", "3", "99", "x", "", "%5C", "%00", "-1", *map(str, self.project.releases)]
        parts = [chance.choice(words) if part.startswith("{") else part for part in route.segments]
        place = chance.choice(
            ["/fabrikam/Web", "/vsrm.dev.azure.com/fabrikam/Web", "/dev.azure.com/fabrikam", "/fabrikam"]
        )
        query = [
            (chance.choice(QUERY), str(chance.choice(VALUES))) for _ in range(chance.choice([0, 0, 1, 2]))
        ]
        if chance.random() < 0.8:
            query.append(("api-version", "7.2-preview"))
        raw = exact_json.dumps(self.body()) if chance.random() < 0.9 else b"\xff{"
        return HttpRequest(
            method=route.method,
            path=f"{place}/_apis/{'/'.join(parts)}",
            origin="http://emulator.invented",
            query=query,
            headers={"authorization": f"Bearer {TOKEN}"},
            body=b"" if route.method in ("GET", "OPTIONS") else raw,
        )


@pytest.mark.parametrize("seed", sampled(range(30), 2))
def test_nonsense_is_refused_and_never_a_defect(seed: int) -> None:
    clock = Clock()
    service = Emulator(clock=clock, switches=Switches(deploy_requests=9, scan_variables=True, retention=True))
    generate(service, "fabrikam", "Web", token=TOKEN, seed=seed, releases=12)
    nonsense = Nonsense(service, seed)
    statuses: Counter[int] = Counter()
    for _ in range(REQUESTS):
        request = nonsense.request()
        clock.pass_seconds(nonsense.chance.random() * 20)
        answer = service.handle(request)
        if isinstance(answer.body, dict):
            exact_json.dumps(answer.body)
        statuses[answer.status] += 1
    assert set(statuses) <= {200, 204, 400, 403, 404, 409}
    assert min(statuses[200], statuses[400], statuses[404]) > 20
