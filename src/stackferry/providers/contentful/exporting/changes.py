"""What an export does anew where people edited the space while it ran. Pure.

A listing that moved is read again. What was read because of a row that is different now is outdated with it: its live
body, its snapshots, the bodies of a release. What stands for itself is read again together with it, because an edit may
concern both: a type and its editor interface, an entry and the tag that it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import objects, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.files import files_of
from stackferry.providers.contentful.exporting.asset_files import BODIES
from stackferry.providers.contentful.exporting.live_bodies import LIVE
from stackferry.providers.contentful.exporting.selection import NAMED, NOT_SELECTED, WANTED
from stackferry.providers.contentful.exporting.settings import SETTINGS
from stackferry.providers.contentful.exporting.taxonomy import UNUSED
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.source import Derived, Outdated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import Change, ReadOptions, RecordStore

_LISTED_BY_OWNER: Final = {
    "content_types": ("content_type_snapshots", "comments/content_types"),
    "entries": ("entry_snapshots", "tasks", "comments/entries"),
}
# Of many objects at once, so that a new one can be among them.
_LISTED_TOGETHER: Final = (
    *(kind.name for _, kind in LIVE),
    *(kind.name for kind in SETTINGS),
    *(kinds.SCHEDULED_ACTIONS.name, kinds.RELEASE_ENTRIES.name, kinds.RELEASE_ASSETS.name),
    *(kinds.CONCEPTS.name, kinds.CONCEPT_SCHEMES.name),
)


_LIVE: Final = {kind.name: live.name for kind, live in LIVE}


def outdated(staged: RecordStore, change: Change) -> Iterator[Outdated]:
    """What depends on a record that is different now, or gone."""
    stream, before, now = change
    uid = sys_id(before or now or {})
    for name in _LISTED_BY_OWNER.get(stream.kind, ()):
        # Those that came from a base belong to no listing.
        own = Stream(name, stream.type) if name.endswith("_snapshots") else None
        yield Outdated(f"{name}/{uid}", own, uid if own else "")
    bodies = [before or {}] if stream.kind in BODIES else []
    if live := _LIVE.get(stream.kind):
        own = Stream(live, stream.type)
        bodies += [staged.get(own, uid) or {}] if live in BODIES else []
        yield Outdated(live, own, uid)
    if stream.kind == kinds.CONTENT_TYPES.name and not _fields(before) <= _fields(now):
        # The values of a field that is taken out of a type go with it, and no entry gets another version.
        for kind in (kinds.ENTRIES, kinds.PUBLISHED_ENTRIES):
            yield Outdated(kind.name, Stream(kind.name, uid))
    for url in _urls(*bodies) - _urls(now or {}):
        # Where another body names it, it is read again.
        yield Outdated(f"files/{url}", Stream(kinds.FILES.name), url)


def _fields(content_type: JsonObject | None) -> set[tuple[str, str]]:
    """The id and the type of each field."""
    fields = objects((content_type or {}).get("fields"))
    return {(text(one.get("id")), text(one.get("type"))) for one in fields}


def _urls(*bodies: JsonObject) -> set[str]:
    return {file.url for body in bodies for file in files_of(body)}


def derived(options: ReadOptions) -> Derived:
    """What is read of many objects at once, and what is read last.

    A narrowed export follows links, so any change may select other objects.
    """
    notes = [Outdated(UNUSED)]
    if not options.is_narrow:
        return Derived(_LISTED_TOGETHER, notes)
    for name, stream in (("wanted", WANTED), ("named", NAMED), ("border", Stream("references"))):
        notes.append(Outdated(name, stream))
    notes.append(Outdated(NOT_SELECTED))
    names = ("entries", "referenced", "assets", "releases", *_LISTED_BY_OWNER["entries"])
    return Derived((*names, *_LISTED_TOGETHER), notes)
