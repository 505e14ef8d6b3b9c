"""Four exports of real stacks: every object is counted independently, and survives a conversion there and back."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from csdx_trees import rows

from repository import CONTENTSTACK_EXPORTS
from stackferry.formats.csdx.convert import csdx_to_snapshot, is_csdx_export, snapshot_to_csdx

if TYPE_CHECKING:
    from stackferry.io.storage.snapshot import Snapshot

DATASETS = CONTENTSTACK_EXPORTS
ROOTS = {
    "academy-starter-app": "main",
    "compass-starter-stack": "stack",
    "nextJS-CS-modeling": "stack",
    "stack-evtrader": "stack",
}
MASTERS = {"academy-starter-app": "en-us", "compass-starter-stack": "en"}


@pytest.fixture(scope="module", params=sorted(ROOTS))
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Snapshot]:
    """The name of a real export, and the snapshot that is made of it, once for all tests."""
    name: str = request.param
    return name, csdx_to_snapshot(dataset(name), tmp_path_factory.mktemp(name) / "snapshot")


def dataset(name: str) -> Path:
    if not (DATASETS / name).is_dir():
        pytest.skip("the real exports of ../shared/datasets are not here")
    return DATASETS / name


def _load(path: Path) -> Any:
    return json.loads(path.read_bytes()) if path.is_file() else {}


def _entries(root: Path) -> Counter[tuple[str, str]]:
    """How many entries of each type there are in each language: in one file, or in those that an index lists."""
    found: Counter[tuple[str, str]] = Counter()
    for kind in (root / "entries").iterdir():
        for place in kind.iterdir():
            chunks = [place / name for name in _load(place / "index.json").values()]
            found[kind.name, place.stem] += sum(len(_load(file)) for file in chunks or [place])
    return +found


def _assets(root: Path) -> dict[str, Any]:
    held = _load(root / "assets/assets.json")
    if all(isinstance(value, str) for value in held.values()):
        return {uid: row for name in held.values() for uid, row in _load(root / "assets" / name).items()}
    return dict(held)


def _has_bytes(root: Path, uid: str) -> bool:
    places = (root / "assets/files" / uid, root / "assets" / uid)
    return any(not path.name.startswith("_contentstack_") for place in places for path in place.glob("*"))


def _count(root: Path) -> dict[str, int]:
    maps = ("environments", "extensions", "labels", "webhooks", "workflows")
    found = {name: len(_load(root / name / f"{name}.json")) for name in maps}
    found["global_fields"] = len(_load(root / "global_fields/globalfields.json"))
    found["content_types"] = len(_load(root / "content_types/schema.json"))
    found["folders"] = len(_load(root / "assets/folders.json"))
    found["assets"] = len(_assets(root))
    found["entries"] = sum(_entries(root).values())
    taxonomies = _load(root / "taxonomies/taxonomies.json")
    found["taxonomies"] = len(taxonomies)
    found["terms"] = sum(len(_load(root / f"taxonomies/{uid}.json")["terms"]) for uid in taxonomies)
    found["variants"] = sum(len(_load(file)) for file in root.rglob("*-variant-entry.json"))
    return {kind: number for kind, number in found.items() if number}


def test_every_object_of_a_real_export_is_in_the_snapshot(real: tuple[str, Snapshot]) -> None:
    """The manifest has the counts that reading the files without this package gives, for every type and language."""
    name, snapshot = real
    root = dataset(name) / ROOTS[name]
    assert is_csdx_export(dataset(name))
    counts: Any = snapshot.manifest["counts"]
    derived = ("locales", "files", "variant_groups")
    assert {kind: n for kind, n in counts.items() if kind not in derived} == _count(root)
    files: Any = snapshot.manifest["files"]
    held = {(f["content_type"], f["locale"]): f["lines"] for f in files if f.get("kind") == "entries"}
    assert held == dict(_entries(root))
    assert snapshot.manifest["master_locale"] == MASTERS.get(name, "en-us")


def test_every_binary_of_a_real_export_is_kept_or_is_a_gap(real: tuple[str, Snapshot]) -> None:
    """An asset has its bytes in the snapshot, or a gap if the export does not hold them."""
    name, snapshot = real
    root = dataset(name) / ROOTS[name]
    missing = {uid for uid in _assets(root) if not _has_bytes(root, uid)}
    assert {gap["uid"] for gap in snapshot.gaps() if gap["kind"] == "files"} == missing
    assert {row["uid"] for row in rows(snapshot, "files.jsonl")} == set(_assets(root)) - missing
    dropped = _load(dataset(name) / "TRIMMED.json").get("dropped", [])
    assert missing >= {Path(row["path"]).parent.name for row in dropped} & set(_assets(root))
    assert [*snapshot.verify()] == []


def test_entries_of_a_real_export_are_copied_unchanged(real: tuple[str, Snapshot]) -> None:
    name, snapshot = real
    root = dataset(name) / ROOTS[name]
    for kind, locale in _entries(root):
        place = root / "entries" / kind / locale
        index = _load(place / "index.json")
        files = [place / file for file in index.values()] or [place.with_name(f"{locale}.json")]
        exported = {uid: row for file in files for uid, row in _load(file).items()}
        assert {row["uid"]: row for row in rows(snapshot, f"entries/{kind}/{locale}.jsonl")} == exported


def test_a_real_export_converted_to_csdx_and_back_is_the_same_snapshot(
    real: tuple[str, Snapshot], tmp_path: Path
) -> None:
    """Every file comes back byte for byte, but those whose kinds were reported as gaps."""
    first = real[1]
    gaps = snapshot_to_csdx(first, tmp_path / "csdx")
    second = csdx_to_snapshot(tmp_path / "csdx", tmp_path / "second")
    lost = {f"{gap.kind}.jsonl" for gap in gaps}
    files = {str(entry["path"]): entry["sha256"] for entry in first.file_entries()}
    assert {str(entry["path"]): entry["sha256"] for entry in second.file_entries()} == {
        path: digest for path, digest in files.items() if path not in lost
    }
    assert second.manifest["source"] == first.manifest["source"]
