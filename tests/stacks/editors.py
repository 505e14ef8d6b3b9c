"""Edits of a stack through the API that editors use: random ones from a seed, and single ones.

An editor's requests are carried out at once and are not in the emulator's log, so they may come between the requests of
a run: see `meanwhile.py`.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Protocol

import httpx
from workbench import SOURCE, TOKEN

from stackferry.emulators.application import HttpRequest
from stackferry.exact_json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from stackferry.emulators.contentstack import Branch, Emulator, Stack
    from stackferry.model import JsonObject

Row = dict[str, Any]


class Served(Protocol):
    """What holds an emulator."""

    emulator: Emulator
    origin: str


class Editors:
    """Edits a branch of a stack of a workbench, by default the source's main one.

    `done` counts the random edits that were accepted, by name.
    """

    def __init__(self, one: Served, seed: int = 0, key: str = SOURCE, branch: str = "main") -> None:
        self._one, self._random, self._key, self._branch = one, Random(seed), key, branch
        self._trash: list[tuple[str, Any]] = []
        self.done: dict[str, int] = {}

    @property
    def stack(self) -> Stack:
        return self._one.emulator.stacks[self._key]

    @property
    def content(self) -> Branch:
        """The branch that it edits."""
        return self.stack.branches[self._branch]

    def work(self, times: int, *, naming: bool = True, only: Collection[str] = ()) -> None:
        """Make a number of edits; with `naming` also give names to older versions. `only`: names of edits."""
        edits: list[Callable[[], bool]] = [
            self.edit,
            self.edit,
            self.localize,
            self.create,
            self.delete,
            self.publish,
            self.publish,
            self.unpublish,
            self.set_stage,
            self.new_file,
            self.other_file,
            self.rename_asset,
            self.publish_asset,
            self.delete_asset,
            self.restore_asset,
            self.change_schema,
            *([self.name_version] if naming else []),
        ]
        edits = [one for one in edits if not only or one.__name__ in only]
        for _ in range(times):
            if not any(self.content.entries.values()):
                return  # everything was deleted
            edit = self._random.choice(edits)
            self.done[edit.__name__] = self.done.get(edit.__name__, 0) + edit()

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request, as an editor's browser sends it: its answer, whatever its status."""
        headers = {"api_key": self._key, "authorization": TOKEN, "branch": self._branch}
        if "json" in request:
            headers["content-type"] = "application/json"
            request["content"] = dumps(request.pop("json"))
        sent = httpx.Request(method, f"{self._one.origin}/v3{path}", headers=headers, **request)
        answer = self._one.emulator.handle(
            HttpRequest(
                method=method,
                path=sent.url.raw_path.decode().partition("?")[0],
                origin=self._one.origin,
                query=sent.url.params.multi_items(),
                headers=sent.headers,
                body=sent.read(),
            )
        )
        body = dumps(answer.body) if isinstance(answer.body, dict) else b""
        return httpx.Response(answer.status, content=body, request=sent)

    def save(self, kind: str, uid: str, /, locale: str = "en-us", **fields: Any) -> int:
        """Save an entry with other values of some fields, by default another title; its new version."""
        sent = {"entry": fields or {"title": self._title()}}
        path = f"/content_types/{kind}/entries/{uid}"
        answer = self.call("PUT", path, params={"locale": locale}, json=sent).raise_for_status()
        return int(answer.json()["entry"]["_version"])

    def _ok(self, method: str, path: str, **request: Any) -> bool:
        return self.call(method, path, **request).status_code < 300

    # --- entries ---

    def _entry(self) -> tuple[str, Any, str]:
        """A random entry: its path, its state in the emulator, one of its languages."""
        found = [
            (kind, one)
            for kind, table in self.content.entries.items()
            for one in table.values()
            if one.documents
        ]
        kind, one = self._random.choice(found)
        return f"/content_types/{kind}/entries/{one.uid}", one, self._random.choice(sorted(one.documents))

    def _title(self) -> str:
        return f"title {self._random.randrange(10**9)}"

    def edit(self) -> bool:
        """A new title; in the master language also new values of the fields that are not localizable."""
        path, one, code = self._entry()
        schema: Any = self.content.content_types[one.content_type]["schema"]
        fixed = {field["uid"]: self._title() for field in schema if field.get("non_localizable") is True}
        sent = {"title": self._title(), **(fixed if code == self.content.master_locale else {})}
        return self._ok("PUT", path, params={"locale": code}, json={"entry": sent})

    def localize(self) -> bool:
        path, one, code = self._entry()
        latest = one.documents[code].latest
        sent = {key: value for key, value in latest.items() if key not in ("uid", "locale", "_version")}
        to = self._random.choice(sorted(self.content.locales))
        return self._ok("PUT", path, params={"locale": to}, json={"entry": {**sent, "title": self._title()}})

    def create(self) -> bool:
        path, one, code = self._entry()
        latest = one.documents[code].latest
        sent = {key: value for key, value in latest.items() if key not in ("uid", "locale", "_version")}
        return self._ok("POST", path.rpartition("/")[0], json={"entry": {**sent, "title": self._title()}})

    def delete(self) -> bool:
        path, _, code = self._entry()
        everywhere = {"delete_all_localized": "true"} if self._random.random() < 0.5 else {"locale": code}
        return self._ok("DELETE", path, params=everywhere)

    def publish(self) -> bool:
        path, one, code = self._entry()
        version = self._random.choice(sorted(one.documents[code].versions))
        return self._ok("POST", f"{path}/publish", json={**self._where(code), "version": version})

    def unpublish(self) -> bool:
        path, _, code = self._entry()
        return self._ok("POST", f"{path}/unpublish", json=self._where(code))

    def _where(self, code: str) -> Row:
        places = self._random.sample(sorted(self.stack.environments), 1)
        return {"entry": {"environments": places, "locales": [code]}, "locale": code}

    def set_stage(self) -> bool:
        """Set in the emulator's state: through the API a workflow would have to exist first."""
        _, one, code = self._entry()
        one.documents[code].workflow = {"uid": f"blt_stage_{self._random.randrange(3)}", "name": "Stage"}
        return True

    def name_version(self) -> bool:
        path, one, code = self._entry()
        version = self._random.choice(sorted(one.documents[code].versions))
        named = {"_version_name": f"name {self._random.randrange(10**9)}", "locale": code}
        return self._ok("POST", f"{path}/versions/{version}/name", json={"entry": named})

    def change_schema(self) -> bool:
        """Add a field or remove one; the service still returns stored values of a removed field."""
        kind = self._random.choice(sorted(self.content.content_types))
        made = self.content.content_types[kind]
        schema: Any = made["schema"]
        if len(schema) > 1 and self._random.random() < 0.5:
            gone = self._random.choice(schema[1:])
            schema = [one for one in schema if one is not gone]
        else:
            uid = f"field_{self._random.randrange(10**9)}"
            schema = [*schema, {"uid": uid, "display_name": "New", "data_type": "text"}]
        return self._ok("PUT", f"/content_types/{kind}", json={"content_type": {**made, "schema": schema}})

    # --- assets ---

    def _asset(self) -> Any:
        found = [one for one in self.content.assets.values() if not one.is_folder]
        return self._random.choice(found) if found else None

    def _file(self) -> Row:
        content = self._random.randbytes(self._random.randint(1, 400))
        return {
            "asset[upload]": (f"file {self._random.randrange(3)}.bin", content, "application/octet-stream")
        }

    def new_file(self) -> bool:
        return self._ok("POST", "/assets", files=self._file())

    def other_file(self) -> bool:
        one = self._asset()
        return one is not None and self._ok("PUT", f"/assets/{one.uid}", files=self._file())

    def rename_asset(self) -> bool:
        one = self._asset()
        sent = {"asset": {"title": self._title()}}
        return one is not None and self._ok("PUT", f"/assets/{one.uid}", json=sent)

    def publish_asset(self) -> bool:
        one = self._asset()
        places = self._random.sample(sorted(self.stack.environments), 1)
        sent = {"asset": {"environments": places, "locales": [self.content.master_locale]}}
        return one is not None and self._ok("POST", f"/assets/{one.uid}/publish", json=sent)

    def delete_asset(self) -> bool:
        one = self._asset()
        if one is None:
            return False
        self._trash.append((one.uid, one))
        return self._ok("DELETE", f"/assets/{one.uid}")

    def restore_asset(self) -> bool:
        """From the trash as it was, with its old times: harder to see than what the service's call leaves."""
        if not self._trash:
            return False
        uid, one = self._trash.pop()
        self.content.assets[uid] = one
        self.content.changed()
        return True


def edit_page(branch: Branch, uid: str, locale: str = "en-us", **fields: Any) -> JsonObject:
    """Give a page's document a version with other values, past the API; returns the one before it."""
    document = branch.entries["page"][uid].documents[locale]
    before = document.latest
    branch.put_entry_version("page", locale, {**before, **fields, "_version": document.version + 1})
    return before
