"""The sample snapshot of a space is what its script builds, and holds what its README describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from repository import SAMPLES
from sample_script import sample_script
from stackferry import exact_json
from stackferry.io.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "harbour-space"


@pytest.fixture
def script() -> Iterator[Any]:
    with sample_script("build_space.py") as module:
        yield module


@pytest.fixture
def sample() -> Snapshot:
    return Snapshot(SAMPLES / NAME)


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def rows(path: str) -> list[Any]:
    return [exact_json.loads(line) for line in (SAMPLES / NAME / path).read_bytes().splitlines()]


def ids(path: str) -> list[str]:
    return [row["sys"]["id"] for row in rows(path)]


def test_the_sample_is_what_its_script_builds(script: Any, sample: Snapshot, tmp_path: Path) -> None:
    """Byte for byte."""
    anyio.run(script.build, tmp_path / NAME)
    assert contents(tmp_path / NAME) == contents(sample.root)


def test_the_sample_is_complete(sample: Snapshot) -> None:
    assert sample.manifest["format"] == 1
    assert [*sample.verify()] == []
    assert sample.gaps() == []


def test_no_credential_is_in_the_sample(script: Any, sample: Snapshot) -> None:
    everything = b"".join(contents(sample.root).values())
    assert script.TOKEN.encode() not in everything
    assert [place.split()[0] for place in sample.manifest["redacted"]] == ["webhooks"]  # type: ignore[union-attr]


def test_the_sample_holds_entries_in_every_state() -> None:
    """By locale: live, edited since, never live; taken down; archived."""
    places = {row["sys"]["id"]: row["sys"] for row in rows("entries/place.jsonl")}
    states = {uid: sys["fieldStatus"]["*"] for uid, sys in places.items()}
    assert set(states["crane"].values()) == {"published"}
    assert states["lighthouse"]["en-US"] == "changed"
    assert states["tidepool"] == {"en-US": "published", "de-DE": "published", "de-AT": "draft"}
    assert states["beach"] == {"en-US": "published", "de-DE": "changed", "de-AT": "published"}
    assert "publishedVersion" not in places["boathouse"]
    assert "publishedVersion" not in places["ferry"]
    assert "firstPublishedAt" in places["ferry"]
    assert "archivedVersion" in places["smokehouse"]
    events = {row["sys"]["id"]: row["sys"]["fieldStatus"]["*"] for row in rows("entries/event.jsonl")}
    assert events["perchten"] == {"en-US": "draft", "de-DE": "draft", "de-AT": "published"}


def test_the_sample_holds_what_is_live_where_it_is_not_what_is_edited() -> None:
    assert {"beach", "lighthouse", "tidepool"} <= {*ids("published_entries/place.jsonl")}
    assert "herring" in ids("published_entries/event.jsonl")
    assert ids("published_assets.jsonl") == ["lighthouse"]
    assert ids("published_content_types.jsonl") == ["notice"]
    (live,) = rows("published_assets.jsonl")
    edited = next(row for row in rows("assets.jsonl") if row["sys"]["id"] == "lighthouse")
    assert live["fields"]["file"]["en-US"]["url"] != edited["fields"]["file"]["en-US"]["url"]


def test_the_sample_holds_a_history() -> None:
    numbers = [row["snapshot"]["sys"]["id"] for row in rows("entry_snapshots/place.jsonl")]
    assert numbers.count("lighthouse") >= 2
    assert "event" in [row["snapshot"]["sys"]["id"] for row in rows("content_type_snapshots.jsonl")]


def test_the_sample_holds_releases_of_both_generations() -> None:
    """A Timeline release with a body and an entry of its own, an archived one, a Launch release, a schedule."""
    releases = {row["title"]: row["sys"] for row in rows("releases.jsonl")}
    assert releases["A hundred years of light"]["schemaVersion"] == "Release.v2"
    assert releases["Last winter"]["status"] == "archived"
    assert "schemaVersion" not in releases["Summer opening"]
    bodies = {row["sys"]["id"]: row for row in rows("release_entries.jsonl")}
    assert bodies["lighthouse"]["fields"]["name"]["de-DE"] == "Hundert Jahre Leuchtturm"
    assert "fireworks" in bodies
    assert "fireworks" not in ids("entries/event.jsonl")
    (schedule,) = rows("scheduled_actions.jsonl")
    assert schedule["entity"]["sys"]["id"] == releases["A hundred years of light"]["id"]


def test_two_locales_of_an_asset_have_files_of_their_own() -> None:
    tides = next(row for row in rows("assets.jsonl") if row["sys"]["id"] == "tides")
    urls = {code: file["url"] for code, file in tides["fields"]["file"].items()}
    digests = {row["uid"]: row["sha256"] for row in rows("files.jsonl")}
    assert digests[urls["en-US"]] != digests[urls["de-DE"]]
