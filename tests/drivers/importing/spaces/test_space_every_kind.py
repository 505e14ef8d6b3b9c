"""A space with an object of every kind goes into an empty one: equal afterwards, and a second import writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind, link, sys
from space_bench import make_space_bench

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space

SETTINGS: dict[str, dict[str, Any]] = {
    "usual": {},
    "lists": {"release_list": "v1", "cursors": False, "schedule_pages": "token", "job_requests": 2},
    "roles by POST": {"role_put": False, "default_widgets": True, "bulk_status": 200},
    "releases": {"release_lists_own": False, "release_shapes": "both", "missing_entity": 422},
    "taxonomy": {"taxonomy_links": "free", "space_shows_organization": True, "field_status": "version"},
    "strict": {"types_to_come": False, "unknown_widgets": "refused", "bulk_atomic": True},
    "tags": {"tag_version_on_create": "refused", "process_checks_version": True, "snapshot_rows": 100},
}
# What no import can bring, whatever the service is like.
ALWAYS = {("webhooks", "/headers/0/value"), ("webhooks", "/httpBasicUsername")}


def fill(space: Space, environment: Environment) -> None:
    """With schedules in the next weeks, and nothing that has the name of something else."""
    fill_every_kind(space, environment)
    for number, raw in enumerate(space.scheduled_actions.values()):
        when = datetime.now(UTC) + timedelta(days=30 + number)
        raw["scheduledFor"] = {
            "datetime": when.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "timezone": "Europe/Berlin",
        }
    environment.ui_config["publish"] = {"publishMode": "localePublishing"}
    task: dict[str, Any] = environment.tasks.pop("read")
    environment.tasks["task-of-fox"] = {**task, "sys": {**task["sys"], "id": "task-of-fox"}}
    of_type = {**sys("EditorInterface", "default"), "contentType": link("ContentType", "teaser")}
    environment.put_editor_interface({"sys": of_type, "controls": [{"fieldId": "head"}]})


def bench_of(root: Path, **switches: Any) -> SpaceBench:
    bench = make_space_bench(root / "bench", fill, switches=Switches(**switches))
    bench.target.organization = bench.source.organization
    return bench


@pytest.mark.parametrize("versions", ["pinned", "all"])
@pytest.mark.parametrize("switches", SETTINGS.values(), ids=SETTINGS)
def test_every_kind_arrives(root: Path, switches: dict[str, Any], versions: str) -> None:
    bench = bench_of(root, **switches)
    snapshot = bench.export(versions=versions, editorial=True)
    done = bench.import_snapshot(snapshot, versions=versions)
    assert {(gap["kind"], gap.get("path")) for gap in done.gaps} == ALWAYS
    assert bench.verify(snapshot, versions=versions).differences == []
    bench.emulator.log.clear()
    again = bench.import_snapshot(snapshot, "again", versions=versions, on_conflict="update")
    # A header without its value, and a password, are still to be made by hand.
    told = {(gap["kind"], gap.get("path")) for gap in again.gaps}
    assert (bench.writes(), told) == (0, ALWAYS)


def test_a_finished_import_writes_no_release_twice(root: Path) -> None:
    bench = bench_of(root)
    snapshot = bench.export(editorial=True)
    bench.import_snapshot(snapshot)
    before = {name: len(getattr(bench.target.master, name)) for name in ("releases", "workflows", "comments")}
    bench.import_snapshot(snapshot, "again", on_conflict="update")
    bench.import_snapshot(snapshot)
    assert {name: len(getattr(bench.target.master, name)) for name in before} == before


def test_an_import_of_tags_is_about_tags(root: Path) -> None:
    """Nothing else is written, and no gap is about anything else."""
    bench = bench_of(root)
    snapshot = bench.export()
    done = bench.import_snapshot(snapshot, only=frozenset({"tags"}))
    assert {gap["kind"] for gap in done.gaps} <= {"tags"}
    assert bench.writes() == len(bench.source.master.tags)
