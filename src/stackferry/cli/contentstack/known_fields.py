"""Fields that a command writes and that the content type does not have: refused before the write.

The service takes such a field without a word, and makes a version in which nothing has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import suggestion
from stackferry.errors import AccessError, Refused, UsageError
from stackferry.json_values import nested, objects, text
from stackferry.providers.contentstack.api.client import Client
from stackferry.providers.contentstack.requests.build import segment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.cli.contentstack.entry_operators import Operation
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call

# What an entry that the service gave has beside its fields; so has each name that begins with "_".
_BESIDE: Final = frozenset(
    {
        *("uid", "locale", "tags", "ACL", "publish_details", "created_at", "created_by", "updated_at"),
        *("updated_by", "deleted_at", "deleted_by", "content_type_uid", "stackHeaders", "urlPath"),
    }
)


async def refuse_unknown_fields(
    call: Call, content_type: str, entry: JsonObject, operations: Iterable[Operation] = ()
) -> None:
    """Raise UsageError for a field of a body, or of an operator, that no entry of the type has."""
    operated = {name for name, _ in operations} - {"tags"}
    asked = operated | {name for name in entry if name not in _BESIDE and not name.startswith("_")}
    held = await _Types(call).fields(content_type) if asked else set()
    for name in sorted(asked - held) if held else ():
        hint = suggestion(name, held)
        raise UsageError(f"content type '{content_type}' has no field '{name}'{hint}; nothing was written")


class _Types(Client):
    async def fields(self, content_type: str) -> set[str]:
        """The names of a type's fields; none where they are not told, and the write itself says why."""
        try:
            answer = await self._get(f"/content_types/{segment(content_type)}")
        except (Refused, AccessError):
            return set()
        return {text(row.get("uid")) for row in objects(nested(answer, "content_type", "schema"))} - {""}
