"""A snapshot that was edited and whose manifest was made to fit: what is doubled or missing is still found."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import fill_every_kind
from random_stack import fill_random
from small_stack import HEN
from workbench import make_workbench, memory_directory, run_async

from repository import SAMPLES
from sampling import sampled
from stackferry import verify
from stackferry.errors import SnapshotCorrupt
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import WORK, Snapshot

if TYPE_CHECKING:
    import os

SAMPLE = SAMPLES / "harbour-guide"


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    return shutil.copytree(SAMPLE, tmp_path / "edited")


def sign(snapshot: Path) -> None:
    """Make the manifest fit the files, as an editor would who knows the format."""
    path = snapshot / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text())
    entries = []
    for entry in manifest["files"]:
        file = snapshot / entry["path"]
        if file.exists():
            data = file.read_bytes()
            facts = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            lines = {"lines": data.count(b"\n")} if "lines" in entry else {}
            entries.append({**entry, **facts, **lines})
    counts: Counter[str] = Counter()
    for entry in entries:
        if "kind" in entry:
            counts[entry["kind"]] += entry["lines"]
    path.write_text(json.dumps({**manifest, "files": entries, "counts": {**counts}}))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "name", ["entries/page/en-us.jsonl", "locales.jsonl", "terms.jsonl", "release_items.jsonl"]
)
@pytest.mark.parametrize("is_beside", [True, False])
async def test_a_row_that_is_there_twice_is_damage(edited: Path, name: str, is_beside: bool) -> None:
    file = edited / name
    first, *rest = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([first, first, *rest] if is_beside else [first, *rest, first]))
    sign(edited)
    report = await verify(edited)
    assert [name in line and "two records have the key" in line for line in report.damage] == [True]


@pytest.mark.anyio
async def test_bytes_that_the_manifest_no_longer_lists_are_damage(edited: Path) -> None:
    gone = next(path for path in (edited / "files").rglob("*") if path.is_file())
    gone.unlink()
    sign(edited)
    report = await verify(edited)
    assert any(gone.name in line and "are missing" in line for line in report.damage)


Edit = Callable[[Path], object]


def only_in(name: str, *left_out: int) -> Edit:
    """Leaves lines out of a file."""

    def edit(root: Path) -> None:
        lines = (root / name).read_bytes().splitlines(keepends=True)
        (root / name).write_bytes(
            b"".join(line for number, line in enumerate(lines) if number not in left_out)
        )

    return edit


def exchanged(one: str, other: str) -> Edit:
    def edit(root: Path) -> None:
        first, second = (root / one).read_bytes(), (root / other).read_bytes()
        (root / one).write_bytes(second)
        (root / other).write_bytes(first)

    return edit


def nameless(root: Path) -> None:
    with (root / "labels.jsonl").open("ab") as file:
        file.write(b'{"name":"Nobody"}\n')


def other_bytes(root: Path) -> None:
    next(path for path in (root / "files").rglob("*") if path.is_file()).write_bytes(b"other")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (exchanged("entries/page/en-us.jsonl", "entries/page/de-de.jsonl"), "entries/page/en-us: blt"),
        (only_in("content_types.jsonl", 0), "is not there"),
        (only_in("taxonomies.jsonl", 0), "terms: taxonomies"),
        (only_in("releases.jsonl", 0), "release_items: releases"),
        (only_in("assets.jsonl", 0), "files: assets"),
        (only_in("files.jsonl", 0), "the bytes of no asset"),
        (nameless, "labels: a record lacks what names it"),
        (other_bytes, "bytes that its name does not say"),
    ],
)
async def test_what_does_not_belong_together_is_damage(edited: Path, edit: Edit, told: str) -> None:
    edit(edited)
    sign(edited)
    assert any(told in line for line in (await verify(edited)).damage)


def damage_of(snapshot: Path | Snapshot) -> Sequence[str]:
    return run_async(lambda: verify(snapshot)).damage


# A single older version that is newer than the latest may have been saved, and put into a release, just then.
NOT_SEEN = {("asset_versions.jsonl", "assets.jsonl")}
PARTS = 16  # of all pairs of files


@pytest.mark.parametrize("part", sampled(range(PARTS), 3))
def test_two_files_that_stand_for_each_other_are_damage(part: int) -> None:
    unseen = set[tuple[str, str]]()
    with memory_directory() as root:
        make_workbench(root, fill_every_kind).export(versions="all")
        snapshot = root / "snapshot"
        manifest = (snapshot / "manifest.json").read_bytes()
        names = [entry["path"] for entry in json.loads(manifest)["files"] if "kind" in entry]
        for one, other in [*combinations(sorted(names), 2)][part::PARTS]:
            exchanged(one, other)(snapshot)
            sign(snapshot)
            unseen |= set() if damage_of(snapshot) else {(one, other)}
            exchanged(one, other)(snapshot)
            (snapshot / "manifest.json").write_bytes(manifest)
    assert len(names) > 30
    assert unseen <= NOT_SEEN


@pytest.mark.parametrize("seed", sampled(range(40), 3))
def test_a_snapshot_as_it_was_made_is_whole(seed: int) -> None:
    with memory_directory() as root:
        bench = make_workbench(root, partial(fill_random, seed=seed))
        assert damage_of(bench.export(versions="all")) == []
        name = next(iter(bench.source.main.entries))
        assert damage_of(bench.export(name, versions="pinned", types=frozenset({name}))) == []


@pytest.mark.anyio
async def test_entries_without_their_fields_tell_their_type_by_what_names_them(edited: Path) -> None:
    """The entries of a type, all languages and older versions of them, stand where those of another one were."""
    for kind in ("entries", "versions", "history", "variants"):
        one, other = edited / kind / "page", edited / kind / "place"
        for name in {path.name for folder in (one, other) if folder.exists() for path in folder.iterdir()}:
            if (one / name).exists() and (other / name).exists():
                exchanged(f"{kind}/page/{name}", f"{kind}/place/{name}")(edited)
    sign(edited)
    assert any("is among those of" in line for line in (await verify(edited)).damage)


@pytest.mark.anyio
@pytest.mark.parametrize("counts", [{}, [1], {"entries": "many"}, None])
async def test_counts_that_are_not_those_of_the_files_are_damage(edited: Path, counts: object) -> None:
    path = edited / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "counts": counts}))
    damage = (await verify(edited)).damage
    assert any(
        line.startswith("manifest.json: it counts ") and " entries, and lists " in line for line in damage
    )


@pytest.mark.anyio
async def test_the_sample_is_whole_and_so_is_a_snapshot_with_kinds_of_a_later_version(edited: Path) -> None:
    assert (await verify(SAMPLE)).damage == []
    path = edited / "manifest.json"
    manifest = json.loads(path.read_text())
    rows = b'{"of":"a","uid":"one"}\n{"of":"b","uid":"one"}\n'
    (edited / "later.jsonl").write_bytes(rows)
    entry = {"kind": "later", "path": "later.jsonl", "lines": 2, "size": len(rows)}
    manifest["counts"]["later"] = 2
    manifest["files"].append({**entry, "sha256": hashlib.sha256(rows).hexdigest()})
    path.write_text(json.dumps(manifest))
    assert (await verify(Snapshot(edited))).damage == []


class VanishingWork(Files):
    """Files below the working directory are gone when they are looked at: a run removes it at the same moment."""

    def _stat(self, name: str) -> os.stat_result | None:
        if name.startswith(WORK):
            raise SnapshotCorrupt(f"{name}: missing")
        return super()._stat(name)


def test_a_run_that_ends_meanwhile_does_not_make_a_snapshot_damaged(edited: Path) -> None:
    (edited / WORK).mkdir()
    (edited / WORK / "lock").write_text("1")
    snapshot = Snapshot(edited)
    snapshot.files = VanishingWork(edited)
    assert [*snapshot.verify()] == []


@pytest.mark.parametrize("number", [None, "2", 0, True])
def test_a_latest_version_without_a_number_ends_no_import(number: object) -> None:
    """It counts as the first one, which the snapshot has as an older version, too: that is damage."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        bench.export(versions="all")
        file = root / "snapshot" / "entries" / "page" / "en-us.jsonl"
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        (hen,) = (row for row in rows if row["uid"] == HEN)
        hen["_version"] = number
        file.write_text("".join(f"{json.dumps(row, separators=(',', ':'))}\n" for row in rows))
        sign(root / "snapshot")
        (told,) = damage_of(root / "snapshot")
        assert f"version 1 of {HEN}" in told
        done = bench.import_snapshot(Snapshot(root / "snapshot"), versions="all")
        assert {gap["kind"] for gap in done.gaps} <= {"publications", "release_items", "schedules"}
