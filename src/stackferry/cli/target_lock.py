"""One import at a time into a place, whichever snapshot and checkpoint each of them has.

The lock is this user's on this machine. Must never keep anybody out because of a run that has died: it is the
kernel's, like every other lock here.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from stackferry.errors import BusyError, StackferryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Place

_log = logging.getLogger(__name__)


@contextmanager
def target_lock(target: Place, name: str) -> Iterator[None]:
    """Hold the place while the block runs. Raises BusyError while another run holds it."""
    with ExitStack() as held:
        try:
            held.enter_context(_lock(name))
        except BusyError as busy:
            raise BusyError(f"{target}: {busy}") from busy
        except StackferryError as error:
            _log.warning("nobody else is kept from importing into %s meanwhile: %s", target, error)
        yield


@contextmanager
def _lock(name: str) -> Iterator[None]:
    from stackferry.io.config import state_directory
    from stackferry.io.storage.files import Files

    home = state_directory() / "targets"
    made = [one for one in (home, *home.parents) if not one.exists()]
    try:
        with Files(home).lock(name):
            yield
    finally:
        for one in made:
            with suppress(OSError):  # it holds something meanwhile
                one.rmdir()
