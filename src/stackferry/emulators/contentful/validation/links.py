"""Links in what is published: whether what they name is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import problem
from stackferry.emulators.values import objects_within
from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import Json, JsonObject


def linked(call: Call, kind: str, uid: str) -> Document | None:
    """The entry or asset that a link names."""
    table = call.environment.assets if kind == "Asset" else call.environment.entries
    return table.get(uid)


def link_problems(
    call: Call, value: Json, path: list[str], batch: Collection[tuple[str, str]]
) -> Iterator[JsonObject]:
    """Links to what is not there, or not live, by the switch. What is in the batch is both."""
    wanted = call.switches.link_check
    if wanted == "off":
        return
    for sys in objects_within(value):
        if sys.get("type") != "Link" or sys.get("linkType") not in ("Entry", "Asset"):
            continue
        kind, uid = text(sys.get("linkType")), text(sys.get("id"))
        found = linked(call, kind, uid)
        is_there = found is not None and (wanted == "exists" or found.live is not None)
        is_met = is_there or (kind, uid) in batch
        if not is_met:
            named: JsonObject = {"type": "Link", "linkType": kind, "id": uid}
            yield problem("notResolvable", path, "Link could not be resolved", link=named)
