"""What is live beyond what was sent: a call may be carried out in another language, or somebody publishes meanwhile.

The listings that confirm what was sent show that, too. Where one of them shows more than was sent, or has not shown
all of it in the end, everything is looked at once more when the last call was made: a call that went elsewhere may have
replaced what was confirmed before. The master document is looked at, because it lists every language. Pure.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.model import Stream
from stackferry.providers.contentstack.content.publications import (
    Publication,
    document_publications,
    shown_in_target,
    stored_publications,
)
from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication
from stackferry.providers.contentstack.importing.publishing.read_back import STRAYED, read_back
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
    from stackferry.providers.target import ImportContext, Step

Place = tuple[str, str]  # an environment's uid and a language in lower case, in the target's terms


def live_beyond(context: ImportContext, source: str, listed: Sequence[Publication]) -> list[Publication]:
    """What the target shows of an object where the source shows nothing, and did not before the import.

    `listed` is all that a document of the target lists; `source` is the object's uid in the source.
    """
    if not listed:
        return []
    content_type, uid = listed[0].content_type, listed[0].uid
    wanted = _wanted(context, content_type, source)
    rest = [one for one in listed if _place(one) not in wanted]
    shown = shown_in_target(context, content_type, uid) if rest else ()
    held = {(_place(one), one.version) for one in shown}
    return [one for one in rest if (_place(one), one.version) not in held]


def _wanted(context: ImportContext, content_type: str, uid: str) -> set[Place]:
    """Where the source shows an object, in whatever version."""
    if content_type:
        found: Iterable[Publication] = context.once(stored_publications).of(content_type, uid)
    else:
        found = document_publications("", uid, context.source.get(Stream("assets"), uid) or {})
    return {
        (
            context.identity.target("environments", one.environment) or "",
            target_locale(context, one.locale).casefold(),
        )
        for one in found
    }


def _place(one: Publication) -> Place:
    return one.environment, one.locale.casefold()


def look_again(context: ImportContext, publishing: PublishPlan) -> Iterator[Step]:
    """One read for a hundred documents of a type. Nothing where every listing has shown what was sent, and no more."""
    if context.identity.target(*STRAYED[:2]) is None:
        return iter(())
    sent = (
        one
        for one in publishing.translated()
        if isinstance(one, TargetPublication) and (publishing.is_alongside or not publishing.held.has(one))
    )

    def is_confirmed(one: TargetPublication) -> bool:
        return context.identity.target("missing", one.key) is None

    listed_in, beyond = publishing.listed_in.master, partial(live_beyond, context)
    return read_back("live", sent, listed_in, final=True, beyond=beyond, is_awaited=is_confirmed)
