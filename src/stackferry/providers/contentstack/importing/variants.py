"""The plan for variants: their groups, and what each variant changes in an entry.

A group's variants get new uids, recognised by their name, or their place where they have none. Pure.
API: the variants calls as the vendor's own clients use them (header `api_version: 3.2`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.json_diff import equal
from stackferry.json_values import as_list, as_object, integer, text
from stackferry.model import Gap, Json, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.content.normalize import normalize, strip_for_write
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload
from stackferry.providers.contentstack.matching.objects import pair_members
from stackferry.providers.contentstack.references.model import KEEP, Schema
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.entries import write_variant
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import ImportContext, PreparedWrite, Step, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator


def groups(context: ImportContext) -> Iterator[ObjectWrite]:
    """Every variant group with its variants, linked to its content types."""
    for row in context.source.objects(Stream("variant_groups")):
        yield ObjectWrite(
            kind=kinds.VARIANT_GROUPS,
            uid=text(row.get("uid")),
            payload=partial(Payload, kinds.VARIANT_GROUPS.own_fields(row)),
            identities=partial(_group_identities, row),
            optional=True,
        )


def _group_identities(row: JsonObject, made: JsonObject) -> list[tuple[str, str, str]]:
    pairs = pair_members(row.get("variants"), made.get("variants"))
    variants = [("variants", source, target) for source, target in pairs if target]
    return [("variant_groups", text(row.get("uid")), text(made.get("uid"))), *variants]


def contents(context: ImportContext) -> Iterator[Step]:
    """What every variant of every entry changes."""
    schemas = read_schemas(context.source)
    for stream, row in variant_rows(context):
        if stream.type in schemas:
            yield _content(context, stream, row, schemas[stream.type])


def variant_rows(context: ImportContext) -> Iterator[tuple[Stream, JsonObject]]:
    """Every variant of every entry, with its stream."""
    for stream in context.source.streams():
        if stream.kind == "variants":
            for row in context.source.objects(stream):
                yield stream, row


def about(row: JsonObject) -> JsonObject:
    """A variant's own record: its uid, and which fields it changes."""
    return as_object(as_object(row.get("variant")).get("_variant"))


def version_key(stream: Stream, row: JsonObject) -> str:
    """The name under which a variant's version in the target is kept."""
    return "\0".join((stream.type, text(row.get("uid")), stream.locale, text(about(row).get("_uid"))))


def _content(context: ImportContext, stream: Stream, row: JsonObject, schema: Schema) -> Write:
    uid, variant = text(row.get("uid")), text(about(row).get("_uid"))

    def build() -> PreparedWrite:
        entry, target = context.identity.target("entries", uid), context.identity.target("variants", variant)
        if entry is None or target is None:
            gap = variant_gap(stream, row, "its entry or its variant group is not in the target")
            return PreparedWrite(gaps=[gap])
        body, gaps = _changed_fields(context, stream, row, schema)
        held = held_variant(context, stream, entry, target)
        if held is not None and _is_unchanged(held, body, schema, context.options.on_conflict):
            return PreparedWrite(identities=[version(integer(held.get("_version")) or 1)], gaps=gaps)
        kept = {name: value for name, value in about(row).items() if name in ("_change_set", "_order")}
        locale = params(locale=target_locale(context, stream.locale))
        request = write_variant(stream.type, entry, target, {**body, "_variant": kept}, locale)
        return PreparedWrite(request=request, gaps=gaps)

    def version(number: Json) -> tuple[str, str, str]:
        return ("variant_versions", version_key(stream, row), str(number))

    def read(answer: JsonObject) -> WriteResult:
        return WriteResult(identities=[version(object_in(answer, "entry", "_version")["_version"])])

    return Write(
        key=f"variants/{stream.type}/{uid}/{stream.locale}/{variant}",
        kind="variants",
        build=build,
        read=read,
        failed=variant_gap(stream, row, "the target refused it"),
        optional=True,
    )


def held_variant(context: ImportContext, stream: Stream, entry: str, variant: str) -> JsonObject | None:
    """The variant as the target held it before the import."""
    target_stream = stream._replace(locale=target_locale(context, stream.locale))
    row = context.target.get(target_stream, f"{entry}\0{variant}")
    return None if row is None else as_object(row.get("variant"))


def _is_unchanged(held: JsonObject, body: JsonObject, schema: Schema, policy: str) -> bool:
    plain = as_object(
        rewrite_references(schema, strip_for_write(held, schema), lambda _: KEEP, for_write=True)
    )
    current: JsonObject = {name: plain.get(name) for name in body}
    return policy == "skip" or equal(normalize(current), normalize(body))


def _changed_fields(
    context: ImportContext, stream: Stream, row: JsonObject, schema: Schema
) -> tuple[JsonObject, list[Gap]]:
    """The fields that the variant changes, in the target's terms."""
    plain = strip_for_write(as_object(row.get("variant")), schema)
    names = {text(path).partition(".")[0] for path in as_list(about(row).get("_change_set"))}
    resolver = Resolver(context, stream.type, text(row.get("uid")), stream.locale)
    changed: JsonObject = {name: value for name, value in plain.items() if name in names}
    return as_object(rewrite_references(schema, changed, resolver, for_write=True)), resolver.gaps


def variant_gap(stream: Stream, row: JsonObject, reason: str) -> Gap:
    """The gap of a variant that was not imported."""
    return Gap(
        kind="variants",
        uid=text(row.get("uid")),
        type=stream.type,
        locale=stream.locale,
        path=text(about(row).get("_uid")),
        reason=reason,
    )
