"""What `--extension` and `--space` map must be in the snapshot: a misspelled one would map nothing, in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind_space import SPACE
from every_kind_stack import EXTENSION
from three_systems import SOURCE, TARGET, open_three_systems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from three_systems import ThreeSystems

FAST = ("--rate", "0", "--bulk-rate", "0")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[ThreeSystems]:
    with open_three_systems(tmp_path) as systems:
        yield systems


@pytest.mark.parametrize(
    ("system", "option", "known", "says"),
    [
        ("contentstack", "--extension", EXTENSION, f"did you mean '{EXTENSION} (Colour)'?"),
        ("contentful", "--space", SPACE, f"did you mean '{SPACE}'?"),
    ],
)
def test_a_mapped_name_that_nothing_has_is_refused(
    three: ThreeSystems, system: str, option: str, known: str, says: str
) -> None:
    """Before the first request to the target, with the nearest names."""
    snapshot, target = three.home / "snapshot", three.place(system, TARGET)
    three.run("export", three.place(system, SOURCE), snapshot, *FAST)
    three.emulated.log.clear()
    for command in (("import", snapshot, target), ("verify", snapshot, "--against", target)):
        done = three.run(*command, option, f"{known[:-1]}=there", *FAST)
        assert (done.code, says in done.err) == (2, True), done.err
    assert three.emulated.log == []
    done = three.run("import", snapshot, target, option, f"{known}=there", "--dry-run", *FAST)
    assert done.code in (0, 3), done.err
