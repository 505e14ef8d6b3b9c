"""The terms of a taxonomy, a tree. Page: CMA | Taxonomy, "Terms"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.listing import counted_page, select_fields
from stackferry.emulators.contentstack.lookup import not_found
from stackferry.emulators.contentstack.resources.taxonomies import (
    UID,
    authorship,
    children,
    descendants,
    find_taxonomy,
    is_localized,
    localized,
    new_term,
    other_locale,
)
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, text, whole

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Taxonomy
    from stackferry.model import Json, JsonObject

_FAILED = "Term creation failed. Please enter valid data."


def _find(call: Call) -> tuple[Taxonomy, str]:
    """The taxonomy and the uid of the term in the path. Raises 141, also for a language without a name."""
    taxonomy, uid = find_taxonomy(call), call.args["term"]
    if uid not in taxonomy.terms or localized(call, taxonomy, uid) is None:
        raise not_found(call, 141, "Term was not found. Please try again.")
    return taxonomy, uid


def _page(call: Call, taxonomy: Taxonomy, rows: list[JsonObject]) -> Answer:
    """A page of those terms that have a name in the language."""
    shown = [term for row in rows if (term := localized(call, taxonomy, text(row["uid"]))) is not None]
    return counted_page(call, "terms", shown, lambda term: select_fields(call, _shown(call, taxonomy, term)))


def _shown(call: Call, taxonomy: Taxonomy, term: JsonObject) -> JsonObject:
    shown: JsonObject = {**term, "taxonomy_uid": taxonomy.raw["uid"]}
    if call.flag("include_children_count"):
        shown["children_count"] = len(children(taxonomy, term["uid"]))
    return shown


def _list(call: Call) -> Answer:
    """In the order of the tree. `depth` 0 is the whole tree; by default only the terms at the top."""
    taxonomy = find_taxonomy(call)
    return _page(call, taxonomy, descendants(taxonomy, None, call.number("depth", 1)))


def _get(call: Call) -> Answer:
    taxonomy, uid = _find(call)
    return Answer({"term": _shown(call, taxonomy, obj(localized(call, taxonomy, uid)))})


def _list_ancestors(call: Call) -> Answer:
    taxonomy, uid = _find(call)
    return _page(call, taxonomy, _ancestors(taxonomy, uid))


def _ancestors(taxonomy: Taxonomy, uid: str) -> list[JsonObject]:
    """The terms above a term, the root first."""
    rows: list[JsonObject] = []
    parent = taxonomy.terms[uid].get("parent_uid")
    while isinstance(parent, str):
        rows.insert(0, taxonomy.terms[parent])
        parent = taxonomy.terms[parent].get("parent_uid")
    return rows


def _list_descendants(call: Call) -> Answer:
    taxonomy, uid = _find(call)
    return _page(call, taxonomy, descendants(taxonomy, uid, call.number("depth", 1)))


def _create(call: Call) -> Answer:
    taxonomy, sent = find_taxonomy(call), call.section("term")
    uid = text(sent.get("uid"))
    if not UID.fullmatch(uid):
        raise invalid(141, _FAILED, **{"term.uid": NOT_VALID})
    if uid in taxonomy.terms:
        raise invalid(141, _FAILED, **{"term.uid": NOT_UNIQUE})
    if not text(sent.get("name")):
        raise invalid(141, _FAILED, **{"term.name": REQUIRED})
    _check_parent(taxonomy, sent.get("parent_uid"))
    order = len(children(taxonomy, sent.get("parent_uid"))) + 1
    taxonomy.terms[uid] = {**new_term(sent, order), **authorship(call)}
    return Answer({"notice": "Term created successfully.", "term": taxonomy.terms[uid]}, 201)


def _check_parent(taxonomy: Taxonomy, parent: Json, own: str = "") -> None:
    """A parent exists, and is neither the term itself nor one below it."""
    if parent is None:
        return
    unknown = text(parent) not in taxonomy.terms
    if unknown or parent == own or any(term["uid"] == own for term in _ancestors(taxonomy, text(parent))):
        raise invalid(141, "The parent term is not valid.", **{"term.parent_uid": NOT_VALID})


def _update(call: Call) -> Answer:
    """Another name; with a locale other than the master one, the name in that language."""
    taxonomy, uid = find_taxonomy(call), call.args["term"]
    if uid not in taxonomy.terms:
        raise not_found(call, 141, "Term was not found. Please try again.")
    sent = call.section("term")
    names = {"name": sent["name"]} if text(sent.get("name")) else {}
    if code := other_locale(call):
        taxonomy.names.setdefault(code, {})[uid] = {"uid": uid, **names, **authorship(call)}
    else:
        before = taxonomy.terms[uid]
        taxonomy.terms[uid] = {**before, **names, **authorship(call, before)}
    return Answer({"notice": "Term updated successfully.", "term": obj(localized(call, taxonomy, uid))})


def _localize(call: Call) -> Answer:
    """A name in a language that has none yet."""
    if is_localized(call, find_taxonomy(call), call.args["term"]):
        raise invalid(141, "The term cannot be localized.", locale=NOT_VALID)
    return _update(call)


def _move(call: Call) -> Answer:
    """Put a term under another parent, or to another place among its siblings."""
    taxonomy, uid = _find(call)
    sent = call.section("term")
    parent = sent.get("parent_uid")
    _check_parent(taxonomy, parent, uid)
    if whole(sent.get("order")) < 1:
        raise invalid(141, "The order is not valid.", **{"term.order": NOT_VALID})
    place: JsonObject = {"parent_uid": parent, "order": sent["order"]}
    before = taxonomy.terms[uid]
    taxonomy.terms[uid] = {**before, **place, **authorship(call, before)}
    return Answer({"notice": "Term moved successfully.", "term": taxonomy.terms[uid]})


def _delete(call: Call) -> Answer:
    """A term and all below it; one with children by force only."""
    taxonomy, uid = _find(call)
    uids = [uid, *(text(term["uid"]) for term in descendants(taxonomy, uid))]
    if len(uids) > 1 and not call.flag("force"):
        raise invalid(141, "The term has children; pass force=true to delete them too.", force=REQUIRED)
    for removed in uids:
        del taxonomy.terms[removed]
    return Answer({"notice": "Term deleted successfully."})


_TERMS = "/taxonomies/{taxonomy}/terms"
_TERM = f"{_TERMS}/{{term}}"

ROUTES = (
    Route("GET", _TERMS, _list),
    Route("POST", _TERMS, _create),
    Route("GET", _TERM, _get),
    Route("POST", _TERM, _localize),
    Route("PUT", _TERM, _update),
    Route("DELETE", _TERM, _delete),
    Route("GET", f"{_TERM}/ancestors", _list_ancestors),
    Route("GET", f"{_TERM}/descendants", _list_descendants),
    Route("PUT", f"{_TERM}/move", _move),
)
