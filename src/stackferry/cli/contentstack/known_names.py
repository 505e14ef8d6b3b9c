"""Names of environments and locales in the flags of a command that writes: refused where the stack has none of them.

The service would refuse some of them only after a part was written, and takes others without a word. One listing for
each kind that is named, before the first write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import suggestion
from stackferry.errors import AccessError, Refused, UsageError
from stackferry.json_values import text
from stackferry.providers.contentstack.api.client import Client, every_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call

# The parameters of commands that hold names, and of each kind the field by which it is named.
_PARAMS: Final = {
    "environments": "environments",
    "locales": "locales",
    "locale": "locales",
    "source_locale": "locales",
}
_FIELDS: Final = {"environments": "name", "locales": "code"}
WRITING: Final = frozenset(
    {
        *("entry publish", "entry unpublish", "entry localize", "entry unlocalize", "entry import"),
        *("entry create", "entry update"),
        *("bulk publish", "bulk unpublish", "bulk delete", "bulk workflow", "bulk add-to-release"),
        "release deploy",
    }
)


async def refuse_unknown_names(call: Call, params: Mapping[str, object]) -> None:
    """Raise UsageError for an environment or a locale among a command's parameters that the stack does not have."""
    asked: dict[str, set[str]] = {}
    for param, kind in _PARAMS.items():
        asked.setdefault(kind, set()).update(_names(params.get(param)))
    for kind, names in asked.items():
        held = await _Names(call).of(kind) if names else set()
        for name in (
            sorted(names - held) if held else ()
        ):  # nothing is known where the token may not list them
            raise UsageError(f"the stack has no {kind.removesuffix('s')} '{name}'{suggestion(name, held)}")


def _names(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return filter(None, [value])
    return [name for name in value if isinstance(name, str)] if isinstance(value, tuple | frozenset) else ()


class _Names(Client):
    async def of(self, kind: str) -> set[str]:
        async def page(skip: int, limit: int) -> JsonObject:
            wanted = (("skip", str(skip)), ("limit", str(limit)), ("include_count", "true"))
            return await self._get(f"/{kind}", wanted)

        try:
            rows = await every_row(page, kind)
        except (Refused, AccessError):  # the command itself may be allowed all the same
            return set()
        found = {text(row.get(_FIELDS[kind])) for row in rows}
        return found | ({text(row.get("uid")) for row in rows} if kind == "environments" else set())
