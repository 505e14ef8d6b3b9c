"""What goes into one bulk action, and what its outcome says of each item. Pure.

API page: "Bulk actions": at most 200 items; `error.details.errors` of a failed action names items, each with an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.json_values import as_object, nested, objects, text
from stackferry.providers.contentful.kinds import link_id
from stackferry.providers.contentful.requests.documents import BULK_ITEMS, LINK_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.documents import Document
    from stackferry.providers.contentful.importing.moves import Locales

SUCCEEDED, FAILED = "succeeded", "failed"
_KINDS: Final = {link_type: kind for kind, link_type in LINK_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Item:
    """A document to be published. `locales`: those alone; none means all of them."""

    document: Document
    locales: Locales


@dataclass(frozen=True, slots=True)
class Batch:
    """What one bulk action publishes. `name` is one that no batch of other documents or of another wave has."""

    name: str
    items: tuple[Item, ...]

    @property
    def of_locales(self) -> bool:
        return any(item.locales for item in self.items)


def batches(items: Iterable[Item], wave: str) -> Iterator[Batch]:
    """As few batches as there can be: whole documents, and documents of which some locales are published."""
    parts: list[Item] = []
    whole: list[Item] = []
    for item in items:
        pile = parts if item.locales else whole
        pile.append(item)
        if len(pile) == BULK_ITEMS:
            yield _batch(pile, wave)
            pile.clear()
    for pile in (whole, parts):
        yield from (_batch(piece, wave) for piece in batched(pile, BULK_ITEMS))


def _batch(items: Iterable[Item], wave: str) -> Batch:
    members = tuple(items)
    names = "\0".join(f"{item.document.key}\0{','.join(sorted(item.locales))}" for item in members)
    digest = sha256(names.encode()).hexdigest()[:16]
    return Batch(f"{wave}/{members[0].document.key}/{len(members)}/{digest}", members)


def status_of(action: JsonObject) -> str:
    """How far a bulk action is: created, inProgress, succeeded or failed."""
    return text(nested(action, "sys", "status"))


def refused_items(action: JsonObject) -> dict[str, str]:
    """The items that a failed action names, by "kind/id", each with the id of its error."""
    found: dict[str, str] = {}
    for row in objects(nested(action, "error", "details", "errors")):
        entity, error = as_object(row.get("entity")), as_object(row.get("error"))
        kind = _KINDS.get(text(nested(entity, "sys", "linkType")), "")
        found[f"{kind}/{link_id(entity)}"] = text(nested(error, "sys", "id")) or "unknown"
    return found
