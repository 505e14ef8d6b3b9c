"""The publishing of one wave: the n-th body of every document that is to be live with it.

1. Whole documents go into bulk actions of 200, and so do those of which some locales are published, in actions of the
   second generation. At most five run at a time.
2. An action that succeeded has published all of its items. Of every other one the items are looked at: an action that
   failed may have published some, or none because of one.
3. What is left is tried in bulk again: beside others that are live by now, without what was refused for good, and of
   types whose rules are softened; at last also without what links to something that was refused. What is then left is
   published singly, for the service's own words.

An action that is sent twice does no harm: each item names the version that it publishes.
API pages: "Bulk actions", "Publishing an entry", "Locale-based publishing".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import integer, nested, objects
from stackferry.model import Budget, Gap
from stackferry.providers.contentful.content.links import links_of
from stackferry.providers.contentful.content.states import State, locale_states, version_of
from stackferry.providers.contentful.importing.documents import NOT_BY_LOCALE, WHOLE
from stackferry.providers.contentful.importing.publishing.batches import (
    ANEW,
    FAILED,
    LIVE,
    SUCCEEDED,
    Batch,
    BatchTable,
    Item,
    again,
    batches,
    held_up,
    refused_items,
    status_of,
)
from stackferry.providers.contentful.importing.publishing.refused import RefusedPublishes
from stackferry.providers.contentful.importing.publishing.trial import AS_WHOLE, TRIED
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.versions import pair
from stackferry.providers.contentful.importing.work import Work, publishing
from stackferry.providers.contentful.kinds import ASSETS, ENTRIES, sys_id
from stackferry.providers.contentful.refusals import is_busy
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.contentful.requests.bulk import (
    BULK_RUNNING,
    BulkItem,
    bulk_publish,
    get_bulk_action,
)
from stackferry.providers.contentful.requests.read import next_rows
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.importing.assets.plan import AssetPlan
    from stackferry.providers.contentful.importing.document_writes import DocumentWrites
    from stackferry.providers.contentful.importing.documents import Document, Planned
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

TURNS: Final = 4  # how often a wave is published in bulk, where something is left
ACTIONS: Final = "bulk_actions"  # identities: the batch → the id of its action, or LOST
OUTCOMES: Final = "bulk_outcomes"  # identities: the batch → how its action ended
REFUSED: Final = "publishing_refused"  # identities: "entries/ID", place → the id of the error
_LOST: Final = "lost"  # an action that was carried out and whose answer was not seen
_PROBED: Final = 40  # items that a probe looks at


class PublishPlan:
    """The publishing of one import."""

    def __init__(self, context: ImportContext, writes: DocumentWrites, assets: AssetPlan, root: Root) -> None:
        self._context, self._writes, self._assets, self._root = context, writes, assets, root
        self._work, self._refused = context.once(Work), context.once(RefusedPublishes)
        self._batches = BatchTable(context.scratch)

    # --- what is to be published ---

    def _items(self, at: int) -> Iterator[Item]:
        """The documents that are to be live with the body at a place, and that have it."""
        for planned in self._work.of(publishing(at)):
            if self._is_ready(planned, at):
                locales = self._part(planned, at)
                as_whole = bool(locales) and self._work.documents.mode == WHOLE
                yield Item(planned.document, locales, as_whole)

    def _batches_of(self, at: int) -> Iterator[Batch]:
        """The first batches of a wave.

        In a resumed import each holds what it held before, but for what was deleted meanwhile and is made anew: that is
        published by itself, because the others may have an edit above what is live by now.
        """
        found = (item for item in self._items(at) if not self._is_tried(item.document, at))
        for batch in batches(found, f"publish/{at}"):
            kept = tuple(item for item in batch.items if not self._anew(item))
            if kept:
                yield replace(batch, items=kept)
        # Gone through once more only where there are any.
        again = self._items(at) if self._context.identity.target(ANEW, "") is not None else ()
        marked = (replace(item, anew=self._anew(item)) for item in again)
        left = (item for item in marked if item.anew and not self._is_live(item.document, at))
        yield from batches(left, f"publish-anew/{at}")

    def _anew(self, item: Item) -> str:
        return self._context.identity.target(ANEW, item.document.key) or ""

    def _is_tried(self, document: Document, at: int) -> bool:
        """Whether a document is live since it was tried whether single locales can be published."""
        return self._context.identity.target(TRIED, document.key) == str(at)

    def _is_ready(self, planned: Planned, at: int) -> bool:
        """Whether the target has the body: it had it before, or it was written, with all of its files."""
        document = planned.document
        is_written = at not in self._work.moves(planned).writes or self._writes.is_written(document, at)
        return is_written and (document.kind != ASSETS.name or self._assets.is_whole(planned, at))

    def _part(self, planned: Planned, at: int) -> frozenset[str]:
        """The locales that are published alone; none where that is all of them."""
        live = planned.wanted.bodies[at].live
        return frozenset() if live >= self._work.documents.codes_of(planned.document) else live

    def _codes(self, item: Item) -> frozenset[str]:
        """The locales that a document is published in where it is published as a whole."""
        return self._work.documents.codes_of(item.document)

    def _may_follow(self, item: Item) -> list[str]:
        """The locales that become live as well where a document is published as a whole."""
        same = self._work.documents.live_before(item.document)
        return sorted(self._codes(item) - item.locales - same) if item.locales else []

    def left(self, at: int) -> Iterator[Item]:
        """What is not known to be live. A dry run sees no outcome: there everything is live after the first turn."""
        for name in self._batches.names(at):
            if not self._has_succeeded(name):
                yield from (one for one in self._batches.items(name) if not self._is_live(one.document, at))

    def _has_succeeded(self, name: str) -> bool:
        action = self._context.identity.target(ACTIONS, name)
        outcome = self._context.identity.target(OUTCOMES, name)
        return action not in (None, _LOST) and outcome in (None, SUCCEEDED)

    def _is_live(self, document: Document, at: int) -> bool:
        known = self._context.identity.target(LIVE, document.key)
        return known is not None and int(known) >= at

    def refusal(self, document: Document, at: int) -> str | None:
        """The id of the error with which an action refused a document by name."""
        return self._context.identity.target(REFUSED, f"{document.key}\0{at}")

    # --- in bulk ---

    def publish(self, at: int, turn: int) -> Steps:
        """Everything of the wave in bulk actions; in later turns what is left of it and may be taken now."""
        if turn == 0:
            found = self._batches.first(at, self._batches_of(at))
        else:
            found = batches(self._again(at, turn), f"publish-again/{at}/{turn}")
        yield from self._actions(found, at)

    def _again(self, at: int, turn: int) -> Iterator[Item]:
        """What is left of a wave and may be taken now."""
        is_stuck = self._is_stuck(at)
        held = self._held_up(at) if turn == TURNS - 1 else frozenset()
        for one in self.left(at):
            error = self.refusal(one.document, at)
            item = again(one, error, turn, is_stuck=is_stuck)
            if item is not None and one.document.key not in held:
                yield item

    def _is_stuck(self, at: int) -> bool:
        """Whether nothing of a wave is live: the same once more would be refused again."""
        names = self._batches.names(at)
        return not any(
            self._has_succeeded(name)
            or any(self._is_live(one.document, at) for one in self._batches.items(name))
            for name in names
        )

    def _held_up(self, at: int) -> Collection[str]:
        """What an action that does all or none must go without, for it links to what was refused."""
        left = {one.document.key: one.document for one in self.left(at)}
        refused = [key for key, document in left.items() if self.refusal(document, at) is not None]
        return held_up({key: self._linked(document, at) for key, document in left.items()}, refused)

    def _linked(self, document: Document, at: int) -> list[str]:
        """The documents that one links to with the body at a place."""
        row = self._context.source.get(document.stream, document.uid) or {}
        bodies = self._work.documents.planned(document, row).wanted.bodies
        kinds = {link_type: kind for kind, link_type in requests.LINK_TYPES.items()}
        content = bodies[min(at, len(bodies) - 1)].content
        return [f"{kinds[one.kind]}/{one.uid}" for one in links_of(content)]

    def publish_unblocked(self, at: int, keys: frozenset[str]) -> Steps:
        """What was in the way of these documents is gone."""
        items = [item for item in self.left(at) if item.document.key in keys]
        yield from self._actions(batches(items, f"publish-unblocked/{at}"), at)

    def _actions(self, found: Iterable[Batch], at: int) -> Steps:
        earlier: list[str] = []
        for batch in map(self._batches.kept, found):
            wait = self._await(batch, at)
            yield self._action(batch, tuple(earlier[-BULK_RUNNING : -BULK_RUNNING + 1]))
            yield wait
            earlier.append(wait.key)

    def _action(self, batch: Batch, after: tuple[str, ...]) -> Write:
        """The request that begins a bulk action."""

        def build() -> PreparedWrite:
            return PreparedWrite(request=bulk_publish(self._root, [*map(self._bulk_item, batch.items)]))

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

    def _bulk_item(self, item: Item) -> BulkItem:
        document, version = item.document, self._writes.version(item.document) or 0
        return BulkItem(requests.LINK_TYPES[document.kind], document.uid, version, tuple(sorted(item.sent)))

    def _probe(self, batch: Batch) -> Probe:
        """Whether some of the items are live: else the action is sent again, which does no harm."""
        documents = [item.document for item in batch.items]
        some = [document for document in documents if document.kind == documents[0].kind]
        uids = [document.uid for document in some[:_PROBED]]
        before = {document.uid: self._writes.version(document) for document in some[:_PROBED]}

        def found(answer: JsonObject) -> Sequence[JsonObject]:
            rows = objects(answer.get("items"))
            is_begun = any(_published(row) == before.get(sys_id(row)) for row in rows)
            return [{"sys": {"type": "BulkAction", "id": _LOST}}] if is_begun else []

        request = requests.list_by_id(self._root, some[0].kind, uids)
        return Probe(request=request, found=found, required_key="items", next_page=next_rows)

    def _await(self, batch: Batch, at: int) -> Await:
        """How the action ended."""

        def request() -> Request | None:
            action = self._context.identity.target(ACTIONS, batch.name)
            if action in (None, _LOST):
                return None
            return get_bulk_action(self._root, str(action), of_locales=batch.of_locales)

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
        outcome = (OUTCOMES, batch.name, status or "unknown")
        if answer and status not in (SUCCEEDED, FAILED):
            return Observation(pending=[outcome])
        found = [outcome, *_refused(batch, at, answer)]
        if status == SUCCEEDED:
            for item in batch.items:
                version = self._writes.version(item.document) or 0
                found += [pair(item.document.key, version + 1), *self._refused.taken(item.document)]
                found += self._live(item, at)
        return Observation(found)

    def _live(self, item: Item, at: int) -> list[tuple[str, str, str]]:
        beyond = ", ".join(self._may_follow(item)) if item.as_whole else ""
        whole = [(AS_WHOLE, item.document.key, beyond)] if beyond else []
        return [(LIVE, item.document.key, str(at)), *self._replayed(item.document, at), *whole]

    def _replayed(self, document: Document, at: int) -> list[tuple[str, str, str]]:
        return self._work.documents.history.replayed(document, at)

    # --- what became of it ---

    def look(self, at: int, turn: int) -> Steps:
        """Read the documents that no action is known to have published."""
        yield from self._looks(self.left(at), f"looked/{at}/{turn}", partial(self._shown, at))

    def look_at_parts(self, at: int) -> Steps:
        """Read what was published by locale, where it is not known whether the target's space can do that."""
        done = (name for name in self._batches.names(at) if self._has_succeeded(name))
        parts = (item for name in done for item in self._batches.items(name) if item.locales)
        if self._work.documents.mode is None:
            yield from self._looks(parts, f"locales looked at/{at}", self._beyond)

    def _looks(
        self,
        found: Iterable[Item],
        key: str,
        shown: Callable[[Item, JsonObject], list[tuple[str, str, str]]],
    ) -> Steps:
        for group in requests.by_length(found, lambda one: one.document.key):
            yield from self._look(group, key, shown)

    def _look(
        self,
        group: Sequence[Item],
        key: str,
        shown: Callable[[Item, JsonObject], list[tuple[str, str, str]]],
    ) -> Steps:
        for kind in (ASSETS.name, ENTRIES.name):
            some = [item for item in group if item.document.kind == kind]

            def observe(answer: JsonObject, some: Sequence[Item] = some) -> Observation:
                rows = {sys_id(row): row for row in objects(answer.get("items"))}
                pairs = [(item, rows.get(item.document.uid)) for item in some]
                return Observation([one for item, row in pairs if row for one in shown(item, row)])

            if some:
                yield Await(
                    key=f"{key}/{some[0].document.key}/{len(some)}",
                    kind="publications",
                    request=requests.list_by_id(self._root, kind, [item.document.uid for item in some]),
                    observe=observe,
                    required_key="items",
                    next_page=next_rows,
                )

    def _shown(self, at: int, item: Item, row: JsonObject) -> list[tuple[str, str, str]]:
        """What is told of a document in doubt: that it is live, where just the version that was sent is."""
        key = item.document.key
        if _published(row) != self._writes.version(item.document):
            return []
        taken = self._refused.taken(item.document)
        known = [pair(key, version_of(row)), *self._replayed(item.document, at), *taken]
        return [(LIVE, key, str(at)), *self._beyond(item, row), *known]

    def _beyond(self, item: Item, row: JsonObject) -> list[tuple[str, str, str]]:
        """The locales that are live beyond those that were to be published."""
        codes = self._shown_beyond(item, row)
        return [(AS_WHOLE, item.document.key, codes)] if codes else []

    def _shown_beyond(self, item: Item, row: JsonObject) -> str:
        """These locales as text; empty where a document shows none."""
        states = locale_states(row, self._may_follow(item))
        return ", ".join(sorted(code for code, state in states.items() if state is State.PUBLISHED))

    # --- singly ---

    def publish_singly(self, at: int) -> Steps:
        """What is still not live: the service publishes it, or says why not."""
        for item in self.left(at):
            yield self._writes.publish(
                item.document, at, item.locales, shown=partial(self._gaps_of_whole, item)
            )

    def _gaps_of_whole(self, item: Item, row: JsonObject) -> list[Gap]:
        codes = self._shown_beyond(item, row)
        return [item.document.gap(NOT_BY_LOCALE.format(codes))] if codes else []

    def report(self, at: int) -> Steps:
        """The gaps of what was published as a whole although it was to be live in some locales."""
        for name in self._batches.names(at):
            for item in self._batches.items(name):
                codes = self._context.identity.target(AS_WHOLE, item.document.key) if item.locales else None
                if codes:
                    gap = item.document.gap(NOT_BY_LOCALE.format(codes))
                    yield report(f"published as a whole/{item.document.key}/{at}", [gap])


def _refused(batch: Batch, at: int, answer: JsonObject) -> Iterator[tuple[str, str, str]]:
    keys = {item.document.key for item in batch.items}
    for key, error in refused_items(answer).items():
        if key in keys:
            yield REFUSED, f"{key}\0{at}", error


def _read_action(batch: Batch, answer: JsonObject) -> WriteResult:
    if not sys_id(answer) or nested(answer, "sys", "type") != "BulkAction":
        raise BadAnswer("the answer does not name the bulk action")
    return WriteResult(identities=[(ACTIONS, batch.name, sys_id(answer))])


def _published(row: JsonObject) -> int | None:
    return integer(nested(row, "sys", "publishedVersion"))
