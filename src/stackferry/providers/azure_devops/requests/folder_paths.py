"""Paths of the folders in which definitions lie: the service writes them with backslashes, people do not. Pure."""

from __future__ import annotations


def is_in_folder(folder: str, path: str) -> bool:
    """Whether a path is that of a folder, or below it. Folders are named with any slash, in any case."""
    one, other = (folder_path(part).lower() for part in (folder, path))
    return other == one or other.startswith(f"{one}\\" if one else "\\") or one == ""


def folder_path(path: str) -> str:
    """A folder as the service writes it, from one with any slashes; the root is empty."""
    return "".join(f"\\{part}" for part in path.replace("/", "\\").split("\\") if part)
