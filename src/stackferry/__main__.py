"""The console script, and `python -m stackferry`."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

_INTERRUPTED = 130
_USAGE = 2


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    refuse_platform(os.name)
    _end_at_once_on_signals()
    _open_closed_streams()
    # Imported here: a signal while the commands are imported ends the process as one during their work does.
    from stackferry.cli.app import run

    try:
        run(sys.argv[1:])
    except SystemExit as ended:
        atexit.register(_end, ended.code if isinstance(ended.code, int) else 1)
        raise


def refuse_platform(name: str) -> None:
    """End with exit code 2 where there is no POSIX system: locks, links and signals work otherwise there.

    `name` is that of `os.name`.
    """
    if name != "posix":
        sys.stderr.write(
            "Error: stackferry runs on Linux, macOS and other POSIX systems, and not on Windows itself; it runs there "
            "in WSL or in a container (docs/platforms.md)\n"
        )
        sys.exit(_USAGE)


def _end(code: int) -> NoReturn:
    """End now: a signal while the interpreter takes itself apart would end the process as killed."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # told before, or there is none
            stream.flush()
    os._exit(code)


def _end_at_once_on_signals() -> None:
    """End with exit code 130 before a command has begun, and after it has ended: there is nothing to clean up.

    While a command works it handles the signals itself (`cli/signals.py`). One that is ignored (nohup) stays so.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(_INTERRUPTED))


def _open_closed_streams() -> None:
    """Put /dev/null where stdin, stdout or stderr was closed before the start (`2>&-`), as cron jobs close them.

    Else the next file to be opened gets its number, and what is meant for stderr ends in a snapshot. `sys.stdout` stays
    None: a command whose output was asked for tells that it has none (`cli/output.py:has_stdout`).
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, so this one
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - for the whole process
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


if __name__ == "__main__":
    main()
