"""What a plan has no room for is a gap that says so; all else arrives, and an update brings it once there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind_space import fill_every_kind
from space_bench import TOKEN, make_space_bench

from stackferry.emulators.contentful import Fault
from stackferry.errors import AccessError, Refused
from stackferry.model import Request, Response
from stackferry.providers.contentful.refusals import refusal

if TYPE_CHECKING:
    from pathlib import Path

QUOTAS = {
    "content_types": 1,
    "tags": 0,
    "entries": 3,
    "assets": 1,
    "releases": 1,
    "extensions": 0,
    "roles": 0,
    "webhooks": 0,
}


@pytest.mark.parametrize("kind", QUOTAS)
def test_what_there_is_no_room_for(root: Path, kind: str) -> None:
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    usual = getattr(bench.emulator.limits, kind)
    setattr(bench.emulator.limits, kind, QUOTAS[kind])
    told = [gap for gap in bench.import_snapshot(snapshot).gaps if "no room" in str(gap["reason"])]
    assert {gap["kind"] for gap in told} == {kind}
    assert [one for one in bench.verify(snapshot).differences if one["kind"] != "roles"] == []
    setattr(bench.emulator.limits, kind, usual)
    done = bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert [gap for gap in done.gaps if "no room" in str(gap["reason"])] == []
    assert [one for one in bench.verify(snapshot, "again").differences if one["kind"] != "roles"] == []


NO_ROOM = (
    b'{"sys": {"type": "Error", "id": "AccessDenied"}, "message": "Usage exceeded: you reached the limit"}'
)
# What there was no room for, as requests that are refused; all else hangs on it.
REFUSED = {
    "types": "/content_types/[^/]+$",
    "publishing of types": "/content_types/[^/]+/published$",
    "entries": "/environments/master/entries/[^/]+$",
    "assets": "/environments/master/assets/[^/]+$",
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_update_brings_what_hangs_on_it_too(root: Path, what: str) -> None:
    """Workflows, tasks, comments, releases and their bodies: once there is room, without --only."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export(editorial=True)
    bench.emulator.faults.add(
        Fault(method="PUT", path=REFUSED[what], status=403, body=NO_ROOM, carried_out=False, times=99)
    )
    refused = bench.import_snapshot(snapshot).gaps
    assert [gap for gap in refused if "somebody else" in str(gap["reason"])] == []
    bench.emulator.faults.clear()
    for _ in range(2):  # what links to something is live with the second, once that is there
        done = bench.import_snapshot(snapshot, on_conflict="update")
    assert {gap["kind"] for gap in done.gaps} == {"webhooks"}
    assert [one for one in bench.verify(snapshot).differences if one["kind"] != "roles"] == []


def test_an_update_brings_the_scheme_of_concepts_that_there_was_no_room_for(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_every_kind)
    there = bench.emulator.add_space(key="elsewhere", token=TOKEN, organization="another")
    snapshot = bench.export()
    bench.emulator.faults.add(
        Fault(method="PUT", path="/concepts/", status=403, body=NO_ROOM, carried_out=False, times=99)
    )
    told = {gap["kind"] for gap in bench.import_snapshot(snapshot, key="elsewhere").gaps}
    assert {"concepts", "concept_schemes", "entries"} <= told
    bench.emulator.faults.clear()
    for _ in range(2):
        bench.import_snapshot(snapshot, key="elsewhere", on_conflict="update")
    assert (len(there.organization.concepts), len(there.organization.concept_schemes)) == (2, 1)
    left = {gap["kind"] for gap in bench.verify(snapshot, key="elsewhere").gaps}
    assert left == {"webhooks", "app_installations"}


def test_comments_on_what_somebody_else_has_made_meanwhile_are_asked_for(root: Path) -> None:
    """The entry is there, though this import could not write it; one that was refused is not, and nobody asks."""
    for status, asked in ((409, 3), (422, 0)):
        bench = make_space_bench(root / f"{status}", fill_every_kind)
        snapshot = bench.export(editorial=True)
        name = "VersionMismatch" if status == 409 else "ValidationFailed"
        body = b'{"sys": {"type": "Error", "id": "%s"}, "message": "%s"}' % (name.encode(), name.encode())
        bench.emulator.faults.add(
            Fault(method="PUT", path="/master/entries/fox$", status=status, body=body, carried_out=False)
        )
        bench.emulator.log.clear()
        bench.import_snapshot(snapshot)
        assert len([path for path in bench.paths("POST") if path.startswith("entries/fox/")]) == asked


def test_what_is_missing_in_the_target_joins_no_release(root: Path) -> None:
    """Its item is left out, which is a gap; nobody else changed the release, and an update finds nothing to do."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    refused = b'{"sys": {"type": "Error", "id": "ValidationFailed"}, "message": "not valid"}'
    for path in ("entries/(hen|fox)$", "assets/picture$"):
        bench.emulator.faults.add(
            Fault(method="PUT", path=f"/master/{path}", status=422, body=refused, carried_out=False, times=99)
        )
    told = bench.import_snapshot(snapshot).gaps
    assert [gap for gap in told if "somebody else" in str(gap["reason"])] == []
    held = next(one for one in bench.target.master.releases.values() if one.is_timeline)
    assert (sorted(held.entries), sorted(held.assets)) == (["chick", "egg"], [])
    writes = bench.writes()
    again = bench.import_snapshot(snapshot, on_conflict="update").gaps
    assert bench.writes() == writes
    assert [gap for gap in again if "was written without it" in str(gap["reason"])] == []


@pytest.mark.parametrize(
    ("words", "is_full"),
    [
        ("You have reached the limit of 24 content types.", True),
        ("Usage exceeded: content types", True),
        ("This space has reached its maximum number of locales.", True),
        ("Forbidden", False),
        ("You are not authorized to do this, or you have exceeded your plan limits.", False),
        ("You lack the permission to exceed the limit.", False),
    ],
)
def test_a_refusal_for_want_of_room_and_one_of_a_right(words: str, is_full: bool) -> None:
    """The service answers 403 to both: a token without a right ends the run."""
    body = b'{"sys": {"type": "Error", "id": "AccessDenied"}, "message": "%s"}' % words.encode()
    request = Request(method="PUT", path="/spaces/s/environments/e/content_types/page", params=())
    error = refusal(request, Response(status=403, headers={}, content=body))
    assert isinstance(error, Refused if is_full else AccessError)
