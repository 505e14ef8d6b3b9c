"""A last look at the items that an import is about to replace: releases have no versions. Pure.

API page: "Get all items in a Release".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import integer, objects
from stackferry.providers.contentstack.importing.entries.second_look import CHANGED, moved_fact
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.requests import releases as requests
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.target import Step


def look_again(replaced: Iterable[tuple[str, Mapping[str, Json]]]) -> Iterator[Step]:
    """Looks at items of the target's releases that are about to be replaced: their versions, by release and item."""
    for release, known in replaced:
        yield Await(
            key=f"look again/release_items/{release}",
            kind="release_items",
            request=requests.list_items(release, *page_params(0)),
            observe=partial(_moved, release, known),
            required_key="items",
            next_page=partial(next_page, "items"),
        )


def item_seen(release: str, key: str) -> str:
    """The name under which it is remembered that an item has changed."""
    return f"{release}/{key}"


def _moved(release: str, known: Mapping[str, Json], answer: JsonObject) -> Observation:
    now = {item_key(row): row.get("version") for row in objects(answer.get("items"))}
    moved = [key for key, version in known.items() if integer(now.get(key)) != integer(version)]
    return Observation(
        [moved_fact(item_seen(release, key), "", CHANGED if key in now else 0) for key in moved]
    )
