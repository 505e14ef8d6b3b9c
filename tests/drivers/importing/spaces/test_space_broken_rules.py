"""Entries that are live in the source although they break today's rules of their type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from space_bench import TARGET, make_space_bench
from space_editor import edit
from space_state import differences, state_of
from states_space import PAGE, entry, fill_states, titles

from stackferry.emulators.contentful import Switches
from stackferry.errors import Different

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space

LONG = "far more than the twenty characters that are allowed today"


def fill(space: Space, environment: Environment) -> None:
    fill_states(space, environment)
    for uid in ("long", "longer"):
        words = {"title": titles(en=uid), "words": titles(en=LONG, de="kurz")}
        environment.put_entry(entry(uid, words, "PPPP"))


def _same(bench: SpaceBench) -> bool:
    one, other = (state_of(space, history=False) for space in (bench.source, bench.target))
    return [row for row in differences(one, other) if row[0][0] != "editor_interfaces"] == []


@pytest.mark.parametrize("atomic", [False, True])
def test_a_type_is_softened_for_them_and_restored(root: Path, atomic: bool) -> None:
    bench = make_space_bench(root / "bench", fill, switches=Switches(bulk_atomic=atomic))
    assert bench.import_snapshot(bench.export()).gaps == []
    assert _same(bench)
    writes = [one for one in bench.emulator.log if one.method == "PUT" and "/content_types/page" in one.path]
    assert len(writes) == 2 + 2 + 2  # written and published, softened, restored
    assert bench.target.master.content_types["page"].body["fields"] == PAGE["fields"]


def dangling(space: Space, environment: Environment) -> None:
    """With an entry that links to what is nowhere."""
    fill(space, environment)
    broken = {"title": titles(en="Broken"), "next": {"en-US": _link("nowhere")}}
    environment.put_entry(entry("broken", broken, "PPPP"))


def test_what_is_refused_all_the_same_is_a_gap_in_the_words_of_the_service(root: Path) -> None:
    """A link to what is nowhere breaks no rule of the type."""
    bench = make_space_bench(root / "bench", dangling)
    gaps = bench.import_snapshot(bench.export()).gaps
    assert {(one["kind"], one["uid"]) for one in gaps} == {("entries", "broken"), ("references", "broken")}
    (gap,) = (one for one in gaps if one["kind"] == "entries")
    assert "Link could not be resolved" in str(gap["reason"]) or "UnresolvedLinks" in str(gap["reason"])
    assert bench.target.master.entries["long"].state == "published"


def _link(uid: str) -> dict[str, dict[str, str]]:
    return {"sys": {"type": "Link", "linkType": "Entry", "id": uid}}


@pytest.mark.parametrize("is_updated", [False, True])
def test_a_gap_hides_no_edit_of_its_entry(root: Path, is_updated: bool) -> None:
    """An entry that was written and not published is edited in the target: the import that is run again names it."""
    bench = make_space_bench(root / "bench", dangling)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    if is_updated:
        bench.import_snapshot(snapshot, on_conflict="update")
    writes = bench.writes()
    assert "broken" in {gap["uid"] for gap in bench.import_snapshot(snapshot).gaps}
    edit(bench, ("PUT", "/entries/broken", {"fields": {"title": titles(en="Ruined")}}), key=TARGET)
    with pytest.raises(Different, match="broken"):
        bench.import_snapshot(snapshot)
    assert bench.writes() == writes + 1
