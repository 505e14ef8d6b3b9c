"""Credential-like values inside stack content: found and replaced before they can reach a disk.

They occur where people put them: a webhook's address, authentication and headers, the configuration of an extension, a
field or a workflow, the service's own `stackHeaders`. Entries are content and are never touched. What looks like one
is in `secret_shapes`.

A snapshot holds `REDACTED` instead of the value. The inventory of a target, which an import compares with what it is
about to write, holds a digest instead: equal values have equal digests. It is salted and slow (scrypt), so that nobody
finds a short value by trying. Pure.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.errors import JsonRefused
from stackferry.json_values import as_object, text
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.kinds import BY_NAME
from stackferry.providers.redacted import MARK, REDACTED
from stackferry.providers.secret_shapes import is_property_name, is_secret_name, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json, JsonObject

    Hide = Callable[[Json], str]

# Rows of a name and a value: a webhook's `custom_header`, and what people build like it.
_NAMES_OF_ROWS: Final = ("header_name", "name", "key", "header")
# Content types hold words of authors everywhere but in what configures an app.
_TYPES: Final = frozenset({kinds.CONTENT_TYPES.name, kinds.GLOBAL_FIELDS.name})
_CONFIGURATION: Final = frozenset({"config", "configuration", "instance_config", "app_config", "settings"})


def redact(kind: str, document: JsonObject, salt: str = "") -> tuple[JsonObject, list[str]]:
    """The document without credentials, and a line for each that was found: kind, uid and JSON pointer.

    With a salt there is a digest in place of each, without one `REDACTED`.
    """
    if not BY_NAME[kind].may_hold_credentials:
        return document, []
    hide: Hide = (lambda value: _digest(salt, exact_json.dumps(value))) if salt else (lambda _: REDACTED)
    cleaner = _Cleaner(hide)
    clean = as_object(cleaner.type(document, "") if kind in _TYPES else cleaner.any(document, ""))
    uid = document.get("uid") or document.get("name")
    return clean, [f"{kind} {uid} {path}" for path in cleaner.found]


def redact_salted(kind: str, document: JsonObject, salt: str) -> JsonObject:
    """A document as an inventory with that salt holds it."""
    return redact(kind, document, salt)[0] if salt else document


@lru_cache(maxsize=256)
def _digest(salt: str, value: bytes) -> str:
    # 4 MiB and some milliseconds a value: there are few, and the same ones are asked for again (hence the cache).
    digest = hashlib.scrypt(value, salt=salt.encode(), n=1 << 12, r=8, p=1, dklen=16)
    return f"{REDACTED} {digest.hex()}"


class _Cleaner:
    """Replaces the credentials in a value; their JSON pointers go to `found`."""

    def __init__(self, hide: Hide) -> None:
        self._hide = hide
        self.found: list[str] = []

    def any(self, value: Json, path: str, name: str = "") -> Json:
        """A value of any kind, under this name."""
        if isinstance(value, list):
            return [self.any(item, f"{path}/{index}", name) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {key: self._member(value, key, f"{path}/{key}") for key in value}
        return self._text(value, path, name) if isinstance(value, str) else value

    def type(self, value: Json, path: str) -> Json:
        """A content type or a part of it: cleaned is what configures an app."""
        if isinstance(value, list):
            return [self.type(item, f"{path}/{index}") for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        return {
            key: self.any(item, f"{path}/{key}")
            if key in _CONFIGURATION
            else self._secret(item, f"{path}/{key}")
            # The service has keys of its own there: `default_key` is a choice.
            if _is_secret(key, item) and not key.endswith("key")
            else self.type(item, f"{path}/{key}")
            for key, item in value.items()
        }

    def _member(self, holder: JsonObject, name: str, path: str) -> Json:
        value = holder[name]
        # Any header may carry a credential; other rows say by their name whether they do.
        is_row = name == "value" and any(
            key == "header_name" or is_secret_name(text(holder.get(key)))
            for key in _NAMES_OF_ROWS
            if key in holder
        )
        return self._secret(value, path) if is_row or _is_secret(name, value) else self.any(value, path, name)

    def _secret(self, value: Json, path: str) -> Json:
        """What stands under the name of a credential: each text and number in it; what only describes it stays."""
        if isinstance(value, list):
            return [self._secret(item, f"{path}/{index}") for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {
                name: self._secret(item, f"{path}/{name}")
                if _may_be_secret(name)
                else self.any(item, f"{path}/{name}", name)
                for name, item in value.items()
            }
        # A copy of a copy: nothing more is hidden than before.
        if not value or isinstance(value, bool) or value == REDACTED:
            return value
        self.found.append(path)
        return self._hide(value)

    def _text(self, value: str, path: str, name: str) -> str:
        if (inner := _parsed(value)) is not None:
            before = len(self.found)
            clean = self.any(inner, path)
            return value if len(self.found) == before else exact_json.dumps(clean).decode()
        # JSON that cannot be kept exactly is read as a script is.
        is_script = name == "srcdoc" or value.lstrip().startswith(("{", "["))
        clean = without_secrets(value, self._hide_part, is_script=is_script)
        if clean != value:
            self.found.append(path)
        return clean

    def _hide_part(self, part: str) -> str:
        return part if MARK.search(part) else self._hide(part)


def _is_secret(name: str, value: Json) -> bool:
    """Whether a value under this name is a credential. A key that is an object names something else."""
    return is_secret_name(name) and not (isinstance(value, dict) and name.lower().endswith("key"))


def _may_be_secret(name: str) -> bool:
    """Whether a value under this name inside a credential may be one: not where the name is that of a property."""
    return name != "api_key" and not is_property_name(name)


def _parsed(value: str) -> Json:
    """The JSON object or list that a text is; None for any other text."""
    if not value.lstrip().startswith(("{", "[")):
        return None
    try:
        found: Json = exact_json.loads(value.encode())
    except JsonRefused:
        return None
    return found if isinstance(found, dict | list) else None
