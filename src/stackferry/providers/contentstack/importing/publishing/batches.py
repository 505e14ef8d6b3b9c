"""What is published together: documents of one language in the same environments, ten a request. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from stackferry.core.batches import batched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.target import WaitFor

BULK_ITEMS = 10  # "a maximum of 10 items per request"
BULK_ENVIRONMENTS = 10

Group: TypeAlias = tuple[str, tuple[str, ...]]  # a language, and environments


@dataclass(frozen=True, slots=True)
class PublishItem:
    """One document shown in one language, with all environments that show it there, in the source's terms.

    `after` are the steps that write the document.
    """

    fact: Publication
    environments: tuple[str, ...]
    after: tuple[str, ...] = ()

    @property
    def falls_back(self) -> bool:
        return self.fact.document_locale not in ("", self.fact.locale)

    @property
    def groups(self) -> Iterator[Group]:
        """The languages and environments under which one bulk request can publish it with other items."""
        if not self.falls_back:
            for environments in batched(self.environments, BULK_ENVIRONMENTS):
                yield self.fact.locale, environments


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request publishes: documents of one language in the same environments, or a fallback alone."""

    environments: tuple[str, ...]
    items: tuple[PublishItem, ...]

    @property
    def name(self) -> str:
        """A name that no batch of other content has: the step's key for ever."""
        first = self.items[0].fact
        digest = sha256("\0".join(item.fact.shown_version_key for item in self.items).encode()).hexdigest()[
            :16
        ]
        return f"{first.locale}/{','.join(self.environments)}/{first.content_type}/{first.uid}/{digest}"


def publish_items(facts: Iterable[Publication]) -> Iterator[PublishItem]:
    """Each document and version once per language, with all the environments that show it there."""
    for _, of_entry in groupby(facts, lambda fact: (fact.content_type, fact.uid)):
        ordered = sorted(of_entry, key=lambda fact: (fact.shown_version_key, fact.environment))
        for _, of_version in groupby(ordered, lambda fact: fact.shown_version_key):
            same = [*of_version]
            yield PublishItem(same[0], tuple(fact.environment for fact in same))


def batches(
    shown: Callable[[], Iterable[PublishItem | WaitFor | None]],
    expected: Callable[[], Iterable[PublishItem | WaitFor | None]] | None = None,
) -> Iterator[Batch | WaitFor | None]:
    """As few batches as ten items each allow, each as soon as its last document is `shown`.

    Of a group first comes what is beyond full tens. `expected` gives beforehand, in any order, what will be `shown`;
    a batch that waits for an item which does not come is yielded last. None (other tasks may have their turn) and
    WaitFor are passed on.
    """
    left: Counter[Group] = Counter()
    for item in (expected or shown)():
        if isinstance(item, PublishItem):
            left.update(item.groups)
        else:
            yield item
    waiting: dict[Group, list[PublishItem]] = {}
    for item in shown():
        if not isinstance(item, PublishItem):
            yield item
        elif item.falls_back:
            yield Batch(item.environments, (item,))
        else:
            yield from _joined(item, waiting, left)
    for group, members in sorted(waiting.items()):
        for items in batched(members, BULK_ITEMS):
            yield Batch(group[1], items)


def _joined(
    item: PublishItem, waiting: dict[Group, list[PublishItem]], left: Counter[Group]
) -> Iterator[Batch]:
    for group in item.groups:
        waiting.setdefault(group, []).append(item)
        left[group] -= 1
        if left[group] % BULK_ITEMS == 0:
            yield Batch(group[1], tuple(waiting.pop(group)))


def requests(shown: Iterable[PublishItem]) -> tuple[int, int]:
    """How many single and how many bulk requests these take."""
    singles, sizes = 0, Counter[Group]()
    for item in shown:
        singles += item.falls_back
        sizes.update(item.groups)
    return singles, sum(-(-size // BULK_ITEMS) for size in sizes.values())
