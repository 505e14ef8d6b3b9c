"""Writes whose 2xx answer does not name what was written: probed, then repeated, and never taken as done."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from every_kind_stack import fill_every_kind
from oracle_differences import differences
from oracle_graph import Graph
from workbench import TOKEN, RecordingTransport, make_workbench, memory_directory

from stackferry import exact_json
from stackferry.emulators.contentstack import Fault, Switches
from stackferry.errors import BadAnswer, ServiceError
from stackferry.providers.contentstack import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from oracle import Dump
    from stackferry.io.storage.snapshot import Snapshot

ODD = {
    "object": b"{}",
    "list": b"[]",
    "null": b"null",
    "notice": b'{"notice":"done"}',
    "unnamed": exact_json.dumps({kind.object_key: {"title": "?"} for kind in kinds.KINDS}),
    "nothing": b"",
    "page": b"<html>",
}
ENTRIES = "/content_types/{}/entries"
ROUTES = (
    *["POST /locales", "POST /environments", "POST /taxonomies", "POST /taxonomies/{}/terms"],
    *["POST /taxonomies/import", "POST /taxonomies/publish"],
    *["POST /extensions", "POST /global_fields", "PUT /global_fields/{}"],
    *[
        "POST /content_types",
        "PUT /content_types/{}",
        "POST /assets/folders",
        "POST /assets",
        "PUT /assets/{}",
    ],
    *[
        f"POST {ENTRIES}/import",
        f"POST {ENTRIES}/{{}}/import",
        f"PUT {ENTRIES}/{{}}",
        f"DELETE {ENTRIES}/{{}}",
    ],
    *[f"POST {ENTRIES}/{{}}/versions/{{}}/name", f"PUT {ENTRIES}/{{}}/variants/{{}}", "POST /variant_groups"],
    *["POST /roles", "POST /workflows", "PUT /workflows/{}", "POST /bulk/workflow", "POST /labels"],
    *["POST /releases", "POST /releases/{}/items", "POST /releases/{}/deploy", "PUT /releases/{}"],
    *[f"POST {ENTRIES}/{{}}/publish", "POST /assets/{}/unpublish"],
    *["POST /bulk/publish", "POST /workflows/publishing_rules", "POST /webhooks"],
    *["POST /metadata", "POST /metadata/{}/publish"],
)


class Clean(NamedTuple):
    """What an import without faults leads to."""

    target: Dump
    gaps: list[Any]
    harmed: int  # answers

    def assert_same(self, other: Clean, harmed: int) -> None:
        assert other.harmed == harmed
        assert other.gaps == self.gaps
        found = differences(Graph(self.target.nodes), Graph(other.target.nodes))
        assert [row.line for row in found] == []
        assert len(other.target.nodes) == len(self.target.nodes)


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[Workbench, Snapshot]]:
    """One source and its snapshot; every import has a target of its own. A file of a taxonomy brings one term only, so
    that others are made singly."""
    with memory_directory() as root:
        one = make_workbench(root, fill_every_kind, switches=Switches(tree_terms=1))
        yield one, one.export(versions="all")


def pattern(route: str) -> tuple[str, str]:
    """The method of a route and a pattern of its paths: in place of {} stands any one name."""
    method, _, path = route.partition(" ")
    return method, f"^/v3{re.escape(path).replace(re.escape('{}'), '(?!import[/?$])[^/?]+')}" + r"(\?|$)"


def imported(
    one: Workbench, snapshot: Snapshot, *faults: Fault, wire: RecordingTransport | None = None, key: str = ""
) -> Clean:
    """An import with these faults into a new target, or into the one of an earlier import."""
    if not key:
        key = f"blt_target_{len(one.emulator.stacks)}"
        one.emulator.add_stack(api_key=key, management_token=TOKEN)
    one.emulator.faults.clear()
    one.emulator.faults.add(*faults)
    before = one.emulator.faults.taken
    gaps = one.import_snapshot(snapshot, key, key=key, transport=wire, versions="all", deploy=True).gaps
    one.emulator.faults.clear()
    assert one.emulator.defects == []
    return Clean(one.dump(key, versions=True), gaps, one.emulator.faults.taken - before)


@pytest.fixture(scope="module")
def clean(desk: tuple[Workbench, Snapshot]) -> Clean:
    return imported(*desk)


def is_of(request: str, route: str) -> bool:
    method, path = pattern(route)
    sent, _, target = request.partition(" ")
    return sent == method and re.search(path, target) is not None


def odd_answer(route: str, odd: str) -> Fault:
    """The service does the work of the first such request, and then answers something that names no object."""
    method, path = pattern(route)
    return Fault(method=method, path=path, status=200, body=ODD[odd])


def test_the_stack_uses_every_route(desk: tuple[Workbench, Snapshot]) -> None:
    wire = RecordingTransport(desk[0].emulator)
    assert imported(*desk, wire=wire).gaps == []
    writes = [request for request in wire.log if not request.startswith("GET")]
    assert [request for request in writes if not any(is_of(request, route) for route in ROUTES)] == []
    assert [route for route in ROUTES if not any(is_of(request, route) for request in writes)] == []


@pytest.mark.parametrize(("route", "odd"), [*zip(ROUTES, cycle(ODD))])
def test_a_write_with_an_odd_answer_is_done_once(
    desk: tuple[Workbench, Snapshot], clean: Clean, route: str, odd: str
) -> None:
    clean.assert_same(imported(*desk, odd_answer(route, odd)), 1)


@pytest.mark.parametrize("odd", ODD)
def test_every_route_has_an_odd_answer(desk: tuple[Workbench, Snapshot], clean: Clean, odd: str) -> None:
    clean.assert_same(imported(*desk, *(odd_answer(route, odd) for route in ROUTES)), len(ROUTES))


def test_every_route_loses_an_answer(desk: tuple[Workbench, Snapshot], clean: Clean) -> None:
    """Every write that may not be repeated has a probe: none is done twice."""
    lost = [replace(odd_answer(route, "nothing"), status=502) for route in ROUTES]
    clean.assert_same(imported(*desk, *lost), len(ROUTES))


PROBED = ("POST /locales", "POST /assets", f"POST {ENTRIES}/import", "PUT /releases/{}")


def lost_and_odd(route: str, odd: str, times: int) -> list[Fault]:
    """The answer to a write is lost, and the first probes for it have odd answers."""
    method, path = pattern(route)
    probe = path.replace("/import", "").replace(r"(\?|$)", r"(\?.*desc=|$)")
    return [
        Fault(method=method, path=path, status=502),
        Fault(method="GET", path=probe, status=200, body=ODD[odd], times=times),
    ]


@pytest.mark.parametrize(("route", "odd"), [*zip(PROBED, cycle(ODD))])
def test_a_probe_with_an_odd_answer_is_asked_again(
    desk: tuple[Workbench, Snapshot], clean: Clean, route: str, odd: str
) -> None:
    clean.assert_same(imported(*desk, *lost_and_odd(route, odd, 2)), 3)


@pytest.mark.parametrize(("route", "odd"), [*zip(PROBED, cycle(ODD))])
def test_a_probe_whose_answers_stay_odd_ends_the_run(
    desk: tuple[Workbench, Snapshot], clean: Clean, route: str, odd: str
) -> None:
    """A listing without its list is not an empty one: the write is not repeated, and the next run finds it."""
    with pytest.raises(BadAnswer, match="does not hold"):
        imported(*desk, *lost_and_odd(route, odd, 100))
    clean.assert_same(imported(*desk, key=[*desk[0].emulator.stacks][-1]), 0)


def test_a_write_whose_answers_stay_odd_ends_the_run(desk: tuple[Workbench, Snapshot]) -> None:
    fault = replace(odd_answer("POST /roles", "notice"), carried_out=False, times=100)
    with pytest.raises(ServiceError, match=r"roles/.*run the same command again to resume"):
        imported(*desk, fault)
