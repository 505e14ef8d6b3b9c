"""Environments, locales and content types that a command names: refused where the stack has none of them.

The service would refuse some of them only after a part was written, and takes others without a word. So a command that
writes asks for one listing of each kind that its options name, before the first write. Where the service refuses a
single request, nothing was done, and the listing tells what is near.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.cli.contentstack.item_options import Item
from stackferry.core.nearest import suggestion_by_title
from stackferry.errors import AccessError, Refused, UsageError
from stackferry.json_values import objects, text
from stackferry.providers.contentstack.api import Entries, Releases
from stackferry.providers.contentstack.api.client import Client, every_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call

# The parameters of commands that hold names, and of each kind the field by which it is named.
_BEFORE: Final = {
    "environments": "environments",
    "locales": "locales",
    "locale": "locales",
    "source_locale": "locales",
}
PARAMS: Final = {
    **_BEFORE,
    "environment": "environments",
    "content_type": "content_types",
    "entries": "content_types",
    "types": "content_types",
    "from_environment": "environments",
}
_STAGES: Final = "workflow_stages"
_FIELDS: Final = {"environments": "name", "locales": "code", "content_types": "uid", _STAGES: "uid"}
_WRITING: Final = frozenset(
    {
        *("entry publish", "entry unpublish", "entry localize", "entry unlocalize", "entry import"),
        *("entry create", "entry update"),
        *("bulk publish", "bulk unpublish", "bulk delete", "bulk workflow", "bulk add-to-release"),
        *("release deploy", "release add", "release remove"),
    }
)
# Commands whose entries a job looks at, long after the request was taken.
_JOBS: Final = frozenset({"bulk publish", "bulk unpublish", "bulk delete", "bulk add-to-release"})


def names_before(command: str) -> Mapping[str, str]:
    """The parameters of a command whose names are looked up before it does anything."""
    if command not in _WRITING:
        return {}
    stages = {"stage": _STAGES} if command == "bulk workflow" else {}
    return {**_BEFORE, **stages, **({"entries": "content_types"} if command in _JOBS else {})}


async def refuse_unknown_names(
    call: Call, params: Mapping[str, object], *, among: Mapping[str, str] = PARAMS
) -> None:
    """Raise UsageError for a name `among` a command's parameters that the stack does not have."""
    asked: dict[str, set[str]] = {}
    for param, kind in among.items():
        asked.setdefault(kind, set()).update(_names(params.get(param)))
    for kind, names in asked.items():
        held = await _Names(call).of(kind) if names else {}
        # Nothing is known where the token may not list them.
        for name in sorted(names - held.keys()) if held else ():
            what = kind.removesuffix("s").replace("_", " ")
            raise UsageError(f"the stack has no {what} '{name}'{suggestion_by_title(name, held)}")


async def refuse_unknown_objects(call: Call, params: Mapping[str, object]) -> None:
    """Raise Refused for a release or an entry that the stack does not have."""
    release, uid = params.get("release"), params.get("uid")
    if isinstance(release, str):
        await Releases(call).get(release_uid=release)
    elif isinstance(uid, str) and not params.get("all_locales"):  # else it may have no master document
        locale = next(iter([*_names(params.get("locale")), *_names(params.get("locales"))]), None)
        content_type = next(iter(_names(params.get("content_type"))))
        await Entries(call).get(content_type_uid=content_type, entry_uid=uid, locale=locale)


def _names(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return filter(None, [value])
    if not isinstance(value, tuple | frozenset):
        return ()
    of_items = [one.content_type for one in value if isinstance(one, Item)]
    return [*(name for name in value if isinstance(name, str)), *of_items]


class _Names(Client):
    async def of(self, kind: str) -> dict[str, str]:
        """The names by which options name objects of a kind, each with what people call the object."""
        listing = "workflows" if kind == _STAGES else kind

        async def page(skip: int, limit: int) -> JsonObject:
            wanted = (("skip", str(skip)), ("limit", str(limit)), ("include_count", "true"))
            return await self._get(f"/{listing}", wanted)

        try:
            rows = await every_row(page, listing)
        except (Refused, AccessError):  # the command itself may be allowed all the same
            return {}
        if kind == _STAGES:
            stages = [stage for row in rows for stage in objects(row.get("workflow_stages"))]
            return {text(stage.get("uid")): text(stage.get("name")) for stage in stages}
        fields = (_FIELDS[kind], "uid") if kind == "environments" else (_FIELDS[kind],)
        return {name: name for field in fields for row in rows if (name := text(row.get(field)))}
