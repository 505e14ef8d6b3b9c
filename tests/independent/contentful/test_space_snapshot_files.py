"""The files of a snapshot, read with nothing but json, beside the answers of the service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import raw_state
import snapshot_files
from plain_space import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from plain_space import Space
    from watched_service import Service

AS_THEY_CAME = {
    "locales": "locales",
    "tags": "tags",
    "content_types": "content_types",
    "editor_interfaces": "editor_interfaces",
    "extensions": "extensions",
    "app_installations": "app_installations",
    "ui_config": "ui_config",
    "entries": "entries",
    "assets": "assets",
    "releases": "releases",
    "workflow_definitions": "workflow_definitions",
    "workflows": "workflows",
    "tasks": "tasks",
    "comments": "comments",
    "roles": "roles",
    "webhook_definitions": "webhooks",
    "scheduled_actions": "scheduled_actions",
}


def ordered(rows: list[Any]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_each_line_is_the_object_as_the_service_gives_it(full_space: Space, full_snapshot: Path) -> None:
    rows = raw_state.read(full_space)
    for kind, name in AS_THEY_CAME.items():
        assert ordered(snapshot_files.lines(full_snapshot, name)) == ordered(rows[kind]), kind
    for kind in ("entries", "assets"):
        held = [{key: row[key] for key in row if key != "of"} for row in rows[f"release_{kind}"]]
        assert ordered(snapshot_files.lines(full_snapshot, f"release_{kind}")) == ordered(held)
    assert snapshot_files.damages(full_snapshot) == []


def test_what_is_live_is_kept_where_it_is_another_body(full_space: Space, full_snapshot: Path) -> None:
    rows = raw_state.read(full_space)
    for kind in ("entries", "assets", "content_types"):
        current = {row["sys"]["id"]: row for row in rows[kind]}
        body = "fields"
        live = [row for row in rows[f"public/{kind}"] if row[body] != current[row["sys"]["id"]][body]]
        kept = {row["sys"]["id"]: row for row in snapshot_files.lines(full_snapshot, f"published_{kind}")}
        assert live
        for row in live:
            assert kept[row["sys"]["id"]][body] == row[body], kind


def test_bytes_lie_under_their_digest_and_each_address_has_them(
    full_space: Space, full_snapshot: Path
) -> None:
    known = {row["uid"]: row["sha256"] for row in snapshot_files.lines(full_snapshot, "files")}
    rows = raw_state.read(full_space)
    addresses = {
        file["url"].removeprefix("//")
        for kind in ("assets", "public/assets")
        for asset in rows[kind]
        for file in asset["fields"].get("file", {}).values()
    }
    assert {key.removeprefix("//") for key in known} == addresses
    assert set(known.values()) == {row["sha256"] for row in rows["files"]}
    stored = {path.name for path in (full_snapshot / "files").rglob("*") if path.is_file()}
    assert stored == set(known.values())


def test_older_versions_are_kept(full_space: Space, full_snapshot: Path) -> None:
    kept = [row["snapshot"] for row in snapshot_files.lines(full_snapshot, "entry_snapshots")]
    named = {(row["sys"]["id"], row["sys"]["version"]): row["fields"] for row in kept}
    for row in full_space.rows("entries/thrice/snapshots"):
        version = row["snapshot"]["sys"]["version"]
        assert named["thrice", version] == row["snapshot"]["fields"]


def test_no_token_and_no_header_of_a_webhook_reaches_the_disk(service: Service, full_space: Space) -> None:
    snapshot = service.home / "snapshot"
    assert service.carry("export", full_space.place, snapshot).code == 0
    keys = full_space.rows(f"/spaces/{full_space.key}/api_keys")
    everything = "".join(path.read_text("utf-8") for path in snapshot.rglob("*.json*"))
    assert '"X-Plain"' in everything
    assert all(word not in everything for word in (TOKEN, keys[0]["accessToken"], '"seen"'))
    assert any("webhooks build" in line for line in snapshot_files.manifest(snapshot)["redacted"])


def test_the_same_space_makes_the_same_bytes_and_a_base_saves_nearly_all_requests(
    service: Service, full_space: Space, full_snapshot: Path
) -> None:
    again = service.home / "again"
    words = ("--versions", "all", "--editorial", "--keep-secrets", "--base", full_snapshot)
    with service.watched(full_space) as (watcher, seen):
        del seen
        ended = service.carry("export", full_space.place, again, *words)
        assert (ended.code, watcher.writes) == (0, [])

    def content(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    assert content(again) == content(full_snapshot)
