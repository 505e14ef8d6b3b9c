"""Compares the variants of entries: what each changes, and where it is published. Pure.

Knows nothing of how an import writes them. A variant is shown as its whole entry; its `_change_set` names the fields
that are its own. API page: "Get all entry variants".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import differences
from stackferry.json_values import as_list, as_object, objects, text
from stackferry.model import Gap
from stackferry.providers.contentstack.content.comparable import (
    ComparableEntries,
    normalize,
    same_content,
    strip_for_write,
)
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.references.model import KEEP
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.contentstack.verification.findings import field_mismatches
from stackferry.providers.contentstack.verification.items import EnvironmentNames
from stackferry.providers.differences import Mismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject, Stream
    from stackferry.providers.contentstack.references.model import Keep, Reference, Schema
    from stackferry.providers.contentstack.verification.findings import Findings
    from stackferry.providers.target import ImportContext


def compare_variants(context: ImportContext, findings: Findings) -> Iterator[Mismatch]:
    """Every variant of every entry of the snapshot, in every language."""
    schemas = read_schemas(context.source)
    for stream in context.source.streams():
        if stream.kind == "variants" and stream.type in schemas:
            for row in context.source.objects(stream):
                yield from _compare(context, findings, stream, row, schemas[stream.type])


def _compare(
    context: ImportContext, findings: Findings, stream: Stream, row: JsonObject, schema: Schema
) -> Iterator[Mismatch]:
    uid, left = text(row.get("uid")), as_object(row.get("variant"))
    place = (stream.type, stream.locale)
    target = context.identity.target
    entry, variant = target("entries", uid), target("variants", text(_about(left).get("_uid")))
    there = stream._replace(locale=target_locale(context, stream.locale))
    found = context.target.get(there, f"{entry}\0{variant}") if entry and variant else None
    if found is None:
        yield from findings.missing("variants", uid, left.get("title"), *place)
        return
    findings.compared["variants"] += 1
    right = as_object(found.get("variant"))
    seen = _linked(schema, strip_for_write(right, schema), lambda _: None)
    resolver = Resolver(context, stream.type, uid, stream.locale)
    # A link to what neither side has is equal where both still hold it.
    if not same_content(_linked(schema, strip_for_write(left, schema), resolver), seen):
        resolver = Resolver(context, stream.type, uid, stream.locale)
        expected, gaps = _expected(context, findings, schema, left, resolver)
        findings.gaps += gaps
        for one in differences(normalize(expected), normalize(seen)):
            yield Mismatch("variants", uid, one.left, one.right, *place, path=one.path)
    yield from field_mismatches("variants", uid, "_change_set", _changed(left), _changed(right))
    name = context.once(EnvironmentNames).of
    published = _published(left, lambda one: name(target("environments", one) or one))
    yield from field_mismatches("variants", uid, "publish_details", published, _published(right, name))
    yield from _compare_stages(context, findings, uid, place, (left, right))


def _compare_stages(
    context: ImportContext,
    findings: Findings,
    uid: str,
    place: tuple[str, str],
    sides: tuple[JsonObject, JsonObject],
) -> Iterator[Mismatch]:
    """The workflow stage of a variant: an import cannot bring it, and has told so."""
    kind, variant = "workflow_stages", text(_about(sides[0]).get("_uid"))
    stage, shown = map(_stage, sides)
    expected = context.identity.target("stages", stage) if stage else ""
    if expected in (None, shown):  # of a workflow that the target lacks the workflow itself is the difference
        return
    if findings.is_known(kind, uid, variant):
        reason, named = (
            "the variant is in another workflow stage",
            dict(zip(("type", "locale"), place, strict=True)),
        )
        findings.gaps.append(Gap(kind=kind, uid=uid, path=variant, reason=reason, **named))
    else:
        yield Mismatch(kind, uid, expected or "", shown, *place, path=variant)


def _linked(
    schema: Schema, variant: JsonObject, find: Callable[[Reference], str | Keep | None]
) -> JsonObject:
    """A variant with the links that are found; all others stay as they are."""
    return as_object(rewrite_references(schema, variant, lambda one: find(one) or KEEP, for_write=True))


def _expected(
    context: ImportContext, findings: Findings, schema: Schema, variant: JsonObject, resolver: Resolver
) -> tuple[JsonObject, list[Gap]]:
    """What the target should hold; between two places what the variant says, with links that the other one lacks."""
    plain = strip_for_write(variant, schema)
    if findings.tells_edits:
        return context.once(ComparableEntries).shown_links(schema, plain, resolver)
    return resolver.rewritten(schema, plain), resolver.gaps


def _about(variant: JsonObject) -> JsonObject:
    return as_object(variant.get("_variant"))


def _stage(variant: JsonObject) -> str:
    """The uid of the stage that a variant is in, or nothing."""
    return text(as_object(variant.get("_workflow")).get("uid"))


def _changed(variant: JsonObject) -> Json:
    """The fields at the top that a variant changes. Below them the service names instances by uids of its own."""
    names: list[Json] = [
        *sorted({text(path).partition(".")[0] for path in as_list(_about(variant).get("_change_set"))})
    ]
    return names


def _published(variant: JsonObject, rename: Callable[[str], str]) -> Json:
    """In which environments a variant is live, and in which languages."""
    details = objects(variant.get("publish_details"))
    places: list[Json] = [
        *sorted({f"{rename(text(one.get('environment')))} {text(one.get('locale'))}" for one in details})
    ]
    return places
