"""A last look at the assets that an import is about to write over: see `entries/second_look`. Pure.

API page: "Get all assets" (`uid` `$in`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.json_values import integer, objects, text
from stackferry.providers.contentstack.importing.entries.second_look import (
    conflict,
    is_looked_again,
    moved_fact,
    moved_since,
)
from stackferry.providers.contentstack.requests.assets import list_assets
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.target import Await, Observation, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import Gap, Json, JsonObject
    from stackferry.providers.target import ImportContext, Step


def look_again(context: ImportContext, steps: Iterable[tuple[JsonObject, Write]]) -> Iterator[Step]:
    """Looks at the assets of the target over which these steps write."""
    if not is_looked_again(context):
        return
    over = ((held, step) for held, step in steps if step.build().request is not None)
    table = context.scratch.table(2, ((held.get("uid"), held.get("_version")) for held, _ in over))
    known = ((text(uid), integer(version) or 1) for (uid, version), _ in groupby(table))
    for batch in batched(known, PAGE):
        uids: list[Json] = [uid for uid, _ in batch]
        query = exact_json.dumps({"uid": {"$in": uids}}).decode()
        yield Await(
            key=f"look again/assets/{uids[0]}",
            kind="assets",
            request=list_assets(("query", query), *page_params(0)),
            observe=partial(_moved, dict(batch)),
            required_key="assets",
            next_page=partial(next_page, "assets"),
        )


def _moved(known: dict[str, int], answer: JsonObject) -> Observation:
    rows = objects(answer.get("assets"))
    now = {text(row.get("uid")): integer(row.get("_version")) or 1 for row in rows}
    changed = ((uid, now.get(uid, 0)) for uid, version in known.items() if now.get(uid, 0) != version)
    return Observation([moved_fact(uid, "", number) for uid, number in changed])


def unless_moved(
    context: ImportContext, held: JsonObject | None, failed: Gap | None, build: Callable[[], PreparedWrite]
) -> Callable[[], PreparedWrite]:
    """What is written over an asset of the target, unless somebody has saved that since it was read.

    `failed` names the asset; None where that has been told.
    """
    uid = text((held or {}).get("uid"))

    def built() -> PreparedWrite:
        found = build()
        if found.request is None or not moved_since(context, uid, ""):
            return found
        told = failed and conflict(context, uid, "", failed, text((held or {}).get("title")))
        known = [one for one in found.identities if one[0] in ("assets", "asset_urls")]
        return replace(told or PreparedWrite(), identities=known)

    return built
