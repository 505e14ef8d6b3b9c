"""Variant groups, and the variants of an entry: what each of them changes. Page: CMA | Entry Variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, invalid
from stackferry.emulators.contentstack.content.schema import schema_of
from stackferry.emulators.contentstack.documents import Renderer, normalizer
from stackferry.emulators.contentstack.listing import get_list, get_one, list_answer, select_fields
from stackferry.emulators.contentstack.request import (
    authorship,
    document_with_fallback,
    find_entry,
    not_found,
    requested_locale,
)
from stackferry.emulators.contentstack.resources.records import Collection
from stackferry.emulators.contentstack.state import Variant
from stackferry.emulators.contentstack.webhooks import entry_parts, fire
from stackferry.emulators.contentstack.workflow_stages import check_variant_lock
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text_items
from stackferry.json_values import as_list, as_object, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import Json, JsonObject


def _date_variants(call: Call, group: JsonObject) -> None:
    """Each variant of a group that is written has times of its own (page: Get all variant groups)."""
    held = call.branch.variant_groups.get(text(group.get("uid")), {})
    known = {text(one.get("uid")): one for one in objects(held.get("variants"))}
    sent = [(one, known.get(text(one.get("uid")))) for one in objects(group.get("variants"))]
    group["variants"] = [
        was if was and was.get("name") == one.get("name") else {**one, **authorship(call, was)}
        for one, was in sent
    ]


# The vendor's JavaScript client sends an update of a group, or of a variant in one, without a key around it.
GROUPS = Collection(
    name="variant_group",
    rows=lambda call: call.branch.variant_groups,
    bare_updates=True,
    check=_date_variants,
)
UNGROUPED = Collection(name="variant", rows=lambda call: call.branch.ungrouped_variants, takes_uid=True)


def _variants_of_group(call: Call) -> list[JsonObject]:
    return objects(GROUPS.find(call).get("variants"))


def _variant_of_group(call: Call) -> JsonObject:
    for variant in _variants_of_group(call):
        if variant.get("uid") == call.args["variant"]:
            return variant
    raise not_found(call, 141, "The requested variant doesn't exist.")


def _date(call: Call, group: JsonObject) -> None:
    """Something in a group was edited."""
    if call.switches.variant_dates_group:
        group |= authorship(call, group)


def _create_in_group(call: Call) -> Answer:
    """A variant of a group, under the uid that is sent or a new one (found in the vendor's clients)."""
    group, sent = GROUPS.find(call), call.section("variant")
    uid, name = text(sent.get("uid")) or call.service.uid("cs"), text(sent.get("name"))
    known = {text(one.get(key)) for one in _variants_of_group(call) for key in ("uid", "name")}
    if not name or {uid, name} & known:
        raise invalid(141, "Variant creation failed.", name=NOT_VALID)
    made: JsonObject = {"uid": uid, "name": name, **authorship(call)}
    group["variants"] = [*as_list(group.get("variants")), made]
    _date(call, group)
    return Answer({"notice": "Variant created successfully.", "variant": made}, 201)


def _update_in_group(call: Call) -> Answer:
    group, before, body = GROUPS.find(call), _variant_of_group(call), call.json()
    sent = as_object(body.get("variant")) or body
    changed: JsonObject = {**before, "name": text(sent.get("name")) or before.get("name")}
    changed |= authorship(call, before)
    group["variants"] = [changed if one is before else one for one in _variants_of_group(call)]
    _date(call, group)
    return Answer({"notice": "Variant updated successfully.", "variant": changed})


def _delete_from_group(call: Call) -> Answer:
    group, gone = GROUPS.find(call), _variant_of_group(call)
    group["variants"] = [one for one in _variants_of_group(call) if one is not gone]
    _date(call, group)
    return Answer({"notice": "Variant deleted successfully."})


def _link_group(call: Call) -> Answer:
    """Content types are linked to a group, or unlinked from it (page: Link content types)."""
    group, body = GROUPS.find(call), call.json()
    sent = {text(row.get("uid")): row for row in objects(body.get("content_types"))}
    kept = [
        one
        for one in as_list(group.get("content_types"))
        if text(as_object(one).get("uid") or one) not in sent
    ]
    linked: list[Json] = [dict(row) for row in sent.values() if row.get("status") != "unlinked"]
    group["content_types"] = [*kept, *linked]
    _date(call, group)
    return Answer({"notice": "Variant group updated successfully.", "variant_group": group})


def _shown(call: Call, entry: Entry, stored: JsonObject) -> JsonObject:
    answer = Renderer(call).content(schema_of(call.branch, entry.content_type), stored)
    variant = entry.variants[text(as_object(stored.get("_variant")).get("_uid")), text(stored.get("locale"))]
    if variant.workflow:
        answer["_workflow"] = dict(variant.workflow)
    if call.flag("include_publish_details"):
        answer["publish_details"] = [detail.as_json() for detail in variant.live.values()]
    return answer


def _list(call: Call) -> Answer:
    """The latest version of every variant of the entry in a language."""
    entry, code = find_entry(call), requested_locale(call)
    rows = [variant.latest for (_, locale), variant in entry.variants.items() if locale == code]
    return list_answer(call, "entries", rows, show=lambda row: _shown(call, entry, row))


def _find(call: Call) -> tuple[Entry, Variant]:
    entry = find_entry(call)
    variant = entry.variants.get((call.args["variant"], requested_locale(call)))
    if variant is None:
        raise not_found(call, 141, "The requested variant doesn't exist.")
    return entry, variant


def _get(call: Call) -> Answer:
    entry, variant = _find(call)
    number = call.number("version", variant.version)
    is_read = call.switches.variant_versions_read or number == variant.version
    if number not in variant.versions or not is_read:
        raise not_found(call, 141, "The requested version doesn't exist.", "version")
    return Answer({"entry": select_fields(call, _shown(call, entry, variant.versions[number]))})


def _variant_exists(call: Call, uid: str) -> bool:
    """Whether a group has the variant or, in a seeded stack without its group, an entry."""
    groups, tables = call.branch.variant_groups.values(), call.branch.entries.values()
    if uid in call.branch.ungrouped_variants:
        return True
    if any(variant.get("uid") == uid for group in groups for variant in objects(group.get("variants"))):
        return True
    return any(uid == known for entries in tables for e in entries.values() for known, _ in e.variants)


def _put(call: Call) -> Answer:
    """A new version of a variant: the fields in its change set, over the entry as it is now."""
    entry, code, sent = find_entry(call), requested_locale(call), call.section("entry")
    uid, sent_about = call.args["variant"], as_object(sent.get("_variant"))
    base = document_with_fallback(call.branch, entry, code)
    if base is None or not _variant_exists(call, uid):
        raise invalid(141, "The variant is not valid.", variant_uid=NOT_VALID)
    check_variant_lock(call, entry, uid, code)
    schema = schema_of(call.branch, entry.content_type)
    fields = _changed_fields(sent)
    if set(fields) - {text(field.get("uid")) for field in schema}:
        raise invalid(119, "Entry variant update failed.", **{"_variant._change_set": NOT_VALID})
    named = {name: sent[name] for name in fields if name in sent}
    variant = entry.variants.setdefault((uid, code), Variant())  # a PUT creates it, too
    before: JsonObject = variant.latest if variant.versions else {}
    number = variant.version + 1
    content = normalizer(call, number).content(schema, named)
    about: JsonObject = {
        "_uid": uid,
        "_instance_uid": as_object(before.get("_variant")).get("_instance_uid") or call.service.uid(),
        "_base_entry_version": base[1].version,
        "_change_set": as_list(sent_about.get("_change_set")) or list(fields),
        "_order": as_list(sent_about.get("_order")),
    }
    stored = variant.versions[number] = {
        **content,
        "uid": entry.uid,
        "locale": code,
        "tags": [],
        "_variant": about,
        "_version": number,
        **authorship(call, before),
    }
    fire(call, entry_parts(entry.content_type, entry.uid, uid), "update" if before else "create")
    return Answer({"notice": "Entry variant updated successfully.", "entry": _shown(call, entry, stored)})


def _changed_fields(sent: JsonObject) -> list[str]:
    """The fields that a variant changes: as named, or as sent; a nested path counts for its field."""
    named = text_items(as_object(sent.get("_variant")).get("_change_set"))
    names = named or [
        name for name in sent if not name.startswith("_") and name not in ("uid", "locale", "tags")
    ]
    return list(dict.fromkeys(name.split(".")[0] for name in names))


def _delete(call: Call) -> Answer:
    entry, _ = _find(call)
    check_variant_lock(call, entry, call.args["variant"], requested_locale(call))
    del entry.variants[call.args["variant"], requested_locale(call)]
    fire(call, entry_parts(entry.content_type, entry.uid, call.args["variant"]), "delete")
    return Answer({"notice": "Entry variant deleted successfully."})


def _list_versions(call: Call) -> Answer:
    _, variant = _find(call)
    code = requested_locale(call)
    rows: list[Json] = [
        {"_version": number, "locale": code, "updated_at": variant.versions[number].get("updated_at")}
        for number in sorted(variant.versions, reverse=True)
    ]
    return Answer({"versions": rows})


_VARIANTS = "/content_types/{content_type}/entries/{entry}/variants"
_VARIANT = f"{_VARIANTS}/{{variant}}"

ROUTES = (
    *GROUPS.routes(),
    *UNGROUPED.routes(),
    Route("GET", "/variant_groups/{uid}/variants", get_list("variants", _variants_of_group)),
    Route("POST", "/variant_groups/{uid}/variants", _create_in_group),
    Route("PUT", "/variant_groups/{uid}/variants", _link_group),
    Route("GET", "/variant_groups/{uid}/variants/{variant}", get_one("variant", _variant_of_group)),
    Route("PUT", "/variant_groups/{uid}/variants/{variant}", _update_in_group),
    Route("DELETE", "/variant_groups/{uid}/variants/{variant}", _delete_from_group),
    Route("GET", _VARIANTS, _list),
    Route("GET", _VARIANT, _get),
    Route("PUT", _VARIANT, _put),
    Route("POST", _VARIANT, _put),
    Route("DELETE", _VARIANT, _delete),
    Route("GET", f"{_VARIANT}/versions", _list_versions),
)
