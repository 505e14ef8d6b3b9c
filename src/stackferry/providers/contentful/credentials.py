"""Credential-like values inside a space's objects: found and replaced before they can reach a disk.

They occur in the addresses and headers of webhooks, in the parameters of apps and extensions and in their settings for
a field, in the actions of workflows. Content is never touched. The token of an API key is never kept, whatever is asked
for. How they are found and replaced is in `providers/credentials`. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from stackferry.json_values import as_object, text
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.kinds import BY_NAME
from stackferry.providers.secrets.credentials import Cleaner, hiding
from stackferry.providers.secrets.redacted import REDACTED

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

_KEYS: Final = frozenset({kinds.API_KEYS.name, kinds.PREVIEW_API_KEYS.name})
_TAKEN_OUT: Final = "accessToken"
# Of an editor interface only what configures an app: the rest are words of authors and names of fields.
_SETTINGS: Final = "settings"
# Headers that say what a body is; any other may carry a credential.
_PLAIN_HEADERS: Final = frozenset({
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-encoding",
    "content-language", "content-type", "user-agent", "x-github-event", "x-github-api-version", "host",
})  # fmt: skip


def redact(
    kind: str, record: JsonObject, salt: str = "", *, keep_secrets: bool = False
) -> tuple[JsonObject, list[str]]:
    """The record without credentials, and a line for each that was found: kind, id and JSON pointer.

    With a salt there is a digest in place of each, without one `REDACTED`. `keep_secrets` keeps all but tokens of keys.
    """
    row = BY_NAME[kind]
    if kind in _KEYS:
        clean, found = _without_token(record)
    elif not row.may_hold_credentials or keep_secrets:
        return record, []
    else:
        cleaner = _SpaceCleaner(hiding(salt))
        clean = as_object(
            cleaner.settings(record, "") if kind == kinds.EDITOR_INTERFACES.name else cleaner.any(record, "")
        )
        found = cleaner.found
    return clean, [f"{kind} {row.key(record)} {path}" for path in found]


def redact_salted(kind: str, record: JsonObject, salt: str) -> JsonObject:
    """A record as an inventory with that salt holds it."""
    return redact(kind, record, salt)[0] if salt and kind in BY_NAME else record


def _without_token(record: JsonObject) -> tuple[JsonObject, list[str]]:
    if not record.get(_TAKEN_OUT) or record.get(_TAKEN_OUT) == REDACTED:
        return record, []
    return {**record, _TAKEN_OUT: REDACTED}, [f"/{_TAKEN_OUT}"]


class _SpaceCleaner(Cleaner):
    """One that knows the rows of Contentful: headers are `{key, value, secret}`, parameters `{id, default}`."""

    names_of_rows: ClassVar[tuple[str, ...]] = (*Cleaner.names_of_rows, "id")
    values_of_rows: ClassVar[tuple[str, ...]] = (*Cleaner.values_of_rows, "default", "defaultValue")

    def is_secret_row(self, row: JsonObject) -> bool:
        is_header = "key" in row and "value" in row
        is_plain = text(row.get("key")).lower() in _PLAIN_HEADERS and row.get("secret") is not True
        return (is_header and not is_plain) or super().is_secret_row(row)

    def settings(self, value: Json, path: str) -> Json:
        """An editor interface or a part of it: cleaned is what configures an app."""
        if isinstance(value, list):
            return [self.settings(item, f"{path}/{index}") for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        return {
            key: self.any(item, f"{path}/{key}") if key == _SETTINGS else self.settings(item, f"{path}/{key}")
            for key, item in value.items()
        }
