"""Publishes that a space refused are gaps of the import: a comparison knows them, an update does not repeat them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import content_type, entry, field, link, sys_of
from space_bench import TARGET, make_space_bench
from space_editor import edit

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space


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


def published_twice(environment: Environment, older: Any, now: Any) -> None:
    """An entry that went live with one body, and then with another one."""
    history = [snapshot("hen", 4, now), snapshot("hen", 1, older)]
    environment.put_entry(entry("hen", now, 5, 4, counter=2), snapshots=history)


def older_leads_nowhere(_: Space, environment: Environment) -> None:
    """What was live first links to what is gone; what is live now does not."""
    model(environment)
    older = {"title": "First", "next": link("Entry", "gone")}
    now = {"title": "Second"}
    published_twice(environment, older, now)


def all_lead_nowhere(_: Space, environment: Environment) -> None:
    """All that was ever live links to what is gone."""
    model(environment)
    older, now = ({"title": word, "next": link("Entry", "gone")} for word in ("First", "Second"))
    published_twice(environment, older, now)


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
    published_twice(environment, older, now)


def links_to_a_draft(_: Space, environment: Environment) -> None:
    """An old version links to an entry that is a draft by now."""
    model(environment)
    environment.put_entry(entry("sketch", {"title": "Sketch"}, 1))
    older = {"title": "First", "next": link("Entry", "sketch")}
    now = {"title": "Second"}
    published_twice(environment, older, now)


def unpublished_since(_: Space, environment: Environment) -> None:
    """It is a draft now, and what was live links to what is gone."""
    model(environment)
    older = {"title": "First", "next": link("Entry", "gone")}
    history = [snapshot("hen", 1, older)]
    environment.put_entry(entry("hen", {"title": "Second"}, 4, counter=1), snapshots=history)


FILLS = (
    *(older_leads_nowhere, all_lead_nowhere, edited_above, live_leads_nowhere),
    *(links_to_a_draft, unpublished_since),
)


def import_(bench: SpaceBench, found: Any, state: str, versions: str = "all") -> list[tuple[Any, ...]]:
    """One of several imports between the same two places; the kinds, ids and paths of its gaps."""
    bench.emulator.log.clear()
    options: dict[str, Any] = {"on_conflict": "update", "versions": versions}
    done = bench.import_snapshot(found, state, identities=lambda *_: bench.root / "map", **options)
    gaps = (gap for gap in done.gaps if gap["kind"] != "references")
    return [(gap["kind"], gap["uid"], gap.get("path", "")) for gap in gaps]


@pytest.mark.parametrize("switches", [Switches(), Switches(link_check="published", bulk_atomic=True)])
@pytest.mark.parametrize("fill", FILLS)
def test_it_is_told_as_a_gap_and_known_to_verify(
    root: Path, fill: Callable[[Space, Environment], None], switches: Switches
) -> None:
    bench = make_space_bench(root / "bench", fill, switches=switches)
    found = bench.export(versions="all")
    told = [import_(bench, found, "first")]
    differences = bench.verify(found, "first", versions="all").differences
    told.append(import_(bench, found, "second"))
    writes = bench.writes()
    differences += bench.verify(found, "second", versions="all").differences
    assert (writes, differences) == (0, [])
    assert told[0] == told[1]


def test_a_history_that_the_target_lacks_is_told(root: Path) -> None:
    """An import without older versions came first: they cannot be added to what it has made."""
    bench = make_space_bench(root / "bench", older_leads_nowhere, switches=Switches(link_check="off"))
    found = bench.export(versions="all")
    assert import_(bench, found, "first", "pinned") == []
    for state in ("second", "third"):
        assert ("entry_snapshots", "hen", "") in import_(bench, found, state)
        assert bench.writes() == 0
        assert bench.verify(found, state, versions="all").differences == []


def test_a_value_that_is_another_is_a_difference_all_the_same(root: Path) -> None:
    """What was refused explains what is live, not what somebody has written since."""
    bench = make_space_bench(root / "bench", live_leads_nowhere)
    found = bench.export(versions="all")
    import_(bench, found, "first")
    edit(bench, ("PUT", "/entries/hen", {"fields": {"title": {"en-US": "By hand"}}}), key=TARGET)
    differences = bench.verify(found, "first", versions="all").differences
    assert {one["path"] for one in differences if one["kind"] == "entries"} >= {"/fields/title/en-US"}
