"""Names that were asked for and that nothing has: content types, languages, a release, entries of a query. Pure.

They are refused, as soon as the small kinds are listed: a name that is misspelled must not look like something that was
done. A program that exports may ask for gaps instead, for what else was asked for may be worth having.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import did_you_mean, ended
from stackferry.errors import UsageError
from stackferry.json_values import as_list, text, texts
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.query import parse_query
from stackferry.providers.contentstack.content.releases import releases_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import Job, ReadOptions, RecordStore

_SHOWN: Final = 10  # names that a message lists


def unknown(staged: RecordStore, selection: Selection) -> Iterator[Gap]:
    """Content types, languages and a release that do not exist, or not once."""
    for kind, key, names in (
        ("content_types", "uid", selection.types),
        ("locales", "code", selection.locales),
    ):
        held = {text(row.get(key)) for row in staged.objects(Stream(kind))}
        for name in sorted(names - held):
            yield Gap(kind=kind, uid=name, reason="it was asked for, and there is none of this name")
    found = releases_named(staged, selection.release) if selection.release else []
    if selection.release and len(found) != 1:
        several = f"it was asked for, and {len(found)} have this name: give the uid, of {', '.join(found)}"
        reason = several if found else "it was asked for, and there is none of this name or uid"
        yield Gap(kind="releases", uid=selection.release, reason=reason)


def unknown_entries(store: RecordStore, selection: Selection) -> list[str]:
    """The uids that a query names and that no entry of the selected types and languages has.

    Only those of a query that asks for nothing else: what does not meet another condition may well be there.
    """
    asked = [] if selection.limit else _named_uids(parse_query(selection.query))
    streams = [one for one in store.streams() if one.kind == "entries" and _is_selected(one, selection)]
    return [uid for uid in asked if not any(store.get(stream, uid) for stream in streams)]


def _is_selected(stream: Stream, selection: Selection) -> bool:
    is_of_type = not selection.types or stream.type in selection.types
    return is_of_type and (not selection.locales or stream.locale in selection.locales)


def _named_uids(query: JsonObject) -> list[str]:
    """The uids that a query names, where it has no other condition."""
    asked = query.get("uid") if query.keys() == {"uid"} else None
    if isinstance(asked, dict):
        asked = as_list(asked.get("$in")) if asked.keys() == {"$in"} else None
    return texts(asked)


def refusals(store: RecordStore, selection: Selection, where: str) -> list[str]:
    """Why a selection means nothing in `store`, which is called `where`: a sentence for each name."""
    keys = {"content_types": "uid", "locales": "code", "releases": "name"}
    found = []
    for gap in unknown(store, selection):
        held = sorted({text(row.get(keys[gap.kind])) for row in store.objects(Stream(gap.kind))})
        shown = ", ".join([*(f"'{name}'" for name in held[:_SHOWN]), *(["…"] if len(held) > _SHOWN else [])])
        kind = gap.kind[:-1].replace("_", " ")
        several = f"{kind} '{gap.uid}': {gap.reason}"
        none = f"{where} holds no {kind} '{gap.uid}'; it holds {shown or 'none'}{did_you_mean(gap.uid, held)}"
        found.append(several if "give the uid" in gap.reason else none)
    return found


def refuse_unknown(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """No job: ends an export that is `strict` where a name is unknown. The small kinds are listed."""
    if options.strict and (found := refusals(staged, options, "the source")):
        raise UsageError(f"{ended('; '.join(found))} Nothing was written")
    yield from ()


def refuse_unknown_entries(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """The same for entries; what the query chooses is listed."""
    if options.strict and (found := unknown_entries(staged, options)):
        raise UsageError(f"{no_entries(found, 'the source')}. Nothing was written")
    yield from ()


def no_entries(uids: list[str], where: str) -> str:
    """A sentence about entries that are not there."""
    shown = ", ".join([*(f"'{uid}'" for uid in uids[:_SHOWN]), *(["…"] if len(uids) > _SHOWN else [])])
    return f"{where} holds no entry {shown} in the selected content types and languages"
