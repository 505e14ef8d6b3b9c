"""The terms of a taxonomy: a tree, whose siblings have an order.

Page: CMA | Taxonomy, "Get all terms of a taxonomy", "Create a term", "Move/Reorder a term", "Unlocalize a term".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.listing import (
    counted_page,
    get_one,
    list_answer,
    select_fields,
    sort_key,
)
from stackferry.emulators.contentstack.request import authorship, find_in_path, not_found
from stackferry.emulators.contentstack.resources import trash
from stackferry.emulators.contentstack.webhooks import Part, fire
from stackferry.emulators.routing import Route
from stackferry.emulators.values import integer_or
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.stack import Taxonomy
    from stackferry.model import Json, JsonObject

# Uids of taxonomies and terms are chosen by the client and never change.
UID = re.compile(r"[a-zA-Z0-9_-]{1,200}")
_FAILED = "Term creation failed. Please enter valid data."


def find_taxonomy(call: Call) -> Taxonomy:
    """The taxonomy in the path. Raises 141."""
    message = "Taxonomy was not found. Please try again."
    return find_in_path(call, call.stack.taxonomies, "taxonomy", 141, message)


# --- languages ---


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


def languages(call: Call, taxonomy: Taxonomy, term: str = "") -> list[JsonObject]:
    """A taxonomy, or a term of it, in each language in which it has a name (found in the vendor's clients)."""
    base = taxonomy.terms[term] if term else taxonomy.raw
    rows: list[JsonObject] = [{**base, "locale": call.branch.master_locale, "localized": True}]
    for code, names in taxonomy.translations.items():
        if term in names:
            rows.append({**base, **names[term], "locale": code, "localized": True})
    return [{name: value for name, value in row.items() if name != "order"} for row in rows]


def _parts(taxonomy: Taxonomy, term: str) -> list[Part]:
    """What an event names: the taxonomy, and a term of it where one is meant."""
    parts = [Part("taxonomies", text(taxonomy.raw["uid"]))]
    return [*parts, Part("terms", term)] if term else parts


def unlocalize(call: Call, taxonomy: Taxonomy, term: str = "") -> Answer:
    """Remove the names in one language; what has none in it is refused."""
    code = other_locale(call)
    if not code or term not in taxonomy.translations.get(code, {}):
        raise invalid(141, "There is nothing to unlocalize in this language.", locale=NOT_VALID)
    del taxonomy.translations[code][term]
    if not taxonomy.translations[code]:
        del taxonomy.translations[code]
    fire(call, _parts(taxonomy, term), "unlocalize")
    return Answer({"notice": f"{'Term' if term else 'Taxonomy'} unlocalized successfully."})


# --- the tree ---


def children(taxonomy: Taxonomy, parent: Json) -> list[JsonObject]:
    """The terms right under a term, or under None those at the top, in their order."""
    rows = [term for term in taxonomy.terms.values() if term.get("parent_uid") == parent]
    return sorted(rows, key=lambda term: integer_or(term.get("order")))


def descendants(taxonomy: Taxonomy, parent: Json) -> list[JsonObject]:
    """All terms under a term in the order of the tree, parents first."""
    rows: list[JsonObject] = []
    for term in children(taxonomy, parent):
        rows += [term, *descendants(taxonomy, term["uid"])]
    return rows


def _ancestors(taxonomy: Taxonomy, uid: str) -> list[JsonObject]:
    """The terms above a term, the root first."""
    rows: list[JsonObject] = []
    parent = taxonomy.terms[uid].get("parent_uid")
    while isinstance(parent, str):
        rows.insert(0, taxonomy.terms[parent])
        parent = taxonomy.terms[parent].get("parent_uid")
    return rows


def _check_parent(taxonomy: Taxonomy, parent: Json, own: str = "") -> None:
    """A parent exists, and is neither the term itself nor one below it."""
    if parent is None:
        return
    unknown = text(parent) not in taxonomy.terms
    if unknown or parent == own or any(term["uid"] == own for term in _ancestors(taxonomy, text(parent))):
        raise invalid(141, "The parent term is not valid.", **{"term.parent_uid": NOT_VALID})


def place_term(call: Call, taxonomy: Taxonomy, term: JsonObject) -> None:
    """Put a term where it says that it is; without an `order` behind its siblings.

    The sample of the page sends the number as a text. Where the order is taken, that sibling and those after it move
    up, or two terms have the same order: a switch.
    """
    siblings = [one for one in children(taxonomy, term.get("parent_uid")) if one["uid"] != term["uid"]]
    taken = [integer_or(one.get("order")) for one in siblings]
    sent = text(term.get("order"))
    order = int(sent) if sent.isdigit() else integer_or(term.get("order"), max([0, *taken]) + 1)
    if order in taken and call.switches.order_inserts:
        _move_up(siblings, order)
    taxonomy.terms[text(term["uid"])] = {**term, "order": order}


def _move_up(siblings: Iterable[JsonObject], order: int) -> None:
    """Make room at this place."""
    for one in siblings:
        if integer_or(one.get("order")) >= order:
            one["order"] = integer_or(one.get("order")) + 1


def new_term(call: Call, sent: JsonObject) -> JsonObject:
    """A term as it is stored."""
    kept = {name: sent.get(name) for name in ("uid", "parent_uid", "order")}
    return {**kept, "name": text(sent.get("name")), **authorship(call)}


# --- routes ---


def _find_term(call: Call) -> tuple[Taxonomy, str]:
    """The taxonomy and the uid of the term in the path. Raises 141, also for a language without a name."""
    taxonomy, uid = find_taxonomy(call), call.args["term"]
    if uid not in taxonomy.terms or localized(call, taxonomy, uid) is None:
        raise not_found(call, 141, "Term was not found. Please try again.")
    return taxonomy, uid


def _term_page(call: Call, taxonomy: Taxonomy, rows: list[JsonObject]) -> Answer:
    """A page of those terms that have a name in the language; `asc` and `desc` sort it."""
    shown = [term for row in rows if (term := localized(call, taxonomy, text(row["uid"]))) is not None]
    if field := call.param("asc") or call.param("desc"):
        shown.sort(key=lambda row: sort_key(row, field), reverse=not call.param("asc"))
    return counted_page(
        call, "terms", shown, lambda term: select_fields(call, _shown_term(call, taxonomy, term))
    )


def _shown_term(call: Call, taxonomy: Taxonomy, term: JsonObject) -> JsonObject:
    """`order` is shown only when it is asked for."""
    hidden = () if call.flag("include_order") else ("order",)
    shown: JsonObject = {name: value for name, value in term.items() if name not in hidden}
    shown |= {"taxonomy_uid": taxonomy.raw["uid"], "depth": len(_ancestors(taxonomy, text(term["uid"]))) + 1}
    shown.setdefault("locale", call.branch.master_locale)
    if call.flag("include_children_count"):
        shown["children_count"] = len(children(taxonomy, term["uid"]))
    return shown


def _written(notice: str, term: JsonObject, status: int = 200) -> Answer:
    """The samples of "Create" and "Update" show no order."""
    shown: JsonObject = {name: value for name, value in term.items() if name != "order"}
    return Answer({"notice": notice, "term": shown}, status)


def _list_terms(call: Call) -> Answer:
    """In the order of creation. `depth` 0 is the whole tree; by default only the terms at the top."""
    taxonomy, depth = find_taxonomy(call), call.number("depth", 1)
    if call.flag("deleted"):
        deleted = call.stack.trash.terms[call.args["taxonomy"]].values()
        return list_answer(call, "terms", [{**one.thing[0], **trash.about(one)} for one in deleted])
    rows = list(taxonomy.terms.values())
    if depth:
        rows = [row for row in rows if len(_ancestors(taxonomy, text(row["uid"]))) < depth]
    return _term_page(call, taxonomy, rows)


def _term(call: Call) -> JsonObject:
    taxonomy, uid = _find_term(call)
    return _shown_term(call, taxonomy, as_object(localized(call, taxonomy, uid)))


def _list_ancestors(call: Call) -> Answer:
    taxonomy, uid = _find_term(call)
    return _term_page(call, taxonomy, _ancestors(taxonomy, uid))


def _list_descendants(call: Call) -> Answer:
    taxonomy, uid = _find_term(call)
    depth, above = call.number("depth", 1), len(_ancestors(taxonomy, uid)) + 1
    rows = [
        row
        for row in descendants(taxonomy, uid)
        if not depth or len(_ancestors(taxonomy, text(row["uid"]))) < above + depth
    ]
    return _term_page(call, taxonomy, rows)


def _list_term_languages(call: Call) -> Answer:
    taxonomy, uid = _find_term(call)
    return Answer({"terms": [*languages(call, taxonomy, uid)]})


def _find_anywhere(call: Call) -> Answer:
    """Terms of all taxonomies by `query` or `typeahead`; there is no list of all (page: Get all terms)."""
    words = text(call.param("typeahead")).casefold()
    if not words and not call.param("query"):
        raise invalid(141, "Either query or typeahead is required.", query=REQUIRED)
    rows = [
        _shown_term(call, taxonomy, term)
        for taxonomy in call.stack.taxonomies.values()
        for term in taxonomy.terms.values()
        if text(term.get("name")).casefold().startswith(words)
        or text(term.get("uid")).casefold().startswith(words)
    ]
    return list_answer(call, "terms", rows)


def _create_term(call: Call) -> Answer:
    taxonomy, sent = find_taxonomy(call), call.section("term")
    uid = text(sent.get("uid"))
    if not UID.fullmatch(uid):
        raise invalid(141, _FAILED, **{"term.uid": NOT_VALID})
    if uid in taxonomy.terms:
        raise invalid(141, _FAILED, **{"term.uid": NOT_UNIQUE})
    if not text(sent.get("name")):
        raise invalid(141, _FAILED, **{"term.name": REQUIRED})
    _check_parent(taxonomy, sent.get("parent_uid"))
    place_term(call, taxonomy, new_term(call, sent))
    fire(call, _parts(taxonomy, uid), "create", "created")  # the guide has both words
    return _written("Term created successfully.", taxonomy.terms[uid], 201)


def _update_term(call: Call, event: str = "update") -> Answer:
    """Another name; with a locale other than the master one, the name in that language."""
    taxonomy, uid = find_taxonomy(call), call.args["term"]
    if uid not in taxonomy.terms:
        raise not_found(call, 141, "Term was not found. Please try again.")
    sent = call.section("term")
    names = {"name": sent["name"]} if text(sent.get("name")) else {}
    if code := other_locale(call):
        taxonomy.translations.setdefault(code, {})[uid] = {"uid": uid, **names, **authorship(call)}
    else:
        before = taxonomy.terms[uid]
        taxonomy.terms[uid] = {**before, **names, **authorship(call, before)}
    fire(call, _parts(taxonomy, uid), event)
    return _written("Term updated successfully.", as_object(localized(call, taxonomy, uid)))


def _localize_term(call: Call) -> Answer:
    """A name in a language that has none yet."""
    if is_localized(call, find_taxonomy(call), call.args["term"]):
        raise invalid(141, "The term cannot be localized.", locale=NOT_VALID)
    return _update_term(call, "localize")


def _move_term(call: Call) -> Answer:
    """Put a term under another parent, or to another place among its siblings."""
    taxonomy, uid = _find_term(call)
    sent = call.section("term")
    if children(taxonomy, uid) and not call.flag("force"):
        raise invalid(141, "The term has children; pass force=true to move it.", force=REQUIRED)
    _check_parent(taxonomy, sent.get("parent_uid"), uid)
    if integer_or(sent.get("order")) < 1:
        raise invalid(141, "The order is not valid.", **{"term.order": NOT_VALID})
    place: JsonObject = {"parent_uid": sent.get("parent_uid"), "order": sent["order"]}
    before = taxonomy.terms[uid]
    for one in children(taxonomy, before.get("parent_uid")) if call.switches.order_closes else ():
        if integer_or(one.get("order")) > integer_or(before.get("order")):
            one["order"] = integer_or(one.get("order")) - 1
    place_term(call, taxonomy, {**before, **place, **authorship(call, before)})
    fire(call, _parts(taxonomy, uid), "update")
    return Answer({"notice": "Term moved successfully.", "term": taxonomy.terms[uid]})


def _delete_term(call: Call) -> Answer:
    """A term and all below it; one with children by force only. With a locale: its name in that language."""
    if call.param("locale"):
        taxonomy, uid = find_taxonomy(call), call.args["term"]
        return unlocalize(call, taxonomy, uid)
    taxonomy, uid = _find_term(call)
    uids = [uid, *(text(term["uid"]) for term in descendants(taxonomy, uid))]
    if len(uids) > 1 and not call.flag("force"):
        raise invalid(141, "The term has children; pass force=true to delete them too.", force=REQUIRED)
    for removed in uids:
        trash.delete_term(call, taxonomy, removed)
        fire(call, _parts(taxonomy, removed), "delete")
    return Answer({"notice": "Term deleted successfully."})


_TERMS = "/taxonomies/{taxonomy}/terms"
_TERM = f"{_TERMS}/{{term}}"

ROUTES = (
    Route("GET", "/taxonomies/$all/terms", _find_anywhere),
    Route("GET", f"{_TERM}/locales", _list_term_languages),
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
