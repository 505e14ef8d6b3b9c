"""A service that does not know a key: each write arrives without it, as if it had not been sent.

A key is named by method, path without uids, and place: `POST /v3/bulk/publish /entries/*/locale` in a JSON body, also
in one that is a file of a form; `POST /v3/assets asset[title]` in a form; `PUT /v3/assets/* ?locale` in the query.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
from workbench import RecordingTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

_UID = re.compile(r"\b(blt|cs)[0-9a-z]{8,}\b")
_JSON_PART = re.compile(rb"\r\nContent-Type: application/json\r\n\r\n(.*?)\r\n--", re.DOTALL | re.IGNORECASE)
_FIELD = re.compile(
    rb'--[^\r\n]+\r\nContent-Disposition: form-data; name="([^"]+)"\r\n\r\n.*?\r\n(?=--)', re.DOTALL
)


class DroppingTransport(RecordingTransport):
    """Drops `key` of every write, or nothing; `keys` are those that were sent."""

    def __init__(self, app: Any, key: str = "") -> None:
        super().__init__(app)
        self._key = key
        self.keys: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method in ("POST", "PUT", "DELETE"):
            request = self._without(request, await request.aread())
        return await super().handle_async_request(request)

    def _without(self, request: httpx.Request, content: bytes) -> httpx.Request:
        route = f"{request.method} {_UID.sub('*', request.url.path)} "
        part = _JSON_PART.search(content)
        data = part.group(1) if part else content if content.startswith(b"{") else b"{}"
        body, fields = json.loads(data), [] if part else [*_FIELD.finditer(content)]
        found = {
            *_places(body),
            *(f"?{name}" for name in request.url.params),
            *(_name(one) for one in fields),
        }
        self.keys |= {f"{route}{name}" for name in found}
        name = self._key.removeprefix(route)
        if not self._key.startswith(route) or name not in found:
            return request
        url = request.url.copy_remove_param(name[1:]) if name.startswith("?") else request.url
        if name.startswith("/"):
            _drop(body, name[1:].split("/"))
            content = content.replace(data, json.dumps(body).encode())
        for one in fields:
            content = content.replace(one.group(), b"") if _name(one) == name else content
        headers = [row for row in request.headers.raw if row[0].lower() != b"content-length"]
        return httpx.Request(request.method, url, headers=headers, content=content)


def _name(field: re.Match[bytes]) -> str:
    return field.group(1).decode()


def _places(value: Any, where: str = "") -> Iterator[str]:
    """Every key at any depth; `*` is any place of a list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{where}/{key}"
            yield from _places(inner, f"{where}/{key}")
    for inner in value if isinstance(value, list) else ():
        yield from _places(inner, f"{where}/*")


def _drop(value: Any, path: list[str]) -> None:
    name, *rest = path
    if name == "*":
        for inner in value if isinstance(value, list) else ():
            _drop(inner, rest)
    elif isinstance(value, dict) and name in value:
        if rest:
            _drop(value[name], rest)
        else:
            del value[name]
