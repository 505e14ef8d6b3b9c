"""`--schedules`: what is still to be published or taken down goes along, or the report says that it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET

from stackferry.emulators.contentstack.seed.load import load, read_seed

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

    from stackferry.model import JsonObject

LATER, GONE = "2099-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z"


def schedule(cli: CommandLine, uid: str, at: str) -> None:
    """The first page is to be published, at its latest version."""
    what: JsonObject = {"uid": "bltpage00000", "title": "Quay 0", "locale": "en-us", "version": 2}
    where: JsonObject = {"environment": ["bltenvironment1"], "locale": ["en-us"], "scheduled_at": at}
    row: JsonObject = {"uid": uid, "type": "entry", "entry": what, "content_type": {"uid": "page"}, **where}
    cli.emulator.stacks[SOURCE].main.queue[uid] = {**row, "action": "publish", "publish_status": "scheduled"}


@pytest.fixture
def snapshot(cli: CommandLine) -> Path:
    schedule(cli, "bltschedule1", LATER)
    kept = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), kept, *FAST).code == 0
    return kept


def waiting(cli: CommandLine) -> list[JsonObject]:
    main = cli.emulator.stacks[TARGET].main
    return [main.queue[uid] for uid in main.waiting]


def test_an_import_with_schedules_schedules_again(cli: CommandLine, snapshot: Path) -> None:
    """It ends with 0, counts them, and the target is then equal to the snapshot."""
    result = cli.run("import", snapshot, cli.place(TARGET), "--schedules", "--json", *FAST)
    assert (result.code, result.report["objects"]["schedules"]) == (0, 1)
    (row,) = waiting(cli)
    assert (row["action"], row["scheduled_at"]) == ("publish", LATER)
    assert cli.run("verify", snapshot, "--against", cli.place(TARGET), *FAST).code == 0
    row["publish_status"] = "cancelled"
    differs = cli.run("verify", snapshot, "--against", cli.place(TARGET), *FAST)
    assert differs.code == 5
    assert "schedules page bltschedule1 en-us: not in the target" in differs.out


def test_an_import_without_schedules_reports_them_as_gaps(cli: CommandLine, snapshot: Path) -> None:
    """It ends with 3 and names the option; run again with it, it makes good and ends with 0."""
    words = ("import", snapshot, cli.place(TARGET), *FAST)
    result = cli.run(*words)
    assert result.code == 3
    assert "give --schedules" in result.err
    assert cli.run("verify", snapshot, "--against", cli.place(TARGET), *FAST).code == 3
    assert waiting(cli) == []
    assert cli.run(*words, "--schedules").code == 0
    assert len(waiting(cli)) == 1
    assert cli.run("verify", snapshot, "--against", cli.place(TARGET), *FAST).code == 0


def test_publish_none_leaves_schedules_out_without_a_gap(cli: CommandLine, snapshot: Path) -> None:
    """Nothing is published and nothing scheduled, as asked for, and nothing is missing."""
    words = ("import", snapshot, cli.place(TARGET), "--publish", "none", *FAST)
    assert cli.run(*words).code == 0
    assert cli.run(*words, "--schedules").code == 0
    assert waiting(cli) == []


def test_a_dry_run_counts_schedules(cli: CommandLine, snapshot: Path) -> None:
    """The dry run has a line for them, and is what the import then sends."""
    words = ("import", snapshot, cli.place(TARGET), "--schedules", "--json", *FAST)
    foretold = cli.run(*words, "--dry-run").report
    assert foretold["plan"]["schedules"] == {"create": 1}
    sent = cli.run(*words).report["requests"]
    assert foretold["planned_requests"] == {name: sent[name] for name in foretold["planned_requests"]}


def test_a_copy_with_schedules_schedules_again(cli: CommandLine) -> None:
    """`copy` takes the option too; what came due long ago is a gap all the same."""
    schedule(cli, "bltschedule1", LATER)
    cli.emulator.stacks[SOURCE].main.waiting.clear()  # or the emulator would carry the overdue one out
    schedule(cli, "bltschedule2", GONE)
    result = cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--schedules", "--json", *FAST)
    assert result.code == 3
    (gap,) = result.report["gaps"]
    assert (gap["kind"], gap["uid"], gap["path"]) == ("schedules", "bltschedule2", "bltpage00000")
    assert f"publish at {GONE}, which is past" in gap["reason"]
    assert len(waiting(cli)) == 1


def test_a_snapshot_shows_its_schedules(cli: CommandLine, snapshot: Path) -> None:
    """`show` counts them, `ls` lists what, when, and `diff` finds one that is gone."""
    assert "schedules" in cli.run("show", snapshot).out
    listed = cli.run("ls", snapshot, "schedules").out
    assert listed == f"bltschedule1\tpublish Quay 0 {LATER}\n"
    cli.emulator.stacks[SOURCE].main.queue.clear()
    later = cli.home / "later"
    assert cli.run("export", cli.place(SOURCE), later, *FAST).code == 0
    found = cli.run("diff", snapshot, later)
    assert found.code == 5
    assert "only in A: schedules page bltpage00000 en-us" in found.out
    assert cli.run("diff", snapshot, snapshot).code == 0


def test_a_seeded_emulator_goes_on_with_the_schedules(cli: CommandLine, snapshot: Path) -> None:
    """What waits in a snapshot waits in an emulator that is seeded with it."""
    target = cli.emulator.stacks[TARGET]
    load(target, read_seed(snapshot))
    assert target.main.waiting == {"bltschedule1"}
