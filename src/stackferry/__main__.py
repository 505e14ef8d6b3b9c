"""The console script, and `python -m stackferry`."""

from __future__ import annotations

from stackferry.cli.app import app


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    app(prog_name="stackferry")


if __name__ == "__main__":
    main()
