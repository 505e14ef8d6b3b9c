"""Credential-like values in definitions and releases: found and replaced before they can reach a disk.

Secret variables are never given by the service; people also keep credentials in plain ones, in the inputs of tasks and
in addresses. A reference to a variable, `$(name)`, is none. How they are found is in `providers/credentials`. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object
from stackferry.providers.azure_devops.kinds import BY_NAME, record_key, uid_of
from stackferry.providers.secrets.credentials import Cleaner, hiding

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

_REFERENCE: Final = re.compile(r"\s*\$\([^()]*\)\s*")
# They name a connection's account, and are no credentials.
_PLAIN: Final = frozenset({
    "serviceprincipalid", "servicePrincipalId", "tenantid", "tenantId", "subscriptionId", "authorizationType",
})  # fmt: skip


def redact(
    kind: str, record: JsonObject, salt: str = "", *, keep_secrets: bool = False
) -> tuple[JsonObject, list[str]]:
    """The record without credentials, and a line for each that was found: kind, id and JSON pointer."""
    row = BY_NAME.get(kind)
    if row is None or not row.may_hold_credentials or keep_secrets:
        return record, []
    cleaner = _VariableCleaner(hiding(salt), lambda name, _: name in _PLAIN)
    clean = as_object(cleaner.any(record, ""))
    uid, number = record_key(kind, record)
    name = f"{int(uid) if uid.isdecimal() else uid}{f'@{number}' if row.number else ''}"
    return clean, [f"{kind} {name} {path}" for path in cleaner.found]


def redact_salted(kind: str, record: JsonObject, salt: str) -> JsonObject:
    """A record with a salted digest in place of each credential."""
    return redact(kind, record, salt)[0] if salt else record


def record_of(line: str) -> tuple[str, str, int]:
    """The kind, the uid and the number of the record that such a line is about."""
    kind, name = (*line.split(" ", 2), "")[:2]
    uid, _, number = name.partition("@")
    is_number = uid.isdecimal() and uid.isascii()
    return kind, uid_of(int(uid)) if is_number else uid, int(number) if number.isdecimal() else 0


# What the service itself writes beside people and objects: addresses and keys of its own.
_OF_THE_SERVICE: Final = frozenset(
    {"_links", "imageUrl", "descriptor", "logUrl", "webAccessUri", "logsContainerUrl"}
)


class _VariableCleaner(Cleaner):
    """One that knows variables, `{NAME: {"value", "isSecret"}}`, and references to them."""

    def any(self, value: Json, path: str, name: str = "") -> Json:
        return value if name in _OF_THE_SERVICE else super().any(value, path, name)

    def secret(self, value: Json, path: str) -> Json:
        if isinstance(value, str) and _REFERENCE.fullmatch(value):
            return value
        return super().secret(value, path)

    def is_secret(self, name: str, value: Json) -> bool:
        # A variable whose name ends with "key" is a variable, and no object that a key names.
        is_variable = isinstance(value, dict) and "value" in value
        return super().is_secret(name, "" if is_variable else value)
