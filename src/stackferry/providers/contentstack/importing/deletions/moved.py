"""Which uids that documents of the target may hold are gone there, and what stands in their place now.

In the stack that the snapshot comes from that is the snapshot's own uid; in any stack the one that an earlier import
gave the object. An object of such a uid was made anew, or was found by its name. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.model import Remark, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.answers import remember
from stackferry.providers.contentstack.importing.deletions.in_trash import in_trash, was_there
from stackferry.providers.contentstack.references.model import KEEP, Keep, ReferenceKind
from stackferry.providers.contentstack.target_names import is_same_stack
from stackferry.providers.contentstack.words import view
from stackferry.providers.pairs import holds
from stackferry.providers.target import PreparedWrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.references.model import Reference
    from stackferry.providers.target import ImportContext, Step

# The identity of a uid that was gone when this import began and that nothing had taken the place of: by the object.
_GONE: Final = "gone"
IF_NOT_RESTORED: Final = "if_not_restored"  # under which name a dry run counts what follows from that
_KINDS: Final = ("entries", "assets")
# What no call takes from the trash, or what has none; content does not refer to it by its uid: told, and no more. Uids
# of types, terms, taxonomies and languages are their authors' and stay.
_ONLY_TOLD: Final = (
    "folders",
    "releases",
    "extensions",
    "labels",
    "variant_groups",
    "environments",
    "roles",
    "workflows",
    "publish_rules",
    "webhooks",
)
_WHY: Final = "made anew, or found by its name: the target has nothing of the old uid"


def note_gone(context: ImportContext) -> Iterator[Step]:
    """Remember such uids before anything is made anew: what is made then takes their place in what is known."""
    for kind, uid in _objects(context):
        known, found = context.earlier.target(kind, uid), context.in_target(kind, uid)
        old = known or (uid if is_same_stack(context) else "")
        if old and old != found and not holds(context.target, kind, old):
            identity = (_GONE, f"{kind}\0{uid}", old)
            yield remember(f"gone/{kind}/{uid}", kind, PreparedWrite(identities=[identity]))


class MovedUids:
    """The uids that are gone, once everything is made; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        # Kind, old uid, the snapshot's uid, whether it has moved in this import, and whether it only may have to.
        self._found = context.scratch.table(5, self._rows())
        self.are_any = next(iter(self._found), None) is not None
        self.are_any_surely = any(not row[4] for row in self._found)
        self.are_new = any(row[3] for row in self._found)
        self.are_surely_new = any(row[3] and not row[4] for row in self._found)

    def is_uncertain(self, kind: str, old: str) -> bool:
        """Whether it is only gone if the trash refuses it, as a dry run sees it."""
        found = self._found.of(kind, old)
        return bool(found and found[0][4])

    def source(self, kind: str, old: str) -> str:
        """The snapshot's uid of what once had that uid in the target; empty for a uid that is not gone."""
        found = self._found.of(kind, old)
        return text(found[0][2]) if found else ""

    def new(self, kind: str, old: str) -> str | None:
        """The uid in the place of one that is gone; None for any other."""
        found = self._found.of(kind, old)
        if not found:
            return None
        return f"planned-{old}" if found[0][4] else self._context.in_target(kind, text(found[0][2]))

    def replaced(self, reference: Reference) -> str | Keep:
        """What stands in the place of what a field refers to, where that is gone."""
        match reference.kind:
            case ReferenceKind.ENTRY:
                return self.new("entries", reference.uid) or KEEP
            case ReferenceKind.ASSET:
                return self.new("assets", reference.uid) or KEEP
            case ReferenceKind.OBJECT:
                return self.new("entries", reference.uid) or self.new("assets", reference.uid) or KEEP
            case ReferenceKind.ASSET_URL:
                source = self.source("assets", reference.uid)
                return (self._context.identity.target("asset_urls", source) if source else None) or KEEP
            case _:
                return KEEP

    def uncertain(self, references: Iterable[Reference]) -> list[bool]:
        """Of each of these that is gone, whether that is uncertain."""
        gone = (one for one in references if self.replaced(one) is not KEEP)
        return [any(self.is_uncertain(kind, one.uid) for kind in _KINDS) for one in gone]

    def remarks(self) -> Iterator[Step]:
        """Tell each in the report's list `mapped`."""
        for kind, old, source, _, _ in (row for row in self._found if not row[4]):
            remark = self._remark(text(kind), text(old), text(source))
            yield remember(f"mapped/{kind}/{old}", text(kind), PreparedWrite(remarks=[remark]))
        told = (row for row in self.only_told() if self._context.options.includes(row[0]))
        for kind, old, title, new in told:
            remark = Remark(list="mapped", kind=kind, uid=old, title=title, target=new, reason=_WHY)
            yield remember(f"mapped/{kind}/{old}", kind, PreparedWrite(remarks=[remark]))

    def only_told(self) -> Iterator[tuple[str, str, str, str]]:
        """Of those kinds what is under another uid in the stack that it comes from: kind, uid, title, new uid."""
        for kind in _ONLY_TOLD if is_same_stack(self._context) else ():
            for row in self._context.source.objects(Stream(kind)):
                uid = text(row.get("uid"))
                new = self._context.in_target(kind, uid)
                if new and new != uid and not holds(self._context.target, kind, uid):
                    yield kind, uid, view(kind, row).title, new

    def title(self, kind: str, old: str) -> str:
        """What people call what once had that uid."""
        row = self._document(kind, self.source(kind, old))[1]
        return text(row.get("title")) or text(row.get("filename"))

    def _rows(self) -> Iterator[tuple[str, str, str, int, int]]:
        context = self._context
        for kind, uid in _objects(context):
            if asked := in_trash(context, kind, uid):
                yield kind, asked, uid, 1, 1
                continue
            noted, new = context.identity.target(_GONE, f"{kind}\0{uid}"), context.in_target(kind, uid)
            for old in {noted, uid if is_same_stack(context) else None}:
                if old and new and old != new and not holds(context.target, kind, old):
                    is_new = old == noted and (
                        old != uid or was_there(context, kind, self._document(kind, uid)[1])
                    )
                    yield kind, old, uid, int(is_new), 0

    def _remark(self, kind: str, old: str, source: str) -> Remark:
        stream, _ = self._document(kind, source)
        return Remark(
            list="mapped",
            kind=kind,
            uid=old,
            type=stream.type,
            locale=stream.locale,
            title=self.title(kind, old),
            target=self.new(kind, old) or "",
            reason=_WHY,
        )

    def _document(self, kind: str, uid: str) -> tuple[Stream, JsonObject]:
        everything = self._context.everything
        master = master_locale(everything)
        streams = (stream for stream in everything.streams() if stream.kind == kind)
        for stream in sorted(streams, key=lambda one: one.locale != master):
            if (row := everything.get(stream, uid)) is not None:
                return stream, row
        return Stream(kind), {}


def _objects(context: ImportContext) -> Iterator[tuple[str, str]]:
    """The kind and the uid of every entry and every asset of the snapshot, where what refers to them is imported."""
    is_asked = context.options.includes(*_KINDS, "releases")
    streams = (stream for stream in context.everything.streams() if is_asked and stream.kind in _KINDS)
    rows = ((one.kind, text(row.get("uid"))) for one in streams for row in context.everything.objects(one))
    # An entry is there once for each of its languages.
    return ((text(kind), text(uid)) for kind, uid in context.scratch.table(2, rows))
