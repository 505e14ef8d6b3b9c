"""Credential-like values inside stack content: found and replaced before they can reach a disk.

They occur where people put them: a webhook's authentication and headers, an extension's or a workflow's
configuration, the service's own `stackHeaders`. Entries are content and are never touched.

What a target holds is compared with what a snapshot kept, so there a salted and slow digest stands for each value:
equal values have equal marks, and nobody reads a value out of one. Pure.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.providers.contentstack.kinds import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject

REDACTED = "REDACTED"
_NAMES = re.compile(
    r"(?i)^(authorization|authtoken|.*(password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|client[_-]?key).*)$"
)
_PLAIN_KEYS = frozenset({"api_key"})  # a stack's API key is its name, not a credential


def redact(kind: str, document: JsonObject, salt: str = "") -> tuple[JsonObject, list[str]]:
    """The document without credentials, and where they were, as JSON pointers. With a salt, marks in their place."""
    if not BY_NAME[kind].may_hold_credentials:
        return document, []
    cleaner = (
        _Cleaner(lambda value: _mark(salt, exact_json.dumps(value))) if salt else _Cleaner(lambda _: REDACTED)
    )
    clean: JsonObject = dict(cleaner.members(document, ""))
    uid = document.get("uid") or document.get("name")
    return clean, [f"{kind} {uid} {path}" for path in cleaner.found]


def redact_salted(kind: str, document: JsonObject, salt: str) -> JsonObject:
    """A document as an inventory with that salt would show it."""
    return redact(kind, document, salt)[0] if salt else document


def equal_but_redacted(seen: Json, wanted: Json) -> bool:
    """Whether a value that was read with marks is the wanted one; of what is redacted, nothing is known: it is."""
    if isinstance(seen, dict) and isinstance(wanted, dict):
        return seen.keys() == wanted.keys() and all(
            equal_but_redacted(item, wanted[name]) for name, item in seen.items()
        )
    if isinstance(seen, list) and isinstance(wanted, list):
        return len(seen) == len(wanted) and all(map(equal_but_redacted, seen, wanted))
    hidden = wanted == REDACTED and isinstance(seen, str) and seen.startswith(REDACTED)
    return hidden or (seen or None) == (wanted or None)


def contains_redacted(value: Json) -> bool:
    """Whether a credential was redacted somewhere in a value."""
    if isinstance(value, dict):
        return any(map(contains_redacted, value.values()))
    return any(map(contains_redacted, value)) if isinstance(value, list) else value == REDACTED


@lru_cache(maxsize=256)
def _mark(salt: str, value: bytes) -> str:
    digest = hashlib.scrypt(value, salt=salt.encode(), n=1 << 12, r=8, p=1, dklen=16)
    return f"{REDACTED} {digest.hex()}"


class _Cleaner:
    """Goes through one document; `found` are the places of what was replaced."""

    def __init__(self, mark: Callable[[Json], str]) -> None:
        self._mark: Final = mark
        self.found: Final[list[str]] = []

    def members(self, value: JsonObject, path: str) -> Iterator[tuple[str, Json]]:
        header = _is_header(value)
        for name, item in value.items():
            secret = _secretive(name, item) or (header and name == "value" and bool(item))
            at = f"{path}/{name}"
            yield name, self._secret(item, at) if secret else self._clean(item, at)

    def _clean(self, value: Json, path: str) -> Json:
        if isinstance(value, list):
            return [self._clean(item, f"{path}/{index}") for index, item in enumerate(value)]
        return dict(self.members(value, path)) if isinstance(value, dict) else value

    def _secret(self, value: Json, path: str) -> Json:
        if value == REDACTED:
            return value
        self.found.append(path)
        return self._mark(value)


def _secretive(name: str, value: Json) -> bool:
    return isinstance(value, str) and bool(value) and name not in _PLAIN_KEYS and bool(_NAMES.match(name))


def _is_header(value: JsonObject) -> bool:
    """A webhook's `custom_header` row: any header may carry a credential."""
    return "header_name" in value and "value" in value
