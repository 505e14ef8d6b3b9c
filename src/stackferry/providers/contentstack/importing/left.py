"""What a target goes on having that its source has not, where an import looked for it. Pure.

An import with `--on-conflict update` makes objects of the target like those of the source, and deletes nothing: no
language of an entry, no item of a release. It takes down what the source does not publish, but not in environments in
which the source publishes nothing, nor where the snapshot does not tell. So that nobody believes both to be equal, what
is beyond the source is told, whole objects that only the target has among it.
What the branches of a stack have in common is never written from one to another. Where the stack has changed since the
snapshot was made, that is told too.
Everything comes from the snapshot and from what was read of the target before the import began.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, text
from stackferry.model import JsonObject, Left, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.added_fields import (
    is_block,
    keeps_added_fields,
    with_added_fields,
)
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.content.term_order import misplaced_terms
from stackferry.providers.contentstack.content.variants import variant_of
from stackferry.providers.contentstack.credentials import redact_salted
from stackferry.providers.contentstack.importing.branches.deleted import DeletedInTarget
from stackferry.providers.contentstack.importing.branches.kept import kept_by_promotion
from stackferry.providers.contentstack.importing.branches.published import OTHER_VERSION, PublishedInTarget
from stackferry.providers.contentstack.importing.deletions.moved import MovedUids
from stackferry.providers.contentstack.importing.entries.lost_links import files_not_in_part
from stackferry.providers.contentstack.importing.left_beside import beside
from stackferry.providers.contentstack.importing.mirror.surplus import KINDS as MIRRORED
from stackferry.providers.contentstack.importing.mirror.surplus import is_paired, item_type, surplus_items
from stackferry.providers.contentstack.importing.publishing.surplus import surplus
from stackferry.providers.contentstack.importing.taxonomies.translations import own_names
from stackferry.providers.contentstack.importing.variants import entry_variants
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.schema.transform import outlined
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.contentstack.words import view
from stackferry.providers.secrets.redacted import equal_but_redacted
from stackferry.providers.selection import selection_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.contentstack.options import ContentstackWriteOptions
    from stackferry.providers.target import ImportContext

_SHOWN = (
    "published in the target, in an environment or a language in which the source publishes nothing, or of which the "
    "snapshot does not tell: unpublish it there if it is not to be live"
)
_REASONS = {
    "publications": _SHOWN,
    "asset_publications": _SHOWN,
    "variant_publications": "a variant is published in the target and not in the source: unpublish it there by hand",
    "localizations": "the target has the entry in this language, the source has not: unlocalize it there if need be",
    "taxonomy_publications": (
        "the taxonomy belongs to the whole stack, which publishes it otherwise today: no branch's import changes that"
    ),
    "metadata_publications": "the target's branch alone has published it since the two parted: it stays live",
    "metadata": (
        "an extension keeps this record beside an object of the target, and none beside the source's: it stays, live "
        "where it is"
    ),
    "workflow_stages": "it is in a workflow stage in the target and in none in the source: no call takes it out of it",
    "variants": "the target has the entry in this variant, the source has not: delete it there if need be",
    "deleted": (
        "deleted in the target's branch since it parted from the source's, and unchanged in the source: it stays "
        "deleted ('stackferry restore' brings back an entry, an asset or a release)"
    ),
    "unpublished": (
        "live in the source since before the two branches were last equal, and not in the target: it stays unpublished"
    ),
    "newer": "edited in the target's branch since it parted from the source's, and not there: it stays",
    "fields": "the target's type has this field, the snapshot's has not: it keeps it, with what entries hold in it",
    "release_items": "in the target's release and not in the source's: remove it there if it is not to be deployed",
}
_BLOCK = (
    "the target's type has this block, the snapshot's has not: the type keeps it; lists of blocks that are written are "
    "those of the snapshot"
)
# Kinds whose whole objects are told where only the target has them.
_BEYOND = (
    "entries",
    "assets",
    "folders",
    "releases",
    "content_types",
    "global_fields",
    "locales",
    "environments",
    "labels",
    "extensions",
    "taxonomies",
    "terms",
    "variant_groups",
    "workflows",
    "publish_rules",
    "roles",
    "webhooks",
)
_BEYOND_REASON = "only the target has it"
_FILE_REASON = (
    "an entry of the target shows it, the source's does not any more: it was deleted there, or taken out of the entry; "
    "some entries alone do not tell which"
)
_GLOBAL_FIELDS = Stream("global_fields")
_SHARED = "it belongs to the whole stack, which has it otherwise today: no branch's import writes it"


class _Group(NamedTuple):
    """What the members of a row have in common."""

    kind: str
    content_type: str = ""
    locale: str = ""
    environment: str = ""
    release: str = ""
    of: str = ""
    reason: str = ""  # where it is not that of the kind


def _shared_kinds(options: ContentstackWriteOptions) -> Iterator[Kind]:
    return (one for one in kinds.KINDS if one.name in options.shared and options.asks_for(one.name))


def left_in_target(context: ImportContext) -> list[Left]:
    """One row for all objects of a type, language and environment, or of a release; by the target's uids."""
    looked = _Leftovers(context)
    rows: list[Iterator[tuple[_Group, str] | tuple[_Group, str, str]]] = [looked.shared(), looked.beside()]
    if context.options.on_conflict == "update":
        rows += [
            looked.newer(),
            looked.deleted(),
            looked.unpublished(),
            looked.publications(),
            looked.variants(),
            looked.files(),
        ]
        rows += [looked.beyond()]
        if keeps_added_fields(context.options):
            rows.append(looked.fields())
        if not context.options.mirror:
            rows += [looked.localizations(), looked.release_items()]
        rows.append(looked.other_variants())
    found: defaultdict[_Group, dict[str, str]] = defaultdict(dict)
    for row in chain(*rows):
        found[row[0]][row[1]] = row[2] if len(row) == 3 else ""
    return [
        Left(
            reason=group.reason or _REASONS.get(group.kind, _SHARED),
            uids=tuple(sorted(uids)),
            titles=tuple(uids[uid] for uid in sorted(uids)),
            **{name: value for name, value in group._asdict().items() if name != "reason"},
        )
        for group, uids in sorted(found.items())
    ]


class _Leftovers:
    def __init__(self, context: ImportContext) -> None:
        self._context, self._options = context, context.options
        self._pairs = context.once(matches)
        self._master = master_locale(context.target)
        rows = context.target.objects(Stream("environments"))
        self._names = {text(row.get("uid")): text(row.get("name")) for row in rows}
        self._codes = {target: source for source, target in self._options.locales.items()}
        exported = selection_from_json(as_object(context.manifest.get("options")))
        self._is_narrow = exported.is_narrow or self._options.selection.is_narrow
        self._chosen = [one.locales for one in (exported, self._options.selection) if one.locales]

    def _source_code(self, code: str) -> str:
        return self._codes.get(code, code)

    def _is_chosen(self, code: str) -> bool:
        """Whether a language of the target was looked at; a narrowed snapshot holds some languages only."""
        return all(self._source_code(code) in chosen for chosen in self._chosen)

    def shared(self) -> Iterator[tuple[_Group, str]]:
        """Objects of the whole stack that are not what they were when the snapshot was made."""
        options = write_options(self._context.options)
        codes = {text(row.get("code")) for row in self._context.target.objects(Stream("locales"))}
        for kind in _shared_kinds(options):
            for row in self._context.source.objects(Stream(kind.name)):
                own = self._context.target.get(Stream(kind.name), self._shared_key(kind, row))
                is_moved = kind is kinds.TERMS and kind.key(row) in self._moved_terms
                # Names in a language that the branch lacked were not read of it.
                if own is not None and (is_moved or _differs(self._context, kind, row, own)):
                    yield _Group(kind.name), kind.key(own).replace("\0", "/").strip("/")
                elif own is None and kind is kinds.TRANSLATIONS and row.get("locale") in codes:
                    yield _Group(kind.name), kind.key(row).replace("\0", "/").strip("/")

    def beside(self) -> Iterator[tuple[_Group, str]]:
        """What hangs on objects of both sides, and is otherwise in the target."""
        is_shared = kinds.TAXONOMIES in _shared_kinds(write_options(self._options))
        for *place, uid in beside(self._context, self._names, are_taxonomies_shared=is_shared):
            yield _Group(*place), uid

    @cached_property
    def _moved_terms(self) -> set[str]:
        """The keys of terms that stand in another place among those that lie in the same term."""
        found = misplaced_terms(self._context.source, self._context.target)
        return {f"{taxonomy}\0{uid}" for taxonomy, uid, _ in found}

    def newer(self) -> Iterator[tuple[_Group, str, str]]:
        """What a promotion kept: objects, stages of entries, and names of their versions."""
        for what, content_type, locale, uid, title in kept_by_promotion(self._context):
            yield _Group("newer", content_type, locale, of=what), uid, title

    def deleted(self) -> Iterator[tuple[_Group, str, str]]:
        """What stays deleted because the target alone has deleted it, by the source's uids."""
        for one in self._context.once(DeletedInTarget).told():
            # The source's languages; those of objects that are none have no such name.
            locale = target_locale(self._context, one.locale) if one.locale else ""
            release = self._pairs.target("releases", one.release) or one.release
            yield (
                _Group("deleted", one.content_type, locale, release=release, of=one.kind),
                one.uid,
                one.title,
            )

    def unpublished(self) -> Iterator[tuple[_Group, str]]:
        """What stays unpublished because the target alone has taken it down."""
        for one in self._context.once(PublishedInTarget).taken_down():
            locale = target_locale(self._context, one.locale)
            place = self._pairs.target("environments", one.environment) or one.environment
            name = self._names.get(place, place)
            yield _Group("unpublished", one.content_type, locale, name, of=one.kind), one.target

    def fields(self) -> Iterator[tuple[_Group, str]]:
        """Fields that types were given since: by the type's uid and the field's path."""
        for kind in (kinds.GLOBAL_FIELDS, kinds.CONTENT_TYPES):
            for row in self._context.source.objects(Stream(kind.name)):
                own = self._context.target.get(Stream(kind.name), text(row.get("uid")))
                if own is not None and self._options.includes(kind.name):
                    # A copy of a global field inside of a type has that field's own added fields.
                    globals_ = {text(one.get("uid")) for one in self._context.target.objects(_GLOBAL_FIELDS)}
                    _, added = with_added_fields(outlined(row, globals_), outlined(own, globals_))
                    for path in added:
                        reason = _BLOCK if is_block(own, path) else ""
                        yield _Group("fields", content_type=text(row.get("uid")), reason=reason), path

    def beyond(self) -> Iterator[tuple[_Group, str, str]]:
        """Whole objects that only the target has. A part of a snapshot does not tell what is not in all of it."""
        if self._is_narrow or write_options(self._options).is_part:
            return
        for kind in filter(self._is_beyond, _BEYOND):
            streams = [one for one in self._context.target.streams() if one.kind == kind]
            # Last in the master language: what it is called there counts.
            for stream in sorted(streams, key=lambda one: (one.locale == self._master, one)):
                for row in self._context.target.objects(stream):
                    uid = self._name_beyond(kind, row)
                    if uid and not self._is_in_both(kind, uid):
                        shown = uid.replace("\0", "/")
                        yield _Group(kind, stream.type, reason=_BEYOND_REASON), shown, view(kind, row).title

    def _is_in_both(self, kind: str, uid: str) -> bool:
        if kind == kinds.TERMS.name:  # a term has the same name on both sides
            return self._pairs.target(kind, uid) is not None
        return is_paired(self._context, kind, uid)

    def _name_beyond(self, kind: str, row: JsonObject) -> str:
        """What an object goes by; nothing for a term of a taxonomy that only the target has: that goes with it."""
        if kind != kinds.TERMS.name:
            return text(row.get("code" if kind == kinds.LOCALES.name else "uid"))
        key = kinds.TERMS.key(row)
        return key if is_paired(self._context, kinds.TAXONOMIES.name, key.partition("\0")[0]) else ""

    def files(self) -> Iterator[tuple[_Group, str, str]]:
        """Files that some entries show in the target alone; of whole branches `beyond` tells those that are deleted."""
        found = files_not_in_part(self._context) if self._options.includes("entries") else ()
        return ((_Group("assets", reason=_FILE_REASON), uid, title) for uid, title in found)

    def _is_beyond(self, kind: str) -> bool:
        """Whether objects of a kind stay that only the target has."""
        return self._options.includes(kind) and not (self._options.mirror and kind in MIRRORED)

    def _shared_key(self, kind: Kind, row: JsonObject) -> str:
        """Under which key the target has an object; its own one where it has none."""
        key = kind.key(row)
        return key if kind in (kinds.TERMS, kinds.TRANSLATIONS) else self._pairs.target(kind.name, key) or key

    def localizations(self) -> Iterator[tuple[_Group, str, str]]:
        """Documents of entries in languages in which the source has none of them."""
        if not self._options.includes("entries") or self._options.selection.version:
            return  # a version is asked for of one language alone
        for stream in self._context.target.streams():
            if stream.kind == "entries" and self._is_chosen(stream.locale):
                own = stream._replace(locale=self._source_code(stream.locale))
                for document in self._context.target.objects(stream):
                    uid = text(document.get("uid"))
                    source = self._pairs.of("entries").source(uid)
                    if source and self._is_selected(uid) and self._context.source.get(own, source) is None:
                        title = text(document.get("title"))
                        yield _Group("localizations", stream.type, stream.locale), uid, title

    def publications(self) -> Iterator[tuple[_Group, str, str]]:
        """What the source does not show and this import does not take down, by language and environment."""
        for one in surplus(self._context):
            if not one.is_ours:
                kind = "publications" if one.content_type else "asset_publications"
                name = self._names.get(one.environment, one.environment)
                title = self._title(one.content_type, one.target, one.owner)
                yield _Group(kind, one.content_type, one.locale, name, reason=one.why), one.target, title

    def variants(self) -> Iterator[tuple[_Group, str]]:
        """What of a variant the target shows and the source does not.

        A service that does not know variants in the call would take down the entry, so none is sent.
        """
        options, identity = self._options, self._context.identity
        is_looked_at = options.includes("variants") and options.publish != "none"
        for one in entry_variants(self._context) if is_looked_at else ():
            entry, variant = identity.target("entries", one.uid), identity.target("variants", one.variant)
            held = one.held(self._context, entry, variant) if entry and variant else None
            wanted = {
                (identity.target("environments", environment), target_locale(self._context, code))
                for environment, code, _ in publish_details(one.document)
            }
            for environment, code, _ in publish_details(held or {}):
                if (environment, code) not in wanted and self._is_chosen(code):
                    name = self._names.get(environment, environment)
                    kept = self._context.once(PublishedInTarget).is_kept_variant(one, environment, code)
                    reason = OTHER_VERSION if kept else ""
                    yield (
                        _Group("variant_publications", one.stream.type, code, name, reason=reason),
                        entry or "",
                    )

    def other_variants(self) -> Iterator[tuple[_Group, str, str]]:
        """Variants of entries that the source does not have in this language. No mirror takes them away."""
        target = self._context.identity.target
        ours = {
            (target("entries", one.uid), target("variants", one.variant), self._code(one.stream.locale))
            for one in entry_variants(self._context)
        }
        for stream in self._context.target.streams() if self._options.includes("variants") else ():
            rows = self._context.target.objects(stream) if stream.kind == "variants" else ()
            for row in rows if self._is_chosen(stream.locale) else ():
                uid, variant = text(row.get("uid")), variant_of(row)
                is_ours = (uid, variant, stream.locale) in ours
                if not is_ours and self._is_selected(uid):
                    yield _Group("variants", stream.type, stream.locale), f"{uid}/{variant}", ""

    def _is_selected(self, entry: str) -> bool:
        """Whether an entry of the target stands for one that is imported."""
        source = self._pairs.of("entries").source(entry)
        return source is not None and self._context.once(read_content).entries.number(source) is not None

    def _code(self, code: str) -> str:
        return target_locale(self._context, code)

    def _title(self, content_type: str, uid: str, locale: str) -> str:
        """What the target calls an entry, or without a content type an asset."""
        kind = "entries" if content_type else "assets"
        codes = dict.fromkeys((locale or self._master, self._master)) if content_type else ("",)
        found = (self._context.target.get(Stream(kind, content_type, code), uid) for code in codes)
        return next((text(row.get("title")) for row in found if row is not None), "")

    def release_items(self) -> Iterator[tuple[_Group, str, str]]:
        """What the source's release does not hold in this language, in any version."""
        if self._options.includes("releases"):
            moved = self._context.once(MovedUids)
            for release, item in surplus_items(self._context):
                kind = "assets" if item_type(item) in ASSET_TYPES else "entries"
                if moved.new(kind, text(item.get("uid"))) is not None:
                    continue  # replaced by what took its place, or a gap
                group = _Group("release_items", item_type(item), text(item.get("locale")), release=release)
                uid, code = text(item.get("uid")), text(item.get("locale"))
                yield group, uid, text(item.get("title")) or self._title(item_type(item), uid, code)


def _differs(context: ImportContext, kind: Kind, row: JsonObject, other: JsonObject) -> bool:
    ours, theirs = _own_fields(kind, row), _own_fields(kind, other)
    ours = redact_salted(kind.name, ours, context.salt)
    return not all(
        equal_but_redacted(theirs.get(name), ours.get(name)) for name in ours.keys() | theirs.keys()
    )


def _own_fields(kind: Kind, row: JsonObject) -> JsonObject:
    """What people make of an object: of a taxonomy not where it is live."""
    if kind is kinds.TRANSLATIONS:
        return own_names(as_object(row.get("names")))
    body = as_object(row.get("term")) if kind is kinds.TERMS else row
    # The numbers of an order mean nothing by themselves: see `misplaced_terms`.
    unsaid = ("publish_details", "order") if kind is kinds.TERMS else ("publish_details",)
    return {name: value for name, value in kind.own_fields(body).items() if name not in unsaid}
