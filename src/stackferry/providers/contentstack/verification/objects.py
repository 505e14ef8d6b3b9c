"""Compares the kinds that have one record for each object, driven by the table of kinds; translations and assets. Pure.

The source's object is put into the target's terms: without what the service sets, every name and uid that its kind's
row in `kinds` says it refers to as it is in the target. What a kind needs besides is in `_expected` and `_view`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT, Side
from stackferry.json_values import as_list, as_object, integer, objects, text
from stackferry.model import Gap, Json, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import locale_fallbacks
from stackferry.providers.contentstack.content.metadata import included_rows, with_target_values
from stackferry.providers.contentstack.content.people import people_gaps, with_own_people
from stackferry.providers.contentstack.file_names import stored_name
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.references.asset_urls import slug_of
from stackferry.providers.contentstack.references.field_rules import rewrite_field_rules
from stackferry.providers.contentstack.references.lost_fields import REDUCED
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.references.source_uids import SourceUids
from stackferry.providers.contentstack.schema.transform import (
    outlined,
    rewrite_schema,
    schema_extensions,
    schema_global_fields,
    schema_references,
    without_references,
)
from stackferry.providers.contentstack.target_names import (
    environment_name,
    is_same_stack,
    target_branch,
    target_document,
    target_locale,
    target_stack,
)
from stackferry.providers.contentstack.verification.findings import field_mismatches
from stackferry.providers.contentstack.verification.not_compared import is_compared
from stackferry.providers.contentstack.verification.unknown_credentials import UnknownCredentials
from stackferry.providers.differences import Mismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.contentstack.verification.findings import Findings
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

    Rename = Callable[[str], str]

# Every stack has these roles from the beginning; their permissions are not the snapshot's.
_SYSTEM_ROLES = frozenset({"Admin", "Developer", "Content Manager"})


def compare_objects(context: ImportContext, findings: Findings) -> Iterator[Mismatch]:
    """Every object of the kinds that are compared and included."""
    types = ExpectedTypes(context)
    for kind in kinds.KINDS:
        if kind.is_compared and context.options.includes(kind.name):
            rows = context.source.objects(Stream(kind.name))
            for record in included_rows(context) if kind is kinds.METADATA else rows:
                yield from _compare(context, findings, types, kind, record)


def _compare(
    context: ImportContext, findings: Findings, types: ExpectedTypes, kind: Kind, record: JsonObject
) -> Iterator[Mismatch]:
    document = as_object(record.get(kind.object_key)) if kind.owner_key else record
    uid = text(document.get(kind.sort_key))
    view: Callable[[JsonObject], JsonObject]
    if kind in (kinds.GLOBAL_FIELDS, kinds.CONTENT_TYPES):
        expected, gaps = types.expected(kind, document)
        view = types.without_copies
    else:
        expected, gaps = _expected(context, kind, document), []
        view = partial(_view, kind)
        if kind is kinds.LOCALES:
            view = _shown_locale(context.target)
    if not _is_system_role(kind, document):
        gaps += people_gaps(context, kind, document)
    findings.gaps += gaps
    found = _target_document(context, kind, record)
    if found is None:
        yield from findings.missing(kind.name, uid, expected)
        return
    findings.compared[kind.name] += 1
    unknown = UnknownCredentials(context, findings, kind, uid)
    unknown.tell(document, found)
    seen = view(found)
    for path, foreign in context.once(SourceUids).foreign(seen):
        yield from findings.foreign(kind.name, uid, path, foreign)
    # A key that only the target has counts too. The rights of a role that every stack has are the stack's own.
    own = {} if _is_system_role(kind, document) else kind.own_fields(seen)
    expected = with_own_people(context, kind, expected, seen)
    for one in _field_mismatches(context, kind, uid, expected, seen, expected.keys() | own.keys()):
        if not unknown.explains(one):
            yield one


def _field_mismatches(
    context: ImportContext, kind: Kind, uid: str, expected: JsonObject, seen: JsonObject, names: Iterable[str]
) -> Iterator[Mismatch]:
    for name in sorted(names):
        if is_compared(kind.name, name) and name not in _ignored(context, kind):
            yield from field_mismatches(kind.name, uid, name, expected.get(name), seen.get(name))


def _is_system_role(kind: Kind, document: JsonObject) -> bool:
    return kind is kinds.ROLES and text(document.get("name")) in _SYSTEM_ROLES


def _ignored(context: ImportContext, kind: Kind) -> tuple[str, ...]:
    """An import disables webhooks unless it is asked not to, and leaves those that it finds as they are. The number
    of a term's order means nothing: `term_order` compares who stands behind whom. `live_taxonomies` has the rest.
    A group of variants names the branch that it is in."""
    if kind is kinds.TERMS:
        return ("order",)
    if kind is kinds.TAXONOMIES:
        return ("publish_details",)
    if kind is kinds.VARIANT_GROUPS and is_same_stack(context):
        return ("branches",)
    is_disabled = kind is kinds.WEBHOOKS and not write_options(context.options).enable_webhooks
    is_unpublished = kind is kinds.METADATA and context.options.publish == "none"
    return ("disabled",) if is_disabled else ("publish_details",) if is_unpublished else ()


def _target_document(context: ImportContext, kind: Kind, record: JsonObject) -> JsonObject | None:
    target = context.identity.target(kind.name, kind.key(record))
    if target is None:
        return None
    if kind.owner_key:
        found = context.target.get(Stream(kind.name), f"{text(record.get(kind.owner_key))}\0{target}")
        return None if found is None else as_object(found.get(kind.object_key))
    return context.target.get(Stream(kind.name), target)


def _expected(context: ImportContext, kind: Kind, document: JsonObject) -> JsonObject:
    """An object of the source as a reading of the target should show it."""
    if kind is kinds.FOLDERS:
        parent = text(document.get("parent_uid"))
        # A folder has nothing of its own but its name and its place.
        target = context.identity.target("folders", parent) if parent else None
        return {**kind.own_fields(document), "parent_uid": target}
    if _is_system_role(kind, document):
        return {"name": document.get("name")}
    if kind is kinds.LOCALES:
        document = _shown_locale(context.source)(document)
    body = kind.own_fields(document)
    if kind is kinds.METADATA:
        body, _ = with_target_values(context, body)
    if kind is kinds.WEBHOOKS:
        body = as_object(_renamed(body, ["channels"], context.once(SourceUids).mapped_inside))
    for path, referred in kind.refers_to.items():
        body = as_object(_renamed(body, path.split("."), partial(_target_name, context, referred)))
    return _view(kind, as_object(context.once(SourceUids).mapped(body)))


def _shown_locale(store: RecordStore) -> Callable[[JsonObject], JsonObject]:
    """A language without a fallback of its own goes to the master (page: "Languages"), whether or not it says so."""
    fallbacks = locale_fallbacks(store)
    return lambda row: (
        row
        if row.get("fallback_locale")
        else {**row, "fallback_locale": fallbacks.get(text(row.get("code")))}
    )


def _target_name(context: ImportContext, kind: str, name: str) -> str:
    """What a name or uid of the source is in the target; one that is in neither stays as it is (`$all`)."""
    match kind:
        case "locales":
            return target_locale(context, name)
        case "environment_names":
            return environment_name(context.options, name)
        case "documents":
            return target_document(context, name) or name
        case "stacks":
            return target_stack(context, name)
        case "branches":
            return name if is_same_stack(context) else target_branch(context, name)
        case _:
            return context.identity.target(kind, name) or name


def _renamed(value: Json, path: Sequence[str], rename: Rename) -> Json:
    """A value with the texts at the end of a path renamed; lists on the way, and at its end, item by item."""
    if isinstance(value, list):
        return [_renamed(item, path, rename) for item in value]
    if not path:
        # Roles are answered as objects in some places, as uids in others.
        name = value.get("uid") if isinstance(value, dict) else value
        return rename(name) if isinstance(name, str) else value
    if not isinstance(value, dict) or path[0] not in value:
        return value
    return {**value, path[0]: _renamed(value[path[0]], path[1:], rename)}


def _view(kind: Kind, document: JsonObject) -> JsonObject:
    """An object of either side as it is compared."""
    if kind is kinds.WORKFLOWS:
        return _with_stage_names(document)
    if kind is kinds.METADATA:
        return {**document, "publish_details": _live_in(document)}
    if kind is kinds.VARIANT_GROUPS:  # its variants go by their names: uids are the target's own
        names: list[Json] = [
            {**kinds.VARIANT_GROUPS.own_fields(one), "uid": one.get("name")}
            for one in objects(document.get("variants"))
        ]
        return {**document, "variants": names}
    return document


def _live_in(document: JsonObject) -> Json:
    """The environments and languages in which what an extension keeps is live."""
    places = {
        f"{text(one.get('environment'))} {text(one.get('locale'))}"
        for one in objects(document.get("publish_details"))
    }
    return [*sorted(places)]


def _with_stage_names(workflow: JsonObject) -> JsonObject:
    """A workflow whose stages go by their names: every stack gives them uids of its own."""
    stages = objects(workflow.get("workflow_stages"))
    names = {text(stage.get("uid")): text(stage.get("name")) for stage in stages}
    return {**workflow, "workflow_stages": [_named_stage(stage, names) for stage in stages]}


def _named_stage(stage: JsonObject, names: Mapping[str, str]) -> JsonObject:
    """A stage without its uid. Its rights always say which roles have them, if only that none has."""
    rights = as_object(_renamed(stage.get("SYS_ACL"), ("roles", "uids"), str))
    roles = as_object(rights.get("roles"))
    return {
        **{name: value for name, value in stage.items() if name != "uid"},
        "next_available_stages": [
            names.get(text(uid), text(uid)) for uid in as_list(stage.get("next_available_stages"))
        ],
        "SYS_ACL": {**rights, "roles": {**roles, "uids": as_list(roles.get("uids"))}},
    }


class ExpectedTypes:
    """The types of one source in the terms of one target."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._types, self._global_fields, self._extensions = (
            {text(row.get("uid")) for row in context.source.objects(Stream(kind))}
            for kind in ("content_types", "global_fields", "extensions")
        )

    def expected(self, kind: Kind, row: JsonObject) -> tuple[JsonObject, list[Gap]]:
        """A type with its references and rules rewritten, and what of them is in neither stack."""
        uid = text(row.get("uid"))
        resolver = Resolver(self._context, uid, uid, "")
        extensions = {
            one: self._context.identity.target("extensions", one) or one for one in schema_extensions(row)
        }
        body = rewrite_schema(kind.own_fields(rewrite_field_rules(row, resolver)), extensions)
        body = as_object(self._context.once(SourceUids).mapped(self.without_copies(body)))
        # An import records a type that the service took only without what the snapshot lacks.
        if self._context.identity.target(REDUCED, f"{kind.name}/{uid}") is not None:
            body = self._without_missing(body, row, extensions)
        return body, resolver.gaps

    def without_copies(self, row: JsonObject) -> JsonObject:
        """A type without the copies of its global fields that a reading brings along."""
        return outlined(row, self._global_fields)

    def _without_missing(
        self, body: JsonObject, row: JsonObject, extensions: Mapping[str, str]
    ) -> JsonObject:
        return without_references(
            body,
            {*schema_references(row)} - self._types,
            {*schema_global_fields(row)} - self._global_fields,
            {extensions[uid] for uid in schema_extensions(row) if uid not in self._extensions},
        )


def compare_translations(context: ImportContext, findings: Findings) -> Iterator[Mismatch]:
    """Name and description of every translated taxonomy and term."""
    stream = Stream(kinds.TRANSLATIONS.name)
    for row in context.source.objects(stream):
        findings.compared[stream.kind] += 1
        code = text(row.get("locale"))
        key = kinds.TRANSLATIONS.key({**row, "locale": target_locale(context, code)})
        found = context.target.get(stream, key)
        left = _names(row)
        right: Side = ABSENT if found is None else _names(found)
        if left != right:
            uid, term = text(row.get("taxonomy")), text(row.get("term"))
            yield Mismatch(stream.kind, uid, left, right, locale=code, path=term)


def _names(row: JsonObject) -> JsonObject:
    names = as_object(row.get("names"))
    return {name: names[name] for name in ("name", "description") if names.get(name)}


def compare_assets(context: ImportContext, findings: Findings) -> Iterator[Mismatch]:
    """The latest version of every asset of the snapshot."""
    are_read = any(stream.kind == "files" for stream in context.target.streams())
    for asset in context.source.objects(Stream("assets")):
        uid = text(asset.get("uid"))
        target = context.identity.target("assets", uid)
        found = context.target.get(Stream("assets"), target) if target else None
        if found is None:
            yield from findings.missing("assets", uid, asset.get("filename"))
        else:
            findings.compared["assets"] += 1
            yield from _compare_asset(context, asset, found)
            if are_read and _digest(context.target, found) is None:
                reason = "its bytes in the target were not to be had: not compared"
                findings.gaps.append(Gap(kind="files", uid=uid, reason=reason))


def _compare_asset(context: ImportContext, asset: JsonObject, found: JsonObject) -> Iterator[Mismatch]:
    uid, folder = text(asset.get("uid")), text(asset.get("parent_uid"))
    names = kinds.ASSETS.own_fields(asset).keys() | kinds.ASSETS.own_fields(found).keys()
    for name in sorted(names - {"parent_uid", "publish_details"}):
        if is_compared("assets", name):
            # Stack and uid are part of a permanent address.
            sides = (asset.get(name), found.get(name))
            left, right = (_compared_value(name, one) for one in sides)
            yield from field_mismatches("assets", uid, name, left, right)
    parent = context.identity.target("folders", folder) if folder else None
    yield from field_mismatches("assets", uid, "parent_uid", parent, found.get("parent_uid"))
    digest = _digest(context.target, found)
    if digest is not None:
        yield from field_mismatches("assets", uid, "bytes", _digest(context.source, asset), digest)


def _compared_value(name: str, value: Json) -> Json:
    if name == "permanent_url":
        return slug_of(text(value)) or value
    return stored_name(value) if name == "filename" and value else value


def _digest(staged: RecordStore, asset: JsonObject) -> Json:
    """The SHA-256 of an asset's bytes; None where they were not read."""
    number = integer(asset.get("_version")) or 1
    return (staged.get(Stream("files"), text(asset.get("uid")), number) or {}).get("sha256")
