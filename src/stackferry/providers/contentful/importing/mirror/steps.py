"""The deletions of a mirror: a look at what is to go, taking down, deleting, and a look whether it is gone. Pure.

A deletion is of what was read. So before it everything is looked at once more, a hundred a request, in each run anew:
an answer from before a stop says nothing of today. What somebody has changed since stays, and that is told. Deletions
name no version, and their answer is empty.
API pages: "Delete an entry", "Delete an asset", "Unpublish an entry", "Delete a Release".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.json_values import integer, nested, objects, text
from stackferry.model import Gap, Remark
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.mirror.surplus import SurplusObjects
from stackferry.providers.contentful.importing.reports import nothing
from stackferry.providers.contentful.kinds import BY_NAME, sys_id
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.contentful.requests.build import get
from stackferry.providers.contentful.requests.objects import delete_object
from stackferry.providers.contentful.requests.read import IDS, among, next_rows
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.importing.mirror.surplus import Surplus
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

REMOVED: Final = "removed"  # identities: a deletion's key → the title of what went
_NOW: Final = (
    "mirror_look"  # identities: a deletion's key → the version that the target shows, and whether it is live
)
_LIVE: Final = "live"
_GONE: Final = "0"  # in place of a version: the target no longer shows it
_REASON: Final = "the source has not got it"
_REFUSED: Final = "the target refused to delete it"
_CHANGED: Final = "somebody has changed it since it was read: it was not deleted"
_STAYS: Final = "the target took its deletion and still shows it: delete it there by hand"


class Deletions:
    """The deletions of one import. `only`: of these, by their keys, and of no others; asked for when they begin."""

    def __init__(
        self, context: ImportContext, root: Root, only: Callable[[], frozenset[str]] | None = None
    ) -> None:
        self._context, self._root, self._only = context, root, only

    def look(self, *names: str) -> Steps:
        """Look at everything of these kinds that is to go."""
        for name, batch in self._batches(names):
            yield Await(
                key=f"mirror/look/{name}",
                kind=batch[0].kind,
                request=self._request(batch),
                observe=partial(_observe, batch),
                required_key="items",
                next_page=next_rows,
                in_each_run=True,
            )

    def take_down(self, *names: str) -> Steps:
        """Unpublish what is live: nothing live can be deleted."""
        for one in self._surplus(*names):
            if one.is_live:
                yield self._write(one, "unpublished", partial(self._unpublish, one), is_done=_is_down)

    def delete(self, *names: str) -> Steps:
        for one in self._surplus(*names):
            after = (f"mirror/unpublished/{one.key}",) if one.is_live else ()
            step = self._write(one, "deleted", partial(self._delete, one), is_done=lambda _: False)
            yield replace(step, after=after)

    def confirm(self, *names: str) -> Steps:
        """Look whether what the service took for deletion is gone."""
        taken = (
            one
            for one in self._surplus(*names)
            if self._context.identity.target(REMOVED, one.key) is not None
        )
        for name, batch in self._batched(taken):
            yield Await(
                key=f"mirror/gone/{name}",
                kind=batch[0].kind,
                request=self._request(batch),
                observe=partial(_still_there, batch),
                required_key="items",
                next_page=next_rows,
                gaps=lambda facts, batch=batch: [  # type: ignore[misc]  # the batch is bound here
                    _gap(one, _STAYS) for one in batch if one.key in {key for _, key, _ in facts}
                ],
            )

    # --- requests ---

    def _unpublish(self, one: Surplus) -> Request:
        return requests.unpublish(self._root, one.kind, one.uid, one.version)

    def _delete(self, one: Surplus) -> Request:
        return delete_object(self._root, BY_NAME[one.kind], one.uid)

    def _request(self, batch: Iterable[Surplus]) -> Request:
        uids = [one.uid for one in batch]
        first = next(iter(batch))
        path = self._root.of_kind(BY_NAME[first.kind])
        # Without it the list of releases may hold those of the other generation alone.
        schema = (("sys.schemaVersion", first.schema),) if first.schema else ()
        return get(path, *schema, among(uids), ("limit", str(len(uids))), *_without_fields(first.kind))

    def _write(
        self,
        one: Surplus,
        what: str,
        request: Callable[[], Request],
        *,
        is_done: Callable[[JsonObject], bool],
    ) -> Write:
        """One request of a deletion; none where the object is gone, or another one by now."""

        def build() -> PreparedWrite:
            version, is_live = self._now(one)
            # Taken down by an earlier run, whose answer was lost; an edit raises the version as well, and stays live.
            is_taken_down = one.is_live and not is_live and version == one.version + 1
            if version == 0:
                return PreparedWrite(identities=self._removed(one, what))
            if is_taken_down and what == "unpublished":
                return PreparedWrite()
            if version != one.version and not is_taken_down:
                gap = _gap(one, _CHANGED)
                return PreparedWrite(gaps=[gap], remarks=[Remark.beside(gap, "meanwhile", one.title)])
            return PreparedWrite(request=request(), identities=self._removed(one, what))

        def found(answer: JsonObject) -> list[JsonObject]:
            same = [row for row in objects(answer.get("items")) if _is_same(one, row)]
            return [] if any(not is_done(row) for row in same) else [{}]

        return Write(
            key=f"mirror/{what}/{one.key}",
            kind=one.kind,
            build=build,
            read=nothing,
            failed=_gap(one, _REFUSED),
            probe=lambda _: Probe(
                request=self._request([one]), found=found, required_key="items", next_page=next_rows
            ),
        )

    def _removed(self, one: Surplus, what: str) -> list[tuple[str, str, str]]:
        return [(REMOVED, one.key, one.title)] if what == "deleted" else []

    def _now(self, one: Surplus) -> tuple[int, bool]:
        """The version that the target showed last, and whether it was live; a dry run never looks again."""
        version, _, state = (self._context.identity.target(_NOW, one.key) or "").partition(" ")
        return (int(version), state == _LIVE) if version else (one.version, one.is_live)

    def _surplus(self, *names: str) -> Iterator[Surplus]:
        for name in names if self._context.options.mirror else ():
            if self._context.options.includes(name):
                only = self._only() if self._only else None
                found = self._context.once(SurplusObjects).of(name)
                yield from (one for one in found if only is None or one.key in only)

    def _batches(self, names: Iterable[str]) -> Iterator[tuple[str, tuple[Surplus, ...]]]:
        for name in names:
            yield from self._batched(self._surplus(name))

    def _batched(self, found: Iterable[Surplus]) -> Iterator[tuple[str, tuple[Surplus, ...]]]:
        """As many as one request shows, of one kind, and what names that request."""
        for (kind, _), members in groupby(found, key=attrgetter("kind", "schema")):
            for batch in batched(members, IDS):
                yield f"{kind}/{batch[0].uid}", tuple(batch)


def removed(identities: Callable[[str], Iterable[tuple[str, str]]]) -> Iterator[JsonObject]:
    """What an import has deleted, a row for each; `identities` gives sources and targets of a kind."""
    for key, title in identities(REMOVED):
        kind, type_, uid = key.split("\0")
        facts = {"kind": kind, "uid": uid, "content_type": type_, "title": title, "reason": _REASON}
        yield {name: value for name, value in facts.items() if value}


def _without_fields(kind: str) -> tuple[tuple[str, str], ...]:
    return () if kind == kinds.RELEASES.name else (("select", "sys"),)


def _observe(batch: tuple[Surplus, ...], answer: JsonObject) -> Observation:
    if not isinstance(answer.get("items"), list):  # refused: what was read at first counts
        return Observation()
    shown = {
        sys_id(row): f"{version_of(row)} {'' if _is_down(row) else _LIVE}"
        for row in objects(answer.get("items"))
    }
    return Observation([(_NOW, one.key, shown.get(one.uid, _GONE)) for one in batch])


def _still_there(batch: tuple[Surplus, ...], answer: JsonObject) -> Observation:
    shown = objects(answer.get("items"))
    stays = [one for one in batch if any(_is_same(one, row) for row in shown)]
    return Observation(pending=[("removal_stays", one.key, "yes") for one in stays])


def _is_same(one: Surplus, row: JsonObject) -> bool:
    """Whether a row is the object that was read, and none that got its id since."""
    made = text(nested(row, "sys", "createdAt"))
    return sys_id(row) == one.uid and (not one.made or made == one.made)


def _is_down(row: JsonObject) -> bool:
    return integer(nested(row, "sys", "publishedVersion")) is None


def _gap(one: Surplus, reason: str) -> Gap:
    return Gap(kind=one.kind, uid=one.uid, type=one.type, reason=reason)
