"""What a run reports while it goes on. Drivers emit events and never print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """`done` more objects of `kind` were handled; `total` more became known. A stage's name alone: it begins.

    `total` is negative where fewer came than were known. `is_last`, without a kind: no more comes of any.
    """

    stage: str
    kind: str = ""
    done: int = 0
    total: int = 0
    is_last: bool = False


Emit = Callable[[Event], None]


def kind_of_job(name: str) -> str:
    """The kind of what a job of an export reads: its name begins with it."""
    return name.partition("/")[0]


def silent(_: Event) -> None:
    """Drops every event."""
