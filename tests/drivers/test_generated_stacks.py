"""Stacks at random, there and back, whatever the service decides where its documents are silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from random_stack import fill_random
from round_trip import explain_differences
from workbench import SOURCE, TARGET, file_digests, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from workbench import Workbench

SWITCHES: tuple[dict[str, Any], ...] = (
    {"import_keeps_uid": True},
    {"import_checks_references": False},
    {"write_checks_references": True},
    {"overwrite_replaces": True},
    {"other_locale_creates_master": False},
    {"localize_copies_fallback": True},
    {"null_is_kept": False},
    {"publish_lists_fallback": False},
    {"rate_headers": False},
    {"shared_budget": True},
    {"bulk_items": 50},
    {"check_schema_references": False},
    {"duplicate_rte_uid": "entry"},
    {"duplicate_rte_uid": "off"},
    {"missing_status": 404},
    {"job_requests": 3},
    {"import_keeps_uid": True, "write_checks_references": True, "localize_copies_fallback": True},
    {"other_locale_creates_master": False, "null_is_kept": False, "publish_lists_fallback": False},
)


def there_and_back(one: Workbench) -> None:
    """Export twice, import twice: the same bytes, the same stack, nothing lost, no write too many."""
    before = one.dump(SOURCE)
    snapshot = one.export()
    assert one.writes() == 0
    assert file_digests(one.export("again").root) == file_digests(snapshot.root)
    imported = one.import_snapshot(snapshot)
    fills = one.emulator.switches.localize_copies_fallback
    result = explain_differences(before, one.dump(TARGET), imported.gaps, fills=fills)
    assert result.unexplained == []
    assert imported.gaps == []
    sent = one.writes()
    one.import_snapshot(snapshot)
    assert one.writes() == sent
    assert one.dump(SOURCE) == before
    assert one.emulator.defects == []


@pytest.mark.parametrize("seed", range(15))
def test_generated_stack_there_and_back(seed: int) -> None:
    """G1-G3, C6, D5, D6, I5-I7: any stack comes over whole, byte for byte the same snapshot twice, once and for all."""
    with memory_directory() as root:
        there_and_back(make_workbench(root, lambda stack: fill_random(stack, seed)))


@pytest.mark.torture
@pytest.mark.parametrize("first", range(15, 1015, 50))
def test_many_generated_stacks(first: int) -> None:
    """The same for a thousand stacks."""
    for seed in range(first, first + 50):
        test_generated_stack_there_and_back(seed)


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda one: "-".join(f"{k}={v}" for k, v in one.items()))
def test_whatever_the_service_does(switches: dict[str, Any]) -> None:
    """G1: the round trip is equal under each value of every switch (the defaults are the other values)."""
    one_switch(switches, 1)


@pytest.mark.torture
@pytest.mark.parametrize("switches", SWITCHES, ids=lambda one: "-".join(f"{k}={v}" for k, v in one.items()))
def test_whatever_the_service_does_to_many(switches: dict[str, Any]) -> None:
    """The same for fifty stacks each."""
    for seed in range(2, 52):
        one_switch(switches, seed)


def one_switch(switches: dict[str, Any], seed: int) -> None:
    with memory_directory() as root:
        there_and_back(
            make_workbench(root, lambda stack: fill_random(stack, seed), switches=Switches(**switches))
        )
