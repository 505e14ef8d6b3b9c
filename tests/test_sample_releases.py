"""The sample archive of a project is what its script builds, and holds what its README describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from repository import SAMPLES
from sample_script import sample_script
from stackferry import evidence, exact_json
from stackferry.io.storage.snapshot import Snapshot
from stackferry.json_values import texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "harbour-releases"


@pytest.fixture
def script() -> Iterator[Any]:
    with sample_script("build_releases.py") as module:
        yield module


@pytest.fixture
def sample() -> Snapshot:
    return Snapshot(SAMPLES / NAME)


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def rows(kind: str) -> list[Any]:
    return [exact_json.loads(line) for line in (SAMPLES / NAME / f"{kind}.jsonl").read_bytes().splitlines()]


def test_the_sample_is_what_its_script_builds(script: Any, sample: Snapshot, tmp_path: Path) -> None:
    """Byte for byte."""
    anyio.run(script.build, tmp_path / NAME)
    assert contents(tmp_path / NAME) == contents(sample.root)


def test_the_sample_is_complete(sample: Snapshot) -> None:
    assert sample.manifest["format"] == 1
    assert [*sample.verify()] == []
    assert sample.gaps() == []


def test_no_credential_is_in_the_sample(script: Any, sample: Snapshot) -> None:
    assert script.TOKEN.encode() not in b"".join(contents(sample.root).values())
    assert sample.manifest["redacted"]


def test_the_sample_holds_what_its_readme_says() -> None:
    releases = rows("releases")
    assert {row["status"] for row in releases} == {"draft", "active", "abandoned"}
    stages = {one["status"] for row in releases for one in row["environments"]}
    assert {"succeeded", "rejected", "notStarted", "inProgress"} <= stages
    names = [row["name"] for row in releases]
    assert len(set(names)) < len(names)
    assert {name[:4] for name in names} >= {"=cmd", "<scr"}
    definitions = {row["id"] for row in rows("definitions")}
    assert {row["releaseDefinition"]["id"] for row in releases} - definitions
    assert len(rows("definition_revisions")) > len(definitions)
    for kind in (
        "queues",
        "deployment_groups",
        "variable_groups",
        "task_groups",
        "connections",
        "secure_files",
    ):
        assert rows(kind), kind
    marks = {mark for row in evidence(SAMPLES / NAME).rows for mark in texts(row["marks"])}
    assert {"approved by the requester", "approval skipped", "no approval at all"} <= marks
