"""Edits a stack through the API as people would: new versions, names of versions, publications, releases.

Real exports hold the latest versions only. The editor gives a stack that was filled from one a history, the same for
the same seed. Requests that the stack refuses, because of dangling references, are ignored. Uses nothing of `src`.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
PAGE = 100


class Editor:
    """Edits the main branch of a stack; `tag` distinguishes two rounds of edits."""

    def __init__(self, origin: str, api_key: str, token: str, seed: str, tag: str) -> None:
        headers = {"api_key": api_key, "authorization": token}
        self._http = httpx.Client(base_url=f"{origin}/v3", headers=headers, timeout=60)
        self._random = Random(f"{seed} {tag}")
        self._tag = tag

    def edit(self) -> None:
        """One round: entries and assets, then releases of them."""
        with self._http:
            self._environments()
            documents = list(self._documents())
            for content_type, code, row in documents:
                self._entry(content_type, code, row)
            assets = [row for row in self._pages("/assets", "assets") if not row.get("is_dir")]
            for row in assets:
                self._asset(row)
            self._releases(documents, assets)

    def _environments(self) -> None:
        known = [row["name"] for row in self._pages("/environments", "environments")]
        for name in ("live", "preview"):
            if name not in known:
                self._send("/environments", {"environment": {"name": name, "urls": []}})
        self._places = sorted({*known, "live", "preview"})

    def _documents(self) -> Iterator[tuple[str, str, Row]]:
        codes = sorted(row["code"] for row in self._pages("/locales", "locales"))
        for kind in sorted(row["uid"] for row in self._pages("/content_types", "content_types")):
            for code in codes:
                own = {"locale": code, "query": f'{{"locale":"{code}"}}'}
                rows = self._pages(f"/content_types/{kind}/entries", "entries", **own)
                yield from ((kind, code, row) for row in rows)

    def _entry(self, content_type: str, code: str, row: Row) -> None:
        """Up to three new versions; one of all versions may get a name, one may be published."""
        path = f"/content_types/{content_type}/entries/{row['uid']}"
        for number in range(self._random.choice([0, 0, 1, 2, 3])):
            words = [f"{self._tag} {number}", self._random.choice(["ebb", "flood", "slack water"])]
            answer = self._send(path, {"entry": {"tags": words}}, "PUT", locale=code)
            row["_version"] = answer.get("entry", row)["_version"]
        version = self._random.randint(1, row["_version"])
        if self._random.random() < 0.2:
            named = {"_version_name": f"{self._tag} {version}", "locale": code, "force": True}
            self._send(f"{path}/versions/{version}/name", {"entry": named})
        if self._random.random() < 0.5:
            where = {"environments": [self._random.choice(self._places)], "locales": [code]}
            self._send(f"{path}/publish", {"entry": where, "locale": code, "version": version})

    def _asset(self, row: Row) -> None:
        path = f"/assets/{row['uid']}"
        for number in range(self._random.choice([0, 0, 1, 2])):
            changes = {
                "description": f"{self._tag} {number}",
                "tags": [self._tag, "with, comma"][: number + 1],
            }
            row["_version"] = self._send(path, {"asset": changes}, "PUT").get("asset", row)["_version"]
        if self._random.random() < 0.4:
            where = {"environments": [self._random.choice(self._places)], "locales": [self._master()]}
            self._send(
                f"{path}/publish", {"asset": where, "version": self._random.randint(1, row["_version"])}
            )

    def _master(self) -> str:
        rows = self._pages("/locales", "locales")
        return next(str(row["code"]) for row in rows if row.get("fallback_locale") is None)

    def _releases(self, documents: list[tuple[str, str, Row]], assets: list[Row]) -> None:
        """An open one, a locked one and an empty one."""
        for name, size, locked in (("open", 30, False), ("locked", 12, True), ("empty", 0, False)):
            about = {"name": f"{self._tag} {name}", "description": f"{size} items", "locked": False}
            uid = self._send("/releases", {"release": about})["release"]["uid"]
            chosen = self._random.sample(documents, min(size, len(documents)))
            items = [self._item(kind, code, row) for kind, code, row in chosen]
            picked = self._random.sample(assets, min(size // 6, len(assets)))
            items += [self._item("built_io_upload", self._master(), row) for row in picked]
            for start in range(0, len(items), 25):
                self._send(f"/releases/{uid}/items", {"items": items[start : start + 25]})
            if locked:
                self._send(f"/releases/{uid}", {"release": {**about, "locked": True}}, "PUT")

    def _item(self, kind: str, code: str, row: Row) -> Row:
        version = self._random.randint(1, row["_version"])
        what = {"content_type_uid": kind, "uid": row["uid"], "locale": code, "version": version}
        return {**what, "action": self._random.choice(["publish", "unpublish"])}

    def _pages(self, path: str, key: str, **params: str) -> list[Row]:
        found: list[Row] = []
        while True:
            span = {"limit": str(PAGE), "skip": str(len(found)), "asc": "uid"}
            page = self._http.get(path, params={**params, **span}).json().get(key) or []
            found += page
            if len(page) < PAGE:
                return found

    def _send(self, path: str, body: Row, method: str = "POST", **params: str) -> Row:
        headers = {"api_version": "3.2"} if path.endswith("/publish") else {"release_version": "2.0"}
        answer = self._http.request(method, path, json=body, params=params, headers=headers)
        return dict(answer.json()) if answer.is_success else {}
