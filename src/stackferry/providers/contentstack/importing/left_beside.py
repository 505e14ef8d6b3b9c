"""What a target has beside its objects: where taxonomies are live, records of extensions, stages. Pure; see `left`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.metadata import included_rows
from stackferry.providers.contentstack.content.taxonomy_publications import LiveTaxonomy, live_taxonomies
from stackferry.providers.contentstack.importing.branches.fork import target_stream
from stackferry.providers.contentstack.importing.entry_stages import stage_of
from stackferry.providers.contentstack.importing.publishing.metadata_checks import published_since
from stackferry.providers.contentstack.kinds import METADATA, kind_of_metadata
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.pairs import holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext


def beside(
    context: ImportContext, names: Mapping[str, str], *, are_taxonomies_shared: bool
) -> Iterator[tuple[str, str, str, str, str]]:
    """Kind of what is left, content type, language, environment, uid. `names`: those of the target's environments."""
    for one in live_otherwise(context) if are_taxonomies_shared else ():
        place = names.get(one.environment, one.environment)
        yield "taxonomy_publications", "", one.locale, place, one.uid
    if context.options.on_conflict != "update":
        return
    for content_type, locale, uid in other_records(context):
        yield "metadata", content_type, locale, "", uid
    for content_type, (environment, locale), uid in published_since(context):
        yield "metadata_publications", content_type, locale, names.get(environment, environment), uid
    for content_type, locale, uid in other_stages(context):
        yield "workflow_stages", content_type, locale, "", uid


def live_otherwise(context: ImportContext) -> Iterator[LiveTaxonomy]:
    """Where a taxonomy of both sides is live on one of them alone, in the target's terms."""
    target = context.identity.target
    known = _told(context.source) & _told(context.target)
    codes = {text(row.get("code")) for row in context.target.objects(Stream("locales"))}
    ours = {
        one._replace(
            environment=target("environments", one.environment) or one.environment,
            locale=target_locale(context, one.locale),
        )
        for one in live_taxonomies(context.source)
    }
    found = sorted(ours ^ live_taxonomies(context.target))
    # In a language that one of the two branches lacks nobody has read it.
    read = codes & {target_locale(context, text(row.get("code"))) for row in _locales(context)}
    return (one for one in found if one.uid in known and one.locale in read)


def _told(rows: RecordStore) -> set[str]:
    """The taxonomies of which the service says where they are live."""
    found = rows.objects(Stream("taxonomies"))
    return {text(row.get("uid")) for row in found if isinstance(row.get("publish_details"), list)}


def _locales(context: ImportContext) -> Iterator[JsonObject]:
    return iter(context.source.objects(Stream("locales")))


def other_records(context: ImportContext) -> Iterator[tuple[str, str, str]]:
    """Records of extensions beside objects of both sides that only the target has: type, language, uid."""
    stream, ours, pairs = Stream(METADATA.name), context.scratch.table(1), context.once(matches)
    known = (context.identity.target(METADATA.name, text(row.get("uid"))) for row in included_rows(context))
    ours.add((uid,) for uid in known if uid is not None)
    for row in context.target.objects(stream) if context.options.includes(METADATA.name) else ():
        kind, uid = kind_of_metadata(row), text(row.get("uid"))
        source = pairs.of(kind).source(text(row.get("entity_uid")))
        is_written = (
            context.options.includes(kind) and source is not None and holds(context.source, kind, source)
        )
        if is_written and not ours.of(uid):
            yield text(row.get("_content_type_uid")), text(row.get("locale")), uid


def other_stages(context: ImportContext) -> Iterator[tuple[str, str, str]]:
    """Documents that are in a stage in the target, and in none in the source: type, language, uid.

    Not where the snapshot does not tell the stages of entries, nor of an older version, which has none of its own.
    """
    limits = {one.get("kind") for one in objects(context.manifest.get("limits"))}
    is_older = bool(context.options.selection.version)
    is_told = context.options.includes("entries") and "workflow_stages" not in limits and not is_older
    pairs = context.once(matches)
    for stream in context.source.streams() if is_told else ():
        there = target_stream(context, stream)
        for row in context.source.objects(stream) if stream.kind == "entries" else ():
            uid = pairs.target("entries", text(row.get("uid")))
            held = context.target.get(there, uid) if uid and not stage_of(row) else None
            if uid and held is not None and stage_of(held):
                yield stream.type, there.locale, uid
