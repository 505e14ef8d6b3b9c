"""An emulated Contentful as a process of its own, so that its time and memory are in no tool's figures.

    python -m benchmarks.spaces.server --entries 1000 [--tls DIR] [--limited]
    python -m benchmarks.spaces.server --seed EXPORT.json
    python -m benchmarks.spaces.server --generated 7

It holds a space under SOURCE, and empty ones under TARGET and COPY. It reads a command a line from its standard input
and answers each with a line of JSON:

counts   requests since the last `counts`, by budget, and refusals by status
free     no limits and no latency from now on
limit    seven requests a second, as a space of the free plan has them, and 100 ms latency from now on
edit N [KEY]  change and publish N entries of a space, the source if none is named
add N    put N drafts into the target that the source does not hold
held     how many objects of each kind both spaces hold
equal    of each kind how many objects the source holds, and how many are equal in the target
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "oracle"))

from space_oracle import compare, dump, tally

from benchmarks.server import counts, reply
from stackferry.emulators.certificates import tls_context
from stackferry.emulators.contentful import Emulator, Limits, Switches, serve
from stackferry.emulators.contentful.seed.api import Api
from stackferry.emulators.contentful.seed.generator import fill_evenly, generate
from stackferry.emulators.contentful.seed.vendor_file import add_space, read_file
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE, TARGET, COPY = "source", "target", "copy"
TOKEN = "cf-invented-token"  # noqa: S105 - opens nothing but this emulator
RATE, LATENCY = 7.0, 0.1
MAX_DIFFERENCES = 12  # that are shown
# The service makes these itself, or changes them in any import.
NOT_COMPARED = ("webhooks.active", "releases.sys.status")


def main(words: Sequence[str] | None = None) -> None:
    args = parse(words)
    emulator = open_emulator(args)
    context = tls_context(args.tls) if args.tls else None
    with serve(emulator, tls=context) as origin:
        # The certificate names localhost, and the vendor's tools know their host by name.
        reply({"origin": origin.replace("127.0.0.1", "localhost")})
        for line in sys.stdin:
            reply(obey(emulator, line.split()))


def parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spaces.server")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--seed", type=Path, help="a file of contentful-export")
    what.add_argument(
        "--generated", type=int, metavar="SEED", help="a made-up space with something of every kind"
    )
    what.add_argument("--entries", type=int, help="a space with so many small entries of one type")
    parser.add_argument(
        "--tls", type=Path, help="speak TLS, with the certificate in this folder; it is made there"
    )
    parser.add_argument("--limited", action="store_true", help="7 requests a second, 100 ms latency")
    parser.add_argument(
        "--bulk", action="store_true", help="offer bulk operations on entries, as larger plans do"
    )
    return parser.parse_args(words)


def open_emulator(args: argparse.Namespace) -> Emulator:
    """An emulator with both spaces. The empty one has the source's default locale, which no tool can change."""
    emulator = Emulator(switches=Switches(bulk_operations=args.bulk))
    if args.seed:
        source = add_space(emulator, read_file(args.seed), key=SOURCE, token=TOKEN)
    elif args.entries is not None:
        source = emulator.add_space(key=SOURCE, token=TOKEN)
        fill_evenly(source.master, args.entries)
    else:
        source = generate(emulator, key=SOURCE, token=TOKEN, seed=args.generated)
    locale, organization = source.master.default_locale, source.organization.id
    for key in (TARGET, COPY):
        empty = emulator.add_space(key=key, token=TOKEN, locale=locale, organization=organization)
        empty.locale_publishing = source.locale_publishing
    if args.limited:
        obey(emulator, ["limit"])
    return emulator


def obey(emulator: Emulator, words: Sequence[str]) -> dict[str, Any]:
    match words:
        case ["counts"]:
            return counts(emulator)
        case ["free"]:
            emulator.limits, emulator.latency = Limits(), 0.0
            return {}
        case ["limit"]:
            emulator.limits, emulator.latency = Limits(second=RATE), LATENCY
            return {}
        case ["edit", number, *key]:
            return {"edited": edit(emulator, int(number), *key)}
        case ["add", number]:
            return {"added": add(emulator, int(number))}
        case ["held"]:
            return {key: dump(space).count() for key, space in emulator.spaces.items()}
        case ["equal"]:
            return equal(emulator)
        case _:
            raise ValueError(f"no such command: {words}")


def edit(emulator: Emulator, number: int, key: str = SOURCE) -> int:
    """Change a text of `number` live entries, spread over a space, and publish them; return how many."""
    # Its requests are no tool's: they neither wait for the limit nor count against it.
    limits, emulator.limits = emulator.limits, Limits()
    environment, api = emulator.spaces[key].master, Api(emulator, key, TOKEN)
    code = environment.default_locale
    live = [uid for uid, entry in environment.entries.items() if entry.live is not None]
    chosen = live[:: max(1, len(live) // max(number, 1))][:number]
    for uid in chosen:
        entry = api.get(f"/entries/{uid}")
        fields = as_object(entry["fields"])
        values = (as_object(value) for value in fields.values())
        titled = next(value for value in values if isinstance(value.get(code), str))
        titled[code] = f"{titled[code]} again"
        api.put(f"/entries/{uid}", {**entry, "fields": fields}, api.version(f"/entries/{uid}"))
        api.publish(f"/entries/{uid}")
    emulator.limits = limits
    return len(chosen)


def add(emulator: Emulator, number: int) -> int:
    """Put `number` drafts into the target; return how many."""
    limits, emulator.limits = emulator.limits, Limits()
    api = Api(emulator, TARGET, TOKEN)
    kind = next(iter(emulator.spaces[TARGET].master.content_types))
    for one in range(number):
        api.put(f"/entries/surplus-{one}", {"fields": {}}, x_contentful_content_type=kind)
    emulator.limits = limits
    return number


def equal(emulator: Emulator) -> dict[str, Any]:
    """The whole-space oracle's judgement of the target; it shares no code with any tool."""
    source, target = (dump(emulator.spaces[key], history=False) for key in (SOURCE, TARGET))
    kinds = tally(source, target, ignore=NOT_COMPARED)
    found = compare(source, target, ignore=NOT_COMPARED)
    return {"kinds": kinds, "differences": len(found), "first": found[:MAX_DIFFERENCES]}


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
