"""The sample snapshot is what its script builds, and holds what its README says."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from csdx_trees import rows

from repository import SAMPLES
from stackferry.formats.csdx.convert import adopt, write_vendor_export
from stackferry.io.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def script() -> Iterator[Any]:
    """The building script as a module; its neighbours are gone from the interpreter afterwards."""
    known, path = set(sys.modules), [*sys.path]
    spec = importlib.util.spec_from_file_location("sample_build", SAMPLES / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sample_build"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = path
    for name in {"sample_build", "guide_content", "guide_files", "guide_model"} - known:
        sys.modules.pop(name, None)


@pytest.fixture
def sample() -> Snapshot:
    return Snapshot(SAMPLES / "harbour-guide")


def _contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_sample_is_what_its_script_builds(script: Any, sample: Snapshot, tmp_path: Path) -> None:
    """The same bytes on every machine and every day."""
    anyio.run(script.build, tmp_path / "harbour-guide")
    assert _contents(tmp_path / "harbour-guide") == _contents(sample.root)


def test_the_sample_is_whole(sample: Snapshot) -> None:
    """G5: it verifies, and nothing is missing. When the format's number changes, a copy of it stays for ever."""
    assert sample.manifest["format"] == 1
    assert [*sample.verify()] == []
    assert sample.gaps() == []


def test_no_credential_is_in_the_sample(script: Any, sample: Snapshot) -> None:
    """What the script gives to a webhook and an extension is replaced, and the places are listed."""
    secrets = (
        "invented-token-of-nobody",
        "invented-password-of-nobody",
        "invented-header-of-nobody",
        script.TOKEN,
    )
    everything = b"".join(_contents(sample.root).values())
    assert not any(secret.encode() in everything for secret in secrets)
    redacted: Any = sample.manifest["redacted"]
    assert [place.split()[0] for place in redacted] == ["extensions", "webhooks", "webhooks"]


def test_the_sample_holds_a_ring_of_three_and_two_that_name_themselves(script: Any, sample: Snapshot) -> None:
    """The rings of the README are there."""
    near = {
        row["uid"]: [one["uid"] for one in row.get("nearby", [])]
        for row in rows(sample, "entries/place/en-us.jsonl")
    }
    uid = {name: script.uid_of(f"place/{name}") for name in ("lighthouse", "market", "crane", "pool")}
    assert uid["market"] in near[uid["lighthouse"]]
    assert uid["crane"] in near[uid["market"]]
    assert uid["lighthouse"] in near[uid["crane"]]
    assert near[uid["pool"]] == [uid["pool"]]


def test_what_is_live_in_the_sample_is_not_always_the_newest(sample: Snapshot) -> None:
    """Environments and languages show different versions of the lighthouse."""
    names = {row["uid"]: row["name"] for row in rows(sample, "environments.jsonl")}
    (lighthouse,) = (
        row for row in rows(sample, "entries/place/en-us.jsonl") if row["title"] == "The lighthouse"
    )
    live = {
        (names[one["environment"]], one["locale"]): one["version"] for one in lighthouse["publish_details"]
    }
    assert lighthouse["_version"] == 3
    assert live == {
        ("production", "en-us"): 2,
        ("preview", "en-us"): 3,
        ("production", "de-de"): 1,
        ("preview", "de-de"): 2,
    }


def test_an_entry_of_the_sample_is_in_austrian_german_only(sample: Snapshot) -> None:
    """Its uid is in no other language."""
    (winter,) = rows(sample, "entries/event/de-at.jsonl")
    others = [*rows(sample, "entries/event/en-us.jsonl"), *rows(sample, "entries/event/de-de.jsonl")]
    assert winter["uid"] not in {row["uid"] for row in others}


def test_hostile_names_of_the_sample_are_nowhere_in_its_paths(sample: Snapshot) -> None:
    """A file name is a value in a row and nothing else."""
    names = {row["filename"] for row in rows(sample, "assets.jsonl")}
    assert {"../../../etc/harbour.txt", "منارة-الميناء.svg", "🚢 ferry.png"} <= names
    assert max(map(len, names)) == 200
    assert all(path.isascii() and ".." not in path for path in _contents(sample.root))


def test_the_sample_goes_to_the_vendors_layout_and_back(sample: Snapshot, tmp_path: Path) -> None:
    """Everything comes back but what was told: releases, histories, an older picture, a name that climbs."""
    gaps = write_vendor_export(sample, tmp_path / "csdx")
    told = {gap.kind for gap in gaps}
    again = adopt(tmp_path / "csdx", tmp_path / "again")
    before = {str(entry["path"]): entry["sha256"] for entry in sample.listed() if "kind" in entry}
    after = {str(entry["path"]): entry["sha256"] for entry in again.listed() if "kind" in entry}
    lost = {path for path in before if before[path] != after.get(path)}
    assert {path.partition("/")[0].removesuffix(".jsonl") for path in lost} == told | {
        "release_items",
        "assets",
    }
    assert told == {"releases", "history", "files"}
    assert set(after) <= set(before)
