"""A snapshot with other records than the one that it is a copy of: what somebody edited between two nights."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Edit = Callable[[dict[str, Any]], Any]


HOSTILE = "</h3></script><script>document.title='run'</script><img src=x onerror=\"alert(1)\"> ' \u202eevil"
HOME, ABOUT, GETTING = "blt727bdd3c34949fbc", "bltf114826c7723684c", "blt589b04ef6a6c2197"


def edited_snapshot(original: Path, copy: Path, edits: Mapping[str, Edit]) -> Path:
    """A copy in which the records of some files are edited, by path. An edit changes records by their uid: the file's
    records, which it may change, take away and add to."""
    shutil.copytree(original, copy)
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    for path, edit in edits.items():
        entry = next(one for one in manifest["files"] if one["path"] == path)
        rows = [json.loads(line) for line in (copy / path).read_text("utf-8").splitlines()]
        by_uid = {_uid(row): row for row in rows}
        edit(by_uid)
        lines = [_canonical(by_uid[uid]) for uid in sorted(by_uid)]
        content = "".join(f"{line}\n" for line in lines).encode()
        (copy / path).write_bytes(content)
        manifest["counts"][entry["kind"]] += len(lines) - entry["lines"]
        entry.update(lines=len(lines), size=len(content), sha256=hashlib.sha256(content).hexdigest())
    (copy / "manifest.json").write_text(f"{_canonical(manifest)}\n", "utf-8")
    return copy


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _uid(row: dict[str, Any]) -> str:
    return str(row.get("uid") or row.get("sys", {}).get("id") or row.get("id") or json.dumps(row))


def edit_pages(rows: dict[str, Any]) -> None:
    """What an editor did overnight: a paragraph put in, words changed, a block moved, a page deleted."""
    home = rows[HOME]
    hero, text, teasers = home["sections"]
    home["title"], home["_version"] = HOSTILE, 2
    hero["hero"]["heading"] = "Welcome ashore, at last"
    paragraphs = text["text"]["body"]["children"]
    paragraphs[0]["children"][0]["text"] = "A small and lively harbour, and everything worth seeing in it."
    paragraphs.insert(0, {"type": "p", "uid": "new", "attrs": {}, "children": [{"text": "Put in front."}]})
    home["sections"] = [teasers, hero, text]
    home["publish_details"][0]["version"] = 2
    rows[GETTING]["sections"][1]["practical"]["opening"]["hours"][0]["closes"] = "18:00"
    del rows[ABOUT]
