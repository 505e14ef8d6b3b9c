"""Relaxed rules in a target: restored by the resumed import, or by `stackferry import --abandon`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE, TARGET, CommandLine, open_command_line
from small_stack import fill_small
from workbench import TOKEN, Cut, RecordingTransport, Workbench, cut_at

from oracle import compare, dump

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def emulated(tmp_path: Path) -> Iterator[CommandLine]:
    """Commands against an emulator on a socket, with the small stack as source and an empty stack as target."""
    with open_command_line(tmp_path) as opened:
        del opened.emulator.stacks[SOURCE]
        fill_small(opened.emulator.add_stack(api_key=SOURCE, management_token=TOKEN))
        yield opened
        assert opened.emulator.defects == []


def schemas(emulated: CommandLine, key: str) -> dict[str, Any]:
    """The rules of every field in a stack, without what the service adds."""
    types = emulated.emulator.stacks[key].main.content_types
    return {
        uid: [(field["uid"], field.get("mandatory"), field.get("unique")) for field in raw["schema"]]
        for uid, raw in sorted((uid, getattr(held, "raw", held)) for uid, held in types.items())
    }


def killed(emulated: CommandLine, snapshot: Path) -> int:
    """Cut an import at every second write until the target's rules are relaxed; return how often it was cut."""
    workbench = Workbench(
        emulated.home,
        emulated.emulator,
        emulated.emulator.stacks[SOURCE],
        emulated.emulator.stacks[TARGET],
        emulated.origin,
    )
    from stackferry.io.storage.snapshot import Snapshot

    for number in range(1, 60):
        with pytest.raises(Cut):
            workbench.import_snapshot(
                Snapshot(snapshot),
                transport=RecordingTransport(emulated.emulator, cut_at(2, after=True, only="write")),
            )
        types = schemas(emulated, TARGET)
        if set(types) == set(schemas(emulated, SOURCE)) and types != schemas(emulated, SOURCE):
            return number
    raise AssertionError("no rule was ever relaxed")


def test_abandoning_an_import_restores_relaxed_rules(emulated: CommandLine) -> None:
    """C10: it reports how many; what was imported stays, and a later import completes it."""
    snapshot, state = emulated.home / "snapshot", emulated.home / "state"
    assert emulated.run("export", emulated.place(SOURCE), snapshot, *FAST).code == 0
    killed(emulated, snapshot)
    words = ("import", snapshot, emulated.place(TARGET), "--state", state, "--schedules", *FAST)
    result = emulated.run(*words, "--abandon", "--json").report
    assert result["taken_back"] > 0
    assert schemas(emulated, TARGET) == schemas(emulated, SOURCE)
    assert emulated.run(*words, "--abandon", "--json").report["taken_back"] == 0
    assert emulated.run(*words).code == 0
    assert compare(dump(emulated.origin, SOURCE, TOKEN), dump(emulated.origin, TARGET, TOKEN)) == []


def add_field(emulated: CommandLine) -> None:
    """What an editor does to a type whose rules are relaxed."""
    page: Any = emulated.emulator.stacks[TARGET].main.content_types["page"]
    page["schema"].append({"uid": "late", "display_name": "Late", "data_type": "text", "mandatory": False})


@pytest.mark.parametrize("ends_by", ["abandoning", "resuming"])
def test_a_field_that_somebody_adds_before_rules_are_given_back_stays(
    emulated: CommandLine, ends_by: str
) -> None:
    snapshot, state = emulated.home / "snapshot", emulated.home / "state"
    assert emulated.run("export", emulated.place(SOURCE), snapshot, *FAST).code == 0
    killed(emulated, snapshot)
    add_field(emulated)
    words = ("import", snapshot, emulated.place(TARGET), "--state", state, "--schedules", *FAST)
    ended = emulated.run(*words, *(["--abandon"] if ends_by == "abandoning" else []), "--json")
    rules = schemas(emulated, SOURCE)
    assert schemas(emulated, TARGET) == {**rules, "page": [*rules["page"], ("late", False, None)]}
    assert ended.code == 3
    assert [one["uid"] for one in ended.report["meanwhile"]] == ["page"]
    assert [one["uid"] for one in ended.report["gaps"]] == ["page"]


def test_a_resumed_import_restores_relaxed_rules(emulated: CommandLine) -> None:
    """C10: at once if its options do not need them relaxed, which the report counts; else when entries are written."""
    snapshot, state = emulated.home / "snapshot", emulated.home / "state"
    assert emulated.run("export", emulated.place(SOURCE), snapshot, *FAST).code == 0
    killed(emulated, snapshot)
    words = ("import", snapshot, emulated.place(TARGET), "--state", state, "--schedules", *FAST)
    emulated.emulator.log.clear()
    result = emulated.run(*words, "--publish", "none", "--json")
    assert result.code == 0
    assert result.report["resumed"]["taken_back"] > 0
    first = next(handled for handled in emulated.emulator.log if handled.method != "GET")
    assert (first.method, "/content_types/" in first.path) == ("PUT", True)
    assert schemas(emulated, TARGET) == schemas(emulated, SOURCE)
    result = emulated.run(*words)
    assert result.code == 0
    assert "earlier run" not in result.err
    assert schemas(emulated, TARGET) == schemas(emulated, SOURCE)


def test_a_resumed_import_reports_what_it_repeated(emulated: CommandLine) -> None:
    """I5: the messages name the earlier run and what became of its writes."""
    snapshot, state = emulated.home / "snapshot", emulated.home / "state"
    assert emulated.run("export", emulated.place(SOURCE), snapshot, *FAST).code == 0
    killed(emulated, snapshot)
    result = emulated.run("import", snapshot, emulated.place(TARGET), "--state", state, "--schedules", *FAST)
    assert result.code == 0
    assert "because an earlier run was stopped: " in result.err
    assert " found" in result.err
    assert schemas(emulated, TARGET) == schemas(emulated, SOURCE)


def test_abandon_without_an_import_is_a_usage_error(emulated: CommandLine) -> None:
    """It writes nothing to disk."""
    snapshot = emulated.home / "snapshot"
    assert emulated.run("export", emulated.place(SOURCE), snapshot, *FAST).code == 0
    files = emulated.files()
    result = emulated.run("import", snapshot, emulated.place(TARGET), "--abandon", *FAST)
    assert result.code == 2
    assert "nothing to undo" in result.err
    assert emulated.files() == files


def test_abandoning_with_a_refused_token_ends_with_exit_code_4(emulated: CommandLine) -> None:
    """The rules stay recorded in the checkpoint, and are restored with a valid token."""
    snapshot, state = emulated.home / "snapshot", emulated.home / "state"
    assert emulated.run("export", emulated.place(SOURCE), snapshot, *FAST).code == 0
    killed(emulated, snapshot)
    words = ("import", snapshot, emulated.place(TARGET), "--state", state, "--abandon", "--json", *FAST)
    emulated.token = "cs-invented-mistake"
    assert emulated.run(*words).code == 4
    emulated.token = TOKEN
    assert emulated.run(*words).report["taken_back"] > 0
