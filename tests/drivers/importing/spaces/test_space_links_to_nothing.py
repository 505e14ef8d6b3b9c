"""Links that lead nowhere in the source already: written as they are, and told by every import of the whole."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from small_space import entry, field, fill_small, link
from space_bench import make_space_bench

from stackferry.emulators.contentful import Switches
from stackferry.errors import Different

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space
    from stackferry.model import JsonObject


def fill(space: Space, environment: Environment) -> None:
    """An entry whose links lead to nothing in one locale, and to an entry in the other."""
    fill_small(space, environment)
    page: Any = environment.content_types["page"].body
    page["fields"] += [field("next", "Link", linkType="Entry"), field("picture", "Link", linkType="Asset")]
    next_one = {"en-US": link("Entry", "live"), "de": link("Entry", "gone")}
    environment.put_entry(entry("hub", {"next": next_one, "picture": {"en-US": link("Asset", "lost")}}))


def told(gaps: list[JsonObject]) -> list[tuple[object, ...]]:
    return [(gap["kind"], gap["uid"], gap["locale"], gap["path"], gap["reason"]) for gap in gaps]


def test_each_is_told_and_is_no_difference(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    wanted = [
        (
            "references",
            "hub",
            locale,
            path,
            f"it links to {what}, which is neither in the snapshot nor in the target",
        )
        for locale, path, what in (
            ("de", "/fields/next/de", "entry gone"),
            ("en-US", "/fields/picture/en-US", "asset lost"),
        )
    ]
    assert told(bench.import_snapshot(snapshot).gaps) == wanted
    body: Any = bench.target.master.entries["hub"].body
    assert body["fields"]["next"]["de"] == link("Entry", "gone")
    assert bench.verify(snapshot).differences == []
    bench.emulator.log.clear()
    assert told(bench.import_snapshot(snapshot, "again", on_conflict="update").gaps) == wanted
    assert bench.writes() == 0
    # What the target has by then is no gap any more.
    bench.target.master.put_entry(entry("gone", {"title": "Found"}))
    assert told(bench.import_snapshot(snapshot, "third", on_conflict="update").gaps) == wanted[1:]


def test_a_gap_of_a_link_hides_no_later_edit(root: Path) -> None:
    """A finished import that looks again tells that the entry was edited in the target since."""
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    hub = bench.target.master.entries["hub"]
    hub.body = {**hub.body, "fields": {"next": {}}}
    hub.sys["version"] = hub.version + 1
    bench.target.master.changed()
    with pytest.raises(Different, match="entries page hub"):
        bench.import_snapshot(snapshot)


def fill_release(space: Space, environment: Environment) -> None:
    """In the campaign an entry gets a link to nothing; the one that exists there alone is linked to."""
    fill_every_kind(space, environment)
    campaign = environment.releases["campaign"]
    body: Any = copy.deepcopy(campaign.entries["hen"].body)
    body["fields"]["partner"] = {"en-US": link("Entry", "chick"), "de": link("Entry", "gone")}
    body["fields"]["pictures"] = {"en-US": [link("Asset", "picture"), link("Asset", "lost")]}
    campaign.entries["hen"].body = body


def test_links_in_bodies_of_releases(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_release)
    snapshot = bench.export()
    wanted = [
        ("campaign/hen", "de", "/fields/partner/de", "entry gone"),
        ("campaign/hen", "en-US", "/fields/pictures/en-US/1", "asset lost"),
    ]
    for state in ("first", "second"):
        bench.emulator.log.clear()
        gaps = bench.import_snapshot(snapshot, state, on_conflict="update").gaps
        assert [row[1:4] for row in told([gap for gap in gaps if gap["kind"] == "references"])] == [
            row[:3] for row in wanted
        ]
        assert all(what in str(gaps) for *_, what in wanted)
    assert bench.writes() == 0
    assert [one for one in bench.verify(snapshot).differences if "release" in str(one["kind"])] == []


def fill_history(space: Space, environment: Environment) -> None:
    """An earlier version has a link to nothing; today's has none."""
    fill_every_kind(space, environment)
    first: Any = copy.deepcopy(environment.entries["hen"].snapshots[0])
    first["snapshot"]["fields"]["partner"] = {"en-US": link("Entry", "gone")}
    environment.entries["hen"].snapshots[0] = first


@pytest.mark.parametrize("versions", ["pinned", "all"])
def test_links_in_earlier_versions(root: Path, versions: str) -> None:
    """Told where the version is replayed; what the target holds keeps its own history."""
    bench = make_space_bench(root / "bench", fill_history, switches=Switches(link_check="off"))
    snapshot = bench.export(versions="all")
    done = bench.import_snapshot(snapshot, versions=versions)
    rows = [row[1:4] for row in told([gap for gap in done.gaps if gap["kind"] == "references"])]
    assert rows == ([("hen", "en-US", "/versions/3/fields/partner/en-US")] if versions == "all" else [])
    again = bench.import_snapshot(snapshot, "again", versions=versions, on_conflict="update")
    assert [gap for gap in again.gaps if gap["kind"] == "references"] == []


def test_a_link_to_what_a_mirror_deletes_is_told_by_the_run_that_deletes_it(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    bench.target.master.put_entry(entry("gone", {"title": "Found"}))
    first, again = (
        bench.import_snapshot(snapshot, "mirror", on_conflict="update", mirror=True) for _ in range(2)
    )
    assert "gone" not in bench.target.master.entries
    assert [gap["path"] for gap in first.gaps] == ["/fields/next/de", "/fields/picture/en-US"]
    assert [gap["path"] for gap in again.gaps] == ["/fields/next/de", "/fields/picture/en-US"]
    assert "the mirror deletes it" in str(first.gaps[0]["reason"])
