"""Reads a snapshot with nothing but `json`, as docs/format.md describes it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def lines(snapshot: Path, kind: str) -> list[Any]:
    """All objects of a kind: a file, or a folder with a file for each content type."""
    files = [snapshot / f"{kind}.jsonl", *(snapshot / kind).glob("*.jsonl")]
    return [
        json.loads(line) for file in files if file.exists() for line in file.read_text("utf-8").splitlines()
    ]


def manifest(snapshot: Path) -> Any:
    return json.loads((snapshot / "manifest.json").read_text("utf-8"))


def damages(snapshot: Path) -> list[str]:
    """What the manifest says of the files and is not so; files that it does not name."""
    named = {row["path"]: row for row in manifest(snapshot)["files"]}
    there = {
        path.relative_to(snapshot).as_posix()
        for path in snapshot.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    wrong = [f"unnamed: {name}" for name in there - set(named)]
    for name, row in named.items():
        content = (snapshot / name).read_bytes() if name in there else b""
        if (len(content), hashlib.sha256(content).hexdigest()) != (row["size"], row["sha256"]):
            wrong.append(f"differs: {name}")
    return wrong
