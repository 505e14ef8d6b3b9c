"""What no listing tells: whose version is live where a language was published in the second in which it was localized.

A gap where that matters: where both documents have a version of that number, and these say different things. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.publications import EntryPublications, Publication
from stackferry.providers.contentstack.importing.publishing.read_back import publication_gap
from stackferry.providers.contentstack.references.model import fields_by_uid
from stackferry.providers.contentstack.target_names import is_same_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Gap, JsonObject
    from stackferry.providers.target import ImportContext


def untold(context: ImportContext) -> Iterator[Gap]:
    """A gap for each. Within a stack what is live stays as it is, so nothing is taken for anything."""
    if is_same_stack(context) or not context.options.includes("entries"):
        return
    known = EntryPublications(context.source)
    for content_type, _, uid in known.entries():
        for one, other in known.doubtful(content_type, uid):
            if _say_otherwise(context, one, other):
                name = text((context.source.get(Stream("environments"), one.environment) or {}).get("name"))
                yield publication_gap(
                    one,
                    f"version {one.version} is live in {name or one.environment}, {one.locale}, since the second in "
                    f"which the language was localized: it cannot be told whether that is its own or that of {other}; "
                    "its own was published",
                )


def _say_otherwise(context: ImportContext, one: Publication, other: str) -> bool:
    """Whether the two versions differ in a field of their type; one that the snapshot lacks may."""
    schema = context.once(read_content).schemas.get(one.content_type)
    own, theirs = (_version(context, one, code) for code in (one.locale, other))
    if own is None or theirs is None or schema is None:
        return True
    return any(own.get(name) != theirs.get(name) for name in fields_by_uid(schema.fields))


def _version(context: ImportContext, one: Publication, code: str) -> JsonObject | None:
    stream = Stream("entries", one.content_type, code)
    latest = context.source.get(stream, one.uid)
    if latest is not None and integer(latest.get("_version")) == one.version:
        return latest
    return context.source.get(stream._replace(kind="versions"), one.uid, one.version)
