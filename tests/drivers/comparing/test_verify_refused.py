"""A target that does not show everything to the token: what could not be compared is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import HEN, fill_small
from workbench import Workbench, make_workbench, memory_directory

from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = b'{"error_message": "You may not.", "error_code": 161}'


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A version has a name."""
    with memory_directory() as root:
        made = make_workbench(root, fill_small)
        made.source.main.put_version_name("page", HEN, "en-us", 1, {"title": "First draft"})
        yield made


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_names_of_versions_that_could_not_be_compared_are_told(bench: Workbench, status: int) -> None:
    snapshot = bench.export(versions="all")
    bench.import_snapshot(snapshot, versions="all")
    assert (bench.verify(snapshot).differences, bench.verify(snapshot).gaps) == ([], [])
    fault = Fault(path="/versions", status=status, body=BODY, times=ALWAYS, carried_out=False)
    bench.emulator.faults.add(fault)
    found = bench.verify(snapshot)
    assert found.differences == []
    assert {str(gap["kind"]).partition("/")[0] for gap in found.gaps} == {"history"}
    assert all("You may not." in str(gap["reason"]) for gap in found.gaps)
    assert all("in the target" in str(gap["reason"]) for gap in found.gaps)


def test_a_kind_that_is_not_shown_is_told(bench: Workbench) -> None:
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    bench.emulator.faults.add(Fault(path="/webhooks", status=403, body=BODY, times=ALWAYS, carried_out=False))
    assert "webhooks" in {gap["kind"] for gap in bench.verify(snapshot).gaps}
