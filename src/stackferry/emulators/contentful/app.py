"""The Contentful emulator: it routes a request, checks token, space, limit and environment, and runs the handler."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Literal

from stackferry.emulators.application import Answer, EmulatorApplication, HttpRequest
from stackferry.emulators.contentful.api_errors import ApiError, bad_request, denied, not_found
from stackferry.emulators.contentful.behaviour import Limits, Switches
from stackferry.emulators.contentful.call import Call
from stackferry.emulators.contentful.environment import Environment
from stackferry.emulators.contentful.jobs import Jobs
from stackferry.emulators.contentful.listing import JSON
from stackferry.emulators.contentful.rate_limit import RateLimiter
from stackferry.emulators.contentful.routes import ROUTES
from stackferry.emulators.contentful.routes.scheduled_actions import apply_due
from stackferry.emulators.contentful.space import Access, Organization, Space
from stackferry.emulators.routing import Route, RouteTable
from stackferry.emulators.values import format_time
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.emulators.contentful.environment import Rows
    from stackferry.model import JsonObject

_TABLE = RouteTable(ROUTES)
_ENVIRONMENT_KINDS = "entries|assets|content_types|locales|tags|extensions|editor_interfaces|public"
_MASTER_MEANT = re.compile(rf"/spaces/([^/]+)/({_ENVIRONMENT_KINDS})(/.*)?")
_UPLOADS = re.compile(r"/spaces/[^/]+(/environments/[^/]+)?/uploads(/.*)?")
_HIDDEN = (
    "releases",
    "release_actions",
)  # what a token may not see of these answers 404 (page: Timeline releases)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Emulator(EmulatorApplication):
    """The Contentful Management API with its upload and file hosts, in memory. One event loop at a time may use it.

    `clock` answers the emulated time (default: the real one); `latency` seconds are waited before every answer; the
    rate limit is off by default. `asset_host` stands in the URLs of files in place of the host of the request,
    `secure_asset_host` in those of embargoed files.
    """

    max_body = 1_100 << 20  # a file may have 1,000 MB

    def __init__(
        self,
        *,
        switches: Switches | None = None,
        clock: Callable[[], datetime] | None = None,
        limits: Limits | None = None,
        latency: float = 0.0,
        asset_host: str | None = None,
        secure_asset_host: str | None = None,
    ) -> None:
        super().__init__(latency=latency)
        self.switches = switches or Switches()
        self.limits = limits or Limits()
        self.clock = clock
        # Random by nature, so that two emulators never agree on an id by accident; a generator of spaces seeds it.
        self.random: Random = SystemRandom()
        self.asset_host = asset_host
        self.secure_asset_host = secure_asset_host
        self.organizations: dict[str, Organization] = {}
        self.spaces: dict[str, Space] = {}
        self.personal_tokens: Rows = {}
        self.requests_served = 0
        self.jobs = Jobs(self)
        self.limiter = RateLimiter()
        self.unprocessable: dict[str, Literal["failed", "never"]] = {}
        """What becomes of the processing of an asset's files, by the asset's id; of others: it succeeds."""

    def time(self) -> datetime:
        return self.clock() if self.clock else datetime.now(UTC)

    def now(self) -> str:
        """The time as the API writes it."""
        return format_time(self.time())

    def new_id(self) -> str:
        """A new id."""
        return "".join(self.random.choice(_ALPHABET) for _ in range(22))

    def new_token(self) -> str:
        """What nobody can guess: the part of a file's URL, or a credential."""
        return f"{self.random.getrandbits(128):032x}"

    def file_host(self, request: HttpRequest, *, secure: bool = False) -> str:
        """The host in the URLs of files; embargoed ones may have another."""
        usual = self.asset_host or request.origin.partition("://")[2]
        return (self.secure_asset_host or usual) if secure else usual

    def add_space(
        self,
        *,
        key: str,
        token: str = "",
        name: str = "",
        locale: str = "en-US",
        environments: Iterable[str] = ("master",),
        organization: str = "invented-organization",
        user: str = "invented-user",
    ) -> Space:
        """A new space whose environments hold their default locale and nothing else. `token` may do everything."""
        home = self.organizations.get(organization) or self.add_organization(organization)
        now = self.now()
        sys: JsonObject = {"type": "Space", "id": key, "version": 1, "createdAt": now, "updatedAt": now}
        space = Space(key, {"name": name or key, "sys": sys}, home, user)
        space.users[user] = self._user(user)
        if token:
            space.tokens[token] = Access(user)
        for uid in environments:
            space.environments[uid] = self.new_environment(uid, locale, user)
        self.spaces[key] = space
        return space

    def add_organization(self, uid: str) -> Organization:
        """An organization that holds nothing."""
        now = self.now()
        sys: JsonObject = {
            "type": "Organization",
            "id": uid,
            "version": 1,
            "createdAt": now,
            "updatedAt": now,
        }
        self.organizations[uid] = Organization(uid, {"name": uid, "sys": sys})
        return self.organizations[uid]

    def _user(self, uid: str) -> JsonObject:
        now = self.now()
        sys: JsonObject = {"type": "User", "id": uid, "version": 1, "createdAt": now, "updatedAt": now}
        return {"sys": sys, "firstName": "Invented", "lastName": uid, "email": f"{uid}@example.invalid"}

    def new_environment(self, uid: str, locale: str, user: str) -> Environment:
        """An empty environment with its default locale."""
        now = self.now()
        author: JsonObject = {"sys": {"type": "Link", "linkType": "User", "id": user}}
        made: JsonObject = {
            "version": 1,
            "createdAt": now,
            "createdBy": author,
            "updatedAt": now,
            "updatedBy": author,
        }
        environment = Environment(uid, {"name": uid, "sys": {"type": "Environment", "id": uid, **made}})
        code: JsonObject = {
            "name": locale,
            "code": locale,
            "internal_code": locale,
            "fallbackCode": None,
            "default": True,
            "contentManagementApi": True,
            "contentDeliveryApi": True,
            "optional": False,
            "sys": {"type": "Locale", "id": self.new_id(), **made},
        }
        environment.put("locales", code)
        return environment

    def serves(self, path: str) -> bool:
        first, *rest = path.strip("/").split("/")
        return first in ("spaces", "organizations", "users") or (first in self.spaces and len(rest) == 3)

    def budget_of(self, method: str, path: str) -> Budget:
        found = _find(method, path)
        return found[0].counted_budget if found else Budget.READ

    def defect_body(self, defect: Exception) -> JsonObject:
        error = ApiError(500, "ServerError", f"defect of the emulator: {defect!r}")
        return error.body("none")

    def handle(self, request: HttpRequest) -> Answer:
        rate_headers: dict[str, str] = {}
        request_id = secrets.token_hex(16)
        try:
            answer = self._answer(request, rate_headers)
        except ApiError as error:
            answer = Answer(error.body(request_id), error.status, error.headers)
            rate_headers = {name: value for name, value in rate_headers.items() if name not in error.without}
        finally:
            # Jobs may wait for a number of requests, whatever becomes of these: see `Switches.job_requests`.
            self.requests_served += 1
        kind = {"content-type": JSON} if isinstance(answer.body, dict) else {}
        answer.headers = {"x-contentful-request-id": request_id, **kind, **rate_headers, **answer.headers}
        return answer

    def _answer(self, request: HttpRequest, rate_headers: dict[str, str]) -> Answer:
        self.jobs.finish_due()
        apply_due(self)
        if len(request.path) > self.limits.uri:
            raise ApiError(414, "RequestURITooLong", "The URI is too long.")
        found = _find(request.method, request.path)
        if found is None:
            raise not_found()
        call = self._admit(request, *found, rate_headers)
        try:
            return found[0].handler(call)
        finally:
            if call.method != "GET" and call.environment_ is not None:
                call.environment_.changed()

    def refused_unread(self, request: HttpRequest) -> Answer | None:
        found = _find(request.method, request.path)
        try:
            if found is None:
                raise not_found()
            if not found[0].public:
                self._access(self._call(request, *found))
        except ApiError as error:
            return Answer(error.body(secrets.token_hex(16)), error.status, error.headers)
        return None

    def _call(self, request: HttpRequest, route: Route[Call], args: dict[str, str]) -> Call:
        return Call(
            service=self,
            access=Access(""),
            method=route.method,
            path=request.path,
            origin=request.origin,
            query=request.query,
            headers=request.headers,
            body=request.body,
            args=args,
        )

    def _admit(
        self, request: HttpRequest, route: Route[Call], args: dict[str, str], rate_headers: dict[str, str]
    ) -> Call:
        """Check token, space, limit, permission and environment, in this order."""
        call = self._call(request, route, args)
        if route.public:
            return call
        call.access = self._access(call)
        is_upload = bool(_UPLOADS.fullmatch(request.path))
        if self.switches.uploads_count or not is_upload:
            rate_headers |= self.limiter.take(self, call.space_, call.args.get("organization", ""))
        if not is_upload and len(request.body) > self.switches.request_bytes:
            raise ApiError(413, "RequestEntityTooLarge", "The request body is too large.")
        self._check_permission(call)
        self._find_environment(call)
        return call

    def _access(self, call: Call) -> Access:
        """Whose token it is. Raises 401 for an unknown one, 404 for a space that it does not open."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        known = {space.id: space.tokens[token] for space in self.spaces.values() if token in space.tokens}
        if scheme.lower() != "bearer" or not known:
            raise ApiError(
                401, "AccessTokenInvalid", "The access token you sent could not be found or is invalid."
            )
        if "space" in call.args:
            wanted = call.args["space"]
            if wanted not in known:
                raise not_found("Space", wanted)
            call.space_ = self.spaces[wanted]
            return known[wanted]
        if "organization" in call.args:
            wanted = call.args["organization"]
            own = [access for uid, access in known.items() if self.spaces[uid].organization.id == wanted]
            if not own:
                raise not_found("Organization", wanted)
            call.organization_ = self.organizations[wanted]
            return own[0]
        return next(iter(known.values()))

    def _check_permission(self, call: Call) -> None:
        """Raises 403 or 404 for a kind that the plan or the token does not offer, 403 for a write."""
        kind = kind_of(call.path)
        status = _refusal_of(call, kind)
        if status == 404 or (status and kind in _HIDDEN and kind in call.access.refused):
            raise not_found()
        if status:
            raise denied(f"This token or plan has no access to {kind}.")
        if call.method != "GET" and not call.access.can_write:
            raise denied("The token may only read.")

    def _find_environment(self, call: Call) -> None:
        """The environment in the path, or the one that it is an alias of."""
        if "environment" not in call.args:
            return
        name = call.args["environment"]
        call.environment_ = call.space.environments.get(call.space.target_of(name))
        if call.environment_ is None:
            # The page of releases says 400 for its listing and for creating; all else is 404.
            if re.fullmatch(r".*/releases/?", call.path):
                raise bad_request(f"The environment {name} was not found.")
            raise not_found("Environment", name)


def kind_of(path: str) -> str:
    """The kind of object that a path is about: the segment behind its last scope, or what belongs to one object of it.

    A scope itself is its own kind.
    """
    parts = path.strip("/").split("/")
    scopes = ("spaces", "organizations", "environments")
    at = 0
    while at + 2 < len(parts) and parts[at] in scopes:
        at += 2
    kind, rest = parts[at], parts[at + 1 :]
    if kind in ("public", "taxonomy") and rest:
        return rest[0]
    return rest[1] if len(rest) > 1 and rest[1] in ("tasks", "comments", "snapshots") else kind


def _find(method: str, path: str) -> tuple[Route[Call], dict[str, str]] | None:
    """The route of a path. One without an environment, of a kind that lies in one, means `master`."""
    if meant := _MASTER_MEANT.fullmatch(path):
        path = f"/spaces/{meant[1]}/environments/master/{meant[2]}{meant[3] or ''}"
    return _TABLE.find(method, path)


def _refusal_of(call: Call, kind: str) -> int | None:
    """The status with which the token, or else the space, refuses a kind."""
    return call.access.refused.get(kind) or (call.space_.refused.get(kind) if call.space_ else None)
