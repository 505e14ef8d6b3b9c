"""The emulator as an ASGI application: route, admit, meter, handle, log.

A handler runs to its end without waiting: a request sees the world before or after another, never in between.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio

from stackferry import exact_json
from stackferry.emulators.contentstack.api_errors import Failure, no_such_route
from stackferry.emulators.contentstack.authentication import check_access, find_branch, find_stack
from stackferry.emulators.contentstack.behaviour import Limits, Switches
from stackferry.emulators.contentstack.faults import Fault, Script, send_harmed
from stackferry.emulators.contentstack.rate_limits import Meter
from stackferry.emulators.contentstack.request import Answer, Call, parse_query
from stackferry.emulators.contentstack.resources import ROUTES
from stackferry.emulators.contentstack.routing import Route, Table
from stackferry.emulators.contentstack.schedules import carry_out_due
from stackferry.emulators.contentstack.world import World
from stackferry.model import Budget

if TYPE_CHECKING:
    from datetime import datetime

    from stackferry.emulators.contentstack.state import Stack

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_JSON = {"content-type": "application/json; charset=utf-8"}
_TABLE = Table(ROUTES)
_LOG = logging.getLogger(__name__)


class Handled(NamedTuple):
    """A request that was answered, for counting."""

    method: str
    path: str
    status: int
    budget: Budget


class Emulator:
    """The Contentstack Content Management API, in memory.

    `clock` answers the emulated time (default: the real one); `latency` is waited before every answer; rate
    `limits` are off by default. `asset_origin` stands in asset URLs in place of the origin of the request.
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
        self.world = World(switches or Switches(), limits or Limits(), clock, asset_origin)
        self.add_stack = self.world.add_stack
        self.latency = latency
        self.faults = Script()
        self.log: list[Handled] = []
        self.defects: list[Exception] = []
        self._meters: dict[str, Meter] = {}

    @property
    def switches(self) -> Switches:
        return self.world.switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self.world.switches = switches

    @property
    def limits(self) -> Limits:
        return self.world.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self.world.limits = limits

    @property
    def stacks(self) -> dict[str, Stack]:
        return self.world.stacks

    def count(self, budget: str) -> int:
        """How many requests were handled for a budget: "read", "write", "bulk" or "asset"."""
        return sum(handled.budget == budget for handled in self.log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        body = await _read_body(receive)
        fault = self.faults.take(scope["method"], _target(scope))
        answer = self._unserved(scope) if fault and not fault.carried_out else self.answer(scope, body)
        if self.latency:  # a request counts when it is there, not when this machine finds time to go on
            await anyio.sleep(self.latency)
        await _send_answer(answer, send, fault, head=scope["method"] == "HEAD")

    def _unserved(self, scope: Scope) -> Answer:
        """A request that a fault keeps from the service is logged all the same, as status 0."""
        found = _TABLE.find(str(scope["method"]), _path(scope).removeprefix("/v3"))
        budget = found[0].spends() if found else Budget.READ
        self.log.append(Handled(str(scope["method"]), _path(scope), 0, budget))
        return Answer(b"", 502)

    def answer(self, scope: Scope, body: bytes) -> Answer:
        """Handle one request: route it, admit it, meter it, and turn refusals into their answers."""
        method = "GET" if scope["method"] == "HEAD" else str(scope["method"])
        path = _path(scope)
        found = _TABLE.find(method, path.removeprefix("/v3"))
        budget = found[0].spends() if found else Budget.READ
        headers: dict[str, str] = {}
        try:
            answer = self._handle(found, scope, body, headers)
        except Failure as failure:
            answer = Answer(failure.body(), failure.status, failure.headers)
        except Exception as defect:  # noqa: BLE001 - whoever meets a defect of the emulator must see it, and go on
            answer = self._confess(method, path, defect)
        if self.switches.rate_headers:
            answer.headers = {**headers, **answer.headers}
        self.log.append(Handled(method, path, answer.status, budget))
        self.world.served += 1
        return answer

    def _confess(self, method: str, path: str, defect: Exception) -> Answer:
        _LOG.error("the emulator failed at %s %s", method, path, exc_info=defect)
        self.defects.append(defect)
        return Answer(
            {"error_message": f"defect of the emulator: {defect!r}", "error_code": 500, "errors": {}}, 500
        )

    def _handle(
        self, found: tuple[Route, dict[str, str]] | None, scope: Scope, body: bytes, rate: dict[str, str]
    ) -> Answer:
        self.world.settle()
        carry_out_due(self.world)
        if found is None:
            raise no_such_route(scope["method"], _path(scope))
        route, args = found
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        query = parse_query(scope.get("query_string", b""))
        if route.open:
            headers["api_key"] = args.get("api_key", headers.get("api_key", ""))
            headers["branch"] = dict(query).get("branch", "")
        stack = find_stack(self.world, headers)
        if not route.open:
            check_access(stack, headers, writes=route.method != "GET")
        rate.update(self._meter(stack, route.spends()))
        call = Call(
            world=self.world,
            stack=stack,
            branch=find_branch(stack, headers),
            method=route.method,
            path=_path(scope),
            origin=f"{scope.get('scheme', 'http')}://{headers.get('host', '')}",
            query=query,
            headers=headers,
            body=body,
            args=args,
        )
        try:
            return route.handler(call)
        finally:
            if route.method != "GET":
                call.branch.changed()

    def _meter(self, stack: Stack, budget: Budget) -> dict[str, str]:
        """One organization owns all stacks of an emulator unless they say otherwise."""
        clock = self.world.clock
        now = clock().timestamp() if clock else time.monotonic()
        meter = self._meters.setdefault(str(stack.raw["org_uid"]), Meter())
        return meter.take(budget, now, self.limits, self.switches)


def _path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or str(scope["path"]).encode()
    return raw.decode("latin-1").partition("?")[0]


def _target(scope: Scope) -> str:
    query: bytes = scope.get("query_string", b"")
    return f"{_path(scope)}?{query.decode('latin-1')}" if query else _path(scope)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _read_body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _send_answer(answer: Answer, send: Send, fault: Fault | None, *, head: bool) -> None:
    if fault and fault.replaces:
        answer = Answer(fault.body, fault.status, dict(fault.headers))
    if isinstance(answer.body, dict):
        body, headers = exact_json.dumps(answer.body), {**_JSON, **answer.headers}
    else:
        body, headers = await _bytes(answer.body), answer.headers
    headers = {"server": "stackferry-emulator", "content-length": str(len(body)), **headers}
    if fault:
        await send_harmed(fault, send, answer.status, headers, body)
        return
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else await anyio.Path(str(body)).read_bytes()
