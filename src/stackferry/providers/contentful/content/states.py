"""In which state a document is, as a whole and in each locale: draft, published, changed, archived.

API page: "Content lifecycle". `sys.version` counts every change, publishing included, and `sys.publishedVersion` is the
version before the latest publish. `sys.fieldStatus["*"][locale]` tells each locale's state; older documents lack it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, integer, nested

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackferry.model import JsonObject


class State(StrEnum):
    """The state of a document or of one of its locales. A locale is never archived by itself."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CHANGED = "changed"
    ARCHIVED = "archived"


def version_of(document: JsonObject) -> int:
    """The number that the next write of this object must name; 0 where the document has none."""
    return integer(nested(document, "sys", "version")) or 0


def published_version(document: JsonObject) -> int:
    """The version that was published last and is live; 0 where none is."""
    return integer(nested(document, "sys", "publishedVersion")) or 0


def state_of(document: JsonObject) -> State:
    """The state of a document as a whole."""
    if integer(nested(document, "sys", "archivedVersion")):
        return State.ARCHIVED
    published = published_version(document)
    if not published:
        return State.DRAFT
    return State.CHANGED if version_of(document) > published + 1 else State.PUBLISHED


def locale_states(document: JsonObject, locales: Iterable[str]) -> Mapping[str, State]:
    """The state in each of these locales; where the service does not tell them apart, all have the document's."""
    whole = state_of(document)
    if whole is State.ARCHIVED:
        return dict.fromkeys(locales, State.ARCHIVED)
    told = as_object(nested(document, "sys", "fieldStatus", "*"))
    if not told:
        return dict.fromkeys(locales, whole)
    return {code: _told(told.get(code)) for code in locales}


def live_locales(document: JsonObject, locales: Iterable[str]) -> frozenset[str]:
    """The locales in which a document is live, with this body or with an older one."""
    states = locale_states(document, locales)
    return frozenset(code for code, state in states.items() if state in (State.PUBLISHED, State.CHANGED))


def has_other_live_body(document: JsonObject, locales: Iterable[str]) -> bool:
    """Whether something of the document is live, and it is not all of the current body.

    A locale that is no more than a draft is part of the current body where it has a value in it. A document may be
    changed although no locale is: in its tags.
    """
    states = locale_states(document, locales)
    if not live_locales(document, states):
        return False
    if state_of(document) is State.CHANGED:
        return True
    drafts = [code for code, state in states.items() if state is State.DRAFT]
    return State.CHANGED in states.values() or any(has_values(document, code) for code in drafts)


def has_values(document: JsonObject, locale: str) -> bool:
    """Whether any field of a document has a value in this locale."""
    fields = as_object(document.get("fields")).values()
    return any(locale in as_object(values) for values in fields)


def locales_of(document: JsonObject) -> list[str]:
    """The locales that a document tells the state of, or has values in."""
    told = as_object(nested(document, "sys", "fieldStatus", "*"))
    fields = as_object(document.get("fields")).values()
    return [*dict.fromkeys((*told, *(code for values in fields for code in as_object(values))))] or ["*"]


def _told(value: object) -> State:
    try:
        return State(str(value))
    except ValueError:  # a locale that was added since: it is shown as a draft until it is published
        return State.DRAFT
