"""Replaces a sample by a new build: the old one stays until the new one is whole."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HERE = Path(__file__).parent


def replace_sample(name: str, build: Callable[[Path], Awaitable[None]]) -> None:
    """Have `build` write the sample of that name into a new directory, and put it in place of the old one."""
    fresh = HERE / f".{name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    anyio.run(build, fresh)
    shutil.rmtree(HERE / name, ignore_errors=True)
    fresh.rename(HERE / name)
    counts = json.loads((HERE / name / "manifest.json").read_bytes())["counts"]
    sys.stdout.write(f"{HERE / name}: {counts}\n")
