"""A token that may not read everything: what it may not is a gap, and what was not asked for is not asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_stack import fill_small
from workbench import RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.emulators.faults_file import read_faults_file
from stackferry.errors import AccessError
from stackferry.providers.contentstack.request_minimum import export_minimum
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

BODY = json.dumps({"error_message": "You do not have permission.", "error_code": 161}).encode()
CASES = Path(__file__).parents[4] / "shared/cases"


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def refuse(workbench: Workbench, path: str, status: int) -> None:
    workbench.emulator.faults.add(Fault(path=path, status=status, body=BODY, times=ALWAYS, carried_out=False))


def test_without_assets_no_asset_is_asked_for(workbench: Workbench) -> None:
    transport = RecordingTransport(workbench.emulator)
    snapshot = workbench.export(assets=False, transport=transport)
    assert not [line for line in transport.log if "/assets" in line]
    fewest = export_minimum(snapshot.record_counts(), snapshot.objects, ReadOptions(assets=False))
    assert workbench.counts.read == fewest["read"]


def test_the_case_of_denied_assets(workbench: Workbench) -> None:
    """cases/assets-denied.faults.json: `--no-assets` needs no right to them, and without it they are a gap."""
    script = CASES / "assets-denied.faults.json"
    if not script.is_file():
        pytest.skip("the cases are not at hand")
    workbench.emulator.faults = read_faults_file(script)
    assert not [gap for gap in workbench.export("none", assets=False).gaps() if gap["kind"] == "assets"]
    workbench.emulator.faults = read_faults_file(script)
    assert {gap["kind"] for gap in workbench.export("some").gaps()} == {"assets", "folders"}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        (r"^/v3/assets\?", {"assets", "folders"}),
        ("^/v3/labels", {"labels"}),
        ("/content_types/page/entries[?].*fr-fr", {"entries/page/fr-fr"}),
        ("/releases/[^/]*/items", {"release_items/bltaaaaaaaaaaaaaa21"}),
        (r"/entries/[^/]*\?.*version=1", {"versions"}),
    ],
)
def test_a_refusal_of_one_kind_is_a_gap(
    workbench: Workbench, status: int, path: str, kinds: set[str]
) -> None:
    refuse(workbench, path, status)
    gaps = workbench.export().gaps()
    assert {gap["kind"] for gap in gaps} == kinds
    assert all("You do not have permission." in str(gap["reason"]) for gap in gaps)


@pytest.mark.parametrize("path", ["^/v3/locales", "^/v3/content_types[?]", "^/v3/"])
def test_without_what_all_else_needs_there_is_no_snapshot(workbench: Workbench, path: str) -> None:
    refuse(workbench, path, 401)
    with pytest.raises(AccessError):
        workbench.export()


def test_an_import_does_not_take_what_it_may_not_see_for_absent(workbench: Workbench) -> None:
    snapshot = workbench.export()
    refuse(workbench, r"^/v3/assets\?", 403)
    with pytest.raises(AccessError):
        workbench.import_snapshot(snapshot)
    assert workbench.writes() == 0
