"""A request as the handlers of this API see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.application import HttpRequest
from stackferry.emulators.contentstack.api_errors import ApiError, invalid
from stackferry.emulators.forms import Form, FormRefused, parse_form
from stackferry.errors import JsonRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from stackferry.emulators.contentstack.behaviour import Switches
    from stackferry.emulators.contentstack.service import Service
    from stackferry.emulators.contentstack.state import Branch, Job, Stack
    from stackferry.model import Json, JsonObject


@dataclass(slots=True, kw_only=True)
class Call(HttpRequest):
    """A request that was routed and let in. `args` are the variable parts of its path.

    Its methods raise `ApiError` for what a client sent wrong.
    """

    service: Service
    stack: Stack
    branch: Branch
    args: dict[str, str] = field(default_factory=dict)

    @property
    def switches(self) -> Switches:
        return self.service.switches

    @property
    def user(self) -> str:
        return self.stack.user

    def param_list(self, name: str) -> list[str]:
        """A repeated query parameter: `name[]`, or `name[0]`, `name[1]`…"""
        head, tail = f"{name}[", "]"
        return [value for key, value in self.query if key.startswith(head) and key.endswith(tail)]

    def number(self, name: str, default: int) -> int:
        """A count in the query, such as `limit`; the vendor's CLI writes `1e+100`."""
        given = self.param(name)
        if not given:
            return default
        try:
            return max(0, int(float(given)))
        except (ValueError, OverflowError):
            raise invalid(141, f"The parameter {name} is not a number.", **{name: "is not valid."}) from None

    def json(self) -> JsonObject:
        """The body; it must be a JSON object."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("application/json"):
            message = f"The content type {kind!r} is not supported here; send application/json."
            raise ApiError(415, 141, message)
        value = self.parse_json(self.body)
        if not isinstance(value, dict):
            raise ApiError(400, 141, "The request body is not a JSON object.")
        return value

    def parse_json(self, data: bytes) -> Json:
        """JSON in the body or in a file of a form. Raises 400."""
        try:
            return exact_json.loads(data)
        except JsonRefused as error:
            raise ApiError(400, 141, f"The JSON is not valid: {error}") from None

    def section(self, name: str) -> JsonObject:
        """The object under a key of the body. Raises 422 when it is not there."""
        found = self.json().get(name)
        if not isinstance(found, dict):
            message = f"The request body must hold an object under '{name}'."
            raise invalid(141, message, **{name: "is required."})
        return found

    def form(self) -> Form:
        """The multipart form in the body. Raises 400 or 415."""
        try:
            return parse_form(self.headers.get("content-type", ""), self.body)
        except FormRefused as refused:
            raise ApiError(refused.status, 141, refused.message) from None

    def start_job(self, kind: str, work: Callable[[], list[JsonObject]], at: datetime | None = None) -> Job:
        """A job of this branch: see `Service.start_job`."""
        return self.service.start_job(self.stack, self.branch, kind, work, at)
