"""Objects that an import may have made and somebody renamed, before the import knew that they were there. Pure.

Such an object was not in the target before the import, is no counterpart of another, and was changed after it was made.
Of an entry or an asset its first version tells what it was called; of other kinds nothing does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, objects, text
from stackferry.providers.contentstack.importing.entries.version_matching import document_gap
from stackferry.providers.contentstack.requests.build import next_page
from stackferry.providers.contentstack.requests.entries import read_entry
from stackferry.providers.target import Suspect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import JsonObject, Request, Stream
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.target import ImportContext, NextPage


def changed_since_made(
    context: ImportContext, kind: str, rows: Iterable[JsonObject], held: Sequence[Stream]
) -> Iterator[JsonObject]:
    """Those of these objects of the target that may be a renamed result; `held` is where the target had the kind."""
    for row in rows:
        uid = text(row.get("uid"))
        was_there = any(context.target.get(stream, uid) for stream in held)
        # What nobody changed still has the name with which it was made.
        is_changed = row.get("updated_at") != row.get("created_at")
        if is_changed and not was_there and not context.identity.is_target(kind, uid):
            yield row


def new_pages(context: ImportContext, key: str, held: Sequence[Stream]) -> NextPage:
    """The pages of a list with its newest rows first, down to what the target had; `held` is where it had the kind."""

    def following(request: Request, answer: JsonObject) -> Request | None:
        last = text(next((row.get("uid") for row in reversed(objects(answer.get(key)))), ""))
        was_there = any(context.target.get(stream, last) for stream in held)
        return None if was_there else next_page(key, request, answer)

    return following


def held_entries(context: ImportContext, content_type: str) -> list[Stream]:
    """Where the target had entries of a type: in each of its languages."""
    return [one for one in context.target.streams() if (one.kind, one.type) == ("entries", content_type)]


def label(row: JsonObject) -> str:
    """What names an object in a message: its name, and its uid in the target."""
    return f"'{text(row.get('title')) or text(row.get('name'))}' ({text(row.get('uid'))})"


def rename_reason(row: JsonObject) -> str:
    return f"it was renamed in the target after it was made, to {label(row)}: that was left as it is"


def entry_suspects(
    context: ImportContext, document: EntryVersion, note: JsonObject, answer: JsonObject
) -> list[Suspect]:
    """New entries that were changed since. `note` is what was sent of the document: the first version says the same."""
    kind, locale = document.content_type, text(note.get("locale"))

    def found(first: JsonObject) -> JsonObject | None:
        row = as_object(first.get("entry"))
        return first if all(row.get(name) == value for name, value in note.items()) else None

    # A change makes another version.
    rows = (row for row in objects(answer.get("entries")) if row.get("_version") != 1)
    return [
        Suspect(
            label=label(row),
            original=read_entry(kind, text(row.get("uid")), ("locale", locale), ("version", "1")),
            found=found,
            renamed=[document_gap("entries", document, rename_reason(row))],
        )
        for row in changed_since_made(context, "entries", rows, held_entries(context, kind))
    ]
