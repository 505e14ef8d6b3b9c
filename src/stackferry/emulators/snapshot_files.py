"""The files of a snapshot, as its manifest lists them: what an emulator is filled from.

Digests are not checked here: that is what `verify` is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import JsonRefused, SnapshotCorrupt
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.model import Json, JsonObject

MANIFEST = "manifest.json"


def system_of(folder: Path) -> str:
    """The system whose snapshot a folder holds; empty where it holds none."""
    manifest = folder / MANIFEST
    try:
        content = exact_json.loads(manifest.read_bytes()) if manifest.is_file() else None
    except (OSError, JsonRefused):
        return ""
    return text(nested(content, "source", "system"))


class SnapshotFiles:
    """The files that a manifest lists, by kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = as_object(self._document(folder / MANIFEST))
        self._listed = objects(self.manifest.get("files"))

    def _document(self, path: Path) -> Json:
        try:
            return exact_json.loads(path.read_bytes())
        except OSError as error:
            raise SnapshotCorrupt(f"{path} cannot be read: {error.strerror}") from error
        except JsonRefused as error:
            raise SnapshotCorrupt(f"{path} is not JSON that can be kept: {error}") from error

    def path(self, name: str) -> Path:
        """A listed file. A name that leads out of the folder is refused."""
        if name.startswith("/") or ".." in name.split("/"):
            raise SnapshotCorrupt(f"{self.folder / MANIFEST} names a file outside of the snapshot: {name}")
        return self.folder / name

    def rows(self, kind: str) -> Iterator[JsonObject]:
        """The records of all files of a kind."""
        for listed in self._listed:
            if listed.get("kind") == kind:
                yield from self._records(self.path(text(listed.get("path"))))

    def _records(self, path: Path) -> Iterator[JsonObject]:
        try:
            with path.open("rb") as stream:
                for number, line in enumerate(stream, 1):
                    try:
                        yield as_object(exact_json.loads(line))
                    except JsonRefused as error:
                        raise SnapshotCorrupt(
                            f"{path} line {number} is not JSON that can be kept: {error}"
                        ) from error
        except OSError as error:
            raise SnapshotCorrupt(f"{path} cannot be read: {error.strerror}") from error

    def content(self, row: JsonObject) -> Path:
        """The bytes that a record of a file names by their SHA-256."""
        digest = text(row.get("sha256"))
        return self.path(f"files/{digest[:2]}/{digest}")
