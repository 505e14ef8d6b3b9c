"""What goes into one bulk action, and what its outcome says of each item. Pure.

API page: "Bulk actions": at most 200 items; `error.details.errors` of a failed action names items, each with an error.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.json_values import as_object, nested, objects, text
from stackferry.providers.contentful.importing.documents import Document
from stackferry.providers.contentful.kinds import link_id
from stackferry.providers.contentful.requests.bulk import BULK_ITEMS
from stackferry.providers.contentful.requests.documents import LINK_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.moves import Locales
    from stackferry.providers.source import Table, TempTables

SUCCEEDED, FAILED = "succeeded", "failed"
ANEW: Final = (
    "anew"  # identities: "entries/ID" → a mark, where it is published again because it was deleted meanwhile
)
LIVE: Final = "bodies_published"  # identities: "entries/ID" → the place of the body that is live
_FOR_GOOD: Final = ("VersionMismatch", "NotFound", "AccessDenied")
UNRESOLVED: Final = "UnresolvedLinks"
BROKEN_RULES: Final = frozenset(
    {"InvalidEntry", "ValidationFailed", "ValidationError", "UnprocessableEntity"}
)
_KINDS: Final = {link_type: kind for kind, link_type in LINK_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Item:
    """A document to be published. `locales`: those alone; none means all of them.

    `as_whole`: it is published as a whole all the same, because the space cannot do otherwise. `anew`: the mark of one
    that was deleted meanwhile.
    """

    document: Document
    locales: Locales
    as_whole: bool = False
    anew: str = ""

    @property
    def sent(self) -> Locales:
        """The locales that the request names."""
        return frozenset() if self.as_whole else self.locales


@dataclass(frozen=True, slots=True)
class Batch:
    """What one bulk action publishes. `name` is one that no batch of other documents or of another wave has."""

    name: str
    items: Collection[Item]

    @property
    def of_locales(self) -> bool:
        return any(item.sent for item in self.items)


def batches(items: Iterable[Item], wave: str) -> Iterator[Batch]:
    """As few batches as there can be: whole documents, and documents of which some locales are published."""
    parts: list[Item] = []
    whole: list[Item] = []
    for item in items:
        pile = parts if item.sent else whole
        pile.append(item)
        if len(pile) == BULK_ITEMS:
            yield _batch(pile, wave)
            pile.clear()
    for pile in (whole, parts):
        yield from (_batch(piece, wave) for piece in batched(pile, BULK_ITEMS))


def _batch(items: Iterable[Item], wave: str) -> Batch:
    members = tuple(items)
    names = "\0".join(f"{item.document.key}\0{','.join(sorted(item.sent))}{item.anew}" for item in members)
    digest = sha256(names.encode()).hexdigest()[:16]
    return Batch(f"{wave}/{members[0].document.key}/{len(members)}/{digest}", members)


def status_of(action: JsonObject) -> str:
    """How far a bulk action is: created, inProgress, succeeded or failed."""
    return text(nested(action, "sys", "status"))


def again(item: Item, error: str | None, turn: int, *, is_stuck: bool = False) -> Item | None:
    """How an item that was not published is published in a later turn; None: not in bulk.

    `error` is that with which an action refused it by name. Links may be to what is live by then, unless the wave
    `is_stuck`: nothing of it is live. Rules are softened before the second turn, and hold no more. A space that does
    not publish single locales is asked for all of them.
    What is refused for the same once more must hold up nothing else: an action may do all of its items or none.
    """
    if error in _FOR_GOOD or (error == UNRESOLVED and is_stuck):
        return None
    if error in (UNRESOLVED, *BROKEN_RULES) and turn > 1:
        return None
    if error in (None, UNRESOLVED, *BROKEN_RULES):
        return replace(item, as_whole=bool(item.locales) and turn > 1)
    return replace(item, as_whole=True) if item.locales and turn == 1 else None


def held_up(links: Mapping[str, Collection[str]], refused: Iterable[str]) -> set[str]:
    """What links, by however many steps, to what was refused. `links`: of each document those that it links to."""
    backwards: dict[str, list[str]] = {}
    for one, others in links.items():
        for other in others:
            backwards.setdefault(other, []).append(one)
    found, waiting = set[str](), [*refused]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += backwards.get(one, ())
    return found


def refused_items(action: JsonObject) -> dict[str, str]:
    """The items that a failed action names, by "kind/id", each with the id of its error."""
    found: dict[str, str] = {}
    for row in objects(nested(action, "error", "details", "errors")):
        entity, error = as_object(row.get("entity")), as_object(row.get("error"))
        kind = _KINDS.get(text(nested(entity, "sys", "linkType")), "")
        found[f"{kind}/{link_id(entity)}"] = text(nested(error, "sys", "id")) or "unknown"
    return found


class BatchTable:
    """The batches of each wave, on disk: an import has hundreds under way, and asks later what became of them."""

    def __init__(self, scratch: TempTables) -> None:
        self._names: dict[int, list[str]] = {}
        self._items = scratch.table(8)

    def first(self, at: int, found: Iterable[Batch]) -> Iterator[Batch]:
        """The batches of a wave as they were first made: what is left of them is published again later."""
        names = self._names[at] = []
        for batch in found:
            names.append(batch.name)
            yield batch

    def kept(self, batch: Batch) -> Batch:
        """The batch with its items on disk alone."""
        self._items.add(
            (batch.name, number, *item.document, ",".join(sorted(item.locales)), item.as_whole, item.anew)
            for number, item in enumerate(batch.items)
        )
        return replace(batch, items=_Kept(self._items, batch.name, len(batch.items)))

    def names(self, at: int) -> list[str]:
        return self._names.get(at, [])

    def items(self, name: str) -> Iterator[Item]:
        """The items of a batch, which may be sent otherwise next time."""
        return (replace(item, as_whole=False, anew="") for item in _Kept(self._items, name))


class _Kept(Collection[Item]):
    """The items of a batch, read anew each time."""

    def __init__(self, table: Table, name: str, count: int = 0) -> None:
        self._table, self._name, self._count = table, name, count

    def __iter__(self) -> Iterator[Item]:
        for _, _, kind, uid, of_type, locales, as_whole, anew in self._table.of(self._name):
            codes = frozenset(filter(None, locales.split(",")))
            yield Item(Document(kind, uid, of_type), codes, as_whole=bool(as_whole), anew=anew)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, item: object) -> bool:
        return item in tuple(self)
