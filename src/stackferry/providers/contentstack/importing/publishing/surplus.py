"""What the target publishes of the snapshot's objects where the source does not publish them. Pure.

It is taken down where the source publishes anything at all: in another environment the target may be on its own. What
nobody knows is not taken down either: where the snapshot does not tell what was published, or was not asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.publications import (
    EntryPublications,
    Publication,
    asset_publications,
    document_publications,
    stored_publications,
    target_publications,
)
from stackferry.providers.contentstack.importing.branches.fork import document_name
from stackferry.providers.contentstack.importing.branches.published import PublishedInTarget
from stackferry.providers.contentstack.importing.entries.second_look import moved_since
from stackferry.providers.contentstack.importing.mirror.surplus import document_goes
from stackferry.providers.contentstack.importing.promotion import Promotion
from stackferry.providers.contentstack.importing.selected.store import whole
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.selection import selection_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext

# Kinds of gaps after which it is not known what of an object was published, and where.
_OF_ENTRIES: Final = frozenset({"entries", "locales", "environments", "content_types", "publications"})
_OF_ASSETS: Final = frozenset({"assets", "locales", "environments", "asset_publications"})


class Surplus(NamedTuple):
    """A publication of the target: `uid` is the source's, everything else the target's. `owner` is the language of the
    document; it and `content_type` are empty for an asset. `is_ours`: this import takes it down."""

    content_type: str
    uid: str
    target: str
    locale: str
    environment: str
    owner: str
    version: int
    is_ours: bool
    why: str = ""  # it is not taken down

    @property
    def key(self) -> str:
        return "/".join((self.content_type, self.uid, self.locale, self.environment, str(self.version)))


def surplus(context: ImportContext) -> Iterator[Surplus]:
    """Everything of that, of assets and then of entries; nothing unless the import makes the target exact."""
    options, promotion = context.options, context.once(Promotion)
    if options.on_conflict == "update" and options.publish != "none":
        looked = _Surplus(context)
        if options.includes("assets"):
            yield from (one for one in looked.of_assets() if not promotion.is_kept("assets", one.uid))
        if options.includes("entries"):
            yield from (one for one in looked.of_entries() if not looked.is_kept(one))


def is_in_scope(context: ImportContext, environment: str) -> bool:
    """Whether this import takes down what the source does not publish in an environment of the target."""
    options = write_options(context.options)
    if options.on_conflict != "update" or options.publish == "none":
        return False
    return options.unpublish_everywhere or environment in context.once(_environments)


class _Surplus:
    def __init__(self, context: ImportContext) -> None:
        self._context, self._options = context, context.options
        self._pairs, self._gaps = context.once(matches), _Gaps(context.manifest)
        self._codes = {target: source for source, target in self._options.locales.items()}
        self._locales = {
            target_locale(context, text(row.get("code"))) for row in context.source.objects(Stream("locales"))
        }
        exported = selection_from_json(as_object(context.manifest.get("options")))
        self._chosen = [one.locales for one in (exported, self._options.selection) if one.locales]

    def is_kept(self, one: Surplus) -> bool:
        """Whether it is of a document that stays as it is in the target."""
        name = document_name(one.content_type, one.uid, self._source_code(one.owner))
        return self._context.once(Promotion).is_kept("entries", name)

    def of_entries(self) -> Iterator[Surplus]:
        ours, theirs = self._context.once(stored_publications), self._context.once(target_publications)
        known = EntryPublications(self._context.source)
        for content_type, _, uid in known.entries():
            target = self._pairs.target("entries", uid)
            shown = [*theirs.of(content_type, target)] if target else []
            if not shown:
                continue
            places = {self._place(one) for one in ours.of(content_type, uid)}
            is_known = known.are_listed(content_type, uid) and not self._gaps.hide_entry(content_type, uid)
            for one in shown:
                owner = Stream("entries", content_type, one.document_locale)
                # What a mirror deletes is then live nowhere.
                is_kept = not document_goes(self._context, owner, one.uid)
                if (one.environment, one.locale) not in places and self._is_chosen(one.locale) and is_kept:
                    yield self._found(one, uid, is_known=is_known)

    def of_assets(self) -> Iterator[Surplus]:
        stream = Stream("assets")
        for asset in self._context.source.objects(stream):
            uid = text(asset.get("uid"))
            target = self._pairs.target("assets", uid)
            held = self._context.target.get(stream, target) if target else None
            if target is None or held is None:
                continue
            places = {self._place(one) for one in document_publications("", uid, asset)}
            is_known = isinstance(asset.get("publish_details"), list) and not self._gaps.hide_asset(uid)
            for one in document_publications("", target, held):
                if (one.environment, one.locale) not in places and self._is_chosen(one.locale):
                    yield self._found(one, uid, is_known=is_known)

    def _found(self, one: Publication, uid: str, *, is_known: bool) -> Surplus:
        is_ours = (
            is_known
            and one.locale in self._locales
            and not self._gaps.hide_locale(self._source_code(one.locale))
        )
        is_ours = is_ours and is_in_scope(self._context, one.environment)
        why = self._why_kept(one, uid) if is_ours else ""
        place = (one.locale, one.environment, one.document_locale)
        return Surplus(one.content_type, uid, one.uid, *place, one.version, is_ours and not why, why)

    def _why_kept(self, one: Publication, uid: str) -> str:
        """Why what only the target shows stays live, although the source does not show it."""
        moved = moved_since(self._context, one.uid, one.document_locale)
        if moved:
            return f"published in the target and not in the source, but {moved}: it stays live"
        return self._context.once(PublishedInTarget).stays_live(one, uid)

    def _place(self, one: Publication) -> tuple[str, str]:
        found = self._context.identity.target("environments", one.environment)
        return found or "", target_locale(self._context, one.locale)

    def _source_code(self, code: str) -> str:
        return self._codes.get(code, code)

    def _is_chosen(self, code: str) -> bool:
        """Whether a language of the target was looked at; a narrowed snapshot holds some languages only."""
        return all(self._source_code(code) in chosen for chosen in self._chosen)


def _environments(context: ImportContext) -> frozenset[str]:
    """The target's environments in which the source publishes something, be it of what is imported or not."""
    source = whole(context.source)
    everything = stored_publications(context) if source is context.source else EntryPublications(source)
    used = {one.environment for one in everything}
    used |= {one.environment for one in asset_publications(source)}
    found = (context.identity.target("environments", uid) for uid in used)
    return frozenset(uid for uid in found if uid)


class _Gaps:
    """What the snapshot's gaps leave unknown of what was published."""

    def __init__(self, manifest: JsonObject) -> None:
        self._rows = [(_kind(gap), text(gap.get("uid")), gap) for gap in objects(manifest.get("gaps"))]

    def hide_entry(self, content_type: str, uid: str) -> bool:
        return any(
            kind in _OF_ENTRIES and named in ("", "*", uid) and _type(gap) in ("", content_type)
            for kind, named, gap in self._rows
        )

    def hide_asset(self, uid: str) -> bool:
        return any(kind in _OF_ASSETS and named in ("", "*", uid) for kind, named, _ in self._rows)

    def hide_locale(self, code: str) -> bool:
        return any(kind == "locales" and named == code for kind, named, _ in self._rows)


def _kind(gap: JsonObject) -> str:
    """The kind of a gap; that of a whole listing has its name: `entries/page/en-us`."""
    return text(gap.get("kind")).partition("/")[0]


def _type(gap: JsonObject) -> str:
    _, _, rest = text(gap.get("kind")).partition("/")
    return text(gap.get("content_type")) or rest.partition("/")[0]
