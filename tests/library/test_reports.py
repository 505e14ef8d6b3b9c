"""Reports as JSON: what the library returns is what a command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE, TARGET, TOKEN

from stackferry import Speed, exact_json, sync

if TYPE_CHECKING:
    from command_line import CommandLine

LIBRARY: Any = {"token": TOKEN, "speed": Speed(rate=0, bulk_rate=0)}
# Requests and seconds of a second run are its own; what a command calls otherwise is in its schema.
OWN = {"seconds", "requests", "snapshot", "reused", "planned_seconds"}


@pytest.mark.parametrize("dry", [True, False])
def test_an_import_reports_what_its_command_prints(emulated: CommandLine, dry: bool) -> None:
    report = sync.export(emulated.place(SOURCE), emulated.home / "snapshot", **LIBRARY)
    places = [emulated.place(TARGET), emulated.place(TARGET, "redesign")]
    if dry:
        found = sync.plan_import(report.snapshot, places[0], **LIBRARY).as_json()
    else:
        found = sync.import_(report.snapshot, places[0], state=emulated.home / "a", **LIBRARY).as_json()
    words = ("--dry-run",) if dry else ("--state", emulated.home / "b")
    printed = emulated.run("import", report.snapshot.root, places[1], *FAST, "--json", *words).report
    assert {name for name in found if name not in printed} <= OWN
    mine = {name: value for name, value in found.items() if name not in OWN | {"state", "planned_requests"}}
    assert mine == {name: printed[name] for name in mine}


def test_every_report_is_json(emulated: CommandLine) -> None:
    snapshot = emulated.home / "snapshot"
    reports = [
        sync.export(emulated.place(SOURCE), snapshot, **LIBRARY),
        sync.export(emulated.place(SOURCE), emulated.home / "next", base=snapshot, **LIBRARY),
        sync.verify(snapshot),
        sync.diff(snapshot, snapshot),
        sync.plan_restore("bltpage00000", snapshot, emulated.place(SOURCE), **LIBRARY),
    ]
    for report in reports:
        assert exact_json.loads(exact_json.dumps(report.as_json())) == report.as_json()
    assert reports[0].as_json()["snapshot"] == str(snapshot)
    assert reports[1].as_json()["reused"]
