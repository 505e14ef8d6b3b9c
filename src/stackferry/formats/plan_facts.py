"""What a plan says of an object that is written: its edits, and what else is known of it, in the order in which it is
said. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject

_ABOUT: Final = ("kind", "uid", "content_type", "locale")

FACTS: Final = {
    "release": "in release {}",
    "variant": "variant {}",
    "version": "version {}",
    "scheduled": "to {}",
    "environment": "in {}",
    "stage": "to stage {}",
    "name": "as {}",
    "scheduled_at": "at {}",
    "terms": "with {} terms",
    "when_deployed": "to {}",
}
"""By the key of a row of `--plan`."""


def edits(row: JsonObject) -> Iterator[JsonObject]:
    """The fields of a row of a plan, each as a comparison tells an edit: now on the left, then on the right."""
    about: JsonObject = {name: row[name] for name in _ABOUT if name in row}
    yield from ({**about, **_edit(change)} for change in objects(row.get("fields")))


def _edit(change: JsonObject) -> JsonObject:
    if "moved_from" in change:
        return {"path": change.get("path"), "change": "moved", "from": change["moved_from"]}
    sides = {side: change[name] for side, name in (("left", "from"), ("right", "to")) if name in change}
    return {"path": change.get("path"), **sides}
