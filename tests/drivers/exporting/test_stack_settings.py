"""The settings of the stack: a note in a snapshot where the credential may read them, else one limit and no gap."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal

import pytest
from small_stack import LIVE, fill_small
from workbench import SYSTEM, RecordingTransport, make_workbench, memory_directory

from stackferry.drivers.incremental_base import BaseSnapshot
from stackferry.drivers.verify_run import diff_snapshots
from stackferry.emulators.contentstack import Fault, Switches
from stackferry.formats.csdx.write_records import unsupported
from stackferry.io.storage.snapshot import SnapshotIndex
from stackferry.model import Stream

if TYPE_CHECKING:
    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject

PATH = "/stacks/settings"
VARIABLES: JsonObject = {"enforce_unique_urls": True, "sys_rte_allowed_tags": "figure"}
READABLE = Switches(settings_access=200)


def fill(stack: Stack) -> None:
    fill_small(stack)
    preview: JsonObject = {"enabled": True, "default-env": LIVE, "default-url": "https://example.invalid"}
    stack.settings |= {"stack_variables": {**VARIABLES}, "live_preview": preview}


def limits(snapshot: Snapshot) -> dict[str, str]:
    """The limits that are about settings: kind and reason."""
    return {
        str(row["kind"]): str(row["reason"]) for row in snapshot.limits() if "settings" in str(row["kind"])
    }


def settings_of(snapshot: Snapshot) -> list[Any]:
    return [*snapshot.objects(Stream("stack_settings"))]


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_may_not_read_them_leaves_a_limit(status: Literal[401, 403]) -> None:
    """It is asked once: neither again, nor whether the token is good for anything else."""
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(settings_access=status))
        transport = RecordingTransport(bench.emulator)
        snapshot = bench.export(transport=transport)
    assert [line for line in transport.log if PATH in line] == [f"GET /v3{PATH}"]
    assert (
        transport.log[-1] != f"GET /v3{PATH}"
    )  # the second looks come after it: a dead token ends the run there
    assert (settings_of(snapshot), snapshot.gaps()) == ([], [])
    assert [*limits(snapshot)] == ["stack_settings"]


def test_settings_are_in_a_snapshot_without_the_secret_key() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=READABLE)
        snapshot = bench.export()
        (found,) = settings_of(snapshot)
        files = b"".join(path.read_bytes() for path in snapshot.root.rglob("*") if path.is_file())
    assert found["stack_variables"] == VARIABLES
    assert found["live_preview"]["default-env"] == LIVE
    assert "discrete_variables" not in found
    assert b"invented-secret-key" not in files
    assert [*limits(snapshot)] == ["settings_of_targets"]
    assert snapshot.gaps() == []


@pytest.mark.parametrize("status", [404, 422])
def test_another_refusal_is_a_gap(status: int) -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=READABLE)
        bench.emulator.faults.add(Fault(path=PATH, status=status, body=b"{}", carried_out=False, times=99))
        (gap,) = bench.export().gaps()
    assert (gap["kind"], gap["uid"]) == ("stack_settings", "*")
    assert "not given by the service" in str(gap["reason"])


def test_an_import_writes_none_and_verify_compares_none() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=READABLE)
        snapshot = bench.export()
        transport = RecordingTransport(bench.emulator)
        imported = bench.import_snapshot(snapshot, transport=transport)
        assert bench.target.settings == {}
        assert imported.gaps == []
        assert [line for line in transport.log if PATH in line] == []
        assert bench.verify(snapshot).differences == []


def test_a_copy_holds_them_too() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=READABLE)
        snapshot, copied = bench.copy()
        assert settings_of(snapshot)[0]["stack_variables"] == VARIABLES
        assert copied.gaps == []


def test_an_incremental_export_reads_them_anew() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=READABLE)
        base = BaseSnapshot(bench.export().root)
        bench.source.settings["stack_variables"] = {"enforce_unique_urls": False}
        made = bench.export("made", base=base)
        assert settings_of(made)[0]["stack_variables"] == {"enforce_unique_urls": False}


def test_diff_shows_what_was_set_since_and_nothing_that_one_side_could_not_read() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=READABLE)
        before = bench.export("before")
        bench.source.settings["stack_variables"] = {**VARIABLES, "enforce_unique_urls": False}
        (found,) = diff_snapshots(SYSTEM, before, bench.export("after")).differences
        assert found["kind"] == "stack_settings"
        assert "enforce_unique_urls" in str(found)
        bench.emulator.switches = Switches()
        told = diff_snapshots(SYSTEM, before, bench.export("unread"))
        assert (told.differences, told.gaps) == ([], [])


def test_an_export_in_the_vendors_layout_lacks_them_and_says_so() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=READABLE)
        with closing(SnapshotIndex(bench.export(), SYSTEM.record_key, root / "index.sqlite")) as index:
            found = [gap for gap in unsupported(index) if gap.kind == "stack_settings"]
        assert len(found) == 1


def test_they_are_listed_and_shown_by_their_kind() -> None:
    shown = SYSTEM.view("stack_settings", {"stack_variables": {}})
    assert (shown.uid, shown.names) == ("stack_settings", ("stack_settings",))
