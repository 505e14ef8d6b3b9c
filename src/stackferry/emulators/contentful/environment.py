"""What an environment of an emulated space holds.

Plain dataclasses that a test may read. The `put` methods insert raw objects as they are, past every check of the API.
Code that changes the state in another way calls `Environment.changed()`.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from stackferry.emulators.contentful.documents import Document
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject

Rows = dict[str, "JsonObject"]
RowKind = Literal[
    "locales", "tags", "extensions", "app_installations", "workflow_definitions", "workflows", "tasks", "comments",
    "templates",
]  # fmt: skip
DocumentKind = Literal["content_types", "entries", "assets"]
_DERIVED = ("space", "environment", "urn", "fieldStatus", "automationTags")  # of `sys`, made when it is shown


@dataclass(slots=True)
class Release:
    """A release of either generation, and the copies of entities that one of the second holds."""

    raw: JsonObject  # `sys`, `title`, `entities`, and what else was sent
    entries: dict[str, Document] = field(default_factory=dict)
    assets: dict[str, Document] = field(default_factory=dict)

    @property
    def is_timeline(self) -> bool:
        return as_object(self.raw.get("sys")).get("schemaVersion") == "Release.v2"

    @property
    def is_archived(self) -> bool:
        return as_object(self.raw.get("sys")).get("status") == "archived"

    def fork(self) -> Release:
        entries = {key: one.fork() for key, one in self.entries.items()}
        assets = {key: one.fork() for key, one in self.assets.items()}
        return Release(copy.deepcopy(self.raw), entries, assets)


@dataclass(slots=True)
class Environment:
    """One environment: what its part of the path scopes."""

    id: str
    raw: JsonObject
    locales: Rows = field(default_factory=dict)  # by id
    tags: Rows = field(default_factory=dict)
    extensions: Rows = field(default_factory=dict)
    app_installations: Rows = field(default_factory=dict)
    content_types: dict[str, Document] = field(default_factory=dict)
    editor_interfaces: Rows = field(default_factory=dict)  # by content type
    entries: dict[str, Document] = field(default_factory=dict)
    assets: dict[str, Document] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    release_actions: Rows = field(default_factory=dict)
    bulk_actions: Rows = field(default_factory=dict)
    bulk_operations: Rows = field(default_factory=dict)
    ui_config: JsonObject = field(default_factory=dict)
    workflow_definitions: Rows = field(default_factory=dict)
    workflows: Rows = field(default_factory=dict)
    tasks: Rows = field(default_factory=dict)
    comments: Rows = field(default_factory=dict)
    templates: Rows = field(default_factory=dict)  # installations of environment templates
    not_listed: set[str] = field(
        default_factory=set
    )  # ids of what no list shows: lists may follow after a while
    sorted_rows: dict[tuple[str, ...], list[Any]] = field(
        default_factory=dict
    )  # of listings, for their later pages
    live_values: dict[tuple[str, str, str], dict[bytes, set[str]]] = field(
        default_factory=dict
    )  # see `unique`

    def changed(self) -> None:
        """Forget the sorted rows: something in the environment has changed."""
        self.sorted_rows.clear()

    @property
    def default_locale(self) -> str:
        """The code of the default locale."""
        return next(
            (text(raw.get("code")) for raw in self.locales.values() if raw.get("default") is True), "en-US"
        )

    @property
    def locale_codes(self) -> list[str]:
        return [text(raw.get("code")) for raw in self.locales.values()]

    def fork(self, uid: str, raw: JsonObject) -> Environment:
        """A clone. Workflows, tasks, comments and actions stay behind."""
        tables = (
            "locales",
            "tags",
            "extensions",
            "app_installations",
            "editor_interfaces",
            "ui_config",
            "templates",
        )
        copies: dict[str, Any] = {name: copy.deepcopy(getattr(self, name)) for name in tables}
        for kind in get_args(DocumentKind):
            copies[kind] = {key: one.fork() for key, one in getattr(self, kind).items()}
        left = (
            "release_actions",
            "bulk_actions",
            "bulk_operations",
            "workflow_definitions",
            "workflows",
            "tasks",
        )
        empty: dict[str, Any] = {name: {} for name in (*left, "comments", "sorted_rows", "live_values")}
        releases = {key: one.fork() for key, one in self.releases.items()}
        return replace(self, id=uid, raw=raw, releases=releases, **copies, **empty)

    def put(self, kind: RowKind, raw: JsonObject) -> None:
        """An object of a kind that is one table of plain records."""
        if (
            kind == "locales" and raw.get("default") is True
        ):  # it takes the place of the one that a new space has
            self.locales = {key: row for key, row in self.locales.items() if row.get("default") is not True}
        getattr(self, kind)[_id(raw) or _app(raw)] = _stored(raw)
        self.changed()

    def put_editor_interface(self, raw: JsonObject) -> None:
        """The editor interface of the content type that its `sys.contentType` names."""
        named = as_object(as_object(as_object(raw.get("sys")).get("contentType")).get("sys"))
        self.editor_interfaces[text(named.get("id"))] = _stored(raw)

    def put_content_type(
        self, raw: JsonObject, live: JsonObject | None = None, snapshots: Iterable[JsonObject] = ()
    ) -> None:
        """A content type. `live` is what is published of it, where that is not the same."""
        document = self._put("content_types", raw, live, snapshots)
        document.live_locales = frozenset()

    def put_entry(
        self, raw: JsonObject, live: JsonObject | None = None, snapshots: Iterable[JsonObject] = ()
    ) -> Document:
        """An entry. `live` is the published one, where that is not the same; `snapshots` are oldest first."""
        return self._put("entries", raw, live, snapshots)

    def put_asset(self, raw: JsonObject, live: JsonObject | None = None) -> Document:
        """An asset; its files are put into the space."""
        return self._put("assets", raw, live, ())

    def _put(
        self, kind: DocumentKind, raw: JsonObject, live: JsonObject | None, snapshots: Iterable[JsonObject]
    ) -> Document:
        document = document_from(raw, live, self.locale_codes)
        document.snapshots = [*snapshots]
        getattr(self, kind)[document.id] = document
        self.changed()
        return document

    def put_release(
        self, raw: JsonObject, entries: Iterable[JsonObject] = (), assets: Iterable[JsonObject] = ()
    ) -> None:
        """A release, with the copies of entities that one of the second generation holds."""
        release = Release(_stored(raw))
        for table, rows in ((release.entries, entries), (release.assets, assets)):
            table |= {_id(row): document_from(row, None, self.locale_codes) for row in rows}
        self.releases[_id(raw)] = release
        self.changed()


def _id(raw: JsonObject) -> str:
    return text(as_object(raw.get("sys")).get("id"))


def _app(raw: JsonObject) -> str:
    """The app that an installation is of: it has no id of its own."""
    return text(nested(raw, "sys", "appDefinition", "sys", "id"))


def _stored(raw: JsonObject) -> JsonObject:
    """A copy, so that spaces filled from one object share nothing."""
    raw = copy.deepcopy(raw)
    sys = {name: value for name, value in as_object(raw.get("sys")).items() if name not in _DERIVED}
    return {**raw, "sys": sys}


def document_from(raw: JsonObject, live: JsonObject | None, codes: Iterable[str]) -> Document:
    """A document from what the API shows of it.

    What is live is the published body if it is given; else the same body, in the locales whose `fieldStatus` is not
    draft, and in all of them where that is not told.
    """
    stored = _stored(raw)
    body = {name: value for name, value in stored.items() if name != "sys"}
    document = Document(as_object(stored["sys"]), body)
    if document.state not in ("published", "changed"):
        return document
    told = as_object(as_object(as_object(raw.get("sys")).get("fieldStatus")).get("*"))
    shown = {name: value for name, value in _stored(live or raw).items() if name != "sys"}
    document.live_locales = frozenset(code for code in codes if told.get(code, "published") != "draft")
    document.live = (
        _in_locales(shown, document.live_locales) if "fields" in body and _is_content(raw) else shown
    )
    document.live_sys = _live_sys(document.sys, live)
    return document


def _is_content(raw: JsonObject) -> bool:
    return as_object(raw.get("sys")).get("type") in ("Entry", "Asset")


def _in_locales(body: JsonObject, codes: frozenset[str]) -> JsonObject:
    fields = {
        name: {code: value for code, value in as_object(values).items() if code in codes}
        for name, values in as_object(body.get("fields")).items()
    }
    return {**body, "fields": {name: values for name, values in fields.items() if values}}


def _live_sys(sys: JsonObject, live: JsonObject | None) -> JsonObject:
    """`sys` as it was after the publish: with the version that it had then."""
    if live and "sys" in live:
        return as_object(_stored(live)["sys"])
    published = sys["publishedVersion"]
    after = published + 1 if isinstance(published, int) else 1
    return {**sys, "version": after, "updatedAt": sys.get("publishedAt", sys.get("updatedAt"))}
