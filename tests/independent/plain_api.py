"""A client of the vendor's API with nothing but HTTP: exact numbers, no retries, no knowledge of the program."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

TOKEN = "cs-invented-tester"


class Number(str):
    """A fraction or an exponent of a JSON text, digit by digit."""

    __slots__ = ()


def parse(text: str | bytes) -> Any:
    """JSON, with each number that is no integer as the text that it was."""
    return json.loads(text, parse_float=Number)


def write(value: Any) -> str:
    """JSON of what `parse` gives: a `Number` is written as it was read."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{write(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


class Refused(Exception):
    """The service did not answer with a 2xx."""


@dataclass
class Api:
    """One branch of one stack."""

    origin: str
    key: str
    branch: str = "main"
    token: str = TOKEN
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=30), repr=False)

    def but(self, **changes: Any) -> Api:
        """The same with another key, branch or token."""
        return replace(self, **changes)

    def close(self) -> None:
        self.http.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: Any = None,
        data: Any = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> tuple[int, Any]:
        """The status and the parsed body of an answer, whatever the status."""
        sent = {"api_key": self.key, "authorization": self.token, "branch": self.branch, **(headers or {})}
        content = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            content = body if isinstance(body, str) else write(body)
        answer = self.http.request(
            method,
            self.origin + "/v3" + path,
            params=query,
            headers=sent,
            content=content.encode() if content is not None else None,
            files=files,
            data=data,
        )
        return answer.status_code, parse(answer.content) if answer.content else None

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The body of a 2xx answer; anything else is an error of the test."""
        status, answer = self.ask(method, path, body, **more)
        if status // 100 != 2:
            raise Refused(f"{method} {path}: {status} {json.dumps(answer)[:600]}")
        return answer

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any, **query: Any) -> Any:
        return self.call("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: Any) -> Any:
        return self.call("PUT", path, body, **query)

    def rows(self, path: str, name: str, **query: Any) -> list[Any]:
        """All rows of a listing, page by page."""
        found: list[Any] = []
        while True:
            page = self.get(path, limit=100, skip=len(found), **query)[name]
            found += page
            if len(page) < 100:
                return found

    def bytes_of(self, url: str) -> bytes:
        answer = self.http.get(url, headers={"api_key": self.key, "authorization": self.token})
        return answer.raise_for_status().content

    def upload(self, name: str, content: bytes, kind: str, **fields: str) -> Any:
        files = {"asset[upload]": (name, content, kind)}
        data = {f"asset[{key}]": value for key, value in fields.items()}
        return self.call("POST", "/assets", files=files, data=data)["asset"]
