"""A last look at what an import is about to write over in a stack where people work.

A restore writes over what is there. Between the reading that its plan comes from and its writes somebody may have
saved an entry: what has moved is not written over, but told as a conflict. One request looks at up to a hundred
documents of a type and language. Pure.
API page: "Get all entries" (`uid` `$in`, `locale`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.json_values import integer, objects, text
from stackferry.model import Remark
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.contentstack.requests.entries import list_entries
from stackferry.providers.target import Await, Observation, PreparedWrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Gap, Json, JsonObject, Row
    from stackferry.providers.target import ImportContext, Step

CHANGED: Final = -1  # in place of a number: an object without versions is another one now
_MOVED = "moved"  # the identity of a document, by entry and language of the target: its number now, 0 where it is gone


def is_looked_again(context: ImportContext) -> bool:
    """Whether documents are looked at once more: in a place that the import restores or mirrors."""
    options = context.options
    return options.in_place or options.mirror or bool(options.selection.uids)


def look_again(context: ImportContext, documents: Iterable[tuple[str, str, str, int]]) -> Iterator[Step]:
    """Looks at documents of the target that are about to be written over: type, language, uid and version."""
    table = context.scratch.table(4, documents)
    for (content_type, locale), rows in groupby(table, key=itemgetter(0, 1)):
        for batch in batched(rows, PAGE):
            yield _look(text(content_type), text(locale), batch)


def _look(content_type: str, locale: str, batch: tuple[Row, ...]) -> Await:
    known = {text(uid): integer(version) or 0 for _, _, uid, version in batch}
    uids: list[Json] = [*known]
    query = exact_json.dumps({"uid": {"$in": uids}, "locale": locale}).decode()
    return Await(
        key=f"look again/{content_type}/{locale}/{uids[0]}",
        kind="entries",
        request=list_entries(content_type, ("locale", locale), ("query", query), *page_params(0)),
        observe=partial(_moved, known, locale),
        required_key="entries",
        next_page=partial(next_page, "entries"),
    )


def _moved(known: dict[str, int], locale: str, answer: JsonObject) -> Observation:
    rows = [row for row in objects(answer.get("entries")) if row.get("locale") == locale]
    now = {text(row.get("uid")): integer(row.get("_version")) or 0 for row in rows}
    return Observation(
        [
            moved_fact(uid, locale, now.get(uid, 0))
            for uid, version in known.items()
            if now.get(uid, 0) != version
        ]
    )


def moved_fact(uid: str, locale: str, now: int) -> tuple[str, str, str]:
    """What is remembered of what the target has in another version by now; 0: it is gone.

    Of an asset, or an object without versions, `locale` is empty.
    """
    return _MOVED, f"{uid}\0{locale}", str(now)


def conflict(context: ImportContext, uid: str, locale: str, failed: Gap, title: str) -> PreparedWrite | None:
    """In place of a write over a document of the target that has moved: what is told of it."""
    if not (what := moved_since(context, uid, locale)):
        return None
    gap = replace(failed, reason=f"{what}, so that was not written over: run the import again")
    return PreparedWrite(gaps=[gap], remarks=[Remark.beside(gap, "conflicts", title)])


def moved_now(context: ImportContext, uid: str, locale: str) -> int | None:
    """The number that is remembered of what has moved; None where it has not."""
    now = context.identity.target(_MOVED, f"{uid}\0{locale}")
    return None if now is None else int(now)


def moved_since(context: ImportContext, uid: str, locale: str) -> str:
    """What somebody has done to a document of the target since the import looked at it; empty where nobody has.

    What is live of such a document stays as it is, too.
    """
    now = moved_now(context, uid, locale)
    if now is None:
        return ""
    known = {0: "it was deleted", CHANGED: "somebody else changed it"}
    what = known.get(now, f"somebody else saved version {now} of it")
    return f"{what} since the import looked at it"
