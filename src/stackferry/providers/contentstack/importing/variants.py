"""The plan for variants: their groups, and what each variant changes in an entry.

A group's variants get new uids, recognised by their name, or their place where they have none. Pure.
API: the variants calls as the vendor's own clients use them (header `api_version: 3.2`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.json_diff import equal
from stackferry.json_values import as_list, as_object, integer, text
from stackferry.model import Gap, Json, JsonObject, Request, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.comparable import normalize, strip_for_write
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.entries.instances import Instances
from stackferry.providers.contentstack.importing.entries.withheld import because, why_no_entry
from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload
from stackferry.providers.contentstack.matching.objects import pair_members
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.model import KEEP, Schema
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.entries import read_variant, write_variant
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Step, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def groups(context: ImportContext) -> Iterator[ObjectWrite]:
    """Every variant group with its variants, linked to its content types."""
    for row in context.source.objects(Stream("variant_groups")):
        yield ObjectWrite(
            kind=kinds.VARIANT_GROUPS,
            uid=text(row.get("uid")),
            payload=partial(Payload, kinds.VARIANT_GROUPS.own_fields(row)),
            identities=partial(_group_identities, context, row),
            optional=True,
        )


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
            yield _content(context, one, schemas[one.stream.type])


def _content(context: ImportContext, one: EntryVariant, schema: Schema) -> Write:
    stream = one.stream
    locale = target_locale(context, stream.locale)
    sent: JsonObject = {}  # as `build` made it last

    def build() -> PreparedWrite:
        entry = context.identity.target("entries", one.uid)
        target = context.identity.target("variants", one.variant)
        if entry is None or target is None:
            what = "its entry or its variant group is not in the target"
            why = why_no_entry(context, stream.type, one.uid) if entry is None else ""
            return PreparedWrite(gaps=[one.gap(because(what, why))])
        body, gaps = _in_target_terms(context, one, schema)
        held = one.held(context, entry, target)
        if held is not None and _is_unchanged(held, body, schema, context.options.on_conflict):
            return PreparedWrite(identities=[version(integer(held.get("_version")) or 1)], gaps=gaps)
        # `_change_set` says which fields the variant has of its own, `_order` where its instances stand.
        instances = context.once(Instances)
        kept: JsonObject = {
            name: instances.mapped_paths(one.uid, one.record[name])
            for name in ("_change_set", "_order")
            if name in one.record
        }
        changed = {**body, "_variant": kept}
        request = write_variant(stream.type, entry, target, changed, params(locale=locale))
        number = (integer(held.get("_version")) or 1) + 1 if held is not None else 1
        note: JsonObject = {"entry": entry, "variant": target, "version": number}
        sent.clear()
        sent.update(body)
        return PreparedWrite(request=request, note=note, gaps=gaps, version=number)

    def version(number: Json) -> tuple[str, str, str]:
        return ("variant_versions", one.version_key, str(number))

    def read(answer: JsonObject) -> WriteResult:
        return WriteResult(identities=[version(object_in(answer, "entry", "_version")["_version"])])

    def probe(note: JsonObject) -> Probe:
        """Read whether the variant has the version that the write was to make, or a later one, and says what was sent.

        Where it says something else, somebody has saved it since: what was sent comes last, as with documents.
        """
        target = text(note.get("variant"))
        request = read_variant(stream.type, text(note.get("entry")), target, ("locale", locale))
        return probe_variant(request, integer(note.get("version")) or 1, sent, schema)

    return Write(
        key=one.key,
        kind="variants",
        build=build,
        read=read,
        failed=one.gap("the target refused it"),
        probe=probe,
        optional=True,
    )


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
    return policy == "skip" or equal(normalize(current), normalize(body))


def changed_fields(document: JsonObject, schema: Schema) -> JsonObject:
    """The fields that a version of a variant changes."""
    # The change set has paths with dots; a request names whole fields.
    record = as_object(document.get("_variant"))
    names = {text(path).partition(".")[0] for path in as_list(record.get("_change_set"))}
    return {name: value for name, value in strip_for_write(document, schema).items() if name in names}


def _in_target_terms(
    context: ImportContext, one: EntryVariant, schema: Schema
) -> tuple[JsonObject, list[Gap]]:
    """The fields that the variant changes, in the target's terms."""
    changed = changed_fields(one.document, schema)
    resolver = Resolver(context, one.stream.type, one.uid, one.stream.locale)
    changed = context.once(Instances).mapped(one.uid, changed)
    return resolver.rewritten(schema, changed), resolver.gaps
