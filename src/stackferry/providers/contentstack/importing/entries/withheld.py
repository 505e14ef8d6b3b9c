"""Why something that others name is not in the target: what the gap says that its own write has left. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.contentstack.content.entries import EntryVersion, create_key

if TYPE_CHECKING:
    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.target import ImportContext

_WITHHELD: Final = "withheld"


def why_not_written(context: ImportContext, content_type: str, uid: str, locale: str, version: int) -> str:
    """Why the target lacks a version of an entry, or without a content type of an asset; empty where nobody says."""
    if not content_type:
        return context.why(f"assets/{uid}/{version}")
    document = EntryVersion(content_type, uid, locale, 0, version)
    return why_not_made(context, document) or why_no_entry(context, content_type, uid)


def why_not_made(context: ImportContext, document: EntryVersion) -> str:
    """Why a version of an entry was not written, although the entry is there; empty where it was."""
    if context.identity.target("versions", document.version_key) is not None:
        return ""
    return context.why(document.key) or context.identity.target(_WITHHELD, document.version_key) or ""


def withheld(document: EntryVersion, reason: str) -> tuple[str, str, str]:
    """The identity that remembers why a version is not even sent; the gap is that of the version before it."""
    return (_WITHHELD, document.version_key, reason)


def why_no_entry(context: ImportContext, content_type: str, uid: str) -> str:
    """Why the target does not have an entry that was to be created."""
    return context.why(create_key(content_type, uid))


def because(what: str, reason: str) -> str:
    """What did not happen, and why if that is known."""
    return f"{what}: {reason}" if reason else what


def not_published(
    context: ImportContext, publication: Publication, where: str, *, is_entry_there: bool
) -> str:
    """Why what the source shows somewhere cannot be published in the target."""
    one = publication
    reason = why_not_written(context, one.content_type, one.uid, one.document_locale, one.version)
    if not is_entry_there:
        return because(f"published in {where}, but it could not be imported", reason)
    lacking = "neither the snapshot nor what the target held before has that version"
    lacking = because("it was not written", reason) if reason else lacking
    return f"version {one.version} is published in {where}, but {lacking}"
