"""Peak memory of every command, for a small and a large stack: it should hardly grow.

    python benchmarks/memory.py [--sizes 20000,200000] [--only import,diff] [--work DIR] [--results DIR]

A stack of N entries (20 content types, one locale, all published to one environment, every second one referring to two
others, 100 assets) is written to disk as a snapshot, without any API. The emulator serves it, and an empty stack, in a
process of its own, without limits. Then export, import, verify, diff and convert run as a user runs them, one process
each; the figures are its `ru_maxrss` and its wall time. They are kept in benchmarks/results/memory.json, from where
`python -m benchmarks page` takes them to docs/performance.md.

Exit code 0: no command grew by more than a factor of 1.15, and none took more than 150 MiB.

This process must stay small: Linux counts the memory that a parent has at the time of a fork as the child's. So
stackferry is imported in `make` alone, which runs in a process of its own.
"""

# ruff: noqa: T201, S603 - a script that prints, and starts our own program

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import results

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.results import Result
    from stackferry.model import Json, JsonObject, Record, Stream

TYPES = 20
ASSETS = 100
ENVIRONMENT = "bltenvironment000001"
USER = "bltinvented00000001"
MAX_GROWTH, MAX_MIB = 1.15, 150
MIB = 2**20
PAGE = 5000  # records that are written in one transaction
KEY = ("command", "entries")
COMMANDS = (
    "export",
    "next night",
    "plan",
    "import",
    "again",
    "verify",
    "against",
    "diff",
    "to csdx",
    "from csdx",
)
NEED_A_SERVER = frozenset({"export", "next night", "plan", "import", "again", "against"})
TOKEN = "emulated-token"  # noqa: S105 - opens nothing but the emulator


def main() -> int:
    options = parse()
    if options.make:
        size, directory = options.make
        make(int(size), Path(directory))
        return 0
    chosen = options.only.split(",") if options.only else COMMANDS
    peaks: dict[str, list[int]] = {}
    with contextlib.ExitStack() as stack:
        work = Path(options.work or stack.enter_context(tempfile.TemporaryDirectory(prefix="memory-")))
        for size in map(int, options.sizes.split(",")):
            for name, result in measured(size, work / str(size), chosen):
                results.keep("memory", {"command": name, "entries": size, **result}, KEY, options.results)
                peaks.setdefault(name, []).append(result["memory"])
                cost = (
                    f"{result['memory'] / MIB:7.1f} MiB {result['seconds']:8.1f} s {result['cpu']:8.1f} s CPU"
                )
                print(f"{size:>9,} entries  {name:<10} {cost}", flush=True)
    growth = {name: found[-1] / found[0] for name, found in peaks.items()}
    for name, ratio in growth.items():
        print(f"{name:<10} grew {ratio:.3f} times")
    highest = max(max(found) for found in peaks.values()) / MIB
    return int(max(growth.values()) > MAX_GROWTH or highest > MAX_MIB)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="20000,200000", help="numbers of entries [%(default)s]")
    parser.add_argument("--only", default="", help=f"some of: {','.join(COMMANDS)}")
    parser.add_argument("--work", help="keep the snapshots here, and use those that are here already")
    parser.add_argument(
        "--results", type=Path, default=results.FOLDER, help="keep the figures here [%(default)s]"
    )
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(size: int, work: Path, chosen: Sequence[str]) -> Iterator[tuple[str, Result]]:
    """Run the chosen commands in order; yield each with its cost."""
    held = work / "held"
    work.mkdir(parents=True, exist_ok=True)
    if not (held / "manifest.json").exists():
        shutil.rmtree(held, ignore_errors=True)
        subprocess.run([sys.executable, __file__, "--make", str(size), str(held)], check=True)
    for scratch in ("out", "next", "again", "state", *(["csdx"] if "to csdx" in chosen else [])):
        shutil.rmtree(work / scratch, ignore_errors=True)
    server = emulator(held) if NEED_A_SERVER & {*chosen} else contextlib.nullcontext("")
    with server as origin:
        commands = command_lines(work, origin)
        for name in COMMANDS:
            if name in chosen:
                yield name, run(commands[name])


def command_lines(work: Path, origin: str) -> dict[str, list[str]]:
    """The arguments of each command; later ones use what earlier ones wrote."""
    held, csdx, out = str(work / "held"), str(work / "csdx"), str(work / "out")
    source, target = (f"contentstack+http://{key}@{origin}/main" for key in ("held", "target"))
    state, unlimited = ["--state", str(work / "state")], ["--rate", "0", "--bulk-rate", "0"]
    return {
        "export": ["export", source, out, "--rate", "0"],
        "next night": ["export", source, str(work / "next"), "--base", out, "--rate", "0"],
        "plan": ["import", held, target, *state, *unlimited, "--dry-run"],
        "import": ["import", held, target, *state, *unlimited],
        "again": ["import", held, target, *state, *unlimited],
        "verify": ["verify", held],
        "against": ["verify", held, "--against", target, *state, "--rate", "0"],
        "diff": ["diff", held, held],
        "to csdx": ["convert", held, csdx, "--to", "csdx"],
        "from csdx": ["convert", csdx, str(work / "again")],
    }


def run(arguments: list[str]) -> Result:
    """Peak resident memory in bytes, wall seconds, processor seconds, and the circumstances of the run."""
    around = {"version": version("stackferry"), **results.circumstances()}
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "stackferry", *arguments, "--json"],
            stdout=output,
            env={**os.environ, "STACKFERRY_TOKEN": TOKEN},
        )
        _, status, usage = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
        if code:
            output.seek(0)
            report = output.read()[:2000]
            raise SystemExit(f"stackferry {' '.join(arguments)} ended with exit code {code}: {report!r}")
    took = {"seconds": time.monotonic() - began, "cpu": usage.ru_utime + usage.ru_stime}
    return {"memory": usage.ru_maxrss * 1024, **took, **around}


@contextlib.contextmanager
def emulator(held: Path) -> Iterator[str]:
    """The host and port of an emulator that serves the snapshot `held` and an empty stack."""
    served = ["emulate", str(held), "--empty", "target", "--port", "0"]
    command = [sys.executable, "-u", "-m", "stackferry", *served]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if process.stdout is None:
        raise RuntimeError("the emulator was started without a pipe")
    try:
        yield process.stdout.readline().partition("@")[2].partition("/")[0]
    finally:
        process.terminate()
        process.wait()


# --- the stack ---


def make(size: int, directory: Path) -> None:
    """Write a snapshot of `size` entries."""
    from stackferry.core.batches import batched
    from stackferry.io.storage.blob_list import bytes_file
    from stackferry.io.storage.files import Files
    from stackferry.io.storage.sealing import seal
    from stackferry.io.storage.snapshot import STAGING, WORK, clear_work
    from stackferry.io.storage.staging import Staging

    files = Files(directory)
    files.mkdir(WORK)
    staging = Staging(files.path(STAGING))
    for sha256, data in blobs():
        files.write_atomically(bytes_file(sha256), [data])
    staging.keep("structure", [*structure(), *assets()])
    for number, page in enumerate(batched(entries(size), PAGE)):
        staging.keep(f"entries/{number}", page)
    seal(
        files,
        staging,
        {
            "source": {"system": "contentstack", "key": "held", "host": "example.test", "branch": "main"},
            "options": {"versions": "pinned", "assets": True},
            "master_locale": "en-us",
        },
    )
    staging.close()
    clear_work(files)


def blobs() -> Iterator[tuple[str, bytes]]:
    """The bytes of every asset, with their SHA-256."""
    import hashlib

    for number in range(ASSETS):
        data = b"an invented picture %d\n" % number * 40
        yield hashlib.sha256(data).hexdigest(), data


def stamps() -> JsonObject:
    when = "2024-05-01T10:00:00.000Z"
    return {"created_at": when, "updated_at": when, "created_by": USER, "updated_by": USER}


def field(uid: str, data_type: str, **more: Json) -> JsonObject:
    base: JsonObject = {"uid": uid, "data_type": data_type, "display_name": uid.title()}
    return {**base, "mandatory": False, "multiple": False, **more}


def structure() -> Iterator[tuple[Stream, Record]]:
    """The locale, the environment and the content types."""
    from stackferry.model import Record, Stream

    locale = {"code": "en-us", "name": "English - United States", "uid": "bltlocale0000000001"}
    yield Stream("locales"), Record("en-us", {**locale, **stamps()})
    live: JsonObject = {"uid": ENVIRONMENT, "name": "live", "urls": [], "_version": 1, **stamps()}
    yield Stream("environments"), Record(ENVIRONMENT, live)
    types = [f"kind_{number:02}" for number in range(TYPES)]
    many: JsonObject = {"ref_multiple": True, "ref_multiple_content_types": True}
    schema: list[Json] = [
        field("title", "text", mandatory=True, unique=False),
        field("summary", "text"),
        field("picture", "file"),
        field("related", "reference", reference_to=[*types], field_metadata=many),
    ]
    options: JsonObject = {"title": "title", "is_page": False, "singleton": False}
    for number, uid in enumerate(types):
        about: JsonObject = {"uid": uid, "title": f"Kind {number}", "schema": schema, "options": options}
        yield Stream("content_types"), Record(uid, {**about, "_version": 1, **stamps()})


def assets() -> Iterator[tuple[Stream, Record]]:
    from stackferry.model import Record, Stream

    for number, (sha256, data) in enumerate(blobs()):
        uid, name = asset_uid(number), f"picture-{number}.txt"
        body: JsonObject = {
            "uid": uid,
            "title": name,
            "filename": name,
            "content_type": "text/plain",
            "file_size": str(len(data)),
            "url": f"https://images.example.test/v3/assets/held/{uid}/{number}/{name}",
            "_version": 1,
            "is_dir": False,
            "parent_uid": None,
            "tags": [],
            **stamps(),
        }
        yield Stream("assets"), Record(uid, body)
        yield Stream("files"), Record(uid, {"uid": uid, "version": 1, "sha256": sha256, "size": len(data)}, 1)


def entries(size: int) -> Iterator[tuple[Stream, Record]]:
    """The entries; every second one refers to two that come before it, and to an asset."""
    from stackferry.model import Record, Stream

    published: JsonObject = {"environment": ENVIRONMENT, "locale": "en-us", "user": USER, "version": 1}
    for number in range(size):
        content_type, uid = entry_uid(number)
        related = [entry_uid(number // 2), entry_uid(number - 1)] if number % 2 else []
        body: JsonObject = {
            "uid": uid,
            "_version": 1,
            "locale": "en-us",
            "title": f"Entry number {number}",
            "summary": f"What entry {number} says, in a sentence or two that are not worth reading. " * 4,
            "picture": asset_uid(number % ASSETS) if number % 2 else None,
            "related": [{"uid": other, "_content_type_uid": its_type} for its_type, other in related],
            "tags": ["invented"],
            "ACL": {},
            "_in_progress": False,
            "publish_details": [{**published, "time": "2024-05-02T10:00:00.000Z"}],
            **stamps(),
        }
        yield Stream("entries", content_type, "en-us"), Record(uid, body)


def entry_uid(number: int) -> tuple[str, str]:
    """The content type and the uid of an entry; uids are in no order, as those of the service."""
    return f"kind_{number % TYPES:02}", f"blt{number * 0x9E3779B97F4A7C15 % 2**64:016x}"


def asset_uid(number: int) -> str:
    return f"bltasset{number:08x}"


if __name__ == "__main__":
    sys.exit(main())
