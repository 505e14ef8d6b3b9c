"""A document in some of its languages. Pure.

A field that is not localized has one value for all languages, under the default one: it is part of each. Of an asset
the languages that the wanted ones fall back to stay, or it would have no file in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackferry.model import JsonObject


def in_languages(document: JsonObject, wanted: frozenset[str], localized: frozenset[str]) -> JsonObject:
    """The document with the values of these languages, and with all values of fields that are not `localized`."""
    fields: JsonObject = {}
    for name, values in as_object(document.get("fields")).items():
        own = as_object(values)
        kept: JsonObject = {
            code: value for code, value in own.items() if code in wanted or name not in localized
        }
        if kept or not own:
            fields[name] = kept
    return {**document, "fields": fields}


def is_in_languages(document: JsonObject, wanted: frozenset[str], localized: frozenset[str]) -> bool:
    """Whether a document says anything in one of these languages, or nothing in any of them alone."""
    own = {
        code
        for name, values in as_object(document.get("fields")).items()
        if name in localized
        for code in as_object(values)
    }
    return not own or bool(own & wanted)


def with_fallbacks(wanted: Iterable[str], locales: Iterable[JsonObject]) -> frozenset[str]:
    """Languages, and those that they fall back to."""
    fallbacks: Mapping[str, str] = {text(row.get("code")): text(row.get("fallbackCode")) for row in locales}
    found, waiting = set[str](), [*wanted]
    while waiting:
        code = waiting.pop()
        if code and code not in found:
            found.add(code)
            waiting.append(fallbacks.get(code, ""))
    return frozenset(found)
