"""Publishes that a space refused are gaps of the import: a comparison knows them, and an update does not repeat them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import content_type, entry, field, link, sys_of
from space_bench import make_space_bench

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space

LINK_CHECKS = ("exists", "published", "off")


def snapshot(uid: str, number: int, fields: dict[str, Any]) -> dict[str, Any]:
    """An older version of an entry that was published as this number."""
    body = entry(uid, fields, number + 1, number)
    return {
        "sys": {**sys_of("Snapshot", f"{uid}-{number}"), "snapshotType": "publish"},
        "snapshot": body,
    }


def model(environment: Environment, **more: Any) -> None:
    environment.put_content_type(content_type("page", field("next", "Link", linkType="Entry"), **more))
    environment.put_entry(entry("sound", {"title": "Sound"}, 2, 1))


def older_leads_nowhere(_: Space, environment: Environment) -> None:
    """What was live first links to what is gone; what is live now does not."""
    model(environment)
    older = {"title": "First", "next": link("Entry", "gone")}
    now = {"title": "Second"}
    history = [snapshot("hen", 4, now), snapshot("hen", 1, older)]
    environment.put_entry(entry("hen", now, 5, 4, counter=2), snapshots=history)


def all_lead_nowhere(_: Space, environment: Environment) -> None:
    """All that was ever live links to what is gone."""
    model(environment)
    bodies = [{"title": word, "next": link("Entry", "gone")} for word in ("First", "Second")]
    history = [snapshot("hen", 4, bodies[1]), snapshot("hen", 1, bodies[0])]
    environment.put_entry(entry("hen", bodies[1], 5, 4, counter=2), snapshots=history)


def edited_above(_: Space, environment: Environment) -> None:
    """The same with an edit above it that links to nothing."""
    model(environment)
    bodies = [{"title": word, "next": link("Entry", "gone")} for word in ("First", "Second")]
    history = [snapshot("hen", 4, bodies[1]), snapshot("hen", 1, bodies[0])]
    live = entry("hen", bodies[1], 5, 4, counter=2)
    environment.put_entry(entry("hen", {"title": "Third"}, 7, 4, counter=2), live, snapshots=history)


def live_leads_nowhere(_: Space, environment: Environment) -> None:
    """What was live first does not; what is live now links to what is gone."""
    model(environment)
    older = {"title": "First"}
    now = {"title": "Second", "next": link("Entry", "gone")}
    history = [snapshot("hen", 4, now), snapshot("hen", 1, older)]
    environment.put_entry(entry("hen", now, 5, 4, counter=2), snapshots=history)


def drafts_link_to_each_other(_: Space, environment: Environment) -> None:
    """An old version links to an entry that is a draft by now."""
    model(environment)
    environment.put_entry(entry("sketch", {"title": "Sketch"}, 1))
    older = {"title": "First", "next": link("Entry", "sketch")}
    now = {"title": "Second"}
    history = [snapshot("hen", 4, now), snapshot("hen", 1, older)]
    environment.put_entry(entry("hen", now, 5, 4, counter=2), snapshots=history)


def unpublished_since(_: Space, environment: Environment) -> None:
    """It is a draft now, and what was live links to what is gone."""
    model(environment)
    older = {"title": "First", "next": link("Entry", "gone")}
    history = [snapshot("hen", 1, older)]
    environment.put_entry(entry("hen", {"title": "Second"}, 4, counter=1), snapshots=history)


FILLS = (older_leads_nowhere, all_lead_nowhere, edited_above, live_leads_nowhere, drafts_link_to_each_other, unpublished_since)


@pytest.mark.parametrize("versions", ["all", "pinned"])
@pytest.mark.parametrize("bulk_atomic", [False, True])
@pytest.mark.parametrize("link_check", LINK_CHECKS)
@pytest.mark.parametrize("fill", FILLS)
def test_it(root: Path, fill: Callable[[Space, Environment], None], link_check: Any, bulk_atomic: bool, versions: str) -> None:
    bench = make_space_bench(root / "bench", fill, switches=Switches(link_check=link_check, bulk_atomic=bulk_atomic))
    found = bench.export(versions=versions)
    writes, gaps, differences = [], [], []
    for state in ("first", "second", "third"):
        bench.emulator.log.clear()
        options = {"on_conflict": "update", "versions": versions}
        done = bench.import_snapshot(found, state, identities=lambda *_: bench.root / "map", **options)
        writes.append(bench.writes())
        gaps.append([(gap["kind"], gap["uid"], gap.get("path"), gap["reason"]) for gap in done.gaps])
        differences += [(state, gaps[-1], one) for one in bench.verify(found, state, versions=versions).differences]
    differences += [("nostate", gaps[-1], one) for one in bench.verify(found, None, versions=versions).differences]
    assert (versions == "pinned" or 1) and (writes[1:], differences) == ([0, 0], [])
