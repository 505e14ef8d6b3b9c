"""Taxonomies: in several languages, exported and imported as one file with their terms, which are a tree.

Page: CMA | Taxonomy.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.listing import counted_page, get_list, get_one, select_fields
from stackferry.emulators.contentstack.request import authorship, find_in_path, not_found
from stackferry.emulators.contentstack.state import Taxonomy
from stackferry.emulators.routing import Route
from stackferry.emulators.values import integer_or
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

# Uids of taxonomies and terms are chosen by the client and never change.
UID = re.compile(r"[a-zA-Z0-9_-]{1,200}")
_FAILED = "Taxonomy creation failed. Please enter valid data."
_TERM_FAILED = "Term creation failed. Please enter valid data."
_IMPORT_FAILED = "Taxonomy import failed. Please enter valid data."


def _find(call: Call) -> Taxonomy:
    """The taxonomy in the path. Raises 141."""
    message = "Taxonomy was not found. Please try again."
    return find_in_path(call, call.stack.taxonomies, "taxonomy", 141, message)


def other_locale(call: Call) -> str:
    """The language in the query when it is not the master one. Raises 162 where the plan has no other languages."""
    code = call.param("locale")
    if code and not call.switches.localized_taxonomies:
        # The vendor's CLI looks for this reason under `errors.taxonomies`.
        reason = "Taxonomy localization is not included in your plan."
        raise ApiError(403, 162, "Access denied. You do not have permission.", {"taxonomies": [reason]})
    return "" if code == call.branch.master_locale else code


def is_localized(call: Call, taxonomy: Taxonomy, term: str = "") -> bool:
    """Whether a taxonomy, or a term of it, has a name of its own in the language asked for."""
    code = other_locale(call)
    return not code or term in taxonomy.translations.get(code, {})


def localized(call: Call, taxonomy: Taxonomy, term: str = "") -> JsonObject | None:
    """A taxonomy, or a term of it, in the language asked for; None where it has no name in that language."""
    base = taxonomy.terms[term] if term else taxonomy.raw
    code = other_locale(call)
    if not code:
        return {**base, "locale": call.branch.master_locale} if call.param("locale") else base
    names = taxonomy.translations.get(code, {}).get(term)
    if names is not None:
        return {**base, **names, "locale": code}
    return {**base, "locale": call.branch.master_locale} if call.flag("include_fallback") else None


def children(taxonomy: Taxonomy, parent: Json) -> list[JsonObject]:
    """The terms right under a term, or under None those at the top, in their order."""
    rows = [term for term in taxonomy.terms.values() if term.get("parent_uid") == parent]
    return sorted(rows, key=lambda term: integer_or(term.get("order")))


def descendants(taxonomy: Taxonomy, parent: Json, depth: int = 0) -> list[JsonObject]:
    """The terms under a term, parents first, down to a depth; a depth of 0 is the whole tree."""
    rows: list[JsonObject] = []
    for term in children(taxonomy, parent):
        rows.append(term)
        if depth != 1:
            rows.extend(descendants(taxonomy, term["uid"], max(0, depth - 1)))
    return rows


def _new_term(call: Call, sent: JsonObject, order: int) -> JsonObject:
    """A term as it is stored; `order` is its place among its siblings where none was sent."""
    return {
        "uid": sent["uid"],
        "name": text(sent.get("name")),
        "parent_uid": sent.get("parent_uid"),
        "order": integer_or(sent.get("order"), order),
        **authorship(call),
    }


def _rows(call: Call) -> list[JsonObject]:
    """All taxonomies; with a locale those with a name in it (all, for the master one or with fallback)."""
    taxonomies = call.stack.taxonomies.values()  # of the whole stack: branches have none of their own
    return [_shown(call, taxonomy) for taxonomy in taxonomies if localized(call, taxonomy) is not None]


def _shown(call: Call, taxonomy: Taxonomy) -> JsonObject:
    counts: JsonObject = {"terms_count": len(taxonomy.terms)} if call.flag("include_terms_count") else {}
    return {**as_object(localized(call, taxonomy)), **counts}


def _taxonomy(call: Call) -> JsonObject:
    taxonomy = _find(call)
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
    return taxonomy


def _update(call: Call) -> Answer:
    """New names; with a locale other than the master one, names in that language."""
    taxonomy, sent = _find(call), call.section("taxonomy")
    names: JsonObject = {name: sent[name] for name in ("name", "description") if name in sent}
    code = call.param("locale")
    if code and code != call.branch.master_locale:
        before = taxonomy.translations.setdefault(code, {}).get("", {})
        updated = {**before, "uid": taxonomy.raw["uid"], **names, **authorship(call, before)}
        taxonomy.translations[code][""] = updated
    else:
        taxonomy.raw = {**taxonomy.raw, **names, **authorship(call, taxonomy.raw)}
    return Answer({"notice": "Taxonomy updated successfully.", "taxonomy": _shown(call, taxonomy)})


def _localize(call: Call) -> Answer:
    """Names in a language that has none yet."""
    if is_localized(call, _find(call)):
        raise invalid(141, "The taxonomy cannot be localized.", locale=NOT_VALID)
    return _update(call)


def _delete(call: Call) -> Answer:
    taxonomy = _find(call)
    # With a locale the service would remove the names in it only (page: Unlocalize a taxonomy). That is missing here.
    if taxonomy.terms and not call.flag("force"):
        raise invalid(141, "The taxonomy holds terms; pass force=true to delete it.", force=REQUIRED)
    del call.stack.taxonomies[text(taxonomy.raw["uid"])]
    return Answer({"notice": "Taxonomy deleted successfully."})


def _export(call: Call) -> Answer:
    """A taxonomy as a file: itself and all of its terms, in the locale asked for."""
    taxonomy, code = _find(call), other_locale(call)
    names = taxonomy.translations.get(code, {}) if code else {}
    raw = {**taxonomy.raw, **names.get("", {})}
    shown: JsonObject = {name: raw.get(name, "") for name in ("uid", "name", "description")}
    terms: list[Json] = []
    for term in descendants(taxonomy, None):
        translated = {**term, "name": {**term, **names.get(text(term["uid"]), {})}.get("name")}
        terms.append({name: translated.get(name) for name in ("uid", "name", "parent_uid", "order")})
    return Answer({"taxonomy": shown, "terms": terms})


def _import(call: Call) -> Answer:
    """A taxonomy with its terms from a file. 409 when it exists, unless the file is in another language."""
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
    for term in _parents_first(terms):
        taxonomy.terms[text(term["uid"])] = _new_term(call, term, len(taxonomy.terms) + 1)
    return Answer({"notice": "Taxonomy imported successfully.", "taxonomy": taxonomy.raw}, 201)


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


def _find_term(call: Call) -> tuple[Taxonomy, str]:
    """The taxonomy and the uid of the term in the path. Raises 141, also for a language without a name."""
    taxonomy, uid = _find(call), call.args["term"]
    if uid not in taxonomy.terms or localized(call, taxonomy, uid) is None:
        raise not_found(call, 141, "Term was not found. Please try again.")
    return taxonomy, uid


def _term_page(call: Call, taxonomy: Taxonomy, rows: list[JsonObject]) -> Answer:
    """A page of those terms that have a name in the language."""
    shown = [term for row in rows if (term := localized(call, taxonomy, text(row["uid"]))) is not None]
    return counted_page(
        call, "terms", shown, lambda term: select_fields(call, _shown_term(call, taxonomy, term))
    )


def _shown_term(call: Call, taxonomy: Taxonomy, term: JsonObject) -> JsonObject:
    shown: JsonObject = {**term, "taxonomy_uid": taxonomy.raw["uid"]}
    if call.flag("include_children_count"):
        shown["children_count"] = len(children(taxonomy, term["uid"]))
    return shown


def _list_terms(call: Call) -> Answer:
    """In the order of the tree. `depth` 0 is the whole tree; by default only the terms at the top."""
    taxonomy = _find(call)
    return _term_page(call, taxonomy, descendants(taxonomy, None, call.number("depth", 1)))


def _term(call: Call) -> JsonObject:
    taxonomy, uid = _find_term(call)
    return _shown_term(call, taxonomy, as_object(localized(call, taxonomy, uid)))


def _list_ancestors(call: Call) -> Answer:
    taxonomy, uid = _find_term(call)
    return _term_page(call, taxonomy, _ancestors(taxonomy, uid))


def _ancestors(taxonomy: Taxonomy, uid: str) -> list[JsonObject]:
    """The terms above a term, the root first."""
    rows: list[JsonObject] = []
    parent = taxonomy.terms[uid].get("parent_uid")
    while isinstance(parent, str):
        rows.insert(0, taxonomy.terms[parent])
        parent = taxonomy.terms[parent].get("parent_uid")
    return rows


def _list_descendants(call: Call) -> Answer:
    taxonomy, uid = _find_term(call)
    return _term_page(call, taxonomy, descendants(taxonomy, uid, call.number("depth", 1)))


def _create_term(call: Call) -> Answer:
    taxonomy, sent = _find(call), call.section("term")
    uid = text(sent.get("uid"))
    if not UID.fullmatch(uid):
        raise invalid(141, _TERM_FAILED, **{"term.uid": NOT_VALID})
    if uid in taxonomy.terms:
        raise invalid(141, _TERM_FAILED, **{"term.uid": NOT_UNIQUE})
    if not text(sent.get("name")):
        raise invalid(141, _TERM_FAILED, **{"term.name": REQUIRED})
    _check_parent(taxonomy, sent.get("parent_uid"))
    siblings = children(taxonomy, sent.get("parent_uid"))
    taxonomy.terms[uid] = _new_term(call, sent, len(siblings) + 1)
    return Answer({"notice": "Term created successfully.", "term": taxonomy.terms[uid]}, 201)


def _check_parent(taxonomy: Taxonomy, parent: Json, own: str = "") -> None:
    """A parent exists, and is neither the term itself nor one below it."""
    if parent is None:
        return
    unknown = text(parent) not in taxonomy.terms
    if unknown or parent == own or any(term["uid"] == own for term in _ancestors(taxonomy, text(parent))):
        raise invalid(141, "The parent term is not valid.", **{"term.parent_uid": NOT_VALID})


def _update_term(call: Call) -> Answer:
    """Another name; with a locale other than the master one, the name in that language."""
    taxonomy, uid = _find(call), call.args["term"]
    if uid not in taxonomy.terms:
        raise not_found(call, 141, "Term was not found. Please try again.")
    sent = call.section("term")
    names = {"name": sent["name"]} if text(sent.get("name")) else {}
    if code := other_locale(call):
        taxonomy.translations.setdefault(code, {})[uid] = {"uid": uid, **names, **authorship(call)}
    else:
        before = taxonomy.terms[uid]
        taxonomy.terms[uid] = {**before, **names, **authorship(call, before)}
    return Answer({"notice": "Term updated successfully.", "term": as_object(localized(call, taxonomy, uid))})


def _localize_term(call: Call) -> Answer:
    """A name in a language that has none yet."""
    if is_localized(call, _find(call), call.args["term"]):
        raise invalid(141, "The term cannot be localized.", locale=NOT_VALID)
    return _update_term(call)


def _move_term(call: Call) -> Answer:
    """Put a term under another parent, or to another place among its siblings."""
    taxonomy, uid = _find_term(call)
    sent = call.section("term")
    parent = sent.get("parent_uid")
    # More lenient than the service, which asks for `force=true` where the term has children.
    _check_parent(taxonomy, parent, uid)
    if integer_or(sent.get("order")) < 1:
        raise invalid(141, "The order is not valid.", **{"term.order": NOT_VALID})
    place: JsonObject = {"parent_uid": parent, "order": sent["order"]}
    before = taxonomy.terms[uid]
    taxonomy.terms[uid] = {**before, **place, **authorship(call, before)}
    return Answer({"notice": "Term moved successfully.", "term": taxonomy.terms[uid]})


def _delete_term(call: Call) -> Answer:
    """A term and all below it; one with children by force only."""
    taxonomy, uid = _find_term(call)
    uids = [uid, *(text(term["uid"]) for term in descendants(taxonomy, uid))]
    if len(uids) > 1 and not call.flag("force"):
        raise invalid(141, "The term has children; pass force=true to delete them too.", force=REQUIRED)
    for removed in uids:
        del taxonomy.terms[removed]
    return Answer({"notice": "Term deleted successfully."})


_TAXONOMY = "/taxonomies/{taxonomy}"
_TERMS = f"{_TAXONOMY}/terms"
_TERM = f"{_TERMS}/{{term}}"

ROUTES = (
    Route("GET", "/taxonomies", get_list("taxonomies", _rows)),
    Route("POST", "/taxonomies", _create),
    Route("POST", "/taxonomies/import", _import),
    Route("GET", _TAXONOMY, get_one("taxonomy", _taxonomy)),
    Route("POST", _TAXONOMY, _localize),
    Route("PUT", _TAXONOMY, _update),
    Route("DELETE", _TAXONOMY, _delete),
    Route("GET", f"{_TAXONOMY}/export", _export),
    Route("GET", _TERMS, _list_terms),
    Route("POST", _TERMS, _create_term),
    Route("GET", _TERM, get_one("term", _term)),
    Route("POST", _TERM, _localize_term),
    Route("PUT", _TERM, _update_term),
    Route("DELETE", _TERM, _delete_term),
    Route("GET", f"{_TERM}/ancestors", _list_ancestors),
    Route("GET", f"{_TERM}/descendants", _list_descendants),
    Route("PUT", f"{_TERM}/move", _move_term),
)
