"""A request as the handlers of this API see it, and what it names: found, or refused in the service's words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from stackferry import exact_json
from stackferry.emulators.application import Answer, HttpRequest
from stackferry.emulators.contentful.api_errors import (
    bad_request,
    denied,
    invalid,
    invalid_query,
    not_found,
    problem,
    version_mismatch,
)
from stackferry.emulators.contentful.documents import Stamp
from stackferry.errors import JsonRefused
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.emulators.contentful.app import Emulator
    from stackferry.emulators.contentful.behaviour import Limits, Switches
    from stackferry.emulators.contentful.documents import Document
    from stackferry.emulators.contentful.environment import Environment
    from stackferry.emulators.contentful.space import Access, Organization, Space
    from stackferry.model import Json, JsonObject

_ID = re.compile(r"[a-zA-Z0-9-_.]{1,64}")
VERSION = "x-contentful-version"
JSON_TYPES = ("application/vnd.contentful.management.v1+json", "application/json")
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Call(HttpRequest):
    """A request that was routed and let in. `args` are the variable parts of its path.

    `space_`, `environment_` and `organization_` are None where the path names none. Its methods raise `ApiError`.
    """

    service: Emulator
    access: Access
    space_: Space | None = None
    environment_: Environment | None = None
    organization_: Organization | None = None
    args: dict[str, str] = field(default_factory=dict)

    @property
    def space(self) -> Space:
        assert self.space_ is not None, "this route names no space"  # noqa: S101 - a defect of the route
        return self.space_

    @property
    def environment(self) -> Environment:
        assert self.environment_ is not None, "this route names no environment"  # noqa: S101 - as above
        return self.environment_

    @property
    def organization(self) -> Organization:
        return self.organization_ or self.space.organization

    @property
    def switches(self) -> Switches:
        return self.service.switches

    @property
    def limits(self) -> Limits:
        return self.service.limits

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.access.user, self.service.now())

    @property
    def version(self) -> int | None:
        """The version header; None when there is none. Raises 400 when it is no number."""
        given = self.headers.get(VERSION)
        if given is None or not given.strip():
            return None
        if not given.isdigit():
            raise bad_request(f'Invalid value for header "X-Contentful-Version": {given!r}')
        return int(given)

    def check_version(self, current: int) -> None:
        """Raises 409 when the header is stale or missing."""
        if self.version != current:
            raise version_mismatch()

    def new_id(self, part: str) -> str:
        """The id in the path, for a new object. Raises 422 for one that the service does not take."""
        uid = self.args[part]
        if not _ID.fullmatch(uid):
            raise invalid([problem("regexp", ["sys", "id"], "The id is not valid.", value=uid)], "InvalidId")
        return uid

    def json(self) -> JsonObject:
        """The body; it must be a JSON object."""
        value = self.json_or_none()
        if not isinstance(value, dict):
            raise bad_request("The body you sent is not a JSON object.")
        return value

    def json_or_none(self) -> Json:
        """The body; None when there is none."""
        if not self.body.strip():
            return None
        try:
            return exact_json.loads(self.body)
        except JsonRefused as error:
            raise bad_request(f"The body you sent is not valid JSON: {error}") from None

    def number(self, name: str, default: int) -> int:
        """A count in the query. Raises 400 for what is none."""
        given = self.param(name)
        if not given:
            return default
        if not given.isdigit():
            raise invalid_query(f"{name} is not a number: {given!r}")
        return int(given)


def find(table: Mapping[str, T], uid: str, kind: str, **more: Json) -> T:
    """The object of an id. Raises 404."""
    found = table.get(uid)
    if found is None:
        raise not_found(kind, uid, **more)
    return found


def find_entry(call: Call) -> Document:
    return find(call.environment.entries, call.args["entry"], "Entry")


def find_asset(call: Call) -> Document:
    return find(call.environment.assets, call.args["asset"], "Asset")


def find_content_type(call: Call) -> Document:
    return find(call.environment.content_types, call.args["content_type"], "ContentType")


def row_version(raw: JsonObject) -> int:
    """The version of a plain record."""
    version = as_object(raw.get("sys")).get("version")
    return version if isinstance(version, int) else 0


def without_sys(body: JsonObject) -> JsonObject:
    """A body as it is stored: `sys` in it is the service's own."""
    return {name: value for name, value in body.items() if name != "sys"}


def no_content() -> Answer:
    return Answer(b"", 204)


def quota(call: Call, table: Mapping[str, object], name: str) -> None:
    """Raises 403 when a table is as full as the plan allows."""
    most = getattr(call.limits, name)
    if most is not None and len(table) >= most:
        raise denied(f"You have reached the limit of {most} {name.replace('_', ' ')}.")
