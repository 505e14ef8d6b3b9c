"""One release that is imported: which one it is, and what of its snapshot the target has already. Pure.

The items of the release are written like all selected entries. What they refer to comes along, so that no link is lost;
what the target has of that is its own: it is matched, and neither written nor published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import did_you_mean
from stackferry.errors import UsageError
from stackferry.json_values import as_object, text
from stackferry.model import HEAD, Stream
from stackferry.providers.contentstack.content.releases import items_of, release_of, releases_named
from stackferry.providers.contentstack.importing.selected.store import Selected
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.selection import selection_from_json

if TYPE_CHECKING:
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext, WriteOptions

_RELEASES: Final = Stream("releases")
_SHOWN: Final = 10  # releases that a message names


def find_release(source: RecordStore, name: str) -> str:
    """The uid of a release. Raises UsageError where none has this name or uid, and where several have the name."""
    found = releases_named(source, name)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{len(found)} releases are called '{name}': give the uid, of {', '.join(found)}")
    held = sorted(text(row.get("name")) for row in source.objects(_RELEASES))
    shown = ", ".join([*map(repr, held[:_SHOWN]), *(["and so on"] if len(held) > _SHOWN else [])])
    near = did_you_mean(name, held)
    raise UsageError(f"the snapshot holds no release '{name}'; it holds {shown or 'none'}{near}")


def asked_release(source: RecordStore, options: WriteOptions) -> str:
    """The release that an import is of, by name or uid: as it was asked for, or as its snapshot was narrowed."""
    if options.selection.is_narrow:
        return options.selection.release
    manifest = source.get(HEAD, "") or {}
    return selection_from_json(as_object(manifest.get("options"))).release


def release_asked(source: RecordStore, options: WriteOptions) -> dict[str, str]:
    """The uid and the name of the release that an import is of; empty for any other import."""
    asked = asked_release(source, options)
    row = source.get(_RELEASES, release_of(source, asked)) if asked else None
    return {text(row.get("uid")): text(row.get("name"))} if row is not None else {}


def without_held(context: ImportContext) -> RecordStore:
    """The source without what items of the release only refer to, as far as the target has it."""
    source = context.source
    asked = asked_release(source, context.options)
    if not asked:
        return source
    release = release_of(source, asked)
    items, paired = items_of(source, release), matches(context)
    entries, assets = {uid for _, uid in items.entries}, set(items.assets)
    for stream in source.streams():
        if stream.kind == "entries":
            uids = (text(row.get("uid")) for row in source.objects(stream))
            entries.update(uid for uid in uids if paired.target("entries", uid) is None)
    uids = (text(row.get("uid")) for row in source.objects(Stream("assets")))
    assets.update(uid for uid in uids if paired.target("assets", uid) is None)
    return Selected(source, (), entries, assets, {release} if release else ())
