"""Credential-like values inside stack content: found and replaced before they can reach a disk.

They occur where people put them: a webhook's authentication and headers, an extension's or a workflow's
configuration, the service's own `stackHeaders`. Entries are content and are never touched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject

REDACTED = "REDACTED"
_NAMES = re.compile(
    r"(?i)^(authorization|authtoken|.*(password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|client[_-]?key).*)$"
)
_PLAIN_KEYS = frozenset({"api_key"})  # a stack's API key is its name, not a credential
_SEARCHED = frozenset(
    {"webhooks", "extensions", "workflows", "publish_rules", "environments", "roles", "labels"}
)


def redact(kind: str, document: JsonObject) -> tuple[JsonObject, list[str]]:
    """The document without credentials, and where they were, as JSON pointers."""
    if kind not in _SEARCHED:
        return document, []
    found: list[str] = []
    clean: JsonObject = dict(_members(document, "", found))
    uid = document.get("uid") or document.get("name")
    return clean, [f"{kind} {uid} {path}" for path in found]


def _clean(value: Json, path: str, found: list[str]) -> Json:
    if isinstance(value, list):
        return [_clean(item, f"{path}/{index}", found) for index, item in enumerate(value)]
    return dict(_members(value, path, found)) if isinstance(value, dict) else value


def _members(value: JsonObject, path: str, found: list[str]) -> Iterator[tuple[str, Json]]:
    header = _is_header(value)
    for name, item in value.items():
        secret = _secretive(name, item) or (header and name == "value" and bool(item))
        at = f"{path}/{name}"
        yield name, _secret(item, at, found) if secret else _clean(item, at, found)


def _secretive(name: str, value: Json) -> bool:
    return isinstance(value, str) and bool(value) and name not in _PLAIN_KEYS and bool(_NAMES.match(name))


def _is_header(value: JsonObject) -> bool:
    """A webhook's `custom_header` row: any header may carry a credential."""
    return "header_name" in value and "value" in value


def _secret(value: Json, path: str, found: list[str]) -> Json:
    if value == REDACTED:
        return value
    found.append(path)
    return REDACTED
