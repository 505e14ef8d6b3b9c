"""The operations for programs without an event loop: each function of `stackferry` that is async, under the same name.

    report = stackferry.sync.export("contentstack://API_KEY@eu/main", "backup", token="…")

A call runs an event loop of its own to its end, in the thread that it is called in; calls in several threads do not
disturb each other. Within a running event loop a call is refused: there, await the function of `stackferry`. Ctrl-C
raises KeyboardInterrupt, and the same call later resumes.
"""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import anyio

from stackferry.errors import UsageError
from stackferry.library import copy as _copy
from stackferry.library import export as _export
from stackferry.library import import_ as _import
from stackferry.library import places as _places
from stackferry.library import restore as _restore
from stackferry.library import verify as _verify
from stackferry.library.mappings import mapping as _mapping
from stackferry.library.nights import many as _many

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

P = ParamSpec("P")
R = TypeVar("R")

__all__ = [
    "abandon_import",
    "backup",
    "copy",
    "diff",
    "export",
    "import_",
    "mapping",
    "places",
    "plan_copy",
    "plan_import",
    "plan_restore",
    "restore",
    "verify",
]


def _twin(function: Callable[P, Awaitable[R]]) -> Callable[P, R]:
    """The same function, which waits for its result."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if _is_in_event_loop():
            raise UsageError(
                f"stackferry.sync.{function.__name__} was called within a running event loop, which it would block: "
                f"await stackferry.{function.__name__} there, or call this one in a thread"
            )
        return anyio.run(partial(function, *args, **kwargs))

    return call


def _is_in_event_loop() -> bool:
    """Whether this thread runs an event loop, of asyncio or of trio."""
    try:
        anyio.get_current_task()
    except RuntimeError:  # "not currently running on any asynchronous event loop"
        return False
    return True


abandon_import = _twin(_import.abandon_import)
backup = _twin(_many.backup)
copy = _twin(_copy.copy)
diff = _twin(_verify.diff)
export = _twin(_export.export)
import_ = _twin(_import.import_)
mapping = _twin(_mapping.mapping)
places = _twin(_places.places)
plan_copy = _twin(_copy.plan_copy)
plan_import = _twin(_import.plan_import)
plan_restore = _twin(_restore.plan_restore)
restore = _twin(_restore.restore)
verify = _twin(_verify.verify)
