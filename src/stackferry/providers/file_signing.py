"""How files are asked for whose addresses need a signature: the key for it, and who signs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject, Request, Secret


@dataclass(frozen=True, slots=True)
class FileKey:
    """What signs addresses of files until `ends` (seconds since 1970)."""

    ends: float
    parts: Mapping[str, Secret]


class FileSigner(Protocol):
    """How files are asked for whose addresses need a signature."""

    def is_needed(self, request: Request) -> bool:
        """Whether the host of an address is known to want one."""

    def key_request(self, now: float) -> Request:
        """Asks for a key; `now` is in seconds since 1970."""

    def read_key(self, answer: JsonObject, request: Request) -> FileKey:
        """The key in the answer to `request`. Raises BadAnswer, without its words, where there is none."""

    def signed(self, request: Request, key: FileKey) -> Request: ...
