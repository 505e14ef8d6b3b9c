"""Loading seeds: what a stack holds afterwards is what the files held."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from repository import CONTENTSTACK_EXPORTS
from stackferry.emulators.contentstack import Emulator, Stack
from stackferry.emulators.contentstack.seed.data import (
    AssetSeed,
    EntrySeed,
    ReleaseSeed,
    TaxonomySeed,
    TermSeed,
    VersionNameSeed,
)
from stackferry.emulators.contentstack.seed.load import Seed, add_seeded_stack, read_seed

if TYPE_CHECKING:
    from stackferry.model import JsonObject

DATASETS = CONTENTSTACK_EXPORTS
SETS = ("academy-starter-app", "compass-starter-stack", "nextJS-CS-modeling", "stack-evtrader")
TOKEN = "cs-invented-token"


def loaded(seed: Seed, *, invent_files: bool = False) -> Stack:
    return add_seeded_stack(
        Emulator(), seed, api_key="blt_invented", management_token=TOKEN, invent_files=invent_files
    )


def one_entry(version: int = 3) -> Seed:
    detail: JsonObject = {"environment": "blt_live", "locale": "en-us", "version": 1, "time": "", "user": ""}
    raw: JsonObject = {"uid": "blt1", "title": "Moss", "_version": version, "publish_details": [detail]}
    return Seed(
        locales=[{"code": "en-us", "uid": "bltl", "name": "English", "fallback_locale": None}],
        content_types=[{"uid": "plant", "title": "Plant", "schema": []}],
        entries=[EntrySeed("plant", "en-us", raw)],
    )


@pytest.mark.parametrize("name", SETS)
def test_a_real_export_is_loaded_completely(name: str) -> None:
    """Documents, files, folders and publications in the stack are those of the seed."""
    place = DATASETS / name
    if not place.is_dir():
        pytest.skip("the real exports (../shared/datasets) are not at hand")
    seed = read_seed(place)
    branch = loaded(seed).main
    documents = Counter(
        (kind, code)
        for kind, table in branch.entries.items()
        for entry in table.values()
        for code in entry.documents
    )
    assert documents == Counter((row.content_type, row.locale) for row in seed.entries)
    assert Counter(asset.is_folder for asset in branch.assets.values()) == {
        True: len(seed.folders),
        False: len(seed.assets),
    }
    assert branch.master_locale == seed.master_locale
    live = {
        (row.raw["uid"], detail["environment"], detail["locale"])
        for row in seed.entries
        for detail in row.raw["publish_details"]  # type: ignore[union-attr]  # every entry of these exports has a list
        if isinstance(detail, dict)
    }
    held = {
        (entry.uid, *key)
        for table in branch.entries.values()
        for entry in table.values()
        for key in entry.live
    }
    assert held == live


def test_missing_versions_are_made_up() -> None:
    """Every version up to the latest exists, with its number in its title."""
    document = loaded(one_entry()).main.entries["plant"]["blt1"].documents["en-us"]
    titles = {number: document.versions[number]["title"] for number in document.versions}
    assert titles == {1: "Moss (version 1)", 2: "Moss (version 2)", 3: "Moss"}


def test_a_known_version_is_not_made_up() -> None:
    """Only what is missing is invented, from the nearest later version."""
    seed = one_entry()
    seed.entries.insert(0, EntrySeed("plant", "en-us", {"uid": "blt1", "title": "Lichen", "_version": 2}))
    document = loaded(seed).main.entries["plant"]["blt1"].documents["en-us"]
    titles = [document.versions[number]["title"] for number in sorted(document.versions)]
    assert titles == ["Lichen (version 1)", "Lichen", "Moss"]


def test_missing_files_are_made_up_when_asked() -> None:
    """Bytes that differ from asset to asset, and only where there are none."""
    raw: JsonObject = {"title": "A", "filename": "a.txt", "_version": 1}
    seed = one_entry()
    seed.assets = [AssetSeed({**raw, "uid": "blta"}), AssetSeed({**raw, "uid": "bltb"}, b"real")]
    contents = [
        {
            uid: asset.versions[1].content
            for uid, asset in loaded(seed, invent_files=files).main.assets.items()
        }
        for files in (False, True)
    ]
    assert contents == [
        {"blta": None, "bltb": b"real"},
        {"blta": b"stand-in for blta 1\n", "bltb": b"real"},
    ]


def test_names_terms_and_releases_are_loaded() -> None:
    seed = one_entry()
    seed.version_names = [VersionNameSeed("plant", "blt1", "en-us", 2, {"title": "Gold"})]
    seed.taxonomies = [
        TaxonomySeed({"uid": "soil", "name": "Soil"}),
        TaxonomySeed({"uid": "soil", "name": "Sol"}, "fr"),
    ]
    seed.terms = [
        TermSeed("soil", {"uid": "clay", "name": "Clay"}),
        TermSeed("soil", {"uid": "clay", "name": "A"}, "fr"),
    ]
    seed.releases = [ReleaseSeed({"uid": "bltr", "name": "R"}, [{"uid": "blt1", "version": 1}])]
    stack = loaded(seed)
    assert list(stack.main.entries["plant"]["blt1"].documents["en-us"].version_names.values()) == [
        {"title": "Gold"}
    ]
    soil = stack.taxonomies["soil"]
    assert (soil.raw["name"], soil.terms["clay"]["name"], soil.translations["fr"]["clay"]["name"]) == (
        "Soil",
        "Clay",
        "A",
    )
    assert stack.main.releases["bltr"].items == [{"uid": "blt1", "version": 1}]
