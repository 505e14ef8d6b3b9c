"""What a run tells whoever watches it. Drivers emit events and never print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """`done` more things of `kind` happened; `total` more of them became known to lie ahead."""

    stage: str
    kind: str = ""
    done: int = 0
    total: int = 0
    note: str = ""


Emit = Callable[[Event], None]


def silent(_: Event) -> None:
    """A watcher that does not watch."""
