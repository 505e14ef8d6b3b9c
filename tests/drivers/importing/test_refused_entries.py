"""An entry that the target refuses is told once for each of its documents."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from small_stack import fill_small
from workbench import make_workbench, memory_directory

from stackferry.emulators.faults import ALWAYS, Fault

NOT_UNIQUE = {
    "error_message": "Entry creation failed.",
    "error_code": 119,
    "errors": {"title": ["is not unique."]},
}


@pytest.mark.parametrize("versions", ["pinned", "all"])
def test_an_entry_refused_for_its_title_has_one_gap_a_document(versions: str) -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        snapshot = workbench.export(versions=versions)
        body = json.dumps(NOT_UNIQUE).encode()
        refused = Fault(
            method="POST", path="/entries", status=422, body=body, times=ALWAYS, carried_out=False
        )
        workbench.emulator.faults.add(refused)
        gaps = workbench.import_snapshot(snapshot, versions=versions).gaps
        told = Counter(
            (gap["uid"], gap.get("locale"), gap.get("path")) for gap in gaps if gap["kind"] == "entries"
        )
        assert {*told.values()} == {1}
        assert len(told) == sum(
            count
            for stream, count in snapshot.record_counts().items()
            if stream.kind in ("entries", "versions")
        )
