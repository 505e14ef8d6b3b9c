"""Which extensions and apps a snapshot names: those it holds, and apps, which no listing has. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from stackferry.core.nearest import suggestion_by_title
from stackferry.exact_json import dumps
from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentstack.schema.transform import schema_extensions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.system import Held


def unknown_extensions(held: Held, given: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each extension that `--extension` maps and nothing in the snapshot names."""
    known = _named(held) if given else {}
    for unknown in sorted(given.keys() - known.keys()):
        if not _entries_name(held, unknown):
            hint = suggestion_by_title(unknown, known)
            yield f"nothing in the snapshot names an extension '{unknown}', which --extension maps{hint}"


def _named(held: Held) -> dict[str, str]:
    """The uids of extensions that a snapshot holds, with their titles, and of those that types and metadata name."""
    titles = {text(row.get("uid")): text(row.get("title")) for row in held(Stream("extensions"))}
    types = chain(held(Stream("content_types")), held(Stream("global_fields")))
    of_types = chain.from_iterable(map(schema_extensions, types))
    of_metadata = (text(row.get("extension_uid")) for row in held(Stream("metadata")))
    return {uid: titles.get(uid, "") for uid in (*titles, *of_types, *of_metadata) if uid}


def _entries_name(held: Held, uid: str) -> bool:
    """Whether any entry names it, as values of custom fields may; all of them are read for it."""
    return any(dumps(uid) in dumps(row) for row in _entries(held))


def _entries(held: Held) -> Iterator[JsonObject]:
    codes = [text(row.get("code")) for row in held(Stream("locales"))]
    for row in held(Stream("content_types")):
        for code in codes:
            yield from held(Stream("entries", text(row.get("uid")), code))
