"""The publishing of one wave: the n-th body of every document that is to be live with it.

1. Whole documents go into bulk actions of 200, and so do those of which some locales are published, in actions of the
   second generation. At most five run at a time.
2. An action that succeeded has published all of its items. Of every other one the items are looked at: an action that
   failed may have published some, or none because of one.
3. What no action refused by name is tried in bulk once more; all else singly, for the service's own words.

An action that is sent twice does no harm: each item names the version that it publishes.
API pages: "Bulk actions", "Publishing an entry", "Locale-based publishing".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import integer, nested, objects
from stackferry.model import Budget, Gap
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.batches import by_length
from stackferry.providers.contentful.importing.publishing.batches import (
    FAILED,
    SUCCEEDED,
    Batch,
    Item,
    batches,
    refused_items,
    status_of,
)
from stackferry.providers.contentful.importing.versions import pair
from stackferry.providers.contentful.importing.work import Work, publishing
from stackferry.providers.contentful.kinds import ASSETS, ENTRIES, sys_id
from stackferry.providers.contentful.refusals import is_busy
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.importing.assets import AssetPlan
    from stackferry.providers.contentful.importing.document_writes import DocumentWrites
    from stackferry.providers.contentful.importing.documents import Document, Planned
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

LIVE: Final = "bodies_published"  # identities: "entries/ID" → the place of the body that is live
ACTIONS: Final = "bulk_actions"  # identities: the batch → the id of its action, or LOST
REFUSED: Final = "publishing_refused"  # identities: "entries/ID", place → the id of the error
_LOST: Final = "lost"  # an action that was carried out and whose answer was not seen
_RUNNING: Final = 5  # "a space can have five bulk actions running"
_PROBED: Final = 40  # items that a probe looks at


class PublishPlan:
    """The publishing of one import."""

    def __init__(self, context: ImportContext, writes: DocumentWrites, assets: AssetPlan, root: Root) -> None:
        self._context, self._writes, self._assets, self._root = context, writes, assets, root
        self._work = context.once(Work)

    # --- what is to be published ---

    def _items(self, at: int) -> Iterator[Item]:
        """The documents that are to be live with the body at a place, and that have it."""
        for planned in self._work.of(publishing(at)):
            if self._is_ready(planned, at):
                yield Item(planned.document, self._part(planned, at))

    def _is_ready(self, planned: Planned, at: int) -> bool:
        """Whether the target has the body: it had it before, or it was written, with all of its files."""
        document = planned.document
        is_written = at not in self._work.moves(planned).writes or self._writes.is_written(document, at)
        return is_written and (document.kind != ASSETS.name or self._assets.is_whole(planned, at))

    def _part(self, planned: Planned, at: int) -> frozenset[str]:
        """The locales that are published alone; none where that is all of them."""
        live = planned.wanted.bodies[at].live
        return frozenset() if live >= self._work.documents.codes else live

    def _left(self, at: int) -> Iterator[Item]:
        """What is not live yet."""
        return (item for item in self._items(at) if not self._is_live(item.document, at))

    def _is_live(self, document: Document, at: int) -> bool:
        return self._context.identity.target(LIVE, document.key) == str(at)

    # --- in bulk ---

    def publish(self, at: int) -> Steps:
        """Everything of the wave, in bulk actions."""
        yield from self._actions(batches(self._items(at), f"publish/{at}"), at)

    def publish_again(self, at: int) -> Steps:
        """What no action has published, and none has refused by name."""
        refused = self._context.identity.target
        left = (item for item in self._left(at) if refused(REFUSED, f"{item.document.key}\0{at}") is None)
        yield from self._actions(batches(left, f"publish-again/{at}"), at)

    def _actions(self, found: Iterable[Batch], at: int) -> Steps:
        earlier: list[str] = []
        for batch in found:
            wait = self._await(batch, at)
            yield self._action(batch, tuple(earlier[-_RUNNING : -_RUNNING + 1]))
            yield wait
            earlier.append(wait.key)

    def _action(self, batch: Batch, after: tuple[str, ...]) -> Write:
        """The request that begins a bulk action."""

        def build() -> PreparedWrite:
            items = [
                (one.document.kind, one.document.uid, self._writes.version(one.document) or 0, one.locales)
                for one in batch.items
            ]
            return PreparedWrite(request=requests.bulk_publish(self._root, items))

        return Write(
            key=f"bulk/{batch.name}",
            kind="publications",
            build=build,
            read=partial(_read_action, batch),
            failed=Gap(kind="publications", uid=batch.name, reason="the target refused the bulk action"),
            after=after,
            probe=lambda _: self._probe(batch),
            reported_later=True,
            budget=Budget.BULK,
            passes=is_busy,
        )

    def _probe(self, batch: Batch) -> Probe:
        """Whether some of the items are live: else the action is sent again, which does no harm."""
        some = [item.document for item in batch.items if item.document.kind == batch.items[0].document.kind]
        uids = [document.uid for document in some[:_PROBED]]
        before = {document.uid: self._writes.version(document) for document in some[:_PROBED]}

        def found(answer: JsonObject) -> Sequence[JsonObject]:
            rows = objects(answer.get("items"))
            is_begun = any(_published(row) == before.get(sys_id(row)) for row in rows)
            return [{"sys": {"type": "BulkAction", "id": _LOST}}] if is_begun else []

        request = requests.list_by_id(self._root, some[0].kind, uids)
        return Probe(request=request, found=found, required_key="items")

    def _await(self, batch: Batch, at: int) -> Await:
        """How the action ended."""

        def request() -> Request | None:
            action = self._context.identity.target(ACTIONS, batch.name)
            if action in (None, _LOST):
                return None
            return requests.bulk_action(self._root, str(action), of_locales=batch.of_locales)

        return Await(
            key=f"bulk-ended/{batch.name}",
            kind="publications",
            request=request,
            observe=partial(self._observe, batch, at),
            required_key="sys",
            after=(f"bulk/{batch.name}",),
        )

    def _observe(self, batch: Batch, at: int, answer: JsonObject) -> Observation:
        status = status_of(answer)
        if status == SUCCEEDED:
            return Observation([one for item in batch.items for one in self._live(item.document, at)])
        if status == FAILED or not answer:
            refused = refused_items(answer)
            keys = {item.document.key for item in batch.items}
            return Observation(
                [(REFUSED, f"{key}\0{at}", error) for key, error in refused.items() if key in keys]
            )
        return Observation(pending=[("bulk_actions_pending", batch.name, status)])

    def _live(self, document: Document, at: int) -> list[tuple[str, str, str]]:
        version = self._writes.version(document) or 0
        return [(LIVE, document.key, str(at)), pair(document.key, version + 1)]

    # --- what an action that did not succeed has published ---

    def look(self, at: int, turn: int) -> Steps:
        """Read the documents that no action is known to have published."""
        for kind in (ASSETS.name, ENTRIES.name):
            left = (item.document for item in self._left(at) if item.document.kind == kind)
            for number, group in enumerate(by_length(left, lambda one: one.uid)):
                request = requests.list_by_id(self._root, kind, [document.uid for document in group])
                yield Await(
                    key=f"looked/{at}/{turn}/{kind}/{number}/{group[0].uid}/{len(group)}",
                    kind="publications",
                    request=request,
                    observe=partial(self._shown, group, at),
                    required_key="items",
                )

    def _shown(self, group: Sequence[Document], at: int, answer: JsonObject) -> Observation:
        rows = {sys_id(row): row for row in objects(answer.get("items"))}
        found: list[tuple[str, str, str]] = []
        for document in group:
            row = rows.get(document.uid, {})
            if row and _published(row) == self._writes.version(document):
                found += [(LIVE, document.key, str(at)), pair(document.key, version_of(row))]
        return Observation(found)

    # --- singly ---

    def publish_singly(self, at: int) -> Steps:
        """What is still not live: the service says of each why, or publishes it."""
        for item in self._left(at):
            yield self._writes.publish(item.document, at, item.locales)


def _read_action(batch: Batch, answer: JsonObject) -> WriteResult:
    if not sys_id(answer) or nested(answer, "sys", "type") != "BulkAction":
        raise BadAnswer("the answer does not name the bulk action")
    return WriteResult(identities=[(ACTIONS, batch.name, sys_id(answer))])


def _published(row: JsonObject) -> int | None:
    return integer(nested(row, "sys", "publishedVersion"))
