"""Runs the vendor's own CLI against the emulator: one stack out, into another, and what became of it.

See README.md beside this file. Nothing but loopback is contacted; everything is written below `--work`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from stackferry.emulator import Emulator, Limits, serve
from stackferry.emulator.seed import Fill, plant, read_seed

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from oracle import Dump, compare, dump, equal_objects  # noqa: E402 - it lies with the tests, which are no package

CMA = "cma.example.test"
MOST = 10  # lines of trouble to show
IMAGES = "images.contentstack.io"
SOURCE, TARGET = "blt00000000source00", "blt00000000target00"
SOURCE_TOKEN, TARGET_TOKEN = "cs-invented-source", "cs-invented-target"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Cli:
    """The vendor's CLI, shut into a folder and a port."""

    def __init__(self, program: Path, work: Path, port: int) -> None:
        self._program = program.resolve()
        self._work = work
        home = work / "home"
        home.mkdir(parents=True, exist_ok=True)
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "NODE_OPTIONS": f"--require {HERE / 'preload.cjs'}",
            "LOOPBACK_PORT": str(port),
            "LOOPBACK_HOSTS": f"{CMA},{IMAGES}",
            "CS_CLI_CONFIG_PATH": str(work / "config"),
            "CS_CLI_LOG_PATH": str(work / "logs"),
            "NO_PROXY": "*",
            "CI": "1",
        }

    def __call__(self, *words: str) -> float:
        """Run a command to its end, its output into a file. Answers the seconds; failure raises."""
        started = time.monotonic()
        name = words[0].replace(":", "-")
        with (self._work / f"{name}.out").open("ab") as output:
            subprocess.run(  # noqa: S603 - the program is the one that the caller named
                [self._program, *words],
                env=self._env,
                cwd=self._work,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=True,
            )
        return time.monotonic() - started

    def configure(self) -> None:
        url = f"https://{CMA}"
        places = ("cma", "cda", "ui-host", "developer-hub", "personalize", "launch", "studio")
        options = [word for place in places for word in (f"--{place}", url)]
        self("config:set:region", *options, "--name", "LOCAL")
        for alias, key, token in (("source", SOURCE, SOURCE_TOKEN), ("target", TARGET, TARGET_TOKEN)):
            self("auth:tokens:add", "-a", alias, "-k", key, "--management", "--token", token, "-y")


def errors_in(work: Path) -> list[str]:
    """What the CLI logged as an error, without its check for a newer version of itself."""
    found = [
        line.strip()
        for path in sorted((work / "logs").rglob("*error*"))
        if path.is_file()
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    return [line for line in found if line and "registry" not in line and "latest version" not in line]


def run(program: Path, seed_dir: Path, work: Path, rate: float | None) -> int:
    """Out of one stack, into another; 0 when no error was logged and nothing is missing by count."""
    seed = read_seed(seed_dir)
    limits = Limits(read=rate, write=rate, bulk=1 if rate else None)
    emulator = Emulator(limits=limits, asset_origin=f"https://{IMAGES}")
    plant(emulator, seed, api_key=SOURCE, management_token=SOURCE_TOKEN, fill=Fill(files=True))
    target = emulator.add_stack(
        api_key=TARGET, management_token=TARGET_TOKEN, master_locale=seed.master_locale
    )
    master = next(row for row in seed.locales if row.get("code") == seed.master_locale)
    target.main.put_locale(master)  # the CLI stops at a question when the names of the master locales differ
    with serve(emulator) as origin:
        drive(Cli(program, work, urlsplit(origin).port or 0), work, emulator)
        emulator.limits = Limits()
        judge(dump(origin, SOURCE, SOURCE_TOKEN), dump(origin, TARGET, TARGET_TOKEN))
    held = {
        "entries": sum(len(table) for table in target.main.entries.values()),
        "assets": sum(not asset.is_folder for asset in target.main.assets.values()),
    }
    wanted = {
        "entries": len({(one.content_type, one.raw["uid"]) for one in seed.entries}),
        "assets": len({one.raw["uid"] for one in seed.assets}),
    }
    say(f"target holds {json.dumps(held)} of {json.dumps(wanted)}")
    wrong = errors_in(work)
    for line in wrong[:MOST]:
        say(f"logged: {line[:400]}")
    return 1 if wrong or held != wanted else 0


def drive(cli: Cli, work: Path, emulator: Emulator) -> None:
    """Export and import, each reported."""
    cli.configure()
    emulator.log.clear()
    out = cli("cm:stacks:export", "--alias", "source", "--data-dir", str(work / "export"), "-y")
    report("export", out, emulator)
    data = str(work / "export" / "main")
    back = cli("cm:stacks:import", "--alias", "target", "--data-dir", data, "--branch", "main", "-y")
    report("import", back, emulator)


def judge(source: Dump, result: Dump) -> None:
    """How much of the source is equal in the target, and what is not."""
    found, total = equal_objects(source, result)
    differences = compare(source, result)
    say(f"{found} of {total} objects are equal afterwards; {len(differences)} differences")
    for what, times in Counter(map(sort_of, differences)).most_common(MOST):
        say(f"  {times} x {what}")


def sort_of(line: str) -> str:
    """The kind of object and the place in it that a difference is about, without whose it is."""
    kind = re.split(r" ['\"]", line, maxsplit=1)[0]
    found = re.search(r"\): (/\S*|is|has)", line)
    return f"{kind} {re.sub(r'/[0-9]+', '/N', found[1])}" if found else kind


def report(name: str, seconds: float, emulator: Emulator) -> None:
    """One line on what a command took; the log starts anew."""
    refused = Counter(f"{one.status} {one.method} {one.path}" for one in emulator.log if one.status >= 400)
    say(f"{name}: {seconds:.1f} s, {len(emulator.log)} requests, {refused.total()} refused")
    for what, times in refused.most_common(15):
        say(f"  {times} x {what}")
    emulator.log.clear()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csdx", type=Path, required=True, help="node_modules/.bin/csdx")
    parser.add_argument("--seed", type=Path, required=True, help="an export or a snapshot to start from")
    parser.add_argument("--work", type=Path, required=True, help="a folder to write to; emptied first")
    parser.add_argument("--rate", type=float, help="reads and writes a second that the emulator allows")
    args = parser.parse_args()
    if args.work.exists():
        shutil.rmtree(args.work)
    args.work.mkdir(parents=True)
    return run(args.csdx, args.seed, args.work, args.rate)


if __name__ == "__main__":
    sys.exit(main())
