"""Requests compared with the fewest that a stack can take, by a formula of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from fewest_requests import fewest_bulk, fewest_reads, fewest_writes
from random_stack import fill_random
from test_round_trip import NAMES, dataset
from workbench import RecordingTransport, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack.seed.load import load, read_seed

if TYPE_CHECKING:
    from workbench import Workbench

LIMIT = 1.02


@dataclass(frozen=True)
class Requests:
    """The requests of an export and import, and the fewest possible: reads, writes, bulk calls."""

    sent: tuple[int, int, int]
    fewest: tuple[int, int, int]
    log: list[str]  # of the import

    def within(self, limit: float) -> bool:
        return all(sent <= limit * fewest for sent, fewest in zip(self.sent, self.fewest, strict=True))


def measure(workbench: Workbench) -> Requests:
    """Count the requests at the emulator, and the fewest by the formula."""
    fewest = (
        fewest_reads(workbench.source),
        fewest_writes(workbench.source, workbench.target),
        fewest_bulk(workbench.source),
    )
    snapshot = workbench.export(versions="all")
    reads, transport = workbench.emulator.count("read"), RecordingTransport(workbench.emulator)
    workbench.import_snapshot(snapshot, versions="all", transport=transport)
    return Requests(
        (reads, workbench.emulator.count("write"), workbench.emulator.count("bulk")), fewest, transport.log
    )


def is_extra(request: str) -> bool:
    """A type that is written again, or the deletion of a master document that the service created by itself."""
    method, path = request.split(" ", 1)
    rewritten = method == "PUT" and path.startswith(("/v3/content_types/", "/v3/global_fields/"))
    return method == "DELETE" or (rewritten and "/entries/" not in path)


@pytest.mark.parametrize("seed", sampled(range(12), 3))
def test_generated_stacks_take_the_fewest_requests(seed: int) -> None:
    """The fewest reads and bulk calls, and the fewest writes but for those that `is_extra` names."""
    with memory_directory() as root:
        found = measure(make_workbench(root, lambda stack: fill_random(stack, seed)))
    reads, writes, bulk = found.sent
    assert (reads, writes - sum(map(is_extra, found.log)), bulk) == found.fewest


@pytest.mark.parametrize("name", NAMES)
def test_real_stacks_take_at_most_two_percent_more_than_the_fewest_requests(name: str) -> None:
    seed = read_seed(dataset(name))
    with memory_directory() as root:
        found = measure(make_workbench(root, lambda stack: load(stack, seed, invent_files=True)))
    print(f"\n{name}: reads, writes, bulk {found.sent}, fewest {found.fewest}")  # noqa: T201 - shown by pytest -s
    assert found.within(LIMIT)
