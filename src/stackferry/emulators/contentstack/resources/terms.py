"""The calls on the terms of a taxonomy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.listing import select_fields
from stackferry.emulators.contentstack.lookup import not_found
from stackferry.emulators.contentstack.resources.taxonomies import authorship, find_taxonomy
from stackferry.emulators.contentstack.taxonomy_terms import (
    ancestors,
    asked_locale,
    below,
    children,
    is_named,
    localized,
    term_json,
)
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, text, whole

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Taxonomy
    from stackferry.model import Json, JsonObject

_UID = re.compile(r"[a-zA-Z0-9_-]{1,200}")
_FAILED = "Term creation failed. Please enter valid data."


def _find(call: Call) -> tuple[Taxonomy, str]:
    found, uid = find_taxonomy(call), call.args["term"]
    if uid not in found.terms or localized(call, found, uid) is None:
        raise not_found(call, 141, "Term was not found. Please try again.")
    return found, uid


def _page(call: Call, found: Taxonomy, rows: list[JsonObject]) -> Answer:
    """Terms in the order of the tree. `depth` 0 is the whole tree; by default only the terms at the top."""
    shown = [term for row in rows if (term := localized(call, found, text(row["uid"]))) is not None]
    skip, limit = call.number("skip", 0), min(call.number("limit", 100), 100)
    page: list[Json] = [
        select_fields(call, _counted(call, found, term)) for term in shown[skip : skip + limit]
    ]
    body: JsonObject = {"terms": page}
    if call.flag("include_count"):
        body["count"] = len(shown)
    return Answer(body)


def _counted(call: Call, found: Taxonomy, term: JsonObject) -> JsonObject:
    taxonomy: JsonObject = {**term, "taxonomy_uid": found.raw["uid"]}
    if call.flag("include_children_count"):
        taxonomy["children_count"] = len(children(found, term["uid"]))
    return taxonomy


def _all(call: Call) -> Answer:
    found = find_taxonomy(call)
    return _page(call, found, below(found, None, call.number("depth", 1)))


def _one(call: Call) -> Answer:
    found, uid = _find(call)
    return Answer({"term": _counted(call, found, obj(localized(call, found, uid)))})


def _ancestors(call: Call) -> Answer:
    found, uid = _find(call)
    return _page(call, found, ancestors(found, uid))


def _descendants(call: Call) -> Answer:
    found, uid = _find(call)
    return _page(call, found, below(found, uid, call.number("depth", 1)))


def _create(call: Call) -> Answer:
    found, sent = find_taxonomy(call), call.section("term")
    uid = text(sent.get("uid"))
    if not _UID.fullmatch(uid):
        raise invalid(141, _FAILED, **{"term.uid": NOT_VALID})
    if uid in found.terms:
        raise invalid(141, _FAILED, **{"term.uid": NOT_UNIQUE})
    if not text(sent.get("name")):
        raise invalid(141, _FAILED, **{"term.name": REQUIRED})
    _check_parent(found, sent.get("parent_uid"))
    order = len(children(found, sent.get("parent_uid"))) + 1
    found.terms[uid] = {**term_json(sent, order), **authorship(call)}
    return Answer({"notice": "Term created successfully.", "term": found.terms[uid]}, 201)


def _check_parent(found: Taxonomy, parent: Json, own: str = "") -> None:
    if parent is None:
        return
    unknown = text(parent) not in found.terms
    if unknown or parent == own or any(term["uid"] == own for term in ancestors(found, text(parent))):
        raise invalid(141, "The parent term is not valid.", **{"term.parent_uid": NOT_VALID})


def _update(call: Call) -> Answer:
    found, uid = find_taxonomy(call), call.args["term"]
    if uid not in found.terms:
        raise not_found(call, 141, "Term was not found. Please try again.")
    sent = call.section("term")
    names = {"name": sent["name"]} if text(sent.get("name")) else {}
    if code := asked_locale(call):
        found.names.setdefault(code, {})[uid] = {"uid": uid, **names, **authorship(call)}
    else:
        found.terms[uid] = {**found.terms[uid], **names, **authorship(call, found.terms[uid])}
    return Answer({"notice": "Term updated successfully.", "term": obj(localized(call, found, uid))})


def _localize(call: Call) -> Answer:
    """A name in a language that has none yet."""
    if is_named(call, find_taxonomy(call), call.args["term"]):
        raise invalid(141, "The term cannot be localized.", locale=NOT_VALID)
    return _update(call)


def _move(call: Call) -> Answer:
    found, uid = _find(call)
    sent = call.section("term")
    parent = sent.get("parent_uid")
    _check_parent(found, parent, uid)
    if whole(sent.get("order")) < 1:
        raise invalid(141, "The order is not valid.", **{"term.order": NOT_VALID})
    place: JsonObject = {"parent_uid": parent, "order": sent["order"]}
    found.terms[uid] = {**found.terms[uid], **place, **authorship(call, found.terms[uid])}
    return Answer({"notice": "Term moved successfully.", "term": found.terms[uid]})


def _delete(call: Call) -> Answer:
    found, uid = _find(call)
    removed = [uid, *(text(term["uid"]) for term in below(found, uid))]
    if len(removed) > 1 and not call.flag("force"):
        raise invalid(141, "The term has children; pass force=true to delete them too.", force=REQUIRED)
    for one in removed:
        del found.terms[one]
    return Answer({"notice": "Term deleted successfully."})


_TERMS = "/taxonomies/{taxonomy}/terms"

ROUTES = (
    Route("GET", _TERMS, _all),
    Route("POST", _TERMS, _create),
    Route("GET", f"{_TERMS}/{{term}}", _one),
    Route("POST", f"{_TERMS}/{{term}}", _localize),
    Route("PUT", f"{_TERMS}/{{term}}", _update),
    Route("DELETE", f"{_TERMS}/{{term}}", _delete),
    Route("GET", f"{_TERMS}/{{term}}/ancestors", _ancestors),
    Route("GET", f"{_TERMS}/{{term}}/descendants", _descendants),
    Route("PUT", f"{_TERMS}/{{term}}/move", _move),
)
