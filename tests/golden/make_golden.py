"""Makes the golden snapshots of a release: one small snapshot of each system, as this version writes it.

    $ python tests/golden/make_golden.py 0.3.0        # with tests/stacks and the like on PYTHONPATH, as pytest has it

Run once for each release, when its version is set, and never again: the snapshots of a version that people have used
are what every later version must read. They are of the small worlds of other tests.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from project_bench import project_bench
from small_space import fill_small as fill_small_space
from small_stack import fill_small
from space_bench import make_space_bench
from workbench import make_workbench, memory_directory

GOLDEN = Path(__file__).parent


def make(version: str) -> None:
    """Write the snapshots of a version. Raises FileExistsError where it has some already."""
    home = GOLDEN / version
    home.mkdir()
    with memory_directory() as root:
        made = {
            "contentstack": make_workbench(root / "stack", fill_small).export(versions="all"),
            "contentful": make_space_bench(root / "space", fill_small_space).export(versions="all"),
        }
        for system, snapshot in made.items():
            shutil.copytree(snapshot.root, home / system)
    with project_bench(3) as bench:
        shutil.copytree(bench.export().root, home / "azure-devops")


if __name__ == "__main__":
    make(sys.argv[1])
