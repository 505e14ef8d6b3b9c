"""`stackferry emulate` as a process of its own, with faults from a file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from plain_api import TOKEN, Api

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def emulate(
    home: Path, key: str, *words: object, faults: list[dict[str, Any]] | None = None
) -> Iterator[Api]:
    """An empty stack of that key, served by a process of its own; `faults` are rows of the file of faults."""
    home.mkdir(parents=True, exist_ok=True)
    more: list[object] = [*words]
    if faults:
        file = home / "faults.json"
        file.write_text(json.dumps({"seed": 3, "fault": faults}))
        more += ["--faults", file]
    command = [
        sys.executable,
        "-m",
        "stackferry",
        "emulate",
        "--empty",
        key,
        "--port",
        "0",
        "--token",
        TOKEN,
        *map(str, more),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=dict(os.environ)
    )
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if f"://{key}@" in line)
        found = re.search(r"@([^/]+)/", line)
        assert found, line
        api = Api(f"http://{found[1]}", key)
        yield api
        api.close()
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
