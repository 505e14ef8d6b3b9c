"""The tree of terms in a taxonomy, and what is shown of it in which language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import Failure
from stackferry.emulators.values import text, whole
from stackferry.model import JsonObject

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Taxonomy
    from stackferry.model import Json


def asked_locale(call: Call) -> str:
    """The language that is not the master one, when the request names one."""
    code = call.param("locale")
    if code and not call.switches.localized_taxonomies:
        reason = "Taxonomy localization is not included in your plan."
        raise Failure(403, 162, "Access denied. You do not have permission.", {"taxonomies": [reason]})
    return "" if code == call.branch.master_locale else code


def is_named(call: Call, found: Taxonomy, term: str = "") -> bool:
    """Whether a taxonomy, or a term of it, has a name of its own in the language asked for."""
    code = asked_locale(call)
    return not code or term in found.names.get(code, {})


def localized(call: Call, found: Taxonomy, term: str = "") -> JsonObject | None:
    """A taxonomy, or a term of it, in the language asked for; None where it has no name there."""
    base = found.terms[term] if term else found.raw
    code = asked_locale(call)
    if not code:
        return {**base, "locale": call.branch.master_locale} if call.param("locale") else base
    names = found.names.get(code, {}).get(term)
    if names is not None:
        return {**base, **names, "locale": code}
    return {**base, "locale": call.branch.master_locale} if call.flag("include_fallback") else None


def term_json(sent: JsonObject, order: int) -> JsonObject:
    """A term as it is stored."""
    return {
        "uid": sent["uid"],
        "name": text(sent.get("name")),
        "parent_uid": sent.get("parent_uid"),
        "order": whole(sent.get("order"), order),
    }


def children(found: Taxonomy, parent: Json) -> list[JsonObject]:
    """The terms right under another (or under none), in their order."""
    rows = [term for term in found.terms.values() if term.get("parent_uid") == parent]
    return sorted(rows, key=lambda term: whole(term.get("order")))


def below(found: Taxonomy, parent: Json, depth: int = 0) -> list[JsonObject]:
    """The terms under another, parents first; to a depth, or with 0 to the bottom."""
    rows: list[JsonObject] = []
    for term in children(found, parent):
        rows.append(term)
        if depth != 1:
            rows.extend(below(found, term["uid"], max(0, depth - 1)))
    return rows


def ancestors(found: Taxonomy, uid: str) -> list[JsonObject]:
    """The terms above one, the root first."""
    rows: list[JsonObject] = []
    parent = found.terms[uid].get("parent_uid")
    while isinstance(parent, str):
        rows.insert(0, found.terms[parent])
        parent = found.terms[parent].get("parent_uid")
    return rows


def tree_order(terms: list[JsonObject]) -> list[JsonObject]:
    """Terms with every parent before its children."""
    placed: set[Json] = {None}
    waiting, result = list(terms), list[JsonObject]()
    while ready := [term for term in waiting if term.get("parent_uid") in placed]:
        result.extend(ready)
        placed.update(term["uid"] for term in ready)
        waiting = [term for term in waiting if term not in ready]
    return result


def export_of(call: Call, found: Taxonomy) -> JsonObject:
    """A taxonomy as a file: itself and all of its terms, in the language asked for."""
    names = found.names.get(asked_locale(call), {}) if asked_locale(call) else {}
    own = {**found.raw, **names.get("", {})}
    terms: list[Json] = [_exported(term, names) for term in below(found, None)]
    taxonomy: JsonObject = {name: own.get(name, "") for name in ("uid", "name", "description")}
    return {"taxonomy": taxonomy, "terms": terms}


def _exported(term: JsonObject, names: dict[str, JsonObject]) -> JsonObject:
    own = {**term, **names.get(text(term.get("uid")), {})}
    return {
        "uid": term["uid"],
        "name": own.get("name"),
        "parent_uid": term.get("parent_uid"),
        "order": term.get("order"),
    }
