"""Storms on the wire, in both directions: runs end equal, or with an error, and taken up again end equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import fill_small
from stack_maker import make_stack
from storm import storms, weathered
from workbench import SOURCE, TARGET, TOKEN, memory, tree

from oracle import compare
from stackferry.emulators.faults import ALWAYS, Fault, FaultScript
from stackferry.errors import AccessError, StackferryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storm import Weathered

STORMS, QUIET = storms(), "blt_invented_quiet"


@pytest.fixture
def one() -> Iterator[Weathered]:
    with memory() as root:
        yield from weathered(root, fill_small)


@pytest.fixture
def quiet() -> Iterator[Weathered]:
    """Another bench of the same stack, where nothing goes wrong."""
    with memory() as root:
        yield from weathered(root, fill_small)


@pytest.mark.parametrize("name", STORMS)
def test_an_export_in_a_storm(one: Weathered, name: str) -> None:
    """A1-A3, B1, B4-B6, I6: the snapshot is byte-identical to a quiet one, without a gap."""
    expected = tree(one.export("quiet", versions="all").root)
    one.emulator.faults = FaultScript([*STORMS[name]], seed=3)
    snapshot = one.until_exported("snapshot")
    assert one.emulator.faults.taken > 0
    assert tree(snapshot.root) == expected


@pytest.mark.parametrize("name", STORMS)
def test_an_import_in_a_storm(one: Weathered, name: str) -> None:
    """C1-C3, B4-B6, I4: the target is equal, every object is there once, and nothing is left to write."""
    snapshot = one.export(versions="all")
    one.emulator.faults = FaultScript([*STORMS[name]], seed=5)
    imported = one.until_imported(snapshot)
    assert one.emulator.faults.taken > 0
    one.emulator.faults.clear()
    assert imported.gaps == []
    assert compare(one.dump(SOURCE), one.dump(TARGET)) == []
    sent = one.writes()
    one.replay(snapshot, versions="all")
    assert one.writes() == sent


@pytest.mark.parametrize("name", STORMS)
def test_a_copy_in_a_storm(one: Weathered, name: str) -> None:
    """C1-C3, B1, B4-B6, I4, I6: both halves at once, in the same weather."""
    expected = tree(one.export("quiet", versions="all").root)
    one.emulator.faults = FaultScript([*STORMS[name]], seed=7)
    snapshot, imported = one.until_copied("copied")
    assert one.emulator.faults.taken > 0
    one.emulator.faults.clear()
    assert imported.gaps == []
    assert tree(snapshot.root) == expected
    assert compare(one.dump(SOURCE), one.dump(TARGET)) == []
    sent = one.writes()
    one.copy("again", versions="all")
    assert one.writes() == sent


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422])
def test_refusals_never_pass_for_success(one: Weathered, status: int) -> None:
    """B5, I7: a service that refuses at random makes gaps or errors, and never a smaller snapshot that says nothing.

    But "not found" for the whole listing of a kind that not every service has means that there is none of it.
    """
    expected = tree(one.export("quiet", versions="all").root)
    body = b'{"error_message": "invented refusal", "error_code": 999}'
    path = "/(content_types|assets|locales)" if status == 404 else ""
    storm = Fault(path=path, chance=0.1, times=ALWAYS, status=status, carried_out=False, body=body)
    quiet = 0
    for seed in range(6):
        one.emulator.faults = FaultScript([storm], seed=seed)
        try:
            snapshot = one.export(f"snapshot{seed}", versions="all")
        except StackferryError:
            continue
        same = tree(snapshot.root) == expected
        assert same or snapshot.gaps()
        quiet += same
    assert quiet < 6, "the storm harmed nothing"


def expired(after: int) -> Fault:
    """The service's own answer to a token that is no longer valid; bytes of assets need none."""
    body = b'{"error_message": "invented: the token has expired", "error_code": 105}'
    path = f"^(?!/v3/assets/{SOURCE}/)"
    return Fault(path=path, after=after, times=ALWAYS, status=401, carried_out=False, body=body)


def test_a_token_that_expires_while_it_is_used(one: Weathered) -> None:
    """B5: 401 from any request on ends both runs with AccessError; a new token takes them up without a loss."""
    one.emulator.log.clear()
    expected = tree(one.export("quiet", versions="all").root)
    for after in range(1, one.emulator.count("read"), 3):
        one.emulator.faults = FaultScript([expired(after)])
        with pytest.raises(AccessError):
            one.export(f"snapshot{after}", versions="all")
        one.emulator.faults.clear()
        assert tree(one.export(f"snapshot{after}", versions="all").root) == expected


@pytest.mark.parametrize("first", [0, 1, 2])
def test_a_token_that_expires_during_an_import(one: Weathered, first: int) -> None:
    """B5: the token dies every nine requests; each time a new one goes on where the last one ended."""
    snapshot = one.export(versions="all")
    for after in range(9 + first, 400, 9):
        one.emulator.faults = FaultScript([expired(after)])
        try:
            imported = one.replay(snapshot, versions="all")
        except AccessError:
            continue
        break
    else:
        pytest.fail("the import makes no way")
    one.emulator.faults.clear()
    assert imported.gaps == []
    assert compare(one.dump(SOURCE), one.dump(TARGET)) == []


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", STORMS)
def test_generated_stacks_in_storms(name: str, seed: int) -> None:
    """B1, B4-B6, C1-C3: the same for generated stacks; the target is what a quiet import makes."""
    with memory() as root:
        for one in weathered(root, lambda stack: make_stack(stack, seed)):
            expected = tree(one.export("quiet", versions="all").root)
            one.emulator.add_stack(
                api_key=QUIET, management_token=TOKEN, master_locale=one.source.main.master_locale
            )
            one.replay(one.export("all", versions="all"), "quiet state", key=QUIET, versions="all")
            one.emulator.faults = FaultScript([*STORMS[name]], seed=seed)
            snapshot = one.until_exported("snapshot")
            assert tree(snapshot.root) == expected
            imported = one.until_imported(snapshot)
            one.emulator.faults.clear()
            assert imported.gaps == []
            assert compare(one.dump(QUIET, versions=True), one.dump(TARGET, versions=True)) == []
