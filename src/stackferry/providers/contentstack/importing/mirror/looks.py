"""Looks at what a mirror is about to delete, and at what it has deleted. Pure.

A deletion is of what was read. So before a wave of them every object is looked at once more, a hundred a request, in
each run anew: an answer from before a stop says nothing of today. An answer to a deletion is a notice, so what is still
shown is looked for afterwards.
API pages: "Get all entries", "Get all assets" (`uid` `$in`), "Get all Releases", "Get all items in a Release".
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.json_values import objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.mirror.surplus import (
    WIDTH,
    Surplus,
    item_version,
    version_of,
)
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.requests.assets import list_assets
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.contentstack.requests.entries import list_entries
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.contentstack.requests.releases import list_items
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Gap, JsonObject, Request
    from stackferry.providers.target import ImportContext

GONE: Final = "0"  # in place of a version: the target no longer shows it
UNREAD: Final = ""  # the service refused the look
# Identities. By a deletion's key: the service took it (its title); it is shown all the same.
REMOVED: Final = "removed"
STAYS: Final = "removal_stays"
_NOW: Final = "mirror_look"  # by `Seen.key`: the version that the target shows
_REMOVED_REASON: Final = "the source has not got it"
_STAYS_REASON: Final = "the target took its deletion and still shows it: delete it there by hand"


class Seen(NamedTuple):
    """What one look at one thing is about: a document, an asset, a release or an item. `place` is what it lies in."""

    kind: str
    place: str
    locale: str
    uid: str

    @property
    def key(self) -> str:
        return "\0".join(self)


def seen(one: Surplus, locale: str) -> Seen:
    """What to look at of a thing that is to go, in one language."""
    if one.kind == "release_items":
        return Seen(one.kind, one.release, "", item_key(one.item_body))
    return Seen("entries" if one.type else one.kind, one.type, locale, one.uid)


def now(context: ImportContext, one: Surplus, locale: str) -> str:
    """The version that the target showed last; that which was read at first where nobody has looked since.

    A dry run never looks again.
    """
    found = context.identity.target(_NOW, seen(one, locale).key)
    return one.versions.get(locale, GONE) if found is None else found


def looks(context: ImportContext, found: Iterable[Surplus]) -> Iterator[Await]:
    """Look at everything that is to go, an entry in every language of the target: it may have got one since."""
    codes = [text(row.get("code")) for row in context.target.objects(Stream("locales"))]
    rows = (
        (one, code)
        for one in found
        for code in (sorted({*codes, *one.versions}) if one.kind == "entries" else one.versions)
    )
    for name, batch in _batches(context, rows):
        yield Await(
            key=f"mirror/look/{name}",
            kind=batch[0].seen.kind,
            request=_request(batch),
            observe=partial(_observe, batch),
            required_key=_list_key(batch),
            next_page=partial(next_page, _list_key(batch)),
            in_each_run=True,
        )


def confirm(
    context: ImportContext, found: Iterable[Surplus], gap: Callable[[Surplus, str], Gap]
) -> Iterator[Await]:
    """Look whether what the service took for deletion is gone, in the version that was deleted."""
    taken = (one for one in found if context.identity.target(REMOVED, one.key) is not None)
    for name, batch in _batches(context, ((one, code) for one in taken for code in one.versions)):
        yield Await(
            key=f"mirror/gone/{name}",
            kind=batch[0].seen.kind,
            request=_request(batch),
            observe=partial(_still_there, batch),
            required_key=_list_key(batch),
            next_page=partial(next_page, _list_key(batch)),
            gaps=partial(_gaps, batch, gap),
        )


class _Part(NamedTuple):
    """What one look is to show of one thing: its version when it was read is `version`."""

    seen: Seen
    one: Surplus

    @property
    def version(self) -> str:
        is_document = self.seen.kind == "entries"
        return (
            self.one.versions.get(self.seen.locale, GONE)
            if is_document
            else next(iter(self.one.versions.values()))
        )


_Batch: TypeAlias = "tuple[_Part, ...]"


def _observe(batch: _Batch, answer: JsonObject) -> Observation:
    shown = _shown(batch, answer)
    return Observation(
        [(_NOW, one.key, UNREAD if shown is None else shown.get(_place(one), GONE)) for one, _ in batch]
    )


def _still_there(batch: _Batch, answer: JsonObject) -> Observation:
    shown = _shown(batch, answer) or {}
    stays = (part.one for part in batch if shown.get(_place(part.seen)) == part.version)
    return Observation(pending=[(STAYS, one.key, "yes") for one in stays])


def _gaps(
    batch: _Batch, gap: Callable[[Surplus, str], Gap], facts: Sequence[tuple[str, str, str]]
) -> list[Gap]:
    left = {key for _, key, _ in facts}
    return [gap(part.one, _STAYS_REASON) for part in batch if part.one.key in left]


def removed(identities: Callable[[str], Iterable[tuple[str, str]]]) -> Iterator[JsonObject]:
    """What an import has deleted, a row for each; `identities` gives sources and targets of a kind."""
    stays = {key for key, _ in identities(STAYS)}
    for key, title in identities(REMOVED):
        kind, type_, locale, uid, *rest = key.split("\0")
        if kind == "fields":
            facts: JsonObject = {"kind": kind, "content_type": type_, "uid": uid, "count": int(title)}
            yield {
                **facts,
                "reason": f"the type was given it since; entries with a value in it: {title}",
            }
            continue
        facts = {"kind": kind, "uid": uid, "content_type": type_, "locale": locale}
        facts |= {"title": title, "release": rest[0] if rest else "", "reason": _REMOVED_REASON}
        if key not in stays:
            yield {name: value for name, value in facts.items() if value}


def _batches(context: ImportContext, rows: Iterable[tuple[Surplus, str]]) -> Iterator[tuple[str, _Batch]]:
    """What one read shows, and what names that read."""
    table = context.scratch.table(4 + WIDTH, ((*seen(one, code), *one.row) for one, code in rows))
    for (kind, place, locale), group in groupby(table, key=itemgetter(0, 1, 2)):
        members = (_Part(Seen(*map(text, row[:4])), Surplus.from_row(row[4:])) for row in group)
        # All releases, and all items of one, are read whatever is asked for.
        for batch in batched(members, PAGE) if kind in ("entries", "assets") else [tuple(members)]:
            first = batch[0].seen.uid.replace("\0", "/")
            yield "/".join(filter(None, map(text, (kind, place, locale, first)))), batch


def _list_key(batch: _Batch) -> str:
    kind = batch[0].seen.kind
    return "items" if kind == "release_items" else kind


def _request(batch: _Batch) -> Request:
    first = batch[0].seen
    if first.kind == "releases":
        return list_objects(kinds.RELEASES, *kinds.RELEASES.params, *page_params(0))
    if first.kind == "release_items":
        return list_items(first.place, *page_params(0))
    sought: JsonObject = {"uid": {"$in": [part.seen.uid for part in batch]}}
    if first.kind == "assets":
        return list_assets(("query", exact_json.dumps(sought).decode()), *page_params(0))
    query = exact_json.dumps({**sought, "locale": first.locale}).decode()
    return list_entries(first.place, ("locale", first.locale), ("query", query), *page_params(0))


def _place(one: Seen) -> tuple[str, str]:
    """What names it in an answer, which may spell a language's code in another case."""
    return one.locale.casefold(), one.uid


def _shown(batch: _Batch, answer: JsonObject) -> dict[tuple[str, str], str] | None:
    """What an answer shows: the version by language and uid; None for no answer."""
    kind = batch[0].seen.kind
    if not isinstance(answer.get(_list_key(batch)), list):
        return None
    rows = objects(answer.get(_list_key(batch)))
    if kind == "releases":
        return {("", text(row.get("uid"))): text(row.get("updated_at")) for row in rows}
    if kind == "release_items":
        return {("", item_key(row)): item_version(row) for row in rows}
    is_entry = kind == "entries"
    return {
        (text(row.get("locale")).casefold() if is_entry else "", text(row.get("uid"))): version_of(row)
        for row in rows
    }
