"""A small emulated stack on a socket, for tests of the API client and of the commands that use it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from stackferry.emulators.contentstack import Branch, Emulator, Stack, Switches, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.application import Answer, Scope

KEY, TOKEN = "blt_invented_stack", "cs-invented-token"
LIVE, DRAFTS = "blt0000000000000001", "blt0000000000000002"
PICTURE, FIRST, SECOND = "blt00000000000000b1", "blt00000000000000e1", "blt00000000000000e2"
STAGES = ("blt00000000000000a1", "blt00000000000000a2")
SPRING = "blt00000000000000d1"
Row = dict[str, Any]


class RecordingEmulator(Emulator):
    """An emulator that records the query and the JSON body of each request."""

    def __init__(self, *, switches: Switches | None = None) -> None:
        super().__init__(switches=switches)
        self.sent: list[tuple[Row, Any]] = []

    def answer(self, scope: Scope, body: bytes) -> Answer:
        is_json = body.startswith(b"{")
        self.sent.append(
            (dict(parse_qsl(scope["query_string"].decode())), json.loads(body) if is_json else None)
        )
        return super().answer(scope, body)


@dataclass
class LiveStack:
    """The emulator's state, with short ways to read what tests check."""

    emulator: RecordingEmulator
    stack: Stack
    origin: str

    @property
    def place(self) -> str:
        return f"contentstack+http://{KEY}@{self.origin.removeprefix('http://')}/main"

    @property
    def branch(self) -> Branch:
        return self.stack.main

    def latest(self, uid: str, locale: str = "en-us") -> Row:
        return self.branch.entries["page"][uid].documents[locale].latest

    def languages(self, uid: str) -> set[str]:
        entry = self.branch.entries["page"].get(uid)
        return set(entry.documents) if entry else set()

    def live(self, uid: str) -> set[tuple[str, str, int]]:
        """What is published of an entry: environment, language, version."""
        found = self.branch.entries["page"][uid].live.values()
        return {(one.environment, one.locale, one.version) for one in found}

    def items(self, release: str = SPRING) -> set[tuple[object, ...]]:
        rows = self.branch.releases[release].items
        return {
            (row["uid"], row["content_type_uid"], row["locale"], row["version"], row["action"])
            for row in rows
        }

    def name(self, uid: str, version: int, locale: str = "en-us") -> object:
        return self.branch.entries["page"][uid].documents[locale].version_names.get(version, {}).get("title")

    def put(self, uid: str, title: str, version: int = 1, locale: str = "en-us") -> None:
        """Add a version of an entry to the emulator's state."""
        self.branch.put_entry_version("page", locale, {**_entry(uid, title), "_version": version})

    def write_log(self) -> list[tuple[str, str]]:
        """Every request other than GET, in order."""
        return [(one.method, one.path) for one in self.emulator.log if one.method != "GET"]


@contextmanager
def open_live_stack(switches: Switches | None = None) -> Iterator[LiveStack]:
    """Two entries (the first in two versions and also in French), an asset, an empty release, a workflow."""
    emulator = RecordingEmulator(switches=switches)
    stack = emulator.add_stack(api_key=KEY, management_token=TOKEN)
    _fill(stack)
    with serve(emulator) as origin:
        yield LiveStack(emulator, stack, origin)
    assert emulator.defects == []


def _fill(stack: Stack) -> None:
    branch = stack.main
    for code in ("fr-fr", "de-de"):
        branch.put_locale({"uid": f"blt{code}", "code": code, "name": code, "fallback_locale": "en-us"})
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": []})
    stack.put("environments", {"uid": DRAFTS, "name": "drafts", "urls": []})
    stack.put_taxonomy({"uid": "place", "name": "Place"})
    stack.put_term("place", {"uid": "oslo", "name": "Oslo"})
    branch.put_content_type({"uid": "page", "title": "Page", "schema": _schema()})
    branch.put_asset({"uid": PICTURE, "title": "Picture", "filename": "p.txt", "_version": 1}, b"picture")
    branch.put_release(
        {"uid": SPRING, "name": "Spring", "description": "flowers", "locked": False, "status": []}
    )
    for version in (1, 2):
        branch.put_entry_version(
            "page", "en-us", {**_entry(FIRST, "First"), "_version": version, "count": version}
        )
    branch.put_entry_version("page", "fr-fr", {**_entry(FIRST, "Premier"), "_version": 1})
    near: Any = [{"uid": FIRST, "_content_type_uid": "page"}]
    branch.put_entry_version("page", "en-us", {**_entry(SECOND, "Second"), "_version": 1, "near": near})
    _add_workflow(stack)


def _add_workflow(stack: Stack) -> None:
    """Add a workflow; both entries are in its first stage."""
    stages: list[Any] = [
        {"uid": uid, "name": name, "next_available_stages": ["$all"]}
        for uid, name in zip(STAGES, ("Draft", "Done"), strict=True)
    ]
    facts: Row = {"enabled": True, "content_types": ["page"], "branches": ["main"], "workflow_stages": stages}
    stack.put("workflows", {"uid": "bltflow", "name": "Flow", **facts})
    for entry in stack.main.entries["page"].values():
        for document in entry.documents.values():
            document.workflow = {"uid": STAGES[0], "name": "Draft"}


def _entry(uid: str, title: str) -> Row:
    return {"uid": uid, "title": title, "tags": [], "updated_at": "2026-01-01T00:00:00.000Z"}


def _field(uid: str, kind: str, **facts: Any) -> Row:
    return {"uid": uid, "display_name": uid, "data_type": kind, "multiple": False, **facts}


def _schema() -> list[Any]:
    teaser = {"uid": "link_component", "title": "Component", "schema": [_field("teaser", "text")]}
    module = [
        _field("module_title", "text"),
        _field("link_components", "blocks", multiple=True, blocks=[teaser]),
    ]
    fixed = [_field("single_line", "text", non_localizable=True), _field("multi_line", "text")]
    return [
        _field("title", "text", mandatory=True, unique=True),
        _field("text", "text"),
        _field("count", "number"),
        _field("numbers", "number", multiple=True),
        _field("near", "reference", reference_to=["page"]),
        _field("rich", "json", field_metadata={"allow_json_rte": True}, reference_to=["sys_assets"]),
        _field(
            "asset_field",
            "json",
            extension_uid="bltext",
            field_metadata={"extension": True, "is_asset": True},
        ),
        _field("banner", "group", multiple=True, schema=[_field("title", "text"), _field("link", "link")]),
        _field("group", "group", multiple=True, schema=fixed),
        _field("taxonomies", "taxonomy", multiple=True, taxonomies=[{"taxonomy_uid": "place"}]),
        _field(
            "content_container",
            "blocks",
            multiple=True,
            blocks=[{"uid": "link_module", "title": "Module", "schema": module}],
        ),
    ]
