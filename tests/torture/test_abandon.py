"""Relaxed rules in a target: restored by the resumed import, or by `stackferry import --abandon`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE, TARGET, Desk, open_desk
from small_stack import fill_small
from workbench import TOKEN, Cut, RecordingTransport, Workbench, cut_at

from oracle import compare, dump

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Commands against an emulator on a socket, with the small stack as source and an empty stack as target."""
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
        for uid, raw in sorted((uid, getattr(held, "raw", held)) for uid, held in types.items())
    }


def killed(desk: Desk, snapshot: Path) -> int:
    """Cut an import at every second write until the target's rules are relaxed; return how often it was cut."""
    workbench = Workbench(
        desk.home, desk.emulator, desk.emulator.stacks[SOURCE], desk.emulator.stacks[TARGET], desk.origin
    )
    from stackferry.io.storage.snapshot import Snapshot

    for number in range(1, 60):
        with pytest.raises(Cut):
            workbench.import_snapshot(
                Snapshot(snapshot),
                transport=RecordingTransport(desk.emulator, cut_at(2, after=True, only="write")),
            )
        types = schemas(desk, TARGET)
        if set(types) == set(schemas(desk, SOURCE)) and types != schemas(desk, SOURCE):
            return number
    raise AssertionError("no rule was ever relaxed")


def test_abandoning_an_import_restores_relaxed_rules(desk: Desk) -> None:
    """C10: it reports how many; what was imported stays, and a later import completes it."""
    snapshot, state = desk.home / "snapshot", desk.home / "state"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    killed(desk, snapshot)
    words = ("import", snapshot, desk.place(TARGET), "--state", state, "--schedules", *FAST)
    result = desk.run(*words, "--abandon", "--json").report
    assert result["taken_back"] > 0
    assert schemas(desk, TARGET) == schemas(desk, SOURCE)
    assert desk.run(*words, "--abandon", "--json").report["taken_back"] == 0
    assert desk.run(*words).code == 0
    assert compare(dump(desk.origin, SOURCE, TOKEN), dump(desk.origin, TARGET, TOKEN)) == []


def test_a_resumed_import_restores_relaxed_rules(desk: Desk) -> None:
    """C10: at once if its options do not need them relaxed, which the report counts; else when entries are written."""
    snapshot, state = desk.home / "snapshot", desk.home / "state"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    killed(desk, snapshot)
    words = ("import", snapshot, desk.place(TARGET), "--state", state, "--schedules", *FAST)
    desk.emulator.log.clear()
    result = desk.run(*words, "--publish", "none", "--json")
    assert result.code == 0
    assert result.report["resumed"]["taken_back"] > 0
    first = next(handled for handled in desk.emulator.log if handled.method != "GET")
    assert (first.method, "/content_types/" in first.path) == ("PUT", True)
    assert schemas(desk, TARGET) == schemas(desk, SOURCE)
    result = desk.run(*words)
    assert result.code == 0
    assert "earlier run" not in result.err
    assert schemas(desk, TARGET) == schemas(desk, SOURCE)


def test_a_resumed_import_reports_what_it_repeated(desk: Desk) -> None:
    """I5: the messages name the earlier run and what became of its writes."""
    snapshot, state = desk.home / "snapshot", desk.home / "state"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    killed(desk, snapshot)
    result = desk.run("import", snapshot, desk.place(TARGET), "--state", state, "--schedules", *FAST)
    assert result.code == 0
    assert "because an earlier run was stopped: " in result.err
    assert " found" in result.err
    assert schemas(desk, TARGET) == schemas(desk, SOURCE)


def test_abandon_without_an_import_is_a_usage_error(desk: Desk) -> None:
    """It writes nothing to disk."""
    snapshot = desk.home / "snapshot"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    files = desk.files()
    result = desk.run("import", snapshot, desk.place(TARGET), "--abandon", *FAST)
    assert result.code == 2
    assert "nothing to undo" in result.err
    assert desk.files() == files


def test_abandoning_with_a_refused_token_ends_with_exit_code_4(desk: Desk) -> None:
    """The rules stay recorded in the checkpoint, and are restored with a valid token."""
    snapshot, state = desk.home / "snapshot", desk.home / "state"
    assert desk.run("export", desk.place(SOURCE), snapshot, *FAST).code == 0
    killed(desk, snapshot)
    words = ("import", snapshot, desk.place(TARGET), "--state", state, "--abandon", "--json", *FAST)
    desk.token = "cs-invented-mistake"
    assert desk.run(*words).code == 4
    desk.token = TOKEN
    assert desk.run(*words).report["taken_back"] > 0
