"""What a target has and the snapshot has not: entries, languages of entries, assets, releases and their items. Pure.

It is what the target held before the import and is no counterpart of anything in the whole snapshot, be it selected or
not. What somebody makes during the import is never among it.
"""

from __future__ import annotations

from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.json_values import as_object, integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.target_names import is_same_stack, target_locale
from stackferry.providers.selection import selection_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject, Row
    from stackferry.providers.target import ImportContext

# The kinds that a mirror takes away, in the order in which it does. A language of an entry goes with the entries.
WIDTH: Final = 7
KINDS: Final = ("release_items", "releases", "localizations", "entries", "assets")


class Surplus(NamedTuple):
    """Something of the target that the snapshot has not, in the target's uids.

    `versions` are what was read of it: the number of each document by its language, of an asset under "", of a release
    the time of its last change. Of an item of a release, `release` holds that and `item` is what it names.
    """

    kind: str
    type: str
    uid: str
    title: str
    versions: dict[str, str]
    release: str = ""
    item: str = ""

    @property
    def locale(self) -> str:
        """Its language, where it is of one; empty where all of it goes."""
        return next(iter(self.versions)) if self.kind in ("localizations", "release_items") else ""

    @property
    def key(self) -> str:
        parts = (self.kind, self.type, self.locale, self.uid)
        return "\0".join((*parts, self.release, item_key(self.item_body)) if self.release else parts)

    @property
    def item_body(self) -> JsonObject:
        return as_object(exact_json.loads(self.item.encode())) if self.item else {}

    @property
    def row(self) -> Row:
        """It as a row of a scratch table, `WIDTH` columns wide: those of one kind and release stand together."""
        versions: JsonObject = {**self.versions}
        told = exact_json.dumps(versions).decode()
        return self.kind, self.release, self.type, self.uid, self.item, self.title, told

    @classmethod
    def from_row(cls, row: Row) -> Surplus:
        kind, release, type_, uid, item, title, versions = map(text, row)
        known = as_object(exact_json.loads(versions.encode()))
        numbers = {code: text(number) for code, number in known.items()}
        return cls(kind, type_, uid, title, numbers, release, item)


class SurplusObjects:
    """All of it, of one import; ask for it with `context.once`. It lies in scratch tables."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._pairs = context.once(matches)
        self._found = context.scratch.table(WIDTH, (one.row for one in self._all()))

    def of(self, kind: str) -> Iterator[Surplus]:
        """All of a kind, by type and uid; items of releases by release."""
        return (Surplus.from_row(row) for row in self._found if row[0] == kind)

    def counts(self) -> dict[str, int]:
        """How many there are of each kind that is imported."""
        found = {kind: sum(1 for _ in self.of(kind)) for kind in KINDS if is_asked(self._context, kind)}
        return {kind: count for kind, count in found.items() if count}

    def _all(self) -> Iterator[Surplus]:
        return chain(self._documents(), self._others("assets"), self._others("releases"), self._items())

    def _documents(self) -> Iterator[Surplus]:
        whole = self._context.scratch.table(5)
        languages, master = self._context.once(Languages), master_locale(self._context.target)
        for stream in self._context.target.streams():
            for row in self._context.target.objects(stream) if stream.kind == "entries" else ():
                uid, version, title = text(row.get("uid")), version_of(row), text(row.get("title"))
                if not is_paired(self._context, "entries", uid):
                    whole.add([(stream.type, uid, stream.locale, version, title)])
                elif not languages.has(stream, uid):
                    yield Surplus("localizations", stream.type, uid, title, {stream.locale: version})
        for (type_, uid), rows in groupby(whole, key=itemgetter(0, 1)):
            documents = [tuple(map(text, row[2:])) for row in rows]
            versions = {code: version for code, version, _ in documents}
            titles = {code: title for code, _, title in documents}
            title = titles.get(master) or documents[0][2]
            yield Surplus("entries", text(type_), text(uid), title, versions)

    def _others(self, kind: str) -> Iterator[Surplus]:
        """Assets, or releases."""
        for row in self._context.target.objects(Stream(kind)):
            if not is_paired(self._context, kind, uid := text(row.get("uid"))):
                version = version_of(row) if kind == "assets" else text(row.get("updated_at"))
                title = text(row.get("title")) or text(row.get("filename")) or text(row.get("name"))
                yield Surplus(kind, "", uid, title, {"": version})

    def _items(self) -> Iterator[Surplus]:
        for release, item in surplus_items(self._context):
            uid, title, code = (text(item.get(name)) for name in ("uid", "title", "locale"))
            body = exact_json.dumps(item).decode()
            yield Surplus(
                "release_items", item_type(item), uid, title, {code: item_version(item)}, release, body
            )


def is_asked(context: ImportContext, kind: str) -> bool:
    """Whether an import is for a kind. A language of an entry belongs to the entries."""
    return context.options.includes("entries" if kind == "localizations" else kind)


def is_paired(context: ImportContext, kind: str, uid: str) -> bool:
    """Whether an object of the target is a counterpart of one in the source."""
    return context.once(matches).of(kind).is_target(uid) or context.identity.is_target(kind, uid)


def goes(context: ImportContext, kind: str, uid: str) -> bool:
    """Whether a mirror deletes an object of the target."""
    return context.options.mirror and is_asked(context, kind) and not is_paired(context, kind, uid)


def document_goes(context: ImportContext, stream: Stream, uid: str) -> bool:
    """Whether a mirror deletes a document of the target, with its entry or alone."""
    if not (context.options.mirror and is_asked(context, stream.kind)):
        return False
    return not is_paired(context, stream.kind, uid) or not context.once(Languages).has(stream, uid)


class Languages:
    """Which documents of paired entries the source holds, too; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._pairs = context, context.once(matches)
        codes = {stream.locale for stream in context.everything.streams() if stream.kind == "entries"}
        self._sources: dict[str, list[str]] = {}
        for code in sorted(codes):
            self._sources.setdefault(target_locale(context, code), []).append(code)

    def has(self, stream: Stream, uid: str) -> bool:
        """Whether the source has a document of the target's entry in this language of the target."""
        found = (stream._replace(locale=code) for code in self._sources.get(stream.locale, ()))
        source = self._source(uid)
        return any(self._context.everything.get(one, source) is not None for one in found)

    def _source(self, uid: str) -> str:
        return self._pairs.of("entries").source(uid) or ""


def surplus_items(context: ImportContext) -> Iterator[tuple[str, JsonObject]]:
    """The items of paired releases that the source's do not hold in that language, in any version; by release.

    An item that names no language may be one in any.
    """
    pairs = context.once(matches)
    # Also items about what stays deleted in the target, which are not imported.
    ours = {one for row in context.everything.objects(Stream("release_items")) for one in _ours(context, row)}
    anywhere = {one[:4] for one in ours}
    is_known = _known_items(context)
    for row in context.target.objects(Stream("release_items")):
        release, item = text(row.get("release")), as_object(row.get("item"))
        uid, code, type_ = text(item.get("uid")), text(item.get("locale")), item_type(item)
        # All releases are paired, also where only some are written. Of those the source's items are not here.
        paired = pairs.of("releases").source(release)
        is_ours = paired is not None and context.source.get(Stream("releases"), paired) is not None
        if is_ours and is_known(type_, uid, code):
            key = release, type_, uid, text(item.get("variant_id"))
            same = {(*key, code), (*key, "")} & ours if code else key in anywhere
            if not same:
                yield release, item


def _known_items(context: ImportContext) -> Callable[[str, str, str], bool]:
    """Whether the snapshot tells of an item of this type, uid and language: a narrowed one does of what was chosen."""
    pairs = context.once(matches)
    selections = (selection_from_json(as_object(context.manifest.get("options"))), context.options.selection)
    if not any(one.is_narrow for one in selections):
        return lambda _type, _uid, _code: True
    chosen = [one.locales for one in selections if one.locales]
    codes = {target: source for source, target in context.options.locales.items()}

    def is_known(type_: str, uid: str, code: str) -> bool:
        is_paired = bool(pairs.of(_kind(type_)).source(uid))
        return is_paired and all(codes.get(code, code) in one for one in chosen)

    return is_known


def _ours(context: ImportContext, row: JsonObject) -> Iterator[tuple[str, str, str, str, str]]:
    """An item of the source in the target's uids, if the target has what it names, or had it once."""
    item, pairs = as_object(row.get("item")), context.once(matches)

    def target(kind: str, uid: str) -> str | None:
        return context.identity.target(kind, uid) or pairs.target(kind, uid)

    type_, variant, code = item_type(item), text(item.get("variant_id")), text(item.get("locale"))
    release = target("releases", text(row.get("release")))
    kind, named = _kind(type_), text(item.get("uid"))
    now = target(kind, named)
    if now is None and is_same_stack(context):
        now = named  # what the source has deleted since is called the same in both releases
    # Under a uid that is gone it is the source's as well: replaced, or told as a gap.
    for uid in {now, context.earlier.target(kind, named)} - {None} if release is not None else ():
        own = target("variants", variant) or variant
        yield text(release), type_, text(uid), own, target_locale(context, code) if code else ""


def item_type(item: JsonObject) -> str:
    """The content type of an item; empty for an asset."""
    type_ = text(item.get("content_type_uid"))
    return "" if type_ in ASSET_TYPES else type_


def _kind(content_type: str) -> str:
    return "entries" if content_type else "assets"


def version_of(row: JsonObject) -> str:
    """The number of a document or an asset."""
    return str(integer(row.get("_version")) or 0)


def item_version(item: JsonObject) -> str:
    """The version that an item of a release names; one of older releases names none."""
    return str(integer(item.get("version")) or "-")
