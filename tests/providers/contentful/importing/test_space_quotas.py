"""What a plan has no room for is a gap that says so; all else arrives, and an update brings it once there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind_space import fill_every_kind
from space_bench import make_space_bench

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
