"""A client of Contentful's Content Management API with nothing but HTTP, written from the vendor's pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

TOKEN = "CFPAT-invented-tester"
_MANAGEMENT = "application/vnd.contentful.management.v1+json"


class Refused(Exception):
    """The service did not answer with a 2xx."""


@dataclass
class Space:
    """One environment of one space."""

    origin: str
    key: str
    http: httpx.Client = field(repr=False)
    environment: str = "master"

    @property
    def place(self) -> str:
        return f"contentful+http://{self.key}@{self.origin.removeprefix('http://')}/{self.environment}"

    def but(self, **changes: Any) -> Space:
        """The same with another key or environment."""
        return replace(self, **changes)

    def path(self, path: str) -> str:
        """A path with a slash in front is the service's own, another one the environment's."""
        inside = f"/spaces/{self.key}/environments/{self.environment}/{path}"
        return path if path.startswith("/") else inside

    def ask(
        self, method: str, path: str, body: Any = None, *, version: int | None = None, **more: Any
    ) -> tuple[int, Any]:
        """The status and the body of an answer, whatever the status."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": _MANAGEMENT, **more.pop("headers", {})}
        if version is not None:
            headers["X-Contentful-Version"] = str(version)
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.http.request(
            method, self.origin + self.path(path), content=content, headers=headers, params=more or None
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The body of a 2xx answer; anything else is an error of the test."""
        status, answer = self.ask(method, path, body, **more)
        if status // 100 != 2:
            raise Refused(f"{method} {path}: {status} {json.dumps(answer)[:600]}")
        return answer

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any, **more: Any) -> Any:
        return self.call("POST", path, body, **more)

    def put(self, path: str, body: Any, **more: Any) -> Any:
        return self.call("PUT", path, body, **more)

    def delete(self, path: str, **more: Any) -> Any:
        return self.call("DELETE", path, **more)

    def rows(self, path: str, **query: Any) -> list[Any]:
        """All rows of a list, by offset or by cursor, whichever its answers tell of."""
        limit = 100
        while (page := self.ask("GET", path, limit=limit, **query))[0] == 400 and limit > 1:
            limit //= 2  # an answer has at most 7 MB
        found = list(self._page(path, page)["items"])
        last = page[1]
        while (following := last.get("pages", {}).get("next")) or len(found) < last.get("total", 0):
            last = self.get(following) if following else self.get(path, limit=limit, skip=len(found), **query)
            assert last["items"]
            found += last["items"]
        return found

    @staticmethod
    def _page(path: str, answer: tuple[int, Any]) -> Any:
        if answer[0] != 200:
            raise Refused(f"GET {path}: {answer[0]} {json.dumps(answer[1])[:600]}")
        return answer[1]

    def version(self, path: str) -> int:
        return int(self.get(path)["sys"]["version"])

    def edit(self, path: str, **changes: Any) -> Any:
        """Replace some keys of an object as it is now."""
        now = self.get(path)
        return self.put(path, {**now, **changes}, version=now["sys"]["version"])
