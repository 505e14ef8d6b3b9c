"""A service that keeps a file under another name than it was sent: some characters become `_`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import fill_small
from workbench import make_workbench, memory_directory

from stackferry.emulators.contentstack import Fault

if TYPE_CHECKING:
    from stackferry.emulators.contentstack import Stack


def fill(stack: Stack) -> None:
    """The small stack, with blanks and quotes in the names of its files."""
    fill_small(stack)
    for asset in stack.main.assets.values():
        for version in asset.versions.values():
            if not asset.is_folder:
                version.raw = {**version.raw, "filename": 'hen "and" egg.txt'}


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_renamed_file_is_the_same_file(is_lost: bool) -> None:
    """Also where the answer of its upload was lost: it is found again, and not uploaded twice."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill)
        snapshot = workbench.export()
        if is_lost:
            workbench.emulator.faults.add(Fault(method="POST", path="/assets", status=504, carried_out=True))
        assert workbench.import_snapshot(snapshot).gaps == []
        source, target = (
            [asset for asset in stack.main.assets.values() if not asset.is_folder]
            for stack in workbench.emulator.stacks.values()
        )
        assert len(source) == len(target)
        assert {asset.latest["filename"] for asset in target} == {"hen__and__egg.txt"}
        assert workbench.verify(snapshot).differences == []
