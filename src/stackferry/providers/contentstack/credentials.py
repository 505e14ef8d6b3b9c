"""Credential-like values inside stack content: found and replaced before they can reach a disk.

They occur where people put them: a webhook's authentication and headers, an extension's or a workflow's
configuration, the service's own `stackHeaders`. Entries are content and are never touched.

A snapshot holds `REDACTED` instead of the value. The inventory of a target, which an import compares with what it is
about to write, holds a digest instead: equal values have equal digests. It is salted and slow (scrypt), so that nobody
finds a short value by trying. Pure.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_object, text
from stackferry.providers.contentstack.kinds import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json, JsonObject

REDACTED = "REDACTED"
_NAMES = re.compile(
    r"(?i)^(authorization|authtoken|.*(password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|client[_-]?key).*)$"
)
_PLAIN_KEYS = frozenset({"api_key"})  # a stack's API key names the stack; the vendor calls it public


def redact(kind: str, document: JsonObject, salt: str = "") -> tuple[JsonObject, list[str]]:
    """The document without credentials, and a line for each that was found: kind, uid and JSON pointer.

    With a salt there is a digest in place of each, without one `REDACTED`.
    """
    if not BY_NAME[kind].may_hold_credentials:
        return document, []
    replace = (lambda value: _digest(salt, exact_json.dumps(value))) if salt else (lambda _: REDACTED)
    found: list[str] = []
    clean = as_object(_clean(document, "", replace, found))
    uid = document.get("uid") or document.get("name")
    return clean, [f"{kind} {uid} {path}" for path in found]


def redact_salted(kind: str, document: JsonObject, salt: str) -> JsonObject:
    """A document as an inventory with that salt holds it."""
    return redact(kind, document, salt)[0] if salt else document


def equal_but_redacted(seen: Json, wanted: Json) -> bool:
    """Whether a value of an inventory equals the wanted one. What is redacted in either is taken to be equal."""
    if isinstance(seen, dict) and isinstance(wanted, dict):
        return seen.keys() == wanted.keys() and all(
            equal_but_redacted(item, wanted[name]) for name, item in seen.items()
        )
    if isinstance(seen, list) and isinstance(wanted, list):
        return len(seen) == len(wanted) and all(map(equal_but_redacted, seen, wanted))
    is_unknown = wanted == REDACTED and text(seen).startswith(REDACTED)
    return is_unknown or (seen or None) == (wanted or None)


def contains_redacted(value: Json) -> bool:
    """Whether a credential was redacted somewhere in a value."""
    if isinstance(value, dict):
        return any(map(contains_redacted, value.values()))
    return any(map(contains_redacted, value)) if isinstance(value, list) else value == REDACTED


@lru_cache(maxsize=256)
def _digest(salt: str, value: bytes) -> str:
    # 4 MiB and some milliseconds a value: there are few, and the same ones are asked for again (hence the cache).
    digest = hashlib.scrypt(value, salt=salt.encode(), n=1 << 12, r=8, p=1, dklen=16)
    return f"{REDACTED} {digest.hex()}"


def _clean(value: Json, path: str, replace: Callable[[Json], str], found: list[str]) -> Json:
    """A value with its credentials replaced; their JSON pointers go to `found`."""
    if isinstance(value, list):
        return [_clean(item, f"{path}/{index}", replace, found) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    # A row of a webhook's `custom_header`: any header may carry a credential.
    is_header = "header_name" in value and "value" in value
    members: JsonObject = {}
    for name, item in value.items():
        at = f"{path}/{name}"
        if not _is_credential(name, item) and not (is_header and name == "value" and item):
            members[name] = _clean(item, at, replace, found)
        elif item == REDACTED:  # a copy of a copy: nothing more is hidden than before
            members[name] = item
        else:
            found.append(at)
            members[name] = replace(item)
    return members


def _is_credential(name: str, value: Json) -> bool:
    return isinstance(value, str) and bool(value) and name not in _PLAIN_KEYS and bool(_NAMES.match(name))
