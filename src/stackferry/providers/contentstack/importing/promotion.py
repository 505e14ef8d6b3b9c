"""From one branch of a stack into another: what was edited in the target alone since the two parted is kept.

Of an object that differs there are three states: the source's, the target's, and what both were when they parted or
were last made equal by an import. Edited in the source alone it is written; in the target alone it is kept; on both
sides it is a conflict, which the source wins unless the import was told otherwise (`conflicts`).

Where the snapshot holds what both were, its content decides: what was edited and taken back is not edited.

When they parted the stack's branches say (`content/branches.py`). Where a token may not read these, the newest version
that both have decides: versions of a copied branch go on from those of its source. Pure.
API pages: "Get a single branch", "Get a single entry" (`version`).
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import ABSENT, differences
from stackferry.json_values import as_object, integer, text
from stackferry.model import TYPE_KEY, Remark, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.added_fields import with_added_fields
from stackferry.providers.contentstack.content.comparable import ComparableEntries, normalize, same_content
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.variants import variant_record, written_variant
from stackferry.providers.contentstack.importing.assets.versions import upload_of_row
from stackferry.providers.contentstack.importing.branches.dated import DATED, edited_at, said
from stackferry.providers.contentstack.importing.branches.fork import (
    Fork,
    document_name,
    name_there,
    promoted_key,
    target_stream,
)
from stackferry.providers.contentstack.importing.deletions.in_trash import was_taken
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.reading.reader import StackReader
from stackferry.providers.contentstack.references.source_uids import SourceUids
from stackferry.providers.contentstack.requests.entries import read_entry
from stackferry.providers.contentstack.schema.transform import outlined
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.promotion import PROMOTED, Verdict, known_sides, verdict_of
from stackferry.providers.reading.names_of_fields import names_of_fields
from stackferry.providers.reading.plain import same_uid
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.target import ImportContext, Step

_OUTCOMES = {"keep": "the target's content stays", "stop": "nothing is written"}
_SHARED = "shared"  # kind of identity: the target's history has the source's latest version
_ENTRY = ("entries", "versions")
_VARIANTS: Final = "variants"
_GLOBAL_FIELDS = Stream("global_fields")
_NOTHING: Final[tuple[object, ...]] = (
    None,
    "",
    [],
    {},
    ABSENT,
)  # what a field shows in the place of a file that was deleted
TYPES: Final = {kind.name: kind for kind in (kinds.GLOBAL_FIELDS, kinds.CONTENT_TYPES)}


def _reader(context: ImportContext) -> StackReader:
    """Who names the fields of the source's documents."""
    return StackReader(context.source, context.source, same_uid)


class Promotion:
    """The verdicts of one import; ask for it with `context.once`. Everything is written where it is not `is_on`."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._fork = context, context.once(Fork)
        self.is_on, self._parted = self._fork.is_on, self._fork.parted
        self._uids = context.once(SourceUids)
        self._may_win = context.options.conflicts != "keep"

    def verdict(self, kind: str, name: str, row: JsonObject, held: JsonObject) -> Verdict:
        """Of an object that differs: `row` is the source's, `held` the target's."""
        if not self.is_on or self._was_taken(kind, name, held):
            return Verdict.WRITE
        if kind in DATED:
            return self._verdict_by_times(kind, name, row, held)
        if self.is_one_version(kind, name.split("\0")[0], row, held):
            return Verdict.KEEP
        here = promoted_key(kind, name, row)
        there = promoted_key(kind, name_there(kind, name, held), held)
        known = known_sides(self._context.earlier, here, there, _version(held))
        # Of a variant no page says that an older version can be read: times decide.
        if self._parted is not None or kind == _VARIANTS:
            source = not known.source and self._is_later(row)
            target = not known.target and self._is_later(held)
        elif any(known):
            source, target = not known.source, not known.target
        else:
            source, target = self._edited_by_number(kind, name, row, held)
        if source and target and (base := self._base(kind, name, row)) is not None:
            content_type = name.split("\0")[0]
            # What was edited and taken back says what it said before.
            source, target = (
                not same_content(*self._sides(kind, content_type, base, one)) for one in (row, held)
            )
        return verdict_of(source=source, target=target)

    def _verdict_by_times(self, kind: str, name: str, row: JsonObject, held: JsonObject) -> Verdict:
        """Of an object without versions: the state of the last promotion is the base, else the time of the fork."""
        here, there = promoted_key(kind, name, row), promoted_key(kind, name_there(kind, name, held), held)
        known = self._fork.known_by_time(here, there, edited_at(kind, held))
        if any(known):
            return verdict_of(source=not known.source, target=not known.target)
        edited = [self._fork.is_later(edited_at(kind, one)) for one in (row, held)]
        # It differs, so somebody has edited it: where no time tells who, both may have.
        return verdict_of(source=edited[0], target=edited[1]) if any(edited) else Verdict.CONFLICT

    def _base(self, kind: str, name: str, row: JsonObject) -> JsonObject | None:
        """What an entry's document was when both branches were last equal; None where the snapshot does not hold it."""
        if kind != _ENTRY[0]:
            return None
        content_type, uid, locale = name.split("\0")
        for number in range(_version(row) - 1, 0, -1):
            older = self._context.source.get(Stream(_ENTRY[1], content_type, locale), uid, number)
            if older is None:
                return None
            is_promoted = self._fork.knows(promoted_key(kind, name, {"_version": number}))
            if is_promoted or not self._is_later(older):
                return older
        return None

    def is_one_version(self, kind: str, content_type: str, row: JsonObject, held: JsonObject) -> bool:
        """Whether both sides have the same version of an entry or a variant: then nobody has edited it since.

        What it shows may differ all the same: of a file that was deleted it shows nothing. Two versions that have no
        more in common than number, author and time are two.
        """
        if not self.is_on or kind not in (*_ENTRY, _VARIANTS):
            return False
        # Both may have been edited in one instant, if that is later than the parting.
        is_older = self._parted is None or not self._is_later(row)
        names = ("uid", "_version", "updated_at", "updated_by")
        if not (is_older and all(row.get(one) and row.get(one) == held.get(one) for one in names)):
            return False
        found = differences(*self._sides(kind, content_type, row, held))
        return all(one.left in _NOTHING or one.right in _NOTHING for one in found)

    def _was_taken(self, kind: str, name: str, held: JsonObject) -> bool:
        """Whether this import took the target's from the trash: nobody has edited it since."""
        content_type, _, locale = name.split("\0") if kind == _ENTRY[0] else ("", name, "")
        there = target_locale(self._context, locale) if locale else ""
        return was_taken(self._context, Stream(kind, content_type, there), text(held.get("uid")))

    def _is_later(self, row: JsonObject) -> bool:
        return self._fork.is_later(text(row.get("updated_at")))

    def _edited_by_number(self, kind: str, name: str, row: JsonObject, held: JsonObject) -> tuple[bool, bool]:
        """Whether the source, and whether the target, was edited since the newest version that both have."""
        own, other = _version(row), _version(held)
        if other > own:
            return (self._context.identity.target(_SHARED, f"{kind}\0{name}") is None, True)
        if kind != _ENTRY[0] or own == other:
            return True, True
        content_type, uid, locale = name.split("\0")
        older = self._context.source.get(Stream(_ENTRY[1], content_type, locale), uid, other)
        return True, older is None or not self._is_same(kind, content_type, older, held)

    def _is_same(self, kind: str, content_type: str, one: JsonObject, other: JsonObject) -> bool:
        if self.is_one_version(kind, content_type, one, other):
            return True
        return same_content(*self._sides(kind, content_type, one, other))

    def is_kept(self, kind: str, name: str) -> bool:
        """Whether an entry's document, an asset or a type stays as it is in the target, with what is live of it."""
        stays = (Verdict.KEEP,) if self._may_win else (Verdict.KEEP, Verdict.CONFLICT)
        return self.is_on and self._known_verdict(kind, name) in stays

    @cached_property
    def _verdicts(self) -> dict[tuple[str, str], tuple[Verdict, str]]:
        """The verdict and the target's uid of what is not simply written. To be asked when `look` has looked."""
        return {
            (kind, name): (verdict, _uid(kind, held))
            for kind, name, row, held in self._different()
            if (verdict := self.verdict(kind, name, row, held)) is not Verdict.WRITE
        }

    def _known_verdict(self, kind: str, name: str) -> Verdict:
        return self._verdicts.get((kind, name), (Verdict.WRITE, ""))[0]

    def shared_version(self, kind: str, name: str, row: JsonObject) -> int | None:
        """The number in the target of a version of an object that is kept; None where the target does not have it."""
        own = _version(row)
        if same := self._context.earlier.target(PROMOTED, promoted_key(kind, name, row)):
            return int(same.rpartition("\0")[2])
        # What is older than the parting has its number in both branches.
        if self._parted is not None:
            return None if self._is_later(row) else own
        return None if self._known_verdict(kind, name) is Verdict.CONFLICT else own

    def newer(self) -> Iterator[tuple[str, str, str]]:
        """What is kept because it was edited in the target alone: kind, name, and the target's uid."""
        for (kind, name), (verdict, uid) in self._verdicts.items():
            if verdict is Verdict.KEEP:
                yield kind, name, uid

    def conflicts(self) -> Iterator[Remark]:
        """What was edited on both sides."""
        for kind, name, row, held in self._different():
            if self.verdict(kind, name, row, held) is Verdict.CONFLICT:
                yield self.conflict(kind, name, row, held)

    def conflict(self, kind: str, name: str, row: JsonObject, held: JsonObject) -> Remark:
        """What is told of an object that was edited on both sides: the fields that differ."""
        content_type, uid, locale, *variant = name.split("\0") if "\0" in name else ("", name, "")
        left, right = self._sides(kind, content_type, row, held)
        fields = [one.path for one in differences(normalize(left), normalize(right))]
        about: JsonObject = {"kind": kind, "uid": uid, TYPE_KEY: content_type, "locale": locale}
        return Remark(
            list="conflicts",
            labels=tuple(names_of_fields(self._context.once(_reader), about, fields)),
            kind=kind,
            uid="/".join((uid, *variant)),
            type=content_type,
            locale=locale,
            title=text(held.get("title")) or text(held.get("name")),
            fields=tuple(fields),
            reason=both_edited(self._context),
        )

    def told(self, kind: str, name: str, row: JsonObject, held: JsonObject) -> list[Remark]:
        """What is told of an object that differs: that it was edited on both sides, if so."""
        is_conflict = self.is_on and self.verdict(kind, name, row, held) is Verdict.CONFLICT
        return [self.conflict(kind, name, row, held)] if is_conflict else []

    def _different(self) -> Iterator[tuple[str, str, JsonObject, JsonObject]]:
        """The entries' documents, the assets and the types that both sides have with other content."""
        yield from self._different_variants()
        yield from self._different_objects()
        context, pairs = self._context, self._context.once(matches)
        for stream in context.source.streams() if self.is_on else ():
            if stream.kind not in ("entries", "assets", *TYPES) or not context.options.includes(stream.kind):
                continue
            there = target_stream(context, stream)
            for row in context.source.objects(stream):
                uid = text(row.get("uid"))
                target = uid if stream.kind in TYPES else pairs.target(stream.kind, uid) or ""
                held = context.target.get(there, target)
                if held is not None and not self._is_same(stream.kind, stream.type, row, held):
                    name = document_name(stream.type, uid, stream.locale) if stream.type else uid
                    yield stream.kind, name, row, held

    def _different_objects(self) -> Iterator[tuple[str, str, JsonObject, JsonObject]]:
        """Of kinds whose objects are one write each."""
        context = self._context
        for kind in filter(context.options.includes, DATED if self.is_on else ()):
            for row in context.source.objects(Stream(kind)):
                uid = kinds.BY_NAME[kind].key(row)
                held = context.once(matches).row(kind, uid)
                if held is not None and not same_content(*self._sides(kind, "", row, held)):
                    yield kind, uid, row, held

    def _different_variants(self) -> Iterator[tuple[str, str, JsonObject, JsonObject]]:
        context, pairs = self._context, self._context.once(matches)
        schemas = context.once(read_content).schemas
        for stream in context.source.streams() if self.is_on and context.options.includes(_VARIANTS) else ():
            there, is_read = (
                target_stream(context, stream),
                stream.kind == _VARIANTS and stream.type in schemas,
            )
            for row in context.source.objects(stream) if is_read else ():
                uid, document = text(row.get("uid")), as_object(row.get("variant"))
                variant = text(variant_record(document).get("_uid"))
                target = (pairs.target("entries", uid), pairs.target(_VARIANTS, variant))
                found = context.target.get(there, "\0".join(map(text, target))) if all(target) else None
                held = as_object((found or {}).get("variant"))
                if held and not self._is_same(_VARIANTS, stream.type, document, held):
                    name = document_name(stream.type, uid, stream.locale)
                    yield _VARIANTS, f"{name}\0{variant}", document, held

    def _sides(
        self, kind: str, content_type: str, row: JsonObject, held: JsonObject
    ) -> tuple[JsonObject, JsonObject]:
        """What is compared of both."""
        if kind in TYPES:
            return self._types(TYPES[kind], row, held)
        if kind == "assets":
            return _asset(row), _asset(held)
        if kind in DATED:
            return as_object(self._uids.mapped(said(kind, row))), said(kind, held)
        if kind == _VARIANTS:
            schema = self._context.once(read_content).schemas[content_type]
            return written_variant(row, schema), written_variant(held, schema)
        written = self._context.once(ComparableEntries).written_form
        return written(content_type, row), written(content_type, held)

    def _types(self, kind: Kind, row: JsonObject, held: JsonObject) -> tuple[JsonObject, JsonObject]:
        """A type as it would be written, and what the target has of that."""
        global_fields = {text(one.get("uid")) for one in self._context.everything.objects(_GLOBAL_FIELDS)}
        own, other = (outlined(kind.own_fields(one), global_fields) for one in (row, held))
        body = with_added_fields(own, other)[0]
        return body, {name: other.get(name) for name in body}

    def look(self) -> Iterator[Step]:
        """Where nobody says when the branches parted: whether the target's history has the source's latest version."""
        if not self.is_on or self._parted is not None:
            return
        for kind, name, row, held in self._different():
            if kind == _ENTRY[0] and _version(held) > _version(row):
                content_type, _, locale = name.split("\0")
                there = target_locale(self._context, locale)
                yield Await(
                    key=f"shared/{name.replace(chr(0), '/')}",
                    kind="entries",
                    request=read_entry(
                        content_type,
                        text(held.get("uid")),
                        ("version", str(_version(row))),
                        ("locale", there),
                    ),
                    observe=partial(self._observe, kind, name, content_type, row),
                    reads_initial_state=True,
                )

    def _observe(
        self, kind: str, name: str, content_type: str, row: JsonObject, answer: JsonObject
    ) -> Observation:
        older = as_object(answer.get("entry"))
        is_same = bool(older) and self._is_same(kind, content_type, row, older)
        return Observation([(_SHARED, f"{kind}\0{name}", "yes")] if is_same else ())


def both_edited(context: ImportContext) -> str:
    """What is told of something that was edited on both sides."""
    outcome = _OUTCOMES.get(context.options.conflicts, "the source's content goes over it")
    return f"edited in both branches since they were equal: {outcome}"


def is_of_kept(context: ImportContext, publication: Publication) -> bool:
    """Whether a publication is of a document, or an asset, that stays as it is in the target."""
    one = publication
    if not one.content_type:
        return context.once(Promotion).is_kept("assets", one.uid)
    name = document_name(one.content_type, one.uid, one.document_locale)
    return context.once(Promotion).is_kept("entries", name)


def _uid(kind: str, held: JsonObject) -> str:
    """What the report calls an object of the target."""
    own = [text(variant_record(held).get("_uid"))] if kind == _VARIANTS else []
    return "/".join((text(held.get("code" if kind == "locales" else "uid")), *own))


def _asset(row: JsonObject) -> JsonObject:
    """What people set of an asset. Its address names the branch that it was read from, too."""
    names = ("title", "description", "tags", "filename", "file_size")
    return {**{name: row.get(name) for name in names}, "url": "/".join(upload_of_row(row)) or row.get("url")}


def _version(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1
