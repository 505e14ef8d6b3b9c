"""The emulator of Azure DevOps: it finds host, organization and route, checks token, version and load, and answers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer, EmulatorApplication, HttpRequest
from stackferry.emulators.azure_devops.api_errors import ApiError, no_controller, no_project
from stackferry.emulators.azure_devops.behaviour import Limits, Switches
from stackferry.emulators.azure_devops.call import Call
from stackferry.emulators.azure_devops.deploying.engine import advance
from stackferry.emulators.azure_devops.organization import Access, Organization, Project, guid
from stackferry.emulators.azure_devops.places import Address, find_address, is_ours, is_served
from stackferry.emulators.azure_devops.recorded import Recorded, replay
from stackferry.emulators.azure_devops.retention import retain
from stackferry.emulators.azure_devops.routes import ROUTES
from stackferry.emulators.azure_devops.scene import Scene
from stackferry.emulators.azure_devops.sign_in import (
    SIGN_IN,
    access_of,
    check_scope,
    not_signed_in,
    sign_in_page,
)
from stackferry.emulators.azure_devops.tstu import Load, Told
from stackferry.emulators.azure_devops.versions import version_of
from stackferry.emulators.routing import Route, RouteTable
from stackferry.json_values import text
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import JsonObject

_TABLE: RouteTable[Call] = RouteTable([rule.route for rule in ROUTES], any_case=True)
_RULES = {id(rule.route): rule for rule in ROUTES}


def _succeeds(_release: JsonObject, _stage: JsonObject, _attempt: int) -> str:
    return "succeeded"


class Emulator(EmulatorApplication):
    """Releases of Azure DevOps and what they point at, in memory. One event loop at a time may use it.

    `clock` answers the emulated time (default: the real one); `latency` seconds are waited before every answer; load is
    not limited by default.
    """

    def __init__(
        self,
        *,
        switches: Switches | None = None,
        clock: Callable[[], datetime] | None = None,
        limits: Limits | None = None,
        latency: float = 0.0,
    ) -> None:
        super().__init__(latency=latency)
        self.switches = switches or Switches()
        self.limits = limits or Limits()
        self.clock = clock
        self.organizations: dict[str, Organization] = {}  # by name in small letters
        self.recorded: Recorded = {}
        """Answers that were recorded from the service, see `seed.recorded`."""
        self.requests_served = 0
        self.random = Random()  # noqa: S311 - the bytes of zips
        self.load = Load()
        self.outcome: Callable[[JsonObject, JsonObject, int], str] = _succeeds
        """How an attempt ends, by release, stage and attempt: succeeded, partiallySucceeded or rejected."""
        self.failing_gates: set[str] = set()
        """Gates that do not pass, by name: they hold a stage until they are ignored, or taken out of here."""

    def time(self) -> datetime:
        return self.clock() if self.clock else datetime.now(UTC)

    def now(self) -> str:
        """The time as this API writes it: no more decimals than it needs."""
        at = self.time().astimezone(UTC)
        decimals = f"{at.microsecond // 1000:03}".rstrip("0")
        return f"{at:%Y-%m-%dT%H:%M:%S}{'.' if decimals else ''}{decimals}Z"

    def add_organization(self, name: str, *, token: str = "", user: str = "Invented User") -> Organization:
        """An organization without projects. `token` may do everything, as a PAT and as a bearer token."""
        made = Organization(
            name,
            guid("organization", name),
            "",
            f"https://vsrm.dev.azure.com/{name}",
            f"https://dev.azure.com/{name}",
        )
        made.user = text(made.add_person(user, f"{user.lower().replace(' ', '.')}@example.invalid")["id"])
        if token:
            made.tokens[token] = Access(made.user)
        self.organizations[name.lower()] = made
        return made

    def add_project(self, organization: str, name: str, *, token: str = "") -> Project:
        """A project with its root folder and the service's own queue; its organization too where that is new."""
        home = self.organizations.get(organization.lower()) or self.add_organization(
            organization, token=token
        )
        if token and token not in home.tokens:
            home.tokens[token] = Access(home.user)
        if home.project_named(name):
            raise ValueError(f"there is a project {name} in {organization}")
        made = Project(guid("project", organization, name), name)
        home.projects[made.id] = made
        made.put_folder("\\")
        pool: JsonObject = {"id": 1, "name": "Azure Pipelines", "isHosted": True, "poolType": "automation"}
        number = Scene(self, home, made).new_id("queues")
        made.put("queues", {"id": number, "projectId": made.id, "name": "Azure Pipelines", "pool": pool})
        return made

    def project(self, organization: str, name: str) -> Project:
        """A project by the names of both. Raises `KeyError`."""
        found = self.organizations[organization.lower()].project_named(name)
        if found is None:
            raise KeyError(name)
        return found

    def scene(self, organization: str, name: str) -> Scene:
        """A project with what a change of it needs to know."""
        return Scene(self, self.organizations[organization.lower()], self.project(organization, name))

    def serves(self, path: str) -> bool:
        return is_ours(path)

    def budget_of(self, method: str, path: str) -> Budget:
        address = find_address("", path)
        found = _TABLE.find(method, address.rest) if address else None
        if found is None:
            return Budget.READ if method in ("GET", "OPTIONS") else Budget.WRITE
        return found[0].counted_budget

    def defect_body(self, defect: Exception) -> JsonObject:
        return ApiError(500, "EmulatorDefect", f"defect of the emulator: {defect!r}").body()

    def handle(self, request: HttpRequest) -> Answer:
        told = Told()
        try:
            answer = self._answer(request, told)
        except ApiError as error:
            answer = Answer(error.body(), error.status, error.headers)
        finally:
            # Stages may wait for a number of requests, whatever becomes of these: see `Switches.deploy_requests`.
            self.requests_served += 1
        activity = str(uuid.uuid4())
        answer.wait += told.wait
        answer.headers = {"activityid": activity, "x-vss-e2eid": activity, **told.headers, **answer.headers}
        return answer

    def refused_unread(self, request: HttpRequest) -> Answer | None:
        address = find_address(request.headers.get("host", ""), request.path)
        organization = self.organizations.get(address.organization.lower()) if address else None
        if organization is None:
            error = no_controller(request.path)
            return Answer(error.body(), error.status, error.headers)
        access = access_of(request, organization)
        return not_signed_in(self, request, access) if isinstance(access, str) else None

    def _answer(self, request: HttpRequest, told: Told) -> Answer:
        if request.path.strip("/").lower() == SIGN_IN:
            return sign_in_page()
        address = find_address(request.headers.get("host", ""), request.path)
        organization = self.organizations.get(address.organization.lower()) if address else None
        if address is None or organization is None:
            raise no_controller(request.path)
        access = access_of(request, organization)
        if isinstance(access, str):
            return not_signed_in(self, request, access)
        self._go_on(organization)
        if replayed := replay(self.recorded, request, organization, address):
            return replayed
        area = address.rest.partition("/")[0]
        found = _TABLE.find(request.method, address.rest)
        if found is None or not is_served(address.side, area):
            raise no_controller(request.path)
        route, args = found
        rule = _RULES[id(route)]
        taken = self.load.take(self, access.user, rule.resource)
        told.headers, told.wait = taken.headers, taken.wait
        call = self._call(request, address, organization, access, route, args)
        call.version = version_of(request, rule.resource, strict=self.switches.strict_preview)
        check_scope(self, access, rule.scope)
        answer = route.handler(call)
        if isinstance(answer.body, dict):
            shown = f"; api-version={call.version.shown}" if call.version.shown else ""
            answer.headers.setdefault("content-type", f"application/json; charset=utf-8{shown}")
        return answer

    def _call(
        self,
        request: HttpRequest,
        address: Address,
        organization: Organization,
        access: Access,
        route: Route[Call],
        args: dict[str, str],
    ) -> Call:
        project = organization.project_named(address.project) if address.project else None
        if address.project and project is None:
            raise no_project(address.project)
        return Call(
            service=self,
            organization=organization,
            access=access,
            project_=project,
            args=args,
            mount=address.mount,
            method=route.method,
            path=request.path,
            origin=request.origin,
            query=request.query,
            headers=request.headers,
            body=request.body,
        )

    def _go_on(self, organization: Organization) -> None:
        """Let time pass: stages that are under way, and retention."""
        for project in organization.projects.values():
            scene = Scene(self, organization, project)
            if project.runs:
                advance(scene)
            if self.switches.retention:
                retain(scene)
