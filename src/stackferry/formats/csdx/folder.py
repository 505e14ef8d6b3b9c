"""The folder that holds an export's modules (`content_types/`, `entries/` and so on), and the files in it.

The CLI puts the modules into the directory itself or into a folder named after the branch, and people move them to
`stack/` or `content/main/`. A file that an index lists and that is missing or cut short raises `SnapshotCorrupt`, which
names it. Chunks that no index lists are left over from an earlier export into the same directory and are not read. Must
never write, never follow a link, and never guess between several branches.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.errors import JsonRefused, SnapshotCorrupt, UsageError
from stackferry.formats.json_stream import all_members, stream_members
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import MANIFEST
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.formats.csdx.layout import Rows
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
            return [(text(nested(row, "uid")), row) for row in document]
        raise SnapshotCorrupt(f"{self.files.path(name)}: neither a map nor a list of objects")

    def chunks(self, folder: str, index: str, ending: str) -> Iterator[tuple[str, Rows]]:
        """The rows of every file that an index lists, in its order, with the file's name; of a large one in parts.

        The CLI writes the index last: chunks (files whose name ends in `ending`) without an index are an export
        that was interrupted.
        """
        if not self.exists(f"{folder}/{index}"):
            # A folder without both holds nothing, which is no error.
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

    def _listed(self, index: str) -> Iterator[str]:
        """The names in an index, in its order: its keys are "1", "2", … "10"."""
        listed = self.document(index)
        names = as_object(listed)
        if not isinstance(listed, dict) or not all(isinstance(name, str) for name in names.values()):
            raise SnapshotCorrupt(f"{self.files.path(index)}: not an index of files")
        return (text(names[key]) for key in sorted(names, key=lambda key: (len(key), key)))

    def fingerprint(self) -> str:
        """A digest of the names, sizes and modification times of all files, to see cheaply that nothing changed."""
        digester = hashlib.sha256()
        for name in self.files.walk():
            facts = self.files.path(name).stat()
            digester.update(
                f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
            )
        return digester.hexdigest()


_MODULE_FILES: Final = (
    "export-info.json",
    "content_types/schema.json",
    "locales/locales.json",
    "locales/master-locale.json",
    "global_fields/globalfields.json",
    "environments/environments.json",
    "assets/assets.json",
)
_BACKUP: Final = "_backup_"  # the CLI's import copies the whole export into a folder whose name begins so
_CONTENT: Final = "content"


class ExportRoot(NamedTuple):
    """The folder that holds the modules of one branch, and the branch's name; "" if the export does not say it."""

    path: Path
    branch: str


def is_csdx_export(directory: Path) -> bool:
    """Whether this is an export by the vendor's CLI, of one branch or of several."""
    return directory.is_dir() and bool(_roots(directory))


def find_root(directory: Path, branch: str = "") -> ExportRoot:
    """The folder to read. Raises UsageError if there is none, or if there are several and `branch` names none."""
    if not directory.exists():
        raise UsageError(f"no such directory: {directory}")
    if not directory.is_dir():
        raise UsageError(f"{directory} is not a directory; name an export made by the vendor's CLI")
    roots = _roots(directory)
    if not roots:
        raise UsageError(
            f"{directory} is neither a stackferry snapshot nor an export by the vendor's CLI: it has none of "
            f"{', '.join(_MODULE_FILES[:3])}"
        )
    by_name = {root.name: root for root in roots}
    if branch and branch in by_name:
        return ExportRoot(by_name[branch], branch)
    if len(roots) > 1:
        names = ", ".join(sorted(by_name))
        problem = f"has no branch '{branch}'" if branch else "holds several branches"
        raise UsageError(f"{directory} {problem}: name one of {names} with --branch")
    known = _single_branch(directory, roots[0].name)
    if branch and known and branch != known:
        raise UsageError(f"{directory} has no branch '{branch}': it holds '{known}'")
    return ExportRoot(roots[0], branch or known)


def _single_branch(directory: Path, folder: str) -> str:
    """The branch of an export of one: as its folder is called, or as `branches.json` says if that lists no other."""
    rows = objects(ExportFolder(directory).optional("branches.json"))
    listed = [uid for row in rows if (uid := text(row.get("uid")))]
    if folder in listed:
        return folder
    return listed[0] if len(listed) == 1 else ""


def _roots(directory: Path) -> list[Path]:
    for places in ([directory], _folders(directory), _folders(directory / _CONTENT)):
        found = [place for place in places if _holds_modules(place)]
        if found:
            return found
    return []


def _folders(directory: Path) -> list[Path]:
    if not directory.is_dir():
        return []
    inner = sorted(path for path in directory.iterdir() if path.is_dir())
    return [path for path in inner if not path.name.startswith((".", _BACKUP))]


def _holds_modules(place: Path) -> bool:
    if (place / MANIFEST).is_file():
        return False  # a snapshot, whose `content_types.jsonl` and folders could be mistaken for an export
    return any((place / name).is_file() for name in _MODULE_FILES) or any(
        (place / "content_types").glob("*.json")
    )
