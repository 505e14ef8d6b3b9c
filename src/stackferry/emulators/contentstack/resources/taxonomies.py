"""Taxonomies: in several languages, exported and imported as one file with their terms. Page: CMA | Taxonomy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.lookup import not_found
from stackferry.emulators.contentstack.state import Taxonomy
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, objs, text, whole

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

UID = re.compile(r"[a-zA-Z0-9_-]{1,200}")
_FAILED = "Taxonomy creation failed. Please enter valid data."
_IMPORT_FAILED = "Taxonomy import failed. Please enter valid data."


def find_taxonomy(call: Call) -> Taxonomy:
    """The taxonomy in the path. Raises 141."""
    taxonomy = call.stack.taxonomies.get(call.args["taxonomy"])
    if taxonomy is None:
        raise not_found(call, 141, "Taxonomy was not found. Please try again.")
    return taxonomy


def other_locale(call: Call) -> str:
    """The language in the query when it is not the master one. Raises 162 where the plan has no other languages."""
    code = call.param("locale")
    if code and not call.switches.localized_taxonomies:
        reason = "Taxonomy localization is not included in your plan."
        raise ApiError(403, 162, "Access denied. You do not have permission.", {"taxonomies": [reason]})
    return "" if code == call.branch.master_locale else code


def is_localized(call: Call, taxonomy: Taxonomy, term: str = "") -> bool:
    """Whether a taxonomy, or a term of it, has a name of its own in the language asked for."""
    code = other_locale(call)
    return not code or term in taxonomy.names.get(code, {})


def localized(call: Call, taxonomy: Taxonomy, term: str = "") -> JsonObject | None:
    """A taxonomy, or a term of it, in the language asked for; None where it has no name in that language."""
    base = taxonomy.terms[term] if term else taxonomy.raw
    code = other_locale(call)
    if not code:
        return {**base, "locale": call.branch.master_locale} if call.param("locale") else base
    names = taxonomy.names.get(code, {}).get(term)
    if names is not None:
        return {**base, **names, "locale": code}
    return {**base, "locale": call.branch.master_locale} if call.flag("include_fallback") else None


def children(taxonomy: Taxonomy, parent: Json) -> list[JsonObject]:
    """The terms right under a term, or under None those at the top, in their order."""
    rows = [term for term in taxonomy.terms.values() if term.get("parent_uid") == parent]
    return sorted(rows, key=lambda term: whole(term.get("order")))


def descendants(taxonomy: Taxonomy, parent: Json, depth: int = 0) -> list[JsonObject]:
    """The terms under a term, parents first, down to a depth; a depth of 0 is the whole tree."""
    rows: list[JsonObject] = []
    for term in children(taxonomy, parent):
        rows.append(term)
        if depth != 1:
            rows.extend(descendants(taxonomy, term["uid"], max(0, depth - 1)))
    return rows


def authorship(call: Call, before: JsonObject | None = None) -> JsonObject:
    """Who made and changed a taxonomy or a term, whose uids are the client's, and when."""
    now, old = call.service.now(), before or {}
    created: JsonObject = {
        "created_at": old.get("created_at", now),
        "created_by": old.get("created_by", call.user),
    }
    return {**created, "updated_at": now, "updated_by": call.user}


def new_term(sent: JsonObject, order: int) -> JsonObject:
    """A term as it is stored; `order` is its place among its siblings where none was sent."""
    return {
        "uid": sent["uid"],
        "name": text(sent.get("name")),
        "parent_uid": sent.get("parent_uid"),
        "order": whole(sent.get("order"), order),
    }


def _list(call: Call) -> Answer:
    """All taxonomies; with a locale those with a name in it (all, for the master one or with fallback)."""
    taxonomies = call.stack.taxonomies.values()  # of the whole stack: branches have none of their own
    rows = [_shown(call, taxonomy) for taxonomy in taxonomies if localized(call, taxonomy) is not None]
    return list_answer(call, "taxonomies", rows)


def _shown(call: Call, taxonomy: Taxonomy) -> JsonObject:
    counts: JsonObject = {"terms_count": len(taxonomy.terms)} if call.flag("include_terms_count") else {}
    return {**obj(localized(call, taxonomy)), **counts}


def _get(call: Call) -> Answer:
    taxonomy = find_taxonomy(call)
    if localized(call, taxonomy) is None:
        raise not_found(call, 141, "Taxonomy was not found in this language.", "locale")
    return Answer({"taxonomy": _shown(call, taxonomy)})


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
    return taxonomy


def _update(call: Call) -> Answer:
    """New names; with a locale other than the master one, names in that language."""
    taxonomy, sent = find_taxonomy(call), call.section("taxonomy")
    names: JsonObject = {name: sent[name] for name in ("name", "description") if name in sent}
    code = call.param("locale")
    if code and code != call.branch.master_locale:
        before = taxonomy.names.setdefault(code, {}).get("", {})
        updated = {**before, "uid": taxonomy.raw["uid"], **names, **authorship(call, before)}
        taxonomy.names[code][""] = updated
    else:
        taxonomy.raw = {**taxonomy.raw, **names, **authorship(call, taxonomy.raw)}
    return Answer({"notice": "Taxonomy updated successfully.", "taxonomy": _shown(call, taxonomy)})


def _localize(call: Call) -> Answer:
    """Names in a language that has none yet."""
    if is_localized(call, find_taxonomy(call)):
        raise invalid(141, "The taxonomy cannot be localized.", locale=NOT_VALID)
    return _update(call)


def _delete(call: Call) -> Answer:
    taxonomy = find_taxonomy(call)
    if taxonomy.terms and not call.flag("force"):
        raise invalid(141, "The taxonomy holds terms; pass force=true to delete it.", force=REQUIRED)
    del call.stack.taxonomies[text(taxonomy.raw["uid"])]
    return Answer({"notice": "Taxonomy deleted successfully."})


def _export(call: Call) -> Answer:
    """A taxonomy as a file: itself and all of its terms, in the language asked for."""
    taxonomy, code = find_taxonomy(call), other_locale(call)
    names = taxonomy.names.get(code, {}) if code else {}
    raw = {**taxonomy.raw, **names.get("", {})}
    terms: list[Json] = [
        {
            "uid": term["uid"],
            "name": {**term, **names.get(text(term["uid"]), {})}.get("name"),
            "parent_uid": term.get("parent_uid"),
            "order": term.get("order"),
        }
        for term in descendants(taxonomy, None)
    ]
    shown: JsonObject = {name: raw.get(name, "") for name in ("uid", "name", "description")}
    return Answer({"taxonomy": shown, "terms": terms})


def _import(call: Call) -> Answer:
    """A taxonomy with its terms from a file. 409 when it exists, unless the file is in another language."""
    upload = call.form().files.get("taxonomy")
    sent = obj(call.parse_json(upload.content)) if upload else {}
    raw, terms = obj(sent.get("taxonomy")), objs(sent.get("terms"))
    if not raw:
        raise invalid(141, "Taxonomy import failed. A file named 'taxonomy' is required.", taxonomy=REQUIRED)
    code = call.param("locale")
    known = call.stack.taxonomies.get(text(raw.get("uid")))
    if known is not None and code and code != call.branch.master_locale:
        return _import_language(call, known, code, raw, terms)
    _check_terms(terms)
    taxonomy = _new_taxonomy(call, raw)
    for term in _parents_first(terms):
        taxonomy.terms[text(term["uid"])] = {**new_term(term, len(taxonomy.terms) + 1), **authorship(call)}
    return Answer({"notice": "Taxonomy imported successfully.", "taxonomy": taxonomy.raw}, 201)


def _import_language(
    call: Call, taxonomy: Taxonomy, code: str, raw: JsonObject, terms: list[JsonObject]
) -> Answer:
    """Names of a taxonomy that exists, and of those of its terms that exist."""
    if call.switches.taxonomy_file_is_whole:
        _check_terms(terms)
    names = taxonomy.names.setdefault(code, {})
    if "" in names:
        raise ApiError(409, 141, "Taxonomy already exists in this language.", {"taxonomy.uid": [NOT_UNIQUE]})
    names[""] = {**raw, **authorship(call)}
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


_TAXONOMY = "/taxonomies/{taxonomy}"

ROUTES = (
    Route("GET", "/taxonomies", _list),
    Route("POST", "/taxonomies", _create),
    Route("POST", "/taxonomies/import", _import),
    Route("GET", _TAXONOMY, _get),
    Route("POST", _TAXONOMY, _localize),
    Route("PUT", _TAXONOMY, _update),
    Route("DELETE", _TAXONOMY, _delete),
    Route("GET", f"{_TAXONOMY}/export", _export),
)
