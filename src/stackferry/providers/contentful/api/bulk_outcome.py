"""What became of each item of a bulk action.

One that has succeeded has done all of them. One that has failed names items that failed; of the others the pages do not
say whether they were done, so the states of the entities tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, integer, nested, objects, text
from stackferry.providers.contentful.api.bulk_actions import batches
from stackferry.providers.contentful.api.refused import error_words
from stackferry.providers.contentful.api.release_actions import is_ended

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.api.bulk_actions import BulkActions
    from stackferry.providers.contentful.requests.bulk import BulkItem

NOT_BEGUN, NOT_ENDED, NOT_DONE = "not begun", "not ended", "not done"


class Missed(NamedTuple):
    """An item that was not done, as far as is known, and why."""

    item: BulkItem
    why: str


async def missed(
    bulk: BulkActions, action: str, items: Sequence[BulkItem], told: Sequence[JsonObject]
) -> list[Missed]:
    """The items that `carry_out` of the same `items` has not done; `told` is what it returned."""
    found: list[Missed] = []
    unclear: list[BulkItem] = []
    for share, answer in zip(batches(items), told, strict=True):
        failed = _failed(answer)
        found += [Missed(item, failed[_key(item)]) for item in share if _key(item) in failed]
        rest = [item for item in share if _key(item) not in failed]
        if not answer:
            found += [Missed(item, NOT_BEGUN) for item in rest]
        elif not is_ended(answer):
            found += [Missed(item, NOT_ENDED) for item in rest]
        elif _leaves_open(action, answer, failed):
            unclear += rest
    states = await bulk.states(items=unclear)
    lost = (item for item in unclear if not _is_done(action, item, states.get(_key(item))))
    return [*found, *(Missed(item, NOT_DONE) for item in lost)]


def _leaves_open(action: str, answer: JsonObject, failed: Collection[object]) -> bool:
    """Whether an action has failed and does not tell which of its items it did."""
    has_failed = text(nested(answer, "sys", "status")) == "failed"
    return has_failed and (action != "validate" or not failed)


def _key(item: BulkItem) -> tuple[str, str]:
    return item.link_type, item.uid


def _failed(action: JsonObject) -> dict[tuple[str, str], str]:
    """The items that an action says it failed at, and why."""
    found: dict[tuple[str, str], str] = {}
    for row in objects(nested(action, "error", "details", "errors")):
        sys = as_object(nested(row, "entity", "sys"))
        found[text(sys.get("linkType")), text(sys.get("id"))] = error_words(row.get("error"))
    return found


def _is_done(action: str, item: BulkItem, sys: JsonObject | None) -> bool:
    """Whether an entity is as the action was to leave it. What is not known to be is not."""
    if sys is None or action == "validate":
        return False
    published = integer(sys.get("publishedVersion"))
    if item.locales:
        return _are_done(action, item.locales, as_object(nested(sys, "fieldStatus", "*")))
    if action == "unpublish":
        return published is None
    return published is not None and published >= (item.version or 0)


def _are_done(action: str, locales: Iterable[str], status: JsonObject) -> bool:
    wanted = ("published", "changed") if action == "publish" else ("draft",)
    return all(text(status.get(code)) in wanted for code in locales)
