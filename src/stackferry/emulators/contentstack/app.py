"""The Contentstack emulator: it routes a request, checks stack, credential, limit and branch, and runs the handler."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer, EmulatorApplication, HttpRequest
from stackferry.emulators.contentstack.api_errors import NOT_VALID, ApiError, invalid, unknown_url
from stackferry.emulators.contentstack.behaviour import RateLimits, Switches
from stackferry.emulators.contentstack.publishing import apply_due_items
from stackferry.emulators.contentstack.request import Call
from stackferry.emulators.contentstack.resources import ROUTES
from stackferry.emulators.contentstack.stack import Stack
from stackferry.emulators.contentstack.state import Branch, Job
from stackferry.emulators.rate_limits import LimitReached, RequestWindow
from stackferry.emulators.routing import Route, RouteTable
from stackferry.emulators.values import format_time
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stackferry.model import JsonObject


def check_access(stack: Stack, headers: Mapping[str, str], *, writes: bool) -> None:
    """Check the credential. Raises 401 for an unknown one, 403 for a write that it does not allow.

    A management token is the whole `authorization` header, an OAuth token follows "Bearer", and a user's
    authtoken has a header of its own (page: Content Management API, "Authentication").
    """
    token = headers.get("authorization", "")
    if token in stack.read_only_tokens:  # a management token that was made without the permission to write
        if writes:
            message = "Access denied. You have insufficient permissions to perform operation on this stack."
            raise ApiError(403, 161, message)
        return
    scheme, _, bearer = token.partition(" ")
    known = (
        token in stack.management_tokens
        or headers.get("authtoken", "") in stack.authtokens
        or (scheme.lower() == "bearer" and bearer in stack.oauth_tokens)
    )
    if not known:
        raise ApiError(401, 105, "You're not allowed in here unless you're logged in.")


class RateLimiter:
    """The limits of an organization: all of its stacks share them (page: Content Management API, "Rate limiting")."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, Budget], RequestWindow] = {}

    def take(self, service: Emulator, stack: Stack, budget: Budget) -> dict[str, str]:
        """Count one request. Returns the headers that show the limit; raises 429 when it is used up."""
        limits = service.limits
        # Downloads of files have no limit: they come from a delivery network.
        limit = {Budget.READ: limits.read, Budget.WRITE: limits.write, Budget.BULK: limits.bulk}.get(budget)
        if service.switches.shared_budget and budget in (Budget.READ, Budget.WRITE):
            budget = Budget.READ
            limit = min((rate for rate in (limits.read, limits.write) if rate is not None), default=None)
        if limit is None:
            return {}
        window = self._windows.setdefault((str(stack.raw["org_uid"]), budget), RequestWindow())
        now = service.clock().timestamp() if service.clock else time.monotonic()
        try:
            remaining = window.take(now, limit)
        except LimitReached as reached:
            # Whole seconds (RFC 9110, 10.2.3), and never 0: a client would come back at once.
            headers = {"retry-after": str(max(1, round(reached.wait))), **_headers(limit, 0)}
            message = "API rate limit exceeded. Please retry after some time."
            raise ApiError(429, 429, message, headers=headers) from None
        return _headers(limit, remaining)


def _headers(limit: float, remaining: int) -> dict[str, str]:
    return {"x-ratelimit-limit": f"{limit:g}", "x-ratelimit-remaining": str(remaining)}


_TABLE = RouteTable(ROUTES)
_UNKNOWN_STACK = ApiError(412, 109, "The api key is not valid.", {"api_key": [NOT_VALID]})


class Emulator(EmulatorApplication):
    """The Contentstack Content Management API, in memory. Only one event loop at a time may use it.

    `clock` answers the emulated time (default: the real one); `latency` seconds are waited before every answer;
    rate `limits` are off by default. `asset_origin` stands in asset URLs in place of the origin of the request.
    """

    max_body = (
        101 << 20
    )  # an asset may have 100 MB (guide: Assets, "Limitations"); the form around it takes little

    def __init__(
        self,
        *,
        switches: Switches | None = None,
        clock: Callable[[], datetime] | None = None,
        limits: RateLimits | None = None,
        latency: float = 0.0,
        asset_origin: str | None = None,
    ) -> None:
        super().__init__(latency=latency)
        self.switches = switches or Switches()
        self.limits = limits or RateLimits()
        self.clock = clock
        self.asset_origin = asset_origin
        self.stacks: dict[str, Stack] = {}  # by api key
        self.requests_served = 0
        self.open_jobs: list[Job] = []
        self.limiter = RateLimiter()

    def time(self) -> datetime:
        return self.clock() if self.clock else datetime.now(UTC)

    def now(self) -> str:
        """The time as the API writes it."""
        return format_time(self.time())

    def uid(self, prefix: str = "blt") -> str:
        """A new uid. Random, so that two emulators never agree on one by accident."""
        return prefix + secrets.token_hex(8)

    def start_job(
        self,
        stack: Stack,
        branch: Branch,
        kind: str,
        work: Callable[[], list[JsonObject]],
        at: datetime | None = None,
    ) -> Job:
        """Work that is done at a time, or after the seconds and requests of the switches; by default at once."""
        # A time of its own goes before the switches: they are about how long the service takes, not about plans.
        due = (at or self.time()).timestamp() + (0 if at else self.switches.job_seconds)
        wait = 0 if at else self.switches.job_requests
        job = Job(self.uid("cs-"), work, due, self.requests_served + wait, branch, kind)
        stack.jobs[job.uid] = job
        self.open_jobs.append(job)
        self.finish_due_jobs()
        return job

    def finish_due_jobs(self) -> None:
        """Do the work of the jobs that are due by now."""
        if not self.open_jobs:
            return
        now = self.time().timestamp()
        due = [job for job in self.open_jobs if job.due <= now and job.requests <= self.requests_served]
        for job in due:
            job.items = job.work()
            job.branch.changed()
            self.open_jobs.remove(job)

    def add_stack(
        self,
        *,
        api_key: str,
        name: str = "",
        master_locale: str = "en-us",
        management_token: str = "",
        authtoken: str = "",
        oauth_token: str = "",
        branches: Iterable[str] = ("main",),
        read_only_tokens: Iterable[str] = (),
        org_uid: str = "blt_invented_org",
    ) -> Stack:
        """A new stack that holds its master locale and nothing else. Stacks of one `org_uid` share rate limits."""
        now = self.now()
        raw: JsonObject = {
            "name": name or api_key,
            "api_key": api_key,
            "uid": api_key,
            "org_uid": org_uid,
            "master_locale": master_locale,
            "description": "",
            "created_at": now,
            "updated_at": now,
        }
        stack = Stack(
            api_key=api_key,
            name=name or api_key,
            raw=raw,
            management_tokens={management_token} - {""},
            read_only_tokens=set(read_only_tokens),
            authtokens={authtoken} - {""},
            oauth_tokens={oauth_token} - {""},
            user=self.uid(),
        )
        for uid in branches:
            stack.branches[uid] = self.new_branch(uid, master_locale, stack.user)
        self.stacks[api_key] = stack
        return stack

    def new_branch(self, uid: str, master_locale: str, user: str) -> Branch:
        """An empty branch with its master locale."""
        branch = Branch(uid, self.branch_record(uid, "", user), master_locale)
        now = self.now()
        locale: JsonObject = {
            "code": master_locale,
            "uid": self.uid(),
            "name": master_locale,
            "fallback_locale": None,
            "created_at": now,
            "updated_at": now,
            "created_by": user,
            "updated_by": user,
            "_version": 1,
            "ACL": [],
        }
        branch.put_locale(locale)
        return branch

    def branch_record(self, uid: str, source: str, user: str) -> JsonObject:
        """What the branches API shows of a branch."""
        now = self.now()
        record: JsonObject = {"uid": uid, "source": source, "created_by": user, "updated_by": user}
        return {**record, "created_at": now, "updated_at": now, "deleted_at": False, "alias": []}

    def budget_of(self, method: str, path: str) -> Budget:
        found = _find(method, path)
        return found[0].counted_budget if found else Budget.READ

    def defect_body(self, defect: Exception) -> JsonObject:
        return {"error_message": f"defect of the emulator: {defect!r}", "error_code": 500, "errors": {}}

    def refused_unread(self, request: HttpRequest) -> Answer | None:
        stack = self.stacks.get(request.headers.get("api_key", ""))
        try:
            if stack is None:
                raise _UNKNOWN_STACK
            check_access(stack, request.headers, writes=request.method != "GET")
        except ApiError as error:
            return Answer(error.body(), error.status, error.headers)
        return None

    def handle(self, request: HttpRequest) -> Answer:
        rate_headers: dict[str, str] = {}
        try:
            answer = self._answer(request, rate_headers)
        except ApiError as error:
            answer = Answer(error.body(), error.status, error.headers)
        finally:
            # Jobs may wait for a number of requests, whatever becomes of these: see `Switches.job_requests`.
            self.requests_served += 1
        if self.switches.rate_headers:
            answer.headers = {**rate_headers, **answer.headers}
        return answer

    def _answer(self, request: HttpRequest, rate_headers: dict[str, str]) -> Answer:
        self.finish_due_jobs()
        apply_due_items(self)
        self._empty_trash()
        found = _find(request.method, request.path)
        if found is None:
            raise unknown_url(request.method, request.path)
        call = self._admit(request, *found, rate_headers)
        try:
            return found[0].handler(call)
        finally:
            if call.method != "GET":
                call.branch.changed()

    def _empty_trash(self) -> None:
        now = self.time()
        for stack in self.stacks.values():
            for trash in (stack.trash, *(branch.trash for branch in stack.branches.values())):
                trash.expire(now)

    def _admit(
        self, request: HttpRequest, route: Route[Call], args: dict[str, str], rate_headers: dict[str, str]
    ) -> Call:
        """Check stack, credential, limit and branch, in this order; later refusals show the rate headers."""
        headers = dict(request.headers)
        if route.public:  # the address of a file names stack and branch in its path and query
            headers["api_key"] = args.get("api_key", headers.get("api_key", ""))
            headers["branch"] = request.param("branch")
        stack = self.stacks.get(headers.get("api_key", ""))
        if stack is None:
            raise _UNKNOWN_STACK
        if not route.public:
            check_access(stack, headers, writes=route.method != "GET")
        rate_headers.update(self.limiter.take(self, stack, route.counted_budget))
        name = headers.get("branch") or "main"  # a branch, or the alias of one
        branch = stack.branch(name)
        if branch is None:
            raise invalid(901, f"The branch '{name}' was not found. Please try again.", branch=NOT_VALID)
        return Call(
            service=self,
            stack=stack,
            branch=branch,
            method=route.method,
            path=request.path,
            origin=request.origin,
            query=request.query,
            headers=headers,
            body=request.body,
            args=args,
        )


def _find(method: str, path: str) -> tuple[Route[Call], dict[str, str]] | None:
    """The route of a path, with the version in front or without."""
    return _TABLE.find(method, path.removeprefix("/v3"))
