"""What was measured, as JSON beside the code: a row for each run, a newer one in the place of the older."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDER = HERE / "results"
Row = dict[str, Any]


def read(name: str, folder: Path = FOLDER) -> list[Row]:
    """The rows of a part; none when it was never run."""
    file = folder / f"{name}.json"
    rows: list[Row] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return rows


def keep(name: str, row: Row, key: tuple[str, ...], folder: Path = FOLDER) -> None:
    """Add a row, in the place of the one that says the same under `key`."""
    folder.mkdir(parents=True, exist_ok=True)
    others = [one for one in read(name, folder) if any(one[field] != row[field] for field in key)]
    rows = sorted([*others, row], key=lambda one: [str(one[field]) for field in key])
    (folder / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def circumstances() -> Row:
    """When and where a run began, and how busy the machine was with other things."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": round(os.getloadavg()[0], 2),
        "commit": _commit(),
        "machine": machine(),
    }


def machine() -> Row:
    """What the figures depend on, by class and not by name."""
    cpu = _line_of("/proc/cpuinfo", "model name")
    memory = int(_line_of("/proc/meminfo", "MemTotal").split()[0]) / 2**20
    return {
        "cores": os.cpu_count(),
        "cpu": cpu,
        "memory_gib": round(memory),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "httpx": version("httpx"),
    }


def _line_of(file: str, label: str) -> str:
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        if line.startswith(label):
            return line.partition(":")[2].strip()
    return "0"


def _commit() -> str:
    """The commit that is measured; a plus sign when the sources differ from it."""
    differs = _git("status", "--porcelain", "--", "../src")
    return (_git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if differs else "")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=HERE, capture_output=True, text=True, check=False)  # noqa: S603, S607 - fixed words
    return done.stdout.strip()
