"""One request as a handler sees it, and what a handler answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from stackferry import exact_json
from stackferry.emulators.contentstack.api_errors import Failure, invalid
from stackferry.emulators.contentstack.multipart import Form, parse_form
from stackferry.errors import JsonRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stackferry.emulators.contentstack.behaviour import Switches
    from stackferry.emulators.contentstack.state import Branch, Stack
    from stackferry.emulators.contentstack.world import World
    from stackferry.model import Json, JsonObject


@dataclass(slots=True)
class Answer:
    """A status and a body: JSON, bytes, or a file to send."""

    body: JsonObject | bytes | Path
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Call:
    """A request that was routed and let in. `args` are the variable parts of its path."""

    world: World
    stack: Stack
    branch: Branch
    method: str
    path: str
    origin: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    args: dict[str, str]

    @property
    def switches(self) -> Switches:
        return self.world.switches

    @property
    def user(self) -> str:
        return self.stack.user

    def param(self, name: str, default: str = "") -> str:
        """A query parameter; the last one wins."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def all(self, name: str) -> list[str]:
        """A repeated query parameter: `name[]`, or `name[0]`, `name[1]`…"""
        head, tail = f"{name}[", "]"
        return [value for key, value in self.query if key.startswith(head) and key.endswith(tail)]

    def flag(self, name: str) -> bool:
        return self.param(name).lower() == "true"

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
            raise Failure(
                415, 141, f"The content type {kind!r} is not supported here; send application/json."
            )
        value = self.parsed(self.body)
        if not isinstance(value, dict):
            raise Failure(400, 141, "The request body is not a JSON object.")
        return value

    def parsed(self, data: bytes) -> Json:
        try:
            return exact_json.loads(data)
        except JsonRefused as error:
            raise Failure(400, 141, f"The JSON is not valid: {error}") from None

    def section(self, name: str) -> JsonObject:
        """The object under a key of the body; refused when it is not there."""
        found = self.json().get(name)
        if not isinstance(found, dict):
            raise invalid(
                141, f"The request body must hold an object under '{name}'.", **{name: "is required."}
            )
        return found

    def form(self) -> Form:
        """The multipart form in the body."""
        return parse_form(self.headers.get("content-type", ""), self.body)


def parse_query(raw: bytes) -> list[tuple[str, str]]:
    """A query string as pairs, in order; a stray `&` is passed over."""
    return parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
