"""What is live of a document, locale by locale: the values that a reader of the delivery API sees. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object
from stackferry.providers.contentful.verification.states import (
    CHANGED,
    PUBLISHED,
    locale_states,
    state,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from stackferry.model import JsonObject


class Live(NamedTuple):
    """In which locales something is live, and what; None where nothing is, or where the side does not say what."""

    codes: frozenset[str]
    body: JsonObject | None


def live_of(document: JsonObject, published: JsonObject | None, codes: Collection[str]) -> Live:
    """What is live of a document in these locales. `published` is the record of its live body, if there is one.

    Without such a record it is the document's own body, where that is what was published last.
    """
    states = locale_states(document, codes)
    live = frozenset(code for code, word in states.items() if word in (PUBLISHED, CHANGED))
    if not live:
        return Live(live, None)
    if published is not None:
        return Live(live, published)
    is_current = state(document) != CHANGED and CHANGED not in states.values()
    return Live(live, without_locales(document, states.keys() - live) if is_current else None)


def without_locales(document: JsonObject, codes: Collection[str]) -> JsonObject:
    """A body without the values of these locales."""
    fields: JsonObject = {}
    for name, values in as_object(document.get("fields")).items():
        if not isinstance(values, dict):
            fields[name] = values
            continue
        kept: JsonObject = {code: value for code, value in values.items() if code not in codes}
        if kept or not values:
            fields[name] = kept
    return {**document, "fields": fields}
