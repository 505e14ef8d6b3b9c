"""Why a snapshot cannot go into an environment, known before anything is written. Pure.

The default locale of an environment cannot be changed (API page: "Locales"). Ids are letters, digits, "-", "_" and ".",
at most 64 of them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import did_you_mean
from stackferry.errors import AccessError
from stackferry.json_values import nested, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.importing.environments.promotion import Promotion
from stackferry.providers.contentful.importing.environments.told import Told
from stackferry.providers.contentful.importing.mirror.obstacles import mirror_obstacles
from stackferry.providers.contentful.importing.named_spaces import unknown_spaces
from stackferry.providers.contentful.importing.unlisted import unlisted_kinds
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.options import write_options
from stackferry.providers.selection import how_to_map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentful.options import ContentfulWriteOptions
    from stackferry.providers.source import RecordStore
    from stackferry.providers.system import Held
    from stackferry.providers.target import ImportContext, WriteOptions

_ID: Final = re.compile(r"[a-zA-Z0-9\-_.]{1,64}")
_LOCALES: Final = Stream(kinds.LOCALES.name)
_SHOWN: Final = 10  # objects that a message names


def obstacles(context: ImportContext) -> list[str]:
    """What has to be settled first, a sentence each."""
    if found := [*_mapped_wrongly(context)]:
        return found
    needs = (
        *(_unseen_files, _default_locale, _missing_locales, _missing_types, _bad_ids, mirror_obstacles),
        _conflicts,
    )
    return [line for find in needs for line in find(context)]


def _unseen_files(context: ImportContext) -> Iterator[str]:
    """Raises AccessError where the target does not list assets: only that list shows when a file was processed."""
    yield from ()
    is_refused = kinds.ASSETS.name in context.once(unlisted_kinds)
    is_asked = is_refused and context.options.includes(kinds.ASSETS.name)
    rows = context.source.objects(Stream(kinds.ASSETS.name)) if is_asked else ()
    if any(nested(row, "fields", "file") for row in rows):
        raise AccessError(
            "the target does not list assets to this token, so nobody could see when a file is processed: "
            "check the token's rights, or leave assets out with --only"
        )


def _conflicts(context: ImportContext) -> Iterator[str]:
    """What `--conflicts` cannot do. Raises Different where it is to stop, and there are any."""
    if context.options.conflicts and not context.once(Promotion).is_on:
        yield (
            "--conflicts is for --on-conflict update from one environment of a space into another: only these tell on "
            "which side something was edited since they were equal; leave it out"
        )
    elif context.options.conflicts == "stop":
        Told(context).stop_at_conflicts()


def default_locale(store: RecordStore) -> str:
    """The code of the default locale; empty where the store does not say it."""
    rows = (text(row.get("code")) for row in store.objects(_LOCALES) if row.get("default") is True)
    return next(rows, "")


def unknown_mapped(held: Held, options: WriteOptions, *, is_whole: bool = True) -> list[str]:
    """A sentence for each locale that `--locale` maps and the snapshot lacks, and for spaces that nothing names."""
    codes = {text(row.get("code")) for row in held(_LOCALES)} if options.locales else set()
    unknown = [
        f"the snapshot holds no locale '{code}', which --locale names; it holds {', '.join(sorted(codes))}"
        f"{did_you_mean(code, codes)}"
        for code in sorted(options.locales.keys() - codes)
        if codes  # else the list was refused to the token
    ]
    return [*unknown, *(unknown_spaces(held, write_options(options).spaces) if is_whole else ())]


def _mapped_wrongly(context: ImportContext) -> Iterator[str]:
    """What `--locale` cannot do: locales that the snapshot lacks, two that would be one, and any in place."""
    mapped, codes = context.options.locales, _codes(context.everything)
    if context.options.in_place and mapped:
        yield "--locale is not for --in-place, where every locale stays what it is: leave it out"
        return
    yield from unknown_mapped(context.everything.objects, context.options)
    targets = Counter(mapped.get(code, code) for code in codes)
    for target, count in sorted(targets.items()):
        if count > 1:
            both = ", ".join(f"'{code}'" for code in sorted(codes) if mapped.get(code, code) == target)
            yield f"--locale would make {both} one locale, '{target}': the content of one would be lost"


def _default_locale(context: ImportContext) -> Iterator[str]:
    source, target = default_locale(context.everything), default_locale(context.target)
    if source and target and context.options.locales.get(source, source) != target:
        how = how_to_map(context.options, source, target)
        yield (
            f"the snapshot's default locale is '{source}', the target's is '{target}', and no call changes it: {how}, "
            f"or choose a target whose default locale is '{source}'"
        )


def _missing_locales(context: ImportContext) -> Iterator[str]:
    """Locales that content needs and an import of other kinds does not bring."""
    options = write_options(context.options)
    if not _needs_locales_of_target(options):
        return
    only = options.selection.locales
    if options.selection.uids and not only:
        return  # of what is restored the values in such a locale are gaps
    wanted = {options.locales.get(code, code) for code in only or _codes(context.source)}
    for code in sorted(wanted - _codes(context.target)):
        other = "import locales too, or " if not options.selection.uids else ""
        yield f"the target has no locale '{code}': {other}{how_to_map(options, code, 'CODE')}"


def _needs_locales_of_target(options: ContentfulWriteOptions) -> bool:
    brings = options.includes(kinds.LOCALES.name) or options.is_part
    return options.includes("entries", "assets") and not brings


def _missing_types(context: ImportContext) -> Iterator[str]:
    """Content types that entries need and an import of other kinds does not bring."""
    options = write_options(context.options)
    if options.includes(kinds.CONTENT_TYPES.name) or not options.includes(kinds.ENTRIES.name):
        return
    of_type = Stream(kinds.CONTENT_TYPES.name)
    for name in _types_of_entries(context.source):
        is_made = options.is_part and context.source.get(of_type, name) is not None
        if not is_made and context.target.get(of_type, name) is None:
            yield f"the target has no content type '{name}': {_how_to_bring(options)}"


def _types_of_entries(store: RecordStore) -> Iterator[str]:
    streams = (stream for stream in store.streams() if stream.kind == kinds.ENTRIES.name)
    return (stream.type for stream in streams if _has_rows(store, stream))


def _has_rows(store: RecordStore, stream: Stream) -> bool:
    return next(store.objects(stream), None) is not None


def _how_to_bring(options: WriteOptions) -> str:
    if not options.selection.uids:
        return "import content_types too"
    return (
        "bring it back first, with 'import SNAPSHOT PLACE --on-conflict update --only content_types' (into the place "
        "that the snapshot comes from --in-place instead of --on-conflict update)"
    )


def _bad_ids(context: ImportContext) -> Iterator[str]:
    """Ids that no write can name. A file that was edited by hand may hold them."""
    found = [*_refused_ids(context)]
    if found:
        shown = ", ".join(found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield f"ids that the service does not take (letters, digits, - _ . and at most 64 of them): {shown}{more}"


def _refused_ids(context: ImportContext) -> Iterator[str]:
    kept = {
        kind.name
        for kind in kinds.KINDS
        if kind.keeps_id and kind.is_written and kind.key_path == ("sys", "id")
    }
    for stream in context.source.streams():
        if stream.kind in kept and context.options.includes(stream.kind):
            for row in context.source.objects(stream):
                if not _ID.fullmatch(uid := sys_id(row)) or not uid.strip("."):
                    yield f"{stream.kind} '{uid}'"


def _codes(store: RecordStore) -> set[str]:
    return {text(row.get("code")) for row in store.objects(_LOCALES)}
