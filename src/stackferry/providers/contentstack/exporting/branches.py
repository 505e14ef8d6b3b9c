"""The branches of a stack, for an import from one into another. API page: Branches, "Get all branches".

They say when the two were one: see `content/branches.py`. A token may have no right to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.model import Gap, Record
from stackferry.providers.contentstack.content.branches import BRANCHES
from stackferry.providers.contentstack.requests.build import PAGE, get
from stackferry.providers.source import Fetch, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import GrowingStore, Job, ReadOptions


def branches(_: GrowingStore, __: ReadOptions) -> Iterator[Job]:
    """The one request for them: a stack has a handful."""

    def read(answer: JsonObject) -> Page:
        rows = objects(answer.get("branches"))
        return Page([(BRANCHES, Record(text(row.get("uid")), row)) for row in rows], len(rows))

    yield Fetch(
        name=BRANCHES.kind,
        request=get("/stacks/branches", ("limit", str(PAGE))),
        read=read,
        gap=Gap(kind="branches", uid="*", reason="not given by the service"),
        may_be_refused=True,
    )
