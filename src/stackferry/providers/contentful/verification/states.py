"""In which state a document is, as its record says it: read here anew, and not as the plans of an import read it. Pure.

API page: "Content lifecycle". `sys.version` counts every change; a publish stores the version before it as
`publishedVersion`. `sys.fieldStatus["*"]` has the state of each locale, where the service tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, integer, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject

ARCHIVED: Final = "archived"
DRAFT: Final = "draft"
PUBLISHED: Final = "published"
CHANGED: Final = "changed"


def state(document: JsonObject) -> str:
    """The state of a document as a whole."""
    sys = as_object(document.get("sys"))
    if sys.get("archivedVersion") is not None:
        return ARCHIVED
    live = integer(sys.get("publishedVersion"))
    if live is None:
        return DRAFT
    version = integer(sys.get("version"))
    # A body without a version comes from the delivery API, which shows what is live alone.
    return CHANGED if version is not None and version - live > 1 else PUBLISHED


def locale_states(document: JsonObject, codes: Iterable[str]) -> dict[str, str]:
    """The state of each of these locales. A locale that is not told of was added after the last publish."""
    whole = state(document)
    told = as_object(as_object(as_object(document.get("sys")).get("fieldStatus")).get("*"))
    if whole in (ARCHIVED, DRAFT) or not told:
        return dict.fromkeys(codes, whole)
    return {code: text(told.get(code)) or DRAFT for code in codes}
