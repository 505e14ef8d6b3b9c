"""What the service makes of a document beside what was sent. Pure.

Fields of another language that are not localizable stay as the master document has them; a field that was not named
may be emptied.
API pages: "Localize an entry", "Update a localized entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import integer
from stackferry.model import Gap
from stackferry.providers.contentstack.content.comparable import ComparableEntries, non_empty_fields
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.importing.entries.lost_links import keep_live_values
from stackferry.providers.contentstack.importing.entries.write_body import (
    holds_shared_fields,
    shared_fields,
)
from stackferry.providers.contentstack.schema.non_localizable import non_localizable_gaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.target import ImportContext

_EMPTIED = (
    "the service emptied field '{}', which was not sent because it had its value: the version before has it; import "
    "the entry with --query and --in-place, which sends all of its fields"
)


def not_kept(context: ImportContext, document: EntryVersion, made: JsonObject) -> list[Gap]:
    """The gaps of a document, as the target answers it, beside the master document of its entry."""
    content, comparable = context.once(read_content), context.once(ComparableEntries)
    schema = content.schemas[document.content_type]
    if document.locale == content.master_locale or not holds_shared_fields(schema, schema.fields):
        return []
    stored = comparable.written_form(document.content_type, made)
    return non_localizable_gaps(schema, document, comparable.expected(document)[0], stored)


def still_not_kept(
    context: ImportContext,
    document: EntryVersion,
    existing: JsonObject,
    master: EntryVersion,
    held: JsonObject,
) -> list[Gap]:
    """The gaps of a document that stays (`existing`), where the import has written the master document since (`held`).

    Of fields in groups and blocks none: which of their instances follow the master's is not known before a read.
    """
    comparable, schema = (
        context.once(ComparableEntries),
        context.once(read_content).schemas[document.content_type],
    )
    body, gaps = comparable.expected(master, held)
    before = comparable.written_form(document.content_type, held)
    _, _, kept = keep_live_values(context, master, body, gaps, held)
    top = shared_fields(schema)
    now: JsonObject = {name: (before if name in kept else body).get(name) for name in top}
    found = not_kept(context, document, {**existing, **now})
    return [gap for gap in found if gap.path.split("/")[1] in top]


def is_written_over(context: ImportContext, document: EntryVersion, held: JsonObject) -> bool:
    """Whether this import has made a version above the one that the target held."""
    made = context.identity.target("versions", document.version_key)
    return made is not None and int(made) > (integer(held.get("_version")) or 1)


def emptied(
    document: EntryVersion, before: JsonObject, made: JsonObject, unchanged: frozenset[str]
) -> Iterator[Gap]:
    """The gaps of what was not sent, because it was as it should be (`unchanged`), and is empty in the answer.

    No page says that the service keeps it; an answer that shows none of it says nothing.
    """
    held = non_empty_fields(before) & unchanged
    for name in sorted(held - non_empty_fields(made)) if unchanged & made.keys() else ():
        yield Gap(
            kind="entries",
            uid=document.uid,
            type=document.content_type,
            locale=document.locale,
            path=f"/{name}",
            reason=_EMPTIED.format(name),
        )
