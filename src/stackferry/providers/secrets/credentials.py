"""Credential-like values inside objects of any system: found and replaced before they can reach a disk.

What looks like one is in `shapes`. A snapshot holds `REDACTED` instead of the value. The inventory of a target,
which an import compares with what it is about to write, holds a digest instead: equal values have equal digests. It is
salted and slow (scrypt), so that nobody finds a short value by trying. Pure.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from stackferry import exact_json
from stackferry.errors import JsonRefused
from stackferry.json_values import text
from stackferry.providers.secrets.redacted import MARK, REDACTED, is_hidden
from stackferry.providers.secrets.shapes import (
    is_property_name,
    is_secret_name,
    nothing_plain,
    without_secrets,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json, JsonObject
    from stackferry.providers.secrets.shapes import Plain

    Hide = Callable[[Json], str]


def hiding(salt: str) -> Hide:
    """What stands in place of a credential: with a salt a digest, without one `REDACTED`."""
    return (lambda value: _digest(salt, exact_json.dumps(value))) if salt else (lambda _: REDACTED)


@lru_cache(maxsize=256)
def _digest(salt: str, value: bytes) -> str:
    # 4 MiB and some milliseconds a value: there are few, and the same ones are asked for again (hence the cache).
    digest = hashlib.scrypt(value, salt=salt.encode(), n=1 << 12, r=8, p=1, dklen=16)
    return f"{REDACTED} {digest.hex()}"


def _hides_nothing(value: Json) -> bool:
    """Whether a value is no credential, or one that is hidden already, in a copy of a copy."""
    return not value or isinstance(value, bool) or (isinstance(value, str) and is_hidden(value))


class Cleaner:
    """Replaces the credentials in a value; their JSON pointers go to `found`.

    `plain`: of what name and value nothing is a credential in this system, though the name looks like one's.
    """

    # Rows of a name and a value: a webhook's header, and what people build like it.
    names_of_rows: ClassVar[tuple[str, ...]] = ("header_name", "name", "key", "header")
    values_of_rows: ClassVar[tuple[str, ...]] = ("value",)

    def __init__(self, hide: Hide, plain: Plain = nothing_plain) -> None:
        self._hide, self._plain = hide, plain
        self.found: list[str] = []

    def any(self, value: Json, path: str, name: str = "") -> Json:
        """A value of any kind, under this name."""
        if isinstance(value, list):
            return [self.any(item, f"{path}/{index}", name) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {key: self._member(value, key, f"{path}/{key}") for key in value}
        return self._text(value, path, name) if isinstance(value, str) else value

    def _member(self, holder: JsonObject, name: str, path: str) -> Json:
        value = holder[name]
        is_row = name in self.values_of_rows and self.is_secret_row(holder)
        is_secret = is_row or self.is_secret(name, value)
        return self.secret(value, path) if is_secret else self.any(value, path, name)

    def is_secret_row(self, row: JsonObject) -> bool:
        """Whether the value of a row is a credential: any header may carry one, other rows say it by their name."""
        value = next((row[name] for name in self.values_of_rows if name in row), None)
        return any(
            key == "header_name" or self._is_named(text(row.get(key)), value)
            for key in self.names_of_rows
            if key in row
        )

    def secret(self, value: Json, path: str) -> Json:
        """What stands under the name of a credential: each text and number in it; what only describes it stays."""
        if isinstance(value, list):
            return [self.secret(item, f"{path}/{index}") for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {
                name: self.secret(item, f"{path}/{name}")
                if self._may_be_secret(name, item)
                else self.any(item, f"{path}/{name}", name)
                for name, item in value.items()
            }
        if _hides_nothing(value):
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
        clean = without_secrets(value, self._hide_part, is_script=is_script, plain=self._plain)
        if clean != value:
            self.found.append(path)
        return clean

    def _hide_part(self, part: str) -> str:
        return part if MARK.search(part) else self._hide(part)

    def is_secret(self, name: str, value: Json) -> bool:
        """Whether a value under this name is a credential. A key that is an object names something else."""
        is_named = self._is_named(name, value)
        return is_named and not (isinstance(value, dict) and name.lower().endswith("key"))

    def _is_named(self, name: str, value: Json) -> bool:
        return is_secret_name(name) and not self._plain(name, value)

    def _may_be_secret(self, name: str, value: Json) -> bool:
        """Whether a value under this name inside a credential may be one: not where the name is a property's."""
        return not self._plain(name, value) and not is_property_name(name)


def _parsed(value: str) -> Json:
    """The JSON object or list that a text is, or such a text as JSON once more; None for any other text."""
    if not value.lstrip().startswith(("{", "[", '"{', '"[')):
        return None
    try:
        found: Json = exact_json.loads(value.encode())
    except JsonRefused:
        return None
    return found if isinstance(found, dict | list | str) else None
