"""Taxonomies and their terms: a tree, in several languages, exported and imported as one file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, Failure, invalid
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.lookup import not_found
from stackferry.emulators.contentstack.state import Taxonomy
from stackferry.emulators.contentstack.taxonomy_terms import (
    export_of,
    is_named,
    localized,
    term_json,
    tree_order,
)
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, objs, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import JsonObject

_UID = re.compile(r"[a-zA-Z0-9_-]{1,200}")
_FAILED = "Taxonomy creation failed. Please enter valid data."


def find_taxonomy(call: Call) -> Taxonomy:
    """The taxonomy in the path. Raises a "not found"."""
    found = call.stack.taxonomies.get(call.args["taxonomy"])
    if found is None:
        raise not_found(call, 141, "Taxonomy was not found. Please try again.")
    return found


def _all(call: Call) -> Answer:
    """All taxonomies; with a locale those with a name in it (all, for the master one or with fallback)."""
    rows = [_shown(call, one) for one in call.stack.taxonomies.values() if localized(call, one) is not None]
    return list_answer(call, "taxonomies", rows)


def _shown(call: Call, found: Taxonomy) -> JsonObject:
    counts: JsonObject = {"terms_count": len(found.terms)} if call.flag("include_terms_count") else {}
    return {**obj(localized(call, found)), **counts}


def _one(call: Call) -> Answer:
    found = find_taxonomy(call)
    if localized(call, found) is None:
        raise not_found(call, 141, "Taxonomy was not found in this language.", "locale")
    return Answer({"taxonomy": _shown(call, found)})


def _create(call: Call) -> Answer:
    made = _new_taxonomy(call, call.section("taxonomy"))
    return Answer({"notice": "Taxonomy created successfully.", "taxonomy": made.raw}, 201)


def _new_taxonomy(call: Call, sent: JsonObject) -> Taxonomy:
    uid, name = text(sent.get("uid")), text(sent.get("name"))
    if not name:
        raise invalid(141, _FAILED, **{"taxonomy.name": REQUIRED})
    if not _UID.fullmatch(uid):
        raise invalid(141, _FAILED, **{"taxonomy.uid": NOT_VALID})
    if uid in call.stack.taxonomies:
        raise Failure(409, 141, "Taxonomy already exists.", {"taxonomy.uid": [NOT_UNIQUE]})
    facts: JsonObject = {"uid": uid, "name": name, "description": text(sent.get("description"))}
    call.stack.taxonomies[uid] = Taxonomy({**facts, **authorship(call)})
    return call.stack.taxonomies[uid]


def authorship(call: Call, before: JsonObject | None = None) -> JsonObject:
    """Who made and changed a thing with a uid of its own, and when."""
    now, old = call.service.now(), before or {}
    made: JsonObject = {
        "created_at": old.get("created_at", now),
        "created_by": old.get("created_by", call.user),
    }
    return {**made, "updated_at": now, "updated_by": call.user}


def _update(call: Call) -> Answer:
    """New names; with a locale other than the master one, names in that language."""
    found, sent = find_taxonomy(call), call.section("taxonomy")
    names: JsonObject = {name: sent[name] for name in ("name", "description") if name in sent}
    code = call.param("locale")
    if code and code != call.branch.master_locale:
        before = found.names.setdefault(code, {}).get("", {})
        found.names[code][""] = {**before, "uid": found.raw["uid"], **names, **authorship(call, before)}
    else:
        found.raw = {**found.raw, **names, **authorship(call, found.raw)}
    return Answer({"notice": "Taxonomy updated successfully.", "taxonomy": _shown(call, found)})


def _localize(call: Call) -> Answer:
    """Names in a language that has none yet."""
    if is_named(call, find_taxonomy(call)):
        raise invalid(141, "The taxonomy cannot be localized.", locale=NOT_VALID)
    return _update(call)


def _delete(call: Call) -> Answer:
    found = find_taxonomy(call)
    if found.terms and not call.flag("force"):
        raise invalid(141, "The taxonomy holds terms; pass force=true to delete it.", force=REQUIRED)
    del call.stack.taxonomies[text(found.raw["uid"])]
    return Answer({"notice": "Taxonomy deleted successfully."}, 200)


def _export(call: Call) -> Answer:
    return Answer(export_of(call, find_taxonomy(call)))


def _import(call: Call) -> Answer:
    """A taxonomy with its terms from a file; 409 when it exists, unless the file brings another language."""
    upload = call.form().files.get("taxonomy")
    sent = obj(call.parsed(upload.content)) if upload else {}
    facts, terms = obj(sent.get("taxonomy")), objs(sent.get("terms"))
    if not facts:
        raise invalid(141, "Taxonomy import failed. A file named 'taxonomy' is required.", taxonomy=REQUIRED)
    code = call.param("locale")
    known = call.stack.taxonomies.get(text(facts.get("uid")))
    if known is not None and code and code != call.branch.master_locale:
        return _import_language(call, known, code, facts, terms)
    _check_terms(terms)
    made = _new_taxonomy(call, facts)
    for term in tree_order(terms):
        made.terms[text(term["uid"])] = {**term_json(term, len(made.terms) + 1), **authorship(call)}
    return Answer({"notice": "Taxonomy imported successfully.", "taxonomy": made.raw}, 201)


def _import_language(
    call: Call, known: Taxonomy, code: str, facts: JsonObject, terms: list[JsonObject]
) -> Answer:
    if call.switches.taxonomy_file_is_whole:
        _check_terms(terms)
    names = known.names.setdefault(code, {})
    if "" in names:
        raise Failure(409, 141, "Taxonomy already exists in this language.", {"taxonomy.uid": [NOT_UNIQUE]})
    names[""] = {**facts, **authorship(call)}
    names.update({text(term.get("uid")): term for term in terms if text(term.get("uid")) in known.terms})
    return Answer({"notice": "Taxonomy imported successfully.", "taxonomy": _shown(call, known)}, 201)


def _check_terms(terms: list[JsonObject]) -> None:
    uids = [text(term.get("uid")) for term in terms]
    if len(set(uids)) != len(uids) or not all(_UID.fullmatch(uid) for uid in uids):
        raise invalid(141, "Taxonomy import failed. Please enter valid data.", **{"terms.uid": NOT_VALID})
    if any(term.get("parent_uid") is not None and term["parent_uid"] not in uids for term in terms):
        raise invalid(
            141, "Taxonomy import failed. Please enter valid data.", **{"terms.parent_uid": NOT_VALID}
        )


ROUTES = (
    Route("GET", "/taxonomies", _all),
    Route("POST", "/taxonomies", _create),
    Route("POST", "/taxonomies/import", _import),
    Route("GET", "/taxonomies/{taxonomy}", _one),
    Route("POST", "/taxonomies/{taxonomy}", _localize),
    Route("PUT", "/taxonomies/{taxonomy}", _update),
    Route("DELETE", "/taxonomies/{taxonomy}", _delete),
    Route("GET", "/taxonomies/{taxonomy}/export", _export),
)
