"""Calls that publish one entry, asset or variant alone, and what is remembered of them. Pure.

Such a call takes along what extensions keep beside the object, which a bulk call leaves alone: `metadata_checks`.
API page: "Publish an entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.publishing.read_back import publication_gap
from stackferry.providers.target import Write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.target import PreparedWrite

# Identities of an entry or an asset that a single call was about: of the source, of the target.
ALONE, ALONE_THERE = "published_alone", "published_alone_there"


def alone(uid: str) -> tuple[str, str, str]:
    """What is remembered of an entry or an asset of the source."""
    return ALONE, uid, "yes"


def alone_there(uid: str) -> tuple[str, str, str]:
    """What is remembered of one of the target, which the source may not have."""
    return ALONE_THERE, uid, "yes"


def single_publication(
    key: str, publication: Publication, build: Callable[[], PreparedWrite], after: Sequence[str] = ()
) -> Write:
    """A write that publishes. Publishing what is published already changes nothing, so it may be repeated."""
    return Write(
        key=key,
        kind="publications",
        build=build,
        read=Noticed(alone(publication.uid)),
        failed=publication_gap(publication, "the target refused to publish it"),
        after=after,
        optional=True,
    )
