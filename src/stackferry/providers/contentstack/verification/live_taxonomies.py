"""Compares where taxonomies are live: environment and language, both ways. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.taxonomy_publications import live_taxonomies
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.contentstack.verification.items import EnvironmentNames
from stackferry.providers.differences import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.target import ImportContext


def compare_live_taxonomies(context: ImportContext) -> Iterator[Mismatch]:
    """Of the taxonomies of the source."""
    stream = Stream(kinds.TAXONOMIES.name)
    expected = {
        one._replace(
            environment=context.identity.target("environments", one.environment) or one.environment,
            locale=target_locale(context, one.locale),
        )
        for one in live_taxonomies(context.source)
    }
    found = {one for one in live_taxonomies(context.target) if context.source.get(stream, one.uid)}
    for one in sorted(expected ^ found):
        left, right = ("live", ABSENT) if one in expected else (ABSENT, "live")
        path = f"/publish_details/{context.once(EnvironmentNames).of(one.environment)}"
        yield Mismatch(stream.kind, one.uid, left, right, locale=one.locale, path=path)
