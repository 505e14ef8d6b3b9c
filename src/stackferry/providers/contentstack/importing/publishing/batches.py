"""What is published together: what one language shows in the same environments, ten a request. Pure.

Which items go into one request follows from the snapshot alone (`PublishItem`, `Batch`). The request itself is made of
the target's uids and versions (`TargetPublication`).
API pages: "Publish an entry", "Publish an asset", "Publish entries and assets in bulk".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from stackferry.core.batches import batched, name_of
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests.publishing import bulk_publish, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.target import WaitFor, WriteOptions

BULK_ITEMS = 10  # "a maximum of 10 items per request"
BULK_ENVIRONMENTS = 10  # the same page's limit

Group: TypeAlias = tuple[str, tuple[str, ...]]  # a language, and environments


@dataclass(frozen=True, slots=True)
class PublishItem:
    """One document shown in one language, with all environments that show it there, in the source's terms.

    `after` are the steps that write the document. `is_latest` says of a fallback that the language shows nothing
    nearer, and that no version of the document is newer.
    """

    publication: Publication
    environments: tuple[str, ...]
    after: tuple[str, ...] = ()
    is_latest: bool = False

    @property
    def goes_alone(self) -> bool:
        """Whether only a single call surely publishes it.

        In a bulk call the page gives each item a language and a version of its own, and leaves open whether that
        version or the latest is shown in a language that falls back to the item's. So only the latest goes in bulk.
        """
        return is_fallback(self.publication) and not self.is_latest

    @property
    def groups(self) -> Iterator[Group]:
        """The languages and environments under which one bulk request can publish it with other items."""
        if not self.goes_alone:
            for environments in batched(self.environments, BULK_ENVIRONMENTS):
                yield self.publication.locale, environments


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request publishes: what one language shows in the same environments, or an older fallback alone."""

    environments: tuple[str, ...]
    items: tuple[PublishItem, ...]

    @property
    def name(self) -> str:
        """A name that no batch of other content has: the step's key for ever."""
        first = self.items[0].publication
        versions = name_of(item.publication.shown_version_key for item in self.items)
        return f"{first.locale}/{','.join(self.environments)}/{first.content_type}/{first.uid}/{versions}"


def is_fallback(publication: Publication) -> bool:
    """Whether a language shows the document of another one."""
    return publication.document_locale not in ("", publication.locale)


def publish_items(
    publications: Iterable[Publication],
    after: tuple[str, ...] = (),
    *,
    is_latest: Callable[[Publication], bool],
) -> Iterator[PublishItem]:
    """Each document and version once per language, with all the environments that show it there.

    `is_latest` is asked about fallbacks (see `PublishItem`).
    """
    for _, of_entry in groupby(publications, lambda one: (one.content_type, one.uid)):
        ordered = sorted(of_entry, key=lambda one: (one.shown_version_key, one.environment))
        for _, of_version in groupby(ordered, lambda one: one.shown_version_key):
            same = [*of_version]
            latest = is_fallback(same[0]) and is_latest(same[0])
            yield PublishItem(same[0], tuple(one.environment for one in same), after, latest)


def batches(
    items: Callable[[], Iterable[PublishItem | WaitFor | None]],
    expected: Callable[[], Iterable[PublishItem | WaitFor | None]] | None = None,
) -> Iterator[Batch | WaitFor | None]:
    """As few batches as ten items each allow, each as soon as the last of its `items` comes.

    Where the items of a group do not fill tens, its first batch is the shorter one: then the last batch is complete
    when the last item comes. This takes the number of items beforehand: `expected` gives in any order what `items`
    will give. A batch that waits for an item which does not come is yielded last. None (other tasks may have their
    turn) and WaitFor are passed on.
    """
    left: Counter[Group] = Counter()
    for item in (expected or items)():
        if isinstance(item, PublishItem):
            left.update(item.groups)
        else:
            yield item
    waiting: dict[Group, list[PublishItem]] = {}
    for item in items():
        if not isinstance(item, PublishItem):
            yield item
            continue
        if item.goes_alone:
            yield Batch(item.environments, (item,))
        for group in item.groups:
            waiting.setdefault(group, []).append(item)
            left[group] -= 1
            if left[group] % BULK_ITEMS == 0:
                yield Batch(group[1], tuple(waiting.pop(group)))
    for group, members in sorted(waiting.items()):
        for some in batched(members, BULK_ITEMS):
            yield Batch(group[1], some)


def requests(items: Iterable[PublishItem]) -> tuple[int, int]:
    """How many single and how many bulk requests these take."""
    singles, sizes = 0, Counter[Group]()
    for item in items:
        singles += item.goes_alone
        sizes.update(item.groups)
    return singles, sum(-(-size // BULK_ITEMS) for size in sizes.values())


@dataclass(frozen=True, slots=True)
class TargetPublication:
    """A publication in the target's own terms. `owner` is the language of the document; empty for an asset."""

    source: Publication
    locale: str
    uid: str
    owner: str
    version: int
    environment: str
    environment_uid: str

    @property
    def content_type(self) -> str:
        return self.source.content_type

    @property
    def key(self) -> str:
        return "\0".join((self.content_type, self.uid, self.locale, self.environment, str(self.version)))


def bulk_request(
    items: Sequence[TargetPublication],
    environments: Sequence[str],
    options: WriteOptions,
    action: str = "publish",
) -> Request:
    """Items shown in one language, each under that of its document, published or taken down in the same environments.

    Without `api_version`, which would publish what they refer to as well: every version is named here.
    """
    own = write_options(options)
    asked = {"skip_workflow_stage_check": own.skip_workflow_stage_check, "approvals": own.approvals}
    body: JsonObject = {"locales": [items[0].locale], "environments": [*environments]}
    entries: list[Json] = [
        {"uid": one.uid, "content_type": one.content_type, "version": one.version, "locale": one.owner}
        for one in items
        if one.content_type
    ]
    assets: list[Json] = [{"uid": one.uid, "version": one.version} for one in items if not one.content_type]
    body |= {name: rows for name, rows in (("entries", entries), ("assets", assets)) if rows}
    return bulk_publish(action, body, tuple((name, "true") for name, wanted in asked.items() if wanted))


def single_request(
    target: TargetPublication, environments: Sequence[str], action: str = "publish"
) -> Request:
    """One document, under the language that it belongs to."""
    return publish(
        action,
        target.content_type,
        target.uid,
        environments,
        [target.locale],
        locale=target.owner or None,
        version=target.version,
    )
