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
class Showing:
    """One document shown in one language, with all environments that show it there, in the source's terms.

    `after` are the steps that bring the document.
    """

    fact: Publication
    environments: tuple[str, ...]
    after: tuple[str, ...] = ()

    @property
    def falls_back(self) -> bool:
        return self.fact.document_locale not in ("", self.fact.locale)

    @property
    def groups(self) -> Iterator[Group]:
        """With what else it can be published in bulk."""
        if not self.falls_back:
            for environments in batched(self.environments, BULK_ENVIRONMENTS):
                yield self.fact.locale, environments


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request publishes: documents of one language in the same environments, or a fallback alone."""

    environments: tuple[str, ...]
    items: tuple[Showing, ...]

    @property
    def name(self) -> str:
        """Another one for other content."""
        first = self.items[0].fact
        digest = sha256("\0".join(item.fact.shown_version_key for item in self.items).encode()).hexdigest()[
            :16
        ]
        return f"{first.locale}/{','.join(self.environments)}/{first.content_type}/{first.uid}/{digest}"


def showings(facts: Iterable[Publication]) -> Iterator[Showing]:
    """Each document and version once per language, with all the environments that show it there."""
    for _, some in groupby(facts, lambda fact: (fact.content_type, fact.uid)):
        alike = sorted(some, key=lambda fact: (fact.shown_version_key, fact.environment))
        for _, members in groupby(alike, lambda fact: fact.shown_version_key):
            of_one = [*members]
            yield Showing(of_one[0], tuple(fact.environment for fact in of_one))


def batches(
    shown: Callable[[], Iterable[Showing | WaitFor | None]],
    expected: Callable[[], Iterable[Showing | WaitFor | None]] | None = None,
) -> Iterator[Batch | WaitFor | None]:
    """As few batches as tens allow, each as soon as its last document: of a group first what is beyond full tens.

    `expected` says beforehand, in any order, what will be `shown`; what does not come after all leaves a batch that is
    told last. A None, or a Hold, in what is shown is one in what comes of it: others may have their turn.
    """
    left: Counter[Group] = Counter()
    for one in (expected or shown)():
        if isinstance(one, Showing):
            left.update(one.groups)
        else:
            yield one
    waiting: dict[Group, list[Showing]] = {}
    for one in shown():
        if not isinstance(one, Showing):
            yield one
        elif one.falls_back:
            yield Batch(one.environments, (one,))
        else:
            yield from _joined(one, waiting, left)
    for group, some in sorted(waiting.items()):
        for items in batched(some, BULK_ITEMS):
            yield Batch(group[1], items)


def _joined(one: Showing, waiting: dict[Group, list[Showing]], left: Counter[Group]) -> Iterator[Batch]:
    for group in one.groups:
        waiting.setdefault(group, []).append(one)
        left[group] -= 1
        if left[group] % BULK_ITEMS == 0:
            yield Batch(group[1], tuple(waiting.pop(group)))


def requests(shown: Iterable[Showing]) -> tuple[int, int]:
    """How many single and how many bulk requests these take."""
    singles, sizes = 0, Counter[Group]()
    for one in shown:
        singles += one.falls_back
        sizes.update(one.groups)
    return singles, sum(-(-size // BULK_ITEMS) for size in sizes.values())
