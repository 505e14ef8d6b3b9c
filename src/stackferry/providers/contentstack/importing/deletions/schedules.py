"""What waits in the target's publish queue for a uid that is gone, or for a version that refers to one: told.

No call moves it. The queue is read when everything else is written, and only where something was made anew: it is
long. Each row is told in `mapped`. It is a gap as well, unless the snapshot holds the same row, of which `SchedulePlan`
or `DeploymentPlan` tells what becomes of it: but a row that goes on publishing an old version is a gap where these have
scheduled the new one beside it. Pure.
API page: "Get publish queue"; it has a call that cancels a row, and none that changes one.
"""

from __future__ import annotations

from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.json_values import objects, text
from stackferry.model import Gap, Remark, Stream
from stackferry.providers.contentstack.content.publish_queue import (
    ACTIONS,
    SCHEDULES,
    Schedule,
    is_imported,
    is_waiting,
    schedules,
)
from stackferry.providers.contentstack.importing.answers import remember
from stackferry.providers.contentstack.importing.deletions.moved import MovedUids
from stackferry.providers.contentstack.importing.deletions.scheduled_links import ScheduledLinks
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.contentstack.requests.publishing import list_queue
from stackferry.providers.contentstack.target_names import is_one_place
from stackferry.providers.target import Await, Observation, PreparedWrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext, Step

_ROWS: Final = (
    "schedules_at_gone_uids",
    "",
)  # the identity of those rows; empty where they could not be read
_UNREAD: Final = (
    "the publish queue could not be read: what is scheduled there for what was made anew under another uid will not "
    "happen; schedule it again by hand"
)
_CANCEL: Final = "cancel it by hand, and schedule the newest version if that is not scheduled"


class _Waiting(NamedTuple):
    """One action that waits for a uid that is gone, and what took its place; `is_version`: for a version that refers
    to one, of the entry `new`."""

    schedule: Schedule
    kind: str
    title: str
    new: str
    where: str
    is_version: bool = False
    is_unread: bool = False

    @property
    def reason(self) -> str:
        one = self.schedule
        what = f"to {one.action or 'deploy'} at {one.at} in {self.where}"
        if self.is_version:
            which = "could not be read, and may refer" if self.is_unread else "refers"
            return f"{what}, in version {one.version}, which {which} to what is gone: it cannot be moved"
        return f"{what}, under the uid {one.uid} that is gone: it cannot be moved"

    @property
    def advice(self) -> str:
        return _CANCEL if self.is_version else "schedule it by hand for what took its place"

    def remark(self) -> Remark:
        one = self.schedule
        return Remark(
            list="mapped",
            kind="schedules",
            uid=one.row,
            type=one.content_type,
            locale=one.locale,
            title=self.title,
            target=self.new,
            reason=self.reason,
        )

    def gap(self) -> Gap:
        one = self.schedule
        reason = f"{self.reason}; {self.advice}"
        named = {"type": one.content_type, "locale": one.locale, "path": one.uid}
        return Gap(kind="schedules", uid=one.row, reason=reason, **named)


class WaitingAtGoneUids:
    """All that waits so, of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._moved = context, context.once(MovedUids)
        self._links = context.once(ScheduledLinks)
        rows = context.target.objects(Stream("environments"))
        self._environments = {text(row.get("uid")): text(row.get("name")) for row in rows}

    def read(self) -> Iterator[Step]:
        """The queue, where anything has moved."""
        if self._moved.are_any or self._releases:
            yield Await(
                key="repoint/queue",
                kind="schedules",
                request=list_queue(("asc", "uid"), *page_params(0)),
                observe=self._observe,
                required_key="queue",
                next_page=partial(next_page, "queue"),
                reads_initial_state=True,
                optional=True,
                only_if_refused=not self._is_sure(),
            )

    def read_versions(self) -> Iterator[Step]:
        """The versions of entries that wait there."""
        yield from self._links.read(self._rows()) if self._moved.are_any_surely else ()

    def tell(self) -> Iterator[Step]:
        known = self._context.identity.target(*_ROWS)
        if known == "":
            gaps = [Gap(kind="schedules", uid="*", reason=_UNREAD)] if self._is_sure() else []
            yield remember("repoint/queue/unread", "schedules", PreparedWrite(gaps=gaps))
        for row in self._rows():
            for one in chain(self._waiting(row), self._stale(row)):
                gaps = [] if self._is_told(one) else [one.gap()]
                told = PreparedWrite(remarks=[one.remark()], gaps=gaps)
                key = f"repoint/queue/{one.schedule.row}/{one.schedule.locale}"
                yield remember(key, "schedules", told)

    def _observe(self, answer: JsonObject) -> Observation:
        if "queue" not in answer:
            return Observation([(*_ROWS, "")])
        waiting = filter(is_waiting, objects(answer.get("queue")))
        rows = [row for row in waiting if any(self._waiting(row)) or self._links.are_in(row)]
        return Observation([(*_ROWS, exact_json.dumps([*rows]).decode())])

    def _rows(self) -> list[JsonObject]:
        known = self._context.identity.target(*_ROWS)
        return objects(exact_json.loads(known.encode())) if known else []

    def _is_sure(self) -> bool:
        return self._moved.are_any_surely or bool(self._releases)

    @cached_property
    def _releases(self) -> dict[str, tuple[str, str]]:
        """Those that were made anew, by their old uid: the name, and the new uid."""
        told = self._moved.only_told()
        return {old: (title, new) for kind, old, title, new in told if kind == "releases"}

    def _waiting(self, row: JsonObject) -> Iterator[_Waiting]:
        releases = self._releases
        for one in schedules(row):
            where = self._where(one)
            kind = "entries" if one.content_type else "assets"
            new = self._moved.new(kind, one.uid)
            if new is not None and not self._moved.is_uncertain(kind, one.uid):
                yield _Waiting(one, kind, self._moved.title(kind, one.uid), new, where)
            elif one.uid in releases:
                yield _Waiting(one, "releases", *releases[one.uid], where)

    def _stale(self, row: JsonObject) -> Iterator[_Waiting]:
        """What a row publishes of entries that are still there."""
        for one, title, is_unread in self._links.stale(row) if self._moved.are_any_surely else ():
            if self._moved.new("entries", one.uid) is None:
                yield _Waiting(one, "entries", title, one.uid, self._where(one), True, is_unread)

    def _where(self, one: Schedule) -> str:
        return ", ".join(self._environments.get(place, place) for place in one.environments)

    def _is_told(self, one: _Waiting) -> bool:
        """Whether the snapshot holds the same row, and the import tells of that."""
        context = self._context
        is_held = is_one_place(context) and context.source.get(SCHEDULES, one.schedule.row) is not None
        if one.kind == "releases":
            return is_held and context.options.includes("releases")
        is_asked = context.options.publish != "none" and is_imported(one.schedule, context.options)
        if one.is_version:
            is_asked = is_asked and not write_options(context.options).schedules
        return is_held and is_asked and one.schedule.action in ACTIONS
