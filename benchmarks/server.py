"""The emulator as a process of its own, so that its time and memory are in no tool's figures.

    python -m benchmarks.server --entries 1000 --locales 2 --versions 1 --assets 100 [--limited]
    python -m benchmarks.server --seed DIR [--limited]

It holds the stack under SOURCE, and an empty one under TARGET. It reads a command a line from its standard input and
answers each with a line of JSON:

counts   requests since the last `counts`, by budget, and refusals by status
free     no limits and no latency from now on
limit    the service's limits and 100 ms latency from now on
edit N   make a new version of N entries of the source
held     how many objects of each kind both stacks hold
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.stack import Size, make_stack
from stackferry.emulators.contentstack import Emulator, RateLimits, serve
from stackferry.emulators.contentstack.seed.load import add_seeded_stack, read_seed

if TYPE_CHECKING:
    from stackferry.emulators.application import EmulatorApplication
    from stackferry.emulators.contentstack import Branch
    from stackferry.emulators.contentstack.seed.data import Seed

SOURCE, TARGET = "source", "target"
TOKEN = "cs-invented-token"  # noqa: S105 - opens nothing but this emulator
LIMITS, LATENCY = RateLimits(read=10, write=10, bulk=1), 0.1


def main() -> None:
    args = parse()
    size = Size(args.entries, args.locales, args.versions, args.assets)
    emulator = open_emulator(read_seed(args.seed) if args.seed else make_stack(size), args)
    with serve(emulator) as origin:
        reply({"origin": origin})
        for line in sys.stdin:
            reply(obey(emulator, line.split()))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server")
    parser.add_argument("--seed", type=Path, help="an export or a snapshot, instead of a generated stack")
    for name, default in vars(Size()).items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument(
        "--limited", action="store_true", help="10 reads, 10 writes and 1 bulk call a second, 100 ms latency"
    )
    parser.add_argument(
        "--asset-origin", help="what asset URLs begin with, instead of this server's own address"
    )
    return parser.parse_args()


def open_emulator(seed: Seed, args: argparse.Namespace) -> Emulator:
    """An emulator with both stacks.

    The empty one's master locale is named as the source's: if it is not, csdx stops and asks what to do.
    """
    emulator = Emulator(asset_origin=args.asset_origin)
    if args.limited:
        obey(emulator, ["limit"])
    add_seeded_stack(emulator, seed, api_key=SOURCE, management_token=TOKEN, invent_files=True)
    target = emulator.add_stack(api_key=TARGET, management_token=TOKEN, master_locale=seed.master_locale)
    target.main.put_locale(next(row for row in seed.locales if row.get("code") == seed.master_locale))
    return emulator


def obey(emulator: Emulator, words: list[str]) -> dict[str, Any]:
    match words:
        case ["counts"]:
            return counts(emulator)
        case ["free"]:
            emulator.limits, emulator.latency = RateLimits(), 0.0
            return {}
        case ["limit"]:
            emulator.limits, emulator.latency = LIMITS, LATENCY
            return {}
        case ["edit", number]:
            return {"edited": edit(emulator.stacks[SOURCE].main, int(number))}
        case ["held"]:
            return {key: held(stack.main) for key, stack in emulator.stacks.items()}
        case _:
            raise ValueError(f"no such command: {words}")


def counts(emulator: EmulatorApplication) -> dict[str, Any]:
    """Requests since the last call, by budget, and refusals by status."""
    log, emulator.log = emulator.log, []
    refused = Counter(str(call.status) for call in log if call.status >= 400)
    return {"requests": dict(Counter(str(call.budget) for call in log)), "refused": dict(refused)}


def edit(branch: Branch, number: int) -> int:
    """Make a new version, in the master language, of `number` entries spread over the stack; return how many."""
    entries = [(kind, uid) for kind, table in branch.entries.items() for uid in table]
    for kind, uid in entries[:: max(1, len(entries) // max(number, 1))][:number]:
        latest = branch.entries[kind][uid].documents[branch.master_locale].latest
        version = int(str(latest["_version"])) + 1
        stamp = "2026-01-01T00:00:00.000Z"
        row = {**latest, "_version": version, "title": f"{latest['title']} again", "updated_at": stamp}
        branch.put_entry_version(kind, branch.master_locale, row)
    return min(number, len(entries))


def held(branch: Branch) -> dict[str, int]:
    entries = [entry for table in branch.entries.values() for entry in table.values()]
    return {
        "entries": len(entries),
        "documents": sum(len(entry.documents) for entry in entries),
        "versions": sum(len(document.versions) for entry in entries for document in entry.documents.values()),
        "publications": sum(len(entry.live) for entry in entries),
        "assets": sum(not asset.is_folder for asset in branch.assets.values()),
        "releases": len(branch.releases),
    }


def reply(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
