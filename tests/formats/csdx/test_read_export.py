"""What both generations of the vendor CLI's exports become: an ordinary snapshot, and what they lack is said."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from csdx_trees import ASSET, DRAWING, NOISE, PAGE, chunked, entry, flat, put, put_bytes, reasons, rows

from stackferry.formats.csdx.convert import adopt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_newer_generation_becomes_a_snapshot_that_is_whole(tmp_path: Path) -> None:
    """Every row is there, in every chunk, and the snapshot verifies."""
    snapshot = adopt(chunked(tmp_path / "export"), tmp_path / "snapshot")
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


def test_the_old_generation_gets_back_what_its_keys_and_names_say(tmp_path: Path) -> None:
    """Uids come from keys, languages from file names, the master from the fallbacks; the manifest counts them."""
    snapshot = adopt(flat(tmp_path / "export"), tmp_path / "snapshot")
    assert [row["uid"] for row in rows(snapshot, "environments.jsonl")] == ["blt_live"]
    assert [row["locale"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == ["en-us"]
    assert [row["code"] for row in rows(snapshot, "locales.jsonl")] == ["de-de", "en-us"]
    assert snapshot.manifest["master_locale"] == "en-us"
    about: Any = snapshot.manifest["export"]
    assert about["generation"] == 1
    assert sum(about["added"].values()) == 4  # two uids, a language of an entry, a master language
    assert snapshot.gaps() == []


@pytest.mark.parametrize("build", [chunked, flat])
def test_what_only_the_vendors_client_adds_is_left_out(build: Callable[[Path], Path], tmp_path: Path) -> None:
    """The API sends neither `stackHeaders` nor `urlPath`; the key in them is the manifest's."""
    put(
        build(tmp_path / "export"),
        "assets/folders.json",
        [{"uid": "blt_f", "name": "F", "is_dir": True, **NOISE}],
    )
    snapshot = adopt(tmp_path / "export", tmp_path / "snapshot")
    for name in ("assets.jsonl", "folders.jsonl", "environments.jsonl"):
        assert all("stackHeaders" not in row and "urlPath" not in row for row in rows(snapshot, name))
    source: Any = snapshot.manifest["source"]
    assert (source["key"], source["branch"]) == ("bltinvented", "main")


@pytest.mark.parametrize("build", [chunked, flat])
def test_bytes_are_hashed_and_not_believed(build: Callable[[Path], Path], tmp_path: Path) -> None:
    """The size in an asset's row is often wrong; the stream of files says what is there."""
    snapshot = adopt(build(tmp_path / "export"), tmp_path / "snapshot")
    digest = hashlib.sha256(DRAWING).hexdigest()
    expected = {"uid": "blt_map", "version": 2, "sha256": digest, "size": len(DRAWING)}
    assert rows(snapshot, "files.jsonl") == [expected]
    assert snapshot.bytes_of(digest).read_bytes() == DRAWING


def test_bytes_that_are_not_there_are_a_gap(tmp_path: Path) -> None:
    """The asset's row stays; its missing file is told."""
    (chunked(tmp_path / "export") / "assets/files/blt_map/map.svg").unlink()
    snapshot = adopt(tmp_path / "export", tmp_path / "snapshot")
    assert rows(snapshot, "assets.jsonl")
    assert reasons(snapshot) == ["files blt_map: the export does not hold its bytes (map.svg)"]


@pytest.mark.parametrize("name", ["../../../etc/passwd", "a/b.svg", "\ud800.svg", ".hidden"])
def test_a_file_name_that_leads_elsewhere_reaches_no_file_but_the_assets_own(
    name: str, tmp_path: Path
) -> None:
    """The one file in the asset's folder is its bytes, whatever the row calls it."""
    root = chunked(tmp_path / "export")
    (root / "assets/aa-assets.json").write_text(
        '{"blt_map":{"uid":"blt_map","_version":2,"filename":' + json.dumps(name) + "}}",
        encoding="utf-8",
    )
    snapshot = adopt(root, tmp_path / "snapshot")
    assert [row["size"] for row in rows(snapshot, "files.jsonl")] == [len(DRAWING)]


def test_chunks_that_no_index_lists_are_not_read(tmp_path: Path) -> None:
    """An earlier export leaves its chunks beside those of the next one."""
    root = chunked(tmp_path / "export")
    put(root, "entries/page/en-us/00-entries.json", {"blt_old": entry("blt_old")})
    put(root, "assets/00-assets.json", {"blt_old": {**ASSET, "uid": "blt_old"}})
    snapshot = adopt(root, tmp_path / "snapshot")
    assert [row["uid"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == ["blt_1", "blt_2"]
    assert [row["uid"] for row in rows(snapshot, "assets.jsonl")] == ["blt_map"]


def test_a_row_that_rows_moving_brought_twice_is_one_entry_with_a_past(tmp_path: Path) -> None:
    """The CLI appends pages to a file unread, so a key can stand in it twice: the higher version is the latest."""
    root = chunked(tmp_path / "export")
    path = root / "entries/page/en-us/aa-entries.json"
    text = path.read_text(encoding="utf-8").replace('"_version":1', '"_version":4')
    path.write_text(text[:-1] + ',"blt_1":{"uid":"blt_1","locale":"en-us","_version":3}}', encoding="utf-8")
    snapshot = adopt(root, tmp_path / "snapshot")
    assert [row["_version"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == [4, 1]
    assert [row["_version"] for row in rows(snapshot, "versions/page/en-us.jsonl")] == [3]


def test_a_language_is_found_in_any_capitals(tmp_path: Path) -> None:
    """Folder, row and declaration may spell a code in different capitals; the declaration names the stream."""
    root = chunked(tmp_path / "export")
    put(root, "entries/page/DE-de/index.json", {"1": "cc-entries.json"})
    put(root, "entries/page/DE-de/cc-entries.json", {"blt_1": entry("blt_1", "De-De")})
    snapshot = adopt(root, tmp_path / "snapshot")
    assert [row["locale"] for row in rows(snapshot, "entries/page/de-de.jsonl")] == ["De-De"]
    assert snapshot.gaps() == []


def test_content_that_only_falls_back_is_not_a_localization(tmp_path: Path) -> None:
    """The same document in another language's folder is left out; one that says something else is told."""
    root = chunked(tmp_path / "export")
    put(root, "entries/page/de-de/index.json", {"1": "cc-entries.json"})
    other = entry("blt_2", _version=9)
    put(root, "entries/page/de-de/cc-entries.json", {"blt_1": entry("blt_1"), "blt_2": other})
    snapshot = adopt(root, tmp_path / "snapshot")
    assert rows(snapshot, "entries/page/de-de.jsonl") == []
    assert len(reasons(snapshot)) == 1
    assert reasons(snapshot)[0].startswith("entries blt_2: lies among the entries in this language")


def test_an_undeclared_language_is_kept_and_told(tmp_path: Path) -> None:
    """Entries in a language that the export does not declare are not lost."""
    root = chunked(tmp_path / "export")
    put(root, "entries/page/it-it/index.json", {"1": "cc-entries.json"})
    put(root, "entries/page/it-it/cc-entries.json", {"blt_1": entry("blt_1", "it-it")})
    snapshot = adopt(root, tmp_path / "snapshot")
    assert [row["code"] for row in rows(snapshot, "locales.jsonl")] == ["de-de", "en-us", "it-it"]
    assert "locales it-it: the export holds entries in this language" in reasons(snapshot)[0]


def test_versions_of_the_newer_generation_are_kept_without_the_latest(tmp_path: Path) -> None:
    """`versions/ENTRY.json` lists all versions, newest first; the client's noise in them goes."""
    root = chunked(tmp_path / "export")
    put(root, "entries/page/en-us/aa-entries.json", {"blt_1": entry("blt_1", _version=3)})
    past = [entry("blt_1", _version=number, content_type_uid="page", **NOISE) for number in (3, 2, 1)]
    put(root, "entries/page/en-us/versions/blt_1.json", past)
    snapshot = adopt(root, tmp_path / "snapshot")
    found = rows(snapshot, "versions/page/en-us.jsonl")
    assert [row["_version"] for row in found] == [1, 2]
    assert all("content_type_uid" not in row and "stackHeaders" not in row for row in found)


def test_versions_of_the_old_generation_lie_the_other_way_round(tmp_path: Path) -> None:
    """`entries/LOCALE/TYPE/ENTRY/version-N.json`: language outside, content type inside."""
    root = flat(tmp_path / "export")
    put(root, "entries/page/en-us.json", {"blt_1": entry("blt_1", _version=2)})
    for number in (1, 2):
        put(root, f"entries/en-us/page/blt_1/version-{number}.json", entry("blt_1", _version=number))
    snapshot = adopt(root, tmp_path / "snapshot")
    assert [row["_version"] for row in rows(snapshot, "versions/page/en-us.jsonl")] == [1]
    assert [row["_version"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == [2]


def test_a_published_version_that_the_export_lacks_is_a_gap(tmp_path: Path) -> None:
    """Publish details point at versions; the CLI exports only the latest unless it is told otherwise."""
    root = chunked(tmp_path / "export")
    live = [{"environment": "blt_live", "locale": "en-us", "version": 2}]
    put(
        root,
        "entries/page/en-us/aa-entries.json",
        {"blt_1": entry("blt_1", _version=3, publish_details=live)},
    )
    snapshot = adopt(root, tmp_path / "snapshot")
    assert reasons(snapshot) == ["versions blt_1: the export does not hold this version (published)"]


def test_variants_and_their_groups_are_read(tmp_path: Path) -> None:
    """Variant entries lie in lists; their groups follow from the experiences of Personalize."""
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
    snapshot = adopt(root, tmp_path / "snapshot")
    (variant,) = rows(snapshot, "variants/page/en-us.jsonl")
    assert (variant["uid"], variant["variant"]["_variant"]["_uid"]) == ("blt_1", "cs_a")
    (group,) = rows(snapshot, "variant_groups.jsonl")
    assert (group["uid"], group["variants"]) == ("cs_g", [{"uid": "cs_a", "name": "By boat"}])
    assert [gap["kind"] for gap in snapshot.gaps()] == ["personalize"] * 3


@pytest.mark.parametrize("kind", ["content_types", "global_fields"])
def test_schemas_are_read_in_one_list_a_file_each_or_both(kind: str, tmp_path: Path) -> None:
    """The newest CLI has only a file each; where the two disagree the file is taken and the gap told."""
    root = chunked(tmp_path / "export")
    together = "schema.json" if kind == "content_types" else "globalfields.json"
    put(root, f"{kind}/{together}", [{**PAGE, "uid": "both"}, {**PAGE, "uid": "listed"}])
    put(root, f"{kind}/both.json", {**PAGE, "uid": "both", "title": "Newer"})
    put(root, f"{kind}/alone.json", {**PAGE, "uid": "alone"})
    put(root, f"{kind}/schema|1.json", {**PAGE, "uid": "schema"})
    put(root, f"{kind}/__priority.json", ["page"])
    snapshot = adopt(root, tmp_path / "snapshot")
    found = {row["uid"]: row["title"] for row in rows(snapshot, f"{kind}.jsonl")} | {"page": "Page"}
    assert found == {"alone": "Page", "both": "Newer", "listed": "Page", "schema": "Page", "page": "Page"}
    assert any(f"{kind} both: {together} and both.json disagree" in reason for reason in reasons(snapshot))


def test_taxonomies_are_read_from_a_file_each_or_a_file_a_language(tmp_path: Path) -> None:
    """The master language's terms are taken; another language's names beside them; a missing file is told."""
    root = chunked(tmp_path / "export")
    put(root, "taxonomies/taxonomies.json", {name: {"uid": name, "name": name} for name in ("a", "b", "c")})
    put(root, "taxonomies/a.json", {"taxonomy": {"uid": "a"}, "terms": [{"uid": "t", "name": "T"}]})
    put(root, "taxonomies/de-de/b.json", {"taxonomy": {"uid": "b"}, "terms": [{"uid": "t", "name": "Te"}]})
    put(root, "taxonomies/en-us/b.json", {"taxonomy": {"uid": "b"}, "terms": [{"uid": "t", "name": "T"}]})
    snapshot = adopt(root, tmp_path / "snapshot")
    terms = [(row["taxonomy"], row["term"]["name"]) for row in rows(snapshot, "terms.jsonl")]
    assert terms == [("a", "T"), ("b", "T")]
    assert [(gap["kind"], gap["uid"], gap.get("path", "")) for gap in snapshot.gaps()] == [
        ("terms", "*", "c"),
    ]
    told = [(row["taxonomy"], row["locale"], row.get("term")) for row in rows(snapshot, "translations.jsonl")]
    assert told == [("b", "de-de", None), ("b", "de-de", "t")]


def test_whole_roles_in_a_workflow_become_uids_and_rows(tmp_path: Path) -> None:
    """The CLI expands the roles that a stage names; the API names them by uid."""
    role = {"uid": "blt_r", "name": "Harbour master", **NOISE}
    stage = {"name": "Draft", "SYS_ACL": {"roles": {"uids": [role, "blt_s"], "read": True}}}
    root = chunked(tmp_path / "export")
    put(root, "workflows/workflows.json", {"blt_w": {"uid": "blt_w", "workflow_stages": [stage]}})
    snapshot = adopt(root, tmp_path / "snapshot")
    (workflow,) = rows(snapshot, "workflows.jsonl")
    assert workflow["workflow_stages"][0]["SYS_ACL"]["roles"] == {"uids": ["blt_r", "blt_s"], "read": True}
    assert rows(snapshot, "roles.jsonl") == [{"uid": "blt_r", "name": "Harbour master"}]


def test_older_versions_of_an_asset_have_bytes_only_under_a_name_of_their_own(tmp_path: Path) -> None:
    """All versions are downloaded into one folder: of two with one name, the latest one's bytes are there."""
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
    snapshot = adopt(root, tmp_path / "snapshot")
    assert [row["_version"] for row in rows(snapshot, "asset_versions.jsonl")] == [1, 2]
    assert [row["version"] for row in rows(snapshot, "files.jsonl")] == [1, 3]
    assert [gap.get("path") for gap in snapshot.gaps()] == ["version 2"]


def test_credentials_are_replaced_unless_they_are_wanted(tmp_path: Path) -> None:
    """An export on disk may hold what a snapshot must not."""
    hook = {"name": "hook", "destinations": [{"http_basic_password": "invented-password"}]}
    put(chunked(tmp_path / "export"), "webhooks/webhooks.json", {"blt_h": hook})
    clean = adopt(tmp_path / "export", tmp_path / "clean")
    assert "invented-password" not in (clean.root / "webhooks.jsonl").read_text(encoding="utf-8")
    assert clean.manifest["redacted"] == ["webhooks blt_h /destinations/0/http_basic_password"]
    kept = adopt(tmp_path / "export", tmp_path / "kept", keep_secrets=True)
    assert "invented-password" in (kept.root / "webhooks.jsonl").read_text(encoding="utf-8")


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    """An export is read to the digit."""
    root = chunked(tmp_path / "export")
    path = root / "entries/page/en-us/aa-entries.json"
    path.write_text(
        '{"blt_1":{"uid":"blt_1","locale":"en-us","_version":1,"n":1.10,"big":12345678901234567890123}}'
    )
    adopt(root, tmp_path / "snapshot")
    line = (tmp_path / "snapshot/entries/page/en-us.jsonl").read_text(encoding="utf-8")
    assert '"big":12345678901234567890123' in line
    assert '"n":1.10' in line
