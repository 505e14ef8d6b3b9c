"""A client of Azure DevOps with nothing but HTTP, written from the vendor's pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    import httpx

TOKEN = "invented-pat-of-a-tester"


class Refused(Exception):
    """The service did not answer with a 2xx."""


@dataclass(frozen=True)
class Project:
    """One project of one organization."""

    origin: str
    organization: str
    name: str
    http: httpx.Client = field(repr=False)

    @property
    def place(self) -> str:
        host = self.origin.removeprefix("http://")
        return f"azure-devops+http://{self.organization}@{host}/{quote(self.name)}"

    def but(self, **changes: Any) -> Project:
        """The same under another address or name."""
        return replace(self, **changes)

    def url(self, path: str) -> str:
        """A path with a slash in front is the organization's own, another one the project's."""
        inside = path if path.startswith("/") else f"/{quote(self.name)}/_apis/{path}"
        return f"{self.origin}/{self.organization}{inside}"

    def answer(self, method: str, path: str, body: Any = None, /, **query: Any) -> httpx.Response:
        """An answer as it came, whatever its status."""
        query.setdefault("api-version", "7.2-preview.1" if "/tags" in path else "7.1")
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.request(
            method,
            self.url(path),
            content=content,
            params={
                key.replace("expand_", "$expand").replace("top_", "$top"): value
                for key, value in query.items()
            },
            headers={"Content-Type": "application/json"} if content is not None else {},
            auth=("", TOKEN),
        )

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """The status and the JSON of an answer."""
        answer = self.answer(method, path, body, **query)
        return answer.status_code, json.loads(answer.content) if answer.content else None

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of a 2xx answer; anything else is an error of the test."""
        status, found = self.ask(method, path, body, **query)
        if status // 100 != 2 or status == 203:
            raise Refused(f"{method} {path}: {status} {json.dumps(found)[:600]}")
        return found

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any, **query: Any) -> Any:
        return self.call("POST", path, body, **query)

    def patch(self, path: str, body: Any, **query: Any) -> Any:
        return self.call("PATCH", path, body, **query)

    def put(self, path: str, body: Any, **query: Any) -> Any:
        return self.call("PUT", path, body, **query)

    def rows(self, path: str, /, **query: Any) -> list[Any]:
        """All rows of a list: the token of the next page stands in a header alone."""
        found: list[Any] = []
        token = ""
        while True:
            more: dict[str, str] = {"continuationToken": token} if token else {}
            answer = self.answer("GET", path, **query, **more)
            assert answer.status_code == 200, answer.text
            found += answer.json()["value"]
            if not (token := answer.headers.get("x-ms-continuationtoken", "")):
                return found

    def definition(self, uid: int) -> Any:
        return self.get(f"release/definitions/{uid}")

    def release(self, uid: int) -> Any:
        return self.get(f"release/releases/{uid}", **{"$expand": "tasks", "$topGateRecords": 1000})

    def definitions(self) -> list[Any]:
        return [self.definition(row["id"]) for row in self.rows("release/definitions", top_=100)]

    def releases(self) -> list[Any]:
        rows = self.rows("release/releases", queryOrder="ascending", top_=100)
        return [self.release(uid) for uid in dict.fromkeys(row["id"] for row in rows)]
