"""Links that lead nowhere in the source already: written as they are, and told by every import of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import entry, field, fill_small, link
from space_bench import make_space_bench
from workbench import memory_directory

from stackferry.errors import Different

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space
    from stackferry.model import JsonObject


@pytest.fixture
def root() -> Iterator[Path]:
    with memory_directory() as path:
        yield path


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
