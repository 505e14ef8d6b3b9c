"""Whether a target holds what a snapshot holds, field by field: what verify and diff report.

May import the rooms below `importing`. Must never import `importing` or `content/publications`: what the plans infer
is judged here from outside, by what the documents of both sides list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.verification.equality import Equality
from stackferry.providers.contentstack.verification.publishing import versions_in_use
from stackferry.providers.contentstack.verification.version_names import lists_of_named, named_instead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import Job
    from stackferry.providers.target import ImportContext

__all__ = ["Equality", "reads_to_verify"]


def reads_to_verify(context: ImportContext) -> Iterator[Job]:
    """What a comparison needs to know of the target besides its listings."""
    yield from lists_of_named(context)
    yield from versions_in_use(context)
    yield from named_instead(context)
