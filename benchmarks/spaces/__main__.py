"""`python -m benchmarks.spaces`: the measurements of spaces for docs/performance.md, or only the parts named.

npm install --prefix /tmp/cf contentful-export@7 contentful-import@9.4.140
python -m benchmarks.spaces --modules /tmp/cf/node_modules --seed EXPORT_OF_A_REAL_SPACE.json
python -m benchmarks.spaces limited --entries 200
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import results
from benchmarks.spaces.comparison import Folders, compare_tools

PARTS = {
    "limited": "both tools at 7 requests a second and 100 ms latency",
    "unlimited": "both tools without limit or latency",
}


def main() -> None:
    args = parse()
    spaces: list[tuple[str, tuple[object, ...]]] = [
        (f"{args.entries:,} entries", ("--entries", args.entries)),
        (f"{args.entries:,} entries, bulk operations offered", ("--entries", args.entries, "--bulk")),
        *((file.stem, ("--seed", file.resolve())) for file in args.seed),
    ]
    with tempfile.TemporaryDirectory() as temporary:
        folders = Folders((args.work or Path(temporary)).resolve(), args.results)
        for part in args.parts or PARTS:
            for name, options in spaces:
                compare_tools(name, options, folders, limited=part == "limited", modules=args.modules)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.spaces",
        description="Measures stackferry beside contentful-export and contentful-import, on the emulator.",
        epilog="; ".join(f"{name}: {measures}" for name, measures in PARTS.items()),
    )
    parser.add_argument("parts", nargs="*", metavar="PART", choices=(*PARTS, []), help=", ".join(PARTS))
    parser.add_argument(
        "--modules", type=Path, help="node_modules with the vendor's tools; else they are not run"
    )
    parser.add_argument("--entries", type=int, default=1_000, help="of the generated space [%(default)s]")
    parser.add_argument(
        "--seed", type=Path, action="append", default=[], help="a real space as well (repeatable)"
    )
    parser.add_argument("--work", type=Path, help="where the tools write; a temporary folder by default")
    parser.add_argument(
        "--results", type=Path, default=results.FOLDER, help="keep the figures here [%(default)s]"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
