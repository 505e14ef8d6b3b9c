"""What is scheduled in the publish queue: what is to be published or unpublished, where and when.

The queue also holds what was done in the last thirty days. Whether a row still waits is read from its status, never
from a clock, so that the same source gives the same snapshot at any hour. The service documents neither a filter for
the status nor all fields of a row, so rows are read leniently and stored as they came. Pure: reads records.
API page: "CMA | Publish Queue", "Get publish queue".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackferry.errors import BadAnswer
from stackferry.json_values import as_object, epoch_seconds, integer, rows_in, text, texts
from stackferry.model import JsonObject, Record, Stream
from stackferry.providers.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import WriteOptions


SCHEDULES = Stream("schedules")
DONE = Stream(".done")  # begins with a dot: staged for this run, not in the snapshot
ACTIONS = ("publish", "unpublish")
# What the status of something is called that was not carried out yet. No page lists them.
UNDER_WAY = frozenset({"in-progress", "in progress", "inprogress", "pending", "queued"})


@dataclass(frozen=True, slots=True)
class Schedule:
    """One object that is to be published or unpublished, for one language, as a row of the queue states it.

    `row` is the uid of that row. `content_type` is empty for an asset and for a release. `version` is 0 where none is
    named. `environments` are uids or names, whichever the row has. `at` is an ISO 8601 time.
    """

    row: str
    action: str
    content_type: str
    uid: str
    locale: str
    version: int
    environments: tuple[str, ...]
    at: str
    variant: str = ""


def read_queue(answer: JsonObject) -> Page:
    """A page of the queue: the rows that wait, as they came.

    The others are staged for this run alone: a reader of pages must see every row to notice that rows moved from one
    page to the next between two requests, and those that are new at the end tell what was published meanwhile.
    """
    rows = rows_in(answer, "queue", "schedules")
    records = [
        (SCHEDULES if is_waiting(row) else DONE, Record(uid, row))
        for row in rows
        if (uid := text(row.get("uid")))
    ]
    return Page(records, len(rows), integer(answer.get("count")))


def read_queued(uid: str, answer: JsonObject) -> Page:
    """One row of the queue. Page: "Get publish queue activity"; under which key it stands, clients disagree."""
    for row in answer.values():
        if isinstance(row, dict) and row.get("uid") == uid:
            return read_queue({"queue": [row]})
    raise BadAnswer(f"row {uid} of the publish queue: the answer does not hold it")


def queue_status(row: JsonObject) -> str:
    """The status of a row, in lower case; empty where it has none."""
    # The page does not list all fields of a row: the status is taken from wherever it stands.
    status = text(row.get("publish_status")) or text(as_object(row.get("publish_details")).get("status"))
    return status.casefold()


def is_waiting(row: JsonObject) -> bool:
    """Whether a row is of an action whose time is still to come."""
    status = queue_status(row)
    return status == "scheduled" if status else row.get("scheduled") is True


def schedules(row: JsonObject) -> Iterator[Schedule]:
    """What a row of the queue asks for, language by language."""
    found = as_object(row.get("asset")) or as_object(row.get("entry"))
    subject = as_object(found.get("release")) or found  # the entry, the asset or the release
    type_uid = as_object(row.get("content_type")).get("uid") or row.get("content_type_uid")
    content_type = text(type_uid) or text(subject.get("content_type_uid"))
    # The languages of the row count; without them, that of the object.
    for locale in texts(row.get("locale")) or texts(subject.get("locale")) or [""]:
        yield Schedule(
            row=text(row.get("uid")),
            action=text(row.get("action")),
            content_type="" if "asset" in row else content_type,
            uid=text(subject.get("uid")),
            locale=locale,
            version=integer(subject.get("version")) or 0,
            environments=tuple(texts(row.get("environment"))),
            at=text(row.get("scheduled_at")) or text(row.get("published_at")),
            variant=text(subject.get("variant_uid")) or text(subject.get("variant_id")),
        )


def waiting_schedules(staged: RecordStore) -> Iterator[Schedule]:
    """Every staged schedule."""
    for row in staged.objects(SCHEDULES):
        yield from schedules(row)


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """One object to be published or unpublished in one environment and language, in the uids of one stack.

    `version` 0 stands for any version; `when` is in seconds since 1970.
    """

    action: str
    content_type: str
    uid: str
    locale: str
    environment: str
    version: int
    when: float | None

    def is_covered_by(self, other: ScheduledAction) -> bool:
        """Whether the other one does all that this one asks for."""
        return self.subject == other.subject and self.version in (0, other.version)

    @property
    def subject(self) -> ScheduledAction:
        """All but the version, for comparison."""
        # As in publish details, capitals do not count.
        return replace(self, locale=self.locale.casefold(), version=0)


class ScheduledActions:
    """Every scheduled action of a stack that the options import."""

    def __init__(self, staged: RecordStore, options: WriteOptions) -> None:
        self._by_subject: dict[ScheduledAction, list[tuple[str, ScheduledAction]]] = {}
        uids = environment_uids(staged)
        for one in waiting_schedules(staged):
            for environment in one.environments if is_imported(one, options) else ():
                action = scheduled_action(one, uids.get(environment, environment))
                self._by_subject.setdefault(action.subject, []).append((one.row, action))

    def __iter__(self) -> Iterator[tuple[str, ScheduledAction]]:
        """Each action with the uid of its row."""
        for actions in self._by_subject.values():
            yield from actions

    def covering(self, wanted: ScheduledAction) -> list[ScheduledAction]:
        """The actions that do all that the wanted one asks for."""
        return [
            action for _, action in self._by_subject.get(wanted.subject, ()) if wanted.is_covered_by(action)
        ]


def scheduled_action(one: Schedule, environment: str) -> ScheduledAction:
    return ScheduledAction(
        one.action, one.content_type, one.uid, one.locale, environment, one.version, epoch_seconds(one.at)
    )


def is_imported(one: Schedule, options: WriteOptions) -> bool:
    """Whether the options import what is scheduled. An action that is neither of `ACTIONS` deploys a release."""
    if one.action not in ACTIONS:
        return options.includes("releases")
    return options.includes("entries" if one.content_type else "assets")


def environment_uids(staged: RecordStore) -> dict[str, str]:
    """The uid of every environment, by its name and by its uid."""
    rows = list(staged.objects(Stream("environments")))
    names = {text(row.get("name")): text(row.get("uid")) for row in rows}
    # Rows of the queue name an environment by its name or by its uid.
    return {**names, **{uid: uid for uid in names.values()}}
