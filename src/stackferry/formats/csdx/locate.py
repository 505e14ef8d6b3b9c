"""Finds the folder of a directory that holds an export's modules (`content_types/`, `entries/` and so on).

The CLI puts them into the directory itself or into a folder named after the branch, and people move them to
`stack/` or `content/main/`. Must never write, and never guess between several branches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import UsageError
from stackferry.formats.csdx.folder import ExportFolder
from stackferry.io.storage.snapshot_layout import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.model import Json

_MARKS: Final = (
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


class Root(NamedTuple):
    """The folder that holds the modules of one branch, and the branch's name; "" if the export does not say it."""

    path: Path
    branch: str


def is_csdx_export(directory: Path) -> bool:
    """Whether this is an export by the vendor's CLI, of one branch or of several."""
    return directory.is_dir() and bool(_roots(directory))


def find_root(directory: Path, branch: str = "") -> Root:
    """The folder to read. Raises UsageError if there is none, or if there are several and `branch` names none."""
    if not directory.is_dir():
        raise UsageError(f"{directory} is not a directory; name an export made by the vendor's CLI")
    roots = _roots(directory)
    if not roots:
        raise UsageError(
            f"{directory} is neither a stackferry snapshot nor an export by the vendor's CLI: it has none of "
            f"{', '.join(_MARKS[:3])}"
        )
    return _chosen(directory, roots, branch)


def _chosen(directory: Path, roots: list[Path], branch: str) -> Root:
    listed = _branches(directory)
    by_name = {root.name: root for root in roots}
    if branch and branch in by_name:
        return Root(by_name[branch], branch)
    if len(roots) > 1:
        names = ", ".join(sorted(by_name))
        wanted = f"has no branch '{branch}'" if branch else "holds several branches"
        raise UsageError(f"{directory} {wanted}: name one of {names}")
    known = roots[0].name if roots[0].name in listed else listed[0] if len(listed) == 1 else ""
    if branch and known and branch != known:
        raise UsageError(f"{directory} has no branch '{branch}': it holds '{known}'")
    return Root(roots[0], branch or known)


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
    return any((place / mark).is_file() for mark in _MARKS) or any((place / "content_types").glob("*.json"))


def _branches(directory: Path) -> list[str]:
    """The branches that `branches.json` names."""
    rows: Json = ExportFolder(directory).optional("branches.json")
    uids = [row.get("uid") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [uid for uid in uids if isinstance(uid, str)]
