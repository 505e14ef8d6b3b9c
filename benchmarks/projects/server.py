"""An emulated Azure DevOps as a process of its own, so that its time and memory are in no command's figures.

    python -m benchmarks.projects.server --releases 10000 --log-mib 300 --files DIR

It holds a project under SOURCE with so many small releases, each deployed once, of which the last one has a log of that
size, and another one under TARGET with the same things around it and no definitions. No limit, no latency. It ends with
its standard input.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops import Emulator, serve
from stackferry.emulators.azure_devops.seed.fill_evenly import fill_evenly
from stackferry.emulators.azure_devops.seed.furnish import furnish

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE, TARGET = ("fabrikam", "Even"), ("contoso", "Even Again")
TOKEN = "ado-invented-token"  # noqa: S105 - opens nothing but this emulator
MIB = 2**20


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.projects.server")
    parser.add_argument("--releases", type=int, required=True, help="so many releases")
    parser.add_argument(
        "--log-mib", type=int, default=0, help="size of the log of the last one [%(default)s]"
    )
    parser.add_argument("--files", type=Path, required=True, help="a folder for that log")
    args = parser.parse_args(words)
    with serve(open_emulator(args.releases, args.log_mib, args.files)) as origin:
        sys.stdout.write(json.dumps({"origin": origin}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def open_emulator(releases: int, log_mib: int, files: Path) -> Emulator:
    """An emulator with both projects."""
    emulator = Emulator()
    project = fill_evenly(emulator, *SOURCE, token=TOKEN, releases=releases)
    furnish(emulator, *TARGET, token=TOKEN, seed=4)
    if log_mib:
        project.log_files[max(project.releases)] = large_log(files, log_mib)
    return emulator


def large_log(folder: Path, mib: int) -> Path:
    """A zip of one log of about so many MiB, which cannot be compressed."""
    file = folder / "large.zip"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
        archive.open("Live/Agent job/1_Copy.log", "w", force_zip64=True) as log,
    ):
        for _ in range(mib):
            log.write(os.urandom(MIB))
    return file


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
