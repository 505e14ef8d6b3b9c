"""The sample snapshot is what its script builds, and holds what its README describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from csdx_trees import rows

from repository import SAMPLES
from sample_script import sample_script
from stackferry.formats.csdx.convert import csdx_to_snapshot, snapshot_to_csdx
from stackferry.io.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def script() -> Iterator[Any]:
    with sample_script("build.py") as module:
        yield module


@pytest.fixture
def sample() -> Snapshot:
    return Snapshot(SAMPLES / "harbour-guide")


def _contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_sample_is_what_its_script_builds(script: Any, sample: Snapshot, tmp_path: Path) -> None:
    """Byte for byte."""
    anyio.run(script.build, tmp_path / "harbour-guide")
    assert _contents(tmp_path / "harbour-guide") == _contents(sample.root)


def test_the_sample_is_complete(sample: Snapshot) -> None:
    """It verifies and has no gaps. When the format's number changes, a copy of this sample stays, for reading it."""
    assert sample.manifest["format"] == 1
    assert [*sample.verify()] == []
    assert sample.gaps() == []


def test_no_credential_is_in_the_sample(script: Any, sample: Snapshot) -> None:
    """Those that the script gives to a webhook and an extension are replaced, and the places are listed."""
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


def test_the_sample_holds_cycles_of_references(script: Any, sample: Snapshot) -> None:
    """Three places that refer to each other, and one that refers to itself."""
    near = {
        row["uid"]: [ref["uid"] for ref in row.get("nearby", [])]
        for row in rows(sample, "entries/place/en-us.jsonl")
    }
    uid = {name: script.uid_of(f"place/{name}") for name in ("lighthouse", "market", "crane", "pool")}
    assert uid["market"] in near[uid["lighthouse"]]
    assert uid["crane"] in near[uid["market"]]
    assert uid["lighthouse"] in near[uid["crane"]]
    assert near[uid["pool"]] == [uid["pool"]]


def test_published_versions_in_the_sample_are_not_always_the_latest(sample: Snapshot) -> None:
    """Environments and languages have different versions of one entry."""
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


def test_an_entry_of_the_sample_exists_in_one_other_language_only(sample: Snapshot) -> None:
    (winter,) = rows(sample, "entries/event/de-at.jsonl")
    others = [*rows(sample, "entries/event/en-us.jsonl"), *rows(sample, "entries/event/de-de.jsonl")]
    assert winter["uid"] not in {row["uid"] for row in others}


def test_hostile_file_names_in_the_sample_are_in_no_path(sample: Snapshot) -> None:
    names = {row["filename"] for row in rows(sample, "assets.jsonl")}
    assert {"../../../etc/harbour.txt", "منارة-الميناء.svg", "🚢 ferry.png"} <= names
    assert max(map(len, names)) == 200
    assert all(path.isascii() and ".." not in path for path in _contents(sample.root))


def test_the_sample_survives_a_conversion_to_csdx_and_back(sample: Snapshot, tmp_path: Path) -> None:
    """Everything comes back but the gaps: releases, histories, an older picture, an escaped file name."""
    gaps = snapshot_to_csdx(sample, tmp_path / "csdx")
    gap_kinds = {gap.kind for gap in gaps}
    again = csdx_to_snapshot(tmp_path / "csdx", tmp_path / "again")
    before = {str(entry["path"]): entry["sha256"] for entry in sample.file_entries() if "kind" in entry}
    after = {str(entry["path"]): entry["sha256"] for entry in again.file_entries() if "kind" in entry}
    lost = {path for path in before if before[path] != after.get(path)}
    assert {path.partition("/")[0].removesuffix(".jsonl") for path in lost} == gap_kinds | {
        "release_items",
        "assets",
    }
    assert gap_kinds == {"releases", "history", "files"}
    assert set(after) <= set(before)
