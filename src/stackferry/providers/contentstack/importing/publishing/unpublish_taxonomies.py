"""Taxonomies that the target has live and the source has not, taken down; see `surplus` for where.

One call for what is live in one environment and language. The service takes it down after it has answered, so what a
listing shows afterwards counts. Pure.
API page: Taxonomy, "Unpublish a taxonomy".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.json_values import objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.taxonomy_publications import (
    LiveTaxonomy,
    live_of,
    live_taxonomies,
)
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.publishing.surplus import is_in_scope
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.contentstack.requests.publishing import publish_taxonomies
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import Await, Observation, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext, Step

_TAKEN, _STAYS = "taxonomies_taken_down", "taxonomies_still_live"  # identities, by step


def taxonomies(context: ImportContext) -> Iterator[Step]:
    """One call for the taxonomies of an environment and language."""
    for key, places in _groups(context):
        first = places[0]
        name = _name(context, first.environment)
        request = publish_taxonomies(
            [name], [first.locale], sorted(one.uid for one in places), action="unpublish"
        )
        yield Write(
            key=key,
            kind="publications",
            build=partial(PreparedWrite, request=request),
            read=Noticed((_TAKEN, key, "1")),
            failed=_gap(context, first, "refused to take it down"),
            optional=True,
        )


def confirm_taxonomies(context: ImportContext) -> Iterator[Step]:
    """What the target still shows of what it took for taking down."""
    for key, places in _groups(context):
        if context.identity.target(_TAKEN, key) is not None:
            for number, some in enumerate(batched(places, PAGE)):
                yield _look(context, f"{key}/{number}", some)


def _groups(context: ImportContext) -> Iterator[tuple[str, list[LiveTaxonomy]]]:
    """What is to be taken down, in the target's terms: of an environment and a language."""
    found: dict[tuple[str, str], list[LiveTaxonomy]] = {}
    for place in sorted(_surplus(context)):
        found.setdefault((place.environment, place.locale), []).append(place)
    for (environment, locale), places in found.items():
        yield f"taxonomies/unpublish/{environment}/{locale}", places


def _surplus(context: ImportContext) -> Iterator[LiveTaxonomy]:
    """What the target has live of the snapshot's taxonomies, in its languages, where the source has nothing live."""
    rows = context.source.objects(Stream("taxonomies"))
    # Of one without publish details nobody knows whether it was live.
    known = {text(row.get("uid")) for row in rows if isinstance(row.get("publish_details"), list)}
    codes = {
        target_locale(context, text(row.get("code"))) for row in context.source.objects(Stream("locales"))
    }
    ours = {
        one._replace(
            environment=context.identity.target("environments", one.environment) or "",
            locale=target_locale(context, one.locale),
        )
        for one in live_taxonomies(context.source)
    }
    for one in live_taxonomies(context.target) - ours:
        if one.uid in known and one.locale in codes and is_in_scope(context, one.environment):
            yield one


def _look(context: ImportContext, key: str, places: Sequence[LiveTaxonomy]) -> Await:
    language = places[0].locale
    asked = (
        ("query", exact_json.dumps({"uid": {"$in": [one.uid for one in places]}}).decode()),
        *page_params(0),
    )
    locale = () if language == master_locale(context.target) else (("locale", language),)

    def observe(answer: JsonObject) -> Observation:
        live = {
            one for row in objects(answer.get(kinds.TAXONOMIES.list_key)) for one in live_of(row, language)
        }
        return Observation(pending=[(_STAYS, "\0".join(one), "1") for one in places if one in live])

    def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        stay = {name for _, name, _ in facts}
        left = (one for one in places if "\0".join(one) in stay)
        return [_gap(context, one, "took it for taking down and still shows it") for one in left]

    return Await(
        key=f"look/{key}",
        kind="publications",
        request=list_objects(kinds.TAXONOMIES, *kinds.TAXONOMIES.params, *locale, *asked),
        observe=observe,
        required_key=kinds.TAXONOMIES.list_key,
        next_page=partial(next_page, kinds.TAXONOMIES.list_key),
        gaps=gaps,
    )


def _name(context: ImportContext, environment: str) -> str:
    return text((context.target.get(Stream("environments"), environment) or {}).get("name")) or environment


def _gap(context: ImportContext, place: LiveTaxonomy, what: str) -> Gap:
    where = f"{_name(context, place.environment)}, {place.locale}"
    reason = f"the target shows it in {where}, where the source does not, and {what}: unpublish it by hand"
    return Gap(kind=kinds.TAXONOMIES.name, uid=place.uid, locale=place.locale, reason=reason)
