"""A target that does not list some of its objects to the token: none of them is made a second time, and it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from space_bench import TARGET, make_space_bench

from stackferry.emulators.contentful import Fault
from stackferry.errors import AccessError

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench


def hide(bench: SpaceBench, kind: str, status: int) -> None:
    """The target lists no objects of a kind to the token."""
    body = b'{"sys": {"type": "Error", "id": "AccessDenied"}, "message": "not for you"}'
    path = rf"^/spaces/{TARGET}/([^?]*/)?{kind}(\?|$)"
    fault = Fault(method="GET", path=path, status=status, body=body, times=999, carried_out=False)
    bench.emulator.faults.add(fault)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("releases", 404), ("releases", 403), ("workflow_definitions", 403), ("scheduled_actions", 403)],
)
def test_nothing_is_made_twice(root: Path, kind: str, status: int) -> None:
    """The page of releases: a list is 404 where the token may not read an entry in one of them."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    bench.target.organization = bench.source.organization
    snapshot = bench.export()
    bench.import_snapshot(snapshot, "first")

    def there() -> list[Any]:
        place = bench.target if kind == "scheduled_actions" else bench.target.master
        return sorted(getattr(place, kind))

    before = there()
    assert before
    hide(bench, kind, status)
    for state in ("second", "third"):
        done = bench.import_snapshot(snapshot, state, on_conflict="update")
        assert there() == before
        told = [
            gap for gap in done.gaps if gap["kind"] == kind and "may be there already" in str(gap["reason"])
        ]
        assert told


@pytest.mark.parametrize("status", [403, 404])
def test_editor_interfaces_that_are_not_listed_are_written(root: Path, status: int) -> None:
    """The list was refused before the first write: an import does not end when it would be read again."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    hide(bench, "editor_interfaces", status)
    bench.import_snapshot(snapshot)
    bench.emulator.faults.clear()
    assert bench.verify(snapshot).differences == []


@pytest.mark.parametrize("status", [403, 404])
def test_assets_that_are_not_listed_end_an_import_before_its_first_write(root: Path, status: int) -> None:
    """Only the list of assets shows when a file was processed."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    hide(bench, "assets", status)
    with pytest.raises(AccessError, match="does not list assets to this token"):
        bench.import_snapshot(snapshot)
    assert bench.writes() == 0
