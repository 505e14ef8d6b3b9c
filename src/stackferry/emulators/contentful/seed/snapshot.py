"""A space from a snapshot of stackferry, past the emulated API: ids, versions, times and states are the source's.

The manifest says which file holds what; digests are not checked here: that is what `verify` is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

from stackferry.emulators.contentful.environment import RowKind
from stackferry.emulators.contentful.history import snapshot_of
from stackferry.emulators.contentful.space import StoredFile
from stackferry.emulators.snapshot_files import SnapshotFiles, system_of
from stackferry.emulators.values import integer_or
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful.app import Emulator
    from stackferry.emulators.contentful.environment import Environment
    from stackferry.emulators.contentful.space import Space, SpaceKind
    from stackferry.model import JsonObject

_OF_SPACE: dict[str, SpaceKind] = {
    "webhooks": "webhooks",
    "roles": "roles",
    "api_keys": "api_keys",
    "preview_api_keys": "preview_api_keys",
    "scheduled_actions": "scheduled_actions",
}
_DERIVED = ("space", "environment", "urn", "fieldStatus", "automationTags", "release")


def is_snapshot(folder: Path) -> bool:
    """Whether a folder holds a snapshot of a space."""
    return system_of(folder) == "contentful"


def add_space(service: Emulator, folder: Path, *, key: str, token: str) -> Space:
    """A new space that holds a snapshot in `master`. Raises `SnapshotCorrupt` naming a file that cannot be read."""
    files = SnapshotFiles(folder)
    locale = text(files.manifest.get("master_locale")) or "en-US"
    organization = next(
        (text(nested(row, "sys", "organization", "sys", "id")) for row in files.rows("space")), ""
    )
    home = f"{key}-{organization or 'organization'}"[:64]
    space = service.add_space(key=key, token=token, locale=locale, organization=home)
    _Loader(space, space.master, files).load()
    return space


def _by_id(files: SnapshotFiles, kind: str) -> dict[str, JsonObject]:
    return {_id(row): row for row in files.rows(kind)}


def _id(row: JsonObject) -> str:
    return text(nested(row, "sys", "id"))


@dataclass(slots=True)
class _Loader:
    """Puts what the files hold into an environment."""

    space: Space
    environment: Environment
    files: SnapshotFiles
    kinds: dict[str, str] = field(default_factory=dict)  # media types, by path of a file's URL

    def load(self) -> None:
        for kind in get_args(RowKind):
            for row in self.files.rows(kind):
                self.environment.put(kind, row)
        self._types()
        self._assets()
        self._entries()
        self._releases()
        self._rest()

    def _types(self) -> None:
        live, history = _by_id(self.files, "published_content_types"), self._history("content_type_snapshots")
        for row in self.files.rows("content_types"):
            shown = live.get(_id(row))
            self.environment.put_content_type(row, shown, history.get(_id(row)) or _only(row, shown))
        for row in self.files.rows("editor_interfaces"):
            self.environment.put_editor_interface(row)

    def _history(self, kind: str) -> dict[str, list[JsonObject]]:
        """Snapshots, oldest first, by the id of what they are of."""
        found: dict[str, list[JsonObject]] = {}
        for row in self.files.rows(kind):
            inner = as_object(row.get("snapshot"))
            kept = {**row, "sys": _sys(row), "snapshot": {**inner, "sys": _sys(inner)}}
            found.setdefault(_id(inner), []).append(kept)
        for rows in found.values():
            rows.sort(key=lambda row: integer_or(nested(row, "snapshot", "sys", "version")))
        return found

    def _entries(self) -> None:
        live, history = _by_id(self.files, "published_entries"), self._history("entry_snapshots")
        for row in self.files.rows("entries"):
            shown = live.get(_id(row))
            self.environment.put_entry(row, shown, history.get(_id(row)) or _only(row, shown))

    def _assets(self) -> None:
        live = _by_id(self.files, "published_assets")
        for row in self.files.rows("assets"):
            published = live.get(_id(row))
            self.environment.put_asset(self._own(row), self._own(published) if published else None)
        for row in self.files.rows("files"):
            address = urlsplit(text(row.get("uid")))
            path, digest = self._path(address.path), text(row.get("sha256"))
            content = self.files.path(f"files/{digest[:2]}/{digest}")
            stored = StoredFile(content if content.is_file() else None, self.kinds.get(path, ""))
            stored.secure = ".secure." in f".{address.netloc}"
            self.space.files[path] = stored

    def _path(self, path: str) -> str:
        """The path of a file's URL, in this space."""
        return "/".join(["", self.space.id, *path.strip("/").split("/")[1:]])

    def _own(self, asset: JsonObject) -> JsonObject:
        """The asset with the URLs of its files as paths of this space."""
        fields = as_object(asset.get("fields"))
        files = as_object(fields.get("file"))
        for value in files.values():
            file = as_object(value)
            if url := text(file.get("url")):
                file["url"] = self._path(urlsplit(url).path)
                self.kinds[text(file["url"])] = text(file.get("contentType"))
        return asset

    def _releases(self) -> None:
        """Releases, with the copies that those of the second generation hold."""
        scoped: dict[str, tuple[list[JsonObject], list[JsonObject]]] = {}
        for kind, at in (("release_entries", 0), ("release_assets", 1)):
            for row in self.files.rows(kind):
                release = text(nested(row, "sys", "release", "sys", "id"))
                kept = self._own({**row, "sys": _sys(row)})
                scoped.setdefault(release, ([], []))[at].append(kept)
        for row in self.files.rows("releases"):
            self.environment.put_release(row, *scoped.get(_id(row), ([], [])))
        for row in self.files.rows("release_actions"):
            of = nested(row, "sys", "release")
            self.environment.release_actions[_id(row)] = {**row, "sys": {**_sys(row), "release": of}}

    def _rest(self) -> None:
        for kind, table in _OF_SPACE.items():
            for row in self.files.rows(kind):
                self.space.put(table, row)
        for row in self.files.rows("environment_aliases"):
            if text(nested(row, "environment", "sys", "id")) in self.space.environments:
                self.space.put("aliases", row)
        for row in self.files.rows("ui_config"):
            self.environment.ui_config = {**row, "sys": _sys(row)}
        self._organization()

    def _organization(self) -> None:
        """Taxonomy without what is derived of it, and definitions for the apps that are installed."""
        home = self.space.organization
        for row in self.files.rows("concepts"):
            home.concepts[_id(row)] = {name: value for name, value in row.items() if name != "conceptSchemes"}
        for row in self.files.rows("concept_schemes"):
            home.concept_schemes[_id(row)] = {
                name: value for name, value in row.items() if name != "totalConcepts"
            }
        for uid in self.environment.app_installations:
            home.app_definitions[uid] = {"name": uid, "sys": {"type": "AppDefinition", "id": uid}}


def _only(row: JsonObject, live: JsonObject | None) -> list[JsonObject]:
    """The snapshot of what is live, where no history was exported: every publish has left one."""
    body, sys = live or row, _sys(live or row)
    if "publishedVersion" not in as_object(row.get("sys")):
        return []
    left_out = ("sys", "metadata") if sys.get("type") == "Entry" else ("sys",)
    if live is None:
        sys = {**sys, "version": integer_or(sys.get("publishedVersion")) + 1}
    kept = {name: value for name, value in body.items() if name not in left_out}
    return [snapshot_of(f"{_id(row)[:50]}.live", kept, sys)]


def _sys(row: JsonObject) -> JsonObject:
    return {name: value for name, value in as_object(row.get("sys")).items() if name not in _DERIVED}
