"""The plan for variants: their groups, and what each variant changes in an entry.

A group's variants get new uids, recognised by their name, or their place where they have none. Pure.
API: the variants calls as the vendor's own clients use them (header `api_version: 3.2`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.json_diff import equal
from stackferry.json_values import as_list, as_object, integer, objects, text, texts
from stackferry.model import Gap, Json, JsonObject, Request, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.comparable import normalize, strip_for_write
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.content.variants import (
    changed_fields,
    changed_names,
    linked_types,
    written_variant,
)
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.branches.fork import Fork, promoted
from stackferry.providers.contentstack.importing.entries.instances import Instances
from stackferry.providers.contentstack.importing.entries.lost_links import lost_field
from stackferry.providers.contentstack.importing.entries.stage_locks import lock_of_variant
from stackferry.providers.contentstack.importing.entries.withheld import because, why_no_entry
from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload
from stackferry.providers.contentstack.importing.promotion import Promotion
from stackferry.providers.contentstack.matching.objects import pair_members
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.model import KEEP, Schema
from stackferry.providers.contentstack.references.resolver import KEPT, LEFT_OUT, Resolver
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.entries import read_variant, write_variant
from stackferry.providers.contentstack.target_names import (
    is_one_place,
    is_same_stack,
    target_branch,
    target_locale,
)
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Step, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class EntryVariant:
    """What one variant changes in one document of an entry."""

    stream: Stream
    row: JsonObject

    @property
    def uid(self) -> str:
        """The entry's uid."""
        return text(self.row.get("uid"))

    @property
    def document(self) -> JsonObject:
        return as_object(self.row.get("variant"))

    @property
    def record(self) -> JsonObject:
        """The variant's own record: its uid, and which fields it changes."""
        return as_object(self.document.get("_variant"))

    @property
    def variant(self) -> str:
        """The variant's uid."""
        return text(self.record.get("_uid"))

    @property
    def key(self) -> str:
        """The import's step that writes it."""
        return f"variants/{self.stream.type}/{self.uid}/{self.stream.locale}/{self.variant}"

    @property
    def version_key(self) -> str:
        """The name under which its version in the target is kept."""
        return f"{self.stream.type}\0{self.uid}\0{self.stream.locale}\0{self.variant}"

    def gap(self, reason: str) -> Gap:
        return Gap(
            kind="variants",
            uid=self.uid,
            type=self.stream.type,
            locale=self.stream.locale,
            path=self.variant,
            reason=reason,
        )

    def held(self, context: ImportContext, entry: str, variant: str) -> JsonObject | None:
        """The variant as the target held it before the import."""
        stream = self.stream._replace(locale=target_locale(context, self.stream.locale))
        row = context.target.get(stream, f"{entry}\0{variant}")
        return None if row is None else as_object(row.get("variant"))

    def in_history(self, context: ImportContext, number: int) -> int | None:
        """The target's number of a version before the latest, which no import brings: where the snapshot comes from the
        same variant has the same versions."""
        return number if self.has_version(context, number) and not context.once(_are_any_moved) else None

    def has_version(self, context: ImportContext, number: int) -> bool:
        """Whether the target is where the snapshot comes from, and the very variant still has a version."""
        target = context.identity.target
        entry, variant = target("entries", self.uid), target("variants", self.variant)
        held = self.held(context, entry, variant) if is_one_place(context) and entry and variant else None
        return held is not None and self._is_instance(held) and number <= (integer(held.get("_version")) or 0)

    def _is_instance(self, held: JsonObject) -> bool:
        """Whether it is the very one: what was deleted and made anew begins with version 1 again."""
        sides = (self.record.get("_instance_uid"), as_object(held.get("_variant")).get("_instance_uid"))
        is_one = None in sides or sides[0] == sides[1]
        return is_one and held.get("created_at") == self.document.get("created_at")


def _are_any_moved(context: ImportContext) -> bool:
    """Whether an earlier import made something anew under another uid: older versions may refer to the old one."""
    pairs = context.once(matches)
    return any(source != target for kind in ("entries", "assets") for source, target in pairs.of(kind))


def groups(context: ImportContext) -> Iterator[ObjectWrite]:
    """Every variant group with its variants, linked to its content types."""
    for row in context.source.objects(Stream("variant_groups")):
        yield ObjectWrite(
            kind=kinds.VARIANT_GROUPS,
            uid=text(row.get("uid")),
            payload=partial(_group, context, row),
            identities=partial(_group_identities, context, row),
            optional=True,
            view=_compared_group,
        )


def _group(context: ImportContext, row: JsonObject) -> Payload:
    """A group and its variants. In another branch of the stack it names that branch, as the service says."""
    body = _compared_group(kinds.VARIANT_GROUPS.own_fields(row))
    named = texts(body.pop("branches", None))
    if named and not is_same_stack(context):
        body["branches"] = [target_branch(context, name) for name in named]
    return Payload(body)


def _compared_group(row: JsonObject) -> JsonObject:
    """A group as it is compared: times and authors of its variants are the service's own."""
    if "variants" not in row:
        return row
    variants: list[Json] = [
        kinds.VARIANT_GROUPS.own_fields(one) | {"uid": one.get("uid")} for one in objects(row["variants"])
    ]
    return {**row, "variants": variants}


def _group_identities(
    context: ImportContext, row: JsonObject, made: JsonObject
) -> list[tuple[str, str, str]]:
    pairs = pair_members(row.get("variants"), made.get("variants"), context.once(matches).ways("variants"))
    variants = [("variants", source, target) for source, target in pairs if target]
    return [("variant_groups", text(row.get("uid")), text(made.get("uid"))), *variants]


def entry_variants(context: ImportContext) -> Iterator[EntryVariant]:
    """Every variant of every entry."""
    for stream in context.source.streams():
        if stream.kind == "variants":
            yield from (EntryVariant(stream, row) for row in context.source.objects(stream))


def contents(context: ImportContext) -> Iterator[Step]:
    """What every variant of every entry changes."""
    schemas = read_schemas(context.source)
    for one in entry_variants(context):
        if one.stream.type in schemas:
            yield _VariantWrite(context, one, schemas[one.stream.type]).step()


def variant_of_item(context: ImportContext, item: JsonObject) -> EntryVariant | None:
    """The variant that an item of a release names, as the snapshot holds it."""
    stream = Stream("variants", text(item.get("content_type_uid")), text(item.get("locale")))
    row = context.everything.get(stream, f"{text(item.get('uid'))}\0{text(item.get('variant_id'))}")
    return None if row is None else EntryVariant(stream, row)


def number_in_target(context: ImportContext, one: EntryVariant) -> str | None:
    """The target's number of a variant's latest version: the one that this import made or found, or, where it brings no
    variants, the latest one of the target that says the same."""
    made = context.identity.target("variant_versions", one.version_key)
    if made is None and (schema := context.once(_schemas).get(one.stream.type)) is not None:
        return _VariantWrite(context, one, schema).number_of_equal()
    return made


def _schemas(context: ImportContext) -> dict[str, Schema]:
    return read_schemas(context.everything)


def _read_types(context: ImportContext) -> set[str]:
    """The types of the target whose variants were read before the import."""
    return linked_types(context.target.objects(Stream("variant_groups")))


class _VariantWrite:
    """What one variant changes, on its way."""

    def __init__(self, context: ImportContext, one: EntryVariant, schema: Schema) -> None:
        self._context, self._one, self._schema = context, one, schema
        self._locale = target_locale(context, one.stream.locale)
        self._promotion = context.once(Promotion)
        self._sent: JsonObject = {}

    def step(self) -> Write:
        return Write(
            key=self._one.key,
            kind="variants",
            build=self._build,
            read=self._read,
            failed=self._one.gap(f"the target refused it{self._lock()}"),
            probe=self._probe,
            optional=True,
        )

    def _lock(self) -> str:
        """What is told where the target refuses it: that a workflow stage locks what the target has, if so."""
        target, one = self._context.identity.target, self._one
        entry, variant = target("entries", one.uid), target("variants", one.variant)
        if entry is None or variant is None:
            return ""
        document = self._context.target.get(Stream("entries", one.stream.type, self._locale), entry)
        return lock_of_variant(self._context, one.held(self._context, entry, variant), document)

    def _build(self) -> PreparedWrite:
        context, one = self._context, self._one
        entry = context.identity.target("entries", one.uid)
        target = context.identity.target("variants", one.variant)
        if entry is None or target is None:
            what = "its entry or its variant group is not in the target"
            why = why_no_entry(context, one.stream.type, one.uid) if entry is None else ""
            return PreparedWrite(gaps=[one.gap(because(what, why))])
        held = one.held(context, entry, target)
        if held is None and self._is_unlinked(target):
            return PreparedWrite()
        body, gaps = self._body(held)
        return self._over(held, body, gaps) or self._write(entry, target, held, body, gaps)

    def number_of_equal(self) -> str | None:
        """The number of the latest version in the target, if that says what the source's says."""
        context, one = self._context, self._one
        entry = context.identity.target("entries", one.uid)
        target = context.identity.target("variants", one.variant)
        held = one.held(context, entry, target) if entry and target else None
        if held is None:
            return None
        body, gaps = self._body(held)
        is_equal = not gaps and _is_unchanged(held, body, self._schema, "")
        return str(integer(held.get("_version")) or 1) if is_equal else None

    def _is_unlinked(self, target: str) -> bool:
        """Whether the target's branch has unlinked the type from the group, so that nobody can read what is there.

        Then nothing is to be brought, unless the source has edited the variant since.
        """
        one, fork = self._one, self._context.once(Fork)
        if not fork.is_on or fork.is_edited("variants", one.version_key, one.document):
            return False
        for group in self._context.target.objects(Stream("variant_groups")):
            if any(variant.get("uid") == target for variant in objects(group.get("variants"))):
                return one.stream.type not in linked_types([group])
        return False

    def _over(self, held: JsonObject | None, body: JsonObject, gaps: Sequence[Gap]) -> PreparedWrite | None:
        """What to do about one that the target has and that is not written."""
        name, row = self._one.version_key, self._one.document
        if held is None:
            return None
        if _is_unchanged(held, body, self._schema, self._context.options.on_conflict):
            known = [self._version(held.get("_version") or 1), *self._same(held)]
            return PreparedWrite(identities=known, gaps=gaps)
        if not self._promotion.is_kept("variants", name):
            return None
        # It was edited in the target's branch. A release that pins the version finds its number.
        number = self._promotion.shared_version("variants", name, row)
        remarks = self._promotion.told("variants", name, row, held)
        known = [self._version(number)] if number else []
        return PreparedWrite(
            identities=known, gaps=[self._one.gap(told.reason) for told in remarks], remarks=remarks
        )

    def _write(
        self, entry: str, target: str, held: JsonObject | None, body: JsonObject, gaps: Sequence[Gap]
    ) -> PreparedWrite:
        one, stream = self._one, self._one.stream
        # `_change_set` says which fields the variant has of its own, `_order` where its instances stand.
        instances = self._context.once(Instances)
        kept: JsonObject = {
            name: instances.mapped_paths(one.uid, one.record[name])
            for name in ("_change_set", "_order")
            if name in one.record
        }
        left_out = changed_names(one.document) - body.keys()
        if left_out and "_change_set" in kept:
            paths = map(text, as_list(kept["_change_set"]))
            kept["_change_set"] = [one for one in paths if one.partition(".")[0] not in left_out]
        changed = {**body, "_variant": kept}
        request = write_variant(stream.type, entry, target, changed, params(locale=self._locale))
        number = (integer(held.get("_version")) or 1) + 1 if held is not None else 1
        note: JsonObject = {"entry": entry, "variant": target, "version": number}
        self._sent = body
        told = self._promotion.told("variants", one.version_key, one.document, held) if held else []
        expected = number if self._is_seen(entry) else None
        return PreparedWrite(request=request, note=note, gaps=gaps, version=expected, remarks=told)

    def _is_seen(self, entry: str) -> bool:
        """Whether all that the target has of the variant was read: else it may have versions that nobody knows.

        Variants of an entry are listed where a group is linked to its type, and where it has a document.
        """
        target, own = self._context.target, self._one.stream
        streams = (one for one in target.streams() if one.kind == "entries" and one.type == own.type)
        there = {one.locale for one in streams if target.get(one, entry) is not None}
        is_listed = own.type in self._context.once(_read_types) and self._locale in there
        return not there or is_listed

    def _body(self, held: JsonObject | None) -> tuple[JsonObject, list[Gap]]:
        """The fields that the variant changes, in the target's terms."""
        one, context = self._one, self._context
        resolver = Resolver(context, one.stream.type, one.uid, one.stream.locale)
        changed = context.once(Instances).mapped(one.uid, changed_fields(one.document, self._schema))
        body = resolver.rewritten(self._schema, changed)
        if held is None or not (lost := {lost_field(gap) for gap in resolver.gaps} & body.keys()):
            return body, resolver.gaps
        # What the target has is never replaced by less; a field that its variant does not change stays so.
        ours, theirs = written_variant(one.document, self._schema), written_variant(held, self._schema)
        body = {name: value for name, value in body.items() if name not in lost}
        body |= {name: theirs[name] for name in lost if name in theirs}
        gaps = [
            replace(gap, reason=gap.reason.removesuffix(LEFT_OUT) + KEPT) if lost_field(gap) else gap
            for gap in resolver.gaps
            if not lost_field(gap) or ours.get(lost_field(gap)) != theirs.get(lost_field(gap))
        ]
        return body, gaps

    def _same(self, made: JsonObject) -> list[tuple[str, str, str]]:
        """That both are the same from now on, where they are of two branches."""
        if not self._promotion.is_on:
            return []
        return [promoted("variants", self._one.version_key, self._one.document, made)]

    def _version(self, number: Json) -> tuple[str, str, str]:
        return ("variant_versions", self._one.version_key, str(integer(number)))

    def _read(self, answer: JsonObject) -> WriteResult:
        made = object_in(answer, "entry", "_version")
        return WriteResult(identities=[self._version(made["_version"]), *self._same(made)])

    def _probe(self, note: JsonObject) -> Probe:
        """Read whether the variant has the version that the write was to make, or a later one, and says what was sent.

        Where it says something else, somebody has saved it since: what was sent comes last, as with documents.
        """
        named = (self._one.stream.type, text(note.get("entry")), text(note.get("variant")))
        request = read_variant(*named, ("locale", self._locale))
        return probe_variant(request, integer(note.get("version")) or 1, self._sent, self._schema)


def probe_variant(request: Request, version: int, sent: JsonObject, schema: Schema) -> Probe:
    """Whether a variant has a version, or a later one, and says what was sent."""

    def found(answer: JsonObject) -> list[JsonObject]:
        row = as_object(answer.get("entry"))
        is_newer = (integer(row.get("_version")) or 0) >= version
        return [answer] if is_newer and _is_unchanged(row, sent, schema, "") else []

    return Probe(request=request, found=found, required_key="entry")


def _is_unchanged(held: JsonObject, body: JsonObject, schema: Schema, policy: str) -> bool:
    plain = as_object(
        rewrite_references(schema, strip_for_write(held, schema), lambda _: KEEP, for_write=True)
    )
    current: JsonObject = {name: plain.get(name) for name in body}
    is_same = equal(normalize(current), normalize(body)) and changed_names(held) <= body.keys()
    return policy == "skip" or is_same
