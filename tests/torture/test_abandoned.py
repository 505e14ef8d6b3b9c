"""Temporary changes in a target: taken back by the resumed import, or by `stackferry import --abandon`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE, TARGET, Desk, open_desk
from small_stack import fill_small
from workbench import TOKEN, Bench, Cut, Record, cut_at

from oracle import compare, dump

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The small stack as the source, the empty stack as the target, of one served emulator."""
    with open_desk(tmp_path) as opened:
        del opened.emulator.stacks[SOURCE]
        fill_small(opened.emulator.add_stack(api_key=SOURCE, management_token=TOKEN))
        yield opened
        assert opened.emulator.defects == []


def schemas(desk: Desk, key: str) -> dict[str, Any]:
    """The rules of every field in a stack, without what the service adds."""
    types = desk.emulator.stacks[key].main.content_types
    return {
        uid: [(field["uid"], field.get("mandatory"), field.get("unique")) for field in raw["schema"]]
        for uid, raw in sorted((uid, _raw(one)) for uid, one in types.items())
    }


def _raw(one: Any) -> Any:
    return getattr(one, "raw", one)


def killed(desk: Desk, snapshot: Path) -> int:
    """Die at each write in turn until the target's rules are relaxed; tell at which write that was."""
    bench = Bench(
        desk.home, desk.emulator, desk.emulator.stacks[SOURCE], desk.emulator.stacks[TARGET], desk.origin
    )
    from stackferry.io.storage.snapshot import Snapshot

    for number in range(1, 60):
        with pytest.raises(Cut):
            bench.replay(Snapshot(snapshot), line=Record(desk.emulator, cut_at(2, after=True, only="write")))
        types = schemas(desk, TARGET)
        if set(types) == set(schemas(desk, SOURCE)) and types != schemas(desk, SOURCE):
            return number
    raise AssertionError("no rule was ever relaxed")


def test_an_import_that_is_given_up_leaves_no_rule_relaxed(desk: Desk) -> None:
    """C10: --abandon puts the schemas back and says so; what was imported stays, and a later import completes it."""
    snapshot, state = desk.home / "snapshot", desk.home / "state"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    killed(desk, snapshot)
    words = ("import", snapshot, desk.place(TARGET), "--state", state, "--schedules", *FAST)
    said = desk.run(*words, "--abandon", "--json").report
    assert said["taken_back"] > 0
    assert schemas(desk, TARGET) == schemas(desk, SOURCE)
    assert desk.run(*words, "--abandon", "--json").report["taken_back"] == 0
    assert desk.run(*words).code == 0
    assert compare(dump(desk.origin, SOURCE, TOKEN), dump(desk.origin, TARGET, TOKEN)) == []


def test_a_resumed_import_takes_back(desk: Desk) -> None:
    """C10: with the same options a resumed run takes back in time, with others first thing; its report counts it."""
    snapshot, state = desk.home / "snapshot", desk.home / "state"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    killed(desk, snapshot)
    words = ("import", snapshot, desk.place(TARGET), "--state", state, "--schedules", *FAST)
    desk.emulator.log.clear()
    said = desk.run(*words, "--publish", "none", "--json")
    assert said.code == 0
    assert said.report["resumed"]["taken_back"] > 0
    first = next(handled for handled in desk.emulator.log if handled.method != "GET")
    assert (first.method, "/content_types/" in first.path) == ("PUT", True)
    assert schemas(desk, TARGET) == schemas(desk, SOURCE)
    said = desk.run(*words)
    assert said.code == 0
    assert "earlier run" not in said.err
    assert schemas(desk, TARGET) == schemas(desk, SOURCE)


def test_a_resumed_import_says_what_it_repeated(desk: Desk) -> None:
    """I5: a person reads that an earlier run was stopped and what came of it."""
    snapshot, state = desk.home / "snapshot", desk.home / "state"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    killed(desk, snapshot)
    said = desk.run("import", snapshot, desk.place(TARGET), "--state", state, "--schedules", *FAST)
    assert said.code == 0
    assert "because an earlier run was stopped: " in said.err
    assert " found" in said.err
    assert schemas(desk, TARGET) == schemas(desk, SOURCE)


def test_nothing_to_abandon(desk: Desk) -> None:
    """Where no import was begun, --abandon is a usage error, and leaves no trace."""
    snapshot = desk.home / "snapshot"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    files = desk.files()
    said = desk.run("import", snapshot, desk.place(TARGET), "--abandon", *FAST)
    assert said.code == 2
    assert "nothing to take back" in said.err
    assert desk.files() == files


def test_an_abandoned_import_needs_its_token(desk: Desk) -> None:
    """A token that may not write cannot take back: exit 4, and the changes stay promised."""
    snapshot, state = desk.home / "snapshot", desk.home / "state"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    killed(desk, snapshot)
    words = ("import", snapshot, desk.place(TARGET), "--state", state, "--abandon", "--json", *FAST)
    desk.token = "cs-invented-mistake"
    assert desk.run(*words).code == 4
    desk.token = TOKEN
    assert desk.run(*words).report["taken_back"] > 0
