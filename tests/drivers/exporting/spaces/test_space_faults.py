"""An export of a space that is killed anywhere, or whose service answers badly: the same snapshot, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from space_bench import SpaceBench, make_space_bench
from space_edits import REQUESTS
from workbench import Cut, RecordingTransport, cut_at, file_digests

from sampling import rotated, sampled
from stackferry.emulators.contentful import Fault, Switches
from stackferry.errors import BadAnswer, Unreachable
from stackferry.exact_json import dumps
from stackferry.model import Stream

if TYPE_CHECKING:
    from pathlib import Path

ALL: Any = {"versions": "all", "editorial": True}


@pytest.fixture
def bench(root: Path) -> SpaceBench:
    return make_space_bench(root, fill_every_kind)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", sampled([*range(1, REQUESTS + 7)], 5))
def test_a_killed_export_resumes(bench: SpaceBench, number: int, after: bool) -> None:
    whole = file_digests(bench.export("whole", **ALL).root)
    sent = len(bench.emulator.log)
    transport = RecordingTransport(bench.emulator, cut_at(number, after=after))
    if number <= sent:
        with pytest.raises(Cut):
            bench.export("part", transport=transport, **ALL)
    before = len(bench.emulator.log)
    assert file_digests(bench.export("part", **ALL).root) == whole
    repeated = len(bench.emulator.log) - before + number - sent
    assert repeated <= 12, "the access request, what was under way, and second looks"


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_listing_by_cursor_goes_on_where_it_was(root: Path, number: int) -> None:
    bench = make_space_bench(root, fill_every_kind, switches=Switches(page_rows=1))
    whole = file_digests(bench.export("whole").root)
    seen = 0

    def hook(_: RecordingTransport, request: Any, done: bool) -> None:
        nonlocal seen
        seen += done and request.url.path.endswith("/releases")
        if seen == number and done:
            raise Cut

    with pytest.raises(Cut):
        bench.export("part", transport=RecordingTransport(bench.emulator, hook))
    assert file_digests(bench.export("part").root) == whole


FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"status": 429, "body": b'{"sys": {"type": "Error", "id": "RateLimitExceeded"}}'},
    "in trouble": {"status": 503, "body": b'{"sys": {"type": "Error", "id": "Hibernated"}}'},
    "a gateway": {"status": 502, "body": b"<html>502 Bad Gateway</html>"},
    "nothing": {"status": 200, "body": b""},
    "an empty object": {"status": 200, "body": b"{}"},
    "null": {"status": 200, "body": b"null"},
    "cut short": {"status": 200, "body": b'{"sys": {"type": "Array"}, "total": 5, "items": [{"sys"'},
    "rows without names": {"status": 200, "body": b'{"total": 1, "items": [{"fields": {}}], "fields": {}}'},
    "no rows but numbers": {"status": 200, "body": b'{"total": 2, "items": [1, 2]}'},
}


PATHS = ["/entries", "/assets", "/releases", "/taxonomy", "/snapshots", "/public", "/ui_config"]


@pytest.mark.parametrize(("fault", "path"), rotated(FAULTS, PATHS))
def test_a_fault_that_passes_leaves_no_trace(bench: SpaceBench, fault: str, path: str) -> None:
    whole = file_digests(bench.export("whole", **ALL).root)
    bench.emulator.faults.add(make_fault(path, FAULTS[fault]))
    assert file_digests(bench.export("part", **ALL).root) == whole


def make_fault(path: str, facts: dict[str, Any], times: int = 1) -> Fault:
    return Fault(path=path, times=times, carried_out=False, **facts)


@pytest.mark.parametrize(
    "path", ["/tags", "/roles", "/releases", "/release_actions", "/ui_config", "/editor_interfaces"]
)
def test_one_list_that_is_never_answered_is_a_gap_of_a_later_run(bench: SpaceBench, path: str) -> None:
    bench.emulator.faults.add(make_fault(f"{path}($|\\?)", FAULTS["in trouble"], times=100_000))
    for _ in range(2 if path == "/releases" else 1):  # of which there are two lists
        with pytest.raises((BadAnswer, Unreachable)):
            bench.export("part")
    snapshot = bench.export("part")
    assert {str(gap["kind"]).partition("/")[0] for gap in snapshot.gaps()} == {path[1:]}
    assert len([*snapshot.objects(Stream("entries", "page"))]) == 5


def test_a_cursor_that_leads_nowhere_new_ends(root: Path) -> None:
    """A service whose next page is the same page: an error, and never a loop."""
    bench = make_space_bench(root, fill_every_kind)
    again = "/spaces/invented-source/environments/master/release_actions?pageNext=again&limit=1000"
    row = next(iter(bench.source.master.release_actions.values()))
    body = dumps({"sys": {"type": "Array"}, "items": [row], "pages": {"next": again}})
    bench.emulator.faults.add(make_fault("/release_actions", {"status": 200, "body": body}, times=100_000))
    with pytest.raises(BadAnswer, match="leads to the same page again"):
        bench.export("part")
    gaps = bench.export("part").gaps()
    assert [gap["kind"] for gap in gaps] == ["release_actions"]
