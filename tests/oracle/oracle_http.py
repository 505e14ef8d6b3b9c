"""Reading an API with the standard library alone: whole listings, objects, digests of files."""

from __future__ import annotations

import hashlib
import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

Row = dict[str, Any]
PAGE = 100


class DumpError(Exception):
    """The stack did not answer as its API pages state."""


class Api:
    """GET requests over one connection."""

    def __init__(self, origin: str, headers: dict[str, str]) -> None:
        self._origin = urlsplit(origin)
        self._headers = headers
        self.missing: list[str] = []  # listings that are not served
        self._connection = http.client.HTTPConnection(self._origin.netloc, timeout=60)

    def close(self) -> None:
        self._connection.close()

    def _fetch(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def get(
        self,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        absent: tuple[int, ...] = (404, 422),
        **params: Any,
    ) -> Row | None:
        """The object, or None where there is none (the service answers 404 or 422 for that)."""
        query = {key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()}
        target = f"/v3{path}" + (f"?{urlencode(query)}" if query else "")
        status, body = self._fetch(target, {**self._headers, **(headers or {})})
        if status in absent:
            return None
        if status != 200:
            raise DumpError(f"GET {target} answered {status}: {body[:300]!r}")
        found = json.loads(body, parse_float=lambda text: f"\0{text}")  # compared as written: 1.50 is not 1.5
        if not isinstance(found, dict):
            raise DumpError(f"GET {target} answered no object")
        return found

    def pages(self, path: str, key: str, **params: Any) -> list[Row]:
        """All rows of a listing. Raises `DumpError` if they are not as many as it counts."""
        rows: dict[str, Row] = {}
        while True:
            paging: dict[str, Any] = {"include_count": "true", "limit": PAGE, "skip": len(rows)}
            answer = self.get(path, absent=(404,), **paging, **params)
            if answer is None:
                self.missing.append(path)
            found = answer or {}
            page = found.get(key) or []
            rows |= {row.get("uid") or row.get("code") or row["name"]: row for row in page}
            # A page may hold fewer rows than were asked for.
            if not page or (isinstance(found.get("count"), int) and len(rows) >= found["count"]):
                break
            if "count" not in found and len(page) < PAGE:
                break
        count = found.get("count")
        if isinstance(count, int) and count != len(rows):
            raise DumpError(f"{path} counts {count} and lists {len(rows)}")
        return list(rows.values())

    def sha256(self, url: str) -> str:
        """The digest of the bytes at an asset's URL. The host is ignored: the emulator serves all of them."""
        parts = urlsplit(url)
        status, body = self._fetch(parts.path + (f"?{parts.query}" if parts.query else ""), {})
        return hashlib.sha256(body).hexdigest() if status == 200 else f"HTTP {status}"
