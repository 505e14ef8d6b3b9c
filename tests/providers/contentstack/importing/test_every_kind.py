"""Every row of the table of kinds is exported, imported and read back: a new row without a stage fails here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind_stack import fill_every_kind
from workbench import TARGET, Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.providers.contentstack.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot

NAMES = sorted(kind.name for kind in KINDS)
# An entry of a cycle, and an asset whose tags follow its file, take one write more: they have one version more.
MAY_HAVE_MORE = {"versions", "asset_versions", "files"}


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Snapshot, Snapshot]]:
    """A snapshot of a stack that has every kind, and one of the stack that it was imported into."""
    with memory_directory() as root:
        # What a management token may not read is a kind as well.
        switches = Switches(settings_access=200)
        bench: Workbench = make_workbench(root, fill_every_kind, switches=switches)
        snapshot = bench.export(versions="all")
        bench.import_snapshot(snapshot, versions="all", enable_webhooks=True)
        yield snapshot, bench.export("there", key=TARGET, versions="all")


@pytest.mark.parametrize("kind", NAMES)
def test_a_kind_arrives_with_all_its_objects(both: tuple[Snapshot, Snapshot], kind: str) -> None:
    source, target = (
        sum(count for stream, count in snapshot.record_counts().items() if stream.kind == kind)
        for snapshot in both
    )
    assert source > 0, "tests/stacks/every_kind_stack.py has no sample of this kind"
    assert target == source or (kind in MAY_HAVE_MORE and target > source)


def test_the_table_lists_every_kind_that_a_snapshot_has(both: tuple[Snapshot, Snapshot]) -> None:
    kinds = {stream.kind for snapshot in both for stream in snapshot.record_counts()}
    assert kinds <= set(NAMES)
