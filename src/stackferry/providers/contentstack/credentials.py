"""Credential-like values inside stack content: found and replaced before they can reach a disk.

They occur where people put them: a webhook's address, authentication and headers, the configuration of an extension, a
field or a workflow, the service's own `stackHeaders`. Entries are content and are never touched. How they are found and
replaced is in `providers/credentials`. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.kinds import BY_NAME
from stackferry.providers.secrets.credentials import Cleaner, hiding
from stackferry.providers.secrets.shapes import is_random

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

# Content types hold words of authors everywhere but in what configures an app.
_TYPES: Final = frozenset({kinds.CONTENT_TYPES.name, kinds.GLOBAL_FIELDS.name})
_CONFIGURATION: Final = frozenset({"config", "configuration", "instance_config", "app_config", "settings"})


def redact(kind: str, document: JsonObject, salt: str = "") -> tuple[JsonObject, list[str]]:
    """The document without credentials, and a line for each that was found: kind, uid and JSON pointer.

    With a salt there is a digest in place of each, without one `REDACTED`.
    """
    if not BY_NAME[kind].may_hold_credentials:
        return document, []
    cleaner = _TypeCleaner(hiding(salt), _is_plain)
    clean = as_object(cleaner.type(document, "") if kind in _TYPES else cleaner.any(document, ""))
    uid = document.get("uid") or document.get("name")
    return clean, [f"{kind} {uid} {path}" for path in cleaner.found]


def _is_plain(name: str, value: Json) -> bool:
    """The user of a webhook, not its password; and a stack's API key, which names the stack and is public, as the
    vendor says. Keys of other services are configured under the same name."""
    if name == "api_key":
        return not isinstance(value, str) or value.startswith("blt") or not is_random(value)
    return name == "http_basic_auth"


def redact_salted(kind: str, document: JsonObject, salt: str) -> JsonObject:
    """A document as an inventory with that salt holds it."""
    return redact(kind, document, salt)[0] if salt and kind in BY_NAME else document


class _TypeCleaner(Cleaner):
    """One that knows content types."""

    def type(self, value: Json, path: str) -> Json:
        """A content type or a part of it: cleaned is what configures an app."""
        if isinstance(value, list):
            return [self.type(item, f"{path}/{index}") for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        return {
            key: self.any(item, f"{path}/{key}")
            if key in _CONFIGURATION
            else self.secret(item, f"{path}/{key}")
            # The service has keys of its own there: `default_key` is a choice.
            if self.is_secret(key, item) and not key.endswith("key")
            else self.type(item, f"{path}/{key}")
            for key, item in value.items()
        }
