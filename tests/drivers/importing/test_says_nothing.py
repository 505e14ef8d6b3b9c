"""Answers of 200 without a word, to writes that name no object in their answers: publishing, items, version names.

A gateway may answer so in the service's place. The write is sent again, and the target is that of an undisturbed
import, judged by the emulator's own state (`test_lost_answers`). A service that always answers so is believed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import fill_every_kind
from test_lost_answers import held
from workbench import make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack import Fault

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

# What the service answers with a notice alone, by method and path.
ROUTES = [
    ("POST", r"/bulk/publish"),
    ("POST", r"/entries/\w+/publish"),
    ("POST", r"/releases/\w+/items?$"),
    ("POST", r"/versions/\d+/name"),
    ("POST", r"/workflow(\?|$)"),
]
BODIES = [b"null", b"", b"{}", b"[]"]


def imported(root: Path, *faults: Fault) -> tuple[Counter[str], list[Any], int]:
    """What the target holds after an import, the gaps, and how many requests were harmed."""
    bench = make_workbench(root, fill_every_kind)
    snapshot = bench.export(versions="all")
    bench.emulator.faults.add(*faults)
    gaps = bench.import_snapshot(snapshot, versions="all").gaps
    assert bench.emulator.defects == []
    return (
        held(bench.target),
        sorted((gap["kind"], gap["reason"]) for gap in gaps),
        bench.emulator.faults.taken,
    )


@cache
def undisturbed() -> tuple[Counter[str], list[Any], int]:
    with memory_directory() as root:
        return imported(root)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("route", sampled(ROUTES, 3), ids=str)
@pytest.mark.parametrize("body", sampled(BODIES, 2), ids=str)
def test_a_write_that_was_not_carried_out_is_sent_again(
    tmp_path: Path, route: tuple[str, str], body: bytes, times: int
) -> None:
    method, path = route
    harm = Fault(method=method, path=path, times=times, carried_out=False, status=200, body=body)
    *found, harmed = imported(tmp_path, harm)
    assert harmed == times, "not so many writes met the fault"
    assert found == [*undisturbed()[:2]]


@pytest.mark.parametrize("route", sampled(ROUTES, 2), ids=str)
def test_a_service_that_never_says_more_is_believed(tmp_path: Path, route: tuple[str, str]) -> None:
    """Each write is carried out, a few times over; the import ends, and what matters was looked at."""
    method, path = route
    *found, harmed = imported(tmp_path, Fault(method=method, path=path, times=10_000, status=200, body=b"{}"))
    assert harmed > 0
    assert found == [*undisturbed()[:2]]
