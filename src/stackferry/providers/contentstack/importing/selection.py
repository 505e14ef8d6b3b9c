"""What of a snapshot is imported: the selected entries with what comes along with them, and the kinds of `--only`.

The plans read the snapshot as if it held only the selected entries; what these refer to outside of it is a gap by the
plans' own rules. Objects of kinds that are left out are only matched with the target's: their plans write nothing.
Pure: reads every document once, and keeps names only.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import did_you_mean
from stackferry.errors import UsageError
from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.entries import read_schemas, version_filter
from stackferry.providers.contentstack.content.query import parse_query, query_filter
from stackferry.providers.contentstack.content.releases import NO_ITEMS, items_of
from stackferry.providers.contentstack.exporting.selection import mentions
from stackferry.providers.contentstack.exporting.unknown_names import (
    no_entries,
    refusals,
    unknown_entries,
)
from stackferry.providers.contentstack.importing.named_extensions import unknown_extensions
from stackferry.providers.contentstack.importing.selected.named import select_named
from stackferry.providers.contentstack.importing.selected.released import find_release
from stackferry.providers.contentstack.importing.selected.store import Selected
from stackferry.providers.contentstack.importing.types.content_types import needs_of_types
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.selection import reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import Row
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import RecordStore, TempTables
    from stackferry.providers.system import Held
    from stackferry.providers.target import ImportContext, WriteOptions


_ENTRIES: Final = "entries"
_ASSETS: Final = "assets"


def select(source: RecordStore, selection: Selection, versions: str, scratch: TempTables) -> RecordStore:
    """What of the source is selected; the source itself where nothing is left out.

    `versions` are those that will be imported: what only others refer to does not come along. Raises UsageError for
    a query that the snapshot cannot answer, and for what it does not hold: a content type, a language, a release, or
    the entries that a query names.
    """
    if not selection.is_narrow:
        return source
    if selection.uids:
        return select_named(source, selection)
    if unknown := _unknown_names(source, selection):
        raise UsageError("; ".join(unknown))
    everything = Selected(source, selection.locales)
    links = scratch.table(3, _links(everything, versions))
    release = find_release(source, selection.release) if selection.release else ""
    items = items_of(source, release) if release else NO_ITEMS
    roots = {uid for _, uid in items.entries} if release else set(_roots(everything, selection))

    def linked(kind: str, uid: str) -> Iterator[str]:
        return (str(other) for _, _, other in links.of(uid, kind))

    found = {str(uid) for (uid,) in reached(roots, partial(linked, _ENTRIES), selection, scratch)}
    assets = {asset for uid in found for asset in linked(_ASSETS, uid)} | items.assets
    return Selected(source, selection.locales, found, assets, {release} if release else None)


def _roots(source: RecordStore, selection: Selection) -> Iterator[str]:
    """The first so many entries of every selected type. One document of an entry that meets the query is enough."""
    is_met = query_filter(parse_query(selection.query))
    found: defaultdict[str, set[str]] = defaultdict(set)
    for stream in source.streams():
        if stream.kind == "entries" and (not selection.types or stream.type in selection.types):
            found[stream.type].update(text(row.get("uid")) for row in source.objects(stream) if is_met(row))
    for members in found.values():
        yield from sorted(members)[: selection.limit or None]


def _links(source: RecordStore, versions: str) -> Iterator[Row]:
    """What each entry refers to in the versions that will be imported: its uid, entries or assets, the uid."""
    is_wanted = version_filter(source, versions)
    for stream, uid, version, reference in mentions(source, read_schemas(source)):
        if version and not is_wanted((stream.type, uid, stream.locale, version)):
            continue
        if reference.may_be_asset:
            yield uid, _ASSETS, reference.uid
        if reference.may_be_entry:
            yield uid, _ENTRIES, reference.uid


def _unknown_names(source: RecordStore, selection: Selection) -> list[str]:
    """A sentence for each name in the selection that nothing in the snapshot has."""
    entries, where = unknown_entries(source, selection), "the snapshot"
    return [*refusals(source, selection, where), *([no_entries(entries, where)] if entries else [])]


def _mapped(options: WriteOptions) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
    """The kinds whose names are mapped, the field of the name, the option, and what it says."""
    yield "locales", "code", "--locale", options.locales
    yield "environments", "name", "--environment", write_options(options).environments


def unknown_mapped(held: Held, options: WriteOptions, *, is_whole: bool = True) -> list[str]:
    """A sentence for each name that `--locale` and `--environment` map and the snapshot lacks; if it `is_whole` also
    for each extension that nothing in it names."""
    found = []
    for kind, name, option, given in _mapped(options):
        known = {text(row.get(name)) for row in held(Stream(kind)) if given}
        found += [
            f"the snapshot holds none of the {kind} called '{unknown}', which {option} names; it holds "
            f"{', '.join(sorted(known))}{did_you_mean(unknown, known)}"
            for unknown in sorted(given.keys() - known)
            if known  # else the list was refused to the token
        ]
    return [*found, *(unknown_extensions(held, write_options(options).extensions) if is_whole else ())]


def mapped_wrongly(context: ImportContext) -> list[str]:
    """What `--locale` and `--environment` cannot do: names that the snapshot lacks, and two that would be one in the
    target, where the content of one would be written over another's.

    What is restored in place keeps its languages.
    """
    options = context.options
    if options.in_place and options.locales:
        return ["--locale is not for --in-place, where every language stays what it is: leave it out"]
    found = unknown_mapped(context.everything.objects, options)
    for kind, name, option, given in _mapped(options):
        merged: defaultdict[str, list[str]] = defaultdict(list)
        for row in context.source.objects(Stream(kind)) if given else ():
            source = text(row.get(name))
            merged[given.get(source, source)].append(source)
        found += [
            f"{kind} {' and '.join(sorted(names))} would be one, {target}, in the target: map each to one of its own "
            f"with {option}"
            for target, names in sorted(merged.items())
            if len(names) > 1
        ]
    return found


def with_parts(names: Iterable[str]) -> frozenset[str]:
    """The kinds that are meant by these names of `--only`, with their parts.

    Raises UsageError for a name that no kind has.
    """
    selected = frozenset(names)
    known = [kind.name for kind in kinds.KINDS if kind.selectable]
    if unknown := sorted(selected.difference(known)):
        raise UsageError(
            f"--only {unknown[0]}: there is no such kind; kinds are {', '.join(known)}{did_you_mean(unknown[0], known)}"
        )
    return kinds.with_parts(selected)


def lacking(context: ImportContext) -> list[str]:
    """What the selected kinds need, and neither is selected nor in the target."""
    if context.options.selection.uids:
        return [*_gone(context)]
    if not context.options.only or write_options(context.options).is_part:
        return []
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for kind, uid in _needs(context):
        if not context.options.includes(kind) and not _is_there(context, kind, uid):
            wanted[kind].add(uid)
    return [
        f"the target lacks {kind.replace('_', ' ')} that are needed: {', '.join(sorted(uids))}; add --only {kind}"
        for kind, uids in sorted(wanted.items())
    ]


def _gone(context: ImportContext) -> Iterator[str]:
    """Types and languages of entries that are restored singly and that the target has no more: none is made."""
    streams = context.source.streams() if context.options.includes("entries") else ()
    for stream in (one for one in streams if one.kind == "entries"):
        names = [text(row.get("uid")) for row in context.source.objects(stream)]
        named = f"entry {', '.join(names)}"
        if names and context.target.get(Stream("content_types"), stream.type) is None:
            yield (
                f"{named} is of content type '{stream.type}', which {context.place} does not have any more: bring "
                "the type back first, with 'import SNAPSHOT PLACE --on-conflict update --only content_types' (into "
                "the place that the snapshot comes from --in-place instead of --on-conflict update)"
            )
        elif names and not _is_there(context, "locales", stream.locale):
            yield (
                f"{named} is in language '{stream.locale}', which {context.place} does not have any more: add the "
                "language first, or name others with --locale"
            )


def _needs(context: ImportContext) -> Iterator[tuple[str, str]]:
    """What the selected objects need, as far as the snapshot holds it: kind and uid (locales: code)."""
    for stream in context.source.streams():
        is_asked = stream.kind in ("entries", "variants") and context.options.includes(stream.kind)
        if is_asked and any(True for _ in context.source.objects(stream)):
            yield "content_types", stream.type
            yield "locales", stream.locale
    for row in context.source.objects(Stream("terms")) if context.options.includes("terms") else ():
        yield "taxonomies", text(row.get("taxonomy"))
    yield from needs_of_types(context)


def _is_there(context: ImportContext, kind: str, uid: str) -> bool:
    """Whether the target holds it, or not even the snapshot does: then it is a gap like any other."""
    if kind == "locales":
        codes = {text(row.get("code")) for row in context.target.objects(Stream(kind))}
        return target_locale(context, uid) in codes
    is_known = context.source.get(Stream(kind), uid) is not None
    return not is_known or context.once(matches).target(kind, uid) is not None
