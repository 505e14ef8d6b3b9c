"""The plan for variants: their groups, and what each variant changes in an entry.

A group's variants get new uids, recognised by their name, or their place where they have none. Pure.
API: the variants calls as the vendor's own clients use them (header `api_version: 3.2`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry import jsonio
from stackferry.core.compare import equal
from stackferry.model import Budget, Gap, JsonObject, Request, Shelf
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.answers import integer, objects, own_row, text
from stackferry.providers.contentstack.documents import read_schemas
from stackferry.providers.contentstack.fields import Schema, rewrite
from stackferry.providers.contentstack.meaning import quiet
from stackferry.providers.contentstack.reading import API, entries_path
from stackferry.providers.contentstack.references import KEEP
from stackferry.providers.contentstack.resolving import Resolver
from stackferry.providers.contentstack.small_kinds import to_locale
from stackferry.providers.contentstack.writes import One, Payload, own_fields
from stackferry.providers.contentstack.written import strip_for_write
from stackferry.providers.replaying import Built, Outcome, Replay, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

NESTED = (("api_version", "3.2"),)


def groups(replay: Replay) -> Iterator[One]:
    """Every variant group with its variants, linked to its content types."""
    for row in replay.source.objects(Shelf("variant_groups")):
        yield One(
            kind=kinds.VARIANT_GROUPS,
            uid=text(row.get("uid")),
            payload=partial(_group, row),
            named=partial(_names, row),
            optional=True,
        )


def _group(row: JsonObject) -> Payload:
    return Payload(own_fields(kinds.VARIANT_GROUPS, row))


def _names(row: JsonObject, made: JsonObject) -> list[tuple[str, str, str]]:
    theirs = objects(made.get("variants"))
    by_name = {text(variant.get("name")): variant for variant in theirs if variant.get("name")}
    pairs = [
        (text(ours.get("uid")), text(by_name.get(text(ours.get("name")), _at(theirs, place)).get("uid")))
        for place, ours in enumerate(objects(row.get("variants")))
    ]
    variants = [("variants", ours, found) for ours, found in pairs if found]
    return [("variant_groups", text(row.get("uid")), text(made.get("uid"))), *variants]


def _at(rows: list[JsonObject], place: int) -> JsonObject:
    return rows[place] if place < len(rows) else {}


def contents(replay: Replay) -> Iterator[Step]:
    """What every variant of every entry changes."""
    schemas = read_schemas(replay.source)
    for shelf, row in variant_rows(replay):
        if shelf.content_type in schemas:
            yield _content(replay, shelf, row, schemas[shelf.content_type])


def variant_rows(replay: Replay) -> Iterator[tuple[Shelf, JsonObject]]:
    """Every variant of every entry, with where it stands."""
    for shelf in replay.source.shelves():
        if shelf.kind == "variants":
            for row in replay.source.objects(shelf):
                yield shelf, row


def about(row: JsonObject) -> JsonObject:
    """What a variant says of itself: its uid, and what it changes."""
    return own_row(own_row(row.get("variant")).get("_variant"))


def version_key(shelf: Shelf, row: JsonObject) -> str:
    """The name under which a variant's version in the target is kept."""
    return "\0".join((shelf.content_type, text(row.get("uid")), shelf.locale, text(about(row).get("_uid"))))


def _content(replay: Replay, shelf: Shelf, row: JsonObject, schema: Schema) -> Write:
    uid, variant = text(row.get("uid")), text(about(row).get("_uid"))

    def build() -> Built:
        entry, target = replay.identity.target("entries", uid), replay.identity.target("variants", variant)
        if entry is None or target is None:
            return Built(
                gaps=[variant_gap(shelf, row, "its entry or its variant group is not in the target")]
            )
        body, gaps = changed_fields(replay, shelf, row, schema)
        theirs = held_variant(replay, shelf, entry, target)
        if theirs is not None and _says(theirs, body, schema, replay.options.on_conflict):
            version = str(integer(theirs.get("_version")) or 1)
            return Built(identities=[("variant_versions", version_key(shelf, row), version)], gaps=gaps)
        kept = {name: value for name, value in about(row).items() if name in ("_change_set", "_order")}
        return Built(request=_put(replay, shelf, entry, target, {**body, "_variant": kept}), gaps=gaps)

    def read(answer: JsonObject) -> Outcome:
        made = integer(own_row(answer.get("entry")).get("_version")) or 1
        return Outcome(identities=[("variant_versions", version_key(shelf, row), str(made))])

    return Write(
        key=f"variants/{shelf.content_type}/{uid}/{shelf.locale}/{variant}",
        kind="variants",
        build=build,
        read=read,
        failed=variant_gap(shelf, row, "the target refused it"),
        optional=True,
    )


def held_variant(replay: Replay, shelf: Shelf, entry: str, variant: str) -> JsonObject | None:
    """The variant as the target held it before the import."""
    there = shelf._replace(locale=to_locale(replay, shelf.locale))
    row = replay.target.get(there, f"{entry}\0{variant}")
    return None if row is None else own_row(row.get("variant"))


def _says(theirs: JsonObject, body: JsonObject, schema: Schema, policy: str) -> bool:
    plain = own_row(rewrite(schema, strip_for_write(theirs, schema), lambda _: KEEP, for_write=True))
    said: JsonObject = {name: plain.get(name) for name in body}
    return policy == "skip" or equal(quiet(said), quiet(body))


def changed_fields(
    replay: Replay, shelf: Shelf, row: JsonObject, schema: Schema
) -> tuple[JsonObject, list[Gap]]:
    """The fields that the variant changes, in the target's terms."""
    plain = strip_for_write(own_row(row.get("variant")), schema)
    changes = about(row).get("_change_set")
    names = {text(path).partition(".")[0] for path in changes} if isinstance(changes, list) else set()
    resolver = Resolver(replay, shelf.content_type, text(row.get("uid")), shelf.locale)
    chosen: JsonObject = {name: value for name, value in plain.items() if name in names}
    return own_row(rewrite(schema, chosen, resolver, for_write=True)), resolver.gaps


def _put(replay: Replay, shelf: Shelf, entry: str, variant: str, body: JsonObject) -> Request:
    """Writing the same variant twice says the same, so this may be repeated."""
    return Request(
        method="PUT",
        path=f"{API}{entries_path(shelf.content_type, entry)}/variants/{quote(variant, safe='')}",
        params=(("locale", to_locale(replay, shelf.locale)),),
        headers=NESTED,
        body=jsonio.dumps({"entry": body}),
        budget=Budget.WRITE,
    )


def variant_gap(shelf: Shelf, row: JsonObject, reason: str) -> Gap:
    """What of a variant did not arrive."""
    return Gap(
        kind="variants",
        uid=text(row.get("uid")),
        content_type=shelf.content_type,
        locale=shelf.locale,
        path=text(about(row).get("_uid")),
        reason=reason,
    )
