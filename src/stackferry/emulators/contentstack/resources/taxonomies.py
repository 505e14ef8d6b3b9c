"""Taxonomies: in several languages, exported and imported as one file with their terms.

Page: CMA | Taxonomy.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack import publishing
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.listing import get_list, get_one
from stackferry.emulators.contentstack.request import authorship, not_found
from stackferry.emulators.contentstack.resources import trash
from stackferry.emulators.contentstack.resources.terms import (
    UID,
    descendants,
    find_taxonomy,
    is_localized,
    languages,
    localized,
    new_term,
    other_locale,
    place_term,
    unlocalize,
)
from stackferry.emulators.contentstack.stack import Taxonomy
from stackferry.emulators.contentstack.webhooks import Part, fire
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

_FAILED = "Taxonomy creation failed. Please enter valid data."
_IMPORT_FAILED = "Taxonomy import failed. Please enter valid data."


def _rows(call: Call) -> list[JsonObject]:
    """All taxonomies; with a locale those with a name in it (all, for the master one or with fallback)."""
    if call.flag("deleted"):
        return [{**one.thing.raw, **trash.about(one)} for one in call.stack.trash.taxonomies.values()]
    taxonomies = call.stack.taxonomies.values()  # of the whole stack: branches have none of their own
    return [_shown(call, taxonomy) for taxonomy in taxonomies if localized(call, taxonomy) is not None]


def _shown(call: Call, taxonomy: Taxonomy) -> JsonObject:
    shown = {**as_object(localized(call, taxonomy))}
    shown.setdefault("locale", call.branch.master_locale)
    if call.flag("include_terms_count"):
        shown["terms_count"] = len(taxonomy.terms)
    if call.flag("include_publish_details") and call.switches.taxonomy_publishing:
        shows_all = call.switches.taxonomy_details == "all"
        live = taxonomy.live.items()
        shown["publish_details"] = [one for (_, code), one in live if shows_all or code == shown["locale"]]
    return shown


def _taxonomy(call: Call) -> JsonObject:
    taxonomy = find_taxonomy(call)
    if localized(call, taxonomy) is None:
        raise not_found(call, 141, "Taxonomy was not found in this language.", "locale")
    return _shown(call, taxonomy)


def _create(call: Call) -> Answer:
    taxonomy = _new_taxonomy(call, call.section("taxonomy"))
    return Answer({"notice": "Taxonomy created successfully.", "taxonomy": taxonomy.raw}, 201)


def _new_taxonomy(call: Call, sent: JsonObject) -> Taxonomy:
    uid, name = text(sent.get("uid")), text(sent.get("name"))
    if not name:
        raise invalid(141, _FAILED, **{"taxonomy.name": REQUIRED})
    if not UID.fullmatch(uid):
        raise invalid(141, _FAILED, **{"taxonomy.uid": NOT_VALID})
    if uid in call.stack.taxonomies:
        raise ApiError(409, 141, "Taxonomy already exists.", {"taxonomy.uid": [NOT_UNIQUE]})
    raw: JsonObject = {"uid": uid, "name": name, "description": text(sent.get("description"))}
    taxonomy = call.stack.taxonomies[uid] = Taxonomy({**raw, **authorship(call)})
    fire(call, [Part("taxonomies", uid)], "create")
    return taxonomy


def _update(call: Call, event: str = "update") -> Answer:
    """New names; with a locale other than the master one, names in that language."""
    taxonomy, sent = find_taxonomy(call), call.section("taxonomy")
    names: JsonObject = {name: sent[name] for name in ("name", "description") if name in sent}
    code = call.param("locale")
    if code and code != call.branch.master_locale:
        before = taxonomy.translations.setdefault(code, {}).get("", {})
        updated = {**before, "uid": taxonomy.raw["uid"], **names, **authorship(call, before)}
        taxonomy.translations[code][""] = updated
    else:
        taxonomy.raw = {**taxonomy.raw, **names, **authorship(call, taxonomy.raw)}
    fire(call, [Part("taxonomies", text(taxonomy.raw["uid"]))], event)
    return Answer({"notice": "Taxonomy updated successfully.", "taxonomy": _shown(call, taxonomy)})


def _localize(call: Call) -> Answer:
    """Names in a language that has none yet."""
    if is_localized(call, find_taxonomy(call)):
        raise invalid(141, "The taxonomy cannot be localized.", locale=NOT_VALID)
    return _update(call, "localize")


def _delete(call: Call) -> Answer:
    """The taxonomy with its terms; with a locale its name in that language (page: Unlocalize a taxonomy)."""
    taxonomy = find_taxonomy(call)
    if call.param("locale"):
        return unlocalize(call, taxonomy)
    if taxonomy.terms and not call.flag("force"):
        raise invalid(141, "The taxonomy holds terms; pass force=true to delete it.", force=REQUIRED)
    trash.delete_taxonomy(call, text(taxonomy.raw["uid"]))
    fire(call, [Part("taxonomies", text(taxonomy.raw["uid"]))], "delete")
    return Answer({"notice": "Taxonomy deleted successfully."})


def _export(call: Call) -> Answer:
    """A taxonomy as a file: itself and all of its terms in the order of the tree, in the locale asked for."""
    taxonomy, code = find_taxonomy(call), other_locale(call)
    names = taxonomy.translations.get(code, {}) if code else {}
    raw = {**taxonomy.raw, **names.get("", {})}
    shown: JsonObject = {name: raw.get(name, "") for name in ("uid", "name", "description")}
    terms: list[Json] = []
    for term in descendants(taxonomy, None):
        translated = {**term, "name": {**term, **names.get(text(term["uid"]), {})}.get("name")}
        terms.append({name: translated.get(name) for name in ("uid", "name", "parent_uid")})
    return Answer({"taxonomy": shown, "terms": terms})


def _import(call: Call) -> Answer:
    """A taxonomy with its terms from a file. 409 when it exists, unless the file is in another language.

    Siblings stand in the order of the file, or a switch says otherwise.
    """
    upload = call.form().files.get("taxonomy")
    sent = as_object(call.parse_json(upload.content)) if upload else {}
    raw, terms = as_object(sent.get("taxonomy")), objects(sent.get("terms"))
    if not raw:
        raise invalid(141, "Taxonomy import failed. A file named 'taxonomy' is required.", taxonomy=REQUIRED)
    code = call.param("locale")
    known = call.stack.taxonomies.get(text(raw.get("uid")))
    if known is not None and code and code != call.branch.master_locale:
        return _import_locale(call, known, code, raw, terms)
    _check_terms(terms)
    taxonomy = _new_taxonomy(call, raw)
    if call.switches.tree_order == "uid":
        terms = sorted(terms, key=lambda term: text(term["uid"]))
    for term in _parents_first(terms)[: call.switches.tree_terms]:
        place_term(call, taxonomy, new_term(call, {**term, "order": None}))
    counted: JsonObject = {**taxonomy.raw, "terms_count": len(taxonomy.terms)}
    return Answer({"notice": "Taxonomy imported successfully.", "taxonomy": counted}, 201)


def _import_locale(
    call: Call, taxonomy: Taxonomy, code: str, raw: JsonObject, terms: list[JsonObject]
) -> Answer:
    """Names of a taxonomy that exists, and of those of its terms that exist."""
    if call.switches.taxonomy_file_is_whole:
        _check_terms(terms)
    names = taxonomy.translations.setdefault(code, {})
    if "" in names:
        raise ApiError(409, 141, "Taxonomy already exists in this language.", {"taxonomy.uid": [NOT_UNIQUE]})
    names[""] = {**raw, **authorship(call)}
    fire(call, [Part("taxonomies", text(taxonomy.raw["uid"]))], "localize")
    names.update({text(term.get("uid")): term for term in terms if text(term.get("uid")) in taxonomy.terms})
    return Answer({"notice": "Taxonomy imported successfully.", "taxonomy": _shown(call, taxonomy)}, 201)


def _check_terms(terms: list[JsonObject]) -> None:
    uids = [text(term.get("uid")) for term in terms]
    if len(set(uids)) != len(uids) or not all(UID.fullmatch(uid) for uid in uids):
        raise invalid(141, _IMPORT_FAILED, **{"terms.uid": NOT_VALID})
    if any(term.get("parent_uid") is not None and term["parent_uid"] not in uids for term in terms):
        raise invalid(141, _IMPORT_FAILED, **{"terms.parent_uid": NOT_VALID})


def _parents_first(terms: list[JsonObject]) -> list[JsonObject]:
    """Terms with every parent before its children; a circle of parents is left out."""
    placed: set[Json] = {None}
    ordered: list[JsonObject] = []
    waiting = terms
    while ready := [term for term in waiting if term.get("parent_uid") in placed]:
        ordered.extend(ready)
        placed.update(term["uid"] for term in ready)
        waiting = [term for term in waiting if term not in ready]
    return ordered


def _publish(call: Call, action: str) -> Answer:
    """Whole taxonomies, in a job; a language in which one is not localized fails in it (page: Publish a taxonomy)."""
    if not call.switches.taxonomy_publishing:
        raise ApiError(404, 0, "The requested URL was not found.", {})
    body = call.json()
    uids = [text(item.get("uid")) for item in objects(body.get("items"))]
    if not uids or not body.get("locales"):
        raise invalid(141, f"Taxonomies could not be sent to {action}.", items=REQUIRED, locales=REQUIRED)
    for uid in uids:
        if uid not in call.stack.taxonomies:
            raise not_found(call, 141, f"Taxonomy {uid} was not found.", "items")
    codes = publishing.requested_locales(call, body.get("locales"))
    environments = publishing.requested_environments(call, body.get("environments"))
    places = [(uid, environment, code) for uid in uids for environment in environments for code in codes]
    at = text(body.get("scheduled_at"))
    when = datetime.fromisoformat(at) if at else None
    job = call.start_job(action, lambda: [_publish_one(call, action, *place) for place in places], when)
    return Answer({"notice": f"Your taxonomy {action} request is in progress.", "job_id": job.uid})


def _publish_one(call: Call, action: str, uid: str, environment: str, code: str) -> JsonObject:
    taxonomy = call.stack.taxonomies.get(uid)
    is_there = code == call.branch.master_locale or (taxonomy and "" in taxonomy.translations.get(code, {}))
    if taxonomy is None or not is_there:
        return {"uid": uid, "locale": code, "publish_status": "failed"}
    taxonomy.live.pop((environment, code), None)
    if action == "publish":
        details: JsonObject = {"environment": environment, "locale": code}
        taxonomy.live[environment, code] = {**details, "time": call.service.now(), "user": call.user}
    return {"uid": uid, "locale": code, "publish_status": "success"}


def _list_languages(call: Call) -> Answer:
    return Answer({"taxonomies": [*languages(call, find_taxonomy(call))]})


_TAXONOMY = "/taxonomies/{taxonomy}"

ROUTES = (
    Route("GET", "/taxonomies", get_list("taxonomies", _rows)),
    Route("POST", "/taxonomies", _create),
    Route("POST", "/taxonomies/import", _import),
    Route("POST", "/taxonomies/publish", partial(_publish, action="publish")),
    Route("POST", "/taxonomies/unpublish", partial(_publish, action="unpublish")),
    Route("GET", _TAXONOMY, get_one("taxonomy", _taxonomy)),
    Route("POST", _TAXONOMY, _localize),
    Route("PUT", _TAXONOMY, _update),
    Route("DELETE", _TAXONOMY, _delete),
    Route("GET", f"{_TAXONOMY}/export", _export),
    Route("GET", f"{_TAXONOMY}/locales", _list_languages),
)
