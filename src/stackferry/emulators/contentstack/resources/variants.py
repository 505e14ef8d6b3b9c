"""Variant groups, and the variants of an entry: what each of them changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, invalid
from stackferry.emulators.contentstack.asset_views import asset_object
from stackferry.emulators.contentstack.content.render import Renderer
from stackferry.emulators.contentstack.content.schema import schema_of
from stackferry.emulators.contentstack.content.shape import Shaper
from stackferry.emulators.contentstack.listing import list_answer, select_fields
from stackferry.emulators.contentstack.lookup import document_in, find_entry, not_found, requested_locale
from stackferry.emulators.contentstack.resources.records import Collection
from stackferry.emulators.contentstack.state import Variant
from stackferry.emulators.routing import Route
from stackferry.emulators.values import arr, obj, objs, text, texts

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import Json, JsonObject

GROUPS = Collection(
    "variant_group", "/variant_groups", "Variant group", lambda call: call.branch.variant_groups
)


def _group_variants(call: Call) -> Answer:
    return list_answer(call, "variants", objs(GROUPS.find(call).get("variants")))


def _shown(call: Call, one: Entry, stored: JsonObject) -> JsonObject:
    renderer = Renderer(call.branch, lambda uid: asset_object(call, uid))
    answer = renderer.content(schema_of(call.branch, one.content_type), stored)
    if call.flag("include_publish_details"):
        key = (text(obj(stored.get("_variant")).get("_uid")), text(stored.get("locale")))
        answer["publish_details"] = [found.as_json() for found in one.variants[key].live.values()]
    return answer


def _all(call: Call) -> Answer:
    """The latest version of every variant of the entry in a language."""
    one, code = find_entry(call), requested_locale(call)
    rows = [variant.latest for (_, where), variant in one.variants.items() if where == code]
    return list_answer(call, "entries", rows, show=lambda row: _shown(call, one, row))


def _find(call: Call) -> tuple[Entry, Variant]:
    one = find_entry(call)
    found = one.variants.get((call.args["variant"], requested_locale(call)))
    if found is None:
        raise not_found(call, 141, "The requested variant doesn't exist.")
    return one, found


def _one(call: Call) -> Answer:
    one, found = _find(call)
    number = call.number("version", found.version)
    if number not in found.versions:
        raise not_found(call, 141, "The requested version doesn't exist.", "version")
    return Answer({"entry": select_fields(call, _shown(call, one, found.versions[number]))})


def _is_known(call: Call, uid: str) -> bool:
    """Whether a group has the variant or, where none does, an entry."""
    groups, tables = call.branch.variant_groups.values(), call.branch.entries.values()
    if any(variant.get("uid") == uid for group in groups for variant in objs(group.get("variants"))):
        return True
    return any(uid == other for table in tables for one in table.values() for other, _ in one.variants)


def _put(call: Call) -> Answer:
    """A new version of a variant: the fields in its change set, over the entry as it is now."""
    one, code, sent = find_entry(call), requested_locale(call), call.section("entry")
    uid = call.args["variant"]
    base = document_in(call.branch, one, code)
    if base is None or not _is_known(call, uid):
        raise invalid(141, "The variant is not valid.", variant_uid=NOT_VALID)
    schema = schema_of(call.branch, one.content_type)
    changed = _change_set(sent)
    if set(changed) - {text(field.get("uid")) for field in schema}:
        raise invalid(119, "Entry variant update failed.", **{"_variant._change_set": NOT_VALID})
    content = Shaper(call.branch, call.service.uid).content(
        schema, {name: sent[name] for name in changed if name in sent}
    )
    variant = one.variants.setdefault((uid, code), Variant())
    stored = _stored(call, one, variant, content, changed, base[1].version, sent)
    variant.versions[variant.version + 1] = stored
    return Answer({"notice": "Entry variant updated successfully.", "entry": _shown(call, one, stored)})


def _change_set(sent: JsonObject) -> list[str]:
    """The fields that a variant changes: as named, or as sent; a nested path counts for its field."""
    named = texts(obj(sent.get("_variant")).get("_change_set"))
    names = named or [
        name for name in sent if not name.startswith("_") and name not in ("uid", "locale", "tags")
    ]
    return list(dict.fromkeys(name.split(".")[0] for name in names))


def _stored(
    call: Call,
    one: Entry,
    variant: Variant,
    content: JsonObject,
    changed: list[str],
    base: int,
    sent: JsonObject,
) -> JsonObject:
    before: JsonObject = variant.latest if variant.versions else {}
    now = call.service.now()
    named = arr(obj(sent.get("_variant")).get("_change_set"))
    change_set: list[Json] = named or list(changed)
    about: JsonObject = {
        "_uid": call.args["variant"],
        "_instance_uid": obj(before.get("_variant")).get("_instance_uid") or call.service.uid(),
        "_base_entry_version": base,
        "_change_set": change_set,
        "_order": arr(obj(sent.get("_variant")).get("_order")),
    }
    return {
        **content,
        "uid": one.uid,
        "locale": requested_locale(call),
        "tags": [],
        "_variant": about,
        "_version": variant.version + 1,
        "created_at": before.get("created_at", now),
        "created_by": before.get("created_by", call.user),
        "updated_at": now,
        "updated_by": call.user,
    }


def _delete(call: Call) -> Answer:
    one, _ = _find(call)
    del one.variants[call.args["variant"], requested_locale(call)]
    return Answer({"notice": "Entry variant deleted successfully."})


def _versions(call: Call) -> Answer:
    _, found = _find(call)
    rows: list[Json] = [
        {
            "_version": number,
            "locale": requested_locale(call),
            "updated_at": found.versions[number].get("updated_at"),
        }
        for number in sorted(found.versions, reverse=True)
    ]
    return Answer({"versions": rows})


_VARIANTS = "/content_types/{content_type}/entries/{entry}/variants"

ROUTES = (
    *GROUPS.routes(),
    Route("GET", "/variant_groups/{uid}/variants", _group_variants),
    Route("GET", _VARIANTS, _all),
    Route("GET", f"{_VARIANTS}/{{variant}}", _one),
    Route("PUT", f"{_VARIANTS}/{{variant}}", _put),
    Route("POST", f"{_VARIANTS}/{{variant}}", _put),
    Route("DELETE", f"{_VARIANTS}/{{variant}}", _delete),
    Route("GET", f"{_VARIANTS}/{{variant}}/versions", _versions),
)
