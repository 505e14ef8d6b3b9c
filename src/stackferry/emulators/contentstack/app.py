"""The Contentstack emulator: it routes a request, checks the credential and the limit, and runs the handler."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer, EmulatorApplication, HttpRequest
from stackferry.emulators.contentstack.access import RateLimiter, check_access, find_branch, find_stack
from stackferry.emulators.contentstack.api_errors import ApiError
from stackferry.emulators.contentstack.behaviour import Limits, Switches
from stackferry.emulators.contentstack.publishing import carry_out_due
from stackferry.emulators.contentstack.request import Call
from stackferry.emulators.contentstack.resources import ROUTES
from stackferry.emulators.contentstack.service import Service
from stackferry.emulators.routing import Route, RouteTable
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from stackferry.emulators.contentstack.state import Stack
    from stackferry.model import JsonObject

_TABLE = RouteTable(ROUTES)


class Emulator(EmulatorApplication):
    """The Contentstack Content Management API, in memory.

    `clock` answers the emulated time (default: the real one); `latency` seconds are waited before every answer;
    rate `limits` are off by default. `asset_origin` stands in asset URLs in place of the origin of the request.
    """

    def __init__(
        self,
        *,
        switches: Switches | None = None,
        clock: Callable[[], datetime] | None = None,
        limits: Limits | None = None,
        latency: float = 0.0,
        asset_origin: str | None = None,
    ) -> None:
        super().__init__(latency=latency)
        self.service = Service(switches or Switches(), limits or Limits(), clock, asset_origin)
        self.add_stack = self.service.add_stack
        self.limiter = RateLimiter()

    @property
    def switches(self) -> Switches:
        return self.service.switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self.service.switches = switches

    @property
    def limits(self) -> Limits:
        return self.service.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self.service.limits = limits

    @property
    def stacks(self) -> dict[str, Stack]:
        return self.service.stacks

    def budget_of(self, method: str, path: str) -> Budget:
        found = _find(method, path)
        return found[0].spends() if found else Budget.READ

    def defect_body(self, defect: Exception) -> JsonObject:
        return {"error_message": f"defect of the emulator: {defect!r}", "error_code": 500, "errors": {}}

    def handle(self, request: HttpRequest) -> Answer:
        rate_headers: dict[str, str] = {}
        try:
            answer = self._carry_out(request, rate_headers)
        except ApiError as error:
            answer = Answer(error.body(), error.status, error.headers)
        finally:
            # Jobs may wait for a number of requests, whatever becomes of these: see `Switches.job_requests`.
            self.service.requests_served += 1
        if self.switches.rate_headers:
            answer.headers = {**rate_headers, **answer.headers}
        return answer

    def _carry_out(self, request: HttpRequest, rate_headers: dict[str, str]) -> Answer:
        self.service.finish_due_jobs()
        carry_out_due(self.service)
        found = _find(request.method, request.path)
        if found is None:
            message = f"The requested URL was not found: {request.method} {request.path}"
            raise ApiError(404, 104, message)
        call = self._admit(request, *found, rate_headers)
        try:
            return found[0].handler(call)
        finally:
            if call.method != "GET":
                call.branch.changed()

    def _admit(
        self, request: HttpRequest, route: Route[Call], args: dict[str, str], rate_headers: dict[str, str]
    ) -> Call:
        """Check stack, credential, limit and branch, in this order; later refusals show the rate headers."""
        headers = dict(request.headers)
        if route.public:  # the address of a file names stack and branch in its path and query
            headers["api_key"] = args.get("api_key", headers.get("api_key", ""))
            headers["branch"] = request.param("branch")
        stack = find_stack(self.service, headers)
        if not route.public:
            check_access(stack, headers, writes=route.method != "GET")
        now = self._seconds()
        rate_headers.update(self.limiter.take(stack, route.spends(), now, self.limits, self.switches))
        return Call(
            service=self.service,
            stack=stack,
            branch=find_branch(stack, headers),
            method=route.method,
            path=request.path,
            origin=request.origin,
            query=request.query,
            headers=headers,
            body=request.body,
            args=args,
        )

    def _seconds(self) -> float:
        clock = self.service.clock
        return clock().timestamp() if clock else time.monotonic()


def _find(method: str, path: str) -> tuple[Route[Call], dict[str, str]] | None:
    """The route of a path, with the version in front or without."""
    return _TABLE.find(method, path.removeprefix("/v3"))
