"""The files of assets beside an export: where the vendor's tools put the file of an address, and look for it.

HOST/SPACE/ASSET/TOKEN/NAME below the folder of the JSON file. contentful-export decodes the name, or gives it as the
asset does; contentful-import looks for it as it is in the address. Must never leave the folder, and never write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from stackferry.errors import SnapshotCorrupt
from stackferry.io.storage.files import Files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LONGEST: Final = 255  # bytes of a name on most file systems


class AssetFolder:
    """The folder of an export."""

    def __init__(self, root: Path) -> None:
        self.files = Files(root)

    def file_of(self, url: str, file_name: str = "") -> str:
        """The name of the file of an address, from the folder; empty where it is not there."""
        return next((name for name in names_of(url, file_name) if self._holds(name)), "")

    def _holds(self, name: str) -> bool:
        try:
            return self.files.exists(name) and self.files.path(name).is_file()
        except SnapshotCorrupt:  # a link, or a name that leads out of the folder
            return False


def names_of(url: str, file_name: str = "") -> Iterator[str]:
    """The names that a file may have in the folder, the usual one first; none for an address that would leave it."""
    steps = _steps(url)
    decoded = [unquote(step) for step in steps]
    choices = [decoded, steps, *([[*steps[:-1], file_name]] if file_name else [])]
    yield from dict.fromkeys(filter(None, map(_name, choices)))


def written_name(url: str) -> str:
    """The name of a file as the importer looks for it; empty where a disk cannot hold that."""
    return _name(_steps(url))


def _steps(url: str) -> list[str]:
    """The host of an address and the steps of its path; none for what is no address."""
    try:
        parts = urlsplit(_with_scheme(url))
    except ValueError:
        return []
    return [parts.netloc, *parts.path.strip("/").split("/")]


def _name(steps: list[str]) -> str:
    """The path of these steps; empty for one that would leave the folder, or that a disk cannot hold."""
    return "/".join(steps) if len(steps) > 1 and all(map(_is_name, steps)) else ""


def _is_name(step: str) -> bool:
    is_plain = step not in ("", ".", "..") and not {"/", "\\", "\0"} & {*step}
    return is_plain and len(step.encode("utf-8", "surrogatepass")) <= _LONGEST


def _with_scheme(url: str) -> str:
    return f"https:{url}" if url.startswith("//") else url
