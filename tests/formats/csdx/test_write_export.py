"""Snapshots written as exports: what the CLI's import reads is there, and what the layout cannot hold is a gap."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from csdx_trees import ASSET, DRAWING, PAGE, chunked, entry, put, put_bytes, rows
from workbench import make_workbench

from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.formats.csdx import write_records
from stackferry.formats.csdx.convert import csdx_to_snapshot, snapshot_to_csdx
from stackferry.io.storage.files import Files
from stackferry.io.storage.sealing import seal
from stackferry.io.storage.snapshot import Snapshot, clear_work
from stackferry.io.storage.staging import Staging
from stackferry.model import Json, JsonObject, Record, Stream

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentstack import Stack

HOSTILE = ("..", "a/b.svg", "\n.svg", "x" * 300, ".htaccess", "")
MANIFEST_HEAD: JsonObject = {
    "source": {"system": "contentstack", "key": "bltinvented", "host": "", "branch": "main"}
}


def make(root: Path, records: list[tuple[Stream, Record]]) -> Snapshot:
    """A sealed snapshot that holds these records."""
    files = Files(root)
    files.mkdir(".work")
    staging = Staging(files.path(".work/staging.sqlite"))
    staging.keep("all", records)
    seal(files, staging, MANIFEST_HEAD)
    staging.close()
    clear_work(files)
    return Snapshot(root)


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def rich(root: Path) -> Path:
    """An export with versions of an entry and of an asset, a workflow, roles, taxonomies and a translation."""
    chunked(root)
    put(root, "entries/page/en-us/aa-entries.json", {"blt_1": entry("blt_1", _version=3)})
    past = [entry("blt_1", _version=number) for number in (3, 2, 1)]
    put(root, "entries/page/en-us/versions/blt_1.json", past)
    put(root, "assets/versions/versioned-assets.json", {"1": "bb-assets.json"})
    put(
        root, "assets/versions/bb-assets.json", {"blt_map_1": {**ASSET, "_version": 1, "filename": "old.svg"}}
    )
    put_bytes(root, "assets/files/blt_map/old.svg", b"older")
    put(root, "global_fields/globalfields.json", [{**PAGE, "uid": "seo"}, {**PAGE, "uid": "globalfields"}])
    put(root, "content_types/schema.json", [PAGE, {**PAGE, "uid": "schema"}])
    role = {"uid": "blt_r", "name": "Harbour master"}
    put(root, "custom-roles/custom-roles.json", {"blt_r": role})
    stage = {"name": "Draft", "SYS_ACL": {"roles": {"uids": [role]}}}
    put(root, "workflows/workflows.json", {"blt_w": {"uid": "blt_w", "workflow_stages": [stage]}})
    put(root, "workflows/publishing-rules.json", {"blt_p": {"uid": "blt_p", "workflow": "blt_w"}})
    both = {uid: {"uid": uid, "name": uid.title()} for uid in ("tides", "winds")}
    put(root, "taxonomies/taxonomies.json", both)
    terms = [{"uid": "ebb", "name": "Ebb"}]
    put(root, "taxonomies/tides.json", {"taxonomy": {"uid": "tides", "name": "Tides"}, "terms": terms})
    for code, name, gale in (("en-us", "Winds", "Gale"), ("de-de", "Winde", "Sturm")):
        translated = [{"uid": "gale", "name": gale}, {"uid": "mistral", "name": "Mistral"}]
        about = {"uid": "winds", "name": name}
        put(root, f"taxonomies/{code}/winds.json", {"taxonomy": about, "terms": translated})
    return root


def test_a_snapshot_converted_to_csdx_and_back_is_the_same(tmp_path: Path) -> None:
    """Translated names included."""
    first = csdx_to_snapshot(rich(tmp_path / "export"), tmp_path / "first")
    assert [row.get("term") for row in rows(first, "translations.jsonl")] == [None, "gale"]
    assert snapshot_to_csdx(first, tmp_path / "csdx") == []
    second = csdx_to_snapshot(tmp_path / "csdx", tmp_path / "second")
    assert [*second.file_entries()] == [*first.file_entries()]


def test_a_term_that_has_a_name_where_its_taxonomy_has_none_is_a_gap(tmp_path: Path) -> None:
    """A file of the layout would give the taxonomy a name in that language too."""
    stack = make_workbench(tmp_path / "bench", fill_places)
    gaps = snapshot_to_csdx(stack.export(), tmp_path / "csdx")
    assert [(gap.kind, gap.uid, gap.locale, gap.path) for gap in gaps if gap.kind == "translations"] == [
        ("translations", "places", "it-it", "quay")
    ]
    assert not (tmp_path / "csdx/taxonomies/it-it").exists()


def fill_places(stack: Stack) -> None:
    stack.main.put_locale({"code": "it-it", "uid": "bltlocale1", "name": "it", "fallback_locale": "en-us"})
    stack.put_taxonomy({"uid": "places", "name": "Places"})
    stack.put_term("places", {"uid": "quay", "name": "Quay", "parent_uid": None})
    stack.put_term("places", {"uid": "quay", "name": "Molo"}, "it-it")


def test_the_files_that_the_clis_import_needs_are_written(tmp_path: Path) -> None:
    """The number of the layout, both forms of schemas, both files of languages, whole roles in workflows."""
    snapshot_to_csdx(csdx_to_snapshot(rich(tmp_path / "export"), tmp_path / "snapshot"), tmp_path / "csdx")
    out = tmp_path / "csdx"
    assert read(out / "export-info.json")["contentVersion"] == 2
    assert [*read(out / "locales/master-locale.json")] == ["blt_en"]
    assert [*read(out / "locales/locales.json")] == ["blt_de"]
    assert [row["uid"] for row in read(out / "content_types/schema.json")] == ["page", "schema"]
    assert read(out / "content_types/schema|1.json")["uid"] == "schema"
    assert read(out / "global_fields/globalfields|1.json")["uid"] == "globalfields"
    stages = read(out / "workflows/workflows.json")["blt_w"]["workflow_stages"]
    assert stages[0]["SYS_ACL"]["roles"]["uids"][0]["name"] == "Harbour master"
    assert [row["_version"] for row in read(out / "entries/page/en-us/versions/blt_1.json")] == [3, 2, 1]
    assert (out / "assets/files/blt_map/old.svg").read_bytes() == b"older"
    (chunk,) = read(out / "assets/assets.json").values()
    assert read(out / "assets/metadata.json")[chunk][0]["filename"] == "map.svg"


def test_the_source_is_noted_only_where_the_clis_import_does_not_send_it_on(tmp_path: Path) -> None:
    """The CLI's import sends a label's `stackHeaders` as HTTP headers, those of environments not."""
    root = chunked(tmp_path / "export")
    put(root, "labels/labels.json", {"blt_l": {"uid": "blt_l", "name": "L"}})
    snapshot_to_csdx(csdx_to_snapshot(root, tmp_path / "snapshot"), tmp_path / "csdx")
    headers = {"api_key": "bltinvented", "branch": "main"}
    assert read(tmp_path / "csdx/environments/environments.json")["blt_live"]["stackHeaders"] == headers
    assert "stackHeaders" not in read(tmp_path / "csdx/labels/labels.json")["blt_l"]


def test_many_rows_are_split_into_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No chunk exceeds its size by more than one row, and all rows come back."""
    monkeypatch.setattr(write_records, "CHUNK_BYTES", 500)
    records = [
        (Stream("entries", "page", "en-us"), Record(uid, entry(uid)))
        for uid in (f"blt_{n:03}" for n in range(40))
    ]
    records += [(Stream("content_types"), Record("page", PAGE))]
    records += [
        (Stream("locales"), Record("en-us", {"code": "en-us", "uid": "blt_en", "fallback_locale": None}))
    ]
    snapshot = make(tmp_path / "snapshot", records)
    snapshot_to_csdx(snapshot, tmp_path / "csdx")
    sizes = [path.stat().st_size for path in (tmp_path / "csdx/entries").rglob("*-entries.json")]
    assert len(sizes) > 5
    assert max(sizes) < 700
    again = csdx_to_snapshot(tmp_path / "csdx", tmp_path / "again")
    assert rows(again, "entries/page/en-us.jsonl") == rows(snapshot, "entries/page/en-us.jsonl")


def test_kinds_that_the_layout_does_not_hold_are_gaps(tmp_path: Path) -> None:
    """Releases, publishes to come, variant groups and names of versions."""
    body: JsonObject = {"uid": "blt_x", "name": "X"}
    history: dict[str, Json] = {"uid": "blt_1", "versions": [{"_version": 1}]}
    records = [(Stream(kind), Record("blt_x", body)) for kind in ("releases", "schedules", "variant_groups")]
    records += [(Stream("history", "page", "en-us"), Record("blt_1", history))]
    gaps = snapshot_to_csdx(make(tmp_path / "snapshot", records), tmp_path / "csdx")
    assert {(gap.kind, gap.uid) for gap in gaps} == {
        ("releases", "blt_x"),
        ("schedules", "blt_x"),
        ("variant_groups", "blt_x"),
        ("history", "*"),
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_is_escaped_and_is_a_gap(name: str, tmp_path: Path) -> None:
    """The bytes go under an escaped name inside the asset's folder, which the asset's row has too."""
    root = chunked(tmp_path / "export")
    put(root, "assets/aa-assets.json", {"blt_map": {**ASSET, "filename": name}})
    first = csdx_to_snapshot(root, tmp_path / "first")
    gaps = snapshot_to_csdx(first, tmp_path / "csdx")
    assert [(gap.kind, gap.uid) for gap in gaps] == [("files", "blt_map")]
    assert len([*(tmp_path / "csdx/assets/files").rglob("*")]) == 2  # the asset's folder and one file
    second = csdx_to_snapshot(tmp_path / "csdx", tmp_path / "second")
    assert rows(second, "files.jsonl") == rows(first, "files.jsonl")
    (asset,) = rows(second, "assets.jsonl")
    assert (tmp_path / "csdx/assets/files/blt_map" / asset["filename"]).read_bytes() == DRAWING


def test_of_versions_with_one_file_name_only_the_latest_is_written(tmp_path: Path) -> None:
    """The older one is a gap."""
    records = [(Stream("assets"), Record("blt_map", {**ASSET}))]
    records += [(Stream("asset_versions"), Record("blt_map", {**ASSET, "_version": 1}, 1))]
    for number, data in ((1, b"older"), (2, b"newer")):
        digest = hashlib.sha256(data).hexdigest()
        put_bytes(tmp_path / "snapshot", f"files/{digest[:2]}/{digest}", data)
        held: JsonObject = {"uid": "blt_map", "version": number, "sha256": digest, "size": len(data)}
        records.append((Stream("files"), Record("blt_map", held, number)))
    gaps = snapshot_to_csdx(make(tmp_path / "snapshot", records), tmp_path / "csdx")
    assert (tmp_path / "csdx/assets/files/blt_map/map.svg").read_bytes() == b"newer"
    assert [(gap.kind, gap.uid, gap.path) for gap in gaps] == [("files", "blt_map", "version 1")]


def test_a_damaged_snapshot_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    snapshot = csdx_to_snapshot(chunked(tmp_path / "export"), tmp_path / "snapshot")
    (tmp_path / "snapshot/locales.jsonl").write_text("{}")
    with pytest.raises(SnapshotCorrupt, match=r"locales\.jsonl"):
        snapshot_to_csdx(snapshot, tmp_path / "made/csdx")
    assert not (tmp_path / "made").exists()


def test_two_exports_of_one_snapshot_are_byte_identical(tmp_path: Path) -> None:
    """Names of chunks are not random."""
    snapshot = csdx_to_snapshot(rich(tmp_path / "export"), tmp_path / "snapshot")
    snapshot_to_csdx(snapshot, tmp_path / "one")
    snapshot_to_csdx(snapshot, tmp_path / "two")
    names = {path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert names == {
        path.relative_to(tmp_path / "two") for path in (tmp_path / "two").rglob("*") if path.is_file()
    }
    assert all(
        (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names
    )


def test_an_output_directory_that_holds_anything_is_refused(tmp_path: Path) -> None:
    snapshot = csdx_to_snapshot(chunked(tmp_path / "export"), tmp_path / "snapshot")
    put(tmp_path, "out/mine.json", {})
    with pytest.raises(UsageError, match="holds something else"):
        snapshot_to_csdx(snapshot, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.json"]
