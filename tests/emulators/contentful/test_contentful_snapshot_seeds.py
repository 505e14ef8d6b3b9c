"""A snapshot as a seed: the space that is made of it is the one that was exported."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from space_bench import SpaceBench
from space_state import differences, state_of

from sampling import sampled
from stackferry import exact_json
from stackferry.emulators.contentful import Emulator
from stackferry.emulators.contentful.seed.api import Api
from stackferry.emulators.contentful.seed.generator import generate
from stackferry.emulators.contentful.seed.load import add_seeded_space, holds_space
from stackferry.errors import SnapshotCorrupt
from stackferry.json_values import nested, objects

if TYPE_CHECKING:
    from stackferry.emulators.contentful import Space

TOKEN = "cf-invented-token"
LISTS = ("/releases", "/release_actions", "/workflow_definitions", "/workflows")


def exported(root: Path, seed: int) -> tuple[Space, Emulator, Path]:
    """A made-up space, and where its export lies."""
    emulator = Emulator()
    source = generate(emulator, key="made", token=TOKEN, seed=seed, until=datetime(2026, 1, 1, tzinfo=UTC))
    bench = SpaceBench(root, emulator, source, source)
    bench.export("snapshot", key="made", versions="all", keep_secrets=True)
    return source, emulator, root / "snapshot"


def records(emulator: Emulator, key: str, organization: str) -> str:
    """What the API lists beside content, by id; without the names of space and organization."""
    api = Api(emulator, key, TOKEN)
    paths = [
        *LISTS,
        *(f"/spaces/{key}/{name}" for name in ("webhook_definitions", "roles", "environment_aliases")),
    ]
    paths.append(f"/spaces/{key}/scheduled_actions?environment.sys.id=master")
    paths += [f"/organizations/{organization}/taxonomy/{name}" for name in ("concepts", "concept-schemes")]
    rows = [row for path in paths for row in objects(api.get(path)["items"])]
    found = exact_json.dumps({str(nested(row, "sys", "id")): row for row in rows}).decode()
    return found.replace(organization, "ORGANIZATION").replace(f'"{key}"', '"KEY"')


@pytest.mark.parametrize("seed", sampled(range(12), 2))
def test_a_space_is_made_again_of_its_snapshot(tmp_path: Path, seed: int) -> None:
    source, emulator, folder = exported(tmp_path, seed)
    assert holds_space(folder)
    again = add_seeded_space(emulator, folder, key="again", token=TOKEN)
    for file in again.files.values():
        file.content = file.content.read_bytes() if isinstance(file.content, Path) else file.content
    assert differences(state_of(source), state_of(again)) == []
    ours, theirs = (records(emulator, space.id, space.organization.id) for space in (source, again))
    assert ours == theirs
    for uid, release in source.master.releases.items():
        copies = {key: one.body for key, one in release.entries.items()}
        assert {key: one.body for key, one in again.master.releases[uid].entries.items()} == copies
    assert emulator.defects == []


def test_a_damaged_snapshot_is_named(tmp_path: Path) -> None:
    _, emulator, folder = exported(tmp_path, 0)
    (folder / "tags.jsonl").write_bytes(b"{\n")
    with pytest.raises(SnapshotCorrupt, match=r"tags\.jsonl line 1"):
        add_seeded_space(emulator, folder, key="damaged", token=TOKEN)
    (folder / "tags.jsonl").unlink()
    with pytest.raises(SnapshotCorrupt, match=r"tags\.jsonl cannot be read"):
        add_seeded_space(emulator, folder, key="missing", token=TOKEN)


def test_a_listed_file_outside_of_the_snapshot_is_refused(tmp_path: Path) -> None:
    manifest = {"source": {"system": "contentful"}, "files": [{"path": "../other.jsonl", "kind": "tags"}]}
    (tmp_path / "manifest.json").write_bytes(exact_json.dumps(manifest))  # type: ignore[arg-type]  # it is JSON
    with pytest.raises(SnapshotCorrupt, match="outside"):
        add_seeded_space(Emulator(), tmp_path, key="hostile", token=TOKEN)
