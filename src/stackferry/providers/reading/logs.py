"""Logs that a snapshot keeps of an object: which file holds them, and which of its members somebody asks for. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject, Stream

# A member's name begins with the number of the task, and ends with what sort of file it is.
_NUMBER: Final = re.compile(r"^\d+[ _-]+")
_ENDING: Final = re.compile(r"\.(?:log|txt)$", re.IGNORECASE)


class Rows(Protocol):
    """What a snapshot holds, stream by stream."""

    def objects(self, stream: Stream) -> Iterator[JsonObject]: ...


@runtime_checkable
class KeepsLogs(Protocol):
    """A system whose snapshots keep zips of logs."""

    def log_of(self, store: Rows, stream: Stream, body: JsonObject) -> str:
        """The SHA-256 of the zip with the logs of an object; empty where the snapshot has none of it."""


def members_of(names: Sequence[str], wanted: str) -> list[str]:
    """Those members of a zip that are of STAGE or of STAGE/TASK; without either all of them.

    The service puts other characters in place of some, so letters and digits alone are compared, in any case.
    """
    if not wanted:
        return [*names]
    cuts = [len(wanted), *(at for at, one in enumerate(wanted) if one == "/")]
    pairs = [(wanted[:at], wanted[at + 1 :]) for at in cuts]
    return [name for name in names if any(_is_of(name, stage, task) for stage, task in pairs)]


def _is_of(name: str, stage: str, task: str) -> bool:
    *folders, last = re.split(r"[/\\]", name)
    above = ["/".join(folders[:depth]) for depth in range(1, len(folders) + 1)]
    called = _NUMBER.sub("", _ENDING.sub("", last))
    return any(_key(one) == _key(stage) for one in above) and (not task or _key(called) == _key(task))


def _key(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum()) or text
