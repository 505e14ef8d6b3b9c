"""The state of each document in each locale, its live body and its current one: as in the source afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import link
from space_bench import make_space_bench
from space_state import differences, state_of
from states_space import entry, fill_states, titles

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space

SETTINGS = {
    "usual": Switches(),
    "by version": Switches(field_status="version", job_requests=2),
    "atomic": Switches(bulk_atomic=True, bulk_status=200),
    "links must be live": Switches(link_check="published"),
    "checked versions": Switches(process_checks_version=True, bulk_versions=False, job_requests=1),
}


def titles_in(body: Any) -> Any:
    return body["fields"].get("title")


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "found out"])
@pytest.mark.parametrize("switches", SETTINGS.values(), ids=SETTINGS)
def test_locale_by_locale(root: Path, switches: Switches, is_told: bool) -> None:
    bench = make_space_bench(root / "bench", fill_states, switches=switches)
    bench.target.refused = {} if is_told else {"ui_config": 404}
    snapshot = bench.export()
    gaps = bench.import_snapshot(snapshot).gaps
    assert [gap for gap in gaps if gap["kind"] != "ui_config"] == []
    found = differences(state_of(bench.source, history=False), state_of(bench.target, history=False))
    assert [row for row in found if row[0][0] != "editor_interfaces"] == []
    bench.emulator.log.clear()
    again = bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert (bench.writes(), [gap for gap in again.gaps if gap["kind"] != "ui_config"]) == (0, [])


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "found out"])
@pytest.mark.parametrize(("answer", "atomic"), [("refused", False), ("whole", False), ("refused", True)])
def test_a_space_that_publishes_whole_documents_only(
    root: Path, answer: str, atomic: bool, is_told: bool
) -> None:
    """Nothing becomes live that was not; that a locale shows itself as published is a gap of its document."""
    switches = Switches(partial_publish=answer, bulk_atomic=atomic)  # type: ignore[arg-type]  # one of two words
    bench = make_space_bench(root / "bench", fill_states, switches=switches)
    bench.target.locale_publishing = False
    bench.target.refused = {} if is_told else {"ui_config": 404}
    gaps = [gap for gap in bench.import_snapshot(bench.export()).gaps if gap["kind"] != "ui_config"]
    one, other = (state_of(space, history=False) for space in (bench.source, bench.target))
    found = [row for row in differences(one, other) if row[0][0] in ("entries", "assets")]
    assert {name for row in found for name in row[1] if row[1][name] != row[2][name]} <= {"live in", "state"}
    partly = {"two", "some", "both", "part"}
    assert {row[0][1] for row in found} == partly
    assert {(gap["kind"], gap["uid"]) for gap in gaps} == {row[0] for row in found}
    assert "publishes whole documents only" in str(gaps[0]["reason"])


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("is_told", [True, False], ids=["told", "found out"])
@pytest.mark.parametrize("answer", ["refused", "whole"])
def test_updates_of_a_space_that_publishes_whole_documents_only(
    root: Path, answer: str, is_told: bool, is_known: bool
) -> None:
    """They take no locale down, for no request does that there: nothing changes, and the second writes nothing.

    Where it is unknown what the space can do, one document shows it, and stays live.
    """
    switches = Switches(partial_publish=answer)  # type: ignore[arg-type]  # one of two words
    bench = make_space_bench(root / "bench", fill_states, switches=switches)
    bench.target.locale_publishing = False
    bench.target.refused = {} if is_told else {"ui_config": 404}
    snapshot = bench.export()

    def update(name: str, known: str) -> Any:
        bench.emulator.log.clear()
        identities = lambda *_: bench.root / known  # noqa: E731
        return bench.import_snapshot(snapshot, name, identities=identities, on_conflict="update")

    done, before = update("first", "map"), state_of(bench.target, history=False)
    told = {(gap["kind"], gap["uid"]) for gap in done.gaps}
    for name in ("second", "third"):
        again = update(name, "map" if is_known else "another map")
        assert differences(before, state_of(bench.target, history=False)) == []
        assert {(gap["kind"], gap["uid"]) for gap in again.gaps} == told
        if is_known or is_told or name == "third":
            assert bench.writes() == 0


@pytest.mark.parametrize("answer", ["by locale", "refused", "whole"])
def test_what_is_live_is_not_in_the_snapshot(root: Path, answer: str) -> None:
    """Of an export with `--versions latest`, or a file of the vendor: no edit becomes live, and nothing is taken down.

    What is live can be told from the current body only where no live locale is changed.
    """
    switches = Switches() if answer == "by locale" else Switches(partial_publish=answer)  # type: ignore[arg-type]

    def fill(space: Space, environment: Environment) -> None:
        fill_states(space, environment)
        environment.put_entry(entry("mixed", {"title": titles(en="Mixed", de="Gemischt")}, "PPPP"))
        # One locale was published since: the document counts as published, and this one is changed.
        body: Any = environment.entries["mixed"].body
        body["fields"]["title"]["de"] = "Noch nicht"

    bench = make_space_bench(root / "bench", fill, switches=switches)
    bench.target.locale_publishing = answer == "by locale"
    done = bench.import_snapshot(bench.export("latest", versions="latest"), "first")
    told = {(gap["kind"], gap["uid"]) for gap in done.gaps}
    for kind in ("entries", "assets"):
        mine, theirs = getattr(bench.source.master, kind), getattr(bench.target.master, kind)
        for uid, one in theirs.items():
            if one.live is not None:
                assert titles_in(one.live) == titles_in(mine[uid].live), uid
            elif mine[uid].live is not None:
                assert (kind, uid) in told
    bench.import_snapshot(bench.export(), "second", on_conflict="update")
    before = state_of(bench.target, history=False)
    bench.emulator.log.clear()
    bench.import_snapshot(bench.export("again", versions="latest"), "third", on_conflict="update")
    after = state_of(bench.target, history=False)
    assert differences(before, after) == []
    assert bench.writes() == 0


@pytest.mark.parametrize("atomic", [False, True])
def test_what_links_in_a_circle_is_live_beside_what_cannot_be(root: Path, atomic: bool) -> None:
    """An action that does all or none is asked for once more without the entry that links to an archived one."""

    def fill(space: Space, environment: Environment) -> None:
        fill_states(space, environment)
        for uid, other in (("one", "other"), ("other", "one"), ("lost", "away")):
            fields = {"title": titles(en=uid), "next": titles(en=link("Entry", other))}
            environment.put_entry(entry(uid, fields, "PPPP"))
        away = entry("away", {"title": titles(en="Away")})
        away["sys"] |= {"archivedVersion": 1, "archivedAt": "2030-01-01T08:00:00.000Z"}
        environment.put_entry(away)

    switches = Switches(link_check="published", bulk_atomic=atomic)
    bench = make_space_bench(root / "bench", fill, switches=switches)
    done = bench.import_snapshot(bench.export())
    entries = bench.target.master.entries
    assert [entries[uid].state for uid in ("one", "other")] == ["published", "published"]
    partly = {uid: bench.source.master.entries[uid].live_locales for uid in ("two", "some")}
    assert {uid: entries[uid].live_locales for uid in partly} == partly
    assert "lost" in [gap["uid"] for gap in done.gaps if gap["kind"] == "entries"]
