"""An edit of an entry past the API: a new version of a document, with other values and every stamp as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackferry.emulators.contentstack import Branch
    from stackferry.model import JsonObject


def edit_page(branch: Branch, uid: str, locale: str = "en-us", **fields: Any) -> JsonObject:
    """Give a page's document a version with other values of these fields; returns the version before it."""
    document = branch.entries["page"][uid].documents[locale]
    before = document.latest
    branch.put_entry_version("page", locale, {**before, **fields, "_version": document.version + 1})
    return before
