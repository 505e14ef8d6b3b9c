"""The fewest requests that an export or an import of a stack can take, by the formula of its own content.

    export  reads  = pages of every listing + a second look at each + versions that no listing gave + versions lists,
                     where asked for + one for the settings of the stack (of the publish queue the pages that hold what
                     still waits: what is done leaves no line). A second look is one request for entries, assets and
                     the queue, of which the newest tell, and all pages for any other kind. Of a queue of several
                     pages it may take more, for what waits and is not among the newest
    import  writes = one per document and version + one per scaffold + one per asset version + one per other object
                     (a taxonomy with all of its terms is one) + release items by 25 + names of versions;
                     bulk = publications by 10, stages by 10

Pure; counts rows and plans nothing, but for the number of scaffolds, which is the planner's own.
"""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import master_among, master_locale
from stackferry.providers.contentstack.content.metadata import included_rows
from stackferry.providers.contentstack.content.stage_details import stage_details
from stackferry.providers.contentstack.importing.assets.addresses import address_keys
from stackferry.providers.contentstack.importing.entries.version_names import named_versions
from stackferry.providers.contentstack.importing.entry_stages import BULK_ENTRIES, stage_of
from stackferry.providers.contentstack.importing.publishing.metadata import publications_of
from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
from stackferry.providers.contentstack.importing.publishing.schedules import SchedulePlan
from stackferry.providers.contentstack.importing.publishing.taxonomies import TaxonomyPublishing
from stackferry.providers.contentstack.importing.publishing.variants import publish_groups
from stackferry.providers.contentstack.importing.releases.plan import ITEMS
from stackferry.providers.contentstack.importing.taxonomies.translations import translated
from stackferry.providers.contentstack.requests.build import PAGE
from stackferry.providers.contentstack.target_names import is_same_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.source import ReadOptions, RecordStore
    from stackferry.providers.target import ImportContext

    Rows = Callable[[Stream], Iterator[JsonObject]]


def export_minimum(
    lines: Mapping[Stream, int],
    rows: Rows,
    options: ReadOptions,
    *,
    sizes: Mapping[Stream, int] = MappingProxyType({}),
    reused: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, int]:
    """The fewest reads and downloads for a snapshot. `lines` counts the records of each stream, `rows` reads them.

    Each reused record saves the request that would bring it. How large answers are has no bearing on it.
    """
    del sizes
    entries = sum(count for stream, count in lines.items() if stream.kind == "entries")
    reads = (
        *_listings(lines, rows, options),
        *(2 * _pages_of_owners(kind, rows) for kind in kinds.KINDS if kind.owner_key),
        2 * _translations(rows),
        sum(count for stream, count in lines.items() if stream.kind in ("versions", "asset_versions")),
        _variant_listings(lines, rows),
        entries if options.versions == "all" else 0,  # versions lists
        1,  # settings of the stack
    )
    files = reused.get("files", 0)
    return {
        "read": sum(reads) - sum(reused.values()) + files,
        "asset": lines.get(Stream("files"), 0) - files,
    }


def _listings(lines: Mapping[Stream, int], rows: Rows, options: ReadOptions) -> Iterator[int]:
    """The pages of the lists of small kinds, and of those of content with one look more."""
    # One listing brings all objects of these kinds; an empty one takes a request too.
    for kind in kinds.KINDS:
        if kind.listed:
            yield 2 * _pages(lines.get(Stream(kind.name), 0))
    for name in ("schedules", *(("folders", "assets") if options.assets else ())):
        yield _pages(lines.get(Stream(name), 0)) + 1
    codes = [text(row.get("code")) for row in rows(Stream("locales"))]
    for row in rows(Stream("content_types")):
        for code in codes:
            yield _pages(lines.get(Stream("entries", text(row.get("uid")), code), 0)) + 1


def _translations(rows: Rows) -> int:
    """With taxonomies: their list in every other language; with terms, those of each taxonomy in each of these."""
    if not any(rows(Stream("taxonomies"))):
        return 0
    locales = [*rows(Stream("locales"))]
    master = master_among(locales)
    others = [code for row in locales if (code := text(row.get("code"))) != master]
    counts = Counter(map(_tree, rows(Stream("translations"))))
    # No list tells in which languages a term has a name, so each is asked for.
    trees = {text(row.get("taxonomy")) for row in rows(Stream("terms"))}
    listed = (counts[tree, code] for tree in ("", *trees) for code in others)
    return sum(map(_pages, listed))


def _tree(row: JsonObject) -> tuple[str, str]:
    """The taxonomy whose terms a name is one of, or none for the name of a taxonomy; and its language."""
    return text(row.get("taxonomy")) if "term" in row else "", text(row.get("locale"))


def _pages(count: int) -> int:
    return max(1, -(-count // PAGE))


def _pages_of_owners(kind: Kind, rows: Rows) -> int:
    """The pages of a kind that is listed for each object that it belongs to."""
    counts = Counter(text(row.get(kind.owner_key)) for row in rows(Stream(kind.name)))
    return sum(_pages(counts[text(row.get("uid"))]) for row in rows(Stream(kind.part_of)))


def _variant_listings(lines: Mapping[Stream, int], rows: Rows) -> int:
    linked = {
        text(as_object(kind).get("uid")) or text(kind)
        for group in rows(Stream("variant_groups"))
        for kind in as_list(group.get("content_types"))
    }
    return sum(count for stream, count in lines.items() if stream.kind == "entries" and stream.type in linked)


def import_minimum(context: ImportContext, entries: EntryPlan) -> dict[str, int]:
    """The fewest writes and bulk calls that import a whole snapshot into an empty target."""
    includes = context.options.includes  # what the branches of a stack have in common is not written
    writes = (
        _objects(context),
        _count(context.source.objects(Stream("files"))),
        0 if is_same_stack(context) else _count(_addressed(context.source)),
        _names(context.source) if includes("translations") else 0,
        _count(named_versions(context)),
        entries.documents + entries.scaffolds,
    )
    if context.options.publish == "none":
        return {"write": sum(writes), "bulk": _stages(context)}
    singly, bulk = PublishPlan(context).requests()
    kept = sum(len(publications_of(row)) for row in included_rows(context))
    published = kept + singly + _count(publish_groups(context)) + SchedulePlan(context).requests()
    published += TaxonomyPublishing(context).requests() if includes("taxonomies") else 0
    return {"write": sum(writes) + published, "bulk": bulk + _stages(context)}


def _objects(context: ImportContext) -> int:
    """The writes of what is no content: objects of one write each, languages, and releases with their items."""
    source, includes = context.source, context.options.includes
    written_once = {kind.name for kind in kinds.KINDS if kind.one_write and includes(kind.name)}
    return sum(
        (
            *(_count(source.objects(one)) for one in source.streams() if one.kind in written_once),
            sum(1 for row in source.objects(Stream("locales")) if not _is_born(context, row)),
            _of_releases(source),
        )
    )


def _of_releases(source: RecordStore) -> int:
    """The writes that lock releases, and that put items into them."""
    items = Counter(text(row.get("release")) for row in source.objects(Stream("release_items")))
    locked = sum(1 for row in source.objects(Stream("releases")) if row.get("locked") is True)
    return locked + sum(-(-count // ITEMS) for count in items.values())


def _names(source: RecordStore) -> int:
    """Taxonomies by language, and names of single terms where the taxonomy has none in the language."""
    return sum(1 if "" in names else len(names) for names in translated(source).values())


def _addressed(source: RecordStore) -> Iterator[JsonObject]:
    """Assets with a permanent address: each takes a write of its own."""
    return (row for row in source.objects(Stream("assets")) if address_keys(row))


def _count(rows: Iterable[object]) -> int:
    return sum(1 for _ in rows)


def _is_born(context: ImportContext, locale: JsonObject) -> bool:
    """Whether it is the master that the target was born with, by the same name."""
    rows = context.target.objects(Stream("locales"))
    born = any((row.get("code"), row.get("name")) == (locale.get("code"), locale.get("name")) for row in rows)
    return born and locale.get("code") == master_locale(context.source)


def _stages(context: ImportContext) -> int:
    """Bulk calls that move entries into their stages: by stage, content type and what goes with the stage."""
    in_stage: Counter[tuple[str, str, bytes]] = Counter()
    for stream in (one for one in context.source.streams() if one.kind == "entries"):
        for row in context.source.objects(stream):
            if stage := stage_of(row):
                in_stage[stage, stream.type, exact_json.dumps(stage_details(row))] += 1
    return sum(-(-count // BULK_ENTRIES) for count in in_stage.values())
