"""Exports of both generations become ordinary snapshots; what an export lacks is a gap."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from csdx_trees import ASSET, CLIENT_KEYS, DRAWING, PAGE, chunked, entry, flat, put, put_bytes, reasons, rows

from stackferry.formats.csdx.convert import csdx_to_snapshot, snapshot_to_csdx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_an_export_in_chunks_becomes_a_complete_snapshot(tmp_path: Path) -> None:
    snapshot = csdx_to_snapshot(chunked(tmp_path / "export"), tmp_path / "snapshot")
    counts = snapshot.manifest["counts"]
    assert counts == {
        "assets": 1,
        "content_types": 1,
        "entries": 2,
        "environments": 1,
        "files": 1,
        "locales": 2,
    }
    assert [*snapshot.verify()] == []
    assert snapshot.gaps() == []


def test_values_that_the_old_generation_leaves_out_are_put_back_and_counted(tmp_path: Path) -> None:
    """Uids from keys, languages from file names, the master language from the fallbacks."""
    snapshot = csdx_to_snapshot(flat(tmp_path / "export"), tmp_path / "snapshot")
    assert [row["uid"] for row in rows(snapshot, "environments.jsonl")] == ["blt_live"]
    assert [row["locale"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == ["en-us"]
    assert [row["code"] for row in rows(snapshot, "locales.jsonl")] == ["de-de", "en-us"]
    assert snapshot.manifest["master_locale"] == "en-us"
    about: Any = snapshot.manifest["export"]
    assert about["generation"] == 1
    assert sum(about["added"].values()) == 4  # two uids, a language of an entry, a master language
    assert snapshot.gaps() == []


@pytest.mark.parametrize("build", [chunked, flat])
def test_keys_that_only_the_vendors_client_adds_are_removed(
    build: Callable[[Path], Path], tmp_path: Path
) -> None:
    """The API sends neither `stackHeaders` nor `urlPath`; the manifest has the API key that is in them."""
    put(
        build(tmp_path / "export"),
        "assets/folders.json",
        [{"uid": "blt_f", "name": "F", "is_dir": True, **CLIENT_KEYS}],
    )
    snapshot = csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot")
    for name in ("assets.jsonl", "folders.jsonl", "environments.jsonl"):
        assert all("stackHeaders" not in row and "urlPath" not in row for row in rows(snapshot, name))
    source: Any = snapshot.manifest["source"]
    assert (source["key"], source["branch"]) == ("bltinvented", "main")


@pytest.mark.parametrize("build", [chunked, flat])
def test_the_size_of_a_file_is_counted_and_not_taken_from_the_row(
    build: Callable[[Path], Path], tmp_path: Path
) -> None:
    """The size in an asset's row is often wrong."""
    snapshot = csdx_to_snapshot(build(tmp_path / "export"), tmp_path / "snapshot")
    digest = hashlib.sha256(DRAWING).hexdigest()
    expected = {"uid": "blt_map", "version": 2, "sha256": digest, "size": len(DRAWING)}
    assert rows(snapshot, "files.jsonl") == [expected]
    assert snapshot.bytes_of(digest).read_bytes() == DRAWING


def test_missing_bytes_are_a_gap(tmp_path: Path) -> None:
    (chunked(tmp_path / "export") / "assets/files/blt_map/map.svg").unlink()
    snapshot = csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot")
    assert rows(snapshot, "assets.jsonl")
    assert reasons(snapshot) == ["files blt_map: the export does not hold its bytes (map.svg)"]


@pytest.mark.parametrize("name", ["../../../etc/passwd", "a/b.svg", "\ud800.svg", ".hidden"])
def test_a_hostile_file_name_reaches_only_the_assets_own_file(name: str, tmp_path: Path) -> None:
    """The only file in the asset's folder has its bytes, whatever the row calls it."""
    root = chunked(tmp_path / "export")
    (root / "assets/aa-assets.json").write_text(
        '{"blt_map":{"uid":"blt_map","_version":2,"filename":' + json.dumps(name) + "}}",
        encoding="utf-8",
    )
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert [row["size"] for row in rows(snapshot, "files.jsonl")] == [len(DRAWING)]


def test_chunks_that_no_index_lists_are_ignored(tmp_path: Path) -> None:
    """They are left over from an earlier export into the same directory."""
    root = chunked(tmp_path / "export")
    put(root, "entries/page/en-us/00-entries.json", {"blt_old": entry("blt_old")})
    put(root, "assets/00-assets.json", {"blt_old": {**ASSET, "uid": "blt_old"}})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert [row["uid"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == ["blt_1", "blt_2"]
    assert [row["uid"] for row in rows(snapshot, "assets.jsonl")] == ["blt_map"]


def test_an_entry_that_is_in_a_file_twice_is_one_entry_with_an_older_version(tmp_path: Path) -> None:
    """Where rows moved between two pages, the CLI writes one twice: the higher version is the latest."""
    root = chunked(tmp_path / "export")
    path = root / "entries/page/en-us/aa-entries.json"
    text = path.read_text(encoding="utf-8").replace('"_version":1', '"_version":4')
    path.write_text(text[:-1] + ',"blt_1":{"uid":"blt_1","locale":"en-us","_version":3}}', encoding="utf-8")
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert [row["_version"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == [4, 1]
    assert [row["_version"] for row in rows(snapshot, "versions/page/en-us.jsonl")] == [3]


def test_language_codes_match_in_any_capitals(tmp_path: Path) -> None:
    """The folder and the entry may spell a code differently; the declaration names the stream."""
    root = chunked(tmp_path / "export")
    put(root, "entries/page/DE-de/index.json", {"1": "cc-entries.json"})
    put(root, "entries/page/DE-de/cc-entries.json", {"blt_1": entry("blt_1", "De-De")})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert [row["locale"] for row in rows(snapshot, "entries/page/de-de.jsonl")] == ["De-De"]
    assert snapshot.gaps() == []


def test_an_entry_that_repeats_its_fallback_language_is_not_a_localization(tmp_path: Path) -> None:
    """The same document in another language's folder is left out; a different one is a gap."""
    root = chunked(tmp_path / "export")
    put(root, "entries/page/de-de/index.json", {"1": "cc-entries.json"})
    other = entry("blt_2", _version=9)
    put(root, "entries/page/de-de/cc-entries.json", {"blt_1": entry("blt_1"), "blt_2": other})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert rows(snapshot, "entries/page/de-de.jsonl") == []
    assert len(reasons(snapshot)) == 1
    assert reasons(snapshot)[0].startswith("entries blt_2: lies among the entries in this language")


def test_entries_in_an_undeclared_language_are_kept_and_the_language_is_a_gap(tmp_path: Path) -> None:
    root = chunked(tmp_path / "export")
    put(root, "entries/page/it-it/index.json", {"1": "cc-entries.json"})
    put(root, "entries/page/it-it/cc-entries.json", {"blt_1": entry("blt_1", "it-it")})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert [row["code"] for row in rows(snapshot, "locales.jsonl")] == ["de-de", "en-us", "it-it"]
    assert "locales it-it: the export holds entries in this language" in reasons(snapshot)[0]


def test_versions_of_the_newer_generation_are_read_without_the_latest(tmp_path: Path) -> None:
    """`versions/ENTRY.json` lists all versions, newest first, with the client's own keys."""
    root = chunked(tmp_path / "export")
    put(root, "entries/page/en-us/aa-entries.json", {"blt_1": entry("blt_1", _version=3)})
    past = [entry("blt_1", _version=number, content_type_uid="page", **CLIENT_KEYS) for number in (3, 2, 1)]
    put(root, "entries/page/en-us/versions/blt_1.json", past)
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    found = rows(snapshot, "versions/page/en-us.jsonl")
    assert [row["_version"] for row in found] == [1, 2]
    assert all("content_type_uid" not in row and "stackHeaders" not in row for row in found)


def test_versions_of_the_old_generation_are_read(tmp_path: Path) -> None:
    """`entries/LOCALE/TYPE/ENTRY/version-N.json`: the language comes before the content type."""
    root = flat(tmp_path / "export")
    put(root, "entries/page/en-us.json", {"blt_1": entry("blt_1", _version=2)})
    for number in (1, 2):
        put(root, f"entries/en-us/page/blt_1/version-{number}.json", entry("blt_1", _version=number))
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert [row["_version"] for row in rows(snapshot, "versions/page/en-us.jsonl")] == [1]
    assert [row["_version"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == [2]


def test_a_published_version_that_the_export_lacks_is_a_gap(tmp_path: Path) -> None:
    """Publish details point at versions; by default the CLI exports only the latest."""
    root = chunked(tmp_path / "export")
    live = [{"environment": "blt_live", "locale": "en-us", "version": 2}]
    put(
        root,
        "entries/page/en-us/aa-entries.json",
        {"blt_1": entry("blt_1", _version=3, publish_details=live)},
    )
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert reasons(snapshot) == ["versions blt_1: the export does not hold this version (published)"]


def test_variants_and_their_groups_are_read(tmp_path: Path) -> None:
    """Chunks of variants are lists; the variant groups follow from the experiences of Personalize."""
    root = chunked(tmp_path / "export")
    place = "entries/page/en-us/variants/blt_1"
    put(root, f"{place}/index.json", {"1": "dd-variant-entry.json"})
    put(
        root,
        f"{place}/dd-variant-entry.json",
        [{"uid": "blt_1", "_variant": {"_uid": "cs_a"}, "locale": "en-us"}],
    )
    experience = {
        "uid": "exp",
        "name": "Visitors",
        "_cms": {"variantGroup": "cs_g", "variants": {"0": "cs_a"}},
    }
    put(root, "personalize/experiences/experiences.json", [experience])
    named = [{"variants": [{"shortUid": "0", "name": "By boat"}]}]
    put(root, "personalize/experiences/versions/exp.json", named)
    put(root, "personalize/experiences/experiences-content-types.json", {"exp": [{"uid": "page"}]})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    (variant,) = rows(snapshot, "variants/page/en-us.jsonl")
    assert (variant["uid"], variant["variant"]["_variant"]["_uid"]) == ("blt_1", "cs_a")
    (group,) = rows(snapshot, "variant_groups.jsonl")
    assert (group["uid"], group["variants"]) == ("cs_g", [{"uid": "cs_a", "name": "By boat"}])
    assert [gap["kind"] for gap in snapshot.gaps()] == ["personalize"] * 3


@pytest.mark.parametrize("kind", ["content_types", "global_fields"])
def test_schemas_are_read_from_one_list_a_file_each_or_both(kind: str, tmp_path: Path) -> None:
    """The newest CLI has only a file each; where the two differ, the file is taken, and that is a gap."""
    root = chunked(tmp_path / "export")
    together = "schema.json" if kind == "content_types" else "globalfields.json"
    put(root, f"{kind}/{together}", [{**PAGE, "uid": "both"}, {**PAGE, "uid": "listed"}])
    put(root, f"{kind}/both.json", {**PAGE, "uid": "both", "title": "Newer"})
    put(root, f"{kind}/alone.json", {**PAGE, "uid": "alone"})
    put(root, f"{kind}/schema|1.json", {**PAGE, "uid": "schema"})
    put(root, f"{kind}/__priority.json", ["page"])
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    found = {row["uid"]: row["title"] for row in rows(snapshot, f"{kind}.jsonl")} | {"page": "Page"}
    assert found == {"alone": "Page", "both": "Newer", "listed": "Page", "schema": "Page", "page": "Page"}
    assert any(f"{kind} both: {together} and both.json disagree" in reason for reason in reasons(snapshot))


def test_two_files_that_disagree_about_a_type_are_told(tmp_path: Path) -> None:
    """Without a list that holds it too; where they agree there is nothing to tell."""
    root = chunked(tmp_path / "export")
    (root / "content_types/schema.json").unlink(missing_ok=True)
    for name, title in (("a.json", "Old"), ("b.json", "New"), ("c.json", "New")):
        put(root, f"content_types/{name}", {**PAGE, "uid": "twice", "title": title})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    (told,) = [reason for reason in reasons(snapshot) if "disagree" in reason]
    assert told == "content_types twice: a.json and b.json disagree; b.json was taken"
    assert [row["title"] for row in rows(snapshot, "content_types.jsonl") if row["uid"] == "twice"] == ["New"]


def test_taxonomies_are_read_from_a_file_each_or_a_file_for_each_language(tmp_path: Path) -> None:
    """The master language has the terms, other languages have names for them; a missing file is a gap."""
    root = chunked(tmp_path / "export")
    put(root, "taxonomies/taxonomies.json", {name: {"uid": name, "name": name} for name in ("a", "b", "c")})
    put(root, "taxonomies/a.json", {"taxonomy": {"uid": "a"}, "terms": [{"uid": "t", "name": "T"}]})
    put(root, "taxonomies/de-de/b.json", {"taxonomy": {"uid": "b"}, "terms": [{"uid": "t", "name": "Te"}]})
    put(root, "taxonomies/en-us/b.json", {"taxonomy": {"uid": "b"}, "terms": [{"uid": "t", "name": "T"}]})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    terms = [(row["taxonomy"], row["term"]["name"]) for row in rows(snapshot, "terms.jsonl")]
    assert terms == [("a", "T"), ("b", "T")]
    assert [(gap["kind"], gap["uid"], gap.get("path", "")) for gap in snapshot.gaps()] == [
        ("terms", "*", "c"),
    ]
    translations = rows(snapshot, "translations.jsonl")
    assert [(row["taxonomy"], row["locale"], row.get("term")) for row in translations] == [
        ("b", "de-de", None),
        ("b", "de-de", "t"),
    ]


def test_siblings_stand_in_the_order_of_the_rows_of_a_taxonomys_file(tmp_path: Path) -> None:
    """Back in an export they stand in the same order again; a number that a file holds is kept."""
    root = chunked(tmp_path / "export")
    put(root, "taxonomies/taxonomies.json", {"a": {"uid": "a", "name": "A"}})
    terms: list[dict[str, Any]] = [
        {"uid": "sea", "name": "Sea", "parent_uid": None},
        {"uid": "quay", "name": "Quay", "parent_uid": "sea"},
        {"uid": "bay", "name": "Bay", "parent_uid": "sea"},
        {"uid": "air", "name": "Air", "parent_uid": None},
        {"uid": "wind", "name": "Wind", "parent_uid": "air", "order": 7},
    ]
    put(root, "taxonomies/a.json", {"taxonomy": {"uid": "a", "name": "A"}, "terms": terms})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    found = {row["term"]["uid"]: row["term"]["order"] for row in rows(snapshot, "terms.jsonl")}
    assert found == {"sea": 1, "quay": 1, "bay": 2, "air": 2, "wind": 7}
    snapshot_to_csdx(snapshot, tmp_path / "back")
    written = json.loads((tmp_path / "back/taxonomies/a.json").read_text())["terms"]
    assert [term["uid"] for term in written] == ["sea", "quay", "bay", "air", "wind"]


def test_whole_roles_in_a_workflow_become_uids_and_records_of_their_own(tmp_path: Path) -> None:
    """In the API a stage names roles by uid; the CLI puts the roles themselves there."""
    role = {"uid": "blt_r", "name": "Harbour master", **CLIENT_KEYS}
    stage = {"name": "Draft", "SYS_ACL": {"roles": {"uids": [role, "blt_s"], "read": True}}}
    root = chunked(tmp_path / "export")
    put(root, "workflows/workflows.json", {"blt_w": {"uid": "blt_w", "workflow_stages": [stage]}})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    (workflow,) = rows(snapshot, "workflows.jsonl")
    assert workflow["workflow_stages"][0]["SYS_ACL"]["roles"] == {"uids": ["blt_r", "blt_s"], "read": True}
    assert rows(snapshot, "roles.jsonl") == [{"uid": "blt_r", "name": "Harbour master"}]


def test_an_older_version_of_an_asset_has_bytes_only_if_its_file_name_is_its_own(tmp_path: Path) -> None:
    """The CLI downloads all versions into one folder: of two with one name, the latest one's bytes are there."""
    root = chunked(tmp_path / "export")
    put(root, "assets/assets.json", {"1": "aa-assets.json"})
    put(root, "assets/aa-assets.json", {"blt_map": {**ASSET, "_version": 3}})
    older = {
        f"blt_map_{n}": {**ASSET, "_version": n, "filename": name}
        for n, name in ((1, "old.svg"), (2, "map.svg"))
    }
    put(root, "assets/versions/versioned-assets.json", {"1": "bb-assets.json"})
    put(root, "assets/versions/bb-assets.json", older)
    put_bytes(root, "assets/files/blt_map/old.svg", b"older")
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert [row["_version"] for row in rows(snapshot, "asset_versions.jsonl")] == [1, 2]
    assert [row["version"] for row in rows(snapshot, "files.jsonl")] == [1, 3]
    assert [gap.get("path") for gap in snapshot.gaps()] == ["version 2"]


def test_credentials_are_redacted_unless_keep_secrets_is_given(tmp_path: Path) -> None:
    hook = {"name": "hook", "destinations": [{"http_basic_password": "invented-password"}]}
    put(chunked(tmp_path / "export"), "webhooks/webhooks.json", {"blt_h": hook})
    clean = csdx_to_snapshot(tmp_path / "export", tmp_path / "clean")
    assert "invented-password" not in (clean.root / "webhooks.jsonl").read_text(encoding="utf-8")
    assert clean.manifest["redacted"] == ["webhooks blt_h /destinations/0/http_basic_password"]
    kept = csdx_to_snapshot(tmp_path / "export", tmp_path / "kept", keep_secrets=True)
    assert "invented-password" in (kept.root / "webhooks.jsonl").read_text(encoding="utf-8")


def test_numbers_keep_every_digit(tmp_path: Path) -> None:
    root = chunked(tmp_path / "export")
    path = root / "entries/page/en-us/aa-entries.json"
    path.write_text(
        '{"blt_1":{"uid":"blt_1","locale":"en-us","_version":1,"n":1.10,"big":12345678901234567890123}}'
    )
    csdx_to_snapshot(root, tmp_path / "snapshot")
    line = (tmp_path / "snapshot/entries/page/en-us.jsonl").read_text(encoding="utf-8")
    assert '"big":12345678901234567890123' in line
    assert '"n":1.10' in line
