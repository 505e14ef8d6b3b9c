"""The files of an export: JSON documents, maps of objects, chunks that an index lists.

A file that an index lists and that is missing or cut short raises `SnapshotCorrupt`, which names it. Chunks that
no index lists are left over from an earlier export into the same directory and are not read. Must never write,
and never follow a link.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.errors import JsonRefused, SnapshotCorrupt
from stackferry.formats.csdx.json_stream import all_members, stream_members
from stackferry.io.storage.files import Files
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.formats.csdx.rows import Rows
    from stackferry.model import Json, JsonObject

_REPEATED_KEY: Final = "a key is given twice"  # the reason that `exact_json` gives
_STREAM_FROM: Final = 1 << 18  # bytes: a file of this size or more is read in parts
_READ_SIZE: Final = 1 << 16  # bytes
_BATCH: Final = 100  # rows


class ExportFolder:
    """The folder that holds an export's modules. Names are paths from it, with "/".

    Every method that reads raises SnapshotCorrupt, naming the file, where it is damaged.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = Files(root)

    def names(self, folder: str = "", *, hidden: bool = False) -> list[str]:
        """The names in a folder, sorted; without hidden files unless asked for. Empty if there is no such folder."""
        if folder and not self.is_folder(folder):
            return []
        return [name for name in self.files.listing(folder) if hidden or not name.startswith(".")]

    def is_folder(self, name: str) -> bool:
        return self.files.path(name).is_dir()

    def exists(self, name: str) -> bool:
        return self.files.exists(name)

    def document(self, name: str) -> Json:
        """A JSON document, which must be there."""
        try:
            return exact_json.loads(self.files.read(name))
        except JsonRefused as refused:
            raise SnapshotCorrupt(f"{self.files.path(name)}: cannot be read: {refused}") from refused

    def optional(self, name: str) -> Json:
        """A JSON document, or null if there is no such file."""
        return self.document(name) if self.exists(name) else None

    def rows(self, name: str) -> Rows:
        """The objects of a file `{uid: object}` or `[object]` with their keys; none if there is no such file.

        The CLI appends pages to a file. Where rows moved between two pages, a key is in it twice: both come out.
        """
        pairs = self._pairs(name) if self.exists(name) else []
        rows = [(key, row) for key, row in pairs if isinstance(row, dict)]
        if len(rows) != len(pairs):
            raise SnapshotCorrupt(f"{self.files.path(name)}: holds something that is not an object")
        return rows

    def batches(self, name: str) -> Iterator[Rows]:
        """The same rows in lists of at most 100, so that a large file is never whole in memory."""
        if not self.exists(name) or self.files.size(name) < _STREAM_FROM:
            yield self.rows(name)
            return
        count = 0
        try:
            for batch in batched(self._streamed(name), _BATCH):
                count += len(batch)
                yield [*batch]
        except (ValueError, RecursionError, JsonRefused):
            # The strict reader names the place of the error. Where it can read the file after all, go on from here.
            yield self.rows(name)[count:]

    def _streamed(self, name: str) -> Iterator[tuple[str, JsonObject]]:
        for key, row in stream_members(self.files.chunks(name, _READ_SIZE)):
            if not isinstance(row, dict):
                raise ValueError("not an object")  # noqa: TRY004 - a damaged file, no mistake of ours
            yield key, row

    def _pairs(self, name: str) -> list[tuple[str, Json]]:
        data = self.files.read(name)
        try:
            document = exact_json.loads(data)
        except JsonRefused as refused:
            pairs = all_members(data) if refused.reason == _REPEATED_KEY else None
            if pairs is None:
                raise SnapshotCorrupt(f"{self.files.path(name)}: cannot be read: {refused}") from refused
            return pairs
        if isinstance(document, dict):
            return [*document.items()]
        if isinstance(document, list):
            return [(_uid(row), row) for row in document]
        raise SnapshotCorrupt(f"{self.files.path(name)}: neither a map nor a list of objects")

    def chunks(self, folder: str, index: str, ending: str) -> Iterator[tuple[str, Rows]]:
        """The rows of every file that an index lists, in its order, with the file's name; of a large one in parts.

        The CLI writes the index last: chunks (files whose name ends in `ending`) without an index are an export
        that was interrupted.
        """
        if not self.exists(f"{folder}/{index}"):
            chunks = [name for name in self.names(folder) if name.endswith(ending)]
            if chunks:
                raise SnapshotCorrupt(
                    f"{self.files.path(f'{folder}/{index}')}: missing, though {chunks[0]} lies beside it: this export "
                    "was interrupted; export again"
                )
            return
        for name in self._listed(f"{folder}/{index}"):
            chunk = f"{folder}/{name}"
            if not self.exists(chunk):
                raise SnapshotCorrupt(f"{self.files.path(chunk)}: missing, though its index lists it")
            for rows in self.batches(chunk):
                yield chunk, rows

    def _listed(self, index: str) -> list[str]:
        document = self.document(index)
        names = as_object(document)
        if not isinstance(document, dict) or not all(isinstance(name, str) for name in names.values()):
            raise SnapshotCorrupt(f"{self.files.path(index)}: not an index of files")
        # Keys are "1", "2", … "10": by length first is by number.
        return [str(names[key]) for key in sorted(names, key=lambda key: (len(key), key))]

    def stamp(self) -> str:
        """A digest of the names, sizes and modification times of all files, to see cheaply that nothing changed."""
        digester = hashlib.sha256()
        for name in self.files.walk():
            facts = self.files.path(name).stat()
            digester.update(
                f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
            )
        return digester.hexdigest()


def _uid(row: Json) -> str:
    return text(nested(row, "uid"))
