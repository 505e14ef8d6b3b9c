"""Seeds read from disk: the four real exports, the traps that exports hold, and our own snapshots."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from repository import CONTENTSTACK_EXPORTS
from stackferry.emulators.contentstack.seed.csdx_export import find_root, is_chunked
from stackferry.emulators.contentstack.seed.load import read_seed
from stackferry.errors import SnapshotCorrupt, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.model import Json, JsonObject

DATASETS = CONTENTSTACK_EXPORTS
SETS = ("academy-starter-app", "compass-starter-stack", "nextJS-CS-modeling", "stack-evtrader")
NEVER_EXPORTED = {"compass-starter-stack": {"bltb05fda38262f49b1"}}  # its owners' exporter lost it too


def dataset(name: str) -> Path:
    place = DATASETS / name
    if not place.is_dir():
        pytest.skip("the real exports (../shared/datasets) are not at hand")
    return place


def write(path: Path, value: Json) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def entry(uid: str, **more: Json) -> JsonObject:
    return {"uid": uid, "title": uid, "_version": 1, "locale": "en-us", **more}


def export(place: Path, *, chunked: bool = True) -> Path:
    """The least export: one type, one entry, no master-locale.json."""
    write(place / "content_types/schema.json", [{"uid": "page", "title": "Page", "schema": []}])
    write(place / "locales/locales.json", {})
    if chunked:
        write(place / "export-info.json", {"contentVersion": 2, "logsPath": ""})
        write(place / "entries/page/en-us/index.json", {"1": "a-entries.json"})
        write(place / "entries/page/en-us/a-entries.json", {"blt1": entry("blt1")})
    else:
        write(place / "entries/page/en-us.json", {"blt1": entry("blt1")})
    return place


def rows_on_disk(files: list[Path]) -> int:
    """How many objects these files hold, counted without any reader of layouts."""
    return sum(len(json.loads(path.read_text(encoding="utf-8"))) for path in files)


@pytest.mark.parametrize("name", SETS)
def test_entries_of_a_real_export_are_all_there(name: str) -> None:
    """Entries per content type and locale are as many as the files hold."""
    place = dataset(name)
    home = next(path for path in sorted(place.glob("*/entries")))
    expected: Counter[tuple[str, str]] = Counter()
    for path in [*home.glob("*/*.json"), *home.glob("*/*/*-entries.json")]:
        parts = path.relative_to(home).parts
        expected[parts[0], parts[1].removesuffix(".json")] += rows_on_disk([path])
    found = Counter((row.content_type, row.locale) for row in read_seed(place).entries)
    assert found == +expected
    assert found.total() in (25, 34, 58, 245)


@pytest.mark.parametrize("name", SETS)
def test_other_kinds_of_a_real_export_are_all_there(name: str) -> None:
    """Types, assets, folders, environments, labels, workflows and webhooks are as many as the files hold."""
    place = dataset(name)
    seed = read_seed(place)
    home = next(iter(sorted(place.glob("*/entries")))).parent
    assets = [home / "assets/assets.json", *home.glob("assets/*-assets.json")]
    counted = sum(
        len(re.findall(r'"urlPath": ?"/assets/', path.read_text(encoding="utf-8"))) for path in assets
    )
    assert len(seed.assets) == counted
    assert len(seed.folders) == rows_on_disk([home / "assets/folders.json"])
    assert len(seed.content_types) == len(list((home / "content_types").glob("*.json"))) - 1
    kinds = {
        "environments": seed.environments,
        "extensions": seed.extensions,
        "labels": seed.labels,
        "webhooks": seed.webhooks,
        "workflows": seed.workflows,
    }
    for kind, rows in kinds.items():
        assert len(rows) == rows_on_disk(list((home / kind).glob(f"{kind}.json"))), kind
        assert all(row["uid"] for row in rows), kind


@pytest.mark.parametrize("name", SETS)
def test_bytes_of_a_real_export_are_all_found(name: str) -> None:
    """Every stored file belongs to one asset; what TRIMMED.json left out has none."""
    place = dataset(name)
    seed = read_seed(place)
    stored = [path for path in place.glob("*/assets/**/blt*/*") if path.is_file()]
    stored = [path for path in stored if not path.name.startswith("_contentstack_")]
    found = [asset.content for asset in seed.assets if asset.content is not None]
    assert sorted(map(str, found)) == sorted(map(str, stored))
    trimmed = place / "TRIMMED.json"
    dropped = json.loads(trimmed.read_text(encoding="utf-8"))["dropped"] if trimmed.is_file() else []
    lost = {row["path"].split("/")[-2] for row in dropped} | NEVER_EXPORTED.get(name, set())
    assert {row.raw["uid"] for row in seed.assets if row.content is None} == lost


def test_master_locales_of_the_real_exports() -> None:
    """The master locale is known with and without master-locale.json."""
    masters = {name: read_seed(dataset(name)).master_locale for name in SETS}
    assert masters == dict.fromkeys(SETS, "en-us") | {"compass-starter-stack": "en"}


def test_variants_and_terms_of_a_real_export() -> None:
    """Variant entries, their groups, taxonomies and terms are read."""
    seed = read_seed(dataset("compass-starter-stack"))
    assert len(seed.variants) == 28
    assert len(seed.variant_groups) == 2
    assert Counter(term.taxonomy for term in seed.terms) == {"region": 4, "sitemap": 4, "topic": 3}


@pytest.mark.parametrize("root", [".", "stack", "main", "content/main"])
def test_data_root_is_found(tmp_path: Path, root: str) -> None:
    """The modules may lie in the folder itself or in one of the folders that exporters make."""
    export(tmp_path / root)
    assert find_root(tmp_path) == tmp_path / root
    assert len(read_seed(tmp_path).entries) == 1


def test_several_branches_need_a_name(tmp_path: Path) -> None:
    """An export of several branches is refused until one is named; branches.json says which there are."""
    write(tmp_path / "branches.json", [{"uid": "dev"}, {"uid": "live"}])
    export(tmp_path / "dev")
    export(tmp_path / "live")
    write(tmp_path / "live/entries/page/en-us/a-entries.json", {"blt9": entry("blt9")})
    with pytest.raises(UsageError, match="dev, live"):
        read_seed(tmp_path)
    assert read_seed(tmp_path, "live").entries[0].raw["uid"] == "blt9"


def test_only_branch_of_another_name_is_found(tmp_path: Path) -> None:
    """A single branch that branches.json names is the one that is meant."""
    write(tmp_path / "branches.json", [{"uid": "dev"}])
    export(tmp_path / "dev")
    assert find_root(tmp_path) == tmp_path / "dev"


def test_a_folder_without_an_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no export"):
        read_seed(tmp_path)


def test_stale_chunks_are_not_read(tmp_path: Path) -> None:
    """Only chunks that index.json names count."""
    export(tmp_path)
    write(tmp_path / "entries/page/en-us/b-entries.json", {"blt2": entry("blt2")})
    assert [row.raw["uid"] for row in read_seed(tmp_path).entries] == ["blt1"]


def test_chunks_come_in_the_order_of_their_counters(tmp_path: Path) -> None:
    """Chunk 10 comes after chunk 9."""
    export(tmp_path)
    home = tmp_path / "entries/page/en-us"
    names = {str(n): f"{n}-entries.json" for n in (10, 9, 1)}
    write(home / "index.json", dict(names))
    for number, name in names.items():
        write(home / name, {f"blt{number}": entry(f"blt{number}")})
    assert [row.raw["uid"] for row in read_seed(tmp_path).entries] == ["blt1", "blt9", "blt10"]


def test_a_missing_chunk_is_an_error_that_names_it(tmp_path: Path) -> None:
    export(tmp_path)
    (tmp_path / "entries/page/en-us/a-entries.json").unlink()
    with pytest.raises(SnapshotCorrupt, match=r"en-us/a-entries\.json is missing"):
        read_seed(tmp_path)


def test_a_chunk_that_was_cut_short_is_an_error_that_names_it(tmp_path: Path) -> None:
    export(tmp_path)
    chunk = tmp_path / "entries/page/en-us/a-entries.json"
    chunk.write_bytes(chunk.read_bytes()[:-5])
    with pytest.raises(SnapshotCorrupt, match=r"a-entries\.json"):
        read_seed(tmp_path)


def test_chunks_without_an_index_are_an_unfinished_export(tmp_path: Path) -> None:
    """The exporter writes the index last."""
    export(tmp_path)
    (tmp_path / "entries/page/en-us/index.json").unlink()
    with pytest.raises(SnapshotCorrupt, match=r"index\.json is missing"):
        read_seed(tmp_path)


@pytest.mark.parametrize("name", ["../secret.json", "/etc/hostname", "a/b.json"])
def test_an_index_cannot_name_a_path(tmp_path: Path, name: str) -> None:
    """A chunk's name is a name, never a way out of the folder."""
    export(tmp_path)
    write(tmp_path / "entries/page/secret.json", {"blt1": entry("blt1")})
    write(tmp_path / "entries/page/en-us/index.json", {"1": name})
    with pytest.raises(SnapshotCorrupt, match="is missing"):
        read_seed(tmp_path)


def test_an_asset_cannot_name_a_path(tmp_path: Path) -> None:
    export(tmp_path)
    row: JsonObject = {"uid": "blta", "filename": "../../../export-info.json", "is_dir": False, "_version": 1}
    write(tmp_path / "assets/assets.json", {"1": "x-assets.json"})
    write(tmp_path / "assets/x-assets.json", {"blta": row})
    (tmp_path / "assets/files/blta").mkdir(parents=True)
    assert read_seed(tmp_path).assets[0].content is None


@pytest.mark.parametrize("chunked", [True, False])
def test_the_generation_is_recognized(tmp_path: Path, chunked: bool) -> None:
    """Both generations give the same seed."""
    export(tmp_path, chunked=chunked)
    assert is_chunked(tmp_path) is chunked
    found = read_seed(tmp_path)
    assert [(row.content_type, row.locale, row.raw["uid"]) for row in found.entries] == [
        ("page", "en-us", "blt1")
    ]


def test_the_newest_exporter_writes_no_export_info(tmp_path: Path) -> None:
    """Chunked all the same, with one file a content type."""
    export(tmp_path)
    (tmp_path / "export-info.json").unlink()
    (tmp_path / "content_types/schema.json").unlink()
    write(tmp_path / "content_types/page.json", {"uid": "page", "title": "Page", "schema": []})
    assert len(read_seed(tmp_path).entries) == 1


def test_the_master_locale_is_what_others_fall_back_to(tmp_path: Path) -> None:
    """Without master-locale.json; a locale of entries alone is declared too."""
    export(tmp_path, chunked=False)
    locale: JsonObject = {"uid": "bltl", "code": "fr-ca", "name": "French", "fallback_locale": "fr-fr"}
    other: JsonObject = {"uid": "bltm", "code": "fr-fr", "name": "French", "fallback_locale": "de"}
    write(tmp_path / "locales/locales.json", {"bltl": locale, "bltm": other})
    seed = read_seed(tmp_path)
    assert seed.master_locale == "de"
    assert [row["code"] for row in seed.locales] == ["de", "fr-ca", "fr-fr", "en-us"]
    assert seed.locales[0]["fallback_locale"] is None
    assert seed.locales[3]["fallback_locale"] == "de"


def test_the_master_locale_is_what_entries_use(tmp_path: Path) -> None:
    """With no other sign of it; a flat file of no entries is no sign."""
    export(tmp_path, chunked=False)
    write(tmp_path / "entries/page/en-us.json", {})
    write(tmp_path / "entries/page/nl.json", {"blt1": entry("blt1", locale="nl")})
    assert read_seed(tmp_path).master_locale == "nl"


def test_the_spelling_of_locales_is_the_declared_one(tmp_path: Path) -> None:
    """Folder, entry and publish details may differ in case from the declared code."""
    export(tmp_path)
    write(
        tmp_path / "locales/master-locale.json", {"b": {"uid": "b", "code": "en-US", "fallback_locale": None}}
    )
    detail: JsonObject = {"environment": "blte", "locale": "EN-us", "version": 1}
    chunk = tmp_path / "entries/page/en-us/a-entries.json"
    write(chunk, {"blt1": entry("blt1", locale="en-Us", publish_details=[detail])})
    [found] = read_seed(tmp_path).entries
    assert (found.locale, found.raw["locale"]) == ("en-US", "en-US")
    assert found.raw["publish_details"] == [{**detail, "locale": "en-US"}]


def test_older_versions_are_read_where_they_were_exported(tmp_path: Path) -> None:
    """`versions/` of a locale: everything below the latest, which is in the chunk."""
    export(tmp_path)
    write(tmp_path / "entries/page/en-us/a-entries.json", {"blt1": entry("blt1", _version=3)})
    past: list[Json] = [entry("blt1", _version=n, title=f"v{n}") for n in (3, 2, 1)]
    write(tmp_path / "entries/page/en-us/versions/blt1.json", past)
    found = read_seed(tmp_path).entries
    assert sorted((row.raw["_version"], row.raw["title"]) for row in found) == [
        (1, "v1"),
        (2, "v2"),
        (3, "blt1"),
    ]


def test_older_versions_of_the_flat_layout(tmp_path: Path) -> None:
    """They lie under the locale, then the content type."""
    export(tmp_path, chunked=False)
    write(tmp_path / "entries/page/en-us.json", {"blt1": entry("blt1", _version=2)})
    write(tmp_path / "entries/en-us/page/blt1/version-1.json", entry("blt1", title="v1"))
    found = read_seed(tmp_path).entries
    assert [(row.raw["_version"], row.raw["title"]) for row in found] == [(1, "v1"), (2, "blt1")]


def test_older_versions_of_assets(tmp_path: Path) -> None:
    """A newer file of the same name hides the older one's bytes; another name does not."""
    export(tmp_path)
    rows: list[JsonObject] = [
        {
            "uid": "blta",
            "filename": name,
            "url": f"https://assets.example/{n}",
            "_version": n,
            "is_dir": False,
        }
        for n, name in ((1, "a.txt"), (2, "b.txt"), (3, "b.txt"))
    ]
    write(tmp_path / "assets/assets.json", {"1": "x-assets.json"})
    write(tmp_path / "assets/x-assets.json", {"blta": rows[2]})
    write(tmp_path / "assets/versions/versioned-assets.json", {"1": "y-assets.json"})
    write(tmp_path / "assets/versions/y-assets.json", {"blta_1": rows[0], "blta_2": rows[1]})
    for name in ("a.txt", "b.txt"):
        write(tmp_path / "assets/files/blta" / name, name)
    contents = {row.raw["_version"]: row.content for row in read_seed(tmp_path).assets}
    home = tmp_path / "assets/files/blta"
    assert contents == {1: home / "a.txt", 2: None, 3: home / "b.txt"}


def test_terms_come_parents_first_and_locales_name_them(tmp_path: Path) -> None:
    """Localized taxonomies: the master locale's file has the terms, others their names."""
    export(tmp_path)
    write(tmp_path / "locales/locales.json", {"b": {"uid": "b", "code": "fr", "fallback_locale": "en-us"}})
    write(tmp_path / "taxonomies/taxonomies.json", {"topic": {"uid": "topic", "name": "Topic"}})
    for code, name in (("en-us", "Food"), ("fr", "Cuisine")):
        terms: list[Json] = [
            {"uid": "soup", "name": "Soup", "parent_uid": "food"},
            {"uid": "food", "name": name, "parent_uid": None},
        ]
        write(
            tmp_path / f"taxonomies/{code}/topic.json",
            {"taxonomy": {"name": f"Topic {code}"}, "terms": terms},
        )
    seed = read_seed(tmp_path)
    assert [(row.locale, row.raw["uid"]) for row in seed.terms] == [
        (None, "food"),
        (None, "soup"),
        ("fr", "food"),
        ("fr", "soup"),
    ]
    assert [(row.locale, row.raw["name"]) for row in seed.taxonomies] == [(None, "Topic"), ("fr", "Topic fr")]


def test_roles_that_were_expanded_in_workflows_are_roles_again(tmp_path: Path) -> None:
    """The exporter puts whole role objects where the API has uids."""
    export(tmp_path)
    acl: JsonObject = {"roles": {"uids": [{"uid": "bltr", "name": "Editor"}], "read": True}}
    flow: JsonObject = {"uid": "bltw", "workflow_stages": [{"uid": "blts", "SYS_ACL": acl}]}
    write(tmp_path / "workflows/workflows.json", {"bltw": flow})
    seed = read_seed(tmp_path)
    assert seed.roles == [{"uid": "bltr", "name": "Editor"}]
    assert '"uids": ["bltr"]' in json.dumps(seed.workflows)
