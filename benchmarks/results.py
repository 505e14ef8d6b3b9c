"""Results of measurements: kept as JSON in benchmarks/results, one for each run, and shown at the terminal."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDER = HERE / "results"
Result = dict[str, Any]


def read(name: str, folder: Path = FOLDER) -> list[Result]:
    """The results of a part; none if it was never run."""
    file = folder / f"{name}.json"
    found: list[Result] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return found


def keep(name: str, result: Result, key: tuple[str, ...], folder: Path = FOLDER) -> None:
    """Add a result, in place of the earlier one that has the same values of the fields in `key`."""
    folder.mkdir(parents=True, exist_ok=True)
    others = [old for old in read(name, folder) if any(old[field] != result[field] for field in key)]
    found = sorted([*others, result], key=lambda kept: [str(kept[field]) for field in key])
    (folder / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def circumstances() -> Result:
    """When and on what a run began: time, commit, machine, and the load average of the last minute."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": round(os.getloadavg()[0], 2),
        "commit": _commit(),
        "machine": machine(),
    }


def machine() -> Result:
    """What the figures depend on; nothing that identifies the machine."""
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
    """The commit that is measured, with a plus sign if the sources differ from it."""
    changes = _git("status", "--porcelain", "--", "../src")
    return (_git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changes else "")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=HERE, capture_output=True, text=True, check=False)  # noqa: S603, S607 - fixed words
    return done.stdout.strip()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def summary(result: Result) -> str:
    """A result of `comparison` or `copy` as one line for the terminal."""
    condition = "limited" if result["limited"] else "no limit"
    head = f"{result['stack']}, {condition}: {result['tool']} {result['task']}: "
    if "total" in result:
        equal, lenient, total = result["equal"], result["lenient"], result["total"]
        return f"{head}{equal} of {total} objects equal, {lenient} if the editor's mark is ignored"
    return head + cost_summary(result)


def cost_summary(result: Result) -> str:
    """What one run of a tool cost."""
    cost = f"{result['seconds']:.1f} s, {result['cpu']:.1f} s CPU, {result['memory'] / 2**20:.0f} MiB"
    refused = ", ".join(f"{times} × {status}" for status, times in result["refused"].items()) or "none"
    kept = ""
    if "versions" in result:
        kept = f", {result['versions']['kept']} of {result['versions']['held']} versions"
    return f"{cost}{kept}, requests {result['requests']}, refused {refused}, exit code {result['code']}"
