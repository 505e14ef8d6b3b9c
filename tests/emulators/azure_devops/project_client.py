"""What the tests of the Azure DevOps emulator share: an HTTP client that reports refusals, a clock, definitions."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from stackferry.emulators.azure_devops import Access, Emulator, Limits, Project, Switches, serve
from stackferry.json_values import objects

if TYPE_CHECKING:
    from collections.abc import Iterator

ORGANIZATION, PROJECT, TOKEN = "fabrikam", "My Web", "invented-pat"
PLACE = "/fabrikam/My%20Web/_apis"
_TLS = httpx.create_ssl_context()  # once: making it takes longer than most tests


@dataclass
class Clock:
    """A clock that moves only when a test moves it."""

    now: datetime = field(default_factory=lambda: datetime(2030, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)

    def after(self, seconds: float) -> str:
        return (self.now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Refusal:
    """An error answer: status, `typeKey` and message."""

    status: int
    key: str
    message: str


@dataclass
class ProjectClient:
    """A client of one project over a socket."""

    http: httpx.Client
    service: Emulator
    project: Project
    clock: Clock
    place: str = PLACE

    def send(
        self, method: str, path: str, body: Any = None, version: str = "7.2-preview", **headers: str
    ) -> httpx.Response:
        """The answer as it is. A path that begins with a slash is a whole one."""
        url = path if path.startswith("/") else f"{self.place}/{path}"
        mark = "&" if "?" in url else "?"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(
            method, f"{url}{mark}api-version={version}" if version else url, json=body, headers=sent
        )

    def get(self, path: str, version: str = "7.2-preview") -> Any:
        answer = self.send("GET", path, version=version)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, path: str) -> list[dict[str, Any]]:
        found = self.get(path)
        assert found["count"] == len(found["value"])
        return list(found["value"])

    def change(self, method: str, path: str, body: Any = None, version: str = "7.2-preview") -> Any:
        answer = self.send(method, path, body, version)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, version: str = "7.2-preview") -> Any:
        return self.change("POST", path, body, version)

    def patch(self, path: str, body: Any, version: str = "7.2-preview") -> Any:
        return self.change("PATCH", path, body, version)

    def refused(self, method: str, path: str, body: Any = None, version: str = "7.2-preview") -> Refusal:
        answer = self.send(method, path, body, version)
        assert answer.status_code >= 400, answer.text
        said = answer.json()
        assert {"$id", "innerException", "typeName", "errorCode", "eventId"} <= set(said)
        return Refusal(answer.status_code, said["typeKey"], said["message"])

    def definition(self, *stages: dict[str, Any], **more: Any) -> int:
        """A new definition; without stages one with Dev, and Prod after it."""
        body = {
            "name": f"D{len(self.project.definitions) + 1}",
            "environments": list(stages) or chain(),
            **more,
        }
        path = str(more.get("path", "\\"))
        if path not in self.project.folders:
            self.post("release/folders", {"path": path})
        return int(self.post("release/definitions", body)["id"])

    def release(self, definition: int, **more: Any) -> int:
        return int(self.post("release/releases", {"definitionId": definition, **more})["id"])

    def whole(self, release: int) -> Any:
        return self.get(f"release/releases/{release}?$expand=tasks&$topGateRecords=1000")

    def stages(self, release: int) -> dict[str, str]:
        """The status of each stage, by its name."""
        return {one["name"]: one["status"] for one in self.whole(release)["environments"]}

    def stage(self, release: int, name: str) -> int:
        found = objects(self.project.releases[release]["environments"])
        return int(str(next(one["id"] for one in found if one["name"] == name)))

    def pending(self) -> list[dict[str, Any]]:
        return self.rows("release/approvals")


@contextmanager
def serving(
    switches: Switches | None = None, limits: Limits | None = None, *, clock: Clock | None = None
) -> Iterator[ProjectClient]:
    """An emulator with an empty project, and a client of it. Its clock stands still."""
    time = clock or Clock()
    service = Emulator(switches=switches, limits=limits, clock=time)
    project = service.add_project(ORGANIZATION, PROJECT, token=TOKEN)
    with serve(service) as origin, httpx.Client(base_url=origin, auth=("", TOKEN), verify=_TLS) as http:
        yield ProjectClient(http, service, project, time)
    assert service.defects == []


AUTOMATIC = {"approvals": [{"rank": 1, "isAutomated": True, "isNotificationOn": False}]}
POLICY = {"daysToKeep": 30, "releasesToKeep": 1, "retainBuild": True}
STARTED = {"name": "ReleaseStarted", "conditionType": "event", "value": ""}
COPY: dict[str, Any] = {
    "taskId": "e213ff0f-5d5c-4791-802d-52ea3e7be1f1",
    "name": "Copy",
    "version": "1.*",
    "inputs": {},
}
ASK: dict[str, Any] = {
    "taskId": "bcb64569-d51a-4af0-9c01-ea5d05b3b622",
    "name": "Look",
    "version": "8.*",
    "inputs": {},
}


def phase(*tasks: dict[str, Any], kind: str = "agentBasedDeployment", queue: int = 1) -> dict[str, Any]:
    given = list(tasks) or [COPY]
    return {"name": "Job", "phaseType": kind, "deploymentInput": {"queueId": queue}, "workflowTasks": given}


def stage(name: str, *, after: str = "", by_hand: bool = False, **more: Any) -> dict[str, Any]:
    """A stage that starts with the release, after another one, or by hand."""
    follows = {"name": after, "conditionType": "environmentState", "value": "4"}
    return {
        "name": name,
        "conditions": [] if by_hand else [follows if after else STARTED],
        "retentionPolicy": POLICY,
        "preDeployApprovals": AUTOMATIC,
        "postDeployApprovals": AUTOMATIC,
        "deployPhases": [phase()],
        **more,
    }


def chain() -> list[dict[str, Any]]:
    return [stage("Dev"), stage("Prod", after="Dev")]


def asked(service: Emulator, *names: str, enough: int = 0) -> dict[str, Any]:
    """A rule that asks people; each of them gets a token that is their name."""
    home = service.organizations[ORGANIZATION]
    rows = []
    for rank, name in enumerate(names, 1):
        person = home.add_person(name, f"{name.lower()}@fabrikam.example")
        home.tokens[name] = Access(str(person["id"]))
        rows.append({"rank": rank, "isAutomated": False, "approver": {"id": person["id"]}})
    return {"approvals": rows, "approvalOptions": {"requiredApproverCount": enough}}
