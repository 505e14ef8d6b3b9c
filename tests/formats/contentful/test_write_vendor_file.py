"""A snapshot becomes a file that contentful-import takes; what it cannot hold is told, and nothing else is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from every_kind_space import fill_every_kind
from space_bench import DATASETS, dataset, make_space_bench
from vendor_files import asset, complaints, put_file, small, sys, write
from workbench import memory_directory

from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.formats.contentful.convert import contentful_file_to_snapshot, snapshot_to_contentful_file
from stackferry.formats.csdx.convert import snapshot_to_csdx
from stackferry.io.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space


ONLY_THERE = "only in the release, or gone: the importer could not make the release with it"


@pytest.fixture(scope="module")
def everything() -> Iterator[Snapshot]:
    """The snapshot of a space with every kind, with all versions, tasks and comments."""
    with memory_directory() as root:
        bench = make_space_bench(root, fill_every_kind)
        yield bench.export(versions="all", editorial=True)


def written(snapshot: Snapshot, out: Path) -> tuple[Any, list[str]]:
    """The file, and the gaps as lines."""
    gaps = snapshot_to_contentful_file(snapshot, out)
    (file,) = out.glob("*.json")
    return json.loads(file.read_bytes()), [f"{gap.kind} {gap.uid}{gap.path}: {gap.reason}" for gap in gaps]


def records(snapshot: Snapshot) -> dict[tuple[str, str], list[Any]]:
    return {(one.kind, one.type): [*snapshot.objects(one)] for one, _ in snapshot.stream_files()}


def test_the_importer_stops_at_nothing(everything: Snapshot, tmp_path: Path) -> None:
    content, _ = written(everything, tmp_path / "out")
    assert complaints(content) == []
    assert {key: len(items) for key, items in content.items()} == {
        "contentTypes": 3,
        "tags": 2,
        "editorInterfaces": 2,
        "entries": 5,
        "assets": 3,
        "locales": 2,
        "webhooks": 1,
        "roles": 1,
        "releases": 1,
    }


def test_what_the_file_cannot_hold_is_told_once_for_each_kind(everything: Snapshot, tmp_path: Path) -> None:
    _, gaps = written(everything, tmp_path / "out")
    of_kinds = dict(line.split(" *: ") for line in gaps if " *: " in line)
    counts = everything.manifest["counts"]
    assert isinstance(counts, dict)
    held = {"content_types", "tags", "editor_interfaces", "entries", "assets", "locales", "webhooks", "roles"}
    assert of_kinds.keys() == counts.keys() - held - {"files", "releases", "space"}
    assert all(reason.startswith(f"{counts[kind]} left out: ") for kind, reason in of_kinds.items())
    assert [line for line in gaps if " *: " not in line] == [
        f"releases campaign/entities/chick: item chick is {ONLY_THERE}",
        "releases launch: the importer knows no Launch releases",
        "releases past: the importer knows no Launch releases",
    ]


def test_there_and_back_only_that_is_lost(everything: Snapshot, tmp_path: Path) -> None:
    _, gaps = written(everything, tmp_path / "out")
    back = contentful_file_to_snapshot(tmp_path / "out", tmp_path / "back")
    lost = {line.split(" ")[0] for line in gaps if " *: " in line} | {"space", "releases", "files"}
    before, after = records(everything), records(back)
    assert {key: rows for key, rows in after.items() if key[0] not in lost} == {
        key: rows for key, rows in before.items() if key[0] not in lost
    }
    # The bytes of the current bodies; those of what is live lie with what is lost.
    lost_bytes = {row["uid"] for row in before["files", ""]} - {row["uid"] for row in after["files", ""]}
    assert [url.rpartition("/")[2] for url in lost_bytes] == ["sound.mp3"]
    assert all(back.bytes_of(row["sha256"]).exists() for row in after["files", ""])
    (release,) = after["releases", ""]
    assert [item["entity"]["sys"]["id"] for item in release["entities"]["items"]] == ["hen", "egg", "picture"]
    assert [*back.verify()] == []


@pytest.mark.parametrize("name", DATASETS)
def test_a_real_export_survives_byte_by_byte(tmp_path: Path, name: str) -> None:
    fill: Callable[[Space, Environment], None] = dataset(name)
    with memory_directory() as root:
        bench = make_space_bench(root, fill)
        snapshot = bench.export()
        content, _ = written(snapshot, tmp_path / "out")
        assert complaints(content) == []
        one = contentful_file_to_snapshot(tmp_path / "out", tmp_path / "one")
        snapshot_to_contentful_file(one, tmp_path / "again")
        other = contentful_file_to_snapshot(tmp_path / "again", tmp_path / "other")
        assert records(one) == records(other)
        assert one.manifest["files"] == other.manifest["files"]
        kinds = ("entries", "assets", "content_types", "editor_interfaces", "locales", "webhooks", "files")
        own = {key: rows for key, rows in records(snapshot).items() if key[0] in kinds}
        assert {key: rows for key, rows in records(one).items() if key[0] in kinds} == own


def test_files_lie_where_the_importer_looks_for_them(tmp_path: Path) -> None:
    """contentful-import 9.4 joins its folder with what stands in the address behind `//`, and decodes nothing."""
    spaced = asset("spaced", "der%20Plan.pdf", 4)
    (tmp_path / "in").mkdir()
    put_file(tmp_path / "in", spaced, b"plan")
    file = write(tmp_path / "in" / "export.json", small(assets=[spaced]))
    snapshot_to_contentful_file(contentful_file_to_snapshot(file, tmp_path / "snapshot"), tmp_path / "out")
    _, _, path = spaced["fields"]["file"]["en-US"]["url"].partition("//")
    assert (tmp_path / "out" / path).read_bytes() == b"plan"
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 2
    again = contentful_file_to_snapshot(tmp_path / "out", tmp_path / "again")
    assert [row["size"] for row in records(again)["files", ""]] == [4]


def test_a_name_that_no_disk_holds_as_the_importer_looks_for_it(tmp_path: Path) -> None:
    """Encoded it is three times as long: the file is written under its own name, which this program finds."""
    long = asset("long", quote("ä" * 100) + ".pdf", 4)
    (tmp_path / "in").mkdir()
    put_file(tmp_path / "in", long, b"plan")
    file = write(tmp_path / "in" / "export.json", small(assets=[long]))
    gaps = snapshot_to_contentful_file(
        contentful_file_to_snapshot(file, tmp_path / "snapshot"), tmp_path / "out"
    )
    assert any("longer than a disk can hold" in str(gap) for gap in gaps)
    again = contentful_file_to_snapshot(tmp_path / "out", tmp_path / "again")
    assert [row["size"] for row in records(again)["files", ""]] == [4]


def test_what_the_importer_would_stop_at_is_left_out_and_told(tmp_path: Path) -> None:
    nameless = asset("nameless", "a.pdf", 4, fileName="")
    waiting = asset("waiting", "b.pdf", 4, url=None, upload="https://example.invalid/b.pdf")
    uploaded = asset("uploaded", "c.pdf", 4, url=None, uploadFrom={"sys": {"id": "u"}})
    for row in (waiting, uploaded):
        del row["fields"]["file"]["en-US"]["url"]
    hook = {"sys": sys("WebhookDefinition", "w"), "name": "W", "topics": [], "url": "ftp://example.invalid"}
    layout: dict[str, Any] = {
        "sys": {**sys("EditorInterface", "default"), "contentType": {"sys": {"id": "page"}}}
    }
    layout["controls"] = [{"fieldId": "title", "widgetId": None}]
    lists: dict[str, Any] = {
        "assets": [nameless, waiting, uploaded],
        "webhooks": [hook],
        "editorInterfaces": [layout],
    }
    lists["tags"] = [{"sys": sys("Tag", "t"), "name": ""}]
    file = write(tmp_path / "export.json", small(**lists))
    content, gaps = written(contentful_file_to_snapshot(file, tmp_path / "snapshot"), tmp_path / "out")
    assert complaints(content) == []
    reason = "a file without an address, a name or a type: the importer would stop at it"
    assert [line for line in gaps if " *: " not in line] == [
        "tags t: the importer demands a name",
        f"assets nameless/fields/file/en-US: {reason}",
        f"assets uploaded/fields/file/en-US: {reason}",
        "webhooks w: the importer takes no address that does not begin with http",
    ]
    back = contentful_file_to_snapshot(tmp_path / "out", tmp_path / "back")
    assert waiting in records(back)["assets", ""]  # what the importer needs to see is taken back


def test_the_same_snapshot_gives_the_same_bytes(everything: Snapshot, tmp_path: Path) -> None:
    for name in ("one", "other"):
        snapshot_to_contentful_file(everything, tmp_path / name)
    files = [path for path in sorted((tmp_path / "one").rglob("*")) if path.is_file()]
    assert len(files) == 4
    for path in files:
        assert (tmp_path / "other" / path.relative_to(tmp_path / "one")).read_bytes() == path.read_bytes()


def test_a_conversion_that_nobody_was_told_of_is_reported_again(everything: Snapshot, tmp_path: Path) -> None:
    told = snapshot_to_contentful_file(everything, tmp_path / "out", when_reported=[])
    assert snapshot_to_contentful_file(everything, tmp_path / "out", when_reported=[]) == told


def test_a_snapshot_of_another_system_is_refused(everything: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="only one of Contentstack can become a csdx export"):
        snapshot_to_csdx(everything, tmp_path / "out")
    other = tmp_path / "stack"
    other.mkdir()
    head = {
        "format": 1,
        "tool": "stackferry",
        "source": {"system": "contentstack"},
        "files": [],
        "counts": {},
        "gaps": [],
    }
    (other / "manifest.json").write_text(json.dumps(head))
    with pytest.raises(UsageError, match="only one of Contentful can become its export"):
        snapshot_to_contentful_file(Snapshot(other), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_snapshot_is_not_written(tmp_path: Path) -> None:
    snapshot = contentful_file_to_snapshot(write(tmp_path / "export.json", small()), tmp_path / "snapshot")
    (tmp_path / "snapshot" / "locales.jsonl").write_text("{}\n")
    with pytest.raises(SnapshotCorrupt, match=r"locales\.jsonl"):
        snapshot_to_contentful_file(snapshot, tmp_path / "out")
    assert not (tmp_path / "out").exists()
