"""Peak memory of every command, for a small and a large stack: it should hardly grow.

    python benchmarks/memory.py [--sizes 20000,200000] [--only import,diff] [--work DIR] [--results DIR]

A stack of N entries (20 content types, one locale, all published to one environment, each second one refers to two
others, 100 assets) is made on disk as a snapshot, without any API. The emulator serves it, and an empty stack, in a
process of its own, without limits. Then export, import, verify, diff and convert run as a user runs them, one process
each; the figures are its `ru_maxrss` and its wall time. They are kept in benchmarks/results/memory.json, from
where `python -m benchmarks page` takes them to docs/performance.md.

Exit code 0: nothing grew by more than a factor of 1.15 and nothing took more than 150 MB.
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

import results

TYPES = 20
ASSETS = 100
ENVIRONMENT = "bltenvironment000001"
GROWTH, LIMIT = 1.15, 150
MB = 2**20
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
TOKEN = "emulated-token"  # noqa: S105 - opens nothing but the emulator


def main() -> int:
    options = _options()
    if options.make:
        make(*options.make)
        return 0
    sizes = [int(size) for size in options.sizes.split(",")]
    chosen = options.only.split(",") if options.only else COMMANDS
    peaks: dict[str, list[int]] = {}
    with contextlib.ExitStack() as stack:
        work = Path(options.work or stack.enter_context(tempfile.TemporaryDirectory(prefix="memory-")))
        for size in sizes:
            for name, row in measured(size, work / str(size), chosen):
                results.keep("memory", {"command": name, "entries": size, **row}, KEY, options.results)
                peaks.setdefault(name, []).append(row["memory"])
                told = f"{row['memory'] / MB:7.1f} MB {row['seconds']:8.1f} s {row['cpu']:8.1f} s CPU"
                print(f"{size:>9,} entries  {name:<10} {told}", flush=True)
    grown = {name: found[-1] / found[0] for name, found in peaks.items()}
    for name, ratio in grown.items():
        print(f"{name:<10} grew {ratio:.3f} times")
    most = max(max(found) for found in peaks.values()) / MB
    return int(max(grown.values()) > GROWTH or most > LIMIT)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="20000,200000")
    parser.add_argument("--only", default="", help=f"of: {', '.join(COMMANDS)}")
    parser.add_argument("--work", help="keep what is made here, and use what is here already")
    parser.add_argument(
        "--results", type=Path, default=results.FOLDER, help="keep the figures here [%(default)s]"
    )
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(size: int, work: Path, chosen):
    """Each command's name and what it took."""
    held, csdx = work / "held", work / "csdx"
    work.mkdir(parents=True, exist_ok=True)
    if not (held / "manifest.json").exists():
        shutil.rmtree(held, ignore_errors=True)
        subprocess.run([sys.executable, __file__, "--make", str(size), str(held)], check=True)
    for scratch in ("out", "next", "again", "state", *(["csdx"] if "to csdx" in chosen else [])):
        shutil.rmtree(work / scratch, ignore_errors=True)
    with (
        emulator(held)
        if {"export", "next night", "plan", "import", "again", "against"} & {*chosen}
        else contextlib.nullcontext("") as origin
    ):
        places = [f"contentstack+http://{key}@{origin}/main" for key in ("held", "target")]
        state = ["--state", str(work / "state"), "--rate", "0", "--bulk-rate", "0"]
        commands = {
            "export": ["export", places[0], str(work / "out"), "--rate", "0"],
            "next night": [
                "export",
                places[0],
                str(work / "next"),
                "--base",
                str(work / "out"),
                "--rate",
                "0",
            ],
            "import": ["import", str(held), places[1], *state],
            "plan": ["import", str(held), places[1], *state, "--dry-run"],
            "again": ["import", str(held), places[1], *state],
            "verify": ["verify", str(held)],
            "against": [
                "verify",
                str(held),
                "--against",
                places[1],
                "--state",
                str(work / "state"),
                "--rate",
                "0",
            ],
            "diff": ["diff", str(held), str(held)],
            "to csdx": ["convert", str(held), str(csdx), "--to", "csdx"],
            "from csdx": ["convert", str(csdx), str(work / "again")],
        }
        for name in COMMANDS:
            if name in chosen:
                yield name, run(commands[name])


def run(arguments: list[str]) -> dict[str, object]:
    """Peak resident memory in bytes, seconds, seconds of a processor, and under what they were measured."""
    around = {"version": version("stackferry"), **results.circumstances()}
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "stackferry", *arguments, "--json"],
            stdout=said,
            env={**os.environ, "STACKFERRY_TOKEN": TOKEN},
        )
        _, status, usage = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
        if code:
            said.seek(0)
            raise SystemExit(
                f"stackferry {' '.join(arguments)} ended with exit code {code}: {said.read()[:2000]!r}"
            )
    took = {"seconds": time.monotonic() - began, "cpu": usage.ru_utime + usage.ru_stime}
    return {"memory": usage.ru_maxrss * 1024, **took, **around}


@contextlib.contextmanager
def emulator(held: Path):
    """The host and port of an emulator that holds the snapshot `held` and an empty stack."""
    command = [
        sys.executable,
        "-u",
        "-m",
        "stackferry",
        "emulate",
        str(held),
        "--empty",
        "target",
        "--port",
        "0",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process.stdout.readline().partition("@")[2].partition("/")[0]
    finally:
        process.terminate()
        process.wait()


def make(size: str, directory: str) -> None:
    """A snapshot of so many entries."""
    from stackferry.io.storage.files import Files
    from stackferry.io.storage.snapshot import clear_work, seal
    from stackferry.io.storage.snapshot_layout import STAGING, WORK, bytes_file
    from stackferry.io.storage.staging import Staging

    files = Files(Path(directory))
    files.mkdir(WORK)
    staging = Staging(files.path(STAGING))
    for sha256, data in blobs():
        files.write_atomically(bytes_file(sha256), [data])
    staging.keep("ground", [*ground()])
    entries = rows(int(size))
    number = 0
    while page := [row for _, row in zip(range(5000), entries, strict=False)]:
        staging.keep(f"entries/{number}", page)
        number += 1
    source = {"system": "contentstack", "key": "held", "host": "example.test", "branch": "main"}
    seal(
        files,
        staging,
        {"source": source, "options": {"versions": "pinned", "assets": True}, "master_locale": "en-us"},
    )
    staging.close()
    clear_work(files)


def blobs():
    """The bytes of every asset, with their name."""
    import hashlib

    for number in range(ASSETS):
        data = b"an invented picture %d\n" % number * 40
        yield hashlib.sha256(data).hexdigest(), data


def stamps() -> dict[str, str]:
    who, when = "bltinvented00000001", "2024-05-01T10:00:00.000Z"
    return {"created_at": when, "updated_at": when, "created_by": who, "updated_by": who}


def ground():
    """Everything but the entries."""
    from stackferry.model import Record, Stream

    locale = {"code": "en-us", "name": "English - United States", "uid": "bltlocale0000000001", **stamps()}
    yield Stream("locales"), Record("en-us", locale)
    live = {"uid": ENVIRONMENT, "name": "live", "urls": [], "_version": 1, **stamps()}
    yield Stream("environments"), Record(ENVIRONMENT, live)
    for number in range(TYPES):
        uid = f"kind_{number:02}"
        schema = [
            {
                "data_type": "text",
                "uid": "title",
                "display_name": "Title",
                "mandatory": True,
                "unique": False,
                "multiple": False,
            },
            {
                "data_type": "text",
                "uid": "summary",
                "display_name": "Summary",
                "mandatory": False,
                "multiple": False,
            },
            {
                "data_type": "file",
                "uid": "picture",
                "display_name": "Picture",
                "mandatory": False,
                "multiple": False,
            },
            {
                "data_type": "reference",
                "uid": "related",
                "display_name": "Related",
                "reference_to": [f"kind_{other:02}" for other in range(TYPES)],
                "mandatory": False,
                "multiple": False,
                "field_metadata": {"ref_multiple": True, "ref_multiple_content_types": True},
            },
        ]
        options = {"title": "title", "is_page": False, "singleton": False}
        body = {
            "uid": uid,
            "title": f"Kind {number}",
            "schema": schema,
            "options": options,
            "_version": 1,
            **stamps(),
        }
        yield Stream("content_types"), Record(uid, body)
    for number, (sha256, data) in enumerate(blobs()):
        uid = asset_uid(number)
        name = f"picture-{number}.txt"
        body = {
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


def rows(size: int):
    """The entries; each second one refers to two that come before it, and to an asset."""
    from stackferry.model import Record, Stream

    for number in range(size):
        kind, uid = place(number)
        related = [place(number // 2), place(number - 1)] if number % 2 else []
        body = {
            "uid": uid,
            "_version": 1,
            "locale": "en-us",
            "title": f"Entry number {number}",
            "summary": f"What entry {number} says, in a sentence or two that are not worth reading. " * 4,
            "picture": asset_uid(number % ASSETS) if number % 2 else None,
            "related": [{"uid": other, "_content_type_uid": their} for their, other in related],
            "tags": ["invented"],
            "ACL": {},
            "_in_progress": False,
            "publish_details": [
                {
                    "environment": ENVIRONMENT,
                    "locale": "en-us",
                    "time": "2024-05-02T10:00:00.000Z",
                    "user": "bltinvented00000001",
                    "version": 1,
                }
            ],
            **stamps(),
        }
        yield Stream("entries", kind, "en-us"), Record(uid, body)


def place(number: int) -> tuple[str, str]:
    """The content type and the uid of an entry; uids in no order, as those of the service."""
    return f"kind_{number % TYPES:02}", f"blt{number * 0x9E3779B97F4A7C15 % 2**64:016x}"


def asset_uid(number: int) -> str:
    return f"bltasset{number:08x}"


if __name__ == "__main__":
    sys.exit(main())
