"""What is read back while other things are still published: a hundred documents of one type and language at a time.

Which documents one read is about follows from the order in which they are written, so each read comes soon. What it
does not find, or could not ask for yet, is read when everything is published. The service publishes after it has
answered, so a read waits for some bulk calls more than its own, and for more of them whenever that was too early.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from stackferry.core.batches import name_of
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.publishing.batches import PublishItem
from stackferry.providers.contentstack.importing.publishing.live_beyond import live_beyond
from stackferry.providers.contentstack.importing.publishing.read_back import read_once
from stackferry.providers.contentstack.requests.build import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.contentstack.importing.publishing.batches import Batch, TargetPublication
    from stackferry.providers.contentstack.importing.publishing.listed_in import Cell, ListedIn
    from stackferry.providers.target import ImportContext, Step, WaitFor

UNREAD = "unread"  # the identity of a page of which something was not there yet
_LONE_SURROGATES = "surrogatepass"  # JSON may escape half a surrogate pair, which SQLite stores as bytes only
_MOST_REQUESTS = 64  # that a read waits for at most
_KEPT = 1024  # requests whose steps are known; what was long before has left


class Page(NamedTuple):
    """What one read is about: the documents of a cell with one number."""

    content_type: str
    locale: str
    number: int


class OneByOne(Iterable[str]):
    """Steps to wait for, each asked for when the one before it is settled."""

    def __init__(self, steps: Callable[[], Iterator[str]]) -> None:
        self._steps = steps

    def __iter__(self) -> Iterator[str]:
        return self._steps()


class Readings:
    """The pages of one import.

    `publications` answers what an entry or an asset of the source has; `is_last` whether a publication can be read at
    the end only; `sent` gives those of some publications that a request took.
    """

    def __init__(
        self,
        context: ImportContext,
        listed_in: ListedIn,
        publications: Callable[[str, str], Iterable[Publication]],
        is_last: Callable[[Publication], bool],
        sent: Callable[[Iterable[Publication]], Iterator[TargetPublication]],
    ) -> None:
        self._context, self._listed_in = context, listed_in
        self._publications, self._is_last, self._sent = publications, is_last, sent
        self._numbers, self._members = context.scratch.table(4), context.scratch.table(4)
        self._sizes: Counter[Cell] = Counter()
        self._left: Counter[Page] = Counter()  # requests still to come that publish something of a page
        self._steps: dict[Page, dict[str, None]] = {}
        self._requests: deque[str] = deque(maxlen=_KEPT)  # the steps of the last ones
        self._count = 0  # of all of them
        self._due: list[tuple[Page, list[str]]] = []
        self._lag, self._is_tried = 1, False  # requests to wait for; whether that was enough for a read
        self._last = ""  # the last read

    def counted(
        self, items: Iterable[PublishItem | WaitFor | None]
    ) -> Iterator[PublishItem | WaitFor | None]:
        """All items that will be published, as they come."""
        for item in items:
            if isinstance(item, PublishItem):
                page = self._page_of(item.publication) or self._new(item.publication)
                self._left[page] += _requests(item)
            yield item

    def after(self, batch: Batch, step: str) -> Iterator[Step]:
        """The reads that can be made after this request."""
        self._requests.append(step)
        self._count += 1
        for page, steps in self._due:
            yield self._reading(page, steps, self._count - 1)
        self._due = []
        for item in batch.items:
            page_of_item = self._page_of(item.publication)
            if page_of_item is not None:
                self._published(page_of_item, step)

    def rest(self) -> Iterator[Step]:
        """The reads that no other request follows."""
        for page, steps in self._due:
            yield self._reading(page, steps, self._count)
        self._due = []

    def _published(self, page: Page, step: str) -> None:
        self._steps.setdefault(page, {})[step] = None
        self._left[page] -= 1
        if not self._left[page]:
            del self._left[page]
            self._due.append((page, [*self._steps.pop(page)]))

    def unread(self, publications: Iterable[Publication]) -> Iterator[Publication]:
        """Those of all publications that must still be read, now that everything is published."""
        left = {page for page in self._pages() if self._is_unread(page)}
        return (one for one in publications if (page := self._page_of(one)) is None or page in left)

    def _reading(self, page: Page, steps: Sequence[str], place: int) -> Step:
        """The read of a page that the request with the number `place` completes."""
        name = self._name(page)
        key, before = f"confirm/early/{name}", self._last
        self._last = key

        def after() -> Iterator[str]:
            yield from steps
            if before and not self._is_tried:
                yield before
            lag = 0
            while lag < self._lag and place + self._lag <= self._count:
                lag = self._lag
                yield from self._requests_at(place + lag)

        def shown() -> Iterator[TargetPublication]:
            can_be_asked = self._is_due(place) and not self._must_wait(page)
            return self._sent(self._on(page)) if can_be_asked else iter(())

        note, beyond = self._context.once(Fork).in_both, partial(live_beyond, self._context)
        cell = (page.content_type, self._listed_in.in_target(page[:2]))
        return read_once(key, cell, shown, OneByOne(after), self._tried, [(UNREAD, name, "1")], note, beyond)

    def _is_due(self, place: int) -> bool:
        """Whether enough requests come after this one; after the last one, whether the service is quick."""
        return place + self._lag <= self._count or (self._is_tried and self._lag == 1)

    def _requests_at(self, place: int) -> Sequence[str]:
        """The step of the request with this number; none where that is long past."""
        past = self._count - place
        return [self._requests[-1 - past]] if past < len(self._requests) else []

    def _tried(self, is_there: bool) -> None:
        if is_there:
            self._is_tried = True
        else:
            self._lag = min(2 * self._lag, _MOST_REQUESTS)
            self._is_tried = False

    def _is_unread(self, page: Page) -> bool:
        return page in self._left or self._context.identity.target(UNREAD, self._name(page)) is not None

    def _must_wait(self, page: Page) -> bool:
        """Whether something of a page can be read at the end only; then so is the rest: the page is one read."""
        return any(map(self._is_last, self._on(page)))

    def _on(self, page: Page) -> Iterator[Publication]:
        """The publications that a page lists."""
        for uid in self._uids(page):
            known = self._publications(page.content_type, uid)
            yield from (one for one in known if self._listed_in.cell(one) == page[:2])

    def _new(self, one: Publication) -> Page:
        content_type, locale = self._listed_in.cell(one)
        page = Page(content_type, locale, self._sizes[content_type, locale] // PAGE)
        self._sizes[content_type, locale] += 1
        kind, code, uid = map(_as_bytes, (content_type, locale, one.uid))
        self._numbers.add([(kind, uid, code, page.number)])
        self._members.add([(kind, code, page.number, uid)])
        return page

    def _page_of(self, one: Publication) -> Page | None:
        """The page that a publication is on; None of what is not published beside the writes."""
        content_type, locale = self._listed_in.cell(one)
        found = self._numbers.of(*map(_as_bytes, (content_type, one.uid, locale)))
        return Page(content_type, locale, found[0][3]) if found else None

    def _uids(self, page: Page) -> list[str]:
        """The source's uids of the documents on a page."""
        rows = self._members.of(_as_bytes(page.content_type), _as_bytes(page.locale), page.number)
        return [uid.decode(errors=_LONE_SURROGATES) for *_, uid in rows]

    def _name(self, page: Page) -> str:
        """A name that no page of other documents has."""
        return f"{page.content_type}/{page.locale}/{name_of(self._uids(page))}"

    def _pages(self) -> Iterator[Page]:
        """All of them."""
        for (content_type, locale), size in self._sizes.items():
            for number in range(-(-size // PAGE)):
                yield Page(content_type, locale, number)


def _as_bytes(name: str) -> bytes:
    return name.encode(errors=_LONE_SURROGATES)


def _requests(item: PublishItem) -> int:
    """How many requests publish an item."""
    return 1 if item.goes_alone else sum(1 for _ in item.groups)
