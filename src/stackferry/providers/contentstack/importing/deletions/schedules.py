"""What waits in the target's publish queue for a uid that is gone: told, because no call moves it.

The queue is read when everything else is written, and only where something was made anew: it is long. Each row is told
in `mapped`. It is a gap as well, unless the snapshot holds the same row, of which `SchedulePlan` or `DeploymentPlan`
tells what becomes of it. Pure.
API page: "Get publish queue"; it has a call that cancels a row, and none that changes one.
"""

from __future__ import annotations

from functools import cached_property, partial
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


class _Waiting(NamedTuple):
    """One action that waits for a uid that is gone, and what took its place."""

    schedule: Schedule
    kind: str
    title: str
    new: str
    where: str

    @property
    def reason(self) -> str:
        one = self.schedule
        what = f"to {one.action or 'deploy'} at {one.at} in {self.where}"
        return f"{what}, under the uid {one.uid} that is gone: it cannot be moved"

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
        reason = f"{self.reason}; schedule it by hand for what took its place"
        named = {"type": one.content_type, "locale": one.locale, "path": one.uid}
        return Gap(kind="schedules", uid=one.row, reason=reason, **named)


class WaitingAtGoneUids:
    """All that waits so, of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._moved = context, context.once(MovedUids)
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

    def tell(self) -> Iterator[Step]:
        known = self._context.identity.target(*_ROWS)
        if known == "":
            gaps = [Gap(kind="schedules", uid="*", reason=_UNREAD)] if self._is_sure() else []
            yield remember("repoint/queue/unread", "schedules", PreparedWrite(gaps=gaps))
        for row in objects(exact_json.loads(known.encode())) if known else ():
            for one in self._waiting(row):
                gaps = [] if self._is_told(one) else [one.gap()]
                told = PreparedWrite(remarks=[one.remark()], gaps=gaps)
                key = f"repoint/queue/{one.schedule.row}/{one.schedule.locale}"
                yield remember(key, "schedules", told)

    def _observe(self, answer: JsonObject) -> Observation:
        if "queue" not in answer:
            return Observation([(*_ROWS, "")])
        rows = [row for row in objects(answer.get("queue")) if is_waiting(row) and any(self._waiting(row))]
        return Observation([(*_ROWS, exact_json.dumps([*rows]).decode())])

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
            where = ", ".join(self._environments.get(place, place) for place in one.environments)
            kind = "entries" if one.content_type else "assets"
            new = self._moved.new(kind, one.uid)
            if new is not None and not self._moved.is_uncertain(kind, one.uid):
                yield _Waiting(one, kind, self._moved.title(kind, one.uid), new, where)
            elif one.uid in releases:
                yield _Waiting(one, "releases", *releases[one.uid], where)

    def _is_told(self, one: _Waiting) -> bool:
        """Whether the snapshot holds the same row, and the import tells of that."""
        context = self._context
        is_held = is_one_place(context) and context.source.get(SCHEDULES, one.schedule.row) is not None
        if one.kind == "releases":
            return is_held and context.options.includes("releases")
        is_asked = context.options.publish != "none" and is_imported(one.schedule, context.options)
        return is_held and is_asked and one.schedule.action in ACTIONS
