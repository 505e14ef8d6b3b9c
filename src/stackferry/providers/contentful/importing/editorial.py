"""Tasks of entries, and comments on entries, types and workflows. Pure.

Their ids are the service's. An open task may block publishing, so they come after it. A task must be assigned to a
member of the space; the author of a comment becomes the token's user. A reply comes after what it answers.
API pages: "Tasks", "Comments".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested, text
from stackferry.model import Stream
from stackferry.providers.contentful.importing.objects import (
    NO_OWNER,
    ObjectWrite,
    always,
    content_of,
    once_written,
)
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.kinds import COMMENTS, TASKS, WORKFLOWS, link_id, sys_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Pairs, Root
    from stackferry.providers.target import ImportContext, Steps

_PATHS: Final = {"Entry": "entries", "ContentType": "content_types", "Workflow": "workflows"}
_RICH_TEXT: Final = ("x-contentful-comment-body-format", "rich-text")
_ANSWERS: Final = "x-contentful-parent-id"


def tasks(context: ImportContext, root: Root) -> Steps:
    for row in context.source.objects(Stream(TASKS.name)):
        body = content_of(row, "commentsCount")
        yield from once_written(
            context,
            root,
            ObjectWrite(
                kind=TASKS,
                uid=sys_id(row),
                payload=always(body),
                owner=link_id(nested(row, "sys", "parentEntity")),
                is_posted=True,
            ),
        )


def comments(context: ImportContext, root: Root) -> Steps:
    """Every comment, after the one that it answers."""
    for row in _answered_first({sys_id(row): row for row in context.source.objects(Stream(COMMENTS.name))}):
        parent = nested(row, "sys", "parentEntity")
        link_type, uid = text(nested(parent, "sys", "linkType")), link_id(parent)
        target = context.in_target(WORKFLOWS.name, uid) if link_type == "Workflow" else uid
        planned = _comment(context, row, link_type, target or "")
        if target is None or link_type not in _PATHS:
            yield report(planned.key, [planned.gap(NO_OWNER)])
        else:
            yield from once_written(context, root, planned)


def _comment(context: ImportContext, row: JsonObject, link_type: str, parent: str) -> ObjectWrite:
    kind = replace(COMMENTS, path=f"/{_PATHS.get(link_type, 'entries')}/{{id}}/comments")
    answered = link_id(nested(row, "sys", "parent"))

    def headers() -> Pairs:
        above = context.in_target(COMMENTS.name, answered) if answered else None
        return ((_ANSWERS, above),) if above else ()

    return ObjectWrite(
        kind=kind,
        uid=sys_id(row),
        payload=always(content_of(row)),
        after=[f"{COMMENTS.name}/{answered}"] if answered else [],
        headers=(_RICH_TEXT,),
        new_headers=headers,
        owner=parent,
        is_posted=True,
    )


def _answered_first(rows: dict[str, JsonObject]) -> Iterator[JsonObject]:
    """Comments, each after the one that it answers."""
    done: set[str] = set()
    for uid in rows:
        thread: list[str] = []
        while uid in rows and uid not in done and uid not in thread:
            thread.append(uid)
            uid = link_id(nested(rows[uid], "sys", "parent"))
        for one in reversed(thread):
            done.add(one)
            yield rows[one]
