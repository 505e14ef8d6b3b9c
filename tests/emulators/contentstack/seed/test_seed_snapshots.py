"""Seeds read from stackferry's own snapshots, as docs/format.md describes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stackferry.emulators.contentstack.seed.load import read_seed
from stackferry.errors import SnapshotCorrupt

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.model import Json, JsonObject


def write(path: Path, value: Json) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def entry(uid: str, **more: Json) -> JsonObject:
    return {"uid": uid, "title": uid, "_version": 1, "locale": "en-us", **more}


def snapshot(place: Path) -> Path:
    """A snapshot, written by hand as docs/format.md describes it."""
    digest = "ab" + "0" * 62
    texts: dict[str, tuple[JsonObject, list[JsonObject]]] = {
        "locales.jsonl": ({"kind": "locales"}, [{"code": "en-us", "fallback_locale": None}]),
        "content_types.jsonl": ({"kind": "content_types"}, [{"uid": "page", "schema": []}]),
        "terms.jsonl": ({"kind": "terms"}, [{"taxonomy": "topic", "term": {"uid": "food"}}]),
        "taxonomies.jsonl": ({"kind": "taxonomies"}, [{"uid": "topic"}]),
        "assets.jsonl": ({"kind": "assets"}, [{"uid": "blta", "_version": 2}]),
        "asset_versions.jsonl": ({"kind": "asset_versions"}, [{"uid": "blta", "_version": 1}]),
        "files.jsonl": ({"kind": "files"}, [{"uid": "blta", "version": 2, "sha256": digest, "size": 1}]),
        "releases.jsonl": ({"kind": "releases"}, [{"uid": "bltr", "name": "R"}]),
        "release_items.jsonl": ({"kind": "release_items"}, [{"release": "bltr", "item": {"uid": "blt1"}}]),
    }
    scope: JsonObject = {"content_type": "page", "locale": "en-us"}
    history: JsonObject = {"uid": "blt1", "versions": [{"_version": 1, "_version_name": {"title": "First"}}]}
    texts["entries/page/en-us.jsonl"] = ({"kind": "entries", **scope}, [entry("blt1", _version=2)])
    texts["versions/page/en-us.jsonl"] = ({"kind": "versions", **scope}, [entry("blt1")])
    texts["history/page/en-us.jsonl"] = ({"kind": "history", **scope}, [history])
    files: list[Json] = []
    for name, (facts, rows) in texts.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        files.append({"path": name, **facts})
    write(place / "manifest.json", {"format": 1, "master_locale": "en-us", "files": files})
    return place


def test_a_snapshot_is_read_as_a_seed(tmp_path: Path) -> None:
    """Versions, names, bytes and release items are attached to their objects."""
    seed = read_seed(snapshot(tmp_path))
    assert [(row.content_type, row.locale, row.raw["_version"]) for row in seed.entries] == [
        ("page", "en-us", 1),
        ("page", "en-us", 2),
    ]
    assert [(name.uid, name.version, name.name) for name in seed.version_names] == [
        ("blt1", 1, {"title": "First"})
    ]
    assert [row.content for row in seed.assets] == [None, tmp_path / "files/ab" / ("ab" + "0" * 62)]
    assert [(row.raw["uid"], row.items) for row in seed.releases] == [("bltr", [{"uid": "blt1"}])]
    assert [(row.taxonomy, row.raw["uid"]) for row in seed.terms] == [("topic", "food")]


def test_a_snapshot_that_lacks_a_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    snapshot(tmp_path)
    (tmp_path / "entries/page/en-us.jsonl").unlink()
    with pytest.raises(SnapshotCorrupt, match=r"entries/page/en-us\.jsonl"):
        read_seed(tmp_path)


def test_a_snapshot_cannot_name_a_file_outside(tmp_path: Path) -> None:
    write(tmp_path / "manifest.json", {"format": 1, "files": [{"path": "../x.jsonl", "kind": "labels"}]})
    with pytest.raises(SnapshotCorrupt, match="outside"):
        read_seed(tmp_path)
