"""The console script, and `python -m stackferry`."""

from __future__ import annotations

import os
import signal
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    _end_at_once_on_signals()
    # Imported here: a signal while the commands are imported ends the process as one during their work does.
    from stackferry.cli.app import run

    run(sys.argv[1:])


def _end_at_once_on_signals() -> None:
    """End with exit code 130 before a command has begun, and after it has ended: there is nothing to clean up.

    While a command works it handles the signals itself (`cli/signals.py`). One that is ignored (nohup) stays so.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(_INTERRUPTED))


if __name__ == "__main__":
    main()
