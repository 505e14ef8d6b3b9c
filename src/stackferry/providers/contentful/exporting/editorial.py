"""With `--editorial`: tasks and comments, which belong to entries, and comments on types and workflows. Pure.

API pages: "Tasks", "Comments". They are listed for one object at a time. Comments come as rich text, so that mentions
of people are kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.listings import listing
from stackferry.providers.contentful.exporting.staged import uids
from stackferry.providers.contentful.options import read_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import Job, ReadOptions, RecordStore

_PARENTS: Final = (kinds.ENTRIES, kinds.CONTENT_TYPES, kinds.WORKFLOWS)
RICH_TEXT: Final = (("x-contentful-comment-body-format", "rich-text"),)


def editorial(root: Root, staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Tasks of entries, and comments on what can have them."""
    if not read_options(options).editorial:
        return
    for uid in uids(staged, kinds.ENTRIES):
        yield listing(root, kinds.TASKS, options, name=f"tasks/{uid}", owner=uid)
    for parent in _PARENTS:
        path = f"/{parent.name}/{{id}}/comments"
        kind = replace(kinds.COMMENTS, path=path)
        for uid in uids(staged, parent):
            name = f"comments/{parent.name}/{uid}"
            yield listing(root, kind, options, name=name, owner=uid, headers=RICH_TEXT)
