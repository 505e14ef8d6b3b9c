"""The console script, and `python -m stackferry`."""

from __future__ import annotations

import sys

from stackferry.cli.app import run


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    run(sys.argv[1:])


if __name__ == "__main__":
    main()
