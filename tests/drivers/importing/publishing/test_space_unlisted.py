"""A target that does not list some of its objects to the token: none of them is made a second time, and it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from space_bench import TARGET, make_space_bench

from stackferry.emulators.contentful import Fault

if TYPE_CHECKING:
    from pathlib import Path


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
    body = b'{"sys": {"type": "Error", "id": "AccessDenied"}, "message": "not for you"}'
    path = rf"^/spaces/{TARGET}/([^?]*/)?{kind}(\?|$)"
    hidden = Fault(method="GET", path=path, status=status, body=body, times=999, carried_out=False)
    bench.emulator.faults.add(hidden)
    for state in ("second", "third"):
        done = bench.import_snapshot(snapshot, state, on_conflict="update")
        assert there() == before
        told = [
            gap for gap in done.gaps if gap["kind"] == kind and "may be there already" in str(gap["reason"])
        ]
        assert told
