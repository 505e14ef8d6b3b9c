"""Round trips of random stacks, under each setting of the service that its documentation leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from random_stack import fill_random
from round_trip import explain_differences
from workbench import SOURCE, TARGET, file_digests, make_workbench, memory_directory

from sampling import sampled
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
    {"group_update": "merged"},
    {"instance_uids": "new"},
    {"publish_lists_fallback": False},
    {"bulk_fallback_version": "named"},
    {"rate_headers": False},
    {"shared_budget": True},
    {"bulk_items": 50},
    {"check_schema_references": False},
    {"duplicate_rte_uid": "entry"},
    {"duplicate_rte_uid": "off"},
    {"missing_status": 404},
    {"job_requests": 3},
    {"unmarked_instance_unlinks": False},
    {"create_uid": "kept"},
    {"asset_must_exist": False},
    {"file_names": "kept"},
    {"rte_uids_made": False},
    {"trash_holds_unique": False},
    {"import_keeps_uid": True, "write_checks_references": True, "localize_copies_fallback": True},
    {"other_locale_creates_master": False, "null_is_kept": False, "publish_lists_fallback": False},
)


def check_round_trip(workbench: Workbench, *, twice: bool = True) -> None:
    """Export twice (but for settings that only writes can meet) and import twice: no gap, no further write."""
    before = workbench.dump(SOURCE)
    snapshot = workbench.export()
    assert workbench.writes() == 0
    if twice:
        assert file_digests(workbench.export("again").root) == file_digests(snapshot.root)
    imported = workbench.import_snapshot(snapshot)
    fills = workbench.emulator.switches.localize_copies_fallback
    result = explain_differences(before, workbench.dump(TARGET), imported.gaps, fills=fills)
    assert result.unexplained == []
    assert imported.gaps == []
    sent = workbench.writes()
    workbench.import_snapshot(snapshot)
    assert workbench.writes() == sent
    assert not twice or workbench.dump(SOURCE) == before
    assert workbench.emulator.defects == []


@pytest.mark.parametrize("seed", sampled(range(15), 3))
def test_a_generated_stack_survives_export_and_import(seed: int) -> None:
    """G1-G3, C6, D5, D6, I5-I7: complete, the same bytes twice, and no write when imported again."""
    with memory_directory() as root:
        check_round_trip(make_workbench(root, lambda stack: fill_random(stack, seed)))


@pytest.mark.torture
@pytest.mark.parametrize("first", range(15, 1015, 50))
def test_a_thousand_generated_stacks_survive_export_and_import(first: int) -> None:
    for seed in range(first, first + 50):
        test_a_generated_stack_survives_export_and_import(seed)


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda one: "-".join(f"{k}={v}" for k, v in one.items()))
def test_a_round_trip_is_exact_under_each_service_setting(switches: dict[str, Any]) -> None:
    """G1: each value of every switch that is not the default."""
    check_with_switches(switches, 1)


@pytest.mark.torture
@pytest.mark.parametrize("switches", SWITCHES, ids=lambda one: "-".join(f"{k}={v}" for k, v in one.items()))
def test_many_round_trips_are_exact_under_each_service_setting(switches: dict[str, Any]) -> None:
    """Fifty stacks each."""
    for seed in range(2, 52):
        check_with_switches(switches, seed)


def check_with_switches(switches: dict[str, Any], seed: int) -> None:
    with memory_directory() as root:
        check_round_trip(
            make_workbench(root, lambda stack: fill_random(stack, seed), switches=Switches(**switches)),
            twice=False,
        )
