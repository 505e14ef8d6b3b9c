"""What waits in the publish queue: who is to be published or taken down, where, and when.

The queue also holds what is done, of the last thirty days; a row counts as waiting by its own status alone, never
by a clock, so that the same source gives the same snapshot at any hour. The service documents no filter for the
status and no row in full, so rows are read leniently and kept as they came. Pure: looks only at rows.
API page: "CMA | Publish Queue", "Get publish queue".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stackferry.model import Json, JsonObject, Line, Shelf
from stackferry.providers.contentstack.answers import integer, objects, own_row, text
from stackferry.providers.provider import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.provider import Staged

QUEUE = "/publish-queue"
SCHEDULES = Shelf("schedules")
_DONE = Shelf(".done")
ACTIONS = ("publish", "unpublish")


@dataclass(frozen=True, slots=True)
class Schedule:
    """One object that is to be published or taken down, for one language.

    `row` is the uid of its row in the queue; `content_type` is empty for an asset and for a release, `version` 0
    where none is named; `environments` are uids or names, as the row has them; `at` is ISO 8601.
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
    """A page of the queue: what waits, as it came.

    The rest is noted for the run alone: without it, rows that moved between two pages could not be told.
    """
    rows = objects(answer.get("queue"))
    shelved = [
        (SCHEDULES, Line(uid, row)) if is_waiting(row) else (_DONE, Line(uid, {"uid": uid}))
        for row in rows
        if (uid := text(row.get("uid")))
    ]
    return Page(shelved, len(rows), integer(answer.get("count")))


def status(row: JsonObject) -> str:
    """How a row of the queue stands, in small letters; empty where it does not say."""
    said = text(row.get("publish_status")) or text(own_row(row.get("publish_details")).get("status"))
    return said.casefold()


def is_waiting(row: JsonObject) -> bool:
    """Whether a row of the queue says that its time is still to come."""
    said = status(row)
    return said == "scheduled" if said else row.get("scheduled") is True


def schedules(row: JsonObject) -> Iterator[Schedule]:
    """What a row of the queue asks for, language by language."""
    thing = _thing(row)
    for locale in _texts(row.get("locale")) or _texts(thing.get("locale")) or [""]:
        yield Schedule(
            row=text(row.get("uid")),
            action=text(row.get("action")),
            content_type="" if "asset" in row else _content_type(row, thing),
            uid=text(thing.get("uid")),
            locale=locale,
            version=integer(thing.get("version")) or 0,
            environments=tuple(_texts(row.get("environment"))),
            at=text(row.get("scheduled_at")) or text(row.get("published_at")),
            variant=text(thing.get("variant_uid")) or text(thing.get("variant_id")),
        )


def waiting(staged: Staged) -> Iterator[Schedule]:
    """Everything that is staged as waiting."""
    for row in staged.objects(SCHEDULES):
        yield from schedules(row)


def moment(at: str) -> float | None:
    """A time in seconds since 1970; None for what is no time. Without a zone it is in UTC."""
    try:
        found = datetime.fromisoformat(at)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _thing(row: JsonObject) -> JsonObject:
    """The entry, the asset or the release that a row is about."""
    thing = own_row(row.get("asset")) or own_row(row.get("entry"))
    return own_row(thing.get("release")) or thing


def _content_type(row: JsonObject, thing: JsonObject) -> str:
    named = own_row(row.get("content_type")).get("uid") or row.get("content_type_uid")
    return text(named) or text(thing.get("content_type_uid"))


def _texts(value: Json) -> list[str]:
    return [text(one) for one in (value if isinstance(value, list) else [value]) if text(one)]
